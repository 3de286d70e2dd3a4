"""Thresholds of a whole image: scikit-image's own thresholds, and the masks they make.

With compat the thresholds are scikit-image's to the last bit. Without it sums are exact, which on images that are not
huge decides nothing, so that they are the same. Li's iteration ends on logarithms, which mathematics libraries round differently, and
for floats on means that scikit-image rounds: there thresholds agree to a millionth of the image's range.
"""
import numpy as np
from skimage import filters

METHODS = {
    "threshold_otsu": {"": {}, "nbins=100": {"nbins": 100}},
    "threshold_yen": {"": {}, "nbins=31": {"nbins": 31}},
    "threshold_isodata": {"": {}, "nbins=1000": {"nbins": 1000}},
    "threshold_triangle": {"": {}, "nbins=64": {"nbins": 64}},
    "threshold_minimum": {"": {}, "max_num_iter=9": {"max_num_iter": 9}},
    "threshold_multiotsu": {"": {}, "classes=2": {"classes": 2}, "classes=4,nbins=50": {"classes": 4, "nbins": 50}},
    "threshold_mean": {"": {}},
}


def modes(rng, dtype, means, shape=(90, 130)):
    """Pixels around a few grey levels, the more the smoother."""
    n = shape[0] * shape[1]
    a = np.concatenate([rng.normal(m, rng.uniform(6, 25), n // len(means) + 1) for m in means])[:n]
    a = rng.permutation(np.clip(a, 0, 255)).reshape(shape)
    if dtype.startswith("float"):
        return (a / 255 * 1.7 - 0.4).astype(dtype)
    return (a * (200 if dtype.endswith("16") else 0.49)).astype(dtype) if dtype != "uint8" else a.astype(dtype)


def sources(c, g):
    rng = np.random.default_rng(5)
    images = {n: c.images[n] for n in g.gray + g.small if c.images[n].dtype.name not in ("uint32", "int32")}
    for dtype in ("uint8", "int8", "uint16", "int16", "float32", "float64"):
        for means in ((60, 180), (40, 120, 210), (30, 90, 150, 220)):
            images[f"{dtype} of {len(means)} modes"] = modes(rng, dtype, means)
    for dtype in ("uint8", "float32"):
        images[f"{dtype} constant"] = np.full((7, 5), 0.75 if dtype == "float32" else 9, dtype)
        images[f"{dtype} of two values"] = np.where(rng.random((30, 20)) < 0.3, 40, 200).astype(dtype)
        images[f"{dtype} of neighbours"] = rng.integers(0, 4, (30, 20)).astype(dtype)
    wide = modes(rng, "uint16", (60, 180)).astype(np.int32) * 3 - 50000
    images["int32 of few values"] = wide
    # The criteria of neighbouring thresholds differ by less than single precision tells apart.
    images["int16 of one flat mode"] = np.random.default_rng(14).normal(0, 3000, (90, 130)).astype(np.int16)
    images["bool of few"] = rng.random((40, 30)) < 0.1
    return images


def of(method, pixels, how):
    """scikit-image's thresholds; None where it raises an error."""
    try:
        with np.errstate(all="ignore"):
            t = getattr(filters, method)(pixels, **how)
    except (ValueError, RuntimeError, IndexError):
        return None
    return np.atleast_1d(t)


def foreground(method, pixels, thresholds):
    if method == "threshold_multiotsu":
        return np.digitize(pixels, thresholds).astype(np.uint8)
    return pixels > thresholds[0]


def one(c, spec, image, want, what, extra=(), error=0):
    """Thresholds and mask of one image, in one piece and in tiles."""
    method = spec.split(":")[0]
    c.checked += 1
    if want is None:
        try:
            c.tool.run(spec, image, *extra)
            c.fail(spec, what, "is taken where scikit-image raises an error")
        except RuntimeError:
            pass
        return
    try:
        fit, out = c.tool.fit(spec, image, *extra)
        tiled = c.tool.run(spec, image, *extra, isa="plain", tile=37)
    except RuntimeError as refused:
        c.fail(spec, what, str(refused))
        return
    got = fit["threshold"]
    same = (got == want) | (np.isnan(got) & np.isnan(want.astype(float)))
    if not same.all() and not np.abs(got - want).max() <= error:
        c.fail(spec, what, f"thresholds {got}, not {want}")
        return
    exact = want if same.all() else got.astype(image.dtype if image.dtype.kind == "f" else float)
    if not np.array_equal(out, foreground(method, image, exact)) or out.tobytes() != tiled.tobytes():
        c.fail(spec, what, "the mask is not that of the threshold")


def spec_of(method, *texts):
    given = ",".join(t for t in texts if t)
    return method + (":" + given if given else "")


def check_histograms(c, images):
    for method, variants in METHODS.items():
        c.seen.add(method)
        if c.only and c.only != method:
            continue
        error = lambda i: 1e-6 if method == "threshold_mean" and i.dtype.kind == "f" else 0
        for text, how in variants.items():
            for name, image in images.items():
                wide = image.dtype.kind in "iu" and np.ptp(image.astype(int)) > 300
                if wide and (method == "threshold_multiotsu" or (method == "threshold_minimum" and not text)):
                    continue  # scikit-image tries all thresholds, and loops over all bins
                want = of(method, image, how)
                for compat in ("", "compat=true"):
                    one(c, spec_of(method, text, compat), image, want, name, error=error(image))


def check_masks(c, images):
    """Pixels under a mask alone; masks of any type."""
    rng = np.random.default_rng(6)
    for name in ("uint8 of 3 modes", "float32 of 2 modes"):
        image = images[name]
        for dtype in ("bool", "uint8", "float32"):
            mask = (rng.random(image.shape) < 0.4).astype(dtype)
            for method in METHODS:
                if c.only in (None, method):
                    want = of(method, image[mask != 0], {})
                    one(c, spec_of(method, "mask=@1"), image, want, f"{name}, mask of {dtype}", (mask,),
                        1e-6 if method == "threshold_mean" else 0)
        nothing = np.zeros(image.shape, bool)
        for method in [*METHODS, "threshold_li"]:
            if c.only in (None, method):
                one(c, spec_of(method, "mask=@1"), image, None, name + ", empty mask", (nothing,))


def check_li(c, images):
    c.seen.add("threshold_li")
    if c.only not in (None, "threshold_li"):
        return
    for name, image in images.items():
        # scikit-image subtracts in the image's own type, which small signed types do not hold, and takes no bool.
        if image.dtype.kind == "b" or (image.dtype.kind == "i" and image.min() < 0):
            continue
        span = float(image.max()) - float(image.min())
        guess = float(image.min()) + 0.7 * span
        for text, how in (("", {}), (f"initial_guess={guess!r}", {"initial_guess": guess}), ("compat=true", {})):
            want = of("threshold_li", image, how)
            if want is None and span == 0:
                continue
            one(c, spec_of("threshold_li", text), image, want, name, error=1e-6 * max(span, 1))
    for spec in ("threshold_li:initial_guess=0", "threshold_li:initial_guess=300"):
        one(c, spec, images["uint8 of 2 modes"], None, "a guess outside")


def check_special(c, images):
    """NaN and infinities."""
    image = images["float32 of 2 modes"].copy()
    image[3, 4] = np.nan
    infinite = images["float64 of 3 modes"].copy()
    infinite[5, :7] = np.inf
    infinite[9, 9] = -np.inf
    none = np.full((4, 6), np.nan, np.float32)
    for method in METHODS:
        if c.only in (None, method):
            for what, pixels in (("NaN", image), ("infinities", infinite)):
                one(c, method, pixels, of(method, pixels, {}), what)
    if c.only in (None, "threshold_li"):
        for what, pixels in (("NaN", image), ("infinities", infinite), ("nothing but NaN", none),
                             ("NaN and infinity", np.where(np.arange(24).reshape(4, 6) > 7, np.nan, np.inf))):
            one(c, "threshold_li", pixels, of("threshold_li", pixels, {}), what, error=1e-6)


def check_formats(c, images):
    for spec in [*METHODS, "threshold_li"]:
        if c.only in (None, spec):
            one(c, spec, c.images["uint8 rgb"], None, "three channels")
    if c.only in (None, "threshold_otsu"):
        one(c, "threshold_otsu", c.images["int32"], None, "integers too far apart")
        one(c, "threshold_otsu:nbins=4096", np.float32([[1, 1 + 1e-6, 1 + 2e-6]]), None, "more bins than values")


FEW = np.array([[630, 0, 66, 668, 604, 0, 657, 635, 21, 31, 56, 69, 647, 647, 33, 97, 617, 0, 614, 10, 640, 91, 613, 633, 45,
                 646, 0, 0, 641, 631, 610, 0, 621, 633, 631, 666, 0, 0, 0, 618, 636, 618, 608, 0, 597, 3, 614, 622, 604, 82,
                 82, 624, 620, 617, 660, 634, 623, 644, 590, 625, 626, 642, 69]], np.int16)


def check_ties(c):
    """Where rounding decides: middles that lie just a bin's width above a value, and the histogram of a few pixels, in
    which many bins are alike when it is smoothed."""
    rng = np.random.default_rng(9)
    for k in range(4):
        masks = {"bool": rng.random((40, 30)) < 0.3 + 0.1 * k, "floats": rng.choice(rng.random(2), (40, 30))}
        for what, image in masks.items():
            for n in (3, 5, 255):
                for how in ("", ",compat=true") if c.only in (None, "threshold_isodata") else ():
                    one(c, f"threshold_isodata:nbins={n}{how}", image, of("threshold_isodata", image, {"nbins": n}),
                        f"{what} of two values")
    if c.only in (None, "threshold_minimum"):
        one(c, "threshold_minimum", FEW, of("threshold_minimum", FEW, {}), "few pixels")


def check_foretold(c, images):
    """Thresholds of floats are known before their histogram is, if it is smooth."""
    for name in ("float32 of 2 modes", "float32 of 3 modes", "float64 of 2 modes", "float32 constant"):
        for method in ("threshold_otsu", "threshold_isodata"):
            if c.only not in (None, method) or (method == "threshold_isodata" and "constant" in name):
                continue
            c.checked += 1
            fit, _ = c.tool.fit(method, images[name], tile=64)
            if fit["speculated"] != 2:
                c.fail(method, name, "the threshold is not foretold")


def check(c, g):
    images = sources(c, g)
    check_histograms(c, images)
    check_masks(c, images)
    check_li(c, images)
    check_special(c, images)
    check_formats(c, images)
    check_ties(c)
    check_foretold(c, images)
