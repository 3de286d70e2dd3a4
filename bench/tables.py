#!/usr/bin/env python3
"""A table of a million objects, 31 numbers and an outline of some 50 points each, in every format: seconds from the first
row to the finished file under its name, best of the rounds (the disk is shared with whoever else uses it).

usage: tables.py [--build DIR] [--rounds N] [--objects N] [--scratch DIR] [--no-save]
"""
import json
import os
import subprocess
import sys

import benchlib

GOALS = {"csv": 5, "geojson": 10}


def write(tool, folder, form, objects):
    path = os.path.join(folder, "table")
    done = subprocess.run([tool, path, form, "objects", str(objects)], check=True, capture_output=True, text=True)
    result = json.loads(done.stdout)
    size = os.path.getsize(path)
    for name in os.listdir(folder):
        os.remove(os.path.join(folder, name))
    return result["seconds"], size


def main():
    parser = benchlib.arguments(__doc__.split("\n")[0])
    parser.add_argument("--objects", type=int, default=1000000)
    args = parser.parse_args()
    tool = os.path.join(args.build, "tests", "tool-tabledemo")
    if not os.access(tool, os.X_OK):
        sys.exit("%s is not there: build it first" % tool)
    result = {"goal": "csv under 5 s, geojson under 10 s for a million objects", "objects": args.objects,
              "load": os.getloadavg()[0]}
    with benchlib.scratch(args) as folder:
        for form in ("csv", "geojson", "csv.gz", "geojson.gz", "hdf5"):
            rounds = [write(tool, folder, form, args.objects) for _ in range(args.rounds)]
            seconds = [s for s, _ in rounds]
            result[form] = {"min_s": min(seconds), "max_s": max(seconds), "bytes": rounds[0][1]}
            if form in GOALS:
                result[form]["goal_s"] = GOALS[form]
    benchlib.report(args, "tables", result)


if __name__ == "__main__":
    main()
