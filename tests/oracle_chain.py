#!/usr/bin/env python3
"""Every operation and several chains on real slides, whole images edges included, against scikit-image 0.26 on pixels
read by OpenSlide, tifffile or Pillow: exact where the operation is exact, else within 1e-6 of max(1, |reference|)."""
import glob
import importlib
import json
import os
import re

import wsitest
from wsitest import compute, done, expect

wsitest.use_system_openslide()
np, openslide, tifffile, skimage = wsitest.need("numpy", "openslide", "tifffile", "skimage")
wsitest.need("PIL.Image", "h5py", "scipy.ndimage")
from oracle_table_basic import hed0, smooth  # noqa: E402
from skimage import color, morphology  # noqa: E402

expect(skimage.__version__.startswith("0.26"), "scikit-image 0.26", skimage.__version__)
SVS, TCGA, NDPI, JFIF, JFIF2, KATHER, ASAP, BOXES = wsitest.slides(
    "CMU-1-Small-Region.svs", "tcga-cr-7395-01a-01-ts1.svs", "test3-DAPI-2-(387).ndpi", "OS-1-detail.ome.tif",
    "OS-2-ndpi.ome.tif", "kather1.tif", "asap-bigtiff-lzw-pyramid.tif", "boxes.tiff")

# name -> (path, level, how other software reads it)
SOURCES = {
    "svs": (SVS, 0, wsitest.by_openslide),
    "j2k": (TCGA, 1, lambda p: wsitest.by_openslide(p, 1)),
    "ndpi": (NDPI, 2, lambda p: wsitest.by_openslide(p, 2)),
    "jfif": (JFIF, 0, wsitest.by_jfif_tiles),
    "jfif2": (JFIF2, 0, wsitest.by_jfif_tiles),
    "packbits": (KATHER, 0, wsitest.by_tifffile),
    "lzw": (ASAP, 0, wsitest.by_tifffile),
    "deflate": (BOXES, 0, wsitest.by_tifffile),
}


def tables():
    """Rows of all oracle_table_FAMILY.py: (chain, reference on the RGB pixels, tolerance[, sources[, slide]]). tolerance
    0: same bits; "near", "rounding", "level" (one of 256): see agree; "rows": a table, see agree_rows. sources: names of SOURCES for
    references that take long; without: those of TABLE_SOURCES. slide: the one of SOURCES that is given as --reference,
    whose pixels the reference gets too."""
    names = sorted(os.path.basename(p)[:-3] for p in glob.glob(os.path.join(os.path.dirname(__file__), "oracle_table_*.py")))
    rows = [row for n in names for row in importlib.import_module(n).TABLE]
    return [row + (TABLE_SOURCES, None)[len(row) - 3:] for row in rows]


TABLE_SOURCES = ("svs", "packbits", "deflate")
TABLE = tables()


def agree(ours, reference, tolerance, what, near=None):
    expect(ours.shape == reference.shape, what + ": shape", (ours.shape, reference.shape))
    if reference.dtype == bool:
        expect(set(np.unique(ours)) <= {0, 255}, what + ": a mask holds 0 and 255")
        ours = ours == 255
    if tolerance == 0:
        expect(reference.dtype == ours.dtype, what + ": type", (ours.dtype, reference.dtype))
        expect(np.array_equal(ours, reference), what + ": same bits", differing(ours, reference, 0))
    elif tolerance == "near":  # a mask may differ only where the value stands at the threshold within 1e-6
        expect(not ((ours != reference) & (np.abs(near) > 1e-6)).any(), what, differing(ours, reference, 0))
    elif tolerance == "rounding":  # the last step rounds a value that is right within 1e-6
        off = ours.astype(int) - reference
        expect(np.abs(off).max() <= 1 and (off != 0).mean() < 1e-4, what, differing(ours, reference, 0))
    elif tolerance == "level":
        expect(ours.dtype == reference.dtype, what + ": type", (ours.dtype, reference.dtype))
        expect(np.abs(ours.astype(int) - reference).max() <= 1, what, differing(ours, reference, 1))
    else:
        error = np.abs(ours.astype(np.float64) - reference) / np.maximum(1, np.abs(reference))
        expect(ours.dtype.kind == "f" and error.max() <= tolerance, what + ": within %g" % tolerance,
               "largest error %g at %s" % (error.max(), np.unravel_index(error.argmax(), error.shape)))


def agree_rows(ours, reference, what):
    """A table against names of columns and what they hold, row by row."""
    names, rows = reference
    got = np.stack([ours[name] for name in names], axis=-1)
    expect(got.shape == rows.shape, what + ": rows and columns", (got.shape, rows.shape))
    wrong = ~np.isclose(got, rows, rtol=1e-6, atol=1e-6).all(axis=1)
    expect(len(rows) > 0 and not wrong.any(), what + ": rows", np.flatnonzero(wrong)[:4].tolist())


def differing(ours, reference, tolerance):
    where = np.argwhere(np.abs(ours.astype(float) - reference.astype(float)) > tolerance)
    return "%d of %d differ, first at %s" % (len(where), ours.size, where[:4].tolist())


def table(name):
    path, level, read = SOURCES[name]
    pixels = read(path)
    rows = [row for row in TABLE if name in row[3]]
    for chain, reference, tolerance, _, slide in rows:
        if tolerance == "rows":
            wanted = reference(pixels)
            for tile in (64, 1000):
                agree_rows(wsitest.rows_of(path, chain, "--level", level, "--tile", tile), wanted,
                           "%s: %s in tiles of %d" % (name, chain, tile))
            continue
        near = color.rgb2gray(pixels) - 0.6 if tolerance == "near" else None
        options = ("--reference", SOURCES[slide][0]) if slide else ()
        images = (pixels, SOURCES[slide][2](SOURCES[slide][0])) if slide else (pixels,)
        (ours,) = compute(path, chain, "--level", level, *options).values()
        agree(ours, np.asarray(reference(*images)), tolerance, "%s: %s" % (name, chain), near)
    done("%s: %d chains" % (name, len(rows)))


def reading(name):
    path, level, read = SOURCES[name]
    (ours,) = compute(path, "cast:dtype=uint8", "--level", level, "--compression", "none").values()
    agree(ours, read(path), 0, name + ": pixels")
    done("%s: pixels" % name)


def graph(name):
    """Named results, branches and second images; each result follows exactly from the ones before it."""
    path, level, read = SOURCES[name]
    pixels = read(path)
    chain = ("rgb2hed as hed | channel:index=0 | gaussian:sigma=2 as h | threshold:value=0.05 as mask0 | "
             "opening:footprint=disk,radius=3 as nuclei | mask:from=@h,mask=@nuclei as only | "
             "multiply:from=@h,other=@h as squared | add:from=@squared,other=0.25 as more | "
             "gaussian:from=@source,sigma=1 as s | add:other=@s as sum")
    got = compute(path, chain, "--level", level, "--write", "hed,h,mask0,nuclei,only,squared,more,s,sum")
    h = smooth(hed0(pixels), sigma=2)
    agree(got["hed"], color.rgb2hed(pixels), 1e-6, "hed")
    agree(got["h"], h, 1e-6, "h")
    agree(got["mask0"], h > 0.05, "near", "mask0", h - 0.05)
    mask = got["mask0"] == 255
    agree(got["nuclei"], morphology.opening(mask, morphology.disk(3)), 0, "nuclei")
    nuclei = got["nuclei"] == 255
    agree(got["only"], got["h"] * nuclei, 0, "only")
    agree(got["squared"], got["h"] * got["h"], 0, "squared")
    agree(got["more"], got["squared"] + np.float32(0.25), 0, "more")
    agree(got["s"], smooth(pixels, sigma=1), 1e-6, "s")
    agree(got["sum"], got["s"] + got["s"], 0, "sum")
    done("%s: graph with named results" % name)


def counted():
    """The nuclei chain of the demo finds exactly the nuclei that the synthetic slide says it has."""
    from scipy import ndimage
    source = "synthetic:2100x1900,seed=3"
    (mask,) = compute(source, "rgb2hed | channel:index=0 | gaussian:sigma=2 | threshold:value=0.08 | "
                              "opening:footprint=disk,radius=3").values()
    found, known = ndimage.label(mask)[1], wsitest.info(source)["nuclei"]
    expect(found == known > 100, "the synthetic slide's nuclei", (found, known))
    done("%d nuclei" % known)


def covered():
    """An operation that the table does not run is a hole in the proof."""
    ops = json.loads(wsitest.command("ops", "--json").stdout)
    ops = {op["name"] for op in (ops if isinstance(ops, list) else ops["operations"])}
    steps = re.split(r"[\s|:,]+", " ".join(row[0] for row in TABLE)) + ["multiply", "add", "mask"]
    missing = [op for op in ops if op not in steps]
    expect(not missing, "every operation has a case here", missing)


covered()
counted()
for source in SOURCES:
    reading(source)
for source in SOURCES:
    if any(source in row[3] for row in TABLE):
        table(source)
for source in ("svs", "j2k", "jfif2"):
    graph(source)
