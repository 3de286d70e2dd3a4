"""What the benchmark scripts share: finding the program, timing child processes, describing the machine.

Rules of all benchmarks here: everything that is compared runs in the same invocation, alternating; a warm-up round is
thrown away (memory and page cache are slow the first time they are touched); medians are reported, and ratios
rather than absolute times. This module imports nothing large: a child's peak RSS starts at its parent's.
"""
import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RESULTS = os.path.join(ROOT, "bench", "results")
sys.path.insert(0, os.path.join(ROOT, "bench"))


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "release"), help="build folder to measure")
    parser.add_argument("--slide", help="CMU-1-Small-Region.svs (default: the test data, or datasets/fetch.sh)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--columns", type=int, default=10, help="copies of the slide across the mosaic")
    parser.add_argument("--rows", type=int, default=8)
    parser.add_argument("--scratch", help="folder for the mosaic and the outputs (default: a temporary one)")
    parser.add_argument("--no-save", action="store_true", help="print only, leave bench/results alone")
    return parser


def slide(args):
    if args.slide:
        return args.slide
    data = os.environ.get("WSIPROC_TEST_DATA", os.path.join(ROOT, "..", "shared"))
    path = os.path.join(data, "slides", "CMU-1-Small-Region.svs")
    if os.path.exists(path):
        return path
    fetch = os.path.join(ROOT, "datasets", "fetch.sh")
    return subprocess.run([fetch, os.path.basename(path)], check=True, capture_output=True, text=True).stdout.strip()


def program(args, name):
    for folder in ("cli", "bench", ""):
        path = os.path.join(args.build, folder, name)
        if os.access(path, os.X_OK):
            return path
    sys.exit("%s is not in %s: build it first (cmake --preset release && cmake --build --preset release)" %
             (name, args.build))


def launch(argv, env=None, timeout=None):
    """Exit status, wall and CPU seconds, peak RSS in MB, standard output and error of a child process. One that
    outlasts the timeout is killed; its status then is None."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.monotonic()
        child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                 env=None if env is None else dict(os.environ, **env))
        watch = threading.Timer(timeout, child.kill) if timeout else None
        if watch:
            watch.start()
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        late = bool(watch) and not watch.is_alive() and child.returncode == -9
        if watch:
            watch.cancel()
        out.seek(0)
        err.seek(0)
        return {"status": None if late else child.returncode, "wall_s": wall, "cpu_s": usage.ru_utime + usage.ru_stime,
                "rss_mb": usage.ru_maxrss / 1024, "out": out.read().decode(), "err": err.read().decode()}


def run(argv):
    """The same of a child process that must succeed."""
    sample = launch(argv)
    if sample["status"] != 0:
        sys.exit("%s: exit status %s\n%s" % (" ".join(argv), sample["status"], sample["err"]))
    return sample


def alternate(rounds, **commands):
    """Runs each command once for warming up, then `rounds` times in turn. A command is an argv or a function.
    Returns name -> {"wall_s": median, "min_s", "max_s", "cpu_s", "rss_mb": largest}."""
    samples = {name: [] for name in commands}
    for i in range(rounds + 1):
        for name, command in commands.items():
            sample = command() if callable(command) else run(command)
            if i:
                samples[name].append(sample)
    result = {}
    for name, rows in samples.items():
        walls = [r["wall_s"] for r in rows]
        result[name] = {"wall_s": statistics.median(walls), "min_s": min(walls), "max_s": max(walls),
                        "cpu_s": statistics.median(r["cpu_s"] for r in rows), "rss_mb": max(r["rss_mb"] for r in rows)}
    return result


def first_line(*argv):
    try:
        return subprocess.run(argv, capture_output=True, text=True).stdout.strip().split("\n")[0]
    except OSError:
        return ""


def machine():
    with open("/proc/cpuinfo") as info:
        model = next((line.split(":")[1].strip() for line in info if line.startswith("model name")), "")
    commit = os.environ.get("WSIPROC_COMMIT") or first_line("git", "-C", ROOT, "rev-parse", "--short", "HEAD")
    return {"commit": commit, "cpu": model,
            "cores": len(os.sched_getaffinity(0)), "system": platform.platform(),
            "vips": first_line("vips", "--version") if shutil.which("vips") else ""}


def write_result(name, result, indent=1):
    os.makedirs(RESULTS, exist_ok=True)
    with open(os.path.join(RESULTS, name + ".json"), "w", encoding="utf-8") as out:
        out.write(json.dumps(result, indent=indent) + "\n")


def gpu_tag(name):
    """What results' file names say: h200 for NVIDIA H200."""
    return name.split()[-1].lower()


def report(args, name, result):
    result = {"benchmark": name, "machine": machine(), "rounds": args.rounds, **result}
    print(json.dumps(result, indent=2))
    if not args.no_save:
        write_result(name, result, 2)


def mosaic(args, folder, plain=False):
    import make_mosaic
    path = os.path.join(folder, "plain.tif" if plain else "mosaic.svs")
    width, height = make_mosaic.write_mosaic(slide(args), path, args.columns, args.rows, plain)
    return path, width * height


def skimage_rates(args, chain):
    """MPix/s of a chain in memory, by scikit-image in a process of its own: on a 2048x2048 crop and on the whole small
    slide, decoded already. chain: the text of a function `chain(a)` of the pixels. Needs the tests' Python."""
    script = """
import json, sys, time
import numpy as np, openslide, skimage
from skimage import color, filters, measure, morphology
slide = openslide.OpenSlide(sys.argv[1])
pixels = np.array(slide.read_region((0, 0), 0, slide.dimensions))[..., :3]
%s
def rate(a):
    chain(a)
    times = []
    for _ in range(int(sys.argv[2])):
        start = time.perf_counter()
        chain(a)
        times.append(time.perf_counter() - start)
    return a.shape[0] * a.shape[1] / sorted(times)[len(times) // 2] / 1e6
print(json.dumps({"version": skimage.__version__, "crop_2048": rate(pixels[:2048, :2048].copy()),
                  "whole": rate(pixels)}))
""" % chain
    out = subprocess.run([sys.executable, "-c", script, slide(args), str(args.rounds)], check=True, capture_output=True,
                         text=True).stdout
    return json.loads(out)


def scratch(args):
    return tempfile.TemporaryDirectory(dir=args.scratch, prefix="wsiproc-bench-")
