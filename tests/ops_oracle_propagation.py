"""Distances, reconstruction, watershed: operations on the image as a whole, in tiles of any size on several threads."""
import numpy as np
from scipy import ndimage


def masks(c):
    """Name and mask: noise of several densities, one background pixel far away, none, nothing but background."""
    rng = np.random.default_rng(1)
    for density in (0.001, 0.02, 0.4, 0.97):
        for shape in ((83, 61), (1, 70), (70, 1), (131, 150)):
            yield f"noise {density} of {shape}", rng.random(shape) > density
    for shape, at in (((300, 400), (299, 399)), ((400, 300), (0, 0)), ((1, 700), (0, 3)), ((700, 1), (690, 0))):
        mask = np.ones(shape, bool)
        mask[at] = False
        yield f"background at {at}", mask
    yield "no background", np.ones((40, 50), bool)
    yield "background", np.zeros((50, 40), bool)
    for name in ("tissue mask", "bool", "uint16", "float32", "float64", "int8", "int32"):
        if name in c.images:
            yield name, c.images[name]


def check_distance(c):
    for name, mask in masks(c):
        c.check("distance_transform_edt",
                lambda m: ndimage.distance_transform_edt(m).astype(np.float32), mask, what=name, exact=True)
        for text, sampling in (("[2,0.7]", (2, 0.7)), ("0.25", 0.25), ("[0.5,3]", (0.5, 3))):
            c.check(f"distance_transform_edt:sampling={text}",
                    lambda m, s=sampling: ndimage.distance_transform_edt(m, sampling=s), mask, what=name,
                    tolerance=1e-7)


def check(c, groups):
    check_distance(c)
