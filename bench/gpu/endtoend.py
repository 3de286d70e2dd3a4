#!/usr/bin/env python3
"""Whole runs on a GPU: the CPU's bytes whatever the decoder, streams, tiles, memory and devices; memory; speed against
the decoders alone; scaling over devices; faults.

usage: endtoend.py --program BUNDLE/bin/wsiproc --slide CMU-1-Small-Region.svs --work FOLDER --results FILE [STEP ...]
Steps: equality, whole, memory, speed, scaling, faults (all of them when none is given). Large slides are made in FOLDER from the
small one's tiles. FILE gets the figures as JSON after every step. Python's own library only (Pillow for one slide of odd
tiles). The status is 1 when a check failed and 77 where there is no GPU.
"""
import argparse
import concurrent.futures
import json
import os
import statistics
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import benchlib  # noqa: E402
import endtoend_faults  # noqa: E402
import endtoend_slides  # noqa: E402
from endtoend_runs import Runner  # noqa: E402

NUCLEI = "rgb2hed | channel:index=0 | gaussian:sigma=2 | threshold:value=0.08 | opening:footprint=disk,radius=3"
HED = "rgb2hed as hed | channel:index=0 | gaussian:sigma=2 as h | threshold:value=0.08 as m"
JPEG = ["--format", "tiff", "--compression", "jpeg", "--quality", "80", "--out-tile", "512"]
ZSTD = ["--format", "hdf5", "--compression", "zstd"]
MASK = ["--format", "hdf5", "--out-tile", "512"]
HEAVY = "rgb2gray | " + " | ".join(["gaussian:sigma=9"] * 6) + " | threshold:value=0.5"  # what GPUs are the limit of
CHAINS = {
    "nuclei": (NUCLEI, ["--format", "hdf5"]),
    "pyramid": ("gaussian:sigma=1", JPEG),
    "median": ("rgb2gray | cast:dtype=uint8 | median:footprint=disk,radius=3", ["--format", "hdf5", "--compression", "zstd"]),
    "two results": (HED, ["--write", "h,m", "--format", "ome-tiff"]),
    "point-wise": ("invert | rescale_intensity:in_range=[0.1,0.9] | rgb2gray", ["--format", "hdf5"]),
    "branches": ("rgb2gray | sobel as edges | threshold:value=0.1 as mask | mask:from=@source,mask=@mask",
                 ["--format", "tiff", "--compression", "deflate"]),
    "far halo": ("gaussian:sigma=9,mode=reflect | opening:footprint=disk,radius=8 | cast:dtype=uint8", ["--format", "hdf5"]),
    "decode": ("cast:dtype=uint8", ["--format", "hdf5", "--compression", "none"]),
}
NUCLEI_TABLE = ("rgb2hed as hed | channel:index=0 | gaussian:sigma=2 as h | threshold_otsu | opening:footprint=disk,radius=3 | "
                "remove_small_objects:max_size=64 | label as nuclei | measure:intensity=@h as table")
WHOLE = {  # chains of several passes, and parts of slides
    "nuclei and table": (NUCLEI_TABLE, ["--write", "nuclei,table"]),
    "macenko": ("normalize_macenko | gaussian:sigma=1", JPEG),
    "vahadane": ("normalize_vahadane", ["--format", "hdf5"]),
    "reinhard": ("normalize_reinhard | gaussian:sigma=1", ["--format", "hdf5"]),
    "clahe": ("rgb2gray | equalize_adapthist", ["--format", "hdf5"]),
    "frangi": ("rgb2gray | frangi:sigmas=[2] | threshold_otsu", ["--format", "hdf5"]),
    "classes": ("rgb2gray | threshold_multiotsu as c | label as l", ["--write", "c,l"]),
    "canny": ("rgb2gray | canny:sigma=2", ["--format", "hdf5"]),
    "canny by quantiles": ("rgb2gray | canny:sigma=2,use_quantiles=true,low_threshold=0.7,high_threshold=0.9",
                           ["--format", "hdf5"]),
    "watershed": ("rgb2gray | threshold_otsu as dark | logical_not | distance_transform_edt as d | peak_local_max:min_distance=8 as p",
                  ["--write", "d,p"]),
    "within": ("rgb2gray as g | threshold_otsu:compat=false as bright | logical_not as t | "
               "gaussian:from=@source,sigma=2 as s | rgb2gray:from=@s | threshold_mean:mask=@t as m",
               ["--within", "@t", "--write", "s,m", "--format", "hdf5"]),
    "within, JPEG": ("rgb2gray | threshold_otsu | logical_not as t | gaussian:from=@source,sigma=1 as s",
                     ["--within", "@t", "--write", "s"] + JPEG),
}


# ---- Equality -----------------------------------------------------------------------------------------------------

def variants(gpus):
    """Name -> options. None of them may change a byte."""
    chosen = {"plain": [], "cpu decodes": ["--decoder", "cpu"], "gpu decodes": ["--decoder", "gpu"],
              "1 stream": ["--streams", "1"], "2 streams": ["--streams", "2"], "4 streams": ["--streams", "4"],
              "tile 512": ["--tile", "512"], "tile 1000": ["--tile", "1000", "--decoder", "cpu"], "tile 4096": ["--tile", "4096"],
              "512M device": ["--device-memory", "512M"], "1 thread": ["--threads", "1"],
              "200M host": ["--memory", "200M", "--device-memory", "1G"],
              "some steps on the host": ["--host-steps", "gaussian,median,rescale_intensity,sobel,threshold"]}
    if gpus > 1:
        chosen["2 devices"] = ["--device", "cuda:0,1"]
        chosen["2 devices, gpu decodes"] = ["--device", "cuda:1,0", "--decoder", "gpu", "--tile", "512"]
    if gpus > 3:
        chosen["4 devices"] = ["--device", "cuda:0,1,2,3", "--tile", "512"]
    return chosen


def compare(runner, source, chain, name, options):
    """A line of the result; "ok" or what is wrong."""
    text, format_options = CHAINS.get(chain) or WHOLE[chain]
    jpeg = source in runner.jpeg_slides
    ran = runner.run(source, text, format_options + ["--device", "cuda:0"] + options)
    row = {"slide": os.path.basename(source), "chain": chain, "variant": name, "options": options}
    if ran["status"] != 0 and "gpu decodes" in name and not jpeg and not ran["files"]:
        row["verdict"] = "ok: refused: " + ran["err"].strip()[-150:]
    elif ran["status"] != 0:
        row["verdict"] = "status %s: %s" % (ran["status"], ran["err"].strip()[-300:])
    elif ran["files"] != runner.reference(source, text, format_options):
        row["verdict"] = "other bytes"
    else:
        passes = ran["stats"].get("passes", [ran["stats"]])
        row["decoded_tiles_gpu"] = sum(one.get("decoded_tiles_gpu", 0) for one in passes)
        if not any(gpu["blocks"] for one in passes for gpu in one.get("gpus", [])):
            row["verdict"] = "no GPU computed a block"
        elif name == "gpu decodes" and not row["decoded_tiles_gpu"]:
            row["verdict"] = "no GPU decoded a tile"
        else:
            row["verdict"] = "ok"
    return row


def equality(runner, slides):
    cases = []
    whole, others = slides.for_equality()
    every = variants(runner.gpus)
    for source in whole:
        cases += [(source, chain, name, options) for chain in CHAINS for name, options in every.items()]
    for source in others:
        cases += [(source, chain, name, every[name]) for chain in ("nuclei", "pyramid", "decode")
                  for name in ("plain", "cpu decodes", "gpu decodes", "tile 512")]
    return compare_all(runner, "equality", cases)


def whole(runner, slides):
    """Equality of what needs the whole slide, or works on a part of it."""
    large, _ = slides.for_equality()
    every = variants(runner.gpus)
    cases = [(source, chain, name, options) for source in large + [slides.mosaic(256, 20000, 15000)] for chain in WHOLE
             for name, options in every.items() if name != "some steps on the host"]
    return compare_all(runner, "whole", cases)


def compare_all(runner, title, cases):
    cases = cases[::runner.args.every]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        rows = list(pool.map(lambda case: compare(runner, *case), cases))
    wrong = [row for row in rows if not row["verdict"].startswith("ok")]
    for row in wrong[:20]:
        print("WRONG: %(slide)s, %(chain)s, %(variant)s: %(verdict)s" % row)
    print("%s: %d runs, %d wrong" % (title, len(rows), len(wrong)), flush=True)
    refused = sorted({row["slide"] + ": " + row["verdict"] for row in rows if row["verdict"].startswith("ok: ")})
    return {"runs": len(rows), "wrong": wrong, "refused": refused, "failed": bool(wrong),
            "decoded_on_gpu": sum(row.get("decoded_tiles_gpu", 0) for row in rows)}


# ---- Memory -------------------------------------------------------------------------------------------------------

def memory(runner, slides):
    """A slide of 10 GPix and one of a hundredth of that need the same."""
    del slides
    rows = []
    for device, host in (("1G", "1G"), ("2G", "512M")):
        for source in ("synthetic:10000x10000", "synthetic:100000x100000"):
            ran = runner.run(source, NUCLEI, ["--format", "hdf5", "--device", "cuda:0", "--device-memory", device, "--memory", host],
                             watch_device=True, timeout=400)
            row = {"slide": source, "device_memory": device, "memory": host, "status": ran["status"],
                   "wall_s": ran["wall_s"], "rss_mb": ran["rss_mb"], "device_used_mb": ran["device_used_mb"],
                   "error": ran["err"].strip()[-300:] if ran["status"] else ""}
            if ran["status"] == 0:
                stats = ran["stats"]
                row.update(device_peak_mb=stats["gpus"][0]["memory_peak_bytes"] / 2 ** 20,
                           pool_peak_mb=stats["memory"]["peak_pool_bytes"] / 2 ** 20,
                           pool_budget_mb=stats["memory"]["budget_bytes"] / 2 ** 20, mpix_per_s=stats["mpix_per_s"])
            rows.append(row)
            print("memory: %s" % json.dumps(row), flush=True)
    failed = any(row["status"] != 0 or row["pool_peak_mb"] > row["pool_budget_mb"] or
                 row["device_peak_mb"] > 1024 * float(row["device_memory"][:-1]) for row in rows)
    return {"runs": rows, "failed": failed}


# ---- Speed --------------------------------------------------------------------------------------------------------

def measure(runner, rounds, source, commands):
    """Runs each command once for warming up, then `rounds` times in turn; medians of process and run."""
    samples = {name: [] for name in commands}
    for i in range(rounds + 1):
        for name, (chain, options) in commands.items():
            ran = runner.run(source, chain, options, timeout=300, digest=False)
            if ran["status"] != 0:
                print("speed: %s: status %s: %s" % (name, ran["status"], ran["err"].strip()[-300:]), flush=True)
            elif i:
                samples[name].append(ran)
    rows = {}
    for name, (chain, options) in commands.items():
        good = samples[name]
        if len(good) < rounds:
            rows[name] = {"failed": True, "chain": chain, "options": options}
            continue
        pixels = good[0]["stats"]["pixels"]
        middle = lambda key: statistics.median(key(s) for s in good)
        rows[name] = {
            "chain": chain, "options": options, "command": good[0]["command"],
            "process_s": middle(lambda s: s["wall_s"]), "process_s_all": [s["wall_s"] for s in good],
            "run_s": middle(lambda s: s["stats"]["wall_s"]), "setup_s": middle(lambda s: s["stats"].get("setup_s", 0)),
            "process_gpix_s": pixels / middle(lambda s: s["wall_s"]) / 1e9,
            "run_gpix_s": pixels / middle(lambda s: s["stats"]["wall_s"]) / 1e9,
            "steady_gpix_s": pixels / middle(lambda s: s["stats"]["wall_s"] - s["stats"].get("setup_s", 0)) / 1e9,
            "overlap_efficiency": middle(lambda s: s["stats"]["overlap_efficiency"]),
            "decoded_on_gpu": middle(lambda s: s["stats"].get("decoded_tiles_gpu", 0) / s["stats"]["decoded_tiles"]),
            "rss_mb": max(s["rss_mb"] for s in good), "cpu_s": middle(lambda s: s["cpu_s"]), "last_stats": good[-1]["stats"]}
        print("speed: %-28s process %.2f s %.2f GPix/s, run %.2f GPix/s, steady %.2f GPix/s, overlap %.2f, on GPU %.2f" %
              (name, rows[name]["process_s"], rows[name]["process_gpix_s"], rows[name]["run_gpix_s"],
               rows[name]["steady_gpix_s"], rows[name]["overlap_efficiency"], rows[name]["decoded_on_gpu"]), flush=True)
    return rows


def ratio(rows, name, other, key="run_gpix_s"):
    good = key in rows.get(name, {}) and key in rows.get(other, {})
    return rows[name][key] / rows[other][key] if good else None


def speed(runner, slides):
    """The nuclei chain and the JPEG pyramid, beside the same decoders doing nothing else."""
    result, failed = {}, False
    extra = runner.args.options.split()
    for kind, width, height in slides.sizes(runner.args.size):
        source = slides.mosaic(kind, width, height)
        commands = {}
        for decoder in runner.args.decoders.split(","):
            options = ["--device", "cuda:0", "--decoder", decoder] + extra
            commands["nuclei, decoder " + decoder] = (NUCLEI, MASK + options)
            commands["decode, decoder " + decoder] = ("cast:dtype=uint8", ["--format", "null"] + options)
        commands["nuclei, tiles of 256"] = (NUCLEI, ["--format", "hdf5", "--device", "cuda:0"] + extra)
        commands["nuclei, zstd"] = (NUCLEI, ZSTD + ["--out-tile", "512", "--device", "cuda:0"] + extra)
        commands["pyramid"] = ("gaussian:sigma=1", JPEG + ["--device", "cuda:0"] + extra)
        slides.warm(source)
        name = "%s %dx%d" % (kind, width, height)
        print("speed: %s, %.0f MB" % (name, os.path.getsize(source) / 1e6), flush=True)
        rows = measure(runner, runner.args.rounds, source, commands)
        for decoder in runner.args.decoders.split(","):
            rows["nuclei of decode alone, decoder " + decoder] = ratio(rows, "nuclei, decoder " + decoder,
                                                                       "decode, decoder " + decoder)
            print("speed: nuclei of decode alone, decoder %s: %s" %
                  (decoder, rows["nuclei of decode alone, decoder " + decoder]), flush=True)
        result[name] = rows
        failed = failed or any(isinstance(row, dict) and row.get("failed") for row in rows.values())
    return {"slides": result, "failed": failed,
            "goals": {"nuclei": "5 GPix/s, overlap 0.85, 0.7 of decode alone", "pyramid": "2.5 GPix/s"}}


def scaling(runner, slides):
    """One device against several."""
    if runner.gpus < 2:
        print("scaling: one GPU: skipped")
        return {"skipped": "one GPU", "failed": False}
    result = {}
    for kind, width, height in slides.sizes(runner.args.size):
        source = slides.mosaic(kind, width, height)
        slides.warm(source)
        commands = {}
        for count in (1, 2, 4):
            if count > runner.gpus:
                continue
            device = "cuda:" + ",".join(str(i) for i in range(count))
            commands["%d, decode alone" % count] = (
                "cast:dtype=uint8", ["--format", "null", "--device", device, "--decoder", "gpu"] + runner.args.options.split())
            commands["%d, compute" % count] = (
                HEAVY, ["--format", "null", "--device", device, "--decoder", "gpu"] + runner.args.options.split())
            for decoder in ("gpu", "auto"):
                commands["%d, decoder %s" % (count, decoder)] = (
                    NUCLEI, MASK + ["--device", device, "--decoder", decoder] + runner.args.options.split())
        rows = measure(runner, runner.args.rounds, source, commands)
        for what in ("decode alone", "compute", "decoder gpu", "decoder auto"):
            for key in ("run_gpix_s", "steady_gpix_s"):
                name = "2 of 1, %s, %s" % (what, key)
                rows[name] = ratio(rows, "2, " + what, "1, " + what, key)
                print("scaling: %s: %s" % (name, rows[name]))
        result["%s %dx%d" % (kind, width, height)] = rows
    return {"slides": result, "goal": "two GPUs at least 1.7 times one where decoding is on the GPUs", "failed": False}


def faults(runner, slides):
    return endtoend_faults.run(runner, slides, NUCLEI)


# ---- All of it ----------------------------------------------------------------------------------------------------

STEPS = {"equality": equality, "whole": whole, "memory": memory, "speed": speed, "scaling": scaling, "faults": faults}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", required=True, help="wsiproc of an unpacked bundle")
    parser.add_argument("--slide", required=True, help="CMU-1-Small-Region.svs")
    parser.add_argument("--slides", help="folder with more slides to compare")
    parser.add_argument("--work", required=True, help="folder for slides and outputs, on a fast disk")
    parser.add_argument("--results", required=True, help="JSON file")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="compares only each Nth case")
    parser.add_argument("--size", default="256:40000x40000,256:100000x80000",
                        help="mosaics to measure: TILE:WxH, TILE 240, 256 or 512; separated by commas")
    parser.add_argument("--decoders", default="auto,gpu,cpu", help="decoders to measure")
    parser.add_argument("--options", default="", help="more options for what is measured, such as '--streams 6'")
    parser.add_argument("steps", nargs="*", metavar="STEP")
    args = parser.parse_args()
    unknown = set(args.steps) - set(STEPS)
    if unknown:
        parser.error("no step %s" % ", ".join(sorted(unknown)))
    return args


def main():
    args = arguments()
    os.makedirs(args.work, exist_ok=True)
    runner = Runner(args)
    if not runner.gpus:
        print("skipped: " + runner.devices["reason"])
        sys.exit(77)
    slides = endtoend_slides.Slides(runner)
    result = {"benchmark": "endtoend", "machine": dict(benchlib.machine(), commit=runner.commit()),
              "devices": runner.devices["devices"], "command": sys.argv, "rounds": args.rounds}
    for step in args.steps or STEPS:
        result[step] = STEPS[step](runner, slides)
        with open(args.results, "w", encoding="utf-8") as out:
            out.write(json.dumps(result, indent=1) + "\n")
    failed = [step for step in args.steps or STEPS if result[step]["failed"]]
    print("failed: " + ", ".join(failed) if failed else "all checks passed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
