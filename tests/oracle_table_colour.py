"""Chains of colour spaces, stain separation, intensity adjustments and painting for oracle_chain.py."""
import numpy as np
from skimage import color, exposure, segmentation

STAINS = ("hdx", "fgx", "bex", "rbd", "gdx", "hax", "bro", "bpx", "ahx", "hpx")


def separated(name):
    return lambda a: color.separate_stains(a, getattr(color, f"{name}_from_rgb"))


def through(there, back):
    return lambda a: back(there(a))


def dark(a):
    return a[..., 1] <= 150


DARK = "channel:index=1 | threshold:value=150 | invert as m"

# chain, reference on the RGB pixels, tolerance (0: same bits)
TABLE = [
    ("rgb2hsv", color.rgb2hsv, 1e-6),
    ("rgb2hsv | hsv2rgb", through(color.rgb2hsv, color.hsv2rgb), 1e-6),
    ("rgb2lab", color.rgb2lab, 1e-6),
    ("rgb2lab:illuminant=D50,observer=10", lambda a: color.rgb2lab(a, illuminant="D50", observer="10"), 1e-6),
    ("rgb2lab | lab2rgb", through(color.rgb2lab, color.lab2rgb), 1e-5),
    ("rgb2xyz", color.rgb2xyz, 1e-6),
    ("rgb2xyz | xyz2rgb", through(color.rgb2xyz, color.xyz2rgb), 1e-5),
    ("rgb2xyz | xyz2lab", color.rgb2lab, 1e-4),
    ("rgb2lab | lab2xyz", color.rgb2xyz, 1e-5),
    ("rgb2ycbcr", color.rgb2ycbcr, 1e-6),
    ("rgb2ycbcr | ycbcr2rgb", through(color.rgb2ycbcr, color.ycbcr2rgb), 1e-6),
    ("channel:index=0 | gray2rgb", lambda a: color.gray2rgb(a[..., 0]), 0),
    ("channel:index=1 as opacity | stack:from=@source,second=@opacity | rgba2rgb:background=[0.5,0,1]",
     lambda a: color.rgba2rgb(a[..., [0, 1, 2, 1]], (0.5, 0, 1)), 1e-6),
    ("separate_stains", color.rgb2hed, 1e-6),
    ("separate_stains:stains=hdx | combine_stains:stains=hdx",
     lambda a: color.combine_stains(color.separate_stains(a, color.hdx_from_rgb), color.rgb_from_hdx), 1e-6),
    ("adjust_gamma:gamma=1.8,gain=0.9", lambda a: exposure.adjust_gamma(a, 1.8, 0.9), 0),
    ("rgb2gray | adjust_gamma:gamma=0.4", lambda a: exposure.adjust_gamma(color.rgb2gray(a), 0.4), 1e-6),
    ("adjust_log:gain=0.8", lambda a: exposure.adjust_log(a, 0.8), 0),
    ("adjust_sigmoid:cutoff=0.6,gain=7", lambda a: exposure.adjust_sigmoid(a, 0.6, 7), 0),
    ("image_to_absorbance:source_intensity=240", lambda a: -np.log(np.clip(a.astype(float), 1, 240) / 240), 1e-6),
    ("image_to_absorbance | multiply:other=1 | absorbance_to_image", lambda a: np.maximum(a, 1), 0),
    (DARK + " | label2rgb:image=@source,bg_color=[],alpha=0.4,saturation=0.5",
     lambda a: color.label2rgb(dark(a).astype(int), a, bg_color=None, alpha=0.4, saturation=0.5), 1e-6),
    ("channel:index=1 | label2rgb:bg_label=7", lambda a: color.label2rgb(
        np.concatenate([a[..., 1].ravel(), np.arange(256)]).reshape(1, -1), bg_label=7)[0, :-256].reshape(a.shape), 1e-6),
    (DARK + " | overlay:from=@source,label_img=@m,color=[0,1,0]",
     lambda a: segmentation.mark_boundaries(a, dark(a).astype(np.uint8), color=(0, 1, 0)), 1e-6),
    (DARK + " | overlay:from=@source,label_img=@m,mode=inner,outline_color=[0,0,0]",
     lambda a: segmentation.mark_boundaries(a, dark(a).astype(np.uint8), mode="inner", outline_color=(0, 0, 0)), 1e-6),
] + [(f"separate_stains:stains={name}", separated(name), 1e-6, ("deflate",)) for name in STAINS]
