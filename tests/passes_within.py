#!/usr/bin/env python3
"""--within: pixels of the source tiles that show tissue are those of a run without it, the others are background and are
not decoded; what learns from the slide sees the former alone; a slide of several levels has its mask made on a lower one."""
import json
import os

import wsitest
from passes_common import RAW, data, fits, images, statistics, write_slide
from wsitest import done, expect

np, skimage, h5py, *_ = wsitest.need("numpy", "skimage", "h5py", "tifffile", "scipy")
from scipy import ndimage  # noqa: E402
from skimage import filters  # noqa: E402

TILE = 128


def painted(folder):
    """A slide of white glass with two islands of tissue, one of a few pixels at a corner of tiles."""
    rng = np.random.default_rng(3)
    h, w = 1100, 1530
    pixels = rng.integers(243, 248, (h, w, 3), np.uint8)
    y, x = np.indices((h, w))
    island = ((x - 400) / 260) ** 2 + ((y - 500) / 190) ** 2 < 1
    island |= ((x - 1216) / 70) ** 2 + ((y - 896) / 70) ** 2 < 1
    tissue = np.stack([rng.integers(lo, lo + 60, (h, w)) for lo in (150, 60, 120)], -1).astype(np.uint8)
    pixels[island] = tissue[island]
    return write_slide(os.path.join(folder, "islands.tif"), pixels, TILE), pixels


def tiles_of(mask, tile):
    """The tiles of a mask that show some of it, as a mask of pixels."""
    shown = np.zeros_like(mask)
    for y in range(0, mask.shape[0], tile):
        for x in range(0, mask.shape[1], tile):
            shown[y:y + tile, x:x + tile] = mask[y:y + tile, x:x + tile].any()
    return shown


def decoded(stats):
    return [p["decoded_tiles"] for p in stats["passes"]] or [stats["decoded_tiles"]]


def islands(folder):
    path, pixels = painted(folder)
    chain = ("tissue as t | cast:dtype=uint8,from=@source as rgb | gaussian:sigma=6,from=@source as s | rgb2gray | threshold:value=0.55 as m")
    names = ("--write", "t,rgb,s,m", *RAW)
    free = statistics(path, chain, os.path.join(folder, "free"), *names)
    whole = images(os.path.join(folder, "free"))
    shown = tiles_of(whole["t"] > 0, TILE)
    expect(0.1 < shown.mean() < 0.6, "a part of the slide shows tissue", shown.mean())
    bytes_before = None
    for number, options in enumerate(([], ["--tile", 64, "--threads", 3], ["--tile", 4096, "--keep", "always"])):
        out = os.path.join(folder, "within%d" % number)
        stats = statistics(path, chain, out, "--within", "@t", *names, *options)
        got = images(out)
        for name in ("rgb", "s", "m"):
            expect(np.array_equal(got[name][shown], whole[name][shown]), "tiles with tissue are the same: " + name)
            outside = got[name][~shown]
            expect((whole[name][~shown] != outside).any() or name == "m", "elsewhere they are not: " + name)
            expect(len(np.unique(outside)) == 1, "one background: " + name, np.unique(outside)[:5])
            expect(outside.flat[0] == (0 if name != "rgb" else outside.max() if outside.max() > 230 else -1),
                   "background of " + name, outside.flat[0])
        most, least = max(decoded(stats)[1:]), len(tile_list(shown))  # the first pass makes the mask
        expect(least <= most < 0.5 * free["source_tiles"] and max(decoded(free)) == free["source_tiles"],
               "fewer tiles are decoded", (decoded(stats), least, free["source_tiles"]))
        content = wsitest.bytes_of(out)
        expect(bytes_before in (None, content), "the same bytes with %s" % options)
        bytes_before = content
    done("%d of %d tiles decoded, %d show tissue" % (most, free["source_tiles"], least))


def tile_list(shown):
    return [(y, x) for y in range(0, shown.shape[0], TILE) for x in range(0, shown.shape[1], TILE) if shown[y, x]]


def learnt(folder):
    """A reduction sees the tiles with tissue alone."""
    path, pixels = painted(folder)
    chain = "tissue as t | channel:index=1,from=@source as g | threshold_mean as m | label as l"
    values = {}
    for number, options in enumerate(([], ["--within", "@t"], ["--within", "@t", "--tile", "80", "--threads", "3"])):
        out = os.path.join(folder, "learnt%d" % number)
        wsitest.run(path, chain, out, "--write", "t,m,l", *options)
        values[number] = fits(out)["m"]["threshold"][0]
    shown = tiles_of(images(os.path.join(folder, "learnt0"))["t"] > 0, TILE)
    green = pixels[..., 1]
    expect(values[0] == filters.threshold_mean(green), "of the whole slide", values)
    expect(values[1] == values[2] == filters.threshold_mean(green[shown]), "of the tiles with tissue", values)
    expect(values[0] != values[1], "which is another", values)
    done("thresholds of the slide %g, of its tissue %g" % (values[0], values[1]))


def lower_level(folder):
    """A slide of several levels: few of its tiles are read for the mask, which a coarse level tells."""
    source = "synthetic:4000x3600,seed=5,levels=6,tile=64"
    chain = "tissue as t | gaussian:sigma=3,from=@source as s | rgb2gray | threshold:value=0.6 as m"
    free, within = (os.path.join(folder, n) for n in ("lower-free", "lower-within"))
    free_stats = statistics(source, chain, free, "--write", "m", *RAW)
    ran = wsitest.command("run", source, "-o", within, "--chain", chain, "--write", "m", *RAW, "--within", "@t", "--progress",
                          "none", "--log-level", "info", "--stats", within + ".json")
    expect("source tiles lie within @t" in ran.stderr, "how many tiles are worked on", ran.stderr)
    (line,) = [part for part in ran.stderr.split("\n") if "source tiles lie within" in part]
    words = line.split()
    tiles, all_tiles = int(words[words.index("of") - 1]), int(words[words.index("of") + 1])
    expect(0 < tiles < all_tiles, "some of them", line)
    with open(within + ".json", encoding="utf-8") as f:
        stats = json.load(f)
    last = stats["passes"][-1] if stats["passes"] else stats
    expect(tiles <= last["decoded_tiles"] < all_tiles, "not all tiles are decoded", (tiles, last["decoded_tiles"], all_tiles))
    expect(free_stats["source_tiles"] == all_tiles, "of all")
    levels = [p["level"] for p in stats["passes"]]
    expect(max(levels) >= 2 and levels[-1] == 0, "the mask's pass reads a lower level", levels)
    a, b = images(free)["m"], images(within)["m"]
    same = sum(np.array_equal(a[y:y + 64, x:x + 64], b[y:y + 64, x:x + 64])
               for y in range(0, 3600, 64) for x in range(0, 4000, 64))
    expect(same >= tiles and (b[a == 0] == 0).all(), "the same where there is tissue", (same, tiles))
    expect((b > 0).any(), "something found")
    done("%d of %d tiles shown, mask on level %d" % (tiles, all_tiles, max(levels)))


def real(folder):
    (path,) = wsitest.slides("CMU-1-Small-Region.svs")
    chain = "tissue as t | rgb2hed:from=@source | channel:index=0 as h"
    wsitest.run(path, chain, os.path.join(folder, "a"), "--write", "t,h")
    wsitest.run(path, chain, os.path.join(folder, "b"), "--write", "h", "--within", "@t")
    whole, within = images(os.path.join(folder, "a")), images(os.path.join(folder, "b"))
    shown = tiles_of(whole["t"] > 0, 240)
    expect(np.array_equal(within["h"][shown], whole["h"][shown]) and (within["h"][~shown] == 0).all(), "a real slide")
    done("a real slide: %.0f %% of it in tiles with tissue" % (100 * shown.mean()))


def pyramids(folder):
    """Tiles of JPEG are decoded as far as halos reach into them, and background is encoded once: on all levels."""
    path, _ = painted(folder)
    wsitest.run(path, "cast:dtype=uint8", os.path.join(folder, "jpeg"), "--format", "tiff", "--compression", "jpeg",
                "--out-tile", TILE)
    (source,) = (os.path.join(folder, "jpeg", n) for n in os.listdir(os.path.join(folder, "jpeg")) if n.endswith(".tif"))
    chain = "tissue:object_size=8 as t | cast:dtype=uint8,from=@source as rgb | gaussian:sigma=%d,from=@source as s"
    for sigma in (1, 40):  # halos of less than a tile, and of more
        for name, options in (("free", []), ("mask", ["--within", "@t"])):
            wsitest.run(source, chain % sigma, os.path.join(folder, name), "--write", "t,rgb,s", "--out-tile", 64,
                        "--overwrite", *options)
        free, mask = ([os.path.join(folder, name, n) for n in os.listdir(os.path.join(folder, name)) if n.endswith(".h5")]
                      for name in ("free", "mask"))
        with h5py.File(free[0]) as a, h5py.File(mask[0]) as b:
            # The mask is made on a lower level, so that it is not quite the one written.
            shown = tiles_of(ndimage.binary_erosion(a["t/0"][:] > 0, iterations=32), TILE)
            glass = ~tiles_of(ndimage.binary_dilation(a["t/0"][:] > 0, iterations=32), TILE)
            for level in range(len(a["s"])):
                step = 2**level
                for name in ("rgb", "s"):
                    inside, outside = shown[::step, ::step], glass[::step, ::step]
                    got, want = b["%s/%d" % (name, level)][:], a["%s/%d" % (name, level)][:]
                    if step <= TILE:
                        expect(np.array_equal(got[inside], want[inside]), "level %d of %s" % (level, name))
                        expect(len(np.unique(got[outside])) == 1, "one background on level %d of %s" % (level, name))
        wsitest.command("verify", mask[0])
    done("a pyramid of JPEG, and pyramids of results")


def much_glass(folder):
    """Long runs of tiles that are not read must not fill the queue of those that are."""
    h, w = 4608, 2048
    pixels = np.full((h, w, 3), 245, np.uint8)
    pixels[-700:, :900] = (170, 80, 140)
    path = write_slide(os.path.join(folder, "glass.tif"), pixels, 64)
    chain = "tissue as t | gaussian:from=@source,sigma=2 as s"
    for threads in (1, 2):
        wsitest.run(path, chain, os.path.join(folder, "glass"), "--write", "s", "--within", "@t", "--threads", threads,
                    "--overwrite")
        (smooth,) = images(os.path.join(folder, "glass")).values()
        expect((smooth[:3000] == 0).all() and (smooth[-500:, :700] > 0).all(), "glass above, tissue below")
    done("a slide that is mostly glass")


def as_planned(folder):
    """Plans show the passes that compute the mask, too."""
    path, _ = painted(folder)
    chain = "tissue as t | rgb2gray:from=@source | threshold:value=0.5 | label as s"
    how = ("--write", "s", "--within", "@t")
    out = os.path.join(folder, "planned")
    ran = wsitest.command("plan", path, "-o", out, "--chain", chain, "--json", *how)
    passes = statistics(path, chain, out, *how)["passes"]
    said, done_so = ([[p[name] for name in ("pass", "level", "reads", "feeds", "writes", "keeps")] for p in list_]
                     for list_ in (json.loads(ran.stdout)["pass_list"], passes))
    expect(said == done_so and said[0][3][0]["step"] == "t", "passes as planned", (said, done_so))
    done("plans")


def refused(folder):
    for name, words in (("@nowhere", "nowhere"), ("@s", "mask")):
        plan = wsitest.command("plan", "synthetic:500x500", "--chain", "gaussian:sigma=1 as s", "--within", name, status=2)
        expect(words in plan.stderr, "no plan either: " + name, plan.stderr)
        ran = wsitest.command("run", "synthetic:500x500", "-o", os.path.join(folder, "none"), "--chain",
                              "gaussian:sigma=1 as s", "--within", name, "--progress", "none", status=None)
        expect(ran.returncode == 2 and words in ran.stderr, "refused: " + name, (ran.returncode, ran.stderr))
        left = [f for f in wsitest.files_below(os.path.join(folder, "none")) if f != "summary.json"]
        expect(not left, "nothing written", left)
    done("what is no mask is refused")


with wsitest.scratch() as scratch:
    islands(scratch)
    learnt(scratch)
    lower_level(scratch)
    pyramids(scratch)
    much_glass(scratch)
    as_planned(scratch)
    refused(scratch)
    if data():
        real(scratch)
