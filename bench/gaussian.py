#!/usr/bin/env python3
"""gaussian:sigma=2 of a large JPEG slide to a JPEG Q80 BigTIFF pyramid, against `vips gaussblur` doing the same.

Twice: the mosaic as an SVS, which libvips reads through OpenSlide, and as a generic TIFF, which it reads by its own,
much quicker loader. wsiproc reads both the same way.
"""
import os

import benchlib


def compare(args, source, folder):
    out = os.path.join(folder, "out")
    save = "[tile,pyramid,compression=jpeg,Q=80,bigtiff,tile-width=256,tile-height=256]"
    result = benchlib.alternate(
        args.rounds,
        vips=["vips", "gaussblur", source, os.path.join(folder, "vips.tif") + save, "2"],
        wsiproc=[benchlib.program(args, "wsiproc"), "run", source, "-o", out, "--chain", "gaussian:sigma=2",
                 "--format", "tiff", "--compression", "jpeg", "--quality", "80", "--out-tile", "256", "--bigtiff",
                 "--overwrite", "--progress", "none"])
    result["ratio"] = result["wsiproc"]["wall_s"] / result["vips"]["wall_s"]
    return result


def main():
    args = benchlib.arguments(__doc__.split("\n")[0]).parse_args()
    with benchlib.scratch(args) as folder:
        result = {"goal": "ratio at most 0.5, wsiproc at most 400 MB"}
        for key, plain in (("svs", False), ("generic_tiff", True)):
            source, pixels = benchlib.mosaic(args, folder, plain)
            result["pixels"] = pixels
            result[key] = compare(args, source, folder)
            os.remove(source)
        benchlib.report(args, "gaussian", result)


if __name__ == "__main__":
    main()
