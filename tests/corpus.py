#!/usr/bin/env python3
"""Every odd TIFF of the corpus through `info` and `run`: an output, or one clear error line; no crash, no hang, no
memory out of proportion (2 GiB: an address-space limit, or the sanitizer's own RSS limit).

What is accepted and can also be read by tifffile is compared pixel by pixel.
"""
import concurrent.futures
import json
import logging
import os
import resource
import subprocess
import sys
import tempfile

import wsitest

LIMIT = 2 << 30
SECONDS = 60 * (4 if wsitest.SANITIZE else 1)
INPUT_ERROR, FAILED = 5, 1

# Files where tifffile shows other pixels on purpose or by mistake; each says why.
OTHER_PIXELS = {}


def limited():
    if not wsitest.SANITIZE:
        resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))


def environment():
    env = dict(os.environ)
    if "address" in wsitest.SANITIZE:
        env["ASAN_OPTIONS"] = "hard_rss_limit_mb=2048:allocator_may_return_null=1:detect_leaks=1:" + \
            env.get("ASAN_OPTIONS", "")
    return env


def invoke(*argv):
    """(exit status, stdout, stderr); a status of None: did not end in time."""
    try:
        done = subprocess.run([wsitest.WSIPROC, *argv], capture_output=True, timeout=SECONDS, preexec_fn=limited,
                              stdin=subprocess.DEVNULL, env=environment())
    except subprocess.TimeoutExpired:
        return None, "", "no end within %d s" % SECONDS
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def complaint(path, what, status, err):
    """Text of what is wrong with how a run ended, or None."""
    if status == 0:
        return None
    if status not in (INPUT_ERROR, FAILED):
        return "%s: ended with %s\n%s" % (what, status, err[-3000:])
    lines = [line for line in err.split("\n") if line and not line.startswith("wsiproc: warning: ")]
    if len(lines) != 1 or os.path.basename(path) not in lines[0]:
        return "%s: exit status %d, but not one line naming the file:\n%s" % (what, status, err[-3000:])
    return None


def check(path):
    """Runs one file: (path, complaint or None, folder with the output or None)."""
    status, out, err = invoke("info", path, "--json")
    bad = complaint(path, "info", status, err)
    if bad:
        return path, bad, "failed"
    if status == 0:
        json.loads(out)
    with tempfile.TemporaryDirectory() as folder:
        argv = ("run", path, "-o", folder, "--chain", "cast:dtype=float64 as pixels", "--format", "hdf5", "--compression",
                "none", "--progress", "none", "--threads", "2")
        run_status, _, err = invoke(*argv)
        bad = complaint(path, "run", run_status, err)
        files = [f for f in wsitest.files_below(folder) if f.endswith(".h5")]
        if not bad and run_status == 0 and len(files) != 1:
            bad = "run: success without an output"
        if not bad and run_status != 0 and files:
            bad = "run: an output in spite of failure"
        if not bad and files and status == 0:
            bad = compare(path, os.path.join(folder, files[0]))
    return path, bad, "accepted" if run_status == 0 else "refused"


def compare(path, output):
    """With tifffile, where it is there and reads the file as plain pixels."""
    if wsitest.SANITIZE or os.path.basename(path) in OTHER_PIXELS or os.sep + "valid" + os.sep not in path:
        return None
    try:
        import numpy as np
        import tifffile
        logging.disable()
        with tifffile.TiffFile(path) as tiff:
            page = tiff.pages[0]
            if page.photometric not in (1, 2) or page.compression in (6, 7) or page.bitspersample not in (8, 16, 32) \
                    or page.shape != page.shaped[-page.ndim:] and page.ndim > 3:
                return None
            expected = np.squeeze(page.asarray())
    except Exception:  # whatever tifffile stumbles over is no reference
        return None
    ours = wsitest.results(output)["pixels"]
    ours = np.squeeze(ours)
    if page.planarconfig == 2 and expected.ndim == 3:
        expected = np.moveaxis(expected, 0, -1)
    if page.ndim > 3 or ours.shape != expected.shape:
        return None if page.ndim > 3 else "other shape than tifffile: %s, %s" % (ours.shape, expected.shape)
    if not np.array_equal(ours, scaled(np, expected), equal_nan=True):
        return "other pixels than tifffile"
    return None


def scaled(np, a):
    """img_as_float."""
    if a.dtype.kind == "f":
        return a.astype(np.float64)
    top = np.iinfo(a.dtype).max
    return np.maximum(a.astype(np.float64) * (1.0 / top), -1.0)


def main():
    folder = os.path.join(wsitest.DATA, "corpus-tiff")
    if not os.path.isdir(folder):
        wsitest.skip("no corpus in %s (WSIPROC_TEST_DATA)" % folder)
    paths = [os.path.join(folder, f) for f in wsitest.files_below(folder) if os.sep in f]
    wsitest.expect(len(paths) > 300, "the corpus is there", len(paths))
    counts, bad = {}, []
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for path, complaint_text, outcome in pool.map(check, paths):
            key = os.path.basename(os.path.dirname(path)), outcome
            counts[key] = counts.get(key, 0) + 1
            if complaint_text:
                bad.append("%s: %s" % (path, complaint_text))
    for key in sorted(counts):
        print("%s %s: %d" % (*key, counts[key]))
    if bad:
        sys.exit("\n".join(bad) + "\nFAILED: %d of %d files" % (len(bad), len(paths)))
    print("ok: %d files" % len(paths))


main()
