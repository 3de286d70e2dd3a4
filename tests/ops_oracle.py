#!/usr/bin/env python3
"""Every operation against scikit-image 0.26, on crops of real tissue and on random pixels of every type.

usage: ops_oracle.py TOOL_OPRUN [--data DIR] [--op NAME] [--seed N]

Exact operations must give scikit-image's very values; the others must lie within 1e-6 of its float64 result,
relative to max(1, |reference|). Images run in one piece on the best instruction set and in tiles on the plain one.
Exits with 77 when scikit-image 0.26 is not there.
"""
import argparse
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import scipy.ndimage as ndi
    import skimage
    from skimage import color, exposure, filters, io, morphology, util
    assert skimage.__version__.startswith("0.26.")
except (ImportError, AssertionError):
    print("skipped: scikit-image 0.26 is not installed")
    sys.exit(77)

TYPES = ["bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"]


class Tool:
    """The program under test."""

    def __init__(self, path):
        self.path = path
        self.dir = tempfile.TemporaryDirectory()
        flags = open("/proc/cpuinfo").read() if os.path.exists("/proc/cpuinfo") else ""
        self.best = "avx512" if "avx512bw" in flags else "avx2" if "avx2" in flags else "plain"

    def run(self, spec, *images, isa=None, tile=0, store=None):
        args = []
        for i, image in enumerate(images):
            path = os.path.join(self.dir.name, f"in{i}")
            image = np.ascontiguousarray(image)
            image.tofile(path)
            channels = image.shape[2] if image.ndim == 3 else 1
            args.append(f"{path}:{image.dtype.name}:{image.shape[1]}x{image.shape[0]}x{channels}")
        out = os.path.join(self.dir.name, "out")
        stored = [f"store={store}"] if store else []
        done = subprocess.run([self.path, isa or self.best, str(tile), spec, out, *stored, *args],
                              capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{spec}: {done.stderr.strip()}")
        name, channels = done.stdout.split()
        shape = images[0].shape[:2] + ((int(channels),) if images[0].ndim == 3 and int(channels) > 1 else ())
        return np.fromfile(out, name).reshape(shape)


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

    def check(self, spec, reference, *images, exact=False, what=""):
        """One spec on one set of images, in one piece and in tiles."""
        op = spec.split(":")[0]
        if self.only and op != self.only:
            return
        want = reference(*images)
        whole = self.tool.run(spec, *images)
        tiled = self.tool.run(spec, *images, isa="plain", tile=37)
        self.checked += 1
        if whole.tobytes() != tiled.tobytes():
            self.fail(spec, what, "tiles on the plain instruction set differ from the whole image")
        self.compare(op, spec, what, whole, np.asarray(want), exact)

    def compare(self, op, spec, what, got, want, exact):
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
        # On an image's own scale, sums of large values of both signs cancel: measure against the largest.
        cancels = "preserve_range" in spec or op == "add"
        scale = np.maximum(1, np.abs(want).max() if cancels else np.abs(want))
        error = np.abs(got.astype(np.float64) - want) / scale
        self.worst[op] = max(self.worst.get(op, 0), float(error.max()))
        if not error.max() <= 1e-6:
            at = np.unravel_index(np.argmax(error), error.shape)
            self.fail(spec, what, f"error {error.max():.3g} at {at}: {got[at]}, not {want[at]}")
        return None

    def fail(self, spec, what, message):
        self.failed += 1
        print(f"FAILED {spec} on {what}: {message}")

    def on(self, names, spec, reference, exact=False):
        for name in names:
            self.check(spec, reference, self.images[name], exact=exact, what=name)


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


def check_color(c, rgb):
    c.on(rgb, "rgb2gray", lambda i: color.rgb2gray(double(i)))
    c.on(rgb, "rgb2hed", lambda i: color.rgb2hed(double(i)))
    c.on(rgb, "hed2rgb", lambda i: color.hed2rgb(double(i)))


def check_intensity(c, every):
    c.on(every, "invert", util.invert, exact=True)
    c.on(every, "invert:signed_float=true", lambda i: util.invert(i, signed_float=True), exact=True)
    for low, high in ((10, 200), (-3.5, 90.25), (0.2, 0.7), (5, 5), (0, 60000)):
        for e in every:
            i = c.images[e]
            if i.dtype.kind == "b":
                continue
            c.check(f"rescale_intensity:in_range=[{low},{high}]",
                    lambda i: exposure.rescale_intensity(i, in_range=(low, high)), i, what=e,
                    exact=i.dtype != np.float32)
            c.check(f"rescale_intensity:in_range=[{low},{high}],out_range=[2,-1]",
                    lambda i: exposure.rescale_intensity(double(i), in_range=(low, high), out_range=(2, -1)), i, what=e)


def check_arithmetic(c, every):
    plain = lambda i: i.astype(np.float64)
    for e in every:
        i = c.images[e]
        gray = i if i.ndim == 2 else i[..., 0]
        c.check("add:other=0.3", lambda i: plain(i) + np.float32(0.3), i, what=e)
        c.check("multiply:other=-2.5", lambda i: plain(i) * -2.5, i, what=e)
        c.check("add:other=@1", lambda a, b: plain(a) + plain(b), gray, gray[::-1], what=e)
        other = np.random.default_rng(3).random(i.shape) > 0.4
        c.check("mask:mask=@1,fill=1", lambda a, b: np.where(b, a, np.array(1, a.dtype)), i, other, exact=True, what=e)
        if i.ndim == 3:
            c.check("multiply:other=@1", lambda a, b: plain(a) * plain(b)[..., None], i, gray, what=e)
            c.check("mask:mask=@1", lambda a, b: np.where(b[..., None] != 0, a, np.array(0, a.dtype)), i, gray,
                    exact=True, what=e)


def check_sobel(c, every, small):
    for text, how in (("", {}), (":axis=0", {"axis": 0}), (":axis=1", {"axis": 1}),
                      (":mode=mirror", {"mode": "mirror"}), (":mode=nearest", {"mode": "nearest"}),
                      (":mode=constant,cval=0.6", {"mode": "constant", "cval": 0.6})):
        c.on(every + small, "sobel" + text, per_channel(lambda i, how=how: filters.sobel(double(i), **how)))


MEDIAN_FOOTPRINTS = {
    "": None,
    "footprint=disk,radius=1": morphology.disk(1),
    "footprint=disk,radius=3": morphology.disk(3),
    "footprint=diamond,radius=2": morphology.diamond(2),
    "footprint=square,width=5": np.ones((5, 5)),
    "footprint=square,width=2": np.ones((2, 2)),
    "footprint=rectangle,width=4,height=7": np.ones((7, 4)),
    "footprint=square,width=1": np.ones((1, 1)),
    "footprint=disk,radius=5": morphology.disk(5),
    "footprint=square,width=15": np.ones((15, 15)),
    "footprint=rectangle,width=18,height=17": np.ones((17, 18)),
    "footprint=disk,radius=10": morphology.disk(10),
}


def check_median(c, every, small):
    for text, footprint in MEDIAN_FOOTPRINTS.items():
        images = every + (small if footprint is None or footprint.shape[0] < 6 else [])
        c.on(images, f"median:{text}".rstrip(":"), per_channel(lambda i, p=footprint: filters.median(i, p)), exact=True)
    for mode in ("reflect", "mirror", "constant"):
        for text in ("", "footprint=disk,radius=3"):
            p = MEDIAN_FOOTPRINTS[text]
            c.on(every + small, f"median:mode={mode},cval=1,{text}".rstrip(","),
                 per_channel(lambda i, p=p, m=mode: filters.median(i, p, mode=m, cval=1)), exact=True)


def check_types(c, every):
    functions = {"bool": util.img_as_bool, "uint8": util.img_as_ubyte, "uint16": util.img_as_uint,
                 "int16": util.img_as_int, "float32": util.img_as_float32, "float64": util.img_as_float64}
    for name, function in functions.items():
        c.on(every, f"cast:dtype={name}", function, exact=True)
    for name in ("int8", "uint32", "int32"):
        # The reference overflows for float32 near 1 to 32 bits, and does not scale dark images down.
        def defined(i):
            wide = i.dtype == np.float32 and name != "int8"
            dark = i.dtype.kind in "iu" and i.max() <= np.iinfo(name).max and i.dtype.itemsize >= np.dtype(name).itemsize
            return not wide and not (dark and i.dtype != name)

        c.on([e for e in every if defined(c.images[e])], f"cast:dtype={name}",
             lambda i, n=name: util.dtype._convert(i, np.dtype(n)), exact=True)
    for e in every:
        if c.images[e].ndim == 3:
            c.on([e], "channel:index=1", lambda i: i[..., 1], exact=True)
        c.on([e], "channel", lambda i: i if i.ndim == 2 else i[..., 0], exact=True)
        for value in (0.25, 127.5, 127, -3, 1e6):
            c.on([e], f"threshold:value={value}", lambda i, v=value: i > v, exact=True)


def check_gaussian(c, every, small):
    def reference(**how):
        return lambda i: filters.gaussian(double(i), channel_axis=-1 if i.ndim == 3 else None, **how)

    c.on(every + small, "gaussian", reference())
    c.on(every + small, "gaussian:sigma=2", reference(sigma=2))
    for mode in ("reflect", "mirror", "nearest"):
        c.on(every[:4] + small, f"gaussian:sigma=2.5,mode={mode}", reference(sigma=2.5, mode=mode))
        c.on(small, f"gaussian:sigma=9,mode={mode}", reference(sigma=9, mode=mode))
    c.on(every + small, "gaussian:sigma=1.7,mode=constant,cval=0.4", reference(sigma=1.7, mode="constant", cval=0.4))
    c.on(every[:5], "gaussian:sigma=[0,3],truncate=2.5", reference(sigma=(0, 3), truncate=2.5))
    c.on(every[:5], "gaussian:sigma=[4,0]", reference(sigma=(4, 0)))
    c.on(every, "gaussian:sigma=1.2,preserve_range=true", reference(sigma=1.2, preserve_range=True))
    c.on(every[:3], "gaussian:sigma=8", reference(sigma=8))


FOOTPRINTS = {
    "": None,
    "footprint=disk,radius=3": morphology.disk(3),
    "footprint=disk,radius=10": morphology.disk(10),
    "footprint=diamond,radius=4": morphology.diamond(4),
    "footprint=square,width=5": morphology.footprint_rectangle((5, 5)),
    "footprint=square,width=4": morphology.footprint_rectangle((4, 4)),
    "footprint=rectangle,width=2,height=15": morphology.footprint_rectangle((15, 2)),
    "footprint=rectangle,width=23,height=12": morphology.footprint_rectangle((12, 23)),
    "footprint=disk,radius=0": morphology.disk(0),
}


def check_morphology(c, every, small):
    for name in ("erosion", "dilation", "opening", "closing"):
        function = getattr(morphology, name)
        for text, footprint in FOOTPRINTS.items():
            reference = per_channel(lambda i, f=function, p=footprint: f(i, p))
            # SciPy itself reads outside an image that is many times smaller than the footprint.
            images = every + (small if footprint is None or footprint.shape[0] < 6 else [])
            c.on(images, f"{name}:{text}".rstrip(":"), reference, exact=True)
        for mode in ("mirror", "nearest", "min", "max", "ignore", "constant"):
            reference = per_channel(lambda i, f=function, m=mode: f(i, morphology.disk(4), mode=m, cval=1))
            c.on(every + small, f"{name}:footprint=disk,radius=4,mode={mode},cval=1", reference, exact=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tool")
    parser.add_argument("--data", default=os.environ.get("WSIPROC_TEST_DATA", ""))
    parser.add_argument("--op")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    images = read_images(options.data, np.random.default_rng(options.seed))
    c = Checker(Tool(options.tool), images, options.op)
    small = [n for n in images if n[0].isdigit()]
    every = [n for n in images if n not in small]
    rgb = [n for n in every if images[n].ndim == 3 and images[n].shape[2] == 3]
    check_color(c, rgb)
    check_types(c, every)
    check_intensity(c, every)
    check_arithmetic(c, every)
    check_sobel(c, every, small)
    check_median(c, every, small)
    check_gaussian(c, every, small)
    check_morphology(c, every, small)
    for op, error in sorted(c.worst.items()):
        print(f"{op}: largest error {error:.2g}")
    print(f"{c.checked} cases, {c.failed} failed")
    return 1 if c.failed or not c.checked else 0


if __name__ == "__main__":
    sys.exit(main())
