#!/usr/bin/env python3
"""The same bytes, whatever the work tile, the threads, the memory and the instruction set: for every operation of the
registry (its own example) and for chains, files compared whole."""
import itertools
import json
import os

import wsitest

CHAINS = [
    "rgb2hed as hed | channel:index=0 | gaussian:sigma=2 as h | threshold:value=0.05 as mask0 | "
    "opening:footprint=disk,radius=3 as nuclei | mask:mask=@nuclei,from=@h as masked",
    "gaussian:sigma=5 | gaussian:sigma=1.3 | cast:dtype=uint8",
    "rgb2gray | sobel | dilation:footprint=disk,radius=7 | erosion:footprint=disk,radius=2 | cast:dtype=uint16",
    "gaussian:sigma=3 as blurred | multiply:other=@source | median | invert",
]
# Results of several sizes, in an output each and together; cells that no tile is a multiple of.
SCALED = [
    ("gaussian:sigma=2 as a | resize:factor=3 as b | sobel as c | downscale_local_mean:factors=[2,5] as d", "a,b,d"),
    ("rgb2gray | blur_tenengrad:block=100 as a | tissue_fraction:from=@source,block=7 as b", "a,b"),
    ("pyramid_reduce as a | pyramid_reduce as b | resize:factor=3,enlarge=true as c", "b,c"),
    ("resize:factor=2,enlarge=true as a | gaussian:sigma=3 as b | resize:factor=7,anti_aliasing_sigma=[5,2] as c | invert:from=@source as d", "c,d"),
]
# Sizes of no tile. Sanitizers slow kernels down so much that they get a small slide, in many small output tiles.
SOURCE = "synthetic:347x301,seed=7" if wsitest.SANITIZE else "synthetic:1153x977,seed=7"
OUT_TILE = ["--out-tile", "64"] if wsitest.SANITIZE else []
TILES, THREADS, MEMORY, WHOLE = (64, 97, 256, 1000), (1, 2, 5), ("64M", None), 2048


def settings():
    """Every combination in a plain build, each value at least once under a sanitizer."""
    if wsitest.SANITIZE:
        yield from ((64, 5, "64M"), (97, 2, None), (WHOLE, 1, None))
        return
    yield from itertools.product((*TILES, WHOLE), THREADS, MEMORY)


# For the operations' examples: each value with each value of the other settings that it might clash with.
PAIRS = [(64, 1, "64M"), (64, 5, None), (97, 2, "64M"), (97, 5, None), (256, 1, None), (256, 2, "64M"), (1000, 5, "64M"),
         (WHOLE, 1, None), (WHOLE, 2, "64M")]
# What an example needs beside its slide.
NEEDS = {"match_histograms": ["--reference", "synthetic:300x200,seed=3"]}


def output(source, chain, options):
    with wsitest.scratch() as folder:
        wsitest.run(source, chain, folder, *options)
        return wsitest.bytes_of(folder)


def same(chain, fmt, source=SOURCE, combinations=None, more=()):
    base = ["--format", *fmt, *OUT_TILE, *more]
    reference = output(source, chain, base)
    wsitest.expect(reference, "an output", chain)
    for tile, threads, memory in combinations or settings():
        options = base + ["--tile", tile, "--threads", threads] + (["--memory", memory] if memory else [])
        wsitest.expect(output(source, chain, options) == reference, "same bytes: %s with %s" % (chain, options))
    for isa in ("plain", "avx2"):
        wsitest.expect(output(source, chain, base + ["--cpu", isa]) == reference, "same bytes on %s: %s" % (isa, chain))
    wsitest.done("%s: %s" % (fmt[0], chain))


def nan_is_one_pattern():
    """Every level of 0 / 0 and of inf - inf, written as they are: the bits of C's NAN, not the processor's own ones."""
    for chain in ("multiply:other=0 as z | divide:other=@z", "multiply:other=0 | log as l | subtract:other=@l"):
        folder = output("synthetic:600x500,seed=7", chain, ["--format", "tiff", "--compression", "none"])
        data = b"".join(content for name, content in folder.items() if name.endswith(".tif"))
        wsitest.expect(data.count(b"\x00\x00\xc0\x7f" * 3) >= 600 * 500, "C's NAN in every pixel", chain)
        wsitest.expect(b"\x00\x00\xc0\xff" not in data, "no NaN with a sign", chain)
    wsitest.done("NaN is one bit pattern")


nan_is_one_pattern()
ops = json.loads(wsitest.command("ops", "--json").stdout)
ops = ops if isinstance(ops, list) else ops["operations"]
wsitest.expect(len(ops) >= 18, "the registry has its operations", len(ops))
for op in ops:
    same(op["example"], ["hdf5", "--compression", "none"], combinations=None if wsitest.SANITIZE else PAIRS,
         more=NEEDS.get(op["name"], ()))
for chain in CHAINS:
    same(chain, ["hdf5"])
for chain, names in SCALED:
    same(chain, ["hdf5", "--write", names])
same(CHAINS[1], ["tiff", "--compression", "jpeg", "--quality", "80"])
same(CHAINS[2], ["ome-tiff", "--compression", "zstd"])
same(CHAINS[1], ["svs", "--compression", "jpeg"])  # with a thumbnail, which tiles on any thread make
same("tissue as t | gaussian:sigma=2,from=@source | cast:dtype=uint8 as r", ["svs"], "synthetic:5000x3100,seed=3",
     None if wsitest.SANITIZE else [(97, 5, "64M"), (1000, 1, None)], ["--within", "@t", "--write", "r"])

# Real slides bring other tile grids: 240 px, JPEG 2000, strips, one strip a level.
FEW = [(97, 5, "64M"), (1000, 2, None), (256, 1, "64M")]
if not wsitest.SANITIZE and os.path.isdir(os.path.join(wsitest.DATA, "slides")):
    for path, level in zip(wsitest.slides("CMU-1-Small-Region.svs", "tcga-cr-7395-01a-01-ts1.svs", "kather1.tif",
                                          "test3-DAPI-2-(387).ndpi", "boxes.tiff"), (0, 1, 0, 1, 0)):
        same(CHAINS[0], ["hdf5", "--level", level], path, FEW)
        wsitest.done(os.path.basename(path))
