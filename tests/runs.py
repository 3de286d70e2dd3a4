#!/usr/bin/env python3
"""What a run says about itself and how it treats bad tiles: every source tile decoded once, halos cheap, memory within
its budget, statistics complete, progress readable, a damaged tile named or filled and recorded."""
import json
import os
import sys

import wsitest
from wsitest import ROOT, command, done, expect, run

sys.path.insert(0, os.path.join(ROOT, "bench"))
import make_mosaic  # noqa: E402

SVS, TCGA, NDPI = wsitest.slides("CMU-1-Small-Region.svs", "tcga-cr-7395-01a-01-ts1.svs", "test3-DAPI-2-(387).ndpi")
CHAINS = ["cast:dtype=uint8", "gaussian:sigma=2", "gaussian:sigma=10 | opening:footprint=disk,radius=9",
          "rgb2hed | channel:index=0 | gaussian:sigma=2 | threshold:value=0.08 | opening:footprint=disk,radius=3"]
STAGES = {"read", "decode", "compute", "encode", "write"}


def statistics(source, chain, *options, writer="null"):
    with wsitest.scratch() as folder:
        path = os.path.join(folder, "stats.json")
        run(source, chain, os.path.join(folder, "out"), "--format", writer, "--stats", path, *options)
        with open(path) as f:
            return json.load(f)


def decoded_once(mosaic):
    for source in (SVS, TCGA, NDPI, mosaic, "synthetic:30000x1500", "synthetic:1500x9000"):
        for chain in CHAINS:
            stats = statistics(source, chain)
            expect(stats["decode_amplification"] == 1, "each tile decoded once: %s, %s" % (source, chain), stats)
            expect(stats["halo_overhead"] <= 0.1 or source in (SVS, TCGA, NDPI),
                   "halos under a tenth of the work: %s, %s" % (source, chain), stats["halo_overhead"])
        done("decoded once: " + os.path.basename(source))


def accounted(mosaic):
    for memory in (64, 256):
        stats = statistics(mosaic, CHAINS[1], "--memory", "%dM" % memory, writer="hdf5")
        expect(set(stats["stages"]) >= STAGES, "every stage", stats["stages"].keys())
        for name in STAGES:
            stage = stats["stages"][name]
            expect(stage["busy_s"] >= 0 and stage["wait_s"] >= 0, "busy and waiting seconds of " + name, stage)
        expect(stats["pixels"] == 4320 * 5760, "pixels", stats["pixels"])
        used = stats["memory"]
        expect(0 < used["peak_pool_bytes"] <= used["budget_bytes"] == memory << 20, "pool within its budget", used)
        if not wsitest.SANITIZE:
            expect(used["peak_rss_bytes"] < (memory + 100) << 20, "RSS close to the budget", used)
        done("%d MiB: pool %d MiB, RSS %d MiB" % (memory, used["peak_pool_bytes"] >> 20, used["peak_rss_bytes"] >> 20))


def damaged_tile(folder):
    """A slide whose tile (3,2) of level 0 does not decode: its entropy-coded bytes are replaced by end markers."""
    with open(SVS, "rb") as f:
        data = bytearray(f.read())
    tags = make_mosaic.read_first_directory(bytes(data))
    tile = 2 * -(-tags[256][0] // tags[322][0]) + 3
    start, size = tags[324][tile], tags[325][tile]
    data[start:start + size] = b"\xff\xd9" * (size // 2) + b"\0" * (size % 2)
    path = os.path.join(folder, "damaged.svs")
    with open(path, "wb") as f:
        f.write(data)
    return path


def bad_tiles(folder):
    path, out = damaged_tile(folder), os.path.join(folder, "out")
    ran = command("run", path, "-o", out, "--chain", "cast:dtype=uint8", "--progress", "none", status=5)
    expect("damaged.svs" in ran.stderr and "level 0" in ran.stderr and "(3,2)" in ran.stderr,
           "slide, level and tile are named", ran.stderr)
    expect(not [f for f in wsitest.files_below(out) if f.endswith(".h5")], "no output of it")
    run(path, "cast:dtype=uint8", out, "--on-bad-tile", "fill")
    with open(os.path.join(out, "summary.json")) as f:
        expect(json.load(f)["totals"]["bad_tiles"] == 1, "the summary counts it")
    command("verify", os.path.join(out, "damaged.h5"))
    np, h5py = wsitest.need("numpy", "h5py")
    (good,) = wsitest.compute(SVS, "cast:dtype=uint8").values()
    with h5py.File(os.path.join(out, "damaged.h5")) as f:
        filled = f["cast/0"][()]
        recorded = "".join(str(v) for g in (f, f["cast"]) for k, v in g.attrs.items() if "bad" in k)
        expect('"x":3' in recorded and '"y":2' in recorded, "the output records it", recorded)
    good[480:720, 720:960] = 255
    expect(np.array_equal(filled, good), "background there, the slide elsewhere")
    command("run", path, "-o", out, "--chain", "cast:dtype=uint8", "--progress", "none", status=5)
    again = ("run", SVS, "-o", out, "--chain", "cast:dtype=uint8", "--progress", "none")
    command(*again)
    expect("up to date" in command(*again, "--on-bad-tile", "fill").stdout, "what needed no filling stays")
    done("a damaged tile fails the slide, or is filled and recorded")


def progress(folder):
    for how in ("json", "plain"):
        ran = command("run", "synthetic:5000x5000", "-o", os.path.join(folder, how), "--chain", CHAINS[1], "--progress",
                      how)
        lines = [line for line in ran.stderr.split("\n") if line]
        expect(lines and "\r" not in ran.stderr and "\x1b" not in ran.stderr, "plain lines", ran.stderr[:500])
        if how == "json":
            events = [json.loads(line) for line in lines]
            expect(all(isinstance(e, dict) for e in events), "one event a line")
    done("progress")


with wsitest.scratch() as scratch:
    MOSAIC = os.path.join(scratch, "mosaic.svs")
    make_mosaic.write_mosaic(SVS, MOSAIC, 2, 2)
    accounted(MOSAIC)
    decoded_once(MOSAIC)
    progress(scratch)
    bad_tiles(scratch)
