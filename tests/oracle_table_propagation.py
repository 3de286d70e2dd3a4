"""Chains of distances, reconstruction and watershed of whole slides for oracle_chain.py."""
import numpy as np
from scipy import ndimage
from skimage import measure, morphology

from ops_oracle_propagation import flood_components
from oracle_table_basic import GREEN, green

DARK = GREEN + " | threshold:value=150 | logical_not "
SEEDS = DARK + "as nuclei | distance_transform_edt as d | h_maxima:h=1 | label as seeds | multiply:from=@d,other=-1 | "

NO_WAIT = ("packbits", "deflate")  # scikit-image takes a quarter of a minute for each of these on the largest slide


def distance(mask):
    return ndimage.distance_transform_edt(mask).astype(np.float32)


def rebuilt(seed, mask, method):
    return morphology.reconstruction(seed, mask, method).astype(mask.dtype)


def split(pixels, **how):
    """Touching nuclei of a slide, parted."""
    mask = green(pixels) <= 150
    far = distance(mask)
    seeds = measure.label(morphology.h_maxima(far, 1)).astype(np.uint32)
    return flood_components(-far, seeds, mask, **how)


TABLE = [
    (DARK + "| distance_transform_edt", lambda a: distance(green(a) <= 150), 0),
    (DARK + "| distance_transform_edt:sampling=[2,0.5]",
     lambda a: ndimage.distance_transform_edt(green(a) <= 150, sampling=(2, 0.5)), 1e-6),
    (GREEN + " as g | erosion:footprint=disk,radius=5 | reconstruction:mask=@g",
     lambda a: rebuilt(morphology.erosion(green(a), morphology.disk(5)), green(a), "dilation"), 0, NO_WAIT),
    (GREEN + " as g | dilation:footprint=disk,radius=4 | reconstruction:mask=@g,method=erosion",
     lambda a: rebuilt(morphology.dilation(green(a), morphology.disk(4)), green(a), "erosion"), 0, NO_WAIT),
    (GREEN + " | h_maxima:h=25", lambda a: morphology.h_maxima(green(a), 25).astype(bool), 0, NO_WAIT),
    (GREEN + " | h_minima:h=40", lambda a: morphology.h_minima(green(a), 40).astype(bool), 0, NO_WAIT),
    (GREEN + " | local_maxima", lambda a: morphology.local_maxima(green(a)), 0),
    (GREEN + " | local_minima:connectivity=1,allow_borders=false",
     lambda a: morphology.local_minima(green(a), connectivity=1, allow_borders=False), 0),
    (SEEDS + "watershed:markers=@seeds,mask=@nuclei", split, 0, NO_WAIT),
    (SEEDS + "watershed:markers=@seeds,mask=@nuclei,connectivity=2", lambda a: split(a, connectivity=2), 0, NO_WAIT),
    (SEEDS + "watershed:markers=@seeds,mask=@nuclei,watershed_line=true", lambda a: split(a, watershed_line=True), 0,
     NO_WAIT),
]
