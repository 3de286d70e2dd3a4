"""Colour spaces, stain separation, intensity adjustments, absorbance."""
import numpy as np
from skimage import color, exposure

from ops_oracle_base import double

STAINS = ("hed", "hdx", "fgx", "bex", "rbd", "gdx", "hax", "bro", "bpx", "ahx", "hpx")
LIGHTS = (("D65", "2"), ("D65", "10"), ("D65", "R"), ("A", "2"), ("D50", "R"), ("E", "10"), ("C", "10"), ("B", "R"),
          ("D55", "2"), ("D75", "10"))


def triples(rng):
    """Images of three channels in every type, and Lab's and XYZ's own ranges."""
    yield "uint8", rng.integers(0, 256, (23, 29, 3), dtype=np.uint8)
    yield "uint16", rng.integers(0, 65536, (23, 29, 3), dtype=np.uint16)
    yield "int16", rng.integers(-32768, 32768, (23, 29, 3), dtype=np.int16)
    yield "uint32", rng.integers(0, 1 << 32, (23, 29, 3), dtype=np.uint32)
    yield "float32", rng.random((23, 29, 3), dtype=np.float32)
    yield "float64", rng.random((23, 29, 3))
    yield "gray", np.repeat(rng.random((9, 7, 1)), 3, axis=2)


def check_spaces(c, rgb, rng):
    own = list(triples(rng))
    spaces = [(name, getattr(color, name)) for name in
              ("rgb2hsv", "rgb2xyz", "rgb2lab", "xyz2rgb", "xyz2lab", "lab2xyz", "lab2rgb", "rgb2ycbcr")]
    for name, function in spaces:
        c.on(rgb, name, lambda i, f=function: f(double(i)))
        for what, image in own:
            c.check(name, lambda i, f=function: f(double(i)), image, what=what)
    for what, image in own:
        c.check("hsv2rgb", lambda i: color.hsv2rgb(double(np.abs(i))), np.abs(image), what=what)
    for light, observer in LIGHTS:
        for name in ("rgb2lab", "xyz2lab", "lab2xyz", "lab2rgb"):
            function = getattr(color, name)
            for what, image in own[:5:4]:
                c.check(f"{name}:illuminant={light},observer={observer}",
                        lambda i, f=function: f(double(i), illuminant=light, observer=observer), image, what=what)


def check_round_trips(c, images):
    """What a conversion gives, taken back."""
    for name in ("tissue", "retina"):
        if name not in images:
            continue
        image = images[name]
        for back, there in (("hsv2rgb", color.rgb2hsv), ("xyz2rgb", color.rgb2xyz), ("xyz2lab", color.rgb2xyz),
                            ("lab2xyz", color.rgb2lab), ("lab2rgb", color.rgb2lab), ("ycbcr2rgb", color.rgb2ycbcr)):
            function = getattr(color, back)
            c.check(back, lambda i, f=function: f(double(i)), there(image), what=name)
            c.check(back, lambda i, f=function: f(double(i)), there(image).astype(np.float32), what=name)
    # The reference takes 128 off in the image's own type: integers are plain numbers here.
    for dtype in (np.uint8, np.int16, np.float32):
        image = np.random.default_rng(5).integers(16, 241, (13, 17, 3)).astype(dtype)
        c.check("ycbcr2rgb", lambda i: color.ycbcr2rgb(i.astype(float)), image, what=str(dtype))


def check_channels(c, gray, rng):
    c.on(gray, "gray2rgb", color.gray2rgb, exact=True)
    for dtype, top in ((np.uint8, 255), (np.uint16, 65535), (np.float32, 1), (np.float64, 1)):
        image = (rng.random((19, 27, 4)) * (top + (top > 1))).astype(dtype)
        c.check("rgba2rgb", lambda i: color.rgba2rgb(double(i)), image, what=str(dtype))
        c.check("rgba2rgb:background=[0.2,0,0.9]", lambda i: color.rgba2rgb(double(i), (0.2, 0, 0.9)), image,
                what=str(dtype))


def check_stains(c, rgb):
    numbers = np.array([0.4, 0.7, -0.2, 1.5, 0.1, 0.3, -1, 0.2, 2])
    text = ",".join(str(v) for v in numbers)
    for name in STAINS:
        there, back = getattr(color, f"{name}_from_rgb"), getattr(color, f"rgb_from_{name}")
        c.on(rgb, f"separate_stains:stains={name}", lambda i, m=there: color.separate_stains(double(i), m))
        c.on(rgb, f"combine_stains:stains={name}", lambda i, m=back: color.combine_stains(double(i), m))
    c.on(rgb, f"separate_stains:conv_matrix=[{text}]",
         lambda i: color.separate_stains(double(i), numbers.reshape(3, 3)))
    c.on(rgb, f"combine_stains:conv_matrix=[{text}]", lambda i: color.combine_stains(double(i), numbers.reshape(3, 3)))


ADJUSTMENTS = (
    ("adjust_gamma", {}), ("adjust_gamma", {"gamma": 2.2}), ("adjust_gamma", {"gamma": 0.45, "gain": 0.9}),
    ("adjust_gamma", {"gamma": 0}), ("adjust_gamma", {"gamma": 0.5}), ("adjust_gamma", {"gamma": 2}),
    ("adjust_log", {}), ("adjust_log", {"gain": 0.7}), ("adjust_log", {"inv": True}),
    ("adjust_log", {"inv": True, "gain": 0.3}), ("adjust_sigmoid", {}), ("adjust_sigmoid", {"cutoff": 0.7, "gain": 5}),
    ("adjust_sigmoid", {"cutoff": 0.2, "gain": -3}), ("adjust_sigmoid", {"inv": True}))


def check_adjustments(c, every):
    """Integers of up to 16 bits exactly; negative values, which the reference refuses, count as 0."""
    for name, how in ADJUSTMENTS:
        function = getattr(exposure, name)
        text = ",".join(f"{k}={str(v).lower()}" for k, v in how.items())
        for e in every:
            image = c.images[e]
            exact = image.dtype.kind != "f" and image.dtype.itemsize <= 2
            c.check(f"{name}:{text}".rstrip(":"),
                    lambda i: function(double(np.maximum(i, np.zeros((), i.dtype))), **how), image, exact=exact, what=e)


def absorbance(i, source):
    """cuCIM's formula, in float64."""
    low = source / 255 if i.dtype.kind == "f" else 1
    return -np.log(np.maximum(np.minimum(i.astype(np.float64), source), low) / source)


def intensity(i, source, dtype):
    v = np.exp(-i.astype(np.float64)) * source
    if np.dtype(dtype).kind == "f":
        return v
    return np.rint(np.clip(v, np.iinfo(dtype).min, np.iinfo(dtype).max)).astype(dtype)


def check_absorbance(c, every, rng):
    for source in (255, 240, 1):
        c.on(every, f"image_to_absorbance:source_intensity={source}", lambda i, s=source: absorbance(i, s))
    image = rng.uniform(-0.1, 6, (43, 37, 3)).astype(np.float32)
    for source, dtype in ((255, "uint8"), (240, "uint8"), (65535, "uint16"), (200, "int8"), (1e6, "int32")):
        c.check(f"absorbance_to_image:source_intensity={source},dtype={dtype}",
                lambda i, s=source, d=dtype: intensity(i, s, d), image, exact=True, what="absorbance")
    c.check("absorbance_to_image:dtype=float32,source_intensity=1", lambda i: intensity(i, 1, "float32"), image)
    c.check("absorbance_to_image", lambda i: intensity(i, 255, "uint8"), image.astype(np.float64), exact=True)


def check(c, g):
    rng = np.random.default_rng(11)
    check_spaces(c, g.rgb, rng)
    check_round_trips(c, c.images)
    check_channels(c, g.gray, rng)
    check_stains(c, g.rgb)
    check_adjustments(c, g.every)
    check_absorbance(c, g.every, rng)
