#!/usr/bin/env python3
"""`wsiproc doctor`: what it says a run would choose is what a plan does choose, with the reason; what is wrong is told,
and never a failure."""
import json
import os
import re

import wsitest
from wsitest import expect

# What a launcher sets for its own cluster says nothing here.
KEPT = {k: v for k, v in os.environ.items() if not k.startswith(("SLURM_", "WSIPROC_THR", "WSIPROC_MAX"))}


def doctor(**changes):
    """Its JSON with changes to the environment, and the plan of a run there (empty where that fails)."""
    os.environ.clear()
    os.environ.update({**KEPT, **changes})
    try:
        result = json.loads(wsitest.command("doctor", "--json").stdout)
        plan = json.loads(wsitest.command("plan", "synthetic:9000x9000", "--format", "null", "--chain", "rgb2gray",
                                          "--device", "cpu", "--json", status=None).stdout or "{}")
    finally:
        os.environ.clear()
        os.environ.update(KEPT)
    return result, plan


def about(problems, text):
    return [p for p in problems if text in p]


def agrees(found, plan, what):
    expect(found["threads"]["chosen"] == plan["threads"], "threads as planned: %s" % what, found["threads"])
    expect(found["memory"]["budget"] == plan["memory"]["budget"], "memory as planned: %s" % what, found["memory"])


def limits():
    found, plan = doctor()
    agrees(found, plan, "as it is")
    least = min(row["cpus"] for row in found["threads"]["limits"] if row["cpus"])
    expect(found["threads"]["chosen"] == max(1, int(least)), "the least limit counts", found["threads"])
    found, plan = doctor(SLURM_CPUS_PER_TASK="1", SLURM_MEM_PER_NODE="300")
    agrees(found, plan, "Slurm")
    expect(found["threads"]["chosen"] == 1, "Slurm's CPUs", found["threads"])
    expect({"limit": "Slurm", "bytes": 300 << 20} in found["memory"]["limits"], "Slurm's memory", found["memory"])
    expect("Slurm" in found["memory"]["why"], "and says so", found["memory"])
    found, plan = doctor(WSIPROC_THREADS="1", WSIPROC_MAX_MEM="200M")
    agrees(found, plan, "variables")
    expect(found["threads"]["why"] == "WSIPROC_THREADS" and found["memory"]["budget"] == 200 << 20, "variables", found)
    affinity = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(affinity)})
    found, plan = doctor()
    os.sched_setaffinity(0, affinity)
    agrees(found, plan, "affinity")
    expect({"limit": "affinity", "cpus": 1} in found["threads"]["limits"] and found["threads"]["chosen"] == 1, "affinity",
           found["threads"])


def problems():
    expect(about(doctor(WSIPROC_THREADS="many")[0]["problems"], "WSIPROC_THREADS"), "a variable that is no number")
    expect(about(doctor(WSIPROC_THREAD="2")[0]["problems"], "WSIPROC_THREAD "), "a variable nobody reads")
    expect(about(doctor(TMPDIR="/nowhere")[0]["problems"], "/nowhere"), "a temporary folder that is not there")
    found = doctor(SLURM_CPUS_PER_TASK="1", WSIPROC_THREADS="9")[0]
    expect(found["threads"]["chosen"] == 1 and about(found["problems"], "9 threads"), "more threads than given", found)
    expect({"name": "WSIPROC_THREADS", "value": "9", "option": "threads"} in found["environment"], "variables are listed",
           found["environment"])


def rest():
    found = doctor()[0]
    for row in found["libraries"]:
        expect(re.match(r"\d+\.\d+", row["version"]), "the version of %s" % row["name"], row)
    devices = json.loads(wsitest.command("devices", "--json").stdout)
    expect(all(found["gpus"][k] == devices[k] for k in ("built_with_cuda", "reason")), "GPUs as `devices` has them", found)
    text = wsitest.command("doctor").stdout
    names = ["threads", "memory", "gpus", "problems", *(row["name"] for row in found["libraries"])]
    expect(all(n in text for n in names), "the text has it all", text)
    wsitest.command("doctor", "x", status=2)


limits()
wsitest.done("limits")
problems()
wsitest.done("problems")
rest()
wsitest.done("the rest")
