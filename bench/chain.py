#!/usr/bin/env python3
"""The nuclei-like chain to HDF5, per pixel, against scikit-image doing the same in memory.

scikit-image works on pixels that are decoded already (a 2048x2048 crop, and the whole small slide) and writes
nothing; wsiproc reads, computes and writes a whole mosaic of that slide. Needs the tests' Python environment.
"""
import os

import benchlib

CHAIN = "rgb2hed | channel:index=0 | gaussian:sigma=2 | threshold:value=0.08 | opening:footprint=disk,radius=3"
REFERENCE = """
def chain(a):
    h = filters.gaussian(color.rgb2hed(a)[..., 0], sigma=2)
    return morphology.opening(h > 0.08, morphology.disk(3))
"""


def main():
    args = benchlib.arguments(__doc__.split("\n")[0]).parse_args()
    reference = benchlib.skimage_rates(args, REFERENCE)
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
