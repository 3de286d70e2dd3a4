"""Local thresholds and the restoration filters."""
import numpy as np
from skimage import filters

from ops_oracle_base import double, per_channel


def check_windows(c, every, small):
    for text, how in (("", {}), ("window_size=25,k=0.5", {"window_size": 25, "k": 0.5}),
                      ("window_size=[3,9]", {"window_size": (3, 9)}), ("window_size=1", {"window_size": 1})):
        c.on(every + small, f"threshold_niblack:{text}".rstrip(":"),
             per_channel(lambda i, how=how: filters.threshold_niblack(double(i), **how)), cancels=True)
        c.on(every + small, f"threshold_sauvola:{text}".rstrip(":"),
             per_channel(lambda i, how=how: filters.threshold_sauvola(double(i), **how)), cancels=True)
    c.on(every, "threshold_sauvola:window_size=7,r=40,k=0.1",
         per_channel(lambda i: filters.threshold_sauvola(double(i), window_size=7, r=40, k=0.1)), cancels=True)


def check(c, g):
    check_windows(c, g.every, g.small)
