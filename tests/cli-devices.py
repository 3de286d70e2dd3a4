#!/usr/bin/env python3
"""GPUs as the command line sees them: what `devices` says, what --device does where there is none, and the timeline that
--trace writes: valid, complete, and there after failures and signals too."""
import collections
import json
import os
import signal
import time

import wsitest
from wsitest import command, done, expect

CHAIN = "rgb2gray | gaussian:sigma=2 | cast:dtype=uint8 as g"
SLIDE = "synthetic:3000x2000"
STAGES = {"decode", "compute", "encode", "write"}  # a synthetic slide is not read


def listed():
    found = json.loads(command("devices", "--json").stdout)
    text = command("devices").stdout.strip()
    expect(isinstance(found["built_with_cuda"], bool) and set(found) == {"built_with_cuda", "reason", "devices"}, "JSON", found)
    if found["devices"]:
        expect(found["reason"] is None, "no reason where there are devices", found)
        for device in found["devices"]:
            expect(device["name"] in text and 0 < device["free_bytes"] <= device["memory_bytes"], "memory and name", device)
    else:
        expect(found["reason"].startswith("no GPU: ") and text == found["reason"], "one line says why", (text, found))
    done("devices: %d" % len(found["devices"]))
    return found


def without(found, folder):
    """Where there is no GPU, auto is the CPU and says why when asked."""
    if found["devices"]:
        return
    run = ["run", SLIDE, "--chain", CHAIN, "--progress", "none", "-o"]
    quiet = command(*run, os.path.join(folder, "cpu"), "--device", "cpu", "--log-level", "info")
    told = command(*run, os.path.join(folder, "auto"), "--log-level", "info")
    expect("no GPU" not in quiet.stderr and found["reason"] in told.stderr, "auto says why", told.stderr)
    expect(wsitest.bytes_of(os.path.join(folder, "cpu")) == wsitest.bytes_of(os.path.join(folder, "auto")), "same bytes")
    for options in (["--device", "cuda"], ["--device", "cuda:0"], ["--decoder", "gpu"]):
        told = command(*run, os.path.join(folder, "none"), *options, status=7)
        expect(found["reason"] in told.stderr and not os.path.exists(os.path.join(folder, "none")), "refused first", told.stderr)
    done("no GPU: auto means the CPU, a demand is refused before anything runs")


def nested(intervals, clocks):
    """Intervals of a lane lie within one another or apart: viewers draw nothing else. clocks: microseconds by which those
    of host and devices may differ."""
    around = []
    for start, minus_length in sorted(intervals):
        slack = 0.01 + clocks - minus_length * 1e-6  # durations are kept to that
        while around and start >= around[-1] - slack:
            around.pop()
        expect(not around or start - minus_length <= around[-1] + slack, "nested", (start, minus_length, around))
        around.append(start - minus_length)


def load(path):
    """Checks a trace and returns stage -> number of intervals."""
    with open(path, encoding="utf-8") as file:
        trace = json.load(file)
    names, count, lanes = collections.defaultdict(set), collections.Counter(), collections.defaultdict(list)
    for event in trace["traceEvents"]:
        if event["ph"] == "M" and "name" in event["args"]:
            names[event["name"]].add((event["pid"], event["tid"]) if event["name"] == "thread_name" else event["pid"])
    for event in trace["traceEvents"]:
        if event["ph"] != "X":
            continue
        count[event["name"]] += 1
        lane = event["pid"], event["tid"]
        expect(event["ts"] >= 0 and event["dur"] >= 0, "times", event)
        expect(lane in names["thread_name"] and event["pid"] in names["process_name"], "a named lane", event)
        lanes[lane].append((event["ts"], -event["dur"]))
    for intervals in lanes.values():
        nested(intervals, 500 if LISTED["devices"] else 0)
    expect(trace["otherData"]["dropped_events"] == 0, "nothing dropped")
    return count


def traced(folder):
    path, out = os.path.join(folder, "trace.json"), os.path.join(folder, "out")
    stats = os.path.join(folder, "stats.json")
    command("run", SLIDE, "synthetic:1000x1000", "-o", out, "--chain", CHAIN, "--progress", "none", "--trace", path,
            "--stats", stats, "--device", "cpu")
    count = load(path)
    expect(set(count) >= STAGES, "every stage", count)
    with open(stats, encoding="utf-8") as file:
        slides = json.load(file)["slides"]
    tiles = sum(s["stages"]["encode"]["tiles"] for s in slides)
    expect(count["write"] >= tiles, "every tile of both slides is written", (count, tiles))
    os.remove(path)
    (real,) = wsitest.slides("CMU-1-Small-Region.svs") if os.path.isdir(os.path.join(wsitest.DATA, "slides")) else (None,)
    if real:
        command("run", real, "-o", out, "--chain", CHAIN, "--progress", "none", "--trace", path, "--device", "cpu")
        expect(set(load(path)) >= STAGES | {"read"}, "every stage of a slide in a file")
        os.remove(path)
    done("a timeline of all slides: %s" % dict(count))

    command("run", SLIDE, "nowhere.svs", "-o", out, "--chain", CHAIN, "--progress", "none", "--trace", path, "--overwrite",
            status=3)
    expect(set(load(path)) >= STAGES, "there after a failure")
    command("run", SLIDE, "-o", out, "--chain", CHAIN, "--progress", "none", "--trace", os.path.join(folder, "no", "t.json"),
            status=6)
    left = [name for name in os.listdir(folder) if ".part" in name]
    expect(not left, "no part file left", left)
    done("there after a failure, refused where it cannot be written")


def with_devices(found, folder):
    """Real or emulated ones: the CPU's bytes, and GPUs in statistics and timeline."""
    if not found["devices"]:
        return
    path, stats = os.path.join(folder, "trace.json"), os.path.join(folder, "stats.json")
    (slide,) = wsitest.slides("CMU-1-Small-Region.svs") if os.path.isdir(os.path.join(wsitest.DATA, "slides")) else (SLIDE,)
    run = ["run", slide, "--chain", CHAIN, "--progress", "none", "-o"]
    command(*run, os.path.join(folder, "reference"), "--device", "cpu")
    for decoder in ("auto", "cpu", "gpu"):
        if decoder == "gpu" and slide == SLIDE:
            command(*run, os.path.join(folder, "none"), "--decoder", "gpu", status=5)
            continue
        out = os.path.join(folder, decoder)
        command(*run, out, "--device", "cuda", "--decoder", decoder, "--streams", "2", "--trace", path, "--stats", stats)
        expect(wsitest.bytes_of(out) == wsitest.bytes_of(os.path.join(folder, "reference")), "decoder %s: the CPU's bytes" % decoder)
        with open(stats, encoding="utf-8") as file:
            figures = json.load(file)
        expect(sum(gpu["blocks"] for gpu in figures["gpus"]) > 0, "GPUs compute", figures["gpus"])
        expect((figures["decoded_tiles_gpu"] > 0) >= (decoder == "gpu"), "GPUs decode", figures["decoded_tiles_gpu"])
        expect(set(load(path)) >= {"compute", "download", "encode", "write"}, "stages of GPUs")
    command(*run, os.path.join(folder, "none"), "--device", "cuda:999", status=7)
    done("the CPU's bytes with each decoder, GPUs in statistics and timeline")


def interrupted(folder):
    path, out = os.path.join(folder, "trace.json"), os.path.join(folder, "interrupted")
    child = wsitest.subprocess.Popen(
        [wsitest.WSIPROC, "run", "synthetic:30000x30000", "-o", out, "--chain", CHAIN, "--progress", "none", "--trace", path],
        stdin=wsitest.subprocess.DEVNULL, stdout=wsitest.subprocess.DEVNULL, stderr=wsitest.subprocess.DEVNULL)
    end = time.monotonic() + 60
    while not any(name.endswith(".part") for name in wsitest.files_below(out)) and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.3)
    child.send_signal(signal.SIGINT)
    expect(child.wait(timeout=300) == -signal.SIGINT, "dies of the signal", child.returncode)
    expect(set(load(path)) >= {"decode"}, "there after SIGINT")
    done("there after SIGINT")


LISTED = listed()
with wsitest.scratch() as scratch:
    without(LISTED, scratch)
    with_devices(LISTED, scratch)
    traced(scratch)
with wsitest.scratch() as scratch:
    interrupted(scratch)
