#!/usr/bin/env python3
"""Out of core: gaussian and threshold of a huge synthetic slide to HDF5 under a hard limit of 1 GiB of address
space, and a peak RSS that does not grow with the slide.

WSIPROC_STRESS=full: 100000x100000 against 20000x20000. Otherwise a pair as wide and as tall as those, but smaller in
the other direction, which takes seconds instead of minutes.
"""
import json
import os
import resource
import subprocess
import sys

import wsitest

LIMIT = 1 << 30
CHAIN = "rgb2gray | gaussian:sigma=2 | threshold:value=0.6 as mask"
PAIRS = {"full": [("20000x20000", "100000x100000")],
         "": [("20000x4000", "100000x4000"), ("4000x20000", "4000x100000")]}


def limit():
    if not wsitest.SANITIZE:
        resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))


def peak(size, folder):
    """Peak RSS in MiB of the run over a synthetic slide of that size, and its statistics."""
    stats = os.path.join(folder, "stats.json")
    child = subprocess.Popen([wsitest.WSIPROC, "run", "synthetic:" + size, "-o", folder, "--chain", CHAIN, "--format",
                              "hdf5", "--progress", "none", "--overwrite", "--stats", stats], preexec_fn=limit,
                             stdin=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    wsitest.expect(child.returncode == 0, "%s within 1 GiB" % size, "exit status %d" % child.returncode)
    with open(stats) as f:
        stats = json.load(f)
    for name in wsitest.files_below(folder):
        if name.endswith(".h5"):
            os.remove(os.path.join(folder, name))
    print("%s: peak RSS %.1f MiB" % (size, usage.ru_maxrss / 1024), flush=True)
    return usage.ru_maxrss / 1024, stats


def main():
    mode = os.environ.get("WSIPROC_STRESS", "")
    if mode not in PAIRS:
        sys.exit("WSIPROC_STRESS must be empty or full")
    with wsitest.scratch() as folder:
        for small, large in PAIRS[mode]:
            before, _ = peak(small, folder)
            after, _ = peak(large, folder)
            wsitest.expect(after <= LIMIT / 2**20, "peak RSS within the limit", after)
            wsitest.expect(abs(after - before) <= 0.1 * before or mode == "" and after <= 1.1 * before,
                           "peak RSS of %s within 10 %% of that of %s" % (large, small),
                           "%.1f and %.1f MiB" % (after, before))
    wsitest.done("memory does not grow with the slide")


main()
