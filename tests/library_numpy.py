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
LIBRARY = c.CDLL(os.path.join(sys.argv[1], "library", "libwsiproc.so.0"))
LIBRARY.wsi_dtype_typestr.restype = c.c_char_p
LIBRARY.wsi_dtype_size.restype = c.c_size_t
TYPES = {np.dtype(t): i for i, t in enumerate("? u1 i1 u2 i2 u4 i4 f4 f8".split())}
HOST = 1


class Array(c.Structure):
    _fields_ = [("data", c.c_void_p), ("memory", c.c_int), ("device_id", c.c_int), ("type", c.c_int), ("ndim", c.c_int),
                ("shape", c.c_int64 * 3), ("strides", c.c_int64 * 3)]

    @classmethod
    def of(cls, a):
        return cls(a.ctypes.data, HOST, 0, TYPES[a.dtype], a.ndim, (c.c_int64 * 3)(*a.shape),
                   (c.c_int64 * 3)(*a.strides))


class Rect(c.Structure):
    _fields_ = [(name, c.c_int64) for name in "xywh"]


class Tile(c.Structure):
    _fields_ = [("result", c.c_char_p), ("index", c.c_int), ("level", c.c_int), ("level_w", c.c_int64),
                ("level_h", c.c_int64), ("rect", Rect), ("pixels", Array)]


TileFunction = c.CFUNCTYPE(c.c_int, c.c_void_p, c.POINTER(Tile))


class TileSink(c.Structure):
    _fields_ = [("fn", TileFunction), ("user", c.c_void_p), ("order", c.c_int), ("all_levels", c.c_int),
                ("device", c.c_int), ("reserved", c.c_uint64 * 6)]


class Tensor(c.Structure):
    """DLManagedTensor of dlpack.h"""
    _fields_ = [("data", c.c_void_p), ("device_type", c.c_int32), ("device_id", c.c_int32), ("ndim", c.c_int32),
                ("code", c.c_uint8), ("bits", c.c_uint8), ("lanes", c.c_uint16), ("shape", c.POINTER(c.c_int64)),
                ("strides", c.POINTER(c.c_int64)), ("byte_offset", c.c_uint64), ("context", c.c_void_p),
                ("deleter", c.c_void_p)]


class ByDLPack:
    """The table in docs/library.md, its second column."""

    def __init__(self, array):
        size = LIBRARY.wsi_dtype_size(array.type)
        self.strides = (c.c_int64 * 3)(*(s // size for s in array.strides))
        self.shape = (c.c_int64 * 3)(*array.shape)
        self.tensor = Tensor(array.data, array.memory, array.device_id, array.ndim,
                             LIBRARY.wsi_dtype_dlpack_code(array.type), 8 * size, 1, self.shape, self.strides,
                             0, None, None)

    def __dlpack__(self, **_):
        new = c.pythonapi.PyCapsule_New
        new.restype, new.argtypes = c.py_object, [c.c_void_p, c.c_char_p, c.c_void_p]
        return new(c.addressof(self.tensor), b"dltensor", None)

    def __dlpack_device__(self):
        return self.tensor.device_type, self.tensor.device_id


class ByInterface:
    """Its third column."""

    def __init__(self, array):
        self.__array_interface__ = {
            "version": 3, "data": (array.data, False), "typestr": LIBRARY.wsi_dtype_typestr(array.type).decode(),
            "shape": tuple(array.shape[:array.ndim]), "strides": tuple(array.strides[:array.ndim])}


def ok(status, what):
    expect(status == 0, what, "status %d" % status)


def run(slide, chain, take):
    """A job over an open slide; take gets every tile."""
    job, function = c.c_void_p(), TileFunction(lambda _, tile: take(tile.contents) or 0)
    ok(LIBRARY.wsi_job_create(None, c.byref(job), None), "a job")
    ok(LIBRARY.wsi_job_set_slide(job, slide, None), "its slide")
    ok(LIBRARY.wsi_job_set(job, b"chain", chain.encode(), None), "its chain")
    ok(LIBRARY.wsi_job_set_tile_sink(job, c.byref(TileSink(fn=function)), None), "its sink")
    ok(LIBRARY.wsi_job_run(job, None), "its run")
    LIBRARY.wsi_job_destroy(c.byref(job))


def image_of(slide, chain, wrap, expected):
    out = np.zeros_like(expected)

    def take(tile):
        pixels, r = wrap(tile.pixels), tile.rect
        expect(pixels.ctypes.data == tile.pixels.data, "without a copy")
        out[r.y:r.y + r.h, r.x:r.x + r.w] = pixels
    run(slide, chain, take)
    expect(out.dtype == expected.dtype and np.array_equal(out, expected), "the program's image: " + chain)


def opened(source):
    slide = c.c_void_p()
    if isinstance(source, bytes):
        ok(LIBRARY.wsi_slide_open(source, None, c.byref(slide), None), "a slide")
    else:
        ok(LIBRARY.wsi_slide_open_memory(c.byref(Array.of(source)), None, c.byref(slide), None), "a slide of NumPy's")
    return slide


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
