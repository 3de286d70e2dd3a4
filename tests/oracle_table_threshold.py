"""Thresholds of whole slides, for oracle_chain.py."""
import numpy as np
from oracle_table_basic import GREEN, green
from skimage import filters, util


def above(method, **how):
    return lambda a: green(a) > getattr(filters, method)(green(a), **how)


def above_float(method):
    return lambda a: (lambda g: g > getattr(filters, method)(g))(util.img_as_float32(green(a)))


def tissue_otsu(a):
    g = green(a)
    return g > filters.threshold_otsu(g[a[..., 0] > 100])


METHODS = ["threshold_isodata", "threshold_li", "threshold_otsu", "threshold_triangle", "threshold_yen"]

TABLE = [(f"{GREEN} | {m}", above(m), 0) for m in METHODS + ["threshold_mean"]] + [
    (f"{GREEN} | cast:dtype=float32 | {m}", above_float(m), 0) for m in METHODS] + [
    (f"{GREEN} | threshold_otsu:compat=true", above("threshold_otsu"), 0),
    (f"{GREEN} | threshold_minimum", above("threshold_minimum"), 0, ("svs",)),
    (f"{GREEN} | threshold_multiotsu:classes=4",
     lambda a: np.digitize(green(a), filters.threshold_multiotsu(green(a), classes=4)).astype(np.uint8), 0,
     ("svs", "packbits")),
    ("channel:index=0 | threshold:value=100 as part | "
     "channel:from=@source,index=1 | threshold_otsu:mask=@part", tissue_otsu, 0),
]
