#!/usr/bin/env python3
"""Outputs reopened with other software: h5py, tifffile, OpenSlide and libvips see the levels, types, scale and colours
that were written, every pyramid level is the 2x2 mean (or the nearest) of the one above, and `verify` notices damage."""
import os
import shutil
import subprocess

import wsitest
from wsitest import command, done, expect, halve, run

np, h5py, tifffile, openslide = wsitest.need("numpy", "h5py", "tifffile", "openslide")
VIPS, SHOW = wsitest.need_tool("vips"), wsitest.need_tool("openslide-show-properties")
SVS, TCGA, BOXES = wsitest.slides("CMU-1-Small-Region.svs", "tcga-cr-7395-01a-01-ts1.svs", "boxes.tiff")
CHAIN = "cast:dtype=uint8 as rgb | rgb2gray as gray | gaussian:sigma=2 as smooth | threshold:value=0.8 as mask"
NAMES = {"rgb": False, "gray": False, "smooth": False, "mask": True}  # name -> pyramid by nearest


def pyramid_is_right(levels, nearest, what, exact=True):
    for upper, lower in zip(levels, levels[1:]):
        expected = halve(upper, nearest)
        expect(lower.shape == expected.shape, "%s: level sizes" % what, (lower.shape, expected.shape))
        if upper.dtype.kind == "f":
            expect(np.abs(lower - expected).max() <= 1e-6, "%s: level is the 2x2 mean" % what)
        elif exact:
            expect(np.array_equal(lower, expected), "%s: level is the 2x2 %s" % (what, "nearest" if nearest else "mean"),
                   np.argwhere(lower != expected)[:5])


def hdf5(folder):
    for codec in ("deflate", "zstd", "none"):
        out = os.path.join(folder, codec)
        run(SVS, CHAIN, out, "--write", ",".join(NAMES), "--format", "hdf5", "--compression", codec)
        path = os.path.join(out, "CMU-1-Small-Region.h5")
        with h5py.File(path) as f:
            arrays = {}
            for name, nearest in NAMES.items():
                count = len([k for k in f[name] if k.isdigit()])
                expect(count >= 3, "%s: a pyramid" % name, list(f[name]))
                arrays[name] = [f[name][str(i)][()] for i in range(count)]
                pyramid_is_right(arrays[name], nearest, "hdf5 %s %s" % (codec, name))
                expect(f[name]["0"].chunks is not None, "%s: chunked" % name)
            attributes = {k: v for g in (f, f["rgb"], f["rgb"]["0"]) for k, v in g.attrs.items()}
            mpp = [float(np.ravel(v)[0]) for k, v in attributes.items() if "mpp" in k]
            expect(mpp and abs(mpp[0] - 0.499) < 1e-9, "mpp in the attributes", attributes)
        expect(np.array_equal(arrays["rgb"][0], wsitest.by_openslide(SVS)), "level 0 is the slide")
        expect(arrays["mask"][0].dtype == np.uint8 and set(np.unique(arrays["mask"][0])) == {0, 255}, "mask is 0 and 255")
        expect(arrays["smooth"][0].dtype == np.float32, "float result")
        private(path)
        done("HDF5 %s in h5py" % codec)


def private(path):
    """The slide's free text and its label picture stay at home."""
    with open(path, "rb") as f:
        content = f.read()
    for word in (b"CPAPERIOCS", b"ScanScope", b"User = ", b"label", b"macro"):
        expect(word not in content, "nothing of the source's free text: %s in %s" % (word, path))


def zstd_plugin(folder):
    """A plain h5dump reads zstd chunks through the filter plugin that is built along, where the path names it."""
    path = os.path.join(folder, "zstd", "CMU-1-Small-Region.h5")
    plugin = os.environ.get("HDF5_PLUGIN_PATH", "")
    if wsitest.shutil.which("h5dump"):
        argv = ["h5dump", "-d", "/mask/2", "-o", os.devnull, path]
        good = subprocess.run(argv, capture_output=True, env=dict(os.environ, HDF5_PLUGIN_PATH=plugin))
        expect(good.returncode == 0, "h5dump reads it with the plugin", good.stderr)
    done("zstd through the plugin")


def by_vips(path, page):
    """Bands' means of a page as libvips sees it."""
    made = subprocess.run([VIPS, "stats", "%s[page=%d]" % (path, page), path + ".csv"], capture_output=True, text=True)
    expect(made.returncode == 0, "libvips reads page %d of %s" % (page, path), made.stderr)
    with open(path + ".csv") as f:
        rows = [line.split() for line in f.read().replace(",", " ").split("\n") if line.strip()]
    os.remove(path + ".csv")
    return [float(row[4]) for row in rows[1:]]


def generic_tiff(folder):
    pixels = wsitest.by_openslide(SVS)
    for codec in ("jpeg", "deflate", "lzw", "zstd", "none"):
        out = os.path.join(folder, "tiff-" + codec)
        run(SVS, "cast:dtype=uint8 as rgb", out, "--format", "tiff", "--compression", codec, "--quality", "95")
        path = os.path.join(out, "CMU-1-Small-Region.rgb.tif")
        with tifffile.TiffFile(path) as tiff:
            levels = [page.asarray() for page in tiff.pages]
            check_pages(tiff, codec)
        pyramid_is_right(levels, False, "tiff " + codec, exact=codec != "jpeg")
        difference = np.abs(levels[0].astype(int) - pixels).mean()
        expect(difference <= (3 if codec == "jpeg" else 0), "tiff %s: the slide's pixels" % codec, difference)
        private(path)
        for page, level in enumerate(levels):
            means = by_vips(path, page)
            expect(np.abs(np.array(means) - level.mean((0, 1))).max() < 0.5, "libvips sees the same", (means, page))
        if codec in ("jpeg", "deflate", "lzw", "none"):
            in_openslide(path, levels, codec)
        done("TIFF %s in tifffile, libvips, OpenSlide" % codec)


def check_pages(tiff, codec):
    for number, page in enumerate(tiff.pages):
        tag = {t.name: t.value for t in page.tags}
        expect(page.is_tiled and tag["TileWidth"] % 16 == 0, "tiled")
        expect(bool(tag.get("NewSubfileType", 0) & 1) == (number > 0), "reduced levels say so", tag)
        expect(tag["ResolutionUnit"] == 3, "pixels a centimetre")
        x = tag["XResolution"]
        mpp = 1e4 / (x[0] / x[1])
        scale = tiff.pages[0].imagewidth / page.imagewidth
        expect(abs(mpp - 0.499 * scale) < 0.02 * scale, "scale of level %d" % number, mpp)
        if codec == "jpeg":
            expect(tag["PhotometricInterpretation"] == 6, "YCbCr in JPEG")
            expect("YCbCrSubSampling" in tag or tag.get(530), "subsampling stated", tag)
    description = tiff.pages[0].description.lower()
    expect("xml" not in description and "dicom" not in description and not description.startswith("aperio"),
           "a description that misleads no reader", description)


def in_openslide(path, levels, codec):
    with openslide.OpenSlide(path) as slide:
        expect(slide.level_count == len(levels), "OpenSlide: level count", slide.level_count)
        expect([d[::-1] for d in slide.level_dimensions] == [a.shape[:2] for a in levels], "OpenSlide: level sizes")
        expect(abs(float(slide.properties["openslide.mpp-x"]) - 0.499) < 1e-3, "OpenSlide: mpp")
    older = subprocess.run([SHOW, path], capture_output=True, text=True)
    expect("level-count: '%d'" % len(levels) in older.stdout and "tiff.XResolution: '20040.08" in older.stdout,
           "the distribution's OpenSlide", older.stdout + older.stderr)
    for level, pixels in enumerate(levels):
        off = np.abs(wsitest.by_openslide(path, level).astype(int) - pixels)
        expect(off.max() <= (4 if codec == "jpeg" else 0), "OpenSlide: colours of level %d" % level, off.max())


def other_types(folder):
    chains = {"u16": ("rgb2gray | cast:dtype=uint16 as r", np.uint16), "f32": ("rgb2gray as r", np.float32),
              "mask": ("rgb2gray | threshold:value=0.5 as r", np.uint8), "rgb16": ("cast:dtype=uint16 as r", np.uint16),
              "hed": ("rgb2hed as r", np.float32)}
    for name, (chain, dtype) in chains.items():
        for fmt, suffix in (("tiff", ".r.tif"), ("ome-tiff", ".r.ome.tif")):
            out = os.path.join(folder, fmt + name)
            files = run(BOXES, chain, out, "--format", fmt, "--compression", "deflate", "--out-tile", "64")
            expect("boxes" + suffix in files, "named after slide and result", files)
            run(BOXES, chain, out, "--format", "hdf5")
            reference = wsitest.results(os.path.join(out, "boxes.h5"))["r"]
            with tifffile.TiffFile(os.path.join(out, "boxes" + suffix)) as tiff:
                levels = [level.asarray() for level in tiff.series[0].levels]
            if levels[0].shape != reference.shape:
                levels = [np.moveaxis(a, 0, -1) if a.shape[0] == 3 else a for a in levels]
            expect(levels[0].dtype == dtype and np.array_equal(levels[0], reference), "%s %s" % (fmt, name))
            pyramid_is_right(levels, name == "mask", "%s %s" % (fmt, name))
        done("types in TIFF: " + name)


def ome(folder):
    out = os.path.join(folder, "ome")
    run(SVS, "cast:dtype=uint8 as rgb", out, "--format", "ome-tiff", "--compression", "deflate")
    path = os.path.join(out, "CMU-1-Small-Region.rgb.ome.tif")
    with tifffile.TiffFile(path) as tiff:
        expect(tiff.is_ome and len(tiff.series) == 1 and len(tiff.pages) == 1, "OME: one image, levels in SubIFDs")
        levels = [level.asarray() for level in tiff.series[0].levels]
        expect(len(levels) >= 3, "OME: levels", len(levels))
        xml = tiff.ome_metadata
    for piece in ('PhysicalSizeX="0.499"', 'SizeX="2220"', 'SizeY="2967"', 'SizeC="3"', 'SamplesPerPixel="3"',
                  'NominalMagnification="20'):
        expect(piece in xml, "OME-XML has " + piece, xml)
    expect(np.array_equal(levels[0], wsitest.by_openslide(SVS)), "OME: pixels")
    pyramid_is_right(levels, False, "ome")
    made = subprocess.run([VIPS, "avg", path + "[subifd=0]"], capture_output=True, text=True)
    expect(made.returncode == 0 and abs(float(made.stdout) - levels[1].mean()) < 0.5, "libvips reads SubIFDs", made.stderr)
    private(path)
    for asked, stored in (((), (2, 1)), (("--subsampling", "444"), (1, 1)), (("--quality", "80"), (2, 2))):
        run(SVS, "cast:dtype=uint8 as rgb", out, "--format", "ome-tiff", "--compression", "jpeg", *asked)
        with tifffile.TiffFile(path) as tiff:
            found = tiff.pages[0].tags["YCbCrSubSampling"].value
        expect(found == stored, "OME: 4:4:4, of which Bio-Formats makes false colours, on request alone", (asked, found))
    done("OME-TIFF in tifffile and libvips")


def svs(folder):
    """Opened as Aperio's: objective power and scale, the lower levels, a thumbnail that is one of them."""
    pixels = wsitest.by_openslide(SVS)
    for codec in ("jpeg", "deflate", "lzw", "none"):
        out = os.path.join(folder, "svs-" + codec)
        files = run(SVS, "cast:dtype=uint8 as rgb", out, "--format", "svs", "--compression", codec, "--quality", "95")
        expect("CMU-1-Small-Region.rgb.svs" in files, "named after slide and result", files)
        path = os.path.join(out, "CMU-1-Small-Region.rgb.svs")
        with tifffile.TiffFile(path) as tiff:
            expect(tiff.is_svs and len(tiff.series) == 2, "svs: levels and a thumbnail", tiff.series)
            levels = [level.asarray() for level in tiff.series[0].levels]
            thumbnail = tiff.series[1].asarray()
        pyramid_is_right(levels, False, "svs " + codec, exact=codec != "jpeg")
        difference = np.abs(levels[0].astype(int) - pixels).mean()
        expect(difference <= (3 if codec == "jpeg" else 0), "svs %s: the slide's pixels" % codec, difference)
        private(path)
        in_openslide(path, levels, codec)
        as_aperio(path, codec, thumbnail)
        info = wsitest.info(path)
        expect((info["vendor"], info["objective"], info["mpp_x"], info["mpp_y"]) == ("aperio", 20, 0.499, 0.499),
               "read back", info)
        again = run(SVS, "cast:dtype=uint8 as rgb", out, "--format", "svs", "--compression", codec, "--quality", "95")
        expect(again == files, "made once")
        done("SVS %s in tifffile, OpenSlide and here" % codec)
    among_slides(os.path.join(folder, "svs-lzw"))
    scales(os.path.join(folder, "svs-scales"))
    refused(os.path.join(folder, "svs-refused"))


def among_slides(out):
    """A folder's outputs are told from scanners' slides of the same extension, but not when they are damaged."""
    path, slide = os.path.join(out, "CMU-1-Small-Region.rgb.svs"), os.path.join(out, "source.svs")
    shutil.copyfile(SVS, slide)
    said = command("verify", out).stdout
    expect(path in said and slide not in said, "the slide is passed over", said)
    command("verify", slide, status=8)
    size = os.path.getsize(path)
    with open(path, "r+b") as f:
        whole = f.read()
        f.truncate(size * 2 // 3)
        expect(path in command("verify", out, status=8).stderr, "a cut output is none")
        f.seek(0)
        f.write(whole)
    command("verify", out)
    os.remove(slide)
    done("SVS among slides")


def as_aperio(path, codec, thumbnail):
    with openslide.OpenSlide(path) as slide:
        found = {key: slide.properties.get("openslide." + key) for key in ("vendor", "objective-power", "mpp-x", "mpp-y")}
        expect(found == {"vendor": "aperio", "objective-power": "20", "mpp-x": "0.499", "mpp-y": "0.499"}, "OpenSlide",
               found)
        expect(slide.properties["aperio.Source Vendor"] == "aperio", "the source's vendor", dict(slide.properties))
        expect(slide.properties["aperio.Converter"].startswith("wsiproc "), "who converted it")
        expect(list(slide.associated_images) == ["thumbnail"], "no label, no macro", list(slide.associated_images))
        shown = np.asarray(slide.associated_images["thumbnail"].convert("RGB"))
        expect(np.abs(shown.astype(int) - thumbnail).max() <= (4 if codec == "jpeg" else 0), "the thumbnail's colours")
        level = next(k for k, size in enumerate(slide.level_dimensions) if max(size) <= 1024)
        expect(shown.shape[1::-1] == slide.level_dimensions[level], "the thumbnail is the first level that is small")
        expect(level == slide.level_count - 1, "none is smaller: Bio-Formats drops the smallest for the thumbnail", level)
    off = np.abs(wsitest.by_openslide(path, level).astype(int) - shown)
    expect(off.mean() <= (3 if codec == "jpeg" else 0), "the thumbnail is that level", off.mean())


def scales(out):
    """AppMag and MPP are those of what is written: of a chain that shrinks, of a lower level, of a slide of another mpp."""
    lower = os.path.join(out, "CMU-1-Small-Region.rgb.svs")
    run(SVS, "cast:dtype=uint8 as rgb", out, "--format", "svs")
    cases = ((SVS, ("cast:dtype=uint8 | downscale_local_mean:factors=4 | cast:dtype=uint8 as r",), 5, 1.996),
             (SVS, ("cast:dtype=uint8 | downscale_local_mean:factors=8 | cast:dtype=uint8 as r",), 2.5, 3.992),
             (SVS, ("cast:dtype=uint8 as r", "--mpp-override", "0.25"), 20, 0.25),
             (lower, ("cast:dtype=uint8 as r", "--level", "1"), 10, 0.998),
             (lower, ("cast:dtype=uint8 as r", "--mpp", "2"), 5, 1.996))
    for number, (source, chain, power, mpp) in enumerate(cases):
        made = os.path.join(out, str(number))
        files = run(source, chain[0], made, "--format", "svs", *chain[1:])
        with openslide.OpenSlide(os.path.join(made, next(f for f in files if f.endswith(".svs")))) as slide:
            found = float(slide.properties["aperio.AppMag"]), float(slide.properties["aperio.MPP"])
        expect(found[0] == power and abs(found[1] / mpp - 1) < 1e-3, "scale of %s" % (chain,), found)
    run(TCGA, "cast:dtype=uint8 as r", out, "--format", "svs", "--level", "1")
    with tifffile.TiffFile(os.path.join(out, "tcga-cr-7395-01a-01-ts1.r.svs")) as tiff:
        fields = tifffile.tifffile.svs_description_metadata(tiff.pages[0].description)
        expect("AppMag" not in fields and "MPP" not in fields, "nothing where nothing is known", fields)
    done("scale of SVS")


def refused(out):
    """One line, before anything runs."""
    for chain, what in (("rgb2gray | threshold_otsu | label", "uint32 of 1"), ("gaussian:sigma=1", "float32 of 3")):
        said = command("run", SVS, SVS, "-o", out, "--chain", chain, "--format", "svs", status=2)
        expect(said.stderr.count("\n") == 1 and what in said.stderr and not said.stdout, "what svs cannot hold", said.stderr)
    said = command("run", SVS, "-o", out, "--chain", "invert", "--format", "svs", "--compression", "zstd", status=2)
    expect("it takes none, deflate, lzw, jpeg" in said.stderr and not os.path.exists(out), "no zstd", said.stderr)
    done("what SVS refuses")


def icc(folder):
    with tifffile.TiffFile(TCGA) as tiff:
        profile = tiff.pages[0].tags[34675].value
    files = run(TCGA, "cast:dtype=uint8 as rgb", folder, "--format", "tiff", "--compression", "deflate", "--level", "1")
    with tifffile.TiffFile(os.path.join(folder, [f for f in files if f.startswith("tcga")][0])) as tiff:
        expect(tiff.pages[0].tags[34675].value == profile, "ICC profile carried")
    done("ICC profile")


def verify(folder):
    for name in wsitest.files_below(folder):
        if not name.endswith((".h5", ".tif", ".svs")):
            continue
        path = os.path.join(folder, name)
        command("verify", path)
        with open(path, "r+b") as f:
            f.seek(os.path.getsize(path) // 3)
            byte = f.read(1)
            f.seek(-1, os.SEEK_CUR)
            f.write(bytes([byte[0] ^ 0x10]))
        damaged = command("verify", path, status=None)
        expect(damaged.returncode == 8, "verify notices a changed byte in %s" % name,
               (damaged.returncode, damaged.stdout, damaged.stderr))
        with open(path, "r+b") as f:
            f.seek(os.path.getsize(path) // 3)
            f.write(byte)
            f.truncate(os.path.getsize(path) - 100)
        command("verify", path, status=8)
    command("verify", BOXES, status=8)
    done("verify")


def main():
    with wsitest.scratch() as folder:
        hdf5(folder)
        zstd_plugin(folder)
        generic_tiff(folder)
        other_types(folder)
        ome(folder)
        svs(folder)
        icc(folder)
        verify(folder)


main()
