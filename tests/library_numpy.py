#!/usr/bin/env python3
"""What the library's guide says of other array libraries: from a tile's wsi_array alone, a DLPack capsule and an array
interface are made, NumPy takes both without a copy, and the whole image is the program's. NumPy's own arrays, whatever
their strides, go in as slides and as destinations.

usage: library_numpy.py BUILD-FOLDER
"""
import ctypes as c
import os
import sys

from wsitest import compute, done, expect, need

np, _ = need("numpy", "h5py")
os.environ["WSIPROC_LIBRARY"] = os.path.join(sys.argv[1], "library", "libwsiproc.so.0")
from wsilibrary import LIBRARY, Array, ByDLPack, Rect, ok, opened, run  # noqa: E402


class ByInterface:
    """Its third column."""

    def __init__(self, array):
        self.__array_interface__ = {
            "version": 3, "data": (array.data, False), "typestr": LIBRARY.wsi_dtype_typestr(array.type).decode(),
            "shape": tuple(array.shape[:array.ndim]), "strides": tuple(array.strides[:array.ndim])}


def image_of(slide, chain, wrap, expected):
    out = np.zeros_like(expected)

    def take(tile):
        pixels, r = wrap(tile.pixels), tile.rect
        expect(pixels.ctypes.data == tile.pixels.data, "without a copy")
        out[r.y:r.y + r.h, r.x:r.x + r.w] = pixels
    run(slide, chain, take)
    expect(out.dtype == expected.dtype and np.array_equal(out, expected), "the program's image: " + chain)


def check_tiles():
    name = "synthetic:900x700,seed=9"
    slide = opened(name.encode())
    for chain in ("rgb2gray | gaussian:sigma=1", "rgb2hed", "invert"):
        expected = compute(name, chain)[chain.split(" | ")[-1].split(":")[0]]
        image_of(slide, chain, lambda a: np.asarray(ByInterface(a)), expected)
        image_of(slide, chain, lambda a: np.from_dlpack(ByDLPack(a)), expected)
    LIBRARY.wsi_slide_close(c.byref(slide))


def check_numpy():
    rng = np.random.default_rng(1)
    for dtype in "u1 u2 i4 f4 f8".split():
        a = rng.integers(0, 100, (3, 120, 90)).astype(dtype)
        view = a.transpose(1, 2, 0)[::-1, 10:80]
        slide, out = opened(view), np.zeros((50, 60, 3), dtype, order="F")
        ok(LIBRARY.wsi_slide_read_region(slide, 0, Rect(5, 7, 60, 50), c.byref(Array.of(out)), None), "a region")
        expect(np.array_equal(out, view[7:57, 5:65]), "NumPy's pixels, " + dtype)
        LIBRARY.wsi_slide_close(c.byref(slide))


check_tiles()
check_numpy()
done("tiles as NumPy's arrays, NumPy's arrays as slides")
