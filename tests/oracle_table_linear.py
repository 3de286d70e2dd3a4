"""Chains of the linear filters for oracle_chain.py."""
from skimage import color, filters

from oracle_table_basic import channels

GRAY = "rgb2gray | "
OPERATORS = ("laplace", "prewitt", "prewitt_h", "prewitt_v", "roberts", "roberts_neg_diag", "roberts_pos_diag", "scharr",
             "scharr_h", "scharr_v", "sobel_h", "sobel_v")

TABLE = [(GRAY + name, lambda a, f=getattr(filters, name): f(color.rgb2gray(a)), 1e-6) for name in OPERATORS]
TABLE += [
    ("scharr:axis=1,mode=mirror", channels(lambda a: filters.scharr(a, axis=1, mode="mirror")), 1e-6),
    ("laplace", channels(filters.laplace), 4e-6),
]
