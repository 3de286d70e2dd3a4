#!/usr/bin/env python3
"""The nuclei-like chain to HDF5, per pixel, against scikit-image doing the same in memory.

scikit-image works on pixels that are decoded already (a 2048x2048 crop, and the whole small slide) and writes
nothing; wsiproc reads, computes and writes a whole mosaic of that slide. Needs the tests' Python environment.
"""
import os
import subprocess
import sys

import benchlib

CHAIN = "rgb2hed | channel:index=0 | gaussian:sigma=2 | threshold:value=0.08 | opening:footprint=disk,radius=3"
REFERENCE = """
import json, sys, time
import numpy as np, openslide, skimage
from skimage import color, filters, morphology
slide = openslide.OpenSlide(sys.argv[1])
pixels = np.array(slide.read_region((0, 0), 0, slide.dimensions))[..., :3]
def chain(a):
    h = filters.gaussian(color.rgb2hed(a)[..., 0], sigma=2)
    return morphology.opening(h > 0.08, morphology.disk(3))
def measure(a):
    chain(a)
    times = []
    for _ in range(int(sys.argv[2])):
        start = time.perf_counter()
        chain(a)
        times.append(time.perf_counter() - start)
    return a.shape[0] * a.shape[1] / sorted(times)[len(times) // 2] / 1e6
print(json.dumps({"version": skimage.__version__, "crop_2048": measure(pixels[:2048, :2048].copy()),
                  "whole": measure(pixels)}))
"""


def main():
    args = benchlib.arguments(__doc__.split("\n")[0]).parse_args()
    reference = subprocess.run([sys.executable, "-c", REFERENCE, benchlib.slide(args), str(args.rounds)], check=True,
                               capture_output=True, text=True).stdout
    reference = benchlib.json.loads(reference)
    with benchlib.scratch(args) as folder:
        source, pixels = benchlib.mosaic(args, folder)
        result = benchlib.alternate(
            args.rounds,
            wsiproc=[benchlib.program(args, "wsiproc"), "run", source, "-o", os.path.join(folder, "out"), "--chain",
                     CHAIN, "--format", "hdf5", "--overwrite", "--progress", "none"])
        ours = pixels / result["wsiproc"]["wall_s"] / 1e6
        best = max(reference["crop_2048"], reference["whole"])
        benchlib.report(args, "chain", {"goal": "at least 15 times scikit-image a pixel", "pixels": pixels,
                                        "chain": CHAIN, "skimage_mpix_s": reference, "wsiproc_mpix_s": ours,
                                        **result, "ratio": ours / best})


if __name__ == "__main__":
    main()
