"""Operations on the components of whole images: masks and labels made to be hard to join across tiles."""
import warnings

import numpy as np
from scipy import ndimage
from skimage import feature, filters, measure, morphology, segmentation

warnings.simplefilter("ignore", UserWarning)

RUNS = ((0, 1), (16, 3), (32, 2), (64, 4))  # edge of tiles, threads
SMALL = ((0, 1), (16, 2))


def spiral(n):
    """One line from the corner to the middle, two pixels wide and as far apart."""
    a = np.zeros((n, n), bool)
    for i in range(0, n // 2, 4):
        a[i, i:n - i] = a[i:n - i, n - 1 - i] = a[n - 1 - i, i:n - i] = a[i + 4:n - i, i] = True
        if i + 5 < n:
            a[i + 4, i:i + 5] = True
    return a


def masks(rng):
    y, x = np.indices((101, 119))
    comb = (x % 2 == 0) | (y == 100)
    corners = np.zeros((96, 96), bool)
    for v in (15, 31, 47, 63):
        corners[v:v + 2, v:v + 2] = True          # at the corner of four tiles
        corners[v, 95 - v] = corners[v + 1, 94 - v] = True  # across it
    made = {
        "spiral": spiral(100), "spiral turned": spiral(97)[::-1], "comb": comb, "comb down": comb[::-1],
        "comb aside": comb.T, "combs": comb ^ ((y % 2 == 0) | (x == 118)), "full": np.ones((70, 90), bool),
        "empty": np.zeros((70, 90), bool), "checkerboard": (x + y) % 2 == 0, "checkerboard odd": (x + y) % 2 == 1,
        "diagonals": (x + y) % 7 == 0, "diagonals back": (x - y) % 5 == 0, "corners": corners,
        "zigzag": (x + np.abs(y % 32 - 16)) % 9 == 0, "frame": (np.minimum(np.minimum(x, 118 - x), np.minimum(y, 100 - y)) % 4) == 0,
        "late joins": ((x % 16 < 15) | (y > 97)) & (x % 2 == 0) | (y == 100),
    }
    for p in (0.2, 0.41, 0.5, 0.593, 0.65, 0.8):
        made["noise %g" % p] = rng.random((83, 147)) < p
    blobs = filters.gaussian(rng.random((160, 200)), 2.5)
    made["blobs"] = blobs > np.median(blobs)
    for h, w in ((1, 1), (1, 2), (1, 70), (70, 1), (2, 33), (16, 16), (17, 17), (3, 48)):
        made["%dx%d" % (h, w)] = rng.random((h, w)) < 0.6
    return made


def labels(rng, dtype, shape=(83, 120), most=4):
    a = np.kron(rng.integers(0, most, (shape[0] // 3 + 1, shape[1] // 3 + 1)), np.ones((3, 3), int))[:shape[0], :shape[1]]
    a[rng.random(shape) < 0.1] = 0
    return a.astype(dtype)


class Run:
    """A spec over several tile sizes and numbers of threads."""

    def __init__(self, checker):
        self.c = checker

    def wants(self, op):
        self.c.seen.add(op)
        return not self.c.only or self.c.only == op

    def same(self, spec, want, *images, what, runs=RUNS):
        for tile, threads in runs:
            got = self.c.tool.run(spec, *images, tile=tile, threads=threads, seed=7 * tile + threads)
            self.c.checked += 1
            self.c.compare(spec.split(":")[0], spec, "%s in tiles of %d" % (what, tile), got, np.asarray(want), True)


def check_label(r, made, rng):
    if not r.wants("label"):
        return
    for name, mask in made.items():
        for connectivity in (1, 2):
            want = measure.label(mask, connectivity=connectivity).astype(np.uint32)
            r.same("label:connectivity=%d" % connectivity, want, mask, what=name)
    r.same("label:background=-1", measure.label(made["blobs"], background=-1).astype(np.uint32), made["blobs"], what="blobs")
    r.same("label:background=1", measure.label(made["blobs"], background=1).astype(np.uint32), made["blobs"], what="blobs")
    for dtype in ("uint8", "int8", "uint16", "int16", "uint32", "int32"):
        image = labels(rng, dtype)
        if dtype.startswith("int"):
            image[image == 2] = -3
        if dtype == "uint32":
            image[image == 2] = 4294967295
        for connectivity, background in ((1, 0), (2, 0), (2, 1), (1, int(image.max())), (2, -1), (1, -5), (1, 2**32 - 1)):
            want = measure.label(image, connectivity=connectivity, background=background).astype(np.uint32)
            r.same("label:connectivity=%d,background=%d" % (connectivity, background), want, image, what=dtype)
    many = rng.integers(0, 2**32, (70, 90), dtype=np.uint32)
    r.same("label", measure.label(many).astype(np.uint32), many, what="as many as pixels")


def check_small(r, made, rng):
    if r.wants("remove_small_objects"):
        for name, mask in made.items():
            for size, connectivity in ((64, 1), (5, 2), (0, 1), (1, 1)):
                want = morphology.remove_small_objects(mask, max_size=size, connectivity=connectivity)
                r.same("remove_small_objects:max_size=%d,connectivity=%d" % (size, connectivity), want, mask, what=name,
                       runs=SMALL)
            want = morphology.remove_small_objects(mask, max_size=4)  # 0.26.0 takes min_size=5 for max_size=5
            r.same("remove_small_objects:min_size=5", want, mask, what=name, runs=SMALL)
        for dtype, most in (("uint8", 200), ("uint16", 900), ("int32", 30), ("uint32", 2000), ("int8", 100), ("int16", 9)):
            image = labels(rng, dtype, most=most)
            for size in (3, 25, 400):
                r.same("remove_small_objects:max_size=%d" % size, morphology.remove_small_objects(image, max_size=size),
                       image, what=dtype)
    if r.wants("remove_small_holes"):
        for name, mask in made.items():
            for size, connectivity in ((64, 1), (5, 2), (0, 1)):
                want = morphology.remove_small_holes(mask, max_size=size, connectivity=connectivity)
                r.same("remove_small_holes:max_size=%d,connectivity=%d" % (size, connectivity), want, mask, what=name,
                       runs=SMALL)
            want = morphology.remove_small_holes(mask, max_size=3)
            r.same("remove_small_holes:area_threshold=4", want, mask, what=name, runs=SMALL)
        image = labels(rng, "uint16")
        r.same("remove_small_holes:max_size=9", morphology.remove_small_holes(image, max_size=9), image, what="uint16")


def check_fill(r, made, rng):
    if not r.wants("fill_holes"):
        return
    for name, mask in made.items():
        r.same("fill_holes", ndimage.binary_fill_holes(mask), mask, what=name)
    for dtype in ("uint8", "float32", "float64", "int16"):
        image = labels(rng, dtype)
        r.same("fill_holes", ndimage.binary_fill_holes(image), image, what=dtype)


def check_border(r, made, rng):
    if not r.wants("clear_border"):
        return
    for name, mask in made.items():
        for buffer in (0, 3, 20):
            if buffer < min(mask.shape):
                want = segmentation.clear_border(mask, buffer)
                r.same("clear_border:buffer_size=%d" % buffer, want, mask, what=name, runs=SMALL)
    for dtype in ("uint8", "int8", "uint16", "int16", "uint32", "int32"):
        image = labels(rng, dtype)
        if dtype.startswith("int"):
            image[image == 2] = -3
        r.same("clear_border:buffer_size=1", segmentation.clear_border(image, 1), image, what=dtype)


def check_hysteresis(r, made, rng):
    if not r.wants("apply_hysteresis_threshold"):
        return
    smooth = filters.gaussian(rng.random((130, 170)), 1.5)
    smooth = (smooth - smooth.min()) / (smooth.max() - smooth.min())
    images = {"float64": smooth, "float32": smooth.astype(np.float32), "uint8": (smooth * 255).astype(np.uint8),
              "int16": (smooth * 4000 - 2000).astype(np.int16), "uint16": (smooth * 65535).astype(np.uint16)}
    images["float32"][rng.random(smooth.shape) < 0.02] = np.nan
    for name, image in images.items():
        for low, high in ((0.5, 0.8), (0.4, 0.9), (0.3, 0.3), (0.7, 0.5)):
            if name != "float64" and name != "float32":
                lo, span = float(image.min()), float(image.max()) - float(image.min())
                low, high = lo + low * span, lo + high * span
            want = filters.apply_hysteresis_threshold(image, low, high)
            r.same("apply_hysteresis_threshold:low=%r,high=%r" % (low, high), want, image, what=name)
    # Samples that are the thresholds, or next to them.
    for low, high in ((0.1, 0.3), (0.7, 0.9), (-0.1, 1 / 3)):
        near = np.array([np.nextafter(np.float32(v), np.float32(s)) for v in (low, high) for s in (-9, v, 9)] +
                        [np.float32(low), np.float32(high)], np.float32)
        image = rng.choice(near, (40, 53))
        want = filters.apply_hysteresis_threshold(image, low, high)
        r.same("apply_hysteresis_threshold:low=%r,high=%r" % (low, high), want, image, what="at the thresholds")
    for name, mask in made.items():
        image = mask.astype(np.uint8) + (mask & (rng.random(mask.shape) < 0.02))
        low = ndimage.label(image > 0, np.ones((3, 3)))[0]
        want = np.isin(low, np.unique(low[image > 1])) & (low > 0)
        r.same("apply_hysteresis_threshold:low=0,high=1,connectivity=2", want, image, what=name, runs=SMALL)


def check_relabel(r, made, rng):
    if not r.wants("relabel_sequential"):
        return
    for dtype, most in (("uint8", 250), ("uint16", 60000), ("int32", 2**31 - 1), ("uint32", 2**32 - 1), ("int8", 100)):
        for offset in (1, 5, 1000):
            image = labels(rng, "int64", most=most).astype(dtype)
            want = segmentation.relabel_sequential(image, offset)[0].astype(np.uint32)
            r.same("relabel_sequential:offset=%d" % offset, want, image, what=dtype)
    for image in (np.zeros((20, 30), np.uint8), np.full((40, 20), 9, np.uint16), np.ones((1, 1), np.uint8)):
        r.same("relabel_sequential", segmentation.relabel_sequential(image)[0].astype(np.uint32), image, what="few")


def canny_levels(image, **how):
    """What canny links: nothing below high, so that all edges are strong; nothing above, so that none is."""
    weak = feature.canny(image, **{**how, "high_threshold": how["low_threshold"]})
    strong = feature.canny(image, **{**how, "low_threshold": how["high_threshold"]})
    return weak.astype(np.uint8) + (weak & strong)


def check_canny(r, made, rng):
    smooth = filters.gaussian(rng.random((150, 211)), 2)
    smooth = (smooth - smooth.min()) / (smooth.max() - smooth.min())
    images = {"float64": smooth, "float32": smooth.astype(np.float32), "uint8": (smooth * 255).astype(np.uint8),
              "uint16": (smooth * 65535).astype(np.uint16), "int8": ((smooth - 0.5) * 250).astype(np.int8),
              "bool": smooth > 0.5, "noise": rng.integers(0, 256, (90, 70), dtype=np.uint8),
              "3x5": rng.random((3, 5)), "2x9": rng.random((2, 9)), "1x1": rng.random((1, 1)), "holes": rng.random((70, 90))}
    images["holes"][rng.random((70, 90)) < 0.003] = np.nan
    images["holes"][rng.random((70, 90)) < 0.002] = np.inf
    cases = [(1, {}), (0, {}), (0.5, {}), (2, {}), (6, {}), (20, {}), (1.4, {"mode": "nearest"}), (2, {"mode": "reflect"}),
             (3, {"mode": "mirror"}), (3.3, {"cval": 0.7}), (1, {"low_threshold": 0.02, "high_threshold": 0.05}),
             (2, {"low_threshold": 0, "high_threshold": 0.01})]
    quantiles = [(1, {}), (2, {"low_threshold": 0.5, "high_threshold": 0.93}), (0, {"low_threshold": 0, "high_threshold": 1}),
                 (1.7, {"low_threshold": 1 / 3, "high_threshold": 1 / 3, "mode": "mirror"}),
                 (4, {"low_threshold": 0.811, "high_threshold": 0.95, "mode": "nearest"})]
    for name, image in images.items():
        top = np.iinfo(image.dtype).max if image.dtype.kind in "iu" else 1
        for sigma, how in cases:
            how = {k: v * top if k.endswith("threshold") else v for k, v in how.items()}
            text = ":sigma=%r" % sigma + "".join(",%s=%s" % (k, v if isinstance(v, str) else repr(v)) for k, v in how.items())
            if r.wants("canny"):
                r.same("canny" + text, feature.canny(image, sigma=sigma, **how), image, what=name, runs=SMALL)
            if r.wants("canny_levels") and how.get("low_threshold"):
                r.same("canny_levels" + text, canny_levels(image, sigma=sigma, **how), image, what=name,
                       runs=((0, 1), (37, 1)))
        if name == "holes":
            continue
        for sigma, how in quantiles:
            text = ":use_quantiles=true,sigma=%r" % sigma + "".join(
                ",%s=%s" % (k, v if isinstance(v, str) else repr(v)) for k, v in how.items())
            if r.wants("canny"):
                r.same("canny" + text, feature.canny(image, sigma=sigma, use_quantiles=True, **how), image, what=name,
                       runs=SMALL)


def check(c, g):
    rng = np.random.default_rng(5)
    made = masks(rng)
    r = Run(c)
    for part in (check_label, check_small, check_fill, check_border, check_hysteresis, check_relabel,
                 check_canny):
        part(r, made, rng)
