"""Compares what the readers deliver with tifffile, OpenSlide and Pillow, pixel by pixel.

usage: reader_oracle.py TOOL DATA [--list-refused]

TOOL is the build's tool-readdump; DATA holds slides/ and corpus-tiff/. Every file must either equal its reference on
every level or, in the corpus, be refused as not supported for one of the reasons below. Exit status 0, 1 on a
difference, 77 when a Python package or the data is missing.
"""
import io
import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import tifffile
    from PIL import Image
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)
try:
    import openslide
except ImportError:
    openslide = None

# Why a valid file of the corpus may be refused: part of the message.
REFUSALS = (
    "CMYK", "CIE L*a*b*", "old-style JPEG", "fax", "SGI log", "this sample type", "YCbCr outside JPEG",
    "white-is-zero with floating-point", "a palette image of this kind", "this photometric interpretation",
)
# Colours of slides/j2k/rgb_nomct.j2k as any JPEG 2000 decoder has them.
RGB_NOMCT_MEAN = (123.609375, 131.484375, 145.90625)
# Files of valid/ that are cut short all the same: tifffile and two of libtiff's three tools fail on them, too.
TRUNCATED = ("imagetiff__sample-get-lzw-stuck.tiff",)


def run(tool, *args):
    return subprocess.run([tool, *map(str, args)], capture_output=True, timeout=120)


def dump(tool, path, info, index):
    level = info["levels"][index]
    done = run(tool, path, index)
    if done.returncode:
        return done.stderr.decode(errors="replace").strip()
    shape = (level["h"], level["w"], info["channels"])
    return np.frombuffer(done.stdout, info["dtype"]).reshape(shape)


def jfif_page(page):
    """Tiles that are whole JPEG files: each decoded on its own by Pillow, which heeds JFIF and Adobe markers."""
    out = np.full((page.imagelength, page.imagewidth, 3), 255, np.uint8)
    across = -(-page.imagewidth // page.tilewidth)
    handle = page.parent.filehandle
    for i, (offset, size) in enumerate(zip(page.dataoffsets, page.databytecounts)):
        handle.seek(offset)
        tile = np.asarray(Image.open(io.BytesIO(handle.read(size))).convert("RGB"))
        y, x = i // across * page.tilelength, i % across * page.tilewidth
        h, w = min(page.tilelength, out.shape[0] - y), min(page.tilewidth, out.shape[1] - x)
        out[y:y + h, x:x + w] = tile[:h, :w]
    return out


def is_jfif(page):
    if page.compression != 7 or not page.is_tiled or page.jpegtables is not None:
        return False
    handle = page.parent.filehandle
    handle.seek(page.dataoffsets[0])
    return handle.read(11)[6:10] == b"JFIF"


def normalise(page, pixels):
    """tifffile's array to height x width x channels, as the reader delivers it."""
    if pixels.ndim == 2:
        pixels = pixels[:, :, None]
    elif page.planarconfig == 2 and pixels.shape[0] == page.samplesperpixel:
        pixels = np.moveaxis(pixels, 0, -1)
    bits = page.bitspersample
    if pixels.dtype == bool:
        pixels = pixels.astype(np.uint8)
    if page.photometric == 3 and page.colormap is not None:
        table = page.colormap
        table = (table >> 8 if table.max() > 255 else table).astype(np.uint8)
        return np.moveaxis(table[:, pixels[:, :, 0]], 0, -1)
    if bits < 8:
        pixels = (pixels.astype(np.uint16) * (255 // (2 ** bits - 1))).astype(np.uint8)
    if page.photometric == 0 and pixels.dtype.kind in "iu":
        pixels = ~pixels
    return pixels


def page_pixels(page):
    if is_jfif(page):
        return jfif_page(page)
    return normalise(page, page.asarray())


def all_pages(tif):
    for page in tif.pages:
        page = page.aspage() if hasattr(page, "aspage") else page
        yield page
        yield from (page.pages or [])


def ome_planes(tif, info):
    """Main-chain pages that hold the channels at z = t = 0, by tifffile's own reading of the OME-XML."""
    if not tif.is_ome:
        return None
    series = tif.series[0]
    if "C" not in series.axes or series.pages[0].samplesperpixel * series.sizes.get("C", 1) == info["channels"] == \
            series.pages[0].samplesperpixel:
        return None
    order = [a for a in series.axes if a not in "YXS"]
    sizes = [series.shape[series.axes.index(a)] for a in order]
    index = np.arange(int(np.prod(sizes))).reshape(sizes)
    for axis in "ZT":
        if axis in order:
            index = index.take(0, axis=order.index(axis))
            order.remove(axis)
    return [series.pages[int(i)].aspage() for i in index.ravel()]


def tiff_reference(path, info, index):
    level = info["levels"][index]
    size = (level["h"], level["w"])
    with tifffile.TiffFile(path) as tif:
        planes = ome_planes(tif, info)
        if planes and len(planes) > 1:
            chosen = planes if index == 0 else [p.pages[index - 1] for p in planes]
            return np.concatenate([page_pixels(p) for p in chosen], axis=2)
        for page in all_pages(tif):
            if (page.imagelength, page.imagewidth) == size and (index == 0 or page is not tif.pages[0]):
                if info["vendor"] != "aperio" or page.is_tiled:
                    return page_pixels(page)
    return None


def openslide_reference(path, info, index):
    with openslide.OpenSlide(str(path)) as slide:
        size = slide.level_dimensions[index]
        rgba = np.asarray(slide.read_region((0, 0), index, size)).astype(np.uint16)
    alpha = rgba[:, :, 3:]
    return ((rgba[:, :, :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def reference(path, info, index):
    if info["driver"] == "openslide" or (info["vendor"] == "aperio" and openslide):
        return openslide_reference(path, info, index)
    return tiff_reference(path, info, index)


def compare(mine, theirs, slack):
    if isinstance(mine, str):
        return mine
    if theirs is None:
        return "no reference"
    if mine.shape != theirs.shape:
        return f"shape {mine.shape}, expected {theirs.shape}"
    if mine.dtype != theirs.dtype and mine.dtype != theirs.dtype.newbyteorder("="):
        return f"type {mine.dtype}, expected {theirs.dtype}"
    same = np.array_equal(mine, theirs, equal_nan=mine.dtype.kind == "f")
    if same:
        return ""
    gap = np.abs(mine.astype(np.float64) - theirs.astype(np.float64))
    if np.nanmax(gap) <= slack:
        return ""
    return f"differs: {np.count_nonzero(gap > 0)} of {mine.size} samples, at most {np.nanmax(gap):g}"


def check(tool, path):
    """('same' | 'refused' | 'wrong', text)"""
    done = run(tool, path)
    if done.returncode:
        return "refused", done.stderr.decode(errors="replace").strip()
    info = json.loads(done.stdout.decode(errors="replace"), strict=False)
    for index in range(len(info["levels"])):
        mine = dump(tool, path, info, index)
        try:
            theirs = reference(path, info, index)
        except Exception as error:  # the reference reader gives up on some odd files
            theirs = None
            if not isinstance(mine, str):
                return "unchecked", f"level {index}: {type(error).__name__}: {error}"
        if path.name in TRUNCATED and isinstance(mine, str) and "input corrupt" in mine:
            return "fairly refused", mine
        # Releases of OpenJPEG round a few samples in millions differently.
        text = compare(mine, theirs, 1 if info["levels"][index]["compression"] == "jpeg2000" else 0)
        if text:
            return "wrong", f"level {index}: {text}"
    return "same", f"{len(info['levels'])} levels"


def code_for_ycbcr(tool, data):
    """Aperio's code for YCbCr in JPEG 2000 means it, except where Bio-Formats wrote it for RGB. '' or what is wrong."""
    codestream = (data / "slides" / "j2k" / "rgb_nomct.j2k").read_bytes()
    shown = []
    with tempfile.TemporaryDirectory() as folder:
        for number, software in enumerate(("Aperio", "OME Bio-Formats 7.3.1")):
            path = pathlib.Path(folder) / f"{number}.tif"
            with tifffile.TiffWriter(path) as tif:
                tif.write(iter([codestream]), shape=(12, 16, 3), dtype=np.uint8, rowsperstrip=12, compression=33003,
                          photometric="rgb", software=software, metadata=None)
            shown.append(dump(tool, path, json.loads(run(tool, path).stdout), 0))
    if any(isinstance(s, str) for s in shown):
        return str(shown)
    means = np.array([s.mean((0, 1)) for s in shown])
    want = np.array(RGB_NOMCT_MEAN)
    if np.abs(means[1] - want).max() > 1e-3 or np.abs(means[0] - want).max() < 5:
        return f"means {means.tolist()}"
    return ""


def main():
    tool, data = sys.argv[1], pathlib.Path(sys.argv[2])
    show = "--list-refused" in sys.argv
    slides = [p for p in sorted((data / "slides").glob("*")) if p.suffix in (".svs", ".tif", ".tiff", ".ndpi")]
    corpus = sorted((data / "corpus-tiff" / "valid").glob("*"))
    if not slides:
        print(f"skipped: no slides in {data}")
        return 77
    counts, bad = {}, 0
    for path in slides + corpus:
        verdict, text = check(tool, path)
        if verdict == "refused" and path in corpus and any(r in text for r in REFUSALS):
            verdict = "fairly refused"
        counts[verdict] = counts.get(verdict, 0) + 1
        if verdict in ("wrong", "refused") or (show and verdict != "same"):
            print(f"{path.name}: {verdict}: {text}")
        bad += verdict in ("wrong", "refused")
    text = code_for_ycbcr(tool, data)
    if text:
        print(f"JPEG 2000 by code 33003: {text}")
        bad += 1
    print(", ".join(f"{n} {verdict}" for verdict, n in sorted(counts.items())))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
