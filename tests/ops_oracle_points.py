"""Peaks and blobs: the rows of scikit-image's call on the whole image, in its order, from tiles of any size. Candidates
at the borders of tiles, plateaus that cross them, equal peaks, and blobs that overlap several others are among the
images; a table must be the same for all tiles."""
import numpy as np
from scipy import ndimage
from skimage import feature

TILES = (0, 16, 48)


def plateaus(rng):
    """Few levels, so that most peaks are several pixels, and bands and steps of one value across all tiles."""
    image = rng.integers(0, 6, (83, 131)).astype(np.uint8)
    image[14:18] = 9
    image[:, 30:34] = 9
    image[60:, 90:] = 3
    return image


def bumps(rng, shape, size):
    """Round blobs at tile corners and elsewhere, some of them alike."""
    image = np.zeros(shape)
    places = [(16, 16), (16, 48), (48, 48), (15, 31), (32, 32)] + [tuple(rng.integers(0, shape)) for _ in range(12)]
    for y, x in places:
        image[min(y, shape[0] - 1), min(x, shape[1] - 1)] += 1
    return ndimage.gaussian_filter(image, size) * size ** 2 * 6


def images(c):
    rng = np.random.default_rng(9)
    found = {"plateaus": plateaus(rng), "bumps": bumps(rng, (90, 120), 3), "flat": np.full((40, 50), 7, np.uint8),
             "noise": rng.random((70, 95)), "int16": rng.integers(-900, 900, (50, 61)).astype(np.int16),
             "1x1": np.ones((1, 1)), "row": rng.random((1, 70))}
    found["single"] = found["bumps"].astype(np.float32)
    if "tissue gray" in c.images:
        found["tissue gray"] = 1 - c.images["tissue gray"]
        found["tissue 8 bits"] = np.uint8(found["tissue gray"] * 255)
        found["tissue single"] = found["tissue gray"].astype(np.float32)
    return found


def compare(c, spec, image, want, columns, what):
    """want: rows of the reference; columns: ours that they hold, and how they may differ."""
    op = spec.split(":")[0]
    c.seen.add(op)
    if c.only and op != c.only:
        return
    tables = [c.tool.table(spec, *image, tile=tile, threads=1 + tile % 3, seed=1 + tile) for tile in TILES]
    c.checked += 1
    got = np.stack([tables[0][name] for name in columns], axis=-1).astype(float)
    for table in tables[1:]:
        if any(not np.array_equal(table[name], tables[0][name]) for name in table):
            c.fail(spec, what, "another size of tile gives another table")
    if got.shape != want.shape:
        c.fail(spec, what, f"{len(got)} rows, not {len(want)}")
    elif not np.allclose(got, want, rtol=1e-6, atol=0):
        at = np.argwhere(~np.isclose(got, want, rtol=1e-6, atol=0).all(axis=1))[0][0]
        c.fail(spec, what, f"row {at}: {got[at]}, not {want[at]}")


def spec_of(op, how):
    def text(v):
        return "none" if v is None else str(v).lower() if isinstance(v, bool) else str(v).replace(" ", "").replace(
            "(", "[").replace(")", "]")
    return op + ":" + ",".join(f"{k}={text(v)}" for k, v in how.items())


PEAKS = [dict(min_distance=1), dict(min_distance=2, exclude_border=False), dict(min_distance=3, threshold_rel=0.4),
         dict(min_distance=1, exclude_border=0, threshold_abs=0.2), dict(min_distance=7, exclude_border=(2, 11)),
         dict(min_distance=20, exclude_border=1, threshold_abs=0.1, threshold_rel=0.3),
         dict(min_distance=4, num_peaks=5)]


def check_peaks(c):
    for name, image in images(c).items():
        for how in PEAKS:
            rows = feature.peak_local_max(image, **how)
            want = np.column_stack((rows, image[tuple(rows.T)])).astype(float).reshape(-1, 3)
            compare(c, spec_of("peak_local_max", how), [image], want, ("centroid-0", "centroid-1", "intensity"), name)
    image = plateaus(np.random.default_rng(2))
    largest, rows = ndimage.maximum_filter(image, 7), feature.peak_local_max(image, min_distance=3)
    compare(c, "select_peaks:largest=@1,min_distance=3", [image, largest], rows.astype(float),
            ("centroid-0", "centroid-1"), "plateaus")


BLOBS = {
    "blob_log": [dict(min_sigma=1, max_sigma=5, num_sigma=4, threshold=0.05),
                 dict(min_sigma=1.5, max_sigma=7, num_sigma=5, threshold=0.02, log_scale=True, overlap=0.2),
                 dict(min_sigma=2, max_sigma=4, num_sigma=1, threshold=None, threshold_rel=0.3, exclude_border=(3, 9))],
    "blob_dog": [dict(min_sigma=1, max_sigma=9, threshold=0.02),
                 dict(min_sigma=2, max_sigma=6, sigma_ratio=1.3, threshold=0.01, overlap=0.8, exclude_border=5)],
    "blob_doh": [dict(min_sigma=1, max_sigma=8, num_sigma=4, threshold=0.002),
                 dict(min_sigma=2, max_sigma=12, num_sigma=3, threshold=0.0005, log_scale=True),
                 dict(min_sigma=3, max_sigma=5, num_sigma=3, threshold=None, threshold_rel=0.2, overlap=1)],
}


def check_blobs(c):
    """Of symmetric blobs, determinants tie, which the reference decides by the rounding of its integral image. A slide's
    halo is seldom as large as these images: a large sigma on a large one comes last."""
    every = {name: image for name, image in images(c).items() if name not in ("plateaus", "flat", "int16", "1x1", "row")}
    for op, hows in BLOBS.items():
        for name, image in every.items():
            if op == "blob_doh" and name in ("bumps", "single"):
                continue
            for how in hows:
                want = getattr(feature, op)(image, **how)
                compare(c, spec_of(op, how), [image], want, ("centroid-0", "centroid-1", "sigma"), name)
    large = bumps(np.random.default_rng(5), (300, 330), 20)
    how = dict(min_sigma=10, max_sigma=55, num_sigma=3, threshold=0.01)
    compare(c, spec_of("blob_log", how), [large], feature.blob_log(large, **how),
            ("centroid-0", "centroid-1", "sigma"), "large blobs")


def maxima(scales):
    """Where no neighbour in rows, columns and scales is larger; NaN elsewhere."""
    return np.where(scales == ndimage.maximum_filter(scales, 3, mode="nearest"), scales, np.nan)


def laplacians(image, sigmas):
    return np.stack([-ndimage.gaussian_laplace(image, s) * s ** 2 for s in sigmas], axis=-1)


def check_response(c):
    """Without a tie, which decides by the last digit; tables are what ties are compared by."""
    image = np.random.default_rng(4).random((67, 81))
    c.check("blob_response:min_sigma=1,max_sigma=4,num_sigma=3", lambda i: maxima(laplacians(i, (1, 2.5, 4))), image,
            what="noise")
    c.check("blob_response:method=dog,min_sigma=2,max_sigma=4,sigma_ratio=2",
            lambda i: maxima(np.stack([ndimage.gaussian_filter(i, s) - ndimage.gaussian_filter(i, 2 * s)
                                       for s in (2, 4)], axis=-1)), image, what="noise")
    want = feature.blob_log(image, 1, 4, 3, 0.1)
    scales = maxima(laplacians(image, (1, 2.5, 4)))
    compare(c, "select_blobs:max_sigma=4,num_sigma=3,threshold=0.1", [scales], want,
            ("centroid-0", "centroid-1", "sigma"), "noise")


def check(c, g):
    check_peaks(c)
    check_blobs(c)
    check_response(c)
