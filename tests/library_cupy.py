#!/usr/bin/env python3
"""Tiles in a GPU's memory as CuPy's arrays: without a copy, while their sink runs, the same pixels as the CPU computes.

usage: library_cupy.py LIBWSIPROC   (WSIPROC names the program)
"""
import ctypes as c
import os
import sys
import threading

from wsitest import compute, done, expect, need, skip

np, _, cp = need("numpy", "h5py", "cupy")
try:
    devices = cp.cuda.runtime.getDeviceCount()
except cp.cuda.runtime.CUDARuntimeError as error:
    skip("no GPU: %s" % error)
os.environ["WSIPROC_LIBRARY"] = os.path.abspath(sys.argv[1])
from wsilibrary import AS_FINISHED, CUDA, LIBRARY, ByDLPack, opened, run  # noqa: E402

CHAINS = ("rgb2gray | gaussian:sigma=1", "rgb2hed", "rgb2hed | channel:index=0 | gaussian:sigma=2 | threshold:value=0.05")


def image_of(slide, chain, expected, settings):
    out, lock, on_device = np.zeros_like(expected), threading.Lock(), []

    def take(tile):
        on_device.append(tile.pixels.memory == CUDA)
        expect(on_device[-1], "a tile in device memory")
        with cp.cuda.Device(tile.pixels.device_id):
            pixels = cp.from_dlpack(ByDLPack(tile.pixels))
            expect(pixels.data.ptr == tile.pixels.data, "without a copy")
            mine = cp.asnumpy(pixels)
        r = tile.rect
        with lock:
            out[r.y:r.y + r.h, r.x:r.x + r.w] = mine
    run(slide, chain, take, settings, order=AS_FINISHED, device=1)
    expect(on_device and np.array_equal(out, expected), "the CPU's pixels: " + chain)


def check(name, devices):
    slide = opened(name.encode())
    for chain in CHAINS:
        expected = compute(name, chain, "--device", "cpu")[chain.split(" | ")[-1].split(":")[0]]
        if "threshold" in chain:
            expected = expected > 0  # HDF5 has 255, the chain computes truth
        for tile in ("256", "1024"):
            image_of(slide, chain, expected, [("device", devices), ("tile", tile), ("out-tile", "256")])
    LIBRARY.wsi_slide_close(c.byref(slide))


for name in ["synthetic:3001x2999,seed=9"] + sys.argv[2:]:
    check(name, "cuda:" + ",".join(str(i) for i in range(devices)))
done("tiles in device memory as CuPy's arrays, on %d GPUs" % devices)
