"""Chains of the linear filters for oracle_chain.py."""
import numpy as np
from scipy import ndimage
from skimage import color, filters

from oracle_table_basic import channels

GRAY = "rgb2gray | "
OPERATORS = ("farid", "farid_h", "farid_v", "laplace", "prewitt", "prewitt_h", "prewitt_v", "roberts", "roberts_neg_diag", "roberts_pos_diag", "scharr",
             "scharr_h", "scharr_v", "sobel_h", "sobel_v")

TABLE = [(GRAY + name, lambda a, f=getattr(filters, name): f(color.rgb2gray(a)), 1e-6) for name in OPERATORS]
TABLE += [
    ("scharr:axis=1,mode=mirror", channels(lambda a: filters.scharr(a, axis=1, mode="mirror")), 1e-6),
    (GRAY + "difference_of_gaussians:low_sigma=1,high_sigma=4",
     lambda a: filters.difference_of_gaussians(color.rgb2gray(a), 1, 4), 1e-6),
    ("unsharp_mask:radius=2,amount=1.5", lambda a: filters.unsharp_mask(a, 2, 1.5, channel_axis=2), 1e-6),
    (GRAY + "uniform:size=9", lambda a: ndimage.uniform_filter(color.rgb2gray(a), 9), 1e-6),
    (GRAY + "convolve:kernel=[1,2,1,2,4,2,1,2,1]",
     lambda a: ndimage.convolve(color.rgb2gray(a), np.array([[1., 2, 1], [2, 4, 2], [1, 2, 1]])), 1e-6),
    (GRAY + "gabor:frequency=0.1,theta=0.5", lambda a: filters.gabor(color.rgb2gray(a), 0.1, 0.5)[0], 1e-6,
     ("packbits",)),
    ("laplace", channels(filters.laplace), 1e-6),
]
