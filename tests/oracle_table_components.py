"""Chains of operations on the components of whole slides for oracle_chain.py."""
import numpy as np
from scipy import ndimage
from skimage import feature, filters, measure, morphology, segmentation

from oracle_table_basic import GREEN, green

DARK = GREEN + " | threshold:value=150 | logical_not | "
BRIGHT = GREEN + " | threshold:value=200 | "
# On both sides of a straight step the gradient is the same, and the last bit of an exponential decides.
NO_TIES = ("svs", "packbits")


def dark(f):
    return lambda a: f(green(a) <= 150)


def bright(f):
    return lambda a: f(green(a) > 200)


def numbered(image, **how):
    return measure.label(image, **how).astype(np.uint32)


TABLE = [
    (DARK + "label", dark(numbered), 0),
    (DARK + "label:connectivity=1", dark(lambda m: numbered(m, connectivity=1)), 0),
    (GREEN + " | label:background=7", lambda a: numbered(green(a), background=7), 0),
    (DARK + "remove_small_objects", dark(lambda m: morphology.remove_small_objects(m, max_size=64)), 0),
    (DARK + "remove_small_objects:min_size=30,connectivity=2",
     dark(lambda m: morphology.remove_small_objects(m, max_size=29, connectivity=2)), 0),
    (GREEN + " | remove_small_objects:max_size=900",
     lambda a: morphology.remove_small_objects(green(a), max_size=900), 0),
    (BRIGHT + "remove_small_holes", bright(lambda m: morphology.remove_small_holes(m, max_size=64)), 0),
    (BRIGHT + "remove_small_holes:area_threshold=500,connectivity=2",
     bright(lambda m: morphology.remove_small_holes(m, max_size=499, connectivity=2)), 0),
    (DARK + "fill_holes", dark(ndimage.binary_fill_holes), 0),
    (BRIGHT + "clear_border", bright(segmentation.clear_border), 0),
    (DARK + "label | clear_border:buffer_size=40",
     dark(lambda m: segmentation.clear_border(numbered(m), 40)), 0),
    (GREEN + " | apply_hysteresis_threshold:low=170,high=235",
     lambda a: filters.apply_hysteresis_threshold(green(a), 170, 235), 0),
    (DARK + "label | remove_small_objects:max_size=20 | relabel_sequential:offset=3",
     dark(lambda m: segmentation.relabel_sequential(morphology.remove_small_objects(numbered(m), max_size=20), 3)[0]
          .astype(np.uint32)), 0),
    (GREEN + " | canny", lambda a: feature.canny(green(a)), 0),
    (GREEN + " | canny:sigma=2.5,low_threshold=5,high_threshold=14,mode=nearest",
     lambda a: feature.canny(green(a), 2.5, 5, 14, mode="nearest"), 0, NO_TIES),
    (GREEN + " | canny:use_quantiles=true,low_threshold=0.7,high_threshold=0.93",
     lambda a: feature.canny(green(a), 1, 0.7, 0.93, use_quantiles=True), 0, NO_TIES),
    (GREEN + " | canny_levels:sigma=2,low_threshold=8.7,high_threshold=8.7",
     lambda a: 2 * feature.canny(green(a), 2, 8.7, 8.7).astype(np.uint8), 0, NO_TIES),
]
