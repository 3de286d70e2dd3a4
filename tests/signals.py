#!/usr/bin/env python3
"""SIGINT, SIGTERM, SIGHUP and SIGUSR1 in mid-run: outputs are absent, the program dies of that very signal, and the next run works."""
import os
import signal
import subprocess
import time

import wsitest

CHAIN = "gaussian:sigma=3 | cast:dtype=uint8 as g"


def start(folder, *options):
    return subprocess.Popen([wsitest.WSIPROC, "run", "synthetic:30000x30000", "-o", folder, "--chain", CHAIN, "--progress",
                             "none", *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def wait_for_part(child, folder):
    """Until the run has begun to write."""
    for _ in range(600):
        if any(f.endswith(".part") and os.path.getsize(os.path.join(folder, f)) for f in wsitest.files_below(folder)):
            return
        wsitest.expect(child.poll() is None, "still running", child.returncode)
        time.sleep(0.05)
    child.kill()
    wsitest.expect(False, "begins to write within 30 s")


def interrupt(signum, fmt):
    with wsitest.scratch() as folder:
        child = start(folder, "--format", fmt)
        wait_for_part(child, folder)
        time.sleep(0.2)
        begin = time.monotonic()
        child.send_signal(signum)
        _, err = child.communicate(timeout=300)
        took = time.monotonic() - begin
        name = signal.Signals(signum).name
        wsitest.expect(child.returncode == -signum, "%s %s: dies of the signal" % (fmt, name),
                       "%s\n%s" % (child.returncode, err))
        left = [f for f in wsitest.files_below(folder) if f.endswith((".part", ".h5", ".tif"))]
        wsitest.expect(not left, "%s %s: nothing partial left" % (fmt, name), left)
        wsitest.expect(took < 30, "%s %s: ends within the grace of a cluster" % (fmt, name), took)
        wsitest.done("%s with %s after %.2f s" % (name, fmt, took))

        again = wsitest.run("synthetic:2000x1000", CHAIN, folder, "--format", fmt)
        wsitest.expect([f for f in again if f.endswith((".h5", ".tif"))], "the next run works", again)


def inherited(signum, ignored, expected):
    """How shells start programs: background jobs of scripts with SIGINT ignored, nohup with SIGHUP ignored."""
    def ignore():
        signal.signal(ignored, signal.SIG_IGN)

    with wsitest.scratch() as folder:
        child = subprocess.Popen([wsitest.WSIPROC, "run", "synthetic:6000x6000", "-o", folder, "--chain", CHAIN,
                                  "--format", "hdf5", "--progress", "none"], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=ignore)
        wait_for_part(child, folder)
        child.send_signal(signum)
        wsitest.expect(child.wait(timeout=300) == expected, "%s, started with %s ignored" % (signum, ignored),
                       child.returncode)
    wsitest.done("%s where it comes in ignored" % signal.Signals(ignored).name)


for signum in (signal.SIGINT, signal.SIGTERM):
    for fmt in ("hdf5", "tiff"):
        interrupt(signum, fmt)
interrupt(signal.SIGUSR1, "hdf5")
interrupt(signal.SIGHUP, "tiff")
inherited(signal.SIGINT, signal.SIGINT, -signal.SIGINT)
inherited(signal.SIGHUP, signal.SIGHUP, 0)
