#!/usr/bin/env python3
"""Out of core: gaussian and threshold of a synthetic slide of 100000x100000 to HDF5 under a hard limit of 1 GiB of
address space, with a peak RSS within 10 % of that for 20000x20000. Takes a minute or two."""
import os
import resource
import subprocess

import wsitest

LIMIT = 1 << 30
CHAIN = "rgb2gray | gaussian:sigma=2 | threshold:value=0.6 as mask"
SMALL, LARGE = "20000x20000", "100000x100000"


def limit():
    if not wsitest.SANITIZE:
        resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))


def peak(size, folder):
    """Peak RSS in MiB of the run over a synthetic slide of that size."""
    child = subprocess.Popen([wsitest.WSIPROC, "run", "synthetic:" + size, "-o", folder, "--chain", CHAIN, "--format",
                              "hdf5", "--progress", "none"], preexec_fn=limit, stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    wsitest.expect(child.returncode == 0, "%s within 1 GiB" % size, "exit status %d" % child.returncode)
    print("%s: peak RSS %.1f MiB" % (size, usage.ru_maxrss / 1024), flush=True)
    return usage.ru_maxrss / 1024


def main():
    with wsitest.scratch() as folder:
        before, after = peak(SMALL, folder), peak(LARGE, folder)
    wsitest.expect(after <= LIMIT / 2**20, "peak RSS within the limit", after)
    wsitest.expect(abs(after - before) <= 0.1 * before, "peak RSS of both within 10 %",
                   "%.1f and %.1f MiB" % (after, before))
    wsitest.done("memory does not grow with the slide")


main()
