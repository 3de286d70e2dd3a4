"""Intensities by what the whole image is like: ranges, percentiles, equalisation, matching."""
import numpy as np
from skimage import exposure

from ops_oracle_base import double


def text(values):
    return "[" + ",".join(repr(v) for v in values) + "]"


def narrow(image):
    """32-bit integers within a span that is counted value by value."""
    if image.dtype.name in ("uint32", "int32"):
        return (image.astype(np.int64) % 60001 - (30000 if image.dtype.kind == "i" else 0)).astype(image.dtype)
    return image


def mask_for(image):
    rng = np.random.default_rng(image.shape[0])
    mask = rng.random(image.shape[:2]) < 0.4
    mask[0, 0] = True
    return mask


def stretched(image, low, high, **how):
    return exposure.rescale_intensity(double(image), in_range=(low, high), **how)


def check_rescale(c, names):
    for what in names:
        image = c.images[what]
        whole = image.dtype.kind in "iub"
        if image.dtype.kind == "b":  # the reference subtracts bools, which NumPy refuses
            continue
        c.check("rescale_intensity", lambda i: exposure.rescale_intensity(double(i)), image, what=what, exact=whole)
        c.check("rescale_intensity:in_range=dtype", lambda i: exposure.rescale_intensity(double(i), in_range="dtype"),
                image, what=what, exact=whole)
        c.check("rescale_intensity:in_range=image,out_range=[-2,3]",
                lambda i: exposure.rescale_intensity(double(i), out_range=(-2, 3)), image, what=what)
        mask = mask_for(image)
        c.check("rescale_intensity:mask=@1,out_range=[0,1]",
                lambda i, m: stretched(i, i[m].min(), i[m].max(), out_range=(0, 1)), image, mask, what=what)
        # NumPy subtracts neighbours of a signed type within it, which wraps around where they lie far apart
        if image.dtype.kind == "i" and image.size < 100:
            continue
        for percent in ((2, 98), (0, 100), (12.34, 77.7), (50, 50)):
            c.check(f"rescale_intensity:in_percentiles={text(percent)}",
                    lambda i, p=percent: stretched(i, *np.percentile(i, p)), image, what=what, exact=whole)
        c.check("rescale_intensity:in_percentiles=[5,90],mask=@1,out_range=[0,1]",
                lambda i, m: stretched(i, *np.percentile(i[m], (5, 90)), out_range=(0, 1)), image, mask, what=what)
    nan = c.images["float32"].copy()
    nan[3, 4] = np.nan
    with np.errstate(invalid="ignore"):
        c.check("rescale_intensity", exposure.rescale_intensity, nan, what="NaN", exact=True)


def check_equalize(c, names):
    for what in names:
        image = narrow(c.images[what])
        mask = mask_for(image)
        c.check("equalize_hist", exposure.equalize_hist, image, what=what)
        c.check("equalize_hist:nbins=50,mask=@1", lambda i, m: exposure.equalize_hist(i, nbins=50, mask=m), image, mask,
                what=what)
        c.check("equalize_hist:nbins=1000", lambda i: exposure.equalize_hist(i, nbins=1000), image, what=what)
    for value in (True, False):
        c.check("equalize_hist", exposure.equalize_hist, np.full((5, 7), value), what=f"all {value}")


def by_channel(image, reference):
    if image.ndim == 2:
        image, reference = image[..., None], reference[..., None]
        return exposure.match_histograms(image, reference, channel_axis=-1)[..., 0]
    return exposure.match_histograms(image, reference, channel_axis=-1)


def check_match(c, names):
    """Floats that are not levels are compared loosely: two of these few samples on one level are 1/5000 of all, and the
    reference's values lie far apart where there are few."""
    rng = np.random.default_rng(7)
    for what in names:
        image = narrow(c.images[what])
        other = np.ascontiguousarray(image[::-1, : max(1, image.shape[1] // 2)])
        if image.dtype.kind == "f":
            steps = rng.random((97, 89) + image.shape[2:])
            other = (np.sqrt(steps) * 3 - 1).astype(image.dtype)
        elif image.dtype.kind != "b":
            other = np.where(other > other.mean(), other // 2, other).astype(image.dtype)
        near = 2e-2 if image.dtype.kind == "f" else 1e-6
        c.check("match_histograms", lambda i, r=other: exposure.match_histograms(i, r), image, what=what,
                tolerance=near, options={"reference": other})
        c.check("match_histograms:channel_axis=-1", lambda i, r=other: by_channel(i, r), image, what=what,
                tolerance=near, exact=image.dtype.kind in "iub", options={"reference": other})


def check_match_levels(c):
    """Floats that lie on levels: multiples of the same step as 65536 levels from the smallest to the largest."""
    rng = np.random.default_rng(8)
    image, other = (rng.integers(0, 65536, shape) for shape in ((300, 311), (250, 271)))
    for levels in (image, other):
        levels[0, 0], levels[0, 1] = 0, 65535
    on = [(levels / 65536).astype(np.float32) for levels in (image, other)]
    c.check("match_histograms", lambda i: exposure.match_histograms(double(i), double(on[1])), on[0], what="levels",
            options={"reference": on[1]})


def check_adaptive(c, names):
    for what in names:
        image = c.images[what]
        if image.dtype.kind in "iu" and image.dtype.itemsize > 2:  # refused: its scale depends on what is in it
            continue
        if image.ndim == 3 and image.dtype.kind == "f":
            image = np.abs(image)  # the reference's hue of negative values is none
        c.check("equalize_adapthist", lambda i: exposure.equalize_adapthist(double(i)), image, what=what)
        c.check("equalize_adapthist:kernel_size=[9,5],clip_limit=0.03,nbins=100",
                lambda i: exposure.equalize_adapthist(double(i), kernel_size=(9, 5), clip_limit=0.03, nbins=100), image,
                what=what)
        c.check("equalize_adapthist:kernel_size=[90,50],clip_limit=0",
                lambda i: exposure.equalize_adapthist(double(i), kernel_size=(90, 50), clip_limit=0), image, what=what)


def check(c, g):
    images = g.every + g.small
    check_rescale(c, images)
    check_equalize(c, images)
    check_match(c, images)
    check_match_levels(c)
    check_adaptive(c, images)
