"""Chains of the local thresholds, rank and restoration filters for oracle_chain.py."""
import numpy as np
from skimage import color, filters, morphology, restoration

from oracle_table_basic import GREEN, channels, green

rank, disk, box = filters.rank, morphology.disk, np.ones((3, 3))

# chain, reference on the RGB pixels, tolerance (0: same bits)
TABLE = [
    ("threshold_niblack", channels(filters.threshold_niblack), 1e-6),
    (GREEN + " | threshold_niblack:window_size=[31,9],k=0.5",
     lambda a: filters.threshold_niblack(green(a), (31, 9), 0.5), 1e-6),
    ("rgb2gray | threshold_sauvola:window_size=25", lambda a: filters.threshold_sauvola(color.rgb2gray(a), 25), 1e-6),
    (GREEN + " | threshold_local:block_size=35", lambda a: filters.threshold_local(green(a), 35), 1e-6),
    ("rgb2gray | threshold_local:block_size=35,offset=0.02",
     lambda a: filters.threshold_local(color.rgb2gray(a), 35, offset=0.02), 1e-6),
    ("threshold_local:block_size=11,method=mean", channels(lambda a: filters.threshold_local(a, 11, "mean")), 1e-6),
    (GREEN + " | threshold_local:block_size=7,method=median", lambda a: filters.threshold_local(green(a), 7, "median"),
     1e-6, ("deflate",)),
    ("rank_minimum:footprint=disk,radius=3", channels(lambda a: rank.minimum(a, disk(3))), 0),
    ("rank_maximum", channels(lambda a: rank.maximum(a, box)), 0),
    (GREEN + " | rank_gradient:footprint=disk,radius=2", lambda a: rank.gradient(green(a), disk(2)), 0),
    ("rank_mean:footprint=disk,radius=5", channels(lambda a: rank.mean(a, disk(5))), 0),
    (GREEN + " | rank_percentile:footprint=disk,radius=4,p0=0.25",
     lambda a: rank.percentile(green(a), disk(4), p0=0.25), 0),
    (GREEN + " | rank_entropy:footprint=disk,radius=5", lambda a: rank.entropy(green(a), disk(5)), 1e-6,
     ("deflate",)),
    (GREEN + " | rolling_ball:radius=9", lambda a: restoration.rolling_ball(green(a), radius=9), 0, ("deflate",)),
    (GREEN + " | denoise_bilateral:sigma_spatial=2",
     lambda a: restoration.denoise_bilateral(green(a), sigma_spatial=2), 1e-6, ("deflate",)),
    (GREEN + " | denoise_nl_means:patch_size=5,patch_distance=4,h=0.1",
     lambda a: restoration.denoise_nl_means(green(a), 5, 4, 0.1), 1e-6, ("deflate",)),
]
