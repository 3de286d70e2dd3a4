#!/usr/bin/env python3
"""Tables whose parts take far more than was expected of them: where there is no memory for what waits for the writer, it
waits in a scratch file, and the table is the same. A mirrored folder's first file may be a scratch file.

usage: passes_spilled.py
"""
import json
import os

from wsitest import done, expect, need, run, scratch

np, tifffile = need("numpy", "tifffile")
CHAIN = "threshold:value=0.5 | label:connectivity=1 as l | measure as t"
HEIGHT, WIDTH, CALM = 2600, 1500, 1400


def slide(folder):
    """A few dots, then a checkerboard: every other pixel is an object of its own."""
    image = np.zeros((HEIGHT, WIDTH), np.uint8)
    image[:CALM:97, ::101] = 255
    image[CALM:] = np.indices((HEIGHT - CALM, WIDTH)).sum(0) % 2 * 255
    path = os.path.join(folder, "slide.tif")
    tifffile.imwrite(path, image, tile=(256, 256), compression="deflate")
    return path, len(range(0, CALM, 97)) * len(range(0, WIDTH, 101)) + int((image[CALM:] > 0).sum())


with scratch() as folder:
    source, objects = slide(folder)
    tables = {}
    for threads in (1, 3):
        out = os.path.join(folder, "out-%d" % threads)
        run(source, CHAIN, out, "--write", "t", "--threads", threads, "--stats", out + ".json")
        with open(os.path.join(out, "slide.t.csv"), "rb") as file:
            tables[threads] = file.read()
        with open(out + ".json", encoding="utf-8") as file:
            encoded = json.load(file)["queues"]["encoded"]
        expect(encoded["high_water_bytes"] <= encoded["limit_bytes"], "memory within its limit", encoded)
        expect(threads > 1 or encoded["spilled_tiles"] > 0, "tiles wait in the scratch file", encoded)
    expect(tables[1].count(b"\n") == objects + 1, "every object has its row")
    expect(tables[1] == tables[3], "the same table for any number of threads")
    expect(not [name for name in os.listdir(os.path.join(folder, "out-1")) if name.startswith(".wsiproc-")], "no scratch is left")
done("parts of tables in scratch")

with scratch() as folder:
    inner = os.path.join(folder, "slides", "a", "b")
    os.makedirs(inner)
    slide(inner)
    out = os.path.join(folder, "out")
    files = run(os.path.join(folder, "slides"), "gaussian:sigma=2 | threshold_otsu as m", out, "--keep", "always")
    expect(os.path.join("a", "b", "slide.h5") in files, "scratch in a folder that no output has made yet", files)
done("scratch beside outputs of a mirrored folder")
