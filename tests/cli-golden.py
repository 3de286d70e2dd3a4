#!/usr/bin/env python3
"""The words of the command line: help, lists and errors against stored texts in cli-golden/, and docs/ops.md against
the registry. `cli-golden.py --update` writes them anew; the difference then shows in review.

Every error must be one line on standard error that begins with "wsiproc: ", whatever it is about.
"""
import difflib
import json
import os
import re
import subprocess
import sys
import tempfile

import wsitest

FOLDER = os.path.join(wsitest.ROOT, "tests", "cli-golden")
UPDATE = "--update" in sys.argv[1:]
OPS_DOCUMENT = os.path.join(wsitest.ROOT, "docs", "ops.md")
RUN = ["run", "synthetic:64x64", "-o", "out", "--progress", "none"]
GRAY = ["--chain", "rgb2gray as g"]

# name: list of commands; the text holds each with its output and exit status.
CASES = {
    "help": [["help"], ["help", "info"], ["help", "verify"], ["help", "devices"], ["ops", "--help"], ["--version"]],
    "help-run": [["run", "--help"]],
    "help-plan": [["plan", "-h"]],
    "ops": [["ops"]],
    "ops-gaussian": [["ops", "gaussian"], ["ops", "gaussian", "--json"]],
    "usage": [[], ["rn"], ["help", "rnu"], ["frobnicate"], ["run"], ["info"], ["verify"], ["ops", "gausian"],
              ["ops", "qqqqqqqq"], ["ops", "a", "b"], ["ops", "--json", "--markdown"], ["info", "--jsn", "x"], ["devices", "0"]],
    "run-errors": [RUN, RUN + GRAY + ["--tilee", "3"], RUN + GRAY + ["--tile"], RUN + GRAY + ["--tile", "0"],
                   RUN + GRAY + ["--threads", "two"], RUN + GRAY + ["--memory", "1x"], RUN + GRAY + ["--format", "hdf"],
                   RUN + GRAY + ["--compression", "gzip"], RUN + GRAY + ["--compression", "jpeg"],
                   RUN + GRAY + ["--quality", "101"], RUN + GRAY + ["--out-tile", "100"], RUN + GRAY + ["--bigtiff"],
                   RUN + GRAY + ["--level", "1", "--mpp", "0.5"], RUN + GRAY + ["--chain-file", "x"],
                   RUN + GRAY + ["--device", "gpu"], RUN + GRAY + ["--device", "cuda:x"],
                   RUN + GRAY + ["--device", "cuda:0,0"], RUN + GRAY + ["--device", "cpu", "--decoder", "gpu"],
                   RUN + GRAY + ["--decoder", "nvjpeg"], RUN + GRAY + ["--streams", "0"],
                   RUN + GRAY + ["--host-steps", "gaussian,gausian"], RUN + GRAY + ["--host-steps", "gaussian,"],
                   RUN + GRAY + ["--device-memory", "1K"], RUN + GRAY + ["--trace", "nowhere/t.json"],
                   RUN + GRAY + ["--shard", "3/2"],
                   RUN + GRAY + ["--scratch", "nowhere"], RUN + GRAY + ["--stats", "nowhere/s.json"],
                   RUN + ["--chain", ""], RUN + ["--chain-file", "nowhere"],
                   ["run", "synthetic:64x64"] + GRAY, ["run", "a/x.svs", "b/x.svs", "-o", "out"] + GRAY],
    "chain-errors": [RUN + ["--chain", c] for c in (
        "gausian:sigma=1", "gaussian:sigma=-1", "gaussian:sgma=1", "gaussian:sigma", "gaussian:sigma=[1,2,3]",
        "gaussian:mode=wrap", "gaussian:truncate=x", "rgb2gray |", "| rgb2gray", "rgb2gray as", "rgb2gray as 1x",
        "rgb2gray as g | gaussian as g", "gaussian:from=@nothing", "channel:index=9", "rgb2gray | rgb2gray", "threshold")]
    + [RUN + GRAY + ["--write", "h"]],
    "missing": [["info", "nowhere.svs"], RUN[:1] + ["nowhere.svs"] + RUN[2:] + GRAY, ["verify", "nowhere.h5"],
                ["info", "synthetic:0x0"], ["info", "synthetic:5"], ["info", "synthetic:5x5,sed=1"], ["info", "empty"]],
}


def clean(text):
    """Without what differs from machine to machine and from run to run."""
    text = re.sub(r"\b\d+\.\d+\.\d+\b", "VERSION", text, count=1) if text.startswith("wsiproc ") else text
    return re.sub(r"; [0-9.]+ MPix in .*", "; ...", text)


def shown(argv, folder):
    env = {k: v for k, v in os.environ.items() if not k.startswith("WSIPROC_") and k != "TERM"}
    done = subprocess.run([wsitest.WSIPROC, *argv], capture_output=True, text=True, stdin=subprocess.DEVNULL, cwd=folder,
                          env=dict(env, **{k: os.environ[k] for k in ("ASAN_OPTIONS", "TSAN_OPTIONS") if k in os.environ}))
    command = "$ wsiproc " + " ".join(a if re.fullmatch(r"[\w./:=,@-]+", a) else "'%s'" % a for a in argv)
    if done.returncode:
        lines = done.stderr.split("\n")
        wsitest.expect(len(lines) == 2 and lines[0].startswith("wsiproc: ") and not lines[1],
                       "an error is one line: %s" % command, done.stderr)
        wsitest.expect(done.returncode in (1, 2, 3, 5, 6, 7, 8), "a documented status: %s" % command, done.returncode)
    return "%s\n%s%s[%d]\n" % (command, clean(done.stdout), done.stderr, done.returncode)


def compare(path, made):
    if UPDATE:
        with open(path, "w", encoding="utf-8") as f:
            f.write(made)
    stored = open(path, encoding="utf-8").read() if os.path.exists(path) else ""
    difference = "".join(difflib.unified_diff(stored.splitlines(True), made.splitlines(True), path, "now"))
    wsitest.expect(stored == made, "%s is as stored (tests/cli-golden.py --update writes it anew)" % path, difference)


def operations():
    """Help, JSON and the document tell the same, for every operation."""
    ops = json.loads(wsitest.command("ops", "--json").stdout)
    listed = wsitest.command("ops").stdout
    for op in ops:
        text = wsitest.command("ops", op["name"]).stdout
        one = json.loads(wsitest.command("ops", op["name"], "--json").stdout)
        wsitest.expect(one == op, "%s: the same alone and in the list" % op["name"])
        wsitest.expect("\n  %s " % op["name"] in listed, "%s is listed" % op["name"])
        words = " ".join(text.split())
        wsitest.expect(all(" ".join(op[k].split()) in words for k in ("summary", "doc", "source", "edge", "example")),
                       "%s: help is whole" % op["name"], text)
        for p in op["parameters"]:
            wsitest.expect("\n  %s (" % p["name"] in text, "%s: parameter %s in help" % (op["name"], p["name"]), text)
            wsitest.expect(p["help"] and p["range"], "%s: parameter %s is described" % (op["name"], p["name"]))
    compare(OPS_DOCUMENT, wsitest.command("ops", "--markdown").stdout)


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "empty"))
        for name, commands in CASES.items():
            compare(os.path.join(FOLDER, name + ".txt"), "\n".join(shown(argv, folder) for argv in commands))
            wsitest.done(name)
    operations()
    wsitest.done("operations")


main()
