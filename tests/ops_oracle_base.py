"""What the families of ops_oracle.py share: the program under test, images, comparison."""
import json
import os
import subprocess
import tempfile

import numpy as np
from skimage import color, io

TYPES = ["bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"]


class Tool:
    """The program under test."""

    def __init__(self, path):
        self.path = path
        self.dir = tempfile.TemporaryDirectory()
        flags = open("/proc/cpuinfo").read() if os.path.exists("/proc/cpuinfo") else ""
        self.best = "avx512" if "avx512bw" in flags else "avx2" if "avx2" in flags else "plain"

    def put(self, name, image):
        """Writes an image to a file; what the program is given for it."""
        path = os.path.join(self.dir.name, name)
        image = np.ascontiguousarray(image)
        image.tofile(path)
        channels = image.shape[2] if image.ndim == 3 else 1
        return f"{path}:{image.dtype.name}:{image.shape[1]}x{image.shape[0]}x{channels}"

    def run(self, spec, *images, isa=None, tile=0, **options):
        """The result; None of an operation that makes a table only. Options: see tool-oprun.c; values may be images."""
        args = [self.put(f"in{i}", image) for i, image in enumerate(images)]
        out = os.path.join(self.dir.name, "out")
        given = [f"{key}={self.put(key, value) if isinstance(value, np.ndarray) else value}"
                 for key, value in options.items()]
        done = subprocess.run([self.path, isa or self.best, str(tile), spec, out, *given, *args],
                              capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{spec}: {done.stderr.strip()}")
        name, channels, width, height = done.stdout.split()
        if channels == "0":
            return None
        shape = (int(height), int(width)) + ((int(channels),) if int(channels) > 1 else ())
        return np.fromfile(out, name).reshape(shape)

    def fit(self, spec, *images, **options):
        """What an operation learns of the whole image: a dict of arrays, and the result."""
        path = os.path.join(self.dir.name, "fit")
        out = self.run(spec, *images, fit=path, **options)
        with open(path) as f:
            return {name: np.array(values) for name, values in json.load(f).items()}, out

    def table(self, spec, *images, **options):
        """The table of an operation on whole images: a dict of columns; outlines are lists of [hole, [x, y, ...]]."""
        path = os.path.join(self.dir.name, "table")
        self.run(spec, *images, table=path, **options)
        with open(path) as f:
            columns = json.load(f)["columns"]
        types = {"int": np.int64, "float": np.float64}
        return {name: np.array(column["values"], types[column["type"]]) if column["type"] in types else column["values"]
                for name, column in columns.items()}


def random_image(rng, dtype, shape):
    """Noise over the type's range, with flat patches and extremes."""
    if dtype == "bool":
        return rng.random(shape) < 0.6
    if dtype.startswith("float"):
        image = rng.uniform(-1, 1, shape).astype(dtype)
        image[rng.random(shape) < 0.1] = 0
        return image
    info = np.iinfo(dtype)
    image = rng.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)
    image[rng.random(shape) < 0.05] = info.max
    image[rng.random(shape) < 0.05] = info.min
    return image


def per_channel(function):
    """Applies a 2-D function to each channel."""
    def apply(image):
        if image.ndim == 2:
            return function(image)
        return np.stack([function(image[..., c]) for c in range(image.shape[2])], axis=-1)
    return apply


def double(image):
    """float32 as float64, so that the reference computes in float64."""
    return image.astype(np.float64) if image.dtype == np.float32 else image


class Checker:
    def __init__(self, tool, images, only):
        self.tool, self.images, self.only = tool, images, only
        self.checked = self.failed = 0
        self.worst = {}
        self.seen = set()

    def check(self, spec, reference, *images, exact=False, what="", tolerance=1e-6, cancels=False, options=None):
        """One spec on one set of images, in one piece and in tiles. cancels: on an image's own scale, sums of large
        values of both signs cancel: errors are measured against the largest value. options: of Tool.run."""
        op = spec.split(":")[0]
        self.seen.add(op)
        if self.only and op != self.only:
            return
        want = reference(*images)
        whole = self.tool.run(spec, *images, **(options or {}))
        tiled = self.tool.run(spec, *images, isa="plain", tile=37, threads=2, **(options or {}))
        self.checked += 1
        if whole.tobytes() != tiled.tobytes():
            self.fail(spec, what, "tiles on the plain instruction set differ from the whole image")
        self.compare(op, spec, what, whole, np.asarray(want), exact, tolerance, cancels)

    def compare(self, op, spec, what, got, want, exact, tolerance=1e-6, cancels=False):
        if got.shape != want.shape:
            return self.fail(spec, what, f"shape {got.shape}, not {want.shape}")
        if exact:
            if got.dtype != want.dtype:
                return self.fail(spec, what, f"type {got.dtype}, not {want.dtype}")
            wrong = ~((got == want) | ((got != got) & (want != want)))
            if wrong.any():
                at = tuple(np.argwhere(wrong)[0])
                self.fail(spec, what, f"{wrong.sum()} samples differ, first {at}: {got[at]}, not {want[at]}")
            return None
        cancels = cancels or "preserve_range" in spec or op in ("add", "subtract")
        scale = np.maximum(1, np.abs(want).max() if cancels else np.abs(want))
        if got.dtype.kind in "iu":  # levels are counted
            scale, got, want = 1, got.astype(float), want.astype(float)
        same = (got == want) | ((got != got) & (want != want))
        with np.errstate(invalid="ignore"):
            error = np.where(same, 0, np.abs(got.astype(np.float64) - want) / scale)
        self.worst[op] = max(self.worst.get(op, 0), float(error.max()))
        if not error.max() <= tolerance:
            at = np.unravel_index(np.argmax(error), error.shape)
            self.fail(spec, what, f"error {error.max():.3g} at {at}: {got[at]}, not {want[at]}")
        return None

    def fail(self, spec, what, message):
        self.failed += 1
        print(f"FAILED {spec} on {what}: {message}")

    def on(self, names, spec, reference, exact=False, tolerance=1e-6, cancels=False):
        for name in names:
            self.check(spec, reference, self.images[name], exact=exact, what=name, tolerance=tolerance,
                       cancels=cancels)


def read_images(data, rng):
    images = {}
    ihc, retina = (os.path.join(data, "slides", n) for n in ("ihc.png", "retina.jpg"))
    if os.path.exists(ihc):
        tissue = io.imread(ihc)[:, :, :3]
        images["tissue"] = tissue[100:233, 60:261]
        images["tissue gray"] = color.rgb2gray(tissue[40:171, 300:497])
        images["tissue mask"] = color.rgb2gray(tissue[200:340, 10:201]) > 0.6
    if os.path.exists(retina):
        eye = io.imread(retina)
        images["retina"] = eye[640:763, 580:741]
        images["retina green"] = np.ascontiguousarray(eye[400:507, 700:861, 1])
    for name in TYPES:
        images[name] = random_image(rng, name, (61, 83))
    images["uint8 rgb"] = random_image(rng, "uint8", (41, 53, 3))
    images["float32 rgb"] = random_image(rng, "float32", (41, 53, 3))
    images["uint16 4 channels"] = random_image(rng, "uint16", (23, 31, 4))
    for shape in ((1, 1), (1, 9), (7, 1), (3, 5), (2, 2)):
        images["x".join(map(str, shape))] = random_image(rng, "uint8", shape)
    return images


class Groups:
    """Names of images: all larger ones, tiny ones, those of three channels."""

    def __init__(self, images):
        self.small = [n for n in images if n[0].isdigit()]
        self.every = [n for n in images if n not in self.small]
        self.rgb = [n for n in self.every if images[n].ndim == 3 and images[n].shape[2] == 3]
        self.gray = [n for n in self.every if images[n].ndim == 2]
