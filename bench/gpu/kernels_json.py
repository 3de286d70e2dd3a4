#!/usr/bin/env python3
"""Makes one JSON document of what kernels.sh left in a folder: figures, checks, sanitizers, counters.

usage: kernels_json.py FOLDER COMMIT > bench/results/kernels-h200.json
"""
import csv
import glob
import json
import os
import re
import sys

COUNTERS = {"sm__inst_issued": "issue_pct", "sm__inst_executed_pipe_alu": "alu_pct", "sm__inst_executed_pipe_fma": "fma_pct",
            "sm__inst_executed_pipe_lsu": "lsu_pct", "l1tex__data_pipe_lsu_wavefronts": "shared_and_l1_pct",
            "dram__throughput": "dram_pct", "sm__warps_active": "warps_pct", "smsp__inst_executed.sum": "warp_instructions",
            "gpu__time_duration": "ns", "launch__registers_per_thread": "registers"}
UNITS = (".avg.pct_of_peak_sustained_active", ".avg.pct_of_peak_sustained_elapsed", ".sum", "")
PIXELS = 4096 * 4096


def text(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


def check(folder):
    found = re.search(r"(\d+) cases, .*? (\d+) failures, on .*? seed (\d+)", text(os.path.join(folder, "check.log")))
    groups = re.search(r"groups\s+(\d+) random and (\d+) given", text(os.path.join(folder, "check.log")))
    return {"cases": int(found[1]), "failures": int(found[2]), "seed": int(found[3]),
            "random_groups": int(groups[1]), "given_groups": int(groups[2])}


def sanitizers(folder):
    result = {}
    for path in sorted(glob.glob(os.path.join(folder, "*check-*.log"))):
        tool, operation = os.path.basename(path)[:-4].split("-", 1)
        status = text(path[:-4] + ".status").strip()
        last = re.findall(r"(?:ERROR|RACECHECK) SUMMARY: (.*)", text(path))
        result.setdefault(tool, {})[operation] = last[-1] if status == "0" and last else "status " + status
    return result


def counters(folder):
    """Of one launch of each kernel: shares of peaks, and instructions a pixel of one channel."""
    rows = list(csv.reader(open(os.path.join(folder, "profile.csv"), encoding="utf-8")))
    top = next(i for i, row in enumerate(rows) if row and row[0] == "ID")
    names = {}
    for i, name in enumerate(rows[top]):
        for counter, short in COUNTERS.items():
            if any(name == counter + unit for unit in UNITS):
                names[short] = i
    kernel = rows[top].index("Kernel Name")
    result = []
    for row in rows[top + 2:]:
        entry = {"kernel": row[kernel].replace("void ", "").split("(")[0]}
        entry.update({short: float(row[i].replace(",", "")) for short, i in sorted(names.items())})
        entry["instructions_a_pixel"] = round(entry.pop("warp_instructions") * 32 / PIXELS, 1)
        result.append(entry)
    return result


def main():
    folder, commit = sys.argv[1:]
    figures = json.loads(text(os.path.join(folder, "kernels.json")))
    document = {"benchmark": "kernels", "commit": commit, "script": "bench/gpu/kernels.sh", "check": check(folder),
                "sanitizer": sanitizers(folder)}
    document.update(figures)
    if os.path.exists(os.path.join(folder, "profile.csv")):
        document["counters"] = counters(folder)
    json.dump(document, sys.stdout, indent=1)
    print()


main()
