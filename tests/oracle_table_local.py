"""Chains of the local thresholds, rank and restoration filters for oracle_chain.py."""
from skimage import color, filters

from oracle_table_basic import GREEN, channels, green

# chain, reference on the RGB pixels, tolerance (0: same bits)
TABLE = [
    ("threshold_niblack", channels(filters.threshold_niblack), 1e-6),
    (GREEN + " | threshold_niblack:window_size=[31,9],k=0.5",
     lambda a: filters.threshold_niblack(green(a), (31, 9), 0.5), 1e-6),
    ("rgb2gray | threshold_sauvola:window_size=25", lambda a: filters.threshold_sauvola(color.rgb2gray(a), 25), 1e-6),
]
