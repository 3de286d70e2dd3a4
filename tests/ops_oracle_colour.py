"""Colour spaces, stain separation, intensity adjustments, absorbance, painted labels and contours."""
import warnings

import numpy as np
from skimage import color, exposure, measure, segmentation

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


WILD = np.array([0, 0.02, 0.5, 1, 3, -2, 1e-40, 1e15, 1e25, -1e25, 3e38, -3e38, np.inf, -np.inf, np.nan])


def quiet(function, image, dtype=np.float32, **how):
    """In the type of the results: too large values are infinite there."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return function(image, **how).astype(dtype)


def check_wild(c):
    """Pixels of any three of these, as NumPy has it. Hues must be in 0..1, and NaN is 0 in HSV."""
    first, second, third = np.meshgrid(WILD, WILD, WILD)
    wild = np.ascontiguousarray(np.dstack([p.reshape(45, 75) for p in (first, second, third)]))
    for dtype in (np.float32, np.float64):
        for name in ("rgb2xyz", "rgb2lab", "xyz2rgb", "xyz2lab", "lab2xyz", "lab2rgb", "rgb2hed", "hed2rgb"):
            function = getattr(color, name)
            c.check(name, lambda i, f=function: quiet(f, double(i)), wild.astype(dtype), what="wild values")
        numbers = np.where(np.isnan(wild), 0.25, wild).astype(dtype)
        c.check("rgb2hsv", lambda i: quiet(color.rgb2hsv, double(i)), numbers, what="wild values")
        numbers[..., 0] = np.linspace(0, 1, 45 * 75, endpoint=False).reshape(45, 75)
        c.check("hsv2rgb", lambda i: quiet(color.hsv2rgb, double(i)), numbers, what="wild values")
        powers = np.abs(wild[..., 0]).astype(dtype)
        for name, how in (("adjust_gamma", {"gamma": 7}), ("adjust_gamma", {"gamma": 2.2, "gain": 0}),
                          ("adjust_log", {"inv": True}), ("adjust_log", {"inv": True, "gain": 0}),
                          ("adjust_sigmoid", {"gain": -30})):
            text = ",".join(f"{k}={str(v).lower()}" for k, v in how.items())
            c.check(f"{name}:{text}", lambda i, f=getattr(exposure, name), h=how: quiet(f, double(i), dtype, **h), powers,
                    what="wild values")


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


def labelled(rng, shape, dtype):
    """Labels 1 to n without gaps, and background."""
    blobs = measure.label(np.kron(rng.random((shape[0] // 4 + 1, shape[1] // 4 + 1)) > 0.6, np.ones((4, 4))))
    return blobs[:shape[0], :shape[1]].astype(dtype)


PALETTE = ((0.1, 0.9, 0.3), (1, 0, 0.5), (0, 0.25, 1))
OVERLAYS = (("", {}), ("alpha=0.8,image_alpha=0.4", {"alpha": 0.8, "image_alpha": 0.4}),
            ("saturation=0.6,alpha=0.5", {"saturation": 0.6, "alpha": 0.5}),
            ("bg_color=[],alpha=0.7", {"bg_color": None, "alpha": 0.7}),
            ("bg_label=2,bg_color=[0.2,0,1]", {"bg_label": 2, "bg_color": (0.2, 0, 1)}),
            ("bg_label=-1,bg_color=[]", {"bg_label": -1, "bg_color": None}),
            ("colors=[0.1,0.9,0.3,1,0,0.5,0,0.25,1]", {"colors": PALETTE}))


def check_label2rgb(c, every, rng):
    for text, how in OVERLAYS:
        for dtype in (np.int16, np.int32) + (() if how.get("bg_label") == -1 else (np.uint8, np.uint32)):
            labels = labelled(rng, (37, 53), dtype)
            c.check(f"label2rgb:{text}".rstrip(":"), lambda l: color.label2rgb(l, **how), labels, what=str(dtype))
        for e in every:
            image = c.images[e]
            if image.dtype == bool or (image.ndim == 3 and image.shape[2] != 3):
                continue
            labels = labelled(rng, image.shape[:2], np.int32)
            image = np.maximum(image, np.zeros((), image.dtype))
            c.check(f"label2rgb:image=@1,{text}".rstrip(","),
                    lambda l, i: color.label2rgb(l, double(i), **how), labels, image, what=e)


def marked(i, labels, **how):
    """mark_boundaries; thickness: contours widened by squares."""
    thickness = how.pop("thickness", 1)
    if thickness == 1:
        return segmentation.mark_boundaries(double(i), labels, **how)
    mode, background = how.pop("mode", "outer"), how.pop("background_label", 0)
    lines = segmentation.find_boundaries(labels, mode=mode, background=background)
    wide = np.zeros_like(lines)
    for y, x in np.argwhere(lines):
        wide[max(y - thickness + 1, 0):y + thickness, max(x - thickness + 1, 0):x + thickness] = True
    out = segmentation.mark_boundaries(double(i), np.zeros_like(labels), **how)
    out[wide] = how.get("color", (1, 1, 0))
    return out


def check_overlay(c, every, small, rng):
    for text, how in (("", {}), ("mode=thick", {"mode": "thick"}), ("mode=inner", {"mode": "inner"}),
                      ("background_label=3", {"background_label": 3}),
                      ("color=[0,0.5,1],outline_color=[1,0,0.25]",
                       {"color": (0, 0.5, 1), "outline_color": (1, 0, 0.25)}),
                      ("thickness=3", {"thickness": 3}), ("thickness=2,mode=inner", {"thickness": 2, "mode": "inner"})):
        for e in every + small:
            image = c.images[e]
            if image.dtype == bool or (image.ndim == 3 and image.shape[2] != 3):
                continue
            dtype = (np.uint8, np.int16, np.int32, np.uint16)[len(e) % 4]
            labels = labelled(rng, image.shape[:2], dtype)
            c.check(f"overlay:label_img=@1,{text}".rstrip(","), lambda i, l: marked(i, l, **how), image, labels, what=e)
            mask = labels > 0
            c.check(f"overlay:label_img=@1,{text}".rstrip(","), lambda i, l: marked(i, l, **how), image, mask, what=e)


def check(c, g):
    rng = np.random.default_rng(11)
    check_spaces(c, g.rgb, rng)
    check_wild(c)
    check_round_trips(c, c.images)
    check_channels(c, g.gray, rng)
    check_stains(c, g.rgb)
    check_adjustments(c, g.every)
    check_absorbance(c, g.every, rng)
    check_label2rgb(c, g.every, rng)
    check_overlay(c, g.every, g.small, rng)
