#!/usr/bin/env python3
"""Every operation and several chains on real slides, whole images edges included, against scikit-image 0.26 on pixels
read by OpenSlide, tifffile or Pillow: exact where the operation is exact, else within 1e-6 of max(1, |reference|)."""
import json

import wsitest
from wsitest import compute, done, expect

wsitest.use_system_openslide()
np, openslide, tifffile, skimage = wsitest.need("numpy", "openslide", "tifffile", "skimage")
wsitest.need("PIL.Image", "h5py", "scipy.ndimage")
from skimage import color, exposure, filters, morphology, util  # noqa: E402

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


def channels(f):
    """f on each channel of an RGB image."""
    return lambda a: np.stack([f(a[..., c]) for c in range(a.shape[-1])], -1) if a.ndim == 3 else f(a)


def green(a):
    return a[..., 1]


def hed0(a):
    return color.rgb2hed(a)[..., 0]


def smooth(a, **how):
    return filters.gaussian(a, channel_axis=-1 if a.ndim == 3 else None, **how)


disk, box = morphology.disk, np.ones
GREEN = "channel:index=1"

# chain, reference on the RGB pixels, tolerance (0: same bits)
TABLE = [
    ("cast:dtype=uint8", lambda a: a, 0),
    ("cast:dtype=uint16", util.img_as_uint, 0),
    ("cast:dtype=float32", util.img_as_float32, 0),
    ("channel:index=2", lambda a: a[..., 2], 0),
    ("rgb2gray", color.rgb2gray, 1e-6),
    ("rgb2hed", color.rgb2hed, 1e-6),
    ("rgb2hed | hed2rgb", lambda a: color.hed2rgb(color.rgb2hed(a)), 1e-6),
    ("invert", util.invert, 0),
    ("rgb2gray | invert", lambda a: util.invert(color.rgb2gray(a)), 1e-6),
    ("rescale_intensity:in_range=[30,200],out_range=[0,1]",
     lambda a: exposure.rescale_intensity(a, in_range=(30, 200), out_range=(0, 1)), 1e-6),
    ("rgb2gray | rescale_intensity:in_range=[0.2,0.7],out_range=[-1,3]",
     lambda a: exposure.rescale_intensity(color.rgb2gray(a), in_range=(0.2, 0.7), out_range=(-1, 3)), 1e-6),
    ("rescale_intensity:in_range=[20,230]", lambda a: exposure.rescale_intensity(a, in_range=(20, 230)), 0),
    ("gaussian", lambda a: smooth(a), 1e-6),
    ("gaussian:sigma=2", lambda a: smooth(a, sigma=2), 1e-6),
    ("gaussian:sigma=7.3,mode=reflect", lambda a: smooth(a, sigma=7.3, mode="reflect"), 1e-6),
    ("rgb2gray | gaussian:sigma=2.5,truncate=3,mode=mirror",
     lambda a: smooth(color.rgb2gray(a), sigma=2.5, truncate=3, mode="mirror"), 1e-6),
    ("rgb2gray | sobel", lambda a: filters.sobel(color.rgb2gray(a)), 1e-6),
    ("sobel", channels(filters.sobel), 1e-6),
    ("median", channels(lambda a: filters.median(a, box((3, 3)))), 0),
    (GREEN + " | median:footprint=disk,radius=3", lambda a: filters.median(green(a), disk(3)), 0),
    ("rgb2gray | threshold:value=0.6", lambda a: color.rgb2gray(a) > 0.6, "near"),
    ("threshold:value=180", lambda a: a > 180, 0),
    ("erosion", channels(morphology.erosion), 0),
    ("dilation:footprint=disk,radius=4", channels(lambda a: morphology.dilation(a, disk(4))), 0),
    (GREEN + " | erosion:footprint=disk,radius=5", lambda a: morphology.erosion(green(a), disk(5)), 0),
    (GREEN + " | opening:footprint=disk,radius=3", lambda a: morphology.opening(green(a), disk(3)), 0),
    (GREEN + " | closing:footprint=disk,radius=5", lambda a: morphology.closing(green(a), disk(5)), 0),
    ("rgb2gray | closing:footprint=disk,radius=2", lambda a: morphology.closing(color.rgb2gray(a), disk(2)), 1e-6),
    ("threshold:value=180 | opening:footprint=disk,radius=3",
     channels(lambda a: morphology.opening(a > 180, disk(3))), 0),
    # chains
    ("gaussian:sigma=3 | gaussian:sigma=2", lambda a: smooth(smooth(a, sigma=3), sigma=2), 2e-6),
    ("rgb2gray | gaussian:sigma=1 | sobel | gaussian:sigma=4,mode=reflect",
     lambda a: smooth(filters.sobel(smooth(color.rgb2gray(a), sigma=1)), sigma=4, mode="reflect"), 2e-6),
    ("gaussian:sigma=2 | cast:dtype=uint8", lambda a: util.img_as_ubyte(smooth(a, sigma=2)), "rounding"),
]


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
    else:
        error = np.abs(ours.astype(np.float64) - reference) / np.maximum(1, np.abs(reference))
        expect(ours.dtype.kind == "f" and error.max() <= tolerance, what + ": within %g" % tolerance,
               "largest error %g at %s" % (error.max(), np.unravel_index(error.argmax(), error.shape)))


def differing(ours, reference, tolerance):
    where = np.argwhere(np.abs(ours.astype(float) - reference.astype(float)) > tolerance)
    return "%d of %d differ, first at %s" % (len(where), ours.size, where[:4].tolist())


def table(name):
    path, level, read = SOURCES[name]
    pixels = read(path)
    for chain, reference, tolerance in TABLE:
        near = color.rgb2gray(pixels) - 0.6 if tolerance == "near" else None
        (ours,) = compute(path, chain, "--level", level).values()
        agree(ours, np.asarray(reference(pixels)), tolerance, "%s: %s" % (name, chain), near)
    done("%s: %d chains" % (name, len(TABLE)))


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
    agree(got["nuclei"], morphology.opening(mask, disk(3)), 0, "nuclei")
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
    text = " ".join(chain for chain, _, _ in TABLE) + " multiply add mask"
    missing = [op for op in ops if op not in text]
    expect(not missing, "every operation has a case here", missing)


covered()
counted()
for source in SOURCES:
    reading(source)
for source in ("svs", "packbits", "deflate"):
    table(source)
for source in ("svs", "j2k", "jfif2"):
    graph(source)
