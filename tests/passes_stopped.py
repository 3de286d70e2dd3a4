#!/usr/bin/env python3
"""Chains with several passes that are stopped in the middle: killed, told to end, out of room. Nothing is left in the
scratch folder, what is left of outputs is taken over by the next start, which makes the same bytes as if nothing had been."""
import os
import resource
import signal
import subprocess
import time

import wsitest
from passes_common import NUCLEI, NUCLEI_NAMES
from wsitest import bytes_of, command, done, expect, files_below

# Large enough to be stopped in the middle.
SLIDE = "synthetic:3000x3000,seed=3" if wsitest.SANITIZE else "synthetic:6000x6000,seed=3"
OPTIONS = ("--chain", NUCLEI, "--write", NUCLEI_NAMES, "--table-format", "csv,geojson", "--progress", "none", "--keep",
           "always", "--threads", "2", "--compression", "zstd")


def arguments(out, scratch):
    return ["run", SLIDE, "-o", out, "--scratch", scratch, *OPTIONS]


def start(out, scratch):
    return subprocess.Popen([wsitest.WSIPROC, *arguments(out, scratch)], stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def scratch_bytes(pid, scratch):
    """Bytes in nameless files that the process holds in the scratch folder."""
    total = 0
    for fd in os.listdir("/proc/%d/fd" % pid):
        path = "/proc/%d/fd/%s" % (pid, fd)
        try:
            if os.readlink(path).startswith(scratch + os.sep):
                total += os.stat(path).st_size
        except OSError:
            pass  # closed in between
    return total


def wait_until(child, reached, what):
    end = time.monotonic() + 300
    while time.monotonic() < end:
        expect(child.poll() is None, "still running before: " + what, child.returncode)
        if reached():
            return
        time.sleep(0.002)
    child.kill()
    expect(False, "in time: " + what)


def stop(signum, where, folder, wanted):
    """where: 'scratch' while an early pass keeps images, 'writing' once an output has begun."""
    out, scratch = (os.path.join(folder, "%s-%d-%s" % (n, signum, where)) for n in ("out", "scratch"))
    os.mkdir(scratch)
    child = start(out, scratch)
    if where == "scratch":
        wait_until(child, lambda: scratch_bytes(child.pid, scratch) > 1 << 20, "something in a scratch file")
        begun = [f for f in files_below(out) if f.endswith(".part")]
        expect(not begun, "stopped before outputs are written", begun)
    else:
        wait_until(child, lambda: any(".h5." in f and f.endswith(".part") and os.path.getsize(os.path.join(out, f)) > 1 << 18
                                      for f in files_below(out)), "an output that has begun")
        expect(scratch_bytes(child.pid, scratch) > 1 << 20, "images are kept in the scratch folder")
    child.send_signal(signum)
    expect(child.wait(timeout=300) == -signum, "dies of the signal", child.returncode)
    expect(os.listdir(scratch) == [], "nothing left in the scratch folder", os.listdir(scratch))
    left = files_below(out)
    ends = (".part",) if signum == signal.SIGKILL else ("summary.json",)
    expect(all(f.endswith(ends) for f in left), "nothing that looks finished", left)
    expect(signum != signal.SIGKILL or where == "scratch" or left, "a part file is left by SIGKILL")
    command(*arguments(out, scratch))
    expect(bytes_of(out) == wanted, "then the same bytes", sorted(set(bytes_of(out)) ^ set(wanted)))
    expect(os.listdir(scratch) == [], "nothing left in the scratch folder", os.listdir(scratch))
    done("%s, %s" % (signal.Signals(signum).name, where))


def full(folder):
    """No file may grow beyond 3 MiB: the scratch file is the first that wants to."""
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (3 << 20, 3 << 20))

    out, scratch = (os.path.join(folder, n) for n in ("full-out", "full-scratch"))
    os.mkdir(scratch)
    ran = command(*arguments(out, scratch), status=6, preexec_fn=limit)
    lines = [line for line in ran.stderr.split("\n") if line]
    expect(len(lines) == 1 and scratch in lines[0], "one line that names the folder", ran.stderr)
    left = [f for f in files_below(out) if f != "summary.json"]
    expect(left == [] and os.listdir(scratch) == [], "nothing left", (left, os.listdir(scratch)))
    done("a full disk: " + lines[0].replace(folder, ""))


def unusable(folder):
    """Refused before anything runs."""
    file = os.path.join(folder, "file")
    with open(file, "w", encoding="utf-8"):
        pass
    folders = [os.path.join(folder, "nowhere"), file]
    if os.geteuid() != 0:
        os.mkdir(os.path.join(folder, "locked"), 0o500)
        folders.append(os.path.join(folder, "locked"))
    for scratch in folders:
        out = os.path.join(folder, "unusable")
        ran = command(*arguments(out, scratch), status=6)
        expect(scratch in ran.stderr and len(ran.stderr.strip().split("\n")) == 1, "one line", ran.stderr)
        expect(not os.path.exists(out), "nothing is begun", files_below(out))
    done("--scratch that is no folder, or none to write to")


with wsitest.scratch() as SCRATCH:
    os.mkdir(os.path.join(SCRATCH, "scratch"))
    command(*arguments(os.path.join(SCRATCH, "wanted"), os.path.join(SCRATCH, "scratch")))
    WANTED = bytes_of(os.path.join(SCRATCH, "wanted"))
    expect(len(WANTED) == 6, "images, tables and fits", sorted(WANTED))
    for number, at in ((signal.SIGKILL, "scratch"), (signal.SIGKILL, "writing"), (signal.SIGTERM, "scratch"), (signal.SIGTERM, "writing")):
        stop(number, at, SCRATCH, WANTED)
    full(SCRATCH)
    unusable(SCRATCH)
