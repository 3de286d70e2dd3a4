"""Chains of ridge filters and features for oracle_chain.py."""
import numpy as np
from skimage import color, feature, filters

ONE = ("packbits",)


def gray(a):
    return color.rgb2gray(a)


# chain, reference on the RGB pixels, tolerance, sources
TABLE = [
    ("rgb2gray | sato:sigmas=[2]", lambda a: filters.sato(gray(a), sigmas=[2]), 1e-5, ONE),
    ("rgb2gray | sato", lambda a: filters.sato(gray(a)), 1e-5, ONE),
    ("channel:index=1 | sato:sigmas=[1,3],black_ridges=false,mode=nearest",
     lambda a: filters.sato(a[..., 1], sigmas=[1, 3], black_ridges=False, mode="nearest"), 1e-5, ONE),
]
