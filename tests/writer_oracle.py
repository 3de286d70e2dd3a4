"""Outputs reopened with other people's programs: tifffile, libtiff's tools, libvips, OpenSlide and h5py.

usage: writer_oracle.py TOOL_WRITEDEMO [PLUGIN_FOLDER]

tool-writedemo writes a known picture (tests/writer-pattern.h, same formula below) through every driver; pixels,
levels, resolution and metadata are then compared as those programs see them. Exit status 77: a library is missing.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
    import openslide
    import tifffile
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

MPP = 0.499
WIDTH, HEIGHT, TILE = 1000, 700, 256
TYPES = ["bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"]
SVS_TYPES = {("bool", 1), ("uint8", 1), ("uint8", 3)}
FORBIDDEN = ["xml", "XML", "DICOM"]
failures = []


def check(condition, text):
    if not condition:
        failures.append(text)
        print("FAILED:", text)


def picture(level, dtype, channels):
    """The test picture of a level as it is stored."""
    w, h = WIDTH, HEIGHT
    for _ in range(level):
        w, h = (w + 1) // 2, (h + 1) // 2
    x = (np.arange(w, dtype=np.int64) << level)[None, :, None]
    y = (np.arange(h, dtype=np.int64) << level)[:, None, None]
    c = np.arange(channels, dtype=np.int64)[None, None, :]
    t = (x * 2 + y * 3 + c * 29) % 511
    wave = np.where(t < 256, t, 510 - t)
    made = {
        "bool": lambda: np.where(wave > 127, 255, 0).astype(np.uint8),
        "uint8": lambda: wave.astype(np.uint8),
        "int8": lambda: (wave - 128).astype(np.int8),
        "uint16": lambda: (wave * 257).astype(np.uint16),
        "int16": lambda: (wave * 100 - 12800).astype(np.int16),
        "uint32": lambda: (x * 70000 + y + c).astype(np.uint32),
        "int32": lambda: (y - x * 70000 - c).astype(np.int32),
        "float32": lambda: wave.astype(np.float32) / np.float32(255),
        "float64": lambda: wave / 255.0,
    }[dtype]()
    return made[:, :, 0] if channels == 1 else made


class Demo:
    """Runs tool-writedemo in a scratch folder."""

    def __init__(self, tool, folder):
        self.tool, self.folder, self.count = tool, folder, 0

    def write(self, writer, codec, dtype, channels, suffix, *keys):
        self.count += 1
        path = os.path.join(self.folder, f"{self.count}{suffix}")
        command = [self.tool, path, writer, codec, dtype, str(channels), str(WIDTH), str(HEIGHT), str(TILE)]
        command += [f"mpp={MPP}", "objective=20", *keys]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return path


def same(found, want, lossy, text):
    if found.shape != want.shape:
        check(False, f"{text}: shape {found.shape} instead of {want.shape}")
    elif lossy:
        error = np.abs(found.astype(int) - want.astype(int)).mean()
        check(error < 6, f"{text}: mean error {error:.2f}")
    else:
        check(found.dtype == want.dtype and np.array_equal(found, want), f"{text}: pixels differ")


def check_resolution(page, level, text):
    unit = page.tags["ResolutionUnit"].value
    num, den = page.tags["XResolution"].value
    mpp = 10000 / (num / den)
    check(unit == 3 and abs(mpp - MPP * 2**level) < 1e-6, f"{text}: unit {unit}, {mpp} micrometres a pixel")


def check_generic(path, codec, dtype, channels):
    text = f"tiff {codec} {dtype} x {channels}"
    with tifffile.TiffFile(path) as tif:
        check(len(tif.pages) == 3, f"{text}: {len(tif.pages)} pages")
        for level, page in enumerate(tif.pages):
            page = page.aspage()
            same(page.asarray(), picture(level, dtype, channels), codec == "jpeg", f"{text} level {level}")
            check(page.is_tiled and page.is_reduced == (level > 0), f"{text}: tiled {page.is_tiled}")
            check_resolution(page, level, text)
            check(page.tags["Software"].value.startswith("wsiproc "), f"{text}: Software")
        description = tif.pages[0].description
        facts = json.loads(description)
        check(facts["provenance"]["note"].startswith("an xml"), f"{text}: provenance")
        check(not any(word in description for word in FORBIDDEN), f"{text}: description has a forbidden word")


def check_svs(path, codec, dtype, channels):
    text = f"svs {codec} {dtype} x {channels}"
    lossy = codec == "jpeg"
    with tifffile.TiffFile(path) as tif:
        baseline, thumbnail = tif.series
        check(tif.is_svs and len(baseline.levels) == 3, f"{text}: is_svs {tif.is_svs}, {len(baseline.levels)} levels")
        for level, item in enumerate(baseline.levels):
            same(item.asarray(), picture(level, dtype, channels), lossy, f"{text} level {level}")
            check(item.keyframe.is_tiled and not item.keyframe.is_reduced, f"{text}: level {level} is one to all readers")
            check_resolution(item.keyframe, level, text)
        check(tif.pages[1].index == thumbnail.keyframe.index and not thumbnail.keyframe.is_tiled, f"{text}: thumbnail")
        same(thumbnail.asarray(), picture(0, dtype, channels), lossy, f"{text}: thumbnail")
        for page in tif.pages:
            fields = tifffile.tifffile.svs_description_metadata(page.aspage().description)
            check(fields["Header"].startswith("Aperio Image") and f"\n{WIDTH}x{HEIGHT} " in fields["Header"], text)
            check(fields["AppMag"] == 20 and fields["MPP"] == MPP, f"{text}: {fields}")
            check(fields["Converter"].startswith("wsiproc "), f"{text}: converter")
            check(not any(word in fields["Header"].lower() for word in ("label", "macro")), f"{text}: {fields['Header']}")
        facts = json.loads(tifffile.tifffile.svs_description_metadata(tif.pages[0].description)["wsiproc"])
        check("|" in facts["chain"] and facts["provenance"]["note"].startswith("an xml"), f"{text}: provenance")


def check_ome(path, codec, dtype, channels):
    text = f"ome-tiff {codec} {dtype} x {channels}"
    with tifffile.TiffFile(path) as tif:
        check(tif.is_ome and tif.is_bigtiff, f"{text}: OME {tif.is_ome}, BigTIFF {tif.is_bigtiff}")
        check(len(tif.pages) == 1, f"{text}: {len(tif.pages)} pages in the main chain")
        series = tif.series[0]
        check(series.kind == "ome" and len(series.levels) == 3, f"{text}: {series.kind}, {len(series.levels)} levels")
        for level, item in enumerate(series.levels):
            same(item.asarray(), picture(level, dtype, channels), codec == "jpeg", f"{text} level {level}")
        image = tifffile.xml2dict(tif.ome_metadata)["OME"]
        pixels = image["Image"]["Pixels"]
        check(abs(pixels["PhysicalSizeX"] - MPP) < 1e-9, f"{text}: PhysicalSizeX")
        check(pixels["SizeC"] == channels, f"{text}: SizeC")
        check(image["Instrument"]["Objective"]["NominalMagnification"] == 20, f"{text}: objective")
        note = image["StructuredAnnotations"]["CommentAnnotation"]
        check(json.loads(note["Value"])["result"] == "result", f"{text}: annotation")


def check_hdf5(path, codec, dtype, channels):
    text = f"hdf5 {codec} {dtype} x {channels}"
    with h5py.File(path, "r") as f:
        check(f.attrs["complete"] == 1 and f.attrs["format"] == "wsiproc-hdf5", f"{text}: marks")
        check(json.loads(f.attrs["provenance"])["note"].startswith("an xml"), f"{text}: provenance")
        group = f["result"]
        check(abs(group.attrs["mpp_x"] - MPP) < 1e-12 and group.attrs["objective_power"] == 20, f"{text}: mpp")
        for level in range(3):
            data = group[str(level)]
            check(data.attrs["downsample"] == 2**level, f"{text}: downsample")
            same(data[()], picture(level, dtype, channels), False, f"{text} level {level}")


def all_formats(demo, plugin):
    for dtype in TYPES:
        for channels in (1, 3, 4):
            for codec in ("none", "deflate", "zstd", "lzw"):
                check_generic(demo.write("tiff", codec, dtype, channels, ".tif"), codec, dtype, channels)
            if (dtype, channels) in SVS_TYPES:
                for codec in ("none", "deflate", "lzw"):
                    check_svs(demo.write("svs", codec, dtype, channels, ".svs"), codec, dtype, channels)
            check_ome(demo.write("ome-tiff", "deflate", dtype, channels, ".ome.tif"), "deflate", dtype, channels)
            for codec in ("none", "deflate") + (("zstd",) if plugin else ()):
                check_hdf5(demo.write("hdf5", codec, dtype, channels, ".h5"), codec, dtype, channels)
    for channels in (1, 3):
        for subsampling in (444, 422, 420):
            keys = (f"subsampling={subsampling}", "quality=90", f"big={channels % 2}")
            check_generic(demo.write("tiff", "jpeg", "uint8", channels, ".tif", *keys), "jpeg", "uint8", channels)
            check_ome(demo.write("ome-tiff", "jpeg", "uint8", channels, ".ome.tif", *keys), "jpeg", "uint8", channels)
            check_svs(demo.write("svs", "jpeg", "uint8", channels, ".svs", *keys), "jpeg", "uint8", channels)


def jpeg_tags(demo):
    for subsampling, want in ((444, (1, 1)), (422, (2, 1)), (420, (2, 2))):
        path = demo.write("tiff", "jpeg", "uint8", 3, ".tif", f"subsampling={subsampling}", "icc=777")
        with tifffile.TiffFile(path) as tif:
            tags = tif.pages[0].tags
            check(tags["PhotometricInterpretation"].value == 6, "JPEG: photometric is not YCbCr")
            check(tags["YCbCrSubSampling"].value == want, f"JPEG: subsampling {tags['YCbCrSubSampling'].value}")
            check(tags["ReferenceBlackWhite"].value == (0, 1, 255, 1, 128, 1, 255, 1, 128, 1, 255, 1), "JPEG: 532")
            icc = bytes((i * 7) & 255 for i in range(777))
            check(bytes(tags["InterColorProfile"].value) == icc, "ICC profile")


def with_openslide(demo):
    for codec in ("jpeg", "deflate", "lzw", "none"):
        in_openslide(demo, "tiff", codec, 3)
        for channels in (1, 3):
            in_openslide(demo, "svs", codec, channels)


def in_openslide(demo, writer, codec, channels):
    vendor = {"tiff": "generic-tiff", "svs": "aperio"}[writer]
    path = demo.write(writer, codec, "uint8", channels, "." + writer, "subsampling=420")
    text = f"OpenSlide {writer} {codec} x {channels}"
    with openslide.OpenSlide(path) as slide:
        sizes = [picture(level, "uint8", 3).shape[1::-1] for level in range(3)]
        check(list(slide.level_dimensions) == sizes, f"{text}: levels {slide.level_dimensions}")
        check(slide.properties["openslide.vendor"] == vendor, f"{text}: vendor")
        mpp = slide.properties.get("openslide.mpp-x")  # generic TIFF has it from OpenSlide 4 on
        if mpp is None:
            mpp = 10000 / float(slide.properties["tiff.XResolution"])
        check(abs(float(mpp) - MPP) < 1e-4, f"{text}: {mpp} micrometres a pixel")
        for level, size in enumerate(sizes):
            if codec != "jpeg" and min(size) < TILE:
                # libtiff 4.5.0-6+deb12u4 garbles RGBA tiles that are larger than their image (its warning "raster
                # width adapted" says so), whoever wrote the file; OpenSlide reads all but JPEG that way.
                continue
            same(in_colour(slide.read_region((0, 0), level, size)), in_colour(picture(level, "uint8", channels)),
                 codec == "jpeg", f"{text} level {level}")
        if writer == "svs":
            check(slide.properties["openslide.objective-power"] == "20", f"{text}: objective power")
            check(list(slide.associated_images) == ["thumbnail"], f"{text}: {list(slide.associated_images)}")
            same(in_colour(slide.associated_images["thumbnail"]), in_colour(picture(0, "uint8", channels)),
                 codec == "jpeg", f"{text} thumbnail")


def in_colour(image):
    """Three samples a pixel, of a picture that OpenSlide gave or of an array."""
    if not isinstance(image, np.ndarray):
        return np.asarray(image.convert("RGB"))
    return image if image.ndim == 3 else np.repeat(image[:, :, None], 3, axis=2)


def with_vips(demo):
    if not shutil.which("vips"):
        print("libvips: not installed, left out")
        return
    raw = os.path.join(demo.folder, "vips.v")
    cases = [("tiff", f"page={level}", level) for level in range(3)]
    cases += [("ome-tiff", f"subifd={level - 1}", level) for level in range(3)]
    # Through OpenSlide, which garbles the smallest (above). (libvips 8.14 dies of any slide's thumbnail.)
    cases += [("svs", f"level={level}", level) for level in range(2)]
    for codec in ("jpeg", "deflate"):
        for writer, selector, level in cases:
            path = demo.write(writer, codec, "uint8", 3, ".tif")
            out = raw.replace(".v", ".raw")
            subprocess.run(["vips", "rawsave", f"{path}[{selector}]", out], check=True)
            want = picture(level, "uint8", 3)
            found = np.fromfile(out, np.uint8)
            if writer == "svs" and found.size % 4 == 0 and found.size // 4 == want.size // 3:
                found = found.reshape(-1, 4)[:, :3].flatten()  # from RGBA
            check(found.size == want.size, f"libvips {writer} {codec} {selector}: {found.size} bytes")
            if found.size == want.size:
                same(found.reshape(want.shape), want, codec == "jpeg", f"libvips {writer} {codec} {selector}")


def several_results(demo):
    path = demo.write("hdf5", "deflate", "uint8", 3, ".h5", "results=3", "icc=70000")
    with h5py.File(path, "r") as f:
        check(sorted(f.keys()) == ["result", "second", "third"], f"results: {list(f.keys())}")
        check(f["second/icc_profile"].shape == (70000,), "ICC profile beside the levels")
        for name in f:
            same(f[name]["1"][()], picture(1, "uint8", 3), False, f"result {name}")


def main():
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    plugin = sys.argv[2] if len(sys.argv) > 2 else None
    if plugin and os.environ.get("HDF5_PLUGIN_PATH") != plugin:
        os.environ["HDF5_PLUGIN_PATH"] = plugin  # read when the library starts: run again with it
        os.execv(sys.executable, [sys.executable] + sys.argv)
    with tempfile.TemporaryDirectory() as folder:
        demo = Demo(sys.argv[1], folder)
        all_formats(demo, plugin)
        jpeg_tags(demo)
        with_openslide(demo)
        with_vips(demo)
        several_results(demo)
        print(f"{demo.count} files, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
