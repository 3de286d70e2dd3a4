"""Chains of morphology and segmentation for oracle_chain.py."""
import warnings

import numpy as np
from skimage import filters, morphology, segmentation

from oracle_table_basic import GREEN, channels, green

warnings.simplefilter("ignore", FutureWarning)
disk, star = morphology.disk, morphology.star
MASK = "threshold:value=180 | "
ONE = GREEN + " | " + MASK
WITH_BOTH = ("svs", "deflate")  # every mask has pixels of both values: what the distance of an image without is, is not said


def mask(f):
    return channels(lambda a: f(a > 180))


def binary(name, *how, **named):
    return mask(lambda a: getattr(morphology, name)(a, *how, **named))


def one(name, *how, **named):
    return lambda a: getattr(morphology, name)(green(a) > 180, *how, **named)


TABLE = [
    (GREEN + " | white_tophat:footprint=disk,radius=5", lambda a: morphology.white_tophat(green(a), disk(5)), 0),
    ("black_tophat:footprint=star,a=3", channels(lambda a: morphology.black_tophat(a, star(3))), 0),
    (GREEN + " | erosion:footprint=octagon,m=5,n=4", lambda a: morphology.erosion(green(a), morphology.octagon(5, 4)), 0),
    (GREEN + " | median:footprint=ellipse,width=3,height=2",
     lambda a: filters.median(green(a), morphology.ellipse(3, 2)), 0),
    (MASK + "binary_erosion", binary("binary_erosion"), 0),
    (MASK + "binary_dilation:footprint=square,width=4", binary("binary_dilation", morphology.footprint_rectangle((4, 4))), 0),
    (MASK + "binary_opening:footprint=disk,radius=3", binary("binary_opening", disk(3)), 0),
    (MASK + "binary_closing:footprint=disk,radius=6,mode=max", binary("binary_closing", disk(6), mode="max"), 0),
    (ONE + "isotropic_erosion:radius=3.5", one("isotropic_erosion", 3.5), 0, WITH_BOTH),
    (ONE + "isotropic_dilation:radius=4,spacing=[1,0.5]", one("isotropic_dilation", 4, spacing=(1, 0.5)), 0, WITH_BOTH),
    (ONE + "isotropic_opening:radius=5", one("isotropic_opening", 5), 0, WITH_BOTH),
    (ONE + "isotropic_closing:radius=7", one("isotropic_closing", 7), 0, WITH_BOTH),
    (MASK + "find_boundaries:mode=inner,connectivity=2",
     mask(lambda a: segmentation.find_boundaries(a, 2, "inner")), 0),
    (ONE + "cast:dtype=uint8 | expand_labels:distance=6",
     lambda a: segmentation.expand_labels((green(a) > 180) * np.uint8(255), 6), 0),
    # Grey levels as labels, so that ties show.
    ("threshold:value=140 as dark | mask:from=@source,mask=@dark | expand_labels:distance=5",
     channels(lambda a: segmentation.expand_labels(a * (a > 140), 5)), 0),
]
