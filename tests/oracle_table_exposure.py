"""Chains of operations on intensities that look at the whole slide for oracle_chain.py."""
import numpy as np
from skimage import color, exposure

from oracle_table_basic import GREEN, green


def gray(a):
    return color.rgb2gray(a)


def by_percentiles(a, low, high, **how):
    return exposure.rescale_intensity(a, in_range=tuple(np.percentile(a, (low, high))), **how)


def by_channel(a, other):
    return exposure.match_histograms(a, other, channel_axis=-1)


MATCHED = ("packbits", "svs")

# chain, reference on the RGB pixels (and on those of a reference slide), tolerance (0: same bits)
TABLE = [
    ("rescale_intensity", exposure.rescale_intensity, 0),
    ("rescale_intensity:in_percentiles=[2,98]", lambda a: by_percentiles(a, 2, 98), 0),
    ("rgb2gray | rescale_intensity:in_percentiles=[1,99.5],out_range=[0,1]",
     lambda a: by_percentiles(gray(a), 1, 99.5, out_range=(0, 1)), 1e-6),
    (GREEN + " | equalize_hist", lambda a: exposure.equalize_hist(green(a)), 1e-6),
    ("equalize_adapthist", exposure.equalize_adapthist, 1e-6),
    (GREEN + " | equalize_adapthist:kernel_size=[200,150],clip_limit=0.02",
     lambda a: exposure.equalize_adapthist(green(a), kernel_size=(200, 150), clip_limit=0.02), 1e-6),
    ("match_histograms:channel_axis=-1", by_channel, 0, MATCHED, "deflate"),
    (GREEN + " | match_histograms", lambda a, other: exposure.match_histograms(green(a), green(other)), 1e-6,
     MATCHED, "deflate"),
]
