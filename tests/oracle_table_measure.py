"""Tables of objects and patches of whole slides for oracle_chain.py."""
import numpy as np
from skimage import filters, measure

from oracle_table_basic import GREEN, green

DARK = GREEN + " | threshold:value=150 | logical_not | "
WHOLE = ("label", "num_pixels", "bbox-0", "bbox-1", "bbox-2", "bbox-3", "euler_number")
REAL = ("area", "area_bbox", "centroid-0", "centroid-1", "equivalent_diameter_area", "extent", "axis_major_length",
        "axis_minor_length", "eccentricity", "perimeter", "perimeter_crofton")
MORE = ("moments-0-0", "moments-0-1", "moments-0-2", "moments-1-0", "moments-1-1", "moments-2-0", "area_convex", "solidity",
        "feret_diameter_max", "area_filled")
SMALL = ("packbits", "deflate")  # scikit-image measures the largest slide's objects for long
STATISTICS = ("intensity_mean", "intensity_max", "intensity_min", "intensity_std")


def columns(labels, intensity, names):
    properties = {n.split("-")[0] for n in names}
    table = measure.regionprops_table(labels, intensity, properties=tuple(properties))
    return names, np.stack([table[n].astype(float) for n in names], axis=-1)


def dark(names, intensity=None, **how):
    return lambda a: columns(measure.label(green(a) <= 150, **how), None if intensity is None else intensity(a), names)


def rgb(names):
    return tuple("%s-%d" % (n, c) for n in names for c in range(3))


def patches(a, size, stride, least):
    mask = green(a) <= 150
    places = [(x, y) for y in range(0, mask.shape[0] - size + 1, stride) for x in range(0, mask.shape[1] - size + 1, stride)]
    rows = np.array([(x, y, mask[y:y + size, x:x + size].mean()) for x, y in places])
    return ("x", "y", "tissue"), rows[rows[:, 2] >= least]


TABLE = [
    (DARK + "label | measure", dark(WHOLE + REAL), "rows"),
    (DARK + "label:connectivity=1 | measure:properties=basic,intensity=@source,median=true",
     dark(WHOLE[:6] + rgb(STATISTICS + ("intensity_median",)), lambda a: a, connectivity=1), "rows", SMALL),
    (DARK + "label | measure:properties=all,outline=false", dark(WHOLE + REAL + MORE), "rows", ("packbits",)),
    (GREEN + " as g | gaussian:sigma=1 as s | threshold:from=@g,value=150 | logical_not | label | "
     "measure:intensity=@s",
     dark(WHOLE + STATISTICS, lambda a: filters.gaussian(green(a), 1)), "rows", SMALL),
    (DARK + "measure:moments=true", lambda a: columns((green(a) <= 150).astype(np.uint8), None, WHOLE + REAL + MORE[:6]),
     "rows", SMALL),
    (DARK + "patches:size=100,stride=70,min_tissue=0.2", lambda a: patches(a, 100, 70, 0.2), "rows", ("svs", "packbits")),
    (DARK[:-3] + " as dark | patches:from=@source,mask=@dark,size=64,min_tissue=0.1", lambda a: patches(a, 64, 64, 0.1),
     "rows", ("svs", "packbits")),
]
