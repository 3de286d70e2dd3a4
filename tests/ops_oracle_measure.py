"""measure: tables of objects that are hard to measure across tiles, against scikit-image and against themselves."""
import os
import warnings

import numpy as np
from skimage import color, io, measure, morphology

from ops_oracle_components import masks

RUNS = ((0, 1), (16, 3), (48, 2), (64, 4))  # edge of tiles, threads
PROPERTIES = ("label", "num_pixels", "area", "bbox", "area_bbox", "centroid", "equivalent_diameter_area", "extent",
              "axis_major_length", "axis_minor_length", "eccentricity", "orientation", "perimeter", "perimeter_crofton",
              "euler_number", "moments", "area_convex", "solidity", "feret_diameter_max", "area_filled")
STATISTICS = ("intensity_mean", "intensity_max", "intensity_min", "intensity_std", "intensity_median")


def wanted(labels, intensity):
    """scikit-image takes memory for every number up to the largest label, so labels are numbered first."""
    values, numbers = np.unique(np.append(np.maximum(labels, 0).ravel(), np.zeros(1, labels.dtype)), return_inverse=True)
    numbers = numbers[:-1].reshape(labels.shape)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = measure.regionprops_table(numbers, None if intensity is None else intensity.astype(float),
                                          properties=PROPERTIES + (() if intensity is None else STATISTICS))
    table["label"] = values[table["label"]].astype(np.int64)
    return table


def covered(rings, shape):
    """The pixels that an outline's rings enclose, by parity; None where a ring is not what it should be."""
    sides = np.zeros((shape[0], shape[1] + 1), int)
    for hole, xy in rings:
        p = np.array(xy, int).reshape(-1, 2)
        q = np.roll(p, -1, axis=0)
        area = np.sum(p[:, 0] * q[:, 1] - q[:, 0] * p[:, 1])
        upright = p[:, 0] == q[:, 0]
        if len(np.unique(p, axis=0)) < len(p) or (area < 0) != hole or np.any(upright == (p[:, 1] == q[:, 1])):
            return None
        if np.any(upright == np.roll(upright, 1)):
            return None  # a point that is no corner
        for (x, y0), (_, y1) in zip(p[upright], q[upright]):
            sides[min(y0, y1):max(y0, y1), x] += 1
    return np.cumsum(sides, axis=1)[:, :-1] % 2 == 1


class Tables:
    def __init__(self, c):
        self.c = c

    def same_in_tiles(self, spec, what, images, options):
        """The table, which must be the same to the last bit whatever the tiles."""
        first = None
        for tile, threads in RUNS:
            got = self.c.tool.table(spec, *images, tile=tile, threads=threads, seed=7 * tile + threads, **options)
            self.c.checked += 1
            if first is None:
                first = got
            for name, column in got.items():
                same = column == first[name] if name == "outline" else column.tobytes() == first[name].tobytes()
                if not same:
                    self.c.fail(spec, what, "%s in tiles of %d" % (name, tile))
        return first

    def compare(self, spec, what, got, want):
        for name, column in want.items():
            if name.startswith("moments-") and name not in got:
                continue  # of order 3 and beyond
            if got[name].shape != column.shape:
                self.c.fail(spec, what, "%s: %s rows, not %s" % (name, got[name].shape, column.shape))
            elif got[name].dtype.kind == "i":
                if not np.array_equal(got[name], column):
                    self.c.fail(spec, what, name)
            else:
                self.near(spec, what, name, got, column)

    def near(self, spec, what, name, got, want):
        with np.errstate(invalid="ignore"):
            error = np.abs(got[name] - want)
            if name == "orientation":  # of a circle there is none
                circle = got["axis_major_length"] - got["axis_minor_length"] <= 1e-6 * got["axis_major_length"]
                error = np.where(circle, 0, np.minimum(error, np.pi - error))
            error = np.where((got[name] == want) | (np.isnan(got[name]) & np.isnan(want)), 0, error / np.maximum(1, np.abs(want)))
        if len(error):
            self.c.worst["measure"] = max(self.c.worst.get("measure", 0), float(error.max()))
            if not error.max() <= 1e-6:
                at = error.argmax()
                self.c.fail(spec, what, "%s of %d: %r, not %r" % (name, got["label"][at], got[name][at], want[at]))

    def outlines(self, spec, what, got, labels):
        for label, rings in zip(got["label"][:60], got["outline"]):
            found = covered(rings, labels.shape)
            if found is None or not np.array_equal(found, labels == label):
                self.c.fail(spec, what, "outline of %d" % label)
                return

    def check(self, labels, intensity=None, what="", **options):
        spec = "measure:properties=all" + ("" if intensity is None else ",intensity=@1")
        images = (labels,) if intensity is None else (labels, intensity)
        got = self.same_in_tiles(spec, what, images, options)
        if not labels.any():
            if len(got["label"]):
                self.c.fail(spec, what, "rows of an empty image")
            return
        self.compare(spec, what, got, wanted(labels, intensity))
        self.outlines(spec, what, got, labels)


def shapes(t, made, rng):
    for name, mask in made.items():
        t.check(mask, what=name + ", one object")
        t.check(measure.label(mask, connectivity=1 + (len(name) & 1)).astype(np.uint32), what=name)
    t.check(morphology.disk(20).astype(bool), what="disk")
    t.check(np.eye(70, dtype=np.uint8), what="diagonal")
    for dtype in ("int8", "int16", "int32"):
        signed = rng.integers(-2, 4, (40, 52)).astype(dtype)
        t.check(signed, what="negative labels, " + dtype)
    t.check((rng.integers(0, 3, (60, 75)) * 1000003).astype(np.uint32), what="labels that touch themselves nowhere")
    t.check(rng.integers(0, 2 ** 32, (33, 50)).astype(np.uint32), what="an object a pixel")
    blocks = np.kron(rng.integers(0, 5, (20, 25)), np.ones((4, 5), int)).astype(np.uint16)
    t.check(blocks, what="labels that touch")


def intensities(t, made, rng):
    labels = measure.label(made["blobs"]).astype(np.uint16)
    for dtype in ("bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"):
        for shape in (labels.shape, labels.shape + (3,)):
            if dtype.startswith("float"):
                image = (rng.normal(0, 1, shape) * 10 ** rng.uniform(-3, 3, shape)).astype(dtype)
            else:
                info = (0, 1) if dtype == "bool" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
                image = rng.integers(info[0], info[1], shape, endpoint=True).astype(dtype)
            t.check(labels, image, what="%s, %d channels" % (dtype, image.ndim == 3 and 3 or 1))
    far = (1e6 + rng.normal(0, 1, labels.shape))
    t.check(labels, far, what="values far from 0")
    holes = rng.normal(0, 1, labels.shape)
    holes[rng.random(labels.shape) < 0.001] = np.nan
    t.check(labels, holes, what="NaN")


def micrometres(t, made):
    labels = measure.label(made["blobs"]).astype(np.uint16)
    got = t.same_in_tiles("measure:convex=true,filled=true", "micrometres", (labels,), {"mpp": 0.25})
    unknown = t.same_in_tiles("measure:convex=true,filled=true", "no micrometres", (labels,), {})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        want = measure.regionprops_table(labels, properties=("area", "centroid", "equivalent_diameter_area", "perimeter",
                                                             "axis_major_length", "axis_minor_length", "perimeter_crofton",
                                                             "area_convex", "area_filled", "feret_diameter_max"), spacing=0.25)
    for name, column in want.items():
        stem, dash, index = name.partition("-")
        name = stem + ("_um2" if stem.startswith("area") else "_um") + dash + index
        if not np.allclose(got[name], column, rtol=1e-9, atol=0):
            t.c.fail("measure", "micrometres", name)
        if not np.isnan(unknown[name]).all():
            t.c.fail("measure", "no micrometres", name)
    if [n for n in t.c.tool.table("measure:units=px,outline=false", labels) if "_um" in n or n == "outline"]:
        t.c.fail("measure", "units=px", "columns")


def tissue(t, data):
    path = os.path.join(data, "slides", "ihc.png")
    if not os.path.exists(path):
        return
    rgb = io.imread(path)[:, :, :3]
    mask = color.rgb2gray(rgb) < 0.55
    t.check(measure.label(mask).astype(np.uint32), rgb, what="tissue")
    t.check(measure.label(~mask, connectivity=1).astype(np.uint32), what="between tissue")


def check(c, g):
    del g
    c.seen.add("measure")
    if c.only and c.only != "measure":
        return
    rng = np.random.default_rng(11)
    made = masks(rng)
    t = Tables(c)
    shapes(t, made, rng)
    intensities(t, made, rng)
    micrometres(t, made)
    tissue(t, c.data)
