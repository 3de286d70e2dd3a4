#!/usr/bin/env python3
"""Tables reopened with other people's programs: Python's csv, gzip and json, and h5py.

usage: table_oracle.py TOOL_TABLEDEMO

tool-tabledemo writes the same made-up rows (tests/table-maker.h) in every format and, on request, as they are. Exit
status 77: a library is missing.
"""
import csv
import gzip
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

DOWN = 2.0  # as in tool-tabledemo.c
failures = []


def check(condition, text):
    if not condition:
        failures.append(text)
        print("FAILED:", text)


class Demo:
    """One made-up table in one format, its rows, and what beside it is said of it."""

    def __init__(self, tool, folder, form, kind, rows):
        self.name = "%s of %d %s" % (form, rows, kind)
        self.path = os.path.join(folder, "t." + ("h5" if form == "sink" else form))
        dump = os.path.join(folder, "rows")
        done = subprocess.run([tool, self.path, form, kind, str(rows), dump], capture_output=True, text=True)
        check(done.returncode == 0, "%s: %s" % (self.name, done.stderr))
        self.summary = json.loads(done.stdout)["summary"]
        check(self.summary["rows"] == rows, self.name + ": rows of the summary")
        self.rows = [json.loads(line) for line in open(dump)]
        self.seal = json.load(open(self.path + ".json")) if os.path.exists(self.path + ".json") else None
        self.columns = self.seal["columns"] if self.seal else None

    def same(self, found, wanted, what):
        both = np.isnan(found) & np.isnan(wanted) if np.asarray(found).dtype.kind == "f" else False
        check(np.array_equal(np.asarray(found).shape, np.asarray(wanted).shape) and np.all((found == wanted) | both),
              "%s: %s" % (self.name, what))


def check_seal(demo):
    seal = demo.seal
    check(seal["rows"] == len(demo.rows) and seal["bytes"] == os.path.getsize(demo.path), demo.name + ": seal's counts")
    check(seal["mpp_x"] == 0.5 and seal["chain"] == "made | up" and seal["provenance"] == {"software": "test"} and
          json.loads(seal["fingerprint"]) == {"chain": "made | up"}, demo.name + ": seal's facts")


def check_csv(demo, opener):
    check_seal(demo)
    raw = opener(demo.path, "rb").read()
    check(raw.count(b"\n") == raw.count(b"\r\n") == len(demo.rows) + 1, demo.name + ": line ends")
    lines = list(csv.reader(opener(demo.path, "rt", newline="")))
    numbers = [(i, c) for i, c in enumerate(demo.columns) if c["type"] != "outline"]
    check(lines[0] == [c["name"] for _, c in numbers], demo.name + ": header")
    check(all(len(line) == len(numbers) for line in lines[1:]), demo.name + ": fields a line")
    for k, (i, c) in enumerate(numbers):
        wanted = [row[i] for row in demo.rows]
        if c["type"] == "int64":
            check([int(line[k]) for line in lines[1:]] == wanted, demo.name + ": " + c["name"])
        else:
            demo.same(np.array([float(line[k] or "nan") for line in lines[1:]]), np.array(wanted, dtype=float), c["name"])


def rings_of(geometry):
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [(int(k > 0), ring) for polygon in polygons for k, ring in enumerate(polygon)]


def check_geometry(demo, feature, row, names):
    geometry = feature["geometry"]
    outline = row[names.index("outline")] if "outline" in names else []
    if not outline:
        x, y = ("x", "y") if "x" in names else ("centroid-1", "centroid-0")
        wanted = [(row[names.index(x)] + 0.5) * DOWN, (row[names.index(y)] + 0.5) * DOWN]
        if any(math.isnan(v) for v in wanted):
            return geometry is None
        return geometry["type"] == "Point" and np.allclose(geometry["coordinates"], wanted, atol=0.005001, rtol=0)
    rings = rings_of(geometry)
    if [hole for hole, _ in rings] != [hole for hole, _ in outline]:
        return False
    for (_, ring), (_, xy) in zip(rings, outline):
        if ring[0] != ring[-1] or not np.allclose(np.ravel(ring[:-1]), np.array(xy) * DOWN, atol=0.005001, rtol=0):
            return False
    return True


def check_geojson(demo, opener):
    check_seal(demo)
    whole = json.load(opener(demo.path, "rt"))
    features, names = whole["features"], [c["name"] for c in demo.columns]
    check(whole["type"] == "FeatureCollection" and len(features) == len(demo.rows), demo.name + ": features")
    check(len({f["id"] for f in features}) == len(features) and all(len(f["id"]) == 36 for f in features),
          demo.name + ": identities")
    check(all(f["properties"]["objectType"] == "detection" for f in features), demo.name + ": object type")
    for feature, row in zip(features, demo.rows):
        wanted = {n: v for n, v in zip(names, row) if n != "outline" and not (isinstance(v, float) and math.isnan(v))}
        if feature["properties"]["measurements"] != wanted:
            return check(False, demo.name + ": measurements of row %s" % row[0])
        if not check_geometry(demo, feature, row, names):
            return check(False, demo.name + ": shape of row %s" % row[0])
    return None


def check_hdf5(demo, kind, at_root):
    with h5py.File(demo.path) as f:
        group = f if at_root else f["things"]
        check(f.attrs["complete"] == 1 and f.attrs["format"] == "wsiproc-hdf5", demo.name + ": root")
        columns = json.loads(group.attrs["description"])["columns"]
        check(group.attrs["rows"] == len(demo.rows) and group.attrs["mpp_x"] == 0.5, demo.name + ": group")
        for i, c in enumerate(columns):
            if c["type"] == "outline":
                check(c["name"] not in group, demo.name + ": outlines are left out")
                continue
            places = kind == "patches" and c["name"] in "xy"
            data = group["coords"] if places else group[c["name"]]
            check(places or data.attrs["unit"] == c["unit"], demo.name + ": unit of " + c["name"])
            found = data[:, "xy".index(c["name"])] if places else data[:]
            check(found.dtype == c["type"], demo.name + ": type of " + c["name"])
            demo.same(found, np.array([row[i] for row in demo.rows], dtype=c["type"]), c["name"])
        if kind == "patches":
            check_patches(demo, group["coords"])


def check_patches(demo, coords):
    """As CLAM and TRIDENT read them."""
    a = dict(coords.attrs)
    check(coords.dtype == np.int64 and coords.maxshape == (None, 2), demo.name + ": coords")
    check(int(a["patch_size"]) == 256 and int(a["patch_level"]) == 1 and tuple(a["level_dim"]) == (5000, 4000) and
          tuple(a["downsampled_level_dim"]) == (5000, 4000) and np.allclose(a["downsample"], 2.0002) and
          a["name"] == "a slide.1" and a["save_path"] == "", demo.name + ": CLAM's attributes %s" % a)
    check(int(a["patch_size_level0"]) == 512 and int(a["level0_magnification"]) == 40 and
          int(a["target_magnification"]) == 20 and int(a["overlap"]) == 0 and int(a["level0_width"]) == 10001 and
          int(a["level0_height"]) == 8001 and a["savetodir"] == "", demo.name + ": TRIDENT's attributes %s" % a)


def main():
    tool = sys.argv[1]
    for kind in "objects", "points", "patches":
        for rows in 0, 1, 5000, 16384, 20001:
            folder = tempfile.mkdtemp(prefix="wsi-tables-")
            check_csv(Demo(tool, folder, "csv", kind, rows), open)
            check_hdf5(Demo(tool, folder, "hdf5", kind, rows), kind, kind == "patches")
            if rows <= 5000:
                check_csv(Demo(tool, folder, "csv.gz", kind, rows), gzip.open)
                check_geojson(Demo(tool, folder, "geojson", kind, rows), open)
                check_geojson(Demo(tool, folder, "geojson.gz", kind, rows), gzip.open)
                check_hdf5(Demo(tool, folder, "sink", kind, rows), kind, False)
            left = [name for name in os.listdir(folder) if name.endswith(".part")]
            check(not left, "left behind: %s" % left)
            shutil.rmtree(folder)
    print("%d failures" % len(failures))
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
