"""What the Python tests share: the program under test, its outputs as arrays, slides read by other software.

A test is a script: it prints what it checks and ends with status 0, 1 (with the reason) or 77 (skipped). WSIPROC
names the program, WSIPROC_TEST_DATA the folder with slides/ and corpus-tiff/, WSIPROC_SANITIZE the sanitizers it was
built with (empty for none).
"""
import contextlib
import importlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WSIPROC = os.environ.get("WSIPROC", os.path.join(ROOT, "build", "release", "cli", "wsiproc"))
DATA = os.environ.get("WSIPROC_TEST_DATA") or os.path.join(ROOT, "..", "shared")
SANITIZE = os.environ.get("WSIPROC_SANITIZE", "")


def skip(why):
    print("skipped: " + why)
    sys.exit(77)


def need(*modules):
    """The modules, or the test is skipped (tools/test makes the environment that has them)."""
    try:
        return [importlib.import_module(m) for m in modules]
    except ImportError as error:
        skip("Python has no %s (tests/requirements.txt)" % error.name)


def use_system_openslide():
    """The distribution's OpenSlide instead of the newer one of the environment: it decodes with the same libraries as
    wsiproc, so that even lossy JPEG 2000 has the same bits. Call before anything imports openslide."""
    sys.modules["openslide_bin"] = None


def need_tool(name):
    return shutil.which(name) or skip("no %s on this machine (tools/setup --test)" % name)


def slides(*names):
    """Paths of test slides; skips when the test data is not there."""
    folder = os.path.join(DATA, "slides")
    if not os.path.isdir(folder):
        skip("no test data in %s (WSIPROC_TEST_DATA)" % DATA)
    return [os.path.join(folder, n) for n in names]


checks = 0


def expect(condition, what, detail=""):
    global checks
    checks += 1
    if not condition:
        sys.exit("FAILED: %s\n%s" % (what, detail))


def done(what):
    print("ok: %s (%d checks so far)" % (what, checks), flush=True)


def command(*args, status=0, timeout=300, env=None, **options):
    """Runs wsiproc; fails the test unless it ends with that status (None: any)."""
    argv = [WSIPROC, *map(str, args)]
    result = subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=timeout,
                            env=dict(os.environ, **(env or {})), **options)
    if status is not None:
        expect(result.returncode == status, "exit status %s of: %s" % (status, " ".join(argv)),
               "got %d\n%s%s" % (result.returncode, result.stdout[-2000:], result.stderr[-4000:]))
    return result


def run(source, chain, folder, *options, **how):
    """wsiproc run, quietly. Returns the names of the files below folder."""
    command("run", source, "-o", folder, "--chain", chain, "--progress", "none", *options, **how)
    return files_below(folder)


def files_below(folder):
    """Names of everything below folder, but the job folder."""
    names = (os.path.relpath(os.path.join(d, n), folder) for d, _, files in os.walk(folder) for n in files)
    return sorted(n for n in names if not n.startswith(".wsiproc" + os.sep))


def info(source):
    return json.loads(command("info", source, "--json").stdout)


def bytes_of(folder):
    """name -> content of everything below folder, but the summaries, which hold times."""
    contents = {}
    for name in files_below(folder):
        if not (os.path.basename(name).startswith("summary.") and name.endswith(".json")):
            with open(os.path.join(folder, name), "rb") as f:
                contents[name] = f.read()
    return contents


@contextlib.contextmanager
def scratch():
    folder = tempfile.mkdtemp(prefix="wsiproc-test-")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def results(path, level=0):
    """Result name -> array of a level of an HDF5 output."""
    import h5py
    with h5py.File(path, "r") as f:
        return {name: f[name][str(level)][()] for name in f if isinstance(f[name], h5py.Group)
                and str(level) in f[name]}


def compute(source, chain, *options):
    """Runs a chain into HDF5 and returns result name -> whole array of level 0."""
    with scratch() as folder:
        files = [f for f in run(source, chain, folder, "--format", "hdf5", *options) if f.endswith(".h5")]
        expect(len(files) == 1, "one HDF5 output", files)
        return results(os.path.join(folder, files[0]))


def rows_of(source, chain, *options):
    """Runs a chain that ends in a table and returns column name -> numbers, from the CSV file."""
    import csv
    import numpy as np
    with scratch() as folder:
        files = [f for f in run(source, chain, folder, "--table-format", "csv", *options) if f.endswith(".csv")]
        expect(len(files) == 1, "one table", files)
        with open(os.path.join(folder, files[0]), newline="", encoding="utf-8") as f:
            header, *rows = csv.reader(f)
    return {name: np.array([float(row[c] or "nan") for row in rows]) for c, name in enumerate(header)}


# ---- Slides as other software reads them ------------------------------------------------------------------------

def by_openslide(path, level=0):
    import numpy as np
    import openslide
    with openslide.OpenSlide(path) as slide:
        rgba = np.array(slide.read_region((0, 0), level, slide.level_dimensions[level]))
    alpha = rgba[..., 3:].astype(np.uint16)
    return np.where(alpha == 255, rgba[..., :3], 255).astype(np.uint8)


def by_tifffile(path, page=0):
    import tifffile
    with tifffile.TiffFile(path) as tiff:
        return tiff.pages[page].asarray()


def by_jfif_tiles(path):
    """A TIFF whose tiles are whole JFIF files under a wrong photometric tag, decoded one by one."""
    import numpy as np
    import tifffile
    from PIL import Image
    with tifffile.TiffFile(path) as tiff:
        page = tiff.pages[0]
        out = np.zeros(page.shape, np.uint8)
        across = -(-page.imagewidth // page.tilewidth)
        for i, (offset, size) in enumerate(zip(page.dataoffsets, page.databytecounts)):
            tiff.filehandle.seek(offset)
            tile = np.array(Image.open(io.BytesIO(tiff.filehandle.read(size))))
            y, x = i // across * page.tilelength, i % across * page.tilewidth
            h, w = min(page.tilelength, out.shape[0] - y), min(page.tilewidth, out.shape[1] - x)
            out[y:y + h, x:x + w] = tile[:h, :w]
        return out


def halve(a, nearest):
    """The next pyramid level: 2x2 means of the pixels that exist, integers rounded half up; masks and labels take
    the top-left pixel."""
    import numpy as np
    if nearest:
        return a[::2, ::2]
    h, w = a.shape[:2]
    sums = np.zeros(((h + 1) // 2, (w + 1) // 2) + a.shape[2:], np.float64)
    counts = np.zeros(sums.shape[:2] + (1,) * (a.ndim - 2))
    for dy in (0, 1):
        for dx in (0, 1):
            part = a[dy::2, dx::2].astype(np.float64)
            sums[:part.shape[0], :part.shape[1]] += part
            counts[:part.shape[0], :part.shape[1]] += 1
    mean = sums / counts
    if a.dtype.kind in "ui":
        return np.floor(mean + 0.5).astype(a.dtype)
    return mean.astype(a.dtype)
