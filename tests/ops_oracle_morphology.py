"""Footprints of every shape, top-hats, binary and isotropic morphology; boundaries and growth of labels."""
import warnings

import numpy as np
from skimage import filters, measure, morphology, segmentation

from ops_oracle_base import per_channel

FOOTPRINTS = {
    "footprint=disk,radius=4,strict_radius=false": morphology.disk(4, strict_radius=False),
    "footprint=ellipse,width=6,height=3": morphology.ellipse(6, 3),
    "footprint=ellipse,width=3,height=9": morphology.ellipse(3, 9),
    "footprint=ellipse,width=1,height=5": morphology.ellipse(1, 5),
    "footprint=octagon,m=3,n=2": morphology.octagon(3, 2),
    "footprint=octagon,m=4,n=5": morphology.octagon(4, 5),
    "footprint=octagon,m=0,n=3": morphology.octagon(0, 3),
    "footprint=octagon,m=9,n=0": morphology.octagon(9, 0),
    "footprint=star,a=1": morphology.star(1),
    "footprint=star,a=3": morphology.star(3),
    "footprint=star,a=8": morphology.star(8),
}
EVEN = {
    "footprint=square,width=4": np.ones((4, 4)),
    "footprint=rectangle,width=2,height=9": np.ones((9, 2)),
}
MODES = ("reflect", "mirror", "nearest", "min", "max", "ignore", "constant")


def check_shapes(c, g):
    """The shapes that the basic cases leave out, through every operation that has a footprint."""
    for text, footprint in FOOTPRINTS.items():
        images = g.every + (g.small if footprint.shape[0] < 6 else [])
        for name in ("erosion", "dilation", "opening", "closing"):
            f = getattr(morphology, name)
            c.on(images, f"{name}:{text}", per_channel(lambda i, f=f, p=footprint: f(i, p)), exact=True)
        c.on(images, f"median:{text}", per_channel(lambda i, p=footprint: filters.median(i, p)), exact=True)


def check_tophats(c, g):
    for name in ("white_tophat", "black_tophat"):
        f = getattr(morphology, name)
        c.on(g.every + g.small, name, per_channel(f), exact=True)
        for text, footprint in {"footprint=disk,radius=5": morphology.disk(5), **EVEN,
                                "footprint=star,a=4": morphology.star(4)}.items():
            c.on(g.every, f"{name}:{text}", per_channel(lambda i, f=f, p=footprint: f(i, p)), exact=True)
        for mode in MODES:
            c.on(g.every, f"{name}:footprint=diamond,radius=3,mode={mode},cval=1",
                 per_channel(lambda i, f=f, m=mode: f(i, morphology.diamond(3), mode=m, cval=1)), exact=True)


def check_binary(c, g):
    footprints = {"": None, "footprint=disk,radius=4": morphology.disk(4), **EVEN,
                  "footprint=octagon,m=4,n=3": morphology.octagon(4, 3),
                  "footprint=ellipse,width=5,height=2": morphology.ellipse(5, 2)}
    for name in ("binary_erosion", "binary_dilation", "binary_opening", "binary_closing"):
        f = getattr(morphology, name)
        for text, footprint in footprints.items():
            for mode in ("ignore", "min", "max") if text in EVEN or not text else ("ignore",):
                spec = f"{name}:mode={mode},{text}".rstrip(",")
                c.on(g.every + (g.small if mode == "ignore" else []), spec,
                     per_channel(lambda i, f=f, p=footprint, m=mode: f(i, p, mode=m)), exact=True)


# Where an image has no pixel to measure to, scikit-image measures to a place outside it, which depends on where the
# image begins; what is infinitely far is beyond every radius.
def eroded(image, radius, spacing):
    return np.ones(image.shape, bool) if np.all(image) else morphology.isotropic_erosion(image, radius, spacing=spacing)


def dilated(image, radius, spacing):
    return morphology.isotropic_dilation(image, radius, spacing=spacing) if np.any(image) else np.zeros(image.shape, bool)


def check_isotropic(c, g):
    forms = {"erosion": eroded, "dilation": dilated, "opening": lambda i, *how: dilated(eroded(i, *how), *how),
             "closing": lambda i, *how: eroded(dilated(i, *how), *how)}
    parameters = [("radius=1", 1, None), ("radius=0", 0, None), ("radius=1.5", 1.5, None), ("radius=5", 5, None),
                  ("radius=3,spacing=[1,2]", 3, (1, 2)), ("radius=2.2,spacing=0.7", 2.2, 0.7),
                  ("radius=0.3,spacing=0.1", 0.3, 0.1), ("radius=6,spacing=[8,0.5]", 6, (8, 0.5))]
    for name, f in forms.items():
        for text, radius, spacing in parameters:
            c.on(g.every + g.small, f"isotropic_{name}:{text}",
                 per_channel(lambda i, f=f, r=radius, s=spacing: f(i, r, s)), exact=True)


def label_images(c):
    """Labels as they are used: components of masks, of several types; sparse points, whose growth meets in ties; and what
    the random images are."""
    rng = np.random.default_rng(7)
    yield "components", measure.label(rng.random((70, 90)) < 0.3, connectivity=1).astype(np.int32)
    yield "touching", rng.integers(0, 4, (50, 61)).astype(np.uint8).repeat(3, axis=0).repeat(2, axis=1)
    if "tissue mask" in c.images:
        yield "tissue", measure.label(~c.images["tissue mask"]).astype(np.uint32)
    for dtype, share in (("uint8", 0.01), ("uint16", 0.03), ("int32", 0.003), ("float32", 0.02)):
        points = (rng.random((67, 85)) < share) * rng.integers(1, 120, (67, 85))
        yield f"points of {dtype}", points.astype(dtype)
    yield "two channels", (rng.random((40, 50, 2)) < 0.05) * rng.integers(1, 9, (40, 50, 2)).astype(np.int16)
    yield "none", np.zeros((9, 12), np.uint8)
    for name in ("bool", "uint8", "int8", "int16", "uint32", "1x1", "1x9", "7x1", "3x5"):
        yield name, c.images[name]


def check_boundaries(c):
    for what, image in label_images(c):
        if image.dtype.kind == "f":
            continue
        for mode in ("thick", "inner", "outer"):
            for connectivity in (1, 2):
                for background in (0, 3, 255, -5):
                    f = per_channel(lambda i: segmentation.find_boundaries(i, connectivity, mode, background))
                    c.check(f"find_boundaries:connectivity={connectivity},mode={mode},background={background}", f, image,
                            exact=True, what=what)


def check_expansion(c):
    """Spacings of whole numbers and halves, in which no distance is rounded."""
    for what, image in label_images(c):
        for text, distance, spacing in (("", 1, 1), ("distance=1.5", 1.5, 1), ("distance=4", 4, 1), ("distance=0", 0, 1),
                                        ("distance=13.7", 13.7, 1), ("distance=90", 90, 1),
                                        ("distance=6,spacing=[1,2]", 6, (1, 2)),
                                        ("distance=3,spacing=0.5", 3, 0.5), ("distance=9,spacing=[4,1.5]", 9, (4, 1.5))):
            f = per_channel(lambda i, d=distance, s=spacing: segmentation.expand_labels(i, d, s))
            c.check(f"expand_labels:{text}".rstrip(":"), f, image, exact=True, what=what)


def check(c, g):
    warnings.simplefilter("ignore", FutureWarning)
    check_shapes(c, g)
    check_tophats(c, g)
    check_binary(c, g)
    check_isotropic(c, g)
    check_boundaries(c)
    check_expansion(c)
