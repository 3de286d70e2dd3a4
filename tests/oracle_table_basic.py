"""Chains of the basic operations for oracle_chain.py, and the functions that tables of references share."""
import numpy as np
from skimage import color, exposure, filters, morphology, util


def channels(f):
    """f on each channel of an RGB image."""
    return lambda a: np.stack([f(a[..., c]) for c in range(a.shape[-1])], -1) if a.ndim == 3 else f(a)


def green(a):
    return a[..., 1]


def hed0(a):
    return color.rgb2hed(a)[..., 0]


def smooth(a, **how):
    return filters.gaussian(a, channel_axis=-1 if a.ndim == 3 else None, **how)


disk, box = morphology.disk, np.ones
GREEN = "channel:index=1"

# chain, reference on the RGB pixels, tolerance (0: same bits)
TABLE = [
    ("cast:dtype=uint8", lambda a: a, 0),
    ("cast:dtype=uint16", util.img_as_uint, 0),
    ("cast:dtype=float32", util.img_as_float32, 0),
    ("channel:index=2", lambda a: a[..., 2], 0),
    ("rgb2gray", color.rgb2gray, 1e-6),
    ("rgb2hed", color.rgb2hed, 1e-6),
    ("rgb2hed | hed2rgb", lambda a: color.hed2rgb(color.rgb2hed(a)), 1e-6),
    ("invert", util.invert, 0),
    ("rgb2gray | invert", lambda a: util.invert(color.rgb2gray(a)), 1e-6),
    ("rescale_intensity:in_range=[30,200],out_range=[0,1]",
     lambda a: exposure.rescale_intensity(a, in_range=(30, 200), out_range=(0, 1)), 1e-6),
    ("rgb2gray | rescale_intensity:in_range=[0.2,0.7],out_range=[-1,3]",
     lambda a: exposure.rescale_intensity(color.rgb2gray(a), in_range=(0.2, 0.7), out_range=(-1, 3)), 1e-6),
    ("rescale_intensity:in_range=[20,230]", lambda a: exposure.rescale_intensity(a, in_range=(20, 230)), 0),
    ("gaussian", lambda a: smooth(a), 1e-6),
    ("gaussian:sigma=2", lambda a: smooth(a, sigma=2), 1e-6),
    ("gaussian:sigma=7.3,mode=reflect", lambda a: smooth(a, sigma=7.3, mode="reflect"), 1e-6),
    ("rgb2gray | gaussian:sigma=2.5,truncate=3,mode=mirror",
     lambda a: smooth(color.rgb2gray(a), sigma=2.5, truncate=3, mode="mirror"), 1e-6),
    ("rgb2gray | sobel", lambda a: filters.sobel(color.rgb2gray(a)), 1e-6),
    ("sobel", channels(filters.sobel), 1e-6),
    ("median", channels(lambda a: filters.median(a, box((3, 3)))), 0),
    (GREEN + " | median:footprint=disk,radius=3", lambda a: filters.median(green(a), disk(3)), 0),
    ("rgb2gray | threshold:value=0.6", lambda a: color.rgb2gray(a) > 0.6, "near"),
    ("threshold:value=180", lambda a: a > 180, 0),
    ("erosion", channels(morphology.erosion), 0),
    ("dilation:footprint=disk,radius=4", channels(lambda a: morphology.dilation(a, disk(4))), 0),
    (GREEN + " | erosion:footprint=disk,radius=5", lambda a: morphology.erosion(green(a), disk(5)), 0),
    (GREEN + " | opening:footprint=disk,radius=3", lambda a: morphology.opening(green(a), disk(3)), 0),
    (GREEN + " | closing:footprint=disk,radius=5", lambda a: morphology.closing(green(a), disk(5)), 0),
    ("rgb2gray | closing:footprint=disk,radius=2", lambda a: morphology.closing(color.rgb2gray(a), disk(2)), 1e-6),
    ("threshold:value=180 | opening:footprint=disk,radius=3",
     channels(lambda a: morphology.opening(a > 180, disk(3))), 0),
    # chains
    ("gaussian:sigma=3 | gaussian:sigma=2", lambda a: smooth(smooth(a, sigma=3), sigma=2), 2e-6),
    ("rgb2gray | gaussian:sigma=1 | sobel | gaussian:sigma=4,mode=reflect",
     lambda a: smooth(filters.sobel(smooth(color.rgb2gray(a), sigma=1)), sigma=4, mode="reflect"), 2e-6),
    ("gaussian:sigma=2 | cast:dtype=uint8", lambda a: util.img_as_ubyte(smooth(a, sigma=2)), "rounding"),
]
