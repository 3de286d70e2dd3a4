"""Operations whose results have another size, and the quality maps, against scikit-image and plain NumPy."""
import numpy as np
from ops_oracle_base import double, per_channel
from skimage import color, filters, transform, util


def factors_of(image, fy, fx):
    return (fy, fx) + (1,) * (image.ndim - 2)


def blocks(values, block, function):
    """function over each block of the pixels that exist, those of the last row and column included."""
    h, w = values.shape[:2]
    return np.array([[function(values[y:y + block, x:x + block]) for x in range(0, w, block)]
                     for y in range(0, h, block)])


def as_float(image):
    """img_as_float; floats keep their values."""
    return image.astype(np.float64) if image.dtype.kind == "f" else util.img_as_float64(image)


def laplacian_variance(block):
    return per_channel(lambda a: blocks(filters.laplace(as_float(a), ksize=3), block, np.var))


def tenengrad(block):
    return per_channel(lambda a: blocks(filters.sobel_h(as_float(a)) ** 2 + filters.sobel_v(as_float(a)) ** 2, block,
                                        np.mean))


def saturated(image, threshold):
    return color.rgb2hsv(image)[..., 1] > threshold


def absorbing(image, threshold):
    with np.errstate(divide="ignore"):
        return -np.log10(np.maximum(as_float(image), 0)).mean(axis=-1) > threshold


def tissue(function, block, *threshold):
    return lambda a: blocks(function(a, *threshold), block, np.mean)


def resized(factor, enlarge=False, **how):
    """Each channel by itself; float32 as float64, so that the reference computes in float64."""
    def apply(a):
        shape = [n * factor if enlarge else -(-n // factor) for n in a.shape[:2]]
        return per_channel(lambda p: transform.resize(double(p), shape, **how))(a)
    return apply


def nearest(factor, enlarge=False):
    return resized(factor, enlarge, order=0)


def reduced(downscale, **how):
    return per_channel(lambda p: transform.pyramid_reduce(double(p), downscale, **how))


def check_resampling(c, g):
    every = [n for n in g.every + g.small if c.images[n].dtype != bool]
    masks = [n for n in g.gray if c.images[n].dtype == bool]
    reals = [n for n in every if c.images[n].dtype.kind == "f"]
    whole = [n for n in every if n not in reals]
    for n in (1, 2, 3, 4, 7, 16):
        c.on(every, f"resize:factor={n}", resized(n))
        c.on(masks, f"resize:factor={n}", resized(n), exact=True)
        c.on(every, f"resize:factor={n},anti_aliasing=false", resized(n, anti_aliasing=False))
        c.on(whole + masks, f"resize:factor={n},order=0", nearest(n), exact=True)
        c.on(reals, f"resize:factor={n},order=0", resized(n, order=0))
        if n < 5:
            c.on(every, f"resize:factor={n},enlarge=true", resized(n, True))
            c.on(whole + masks, f"resize:factor={n},enlarge=true,order=0", nearest(n, True), exact=True)
    for numpy in ("symmetric", "edge"):
        c.on(every, f"resize:factor=5,mode={numpy}", resized(5, mode=numpy))
        c.on(every, f"resize:factor=3,enlarge=true,mode={numpy}", resized(3, True, mode=numpy))
    for sigma in (0.0, 0.4, 3.0, (2.0, 0.5), (0.0, 1.5)):
        how = {"anti_aliasing_sigma": sigma}
        text = "anti_aliasing_sigma=" + (str(list(sigma)).replace(" ", "") if isinstance(sigma, tuple) else str(sigma))
        c.on(every, f"resize:factor=3,{text}", resized(3, **how))
        c.on(every, f"resize:factor=1,anti_aliasing=true,{text}", resized(1, anti_aliasing=True, **how))
        c.on(every, f"resize:factor=2,enlarge=true,{text}", resized(2, True, **how))
        c.on(every, f"resize:factor=1,{text}", resized(1, **how))
        c.on(reals, f"resize:factor=4,order=0,{text}", resized(4, order=0, **how))
        c.on(whole + masks, f"resize:factor=4,order=0,{text}", nearest(4), exact=True)
    c.on(every, "resize:factor=3,anti_aliasing=false,preserve_range=true",
         resized(3, anti_aliasing=False, preserve_range=True))
    c.on(whole, "resize:factor=2,preserve_range=true", resized(2, preserve_range=True))
    for n in (2, 3, 5):
        c.on(every + masks, f"pyramid_reduce:downscale={n}", reduced(n))
    c.on(every, "pyramid_reduce:sigma=2.5,mode=constant,cval=0.3", reduced(2, sigma=2.5, mode="constant", cval=0.3))
    c.on(every, "pyramid_reduce:downscale=4,order=0,preserve_range=true", reduced(4, order=0, preserve_range=True))


def check(c, g):
    check_resampling(c, g)
    local = transform.downscale_local_mean
    for fy, fx in ((2, 2), (1, 1), (3, 5), (64, 7)):
        c.on(g.every + g.small, f"downscale_local_mean:factors=[{fy},{fx}]",
             lambda a: local(double(a), factors_of(a, fy, fx)))
    padded = [n for n in g.every if c.images[n].dtype != bool]  # NumPy would pad with True
    c.on(padded, "downscale_local_mean:factors=[4,3],cval=9", lambda a: local(double(a), factors_of(a, 4, 3), cval=9))
    for block in (1, 16, 50, 256):
        c.on(g.every + g.small, f"blur_laplacian_variance:block={block}", laplacian_variance(block))
        c.on(g.every + g.small, f"blur_tenengrad:block={block}", tenengrad(block))
    masks = [n for n in g.gray if c.images[n].dtype == bool]
    for block in (16, 200):
        c.on(masks, f"tissue_fraction:method=mask,block={block}", tissue(lambda a: a, block))
        for name in ("tissue", "retina", "uint8 rgb"):
            if name in c.images:
                c.on([name], f"tissue_fraction:threshold=0.0913,block={block}", tissue(saturated, block, 0.0913))
                c.on([name], f"tissue_fraction:method=absorbance,threshold=0.151,block={block}",
                     tissue(absorbing, block, 0.151))
