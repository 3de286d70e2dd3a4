#!/usr/bin/env python3
"""Chains with several passes on GPUs, real or emulated: the CPU's bytes, whichever devices there are."""
import json
import os

import wsitest
from passes_common import NUCLEI, NUCLEI_NAMES, RAW, data, statistics
from wsitest import command, done, expect

CHAINS = [
    (NUCLEI, NUCLEI_NAMES, ()),
    ("tissue as t | normalize_macenko:from=@source,mask=@t as n | rgb2gray | equalize_hist as e | canny as edges | "
     "distance_transform_edt as d | peak_local_max:min_distance=9 as peaks", "t,n,e,edges,d,peaks", ()),
    ("tissue as t | rgb2hed:from=@source | channel:index=0 | gaussian:sigma=2 as h | threshold_otsu as m | label as l | "
     "downscale_local_mean:from=@h,factors=5 as small", "t,h,m,l,small", ("--within", "@t")),
    ("channel:index=1 as g | match_histograms:from=@source as n | threshold_mean:from=@g as m | label as l", "n,m,l", ("--reference", "synthetic:500x600,seed=9")),
]
SOURCES = ["synthetic:1100x900,seed=3"] + (wsitest.slides("CMU-1-Small-Region.svs") if data() else [])


def bytes_with(folder, source, chain, names, *options):
    stats = statistics(source, chain, folder, "--write", names, "--table-format", "csv,hdf5", *RAW, *options)
    return wsitest.bytes_of(folder), stats


def same(number, source, chain, names, options, folder, many):
    def out(name):
        return os.path.join(folder, "%s%d-%s" % (name, number, os.path.basename(source)))

    wanted, _ = bytes_with(out("cpu"), source, chain, names, "--device", "cpu", *options)
    expect(len(wanted) >= 2, "an image and fits", list(wanted))
    for device in ["cuda"] + (["cuda:0,1"] if many else []):
        got, stats = bytes_with(out(device), source, chain, names, "--device", device, *options)
        expect(got == wanted, "the CPU's bytes with %s: %s of %s" % (device, chain, source), [n for n in wanted if got.get(n) != wanted[n]])
        expect(sum(gpu["blocks"] for gpu in stats["gpus"]) > 0, "GPUs compute", stats["gpus"])
    done("%s: %s" % (os.path.basename(source), chain))


FOUND = json.loads(command("devices", "--json").stdout)["devices"]
if not FOUND:
    wsitest.skip("no GPU")
with wsitest.scratch() as scratch:
    for n, (text, results, more) in enumerate(CHAINS):
        for slide in SOURCES if n == 0 else SOURCES[-1:] if "--within" in more else SOURCES[:1]:
            same(n, slide, text, results, more, scratch, len(FOUND) > 1)
