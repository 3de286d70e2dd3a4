"""Conversions, stains, sobel, median, gaussian, morphology."""
import numpy as np
from skimage import color, exposure, filters, morphology, util

from ops_oracle_base import double, per_channel


def check_color(c, rgb):
    c.on(rgb, "rgb2gray", lambda i: color.rgb2gray(double(i)))
    c.on(rgb, "rgb2hed", lambda i: color.rgb2hed(double(i)))
    c.on(rgb, "hed2rgb", lambda i: color.hed2rgb(double(i)))


def check_intensity(c, every):
    c.on(every, "invert", util.invert, exact=True)
    c.on(every, "invert:signed_float=true", lambda i: util.invert(i, signed_float=True), exact=True)
    for low, high in ((10, 200), (-3.5, 90.25), (0.2, 0.7), (5, 5), (0, 60000)):
        for e in every:
            i = c.images[e]
            if i.dtype.kind == "b":
                continue
            c.check(f"rescale_intensity:in_range=[{low},{high}]",
                    lambda i: exposure.rescale_intensity(i, in_range=(low, high)), i, what=e,
                    exact=i.dtype != np.float32)
            c.check(f"rescale_intensity:in_range=[{low},{high}],out_range=[2,-1]",
                    lambda i: exposure.rescale_intensity(double(i), in_range=(low, high), out_range=(2, -1)), i, what=e)


def check_sobel(c, every, small):
    for text, how in (("", {}), (":axis=0", {"axis": 0}), (":axis=1", {"axis": 1}),
                      (":mode=mirror", {"mode": "mirror"}), (":mode=nearest", {"mode": "nearest"}),
                      (":mode=constant,cval=0.6", {"mode": "constant", "cval": 0.6})):
        c.on(every + small, "sobel" + text, per_channel(lambda i, how=how: filters.sobel(double(i), **how)))


MEDIAN_FOOTPRINTS = {
    "": None,
    "footprint=disk,radius=1": morphology.disk(1),
    "footprint=disk,radius=3": morphology.disk(3),
    "footprint=diamond,radius=2": morphology.diamond(2),
    "footprint=square,width=5": np.ones((5, 5)),
    "footprint=square,width=2": np.ones((2, 2)),
    "footprint=rectangle,width=4,height=7": np.ones((7, 4)),
    "footprint=square,width=1": np.ones((1, 1)),
    "footprint=disk,radius=5": morphology.disk(5),
    "footprint=square,width=15": np.ones((15, 15)),
    "footprint=rectangle,width=18,height=17": np.ones((17, 18)),
    "footprint=disk,radius=10": morphology.disk(10),
}


def check_median(c, every, small):
    for text, footprint in MEDIAN_FOOTPRINTS.items():
        images = every + (small if footprint is None or footprint.shape[0] < 6 else [])
        c.on(images, f"median:{text}".rstrip(":"), per_channel(lambda i, p=footprint: filters.median(i, p)), exact=True)
    for mode in ("reflect", "mirror", "constant"):
        for text in ("", "footprint=disk,radius=3"):
            p = MEDIAN_FOOTPRINTS[text]
            c.on(every + small, f"median:mode={mode},cval=1,{text}".rstrip(","),
                 per_channel(lambda i, p=p, m=mode: filters.median(i, p, mode=m, cval=1)), exact=True)


def check_types(c, every):
    functions = {"bool": util.img_as_bool, "uint8": util.img_as_ubyte, "uint16": util.img_as_uint,
                 "int16": util.img_as_int, "float32": util.img_as_float32, "float64": util.img_as_float64}
    for name, function in functions.items():
        c.on(every, f"cast:dtype={name}", function, exact=True)
    for name in ("int8", "uint32", "int32"):
        # The reference overflows for float32 near 1 to 32 bits, and does not scale dark images down.
        def defined(i):
            wide = i.dtype == np.float32 and name != "int8"
            dark = i.dtype.kind in "iu" and i.max() <= np.iinfo(name).max and i.dtype.itemsize >= np.dtype(name).itemsize
            return not wide and not (dark and i.dtype != name)

        c.on([e for e in every if defined(c.images[e])], f"cast:dtype={name}",
             lambda i, n=name: util.dtype._convert(i, np.dtype(n)), exact=True)
    for e in every:
        if c.images[e].ndim == 3:
            c.on([e], "channel:index=1", lambda i: i[..., 1], exact=True)
        c.on([e], "channel", lambda i: i if i.ndim == 2 else i[..., 0], exact=True)


def check_gaussian(c, every, small):
    def reference(**how):
        return lambda i: filters.gaussian(double(i), channel_axis=-1 if i.ndim == 3 else None, **how)

    c.on(every + small, "gaussian", reference())
    c.on(every + small, "gaussian:sigma=2", reference(sigma=2))
    for mode in ("reflect", "mirror", "nearest"):
        c.on(every[:4] + small, f"gaussian:sigma=2.5,mode={mode}", reference(sigma=2.5, mode=mode))
        c.on(small, f"gaussian:sigma=9,mode={mode}", reference(sigma=9, mode=mode))
    c.on(every + small, "gaussian:sigma=1.7,mode=constant,cval=0.4", reference(sigma=1.7, mode="constant", cval=0.4))
    c.on(every[:5], "gaussian:sigma=[0,3],truncate=2.5", reference(sigma=(0, 3), truncate=2.5))
    c.on(every[:5], "gaussian:sigma=[4,0]", reference(sigma=(4, 0)))
    c.on(every, "gaussian:sigma=1.2,preserve_range=true", reference(sigma=1.2, preserve_range=True))
    c.on(every[:3], "gaussian:sigma=8", reference(sigma=8))
    c.on(every[:2] + ["float32"], "gaussian:sigma=[45,50]", reference(sigma=(45, 50)))
    c.on(every[:2] + ["float32"], "gaussian:sigma=200", reference(sigma=200))


FOOTPRINTS = {
    "": None,
    "footprint=disk,radius=3": morphology.disk(3),
    "footprint=disk,radius=10": morphology.disk(10),
    "footprint=diamond,radius=4": morphology.diamond(4),
    "footprint=square,width=5": morphology.footprint_rectangle((5, 5)),
    "footprint=square,width=4": morphology.footprint_rectangle((4, 4)),
    "footprint=rectangle,width=2,height=15": morphology.footprint_rectangle((15, 2)),
    "footprint=rectangle,width=23,height=12": morphology.footprint_rectangle((12, 23)),
    "footprint=disk,radius=0": morphology.disk(0),
}


def check_morphology(c, every, small):
    for name in ("erosion", "dilation", "opening", "closing"):
        function = getattr(morphology, name)
        for text, footprint in FOOTPRINTS.items():
            reference = per_channel(lambda i, f=function, p=footprint: f(i, p))
            # SciPy itself reads outside an image that is many times smaller than the footprint.
            images = every + (small if footprint is None or footprint.shape[0] < 6 else [])
            c.on(images, f"{name}:{text}".rstrip(":"), reference, exact=True)
        for mode in ("mirror", "nearest", "min", "max", "ignore", "constant"):
            reference = per_channel(lambda i, f=function, m=mode: f(i, morphology.disk(4), mode=m, cval=1))
            c.on(every + small, f"{name}:footprint=disk,radius=4,mode={mode},cval=1", reference, exact=True)


def check(c, g):
    check_color(c, g.rgb)
    check_types(c, g.every)
    check_intensity(c, g.every)
    check_sobel(c, g.every, g.small)
    check_median(c, g.every, g.small)
    check_gaussian(c, g.every, g.small)
    check_morphology(c, g.every, g.small)
