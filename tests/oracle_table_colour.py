"""Chains of colour spaces and stain separation for oracle_chain.py."""
from skimage import color

STAINS = ("hdx", "fgx", "bex", "rbd", "gdx", "hax", "bro", "bpx", "ahx", "hpx")


def separated(name):
    return lambda a: color.separate_stains(a, getattr(color, f"{name}_from_rgb"))


def through(there, back):
    return lambda a: back(there(a))


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
] + [(f"separate_stains:stains={name}", separated(name), 1e-6, ("deflate",)) for name in STAINS]
