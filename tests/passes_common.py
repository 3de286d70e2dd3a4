"""What the tests of chains with several passes share: the nuclei chain, slides made of arrays, what a run leaves."""
import json
import os

import wsitest

NUCLEI = ("rgb2hed as hed | channel:index=0 | gaussian:sigma=2 as h | threshold_otsu as mask | "
          "opening:footprint=disk,radius=3 as opened | remove_small_objects:max_size=64 as kept | label as nuclei | "
          "measure:intensity=@h as table")
NUCLEI_NAMES = "h,mask,opened,kept,nuclei,table"
RAW = ("--compression", "none")


def data():
    return os.path.isdir(os.path.join(wsitest.DATA, "slides"))


def write_slide(path, pixels, tile=128):
    """An array as a tiled TIFF, uncompressed."""
    import tifffile
    tifffile.imwrite(path, pixels, tile=(tile, tile), photometric="rgb" if pixels.ndim == 3 else "minisblack")
    return path


def statistics(source, chain, folder, *options):
    """Runs a chain and returns its statistics."""
    path = folder + ".stats.json"
    wsitest.run(source, chain, folder, "--stats", path, *options)
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def fits(folder):
    """Step name -> field -> numbers, of the one params.json in the folder."""
    (name,) = [f for f in wsitest.files_below(folder) if f.endswith(".params.json")]
    with open(os.path.join(folder, name), encoding="utf-8") as f:
        return {step["name"]: step["values"] for step in json.load(f)["steps"]}


def images(folder):
    """Result name -> array, of the one HDF5 file in the folder."""
    (name,) = [f for f in wsitest.files_below(folder) if f.endswith(".h5")]
    return wsitest.results(os.path.join(folder, name))


def table(path):
    """Column name -> numbers, of a CSV table."""
    import csv
    import numpy as np
    with open(path, newline="", encoding="utf-8") as f:
        header, *rows = csv.reader(f)
    return {name: np.array([float(row[c] or "nan") for row in rows]) for c, name in enumerate(header)}
