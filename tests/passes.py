#!/usr/bin/env python3
"""Chains with several passes: the nuclei chain against scikit-image step by step on whole images in memory, a foretold
threshold that turns out wrong, components made to be hard to join, the known number of nuclei, and the same bytes
whatever tiles, threads, memory and what is kept between passes."""
import json
import os

import wsitest
from passes_common import NUCLEI, NUCLEI_NAMES, RAW, data, fits, images, statistics, table, write_slide
from wsitest import compute, done, expect

np, skimage = wsitest.need("numpy", "skimage")
wsitest.need("h5py", "tifffile", "scipy")
from ops_oracle_components import spiral  # noqa: E402
from scipy import ndimage  # noqa: E402
from skimage import filters, measure, morphology, segmentation  # noqa: E402

SOURCES = ["synthetic:701x633,seed=7", "synthetic:1500x1100,seed=3,tile=240"]
if data():
    SOURCES[0:0] = wsitest.slides("CMU-1-Small-Region.svs", "kather1.tif")
WHOLE = ("label", "num_pixels", "bbox-0", "bbox-1", "bbox-2", "bbox-3", "euler_number")
REAL = ("area", "centroid-0", "centroid-1", "equivalent_diameter_area", "extent", "axis_major_length",
        "axis_minor_length", "eccentricity", "perimeter", "perimeter_crofton", "intensity_mean", "intensity_max",
        "intensity_min", "intensity_std")


def same_rows(got, labels, intensity, what):
    names = {n.split("-")[0] for n in WHOLE + REAL}
    want = measure.regionprops_table(labels, intensity, properties=tuple(names))
    expect(len(want["label"]) > 0, what + ": objects")
    for name in WHOLE:
        expect(np.array_equal(got[name], want[name]), "%s: %s" % (what, name))
    for name in REAL:
        error = np.abs(got[name] - want[name]) / np.maximum(1, np.abs(want[name]))
        expect(error.shape == got[name].shape and error.max() <= 1e-6, "%s: %s" % (what, name), error.max())


def nuclei(source, folder):
    """Each step from our own result of the step before, so that every one is exact."""
    name = os.path.basename(source)
    out = os.path.join(folder, "nuclei")
    wsitest.run(source, NUCLEI, out, "--write", NUCLEI_NAMES, *RAW)
    got = images(out)
    value = filters.threshold_otsu(got["h"])
    expect(fits(out)["mask"]["threshold"] == [float(value)], name + ": threshold", (fits(out), value))
    mask = got["h"] > value
    expect(0.001 < mask.mean() < 0.999, name + ": a mask of both", mask.mean())
    opened = morphology.opening(mask, morphology.disk(3))
    kept = morphology.remove_small_objects(opened, max_size=64)
    labels = measure.label(kept)
    for step, want in (("mask", mask), ("opened", opened), ("kept", kept)):
        expect(np.array_equal(got[step] == 255, want), "%s: %s" % (name, step))
    expect((opened != kept).any() or source.startswith("synthetic"), name + ": small objects are removed")
    expect(got["nuclei"].dtype == np.uint32 and np.array_equal(got["nuclei"], labels), name + ": labels")
    (csv,) = [f for f in wsitest.files_below(out) if f.endswith(".csv")]
    same_rows(table(os.path.join(out, csv)), labels, got["h"], name)
    wsitest.shutil.rmtree(out)
    done("%s: %d nuclei, threshold %g" % (name, labels.max(), value))


def foretold_wrongly(folder):
    """Three levels, the middle one just below a bin's edge, within the width to which pixels are known when the
    threshold is foretold: it is foretold one bin too high, which puts the middle level on the other side."""
    y, x = np.indices((300, 420))
    high = 45000
    middle = 100 * high // 256
    pixels = np.where((x // 32 + y // 48) % 3 == 0, middle, high).astype(np.uint16)
    pixels[(x % 90 < 3) & (y % 80 < 4)] = 0
    path = write_slide(os.path.join(folder, "steps.tif"), pixels)
    chain = "cast:dtype=float32 as f | threshold_otsu as mask | label as l | measure as table"
    value = filters.threshold_otsu(pixels.astype(np.float32) / np.float32(65535))
    mask = pixels / 65535 > value
    expect(mask[pixels == middle].all() and not mask[pixels == 0].any(), "the middle level lies above the threshold")
    contents = []
    for number, options in enumerate((["--keep", "never"], ["--keep", "always", "--tile", "64", "--threads", "3"],
                                      ["--format", "tiff", "--write", "mask"])):
        out = os.path.join(folder, "steps%d" % number)
        write = [] if "--write" in options else ["--write", "f,mask,l,table"]
        stats = statistics(path, chain, out, *options, *write, *(RAW if write else ()))
        expect([p["wasted"] for p in stats["passes"]].count(True) == 1, "one pass in vain", stats["passes"])
        expect(fits(out)["mask"]["threshold"] == [float(value)], "threshold", (fits(out), value))
        left = [f for f in wsitest.files_below(out) if f.endswith(".part")]
        expect(not left, "nothing of what was in vain", left)
        if write:
            contents.append(wsitest.bytes_of(out))
    expect(len(contents) == 2 and contents[0] == contents[1], "the same bytes, kept or not")
    got = images(os.path.join(folder, "steps0"))
    expect(np.array_equal(got["mask"] == 255, mask), "mask")
    expect(np.array_equal(got["l"], measure.label(mask)), "labels")
    rows = table(os.path.join(folder, "steps0", "steps.table.csv"))
    expect(rows["num_pixels"].sum() == mask.sum(), "table")
    done("a threshold foretold wrongly is found")


def hard_masks():
    """Components across every tile of 128, and of 64."""
    y, x = np.indices((520, 650))
    corners = np.zeros((520, 650), bool)
    for at in range(63, 500, 64):
        corners[at:at + 2, at:at + 2] = True
        corners[at, 640 - at - 1] = corners[at + 1, 640 - at - 2] = True
    rng = np.random.default_rng(11)
    return {"spiral": spiral(640), "comb": (x % 2 == 0) | (y == 519), "comb down": (x % 2 == 0) | (y == 0),
            "full": np.ones((300, 500), bool), "empty": np.zeros((300, 500), bool), "checkerboard": (x + y) % 2 == 0,
            "diagonals": (x + y) % 7 == 0, "corners": corners, "noise": rng.random((520, 650)) < 0.593}


def components(folder):
    chain = ("cast:dtype=bool as m | label as eight | label:connectivity=1,from=@m as four | "
             "remove_small_objects:from=@m,max_size=40 as large | fill_holes:from=@m as filled | clear_border as inner")
    for name, mask in hard_masks().items():
        path = write_slide(os.path.join(folder, "hard.tif"), mask.astype(np.uint8) * 255)
        for tile, threads in ((64, 3), (4096, 2)):
            got = compute(path, chain, "--write", "eight,four,large,filled,inner", "--tile", tile, "--threads",
                          threads, "--out-tile", tile if tile == 64 else 256, *RAW)
            what = "%s in tiles of %d" % (name, tile)
            expect(np.array_equal(got["eight"], measure.label(mask)), what + ": label")
            expect(np.array_equal(got["four"], measure.label(mask, connectivity=1)), what + ": label of connectivity 1")
            large = morphology.remove_small_objects(mask, max_size=40)
            expect(np.array_equal(got["large"] == 255, large), what + ": remove_small_objects")
            filled = ndimage.binary_fill_holes(mask)
            expect(np.array_equal(got["filled"] == 255, filled), what + ": fill_holes")
            expect(np.array_equal(got["inner"] == 255, segmentation.clear_border(filled)), what + ": clear_border")
    done("%d hard masks" % len(hard_masks()))


def counted():
    """Chains that end in label | measure find exactly the nuclei that a slide says it has."""
    for source in ("synthetic:2100x1900,seed=3", "synthetic:4000x2600,seed=12,tile=512"):
        known = wsitest.info(source)["nuclei"]
        rows = wsitest.rows_of(source, NUCLEI, "--tile", 400)
        expect(len(rows["label"]) == known > 100, "nuclei of " + source, (len(rows["label"]), known))
        expect(np.array_equal(rows["label"], np.arange(1, known + 1)), "their numbers")
        done("%s: %d nuclei" % (source, known))


CHAINS = [
    (NUCLEI, NUCLEI_NAMES),
    ("rgb2gray as g | gaussian:sigma=1 | equalize_hist as e | canny as edges | "
     "distance_transform_edt as d | threshold_mean as far | label as l", "e,edges,d,far,l"),
    ("tissue as t | normalize_macenko:from=@source,mask=@t as n | rgb2gray as g | downscale_local_mean:factors=4 as small | "
     "threshold_otsu as m | logical_not | fill_holes as f | label as l | measure:intensity=@small as table", "n,small,f,l,table"),
]
SETTINGS = [(64, 1, "never", None), (300, 3, "always", None), (4096, 2, "auto", None), (64, 3, "always", "64M"),
            (97, 2, "never", "64M"), (4096, 1, "always", None)]


def output(source, chain, names, *options):
    with wsitest.scratch() as folder:
        wsitest.run(source, chain, folder, "--write", names, *RAW, *options)
        return wsitest.bytes_of(folder)


def same_bytes(source, settings):
    for chain, names in CHAINS:
        reference = output(source, chain, names)
        expect(len(reference) >= 2, "an image and fits", list(reference))
        for tile, threads, keep, memory in settings:
            options = ["--tile", tile, "--threads", threads, "--keep", keep] + (["--memory", memory] if memory else [])
            got = output(source, chain, names, *options)
            different = [n for n in reference if got.get(n) != reference[n]]
            expect(got == reference, "same bytes: %s of %s with %s" % (chain, source, options), different)
        pixels = [compute(source, chain, "--write", names, "--out-tile", tile, *RAW) for tile in (64, 256)]
        expect(pixels[0].keys() == pixels[1].keys() and len(pixels[0]) > 1, "results", pixels[0].keys())
        for name in pixels[0]:
            expect(np.array_equal(pixels[0][name], pixels[1][name]), "same pixels in output tiles of 64 and 256: " + name)
    done("%s: the same bytes for %d settings" % (os.path.basename(source), len(settings)))


def really_kept(folder):
    """--keep decides what is computed again: decoded tiles tell."""
    tiles = {}
    for keep in ("never", "always"):
        stats = statistics(SOURCES[-1], NUCLEI, os.path.join(folder, keep), "--keep", keep)
        tiles[keep] = sum(p["decoded_tiles"] for p in stats["passes"])
        expect(any(p["keeps"] for p in stats["passes"]) == (keep == "always"), "what --keep %s keeps" % keep, stats)
    expect(tiles["always"] < tiles["never"], "kept images save decoding", tiles)
    done("decoded tiles: %s" % tiles)


def as_planned(folder):
    """A plan made before the output folder is says what the run does; costs are told from parameters."""
    def whole_plan(chain, out, *options):
        ran = wsitest.command("plan", SOURCES[-1], "-o", out, "--chain", chain, "--json", *options)
        return json.loads(ran.stdout)

    def planned(*how):
        return whole_plan(*how)["pass_list"]

    what = ("pass", "reads", "feeds", "writes", "keeps")
    out = os.path.join(folder, "unmade")
    plan = planned(NUCLEI, out, "--write", "nuclei,h")
    passes = statistics(SOURCES[-1], NUCLEI, out, "--write", "nuclei,h")["passes"]
    said, done_so = ([[p[name] for name in what] for p in passes_] for passes_ in (plan, passes))
    expect(said == done_so, "passes as planned", (said, done_so))
    seconds = [sum(p["estimated_s"] for p in planned("rgb2gray | " + step, out))
               for step in ("sobel", "frangi:sigmas=[2]", "frangi", "denoise_nl_means")]
    expect(all(4 * a < 3 * b for a, b in zip(seconds, seconds[1:])), "what takes longer is said to", seconds)
    for chain in ("rgb2gray | threshold:value=0.5 | label as t", "channel:index=0 | h_maxima:h=20 as t",
                  "channel:index=0 | threshold:value=150 | label | measure as t"):
        foreseen = whole_plan(chain, out)["memory"]["planned"]
        used = statistics(SOURCES[-1], chain, out, "--overwrite")["memory"]["peak_pool_bytes"]
        expect(used <= foreseen, "the plan's memory holds what tables and labels take: " + chain, (used, foreseen))
    done("plans: %s s" % seconds)


with wsitest.scratch() as scratch:
    for slide in SOURCES:
        nuclei(slide, scratch)
    foretold_wrongly(scratch)
    components(scratch)
    really_kept(scratch)
    as_planned(scratch)
counted()
same_bytes(SOURCES[-2], SETTINGS)
same_bytes(SOURCES[0 if data() else -1], SETTINGS[:3])
