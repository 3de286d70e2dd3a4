#!/usr/bin/env python3
"""Decode-only (`cast` to `null`) against libjpeg-turbo alone on the same tiles with as many threads."""
import os

import benchlib


def main():
    args = benchlib.arguments(__doc__).parse_args()
    threads = str(len(os.sched_getaffinity(0)))
    with benchlib.scratch(args) as folder:
        source, pixels = benchlib.mosaic(args, folder)
        result = benchlib.alternate(
            args.rounds,
            libjpeg=[benchlib.program(args, "bench-decode"), source, threads],
            wsiproc=[benchlib.program(args, "wsiproc"), "run", source, "-o", os.path.join(folder, "out"), "--chain",
                     "cast:dtype=uint8", "--format", "null", "--threads", threads, "--progress", "none"])
        speed = result["libjpeg"]["wall_s"] / result["wsiproc"]["wall_s"]
        benchlib.report(args, "decode", {"goal": "speed at least 0.9 of libjpeg-turbo alone", "pixels": pixels,
                                         **result, "ratio": speed})


if __name__ == "__main__":
    main()
