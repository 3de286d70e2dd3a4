"""Tables of peaks and blobs of whole slides for oracle_chain.py."""
import numpy as np
from scipy import ndimage
from skimage import feature, util

from oracle_table_basic import GREEN, green

DARK = GREEN + " | invert | "
PLACE = ("centroid-0", "centroid-1")


def dark(a):
    return util.invert(green(a))


def single(a):
    return util.img_as_float32(dark(a))


def peaks(prepare, **how):
    return lambda a: (PLACE, feature.peak_local_max(prepare(a), **how).astype(float))


def blobs(detect, prepare, **how):
    return lambda a: (PLACE + ("sigma",), detect(prepare(a), **how))


def laplacians(image, sigmas):
    scales = np.stack([-ndimage.gaussian_laplace(image, s) * s ** 2 for s in sigmas], axis=-1)
    return np.where(scales == ndimage.maximum_filter(scales, 3, mode="nearest"), scales, np.nan)


ONE = ("packbits",)
TWO = ("packbits", "svs")
TABLE = [
    (DARK + "peak_local_max", peaks(dark), "rows", TWO),
    (DARK + "peak_local_max:min_distance=9,threshold_abs=100", peaks(dark, min_distance=9, threshold_abs=100), "rows", TWO),
    (DARK + "cast:dtype=float32 | peak_local_max:min_distance=4,threshold_rel=0.6,exclude_border=false",
     peaks(single, min_distance=4, threshold_rel=0.6, exclude_border=False), "rows", TWO),
    (DARK[:-3] + " as dark | dilation:footprint=square,width=15,mode=nearest as largest | "
     "select_peaks:from=@dark,largest=@largest,min_distance=7", peaks(dark, min_distance=7), "rows", ONE),
    (DARK + "blob_log:min_sigma=3,max_sigma=7,num_sigma=3,threshold=0.03",
     blobs(feature.blob_log, dark, min_sigma=3, max_sigma=7, num_sigma=3, threshold=0.03), "rows", ONE),
    (DARK + "cast:dtype=float32 | blob_log:min_sigma=2,max_sigma=6,num_sigma=3,log_scale=true,threshold=0.03",
     blobs(feature.blob_log, single, min_sigma=2, max_sigma=6, num_sigma=3, log_scale=True, threshold=0.03), "rows", ONE),
    (DARK + "blob_response:min_sigma=2,max_sigma=4,num_sigma=2 | "
     "select_blobs:min_sigma=2,max_sigma=4,num_sigma=2,threshold=0.03",
     blobs(feature.blob_log, dark, min_sigma=2, max_sigma=4, num_sigma=2, threshold=0.03), "rows", ONE),
    (DARK + "blob_dog:min_sigma=3,max_sigma=8,threshold=0.02",
     blobs(feature.blob_dog, dark, min_sigma=3, max_sigma=8, threshold=0.02), "rows", ONE),
    # Where determinants of a larger slide are equal, the rounding of the reference's integral image orders them.
    (DARK + "blob_doh:min_sigma=3,max_sigma=9,num_sigma=3,threshold=0.001",
     blobs(feature.blob_doh, dark, min_sigma=3, max_sigma=9, num_sigma=3, threshold=0.001), "rows", ONE),
    (DARK + "blob_response:min_sigma=1.5,max_sigma=3,num_sigma=2 | compare:other=0.03,op=greater",
     lambda a: laplacians(dark(a) / 255, (1.5, 3)) > 0.03, 0, ONE),
]
