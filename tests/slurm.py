#!/usr/bin/env python3
"""Batches on a real Slurm of two nodes: an array over a folder completes, one broken slide fails alone; a task that is
killed, a node that crashes and an early signal each leave, in the end, the bytes of a run that nobody disturbed."""
import csv
import json
import os
import shutil
import signal
import subprocess
import time

import guide
import recipes
import wsitest
from slurm_cluster import cluster, need_slurm, wait_until
from wsitest import command, done, expect

CHAIN = "rgb2gray | gaussian:sigma=3 as g | threshold_otsu as mask"
REAL = ("boxes.tiff", "CMU-1-Small-Region.svs", "kather1.tif")
SLOW = "gaussian:sigma=30 | cast:dtype=uint8 as g"
SLOW_SLIDES = 4 # each some seconds on one CPU


def outputs(folder):
    """name -> bytes of what the slides became."""
    return {name: data for name, data in wsitest.bytes_of(folder).items()
            if not name.startswith(".wsiproc/") and name.endswith((".h5", ".params.json"))}


def told_by_status(folder, status=0):
    return json.loads(command("status", folder, "--json", status=status).stdout)


def check_reports(out, failed, done_slides):
    """status and merge say the same of a batch that has ended."""
    status = 3 if failed else 0
    counts = told_by_status(out, status)["counts"]
    expect(counts["done"] == done_slides and counts["failed"] == failed, "what status counts", counts)
    expect(counts["running"] == 0 and counts["waiting"] == 0, "nothing is left", counts)
    command("merge", out, "--no-thumbnails", status=status)
    with open(os.path.join(out, "report.csv"), newline="", encoding="utf-8") as f:
        states = [row["state"] for row in csv.DictReader(f)]
    ended = sum(state in ("done", "skipped") for state in states)
    expect(ended == done_slides and states.count("failed") == failed, "what merge lists", states)


def slow_manifest(folder):
    path = os.path.join(folder, "slow.csv")
    with open(path, "w", encoding="utf-8") as f:
        f.write("path,out\n" + "".join('"synthetic:6000x%d,seed=%d",slow%d\n' % (5000 + 200 * i, i, i)
                                       for i in range(SLOW_SLIDES)))
    return path


def slide_folder(folder):
    """Real slides, synthetic ones as files, and one that is broken."""
    slides = os.path.join(folder, "slides")
    os.makedirs(slides)
    for path in wsitest.slides(*REAL):
        shutil.copyfile(path, os.path.join(slides, os.path.basename(path)))
    for seed in (1, 2, 3):
        work = os.path.join(folder, "work")
        made = wsitest.run("synthetic:%dx900,seed=%d" % (800 + 400 * seed, seed), "cast:dtype=uint8 as s", work, "--format",
                           "tiff", "--compression", "jpeg")
        os.rename(os.path.join(work, next(n for n in made if n.endswith(".tif"))), os.path.join(slides, "made%d.tif" % seed))
        shutil.rmtree(work)
    with open(os.path.join(slides, REAL[1]), "rb") as f:
        whole = f.read()
    with open(os.path.join(slides, "torn.svs"), "wb") as f:
        f.write(whole[:len(whole) // 3])
    return slides


def array(slurm, folder):
    """An array over a folder: what can be done is done, the broken slide fails alone and its task says so."""
    slides, undisturbed, out = slide_folder(folder), os.path.join(folder, "undisturbed"), os.path.join(folder, "array")
    command("run", slides, "-o", undisturbed, "--chain", CHAIN, "--write", "g,mask", "--progress", "none", status=3)
    job = slurm.submit(slides, "-o", out, "--chain", CHAIN, "--write", "g,mask", "--array", 3, "--time", 10, "--mem", "300M")
    slurm.wait_end(job, 3)
    expect(outputs(out) == outputs(undisturbed), "the array's outputs are those of one run",
           (sorted(outputs(out)), sorted(outputs(undisturbed))))
    expect(len(outputs(out)) >= 6 and not any("torn" in name for name in outputs(out)), "six slides", sorted(outputs(out)))
    exits = slurm.exits(job)
    expect(sorted(exits.values()) == [0, 0, 3], "one task says that a slide failed", exits)
    check_reports(out, 1, 6)
    torn = told_by_status(out, 3)["failed"][0]
    expect("torn" in torn["input"] and torn["error"], "the broken slide and its reason", torn)
    done("an array over a folder")
    return slides, out


def again(slurm, slides, out):
    """Submitting the same again tries what failed and nothing else; a mended slide completes the batch."""
    before = {name: os.stat(os.path.join(out, name)).st_mtime_ns for name in outputs(out)}
    shutil.copyfile(os.path.join(slides, REAL[1]), os.path.join(slides, "torn.svs"))
    job = slurm.submit(slides, "-o", out, "--chain", CHAIN, "--write", "g,mask", "--array", 2, "--time", 10, "--mem", "300M",
                       *(("--gpus", 1, "--device", "auto") if slurm.gpus else ()))
    slurm.wait_end(job, 2)
    granted = [task.get("TresPerNode") for task in slurm.tasks(job).values()]
    expect(not slurm.gpus or granted == ["gres:gpu:1"] * 2, "a GPU a task", granted)
    expect(set(slurm.exits(job).values()) == {0}, "all is done", slurm.exits(job))
    expect(before == {name: os.stat(os.path.join(out, name)).st_mtime_ns for name in before}, "what was done stays")
    expect(any("torn" in name for name in outputs(out)), "the mended slide", sorted(outputs(out)))
    check_reports(out, 0, 7)
    done("the same again")


def submit_slow(slurm, folder, name, *options):
    """Two tasks with a CPU each over the slow slides; returns output folder and job."""
    out = os.path.join(folder, name)
    job = slurm.submit(slow_manifest(folder), "-o", out, "--chain", SLOW, "--array", 2, "--time", 10, "--mem", "400M", "--cpus",
                       1, *options)
    return out, job


def all_as(reference, out, what):
    expect(outputs(out) == outputs(reference), what, (sorted(outputs(out)), sorted(outputs(reference))))
    expect(len(outputs(out)) >= SLOW_SLIDES, "all slides", sorted(outputs(out)))
    check_reports(out, 0, SLOW_SLIDES)
    left = [name for name in wsitest.files_below(out) if name.endswith(".part")]
    expect(not left, "nothing partial is left", left)


def crash_node(slurm, folder):
    """Tasks on both nodes, of which one goes; returns folder and job, which then wait for Slurm to notice."""
    out, job = submit_slow(slurm, folder, "crashed", "--sbatch-option=--exclusive")
    wait_until("both tasks write", 60, lambda: slurm.writing(job, 1) and slurm.writing(job, 2))
    lost = [number for number, task in slurm.tasks(job).items() if task["NodeList"] == "node2"]
    expect(len(lost) == 1, "a task on each node", slurm.tasks(job))
    running = {slide["slurm_task"] for slide in told_by_status(out)["running"]}
    expect(running == {job + "_1", job + "_2"}, "status sees both tasks", running)
    slurm.crash("node2")
    expect(not slurm.processes(job, lost[0]), "the task is gone")
    return out, job, lost[0]


def kill_task(slurm, folder, reference):
    """SIGKILL, as from a kernel short of memory, to one task's program."""
    out, job = submit_slow(slurm, folder, "killed", "--sbatch-option=--nodelist=node1")
    os.kill(wait_until("task 1 writes", 60, slurm.writing, job, 1), signal.SIGKILL)
    slurm.wait_end(job, 2)
    expect(slurm.tasks(job)[1]["Restarts"] == "1", "the killed task ran twice", slurm.tasks(job)[1])
    expect(set(slurm.exits(job).values()) == {0}, "both are done", slurm.exits(job))
    all_as(reference, out, "killed and queued again: the same bytes")
    done("a task killed with SIGKILL")


def after_crash(slurm, out, job, lost, reference):
    slurm.wait_end(job, 2)
    expect(int(slurm.tasks(job)[lost]["Restarts"]) >= 1, "the lost task ran again", slurm.tasks(job)[lost])
    expect(slurm.tasks(job)[lost]["NodeList"] == "node1", "on the other node", slurm.tasks(job)[lost])
    expect(set(slurm.exits(job).values()) == {0}, "both are done", slurm.exits(job))
    all_as(reference, out, "after a node's crash: the same bytes")
    done("a node's crash")


def stopped_early(slurm, folder, reference):
    """What --signal sends before the time limit, and what pre-emption does: the task stops at once, waits for another turn
    and goes on."""
    out, job = submit_slow(slurm, folder, "stopped")
    wait_until("both tasks write", 60, lambda: slurm.writing(job, 1) and slurm.writing(job, 2))
    begin = time.monotonic()
    slurm.tool("scancel", "--batch", "--signal=USR1", job + "_2")
    slurm.tool("scontrol", "requeue", job + "_1")
    wait_until("both have stopped", 30, lambda: set(slurm.states(job).values()) == {"PENDING"})
    took = time.monotonic() - begin
    expect(took < 20, "they stop within the grace of a cluster", took)
    expect(not slurm.processes(job), "no process is left", slurm.processes(job))
    expect(not [name for name in wsitest.files_below(out) if name.endswith(".part")], "nothing partial is left")
    slurm.wait_end(job, 2)
    expect({task["Restarts"] for task in slurm.tasks(job).values()} == {"1"}, "both ran twice", slurm.tasks(job))
    expect(set(slurm.exits(job).values()) == {0}, "both are done", slurm.exits(job))
    all_as(reference, out, "stopped early: the same bytes")
    done("the signal before the limit, and pre-emption")


# ---- Others that use a cluster -----------------------------------------------------------------------------------

def start_snakemake(slurm, folder):
    """The workflow of packaging/ with its profile for Slurm; None where there is no Snakemake."""
    if not shutil.which("snakemake"):
        print("not tried: Snakemake (tools/setup --test)")
        return None
    recipes.snakemake_folder(folder, "  runtime: 5\n")
    paths = os.path.dirname(wsitest.WSIPROC) + os.pathsep + os.environ.get("PATH", "/usr/bin:/bin")
    with open(os.path.join(folder, "log"), "w", encoding="utf-8") as log:
        return subprocess.Popen(["snakemake", "--profile", "slurm", "--until", "wsiproc_run"], cwd=folder, stdout=log,
                                stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=dict(slurm.environment, PATH=paths))


def finish_snakemake(child, folder):
    if child:
        status = child.wait(timeout=180)
        with open(os.path.join(folder, "log"), encoding="utf-8") as log:
            expect(status == 0, "Snakemake through Slurm", log.read())
        recipes.same_outputs(folder, os.path.join(folder, "results"), "Snakemake's outputs are those of a plain run")
        done("Snakemake through Slurm")


def run_guide(slurm, folder):
    """The blocks of the cluster guide that need a cluster."""
    os.mkdir(folder)
    guide.prepare(folder)
    for body in guide.blocks("sh slurm"):
        guide.run_block(body, folder, slurm.environment)
    wait_until("the guide's jobs end", 60, lambda: not slurm.tool("squeue", "-h", "-n", "wsiproc").strip())
    check_reports(os.path.join(folder, "out"), 0, 3)
    done("the guide")


def main():
    need_slurm()
    wsitest.slides()
    with wsitest.scratch() as folder:
        os.chmod(folder, 0o711) # munge wants its socket within reach of all
        reference = os.path.join(folder, "reference")
        command("run", slow_manifest(folder), "-o", reference, "--chain", SLOW, "--progress", "none")
        with cluster(os.path.join(folder, "cluster")) as slurm:
            slides, out = array(slurm, folder)
            again(slurm, slides, out)
            crashed = crash_node(slurm, folder)
            kill_task(slurm, folder, reference) # meanwhile Slurm finds out
            after_crash(slurm, *crashed, reference)
            slurm.start() # the node comes back
            workflow = os.path.join(folder, "workflow")
            snakemake = start_snakemake(slurm, workflow) # it waits more than it works
            stopped_early(slurm, folder, reference)
            run_guide(slurm, os.path.join(folder, "guide"))
            finish_snakemake(snakemake, workflow)


if __name__ == "__main__":
    main()
