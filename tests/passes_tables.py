#!/usr/bin/env python3
"""Tables as files: CSV, GeoJSON and HDF5 say the same, verify sees damage in each, a rerun skips them, and a chain that
ends in a table writes nothing but that."""
import gzip
import json
import os
import re

import wsitest
from passes_common import NUCLEI, NUCLEI_NAMES, RAW, table
from wsitest import bytes_of, command, done, expect, files_below, run

np, h5py = wsitest.need("numpy", "h5py")
SLIDE, STEM = "synthetic:1000x900,seed=5", "synthetic-1000x900-seed5"
IDENTITY = rb'"id":"[-0-9a-f]{36}"'
TEXTS = ["csv", "csv.gz", "geojson", "geojson.gz"]


def every_format(folder):
    out = os.path.join(folder, "out")
    run(SLIDE, NUCLEI, out, "--write", NUCLEI_NAMES, "--table-format", ",".join([*TEXTS, "hdf5"]), *RAW)
    paths = {f: os.path.join(out, "%s.table.%s" % (STEM, f)) for f in TEXTS}
    paths["hdf5"] = os.path.join(out, STEM + ".h5")
    wanted = {os.path.basename(p) for p in paths.values()} | {os.path.basename(paths[f]) + ".json" for f in TEXTS}
    expect(set(files_below(out)) == wanted | {STEM + ".params.json", "summary.json"}, "files", files_below(out))
    columns = table(paths["csv"])
    count = wsitest.info(SLIDE)["nuclei"]
    expect(len(columns["label"]) == count > 50 and len(columns) > 20, "rows and columns", (len(columns["label"]), count))
    with h5py.File(paths["hdf5"]) as f:
        expect(f.attrs["complete"] == 1 and set(f["table"]) == set(columns), "columns in HDF5", set(f["table"]) ^ set(columns))
        for name, values in columns.items():
            expect(np.array_equal(f["table"][name][()], values), "HDF5 and CSV: " + name)
        expect(set(f) == set(NUCLEI_NAMES.split(",")), "beside the images", list(f))
        labels = f["nuclei/0"][()]
    expect(labels.max() == count, "labels")
    check_features(paths["geojson"], columns, labels)
    for name in ("csv", "geojson"):
        with open(paths[name], "rb") as f, gzip.open(paths[name + ".gz"]) as g:
            plain, packed = (re.sub(IDENTITY, b"", c) for c in (f.read(), g.read()))  # a file's objects are its own
            expect(plain == packed and len(plain) > 1000, name + ": the same when compressed")
    done("%d rows in every format" % count)
    return out, paths


def check_features(path, columns, labels):
    """Measurements are the table's, an outline has its object's area (holes taken off)."""
    with open(path, encoding="utf-8") as f:
        features = json.load(f)["features"]
    expect(len(features) == len(columns["label"]), "a feature a row")
    for row, feature in enumerate(features):
        measured = feature["properties"]["measurements"]
        expect(all(columns[n][row] == v for n, v in measured.items()) and len(measured) > 20, "measurements", measured)
        geometry = feature["geometry"]
        polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        area = sum(abs(shoelace(rings[0])) - sum(abs(shoelace(r)) for r in rings[1:]) for rings in polygons)
        expect(area == columns["num_pixels"][row], "an outline around the object's pixels", (row, area))
        x, y = np.array(polygons[0][0]).min(axis=0)
        expect((columns["bbox-1"][row], columns["bbox-0"][row]) == (x, y), "where it lies")
    expect(len(labels) == 900, "labels of the slide")


def object_types(folder):
    """--geojson-type is in every feature, and another one makes the table anew."""
    out = os.path.join(folder, "types")
    options = [NUCLEI, out, "--write", "table", "--table-format", "geojson"]
    made = []
    for kind in (None, "annotation", "cell", "tile", "detection"):
        run(SLIDE, *options, *(["--geojson-type", kind] if kind else []))
        with open(os.path.join(out, STEM + ".table.geojson"), "rb") as f:
            made.append(f.read())
        types = {f["properties"]["objectType"] for f in json.loads(made[-1])["features"]}
        expect(types == {kind or "detection"}, "objects of type %s" % kind, types)
    expect(made[0] == made[-1], "detections again")
    command("run", SLIDE, "-o", out, "--chain", NUCLEI, "--geojson-type", "nucleus", status=2)
    done("types of objects")


def shoelace(ring):
    x, y = np.array(ring, float).T
    return (x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2


def flip(path, at):
    with open(path, "r+b") as f:
        f.seek(at)
        byte = f.read(1)
        f.seek(at)
        f.write(bytes([byte[0] ^ 0x04]))


def verified(out, paths):
    for name, path in paths.items():
        command("verify", path)
        size = os.path.getsize(path)
        places = [0, size // 2, size - 2] if name != "hdf5" else column_bytes(path)
        for at in places:
            flip(path, at)
            command("verify", path, status=8)
            flip(path, at)
        command("verify", path)
        with open(path, "rb") as f:
            content = f.read()
        with open(path, "wb") as f:
            f.write(content[:-7])
        command("verify", path, status=8)
        with open(path, "wb") as f:
            f.write(content)
        command("verify", path)
        if name == "hdf5":
            continue
        os.rename(path + ".json", path + ".away")
        command("verify", path, status=8)
        os.rename(path + ".away", path + ".json")
        flip(path + ".json", os.path.getsize(path + ".json") // 2)
        command("verify", path, status=8)
        flip(path + ".json", os.path.getsize(path + ".json") // 2)
    done("verify sees damage in each")


def column_bytes(path):
    """Where a chunk of a column and one of an image lie in the file."""
    with h5py.File(path) as f:
        chunks = [f[name].id.get_chunk_info(0) for name in ("table/area", "table/intensity_mean", "nuclei/0")]
    return [c.byte_offset + c.size // 2 for c in chunks]


def again(out, paths):
    """Up to date is skipped; a table that is gone or of other parameters is made again."""
    options = ("--write", NUCLEI_NAMES, "--table-format", ",".join([*TEXTS, "hdf5"]), *RAW)
    before, times = bytes_of(out), {p: os.stat(p).st_mtime_ns for p in paths.values()}

    def outcome(chain, *extra):
        command("run", SLIDE, "-o", out, "--chain", chain, "--progress", "none", *options, *extra)
        with open(os.path.join(out, "summary.json"), encoding="utf-8") as f:
            return json.load(f)["slides"][0]["status"]

    expect(outcome(NUCLEI) == "skipped", "up to date")
    expect({p: os.stat(p).st_mtime_ns for p in paths.values()} == times, "nothing is written again")
    for name in TEXTS:
        os.remove(paths[name])
        expect(outcome(NUCLEI) == "done" and bytes_of(out) == before, "made again: " + name)
    expect(outcome(NUCLEI.replace("measure:", "measure:convex=true,")) == "done", "other columns are made")
    expect("area_convex" in table(paths["csv"]), "and are there")
    done("a rerun skips what is up to date")


def alone(folder):
    """No image is asked for."""
    for formats, wanted in (("csv", [".table.csv", ".table.csv.json"]), ("hdf5", [".table.h5"]),
                            ("geojson.gz", [".table.geojson.gz", ".table.geojson.gz.json"])):
        out = os.path.join(folder, "alone-" + formats)
        files = [f for f in run(SLIDE, NUCLEI, out, "--table-format", formats) if f != "summary.json"]
        expect(sorted(files) == sorted(STEM + w for w in [*wanted, ".params.json"]), "a table and nothing else", files)
        command("verify", os.path.join(out, STEM + wanted[0]))
        stats = out + ".json"
        command("run", SLIDE, "-o", out, "--chain", NUCLEI, "--progress", "none", "--table-format", formats, "--overwrite",
                "--stats", stats)
        with open(stats, encoding="utf-8") as f:
            passes = json.load(f)["passes"]
        expect(not any(p["writes"] for p in passes), "no pass writes an image", passes)
    # In TIFF and OME-TIFF runs, a table in HDF5 is a file of its own.
    files = run(SLIDE, NUCLEI, os.path.join(folder, "tiff"), "--format", "tiff", "--table-format", "hdf5", "--write",
                "nuclei,table")
    expect(STEM + ".nuclei.tif" in files and STEM + ".table.h5" in files, "beside TIFF", files)
    done("a table alone")


with wsitest.scratch() as scratch:
    OUT, PATHS = every_format(scratch)
    object_types(scratch)
    verified(OUT, PATHS)
    again(OUT, PATHS)
    alone(scratch)
