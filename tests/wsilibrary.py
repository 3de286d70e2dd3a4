"""What the library's tests share that call it from Python: its structures, DLPack capsules of tiles, jobs.

WSIPROC_LIBRARY names libwsiproc's shared object.
"""
import ctypes as c
import os

import numpy as np

from wsitest import expect

LIBRARY = c.CDLL(os.environ["WSIPROC_LIBRARY"])
LIBRARY.wsi_dtype_typestr.restype = c.c_char_p
LIBRARY.wsi_dtype_size.restype = c.c_size_t
TYPES = {np.dtype(t): i for i, t in enumerate("? u1 i1 u2 i2 u4 i4 f4 f8".split())}
HOST, CUDA = 1, 2
AS_FINISHED = 1


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


ALIVE = {}  # what capsules were made of, until their takers are through
LET_GO = c.CFUNCTYPE(None, c.c_void_p)(lambda address: ALIVE.pop(address, None) and None)


class ByDLPack:
    """The table in docs/library.md, its second column."""

    def __init__(self, array):
        size = LIBRARY.wsi_dtype_size(array.type)
        self.strides = (c.c_int64 * 3)(*(s // size for s in array.strides))
        self.shape = (c.c_int64 * 3)(*array.shape)
        self.tensor = Tensor(array.data, array.memory, array.device_id, array.ndim,
                             LIBRARY.wsi_dtype_dlpack_code(array.type), 8 * size, 1, self.shape, self.strides,
                             0, None, c.cast(LET_GO, c.c_void_p))

    def __dlpack__(self, **_):
        new = c.pythonapi.PyCapsule_New
        new.restype, new.argtypes = c.py_object, [c.c_void_p, c.c_char_p, c.c_void_p]
        ALIVE[c.addressof(self.tensor)] = self
        return new(c.addressof(self.tensor), b"dltensor", None)

    def __dlpack_device__(self):
        return self.tensor.device_type, self.tensor.device_id


def ok(status, what):
    expect(status == 0, what, "status %d" % status)


def run(slide, chain, take, settings=(), **sink):
    """A job over an open slide; take gets every tile."""
    job, function = c.c_void_p(), TileFunction(lambda _, tile: take(tile.contents) or 0)
    ok(LIBRARY.wsi_job_create(None, c.byref(job), None), "a job")
    ok(LIBRARY.wsi_job_set_slide(job, slide, None), "its slide")
    ok(LIBRARY.wsi_job_set(job, b"chain", chain.encode(), None), "its chain")
    for name, value in settings:
        ok(LIBRARY.wsi_job_set(job, name.encode(), value.encode(), None), "its " + name)
    ok(LIBRARY.wsi_job_set_tile_sink(job, c.byref(TileSink(fn=function, **sink)), None), "its sink")
    ok(LIBRARY.wsi_job_run(job, None), "its run")
    LIBRARY.wsi_job_destroy(c.byref(job))


def opened(source):
    slide = c.c_void_p()
    if isinstance(source, bytes):
        ok(LIBRARY.wsi_slide_open(source, None, c.byref(slide), None), "a slide")
    else:
        ok(LIBRARY.wsi_slide_open_memory(c.byref(Array.of(source)), None, c.byref(slide), None), "a slide of NumPy's")
    return slide
