#!/usr/bin/env python3
"""Several runs on one folder: every slide is made once, dead and stopped ones are taken over, failures are everybody's;
shards are disjoint, complete and balanced; manifests come back as the slides they were made of."""
import csv
import json
import os
import shutil
import signal
import subprocess
import time

import wsitest
from wsitest import bytes_of, command, done, expect, files_below

CHAIN = "gaussian:sigma=3 | cast:dtype=uint8 as g"
SIZES = [(3000, 1000), (2500, 1000), (2000, 1500), (1500, 1500), (1000, 2500), (800, 800), (500, 500)]
BIG = "synthetic:%s,seed=99" % ("2000x1600" if wsitest.SANITIZE else "6000x5000")  # long enough to be met at work


def write_manifest(path, *paths):
    with open(path, "w", newline="") as f:
        rows = csv.writer(f)
        rows.writerow(["path", "out"])
        rows.writerows((p, "s%d" % i) for i, p in enumerate(paths))
    return path


def start(source, out, *options):
    return subprocess.Popen([wsitest.WSIPROC, "run", source, "-o", out, "--chain", CHAIN, "--threads", "1", "--progress",
                             "plain", *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True)


def end(child, status=0):
    out, err = child.communicate(timeout=300)
    expect(child.returncode == status, "exit status %d" % status, "got %d\n%s%s" % (child.returncode, out, err))
    return err


def records(out, kind="slides"):
    folder = os.path.join(out, ".wsiproc", kind)
    found = []
    for name in sorted(os.listdir(folder)):
        if name.endswith(".json"):
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                found.append(json.load(f))
    return found


def record_of(out, base):
    return next((r for r in records(out) if r["base"] == base), None)


def wait_until(what, condition, *children):
    for _ in range(3000):
        if condition():
            return
        for child in children:
            expect(child.poll() is None, "still running: " + what, child.returncode)
        time.sleep(0.02)
    expect(False, what + " within a minute")


def runs_on(out, base):
    """Whether a slide is being written."""
    record = os.path.isdir(os.path.join(out, ".wsiproc", "slides")) and record_of(out, base)
    return record and record["state"] == "running" and any(f.endswith(".part") for f in files_below(out))


def statuses(path):
    with open(path) as f:
        return [s["status"] for s in json.load(f)["slides"]]


def no_leases(out):
    return not os.listdir(os.path.join(out, ".wsiproc", "leases"))


# ---- Runs beside each other ---------------------------------------------------------------------------------------

def beside_each_other(scratch, manifest, alone):
    out = os.path.join(scratch, "shared")
    for count in (2, 3):
        shutil.rmtree(out, ignore_errors=True)
        stats = [os.path.join(scratch, "stats-%d.json" % i) for i in range(count)]
        for child in [start(manifest, out, "--stats", s) for s in stats]:
            end(child)
        made = [sum(s == "done" for s in of) for of in zip(*map(statuses, stats))]
        expect(made == [1] * len(SIZES), "each slide is made by one of %d runs" % count, made)
        expect(bytes_of(out) == alone, "the same outputs as of one run", (sorted(alone), sorted(bytes_of(out))))
        states = [(r["state"], r["attempt"]) for r in records(out)]
        expect(states == [("done", 1)] * len(SIZES), "records say so", states)
        expect(no_leases(out), "no leases are left")
    runs = records(out, "runs")
    expect(len(runs) == 3 and all(r["exit"] == 0 and r["ended"] >= r["started"] for r in runs), "runs are recorded", runs)
    expect(len(records(out, "batches")) == 1, "one list of slides", records(out, "batches"))
    before = os.stat(os.path.join(out, ".wsiproc", "slides")).st_mtime_ns
    end(start(manifest, out))
    after = os.stat(os.path.join(out, ".wsiproc", "slides")).st_mtime_ns
    expect(before == after, "slides that are up to date, and known to be, get no new record")
    done("two and three runs on one folder")


def meet(manifest, out, others, *options):
    """Two runs: the first is stopped at the first slide while the second makes the others, then waits."""
    first = start(manifest, out, *options)
    wait_until("the first works", lambda: runs_on(out, "s0"), first)
    first.send_signal(signal.SIGSTOP)
    times = [r["updated"] for r in records(out) if r["base"] in others]
    second = start(manifest, out, *options)
    wait_until("the second has made the others", lambda: sum(
        r["state"] in ("done", "failed") and r["updated"] not in times for r in records(out) if r["base"] in others)
        == len(others), first, second)
    return first, second


def overwritten(scratch, manifest, alone):
    out = os.path.join(scratch, "overwritten")
    for attempt in (1, 2):
        first, second = meet(manifest, out, ("s1", "s2"), "--overwrite")
        time.sleep(0.5)
        first.send_signal(signal.SIGCONT)
        end(first)
        err = end(second)
        expect(err.count("waiting for 1 slide") == 1, "the second says once that it waits", err)
        expect([r["attempt"] for r in records(out)] == [attempt] * 3, "--overwrite: each slide is made once", records(out))
        expect(bytes_of(out) == alone, "the same outputs", sorted(bytes_of(out)))
    done("two runs with --overwrite")


def killed(scratch, manifest, alone):
    out = os.path.join(scratch, "killed")
    first, second = meet(manifest, out, ("s1", "s2"))
    first.kill()
    end(first, -signal.SIGKILL)
    begin = time.monotonic()
    end(second)
    took = time.monotonic() - begin
    expect(took < 50, "a dead run of this machine is known at once, not after the lease time", took)
    expect(bytes_of(out) == alone and record_of(out, "s0")["attempt"] == 2, "its slide is made by the other",
           record_of(out, "s0"))
    expect(no_leases(out), "no leases are left")
    done("a run that is killed (%.1f s)" % took)


def stopped(scratch, manifest, alone):
    out = os.path.join(scratch, "stopped")
    first = start(manifest, out, "--lease", "2")
    wait_until("the first works", lambda: runs_on(out, "s0"), first)
    first.send_signal(signal.SIGSTOP)
    end(start(manifest, out, "--lease", "2"))
    expect(bytes_of(out) == alone, "all is done, and what the first had begun is gone", files_below(out))
    before = os.stat(os.path.join(out, "s0.h5")).st_mtime_ns
    first.send_signal(signal.SIGCONT)
    err = end(first)
    expect("another run has taken it over" in err, "the first learns of it", err)
    expect(before == os.stat(os.path.join(out, "s0.h5")).st_mtime_ns, "and leaves the output alone")
    expect(bytes_of(out) == alone, "the same outputs", sorted(bytes_of(out)))
    done("a run that is stopped")


def signalled(scratch, manifest, alone):
    out = os.path.join(scratch, "signalled")
    for signum in (signal.SIGUSR1, signal.SIGTERM):
        child = start(manifest, out, "--overwrite")
        wait_until("works on", lambda: runs_on(out, "s0"), child)
        child.send_signal(signum)
        end(child, -signum)
        expect(record_of(out, "s0")["state"] == "cancelled", "the slide is cancelled", record_of(out, "s0"))
        ends = [r["exit"] for r in records(out, "runs")]
        expect(128 + signum in ends and no_leases(out), "the end is recorded, the slide given back", ends)
    end(start(manifest, out))
    expect(bytes_of(out) == alone, "a rerun goes on", sorted(bytes_of(out)))
    done("signals before the time is over")


def failures(scratch):
    bad, out = os.path.join(scratch, "bad.svs"), os.path.join(scratch, "bad")
    with open(bad, "w") as f:
        f.write("not a slide")
    manifest = write_manifest(os.path.join(scratch, "bad.csv"), BIG, "synthetic:700x600", bad, "synthetic:600x700")
    first, second = meet(manifest, out, ("s1", "s2", "s3"))
    first.send_signal(signal.SIGCONT)
    for child in (first, second):
        err = end(child, 3)
        expect("bad.svs" in err, "each names it", err)
    record = record_of(out, "s2")
    expect(record["state"] == "failed" and record["attempt"] == 1 and record["code"] == "input format unknown",
           "it is tried once", record)
    expect([f for f in files_below(out) if f.endswith(".h5")] == ["s0.h5", "s1.h5", "s3.h5"], "the others are done")
    end(start(manifest, out), 3)
    expect(record_of(out, "s2")["attempt"] == 2, "a rerun tries it again", record_of(out, "s2"))
    os.rename(os.path.join(out, ".wsiproc"), os.path.join(out, "history"))
    with open(os.path.join(out, ".wsiproc"), "w"):
        pass
    end(start(manifest, out), 6)
    done("a slide that fails fails for all, once; no job folder: status 6")


# ---- Shards -------------------------------------------------------------------------------------------------------

def share_of(manifest, shard, **env):
    plan = json.loads(command("plan", manifest, "--chain", CHAIN, "--json", "--shard", shard, env=env).stdout)
    return [(s["source"]["path"], s["source"]["width"] * s["source"]["height"]) for s in plan["slides"]]


def array(first, last, step, count, task):
    return {"SLURM_ARRAY_TASK_" + k: str(v) for k, v in
            (("MIN", first), ("MAX", last), ("STEP", step), ("COUNT", count), ("ID", task))}


def shards(scratch, manifest, alone):
    whole = sorted(share_of(manifest, "1/1"))
    for count in (2, 3, 5, len(SIZES) + 4):
        parts = [share_of(manifest, "%d/%d" % (i + 1, count)) for i in range(count)]
        expect(sorted(sum(parts, [])) == whole, "%d shards: disjoint and complete" % count, parts)
        loads = [sum(cost for _, cost in part) for part in parts]
        expect(max(loads) <= sum(loads) / count + max(cost for _, cost in whole), "balanced", loads)
        expect(parts[0] == share_of(manifest, "1/%d" % count), "the same again")
    for first, last, step, count in ((1, 3, 1, 3), (0, 4, 2, 3), (7, 9, 1, 3)):
        for i in range(count):
            part = share_of(manifest, "auto", **array(first, last, step, count, first + i * step))
            expect(part == share_of(manifest, "%d/%d" % (i + 1, count)), "auto: %d-%d:%d" % (first, last, step), part)
    out = os.path.join(scratch, "shards")
    children = [start(manifest, out, "--shard", "%d/3" % (i + 1)) for i in range(3)]
    for child in children:
        end(child)
    expect(bytes_of(out) == alone, "shards make what one run makes", sorted(bytes_of(out)))
    names = [f for f in files_below(out) if f.startswith("summary")]
    expect(names == ["summary.000%d-of-0003.json" % i for i in (1, 2, 3)], "a summary each", names)
    expect(sorted(r["shard"] for r in records(out, "runs")) == ["1/3", "2/3", "3/3"], "runs know their shard")
    expect(len(records(out, "batches")) == 1, "one list for all shards")
    err = end(start(manifest, out, "--shard", "%d/%d" % (len(SIZES) + 1, len(SIZES) + 1)))
    expect("has no slides" in err, "an empty share is fine", err)
    done("shards")


def wrong_shards(manifest):
    for text in ("0/3", "4/3", "3", "a/b", "1/0", "1/2/3", "-1/2", "1/", "/2", "1/9999999", "auto"):
        ran = command("plan", manifest, "--chain", CHAIN, "--shard", text, status=2, env={"SLURM_ARRAY_TASK_ID": ""})
        expect(ran.stderr.startswith("wsiproc: option --shard: "), "refused: " + text, ran.stderr)
    ran = command("plan", manifest, "--chain", CHAIN, "--shard", "auto", status=2, env=array(1, 9, 1, 3, 5))
    expect("3 ids from 1 to 9" in ran.stderr, "an array that is no range", ran.stderr)
    done("shards that make no sense")


# ---- Manifests ----------------------------------------------------------------------------------------------------

def rows_of(path):
    with open(path, newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f, delimiter="\t" if path.endswith(".tsv") else ","))


def manifests(scratch, manifest, alone):
    made = os.path.join(scratch, "made.csv")
    command("plan", manifest, "--chain", CHAIN, "--manifest", made)
    rows = rows_of(made)
    expect([(r["out"], int(r["cost"]), r["state"]) for r in rows]
           == [("s%d" % i, w * h, "ok") for i, (w, h) in enumerate(SIZES)], "slides, costs, states", rows)
    expect(all(len(r["fingerprint"]) == 64 and float(r["seconds"]) > 0 and int(r["memory"]) > 0 and int(r["bytes"]) > 0
               for r in rows), "estimates", rows)
    out = os.path.join(scratch, "from-manifest")
    ran = end(start(made, out))
    expect("not used" not in ran and bytes_of(out) == alone, "run takes it", ran)

    rows[0]["fingerprint"] = rows[1]["fingerprint"]
    with open(made, "w", newline="", encoding="utf-8") as f:
        writer = csv.DictWriter(f, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    err = end(start(made, os.path.join(scratch, "changed")), 3)
    expect("changed since the manifest was made" in err, "a slide that has changed", err)

    names = [" a.svs", "b,c.svs", 'q"q".svs', "#x.svs", "t\tt.svs", "n\nn.svs", "\u00e4;\u00f6.svs", "sub dir/a.svs"]
    for kind in ("csv", "tsv"):
        odd, again = (os.path.join(scratch, n + "." + kind) for n in ("odd", "again"))
        command("plan", *names, "synthetic:64x64", "--mpp-override", "0.123456789", "--chain", CHAIN, "--manifest", odd,
                cwd=scratch, status=3)
        command("plan", odd, "--chain", CHAIN, "--manifest", again, status=3)
        for path in (odd, again):
            found = [(os.path.join(scratch, r["path"]), float(r["mpp"]), r["state"]) for r in rows_of(path)]
            expect(found[:-1] == [(os.path.join(scratch, n), 0.123456789, "failed") for n in names]
                   and found[-1][2] == "ok", "%s: odd names come back" % kind, found)
    command("plan", manifest, "--chain", CHAIN, "--manifest", os.path.join(scratch, "x.dat"), status=2)
    done("manifests")


def main():
    with wsitest.scratch() as scratch:
        small = write_manifest(os.path.join(scratch, "small.csv"),
                               *("synthetic:%dx%d,seed=%d" % (w, h, i) for i, (w, h) in enumerate(SIZES)))
        big = write_manifest(os.path.join(scratch, "big.csv"), BIG, "synthetic:700x600", "synthetic:600x700")
        for name in ("small", "big"):
            end(start(os.path.join(scratch, name + ".csv"), os.path.join(scratch, name)))
        small_alone, big_alone = (bytes_of(os.path.join(scratch, n)) for n in ("small", "big"))
        beside_each_other(scratch, small, small_alone)
        overwritten(scratch, big, big_alone)
        killed(scratch, big, big_alone)
        stopped(scratch, big, big_alone)
        signalled(scratch, big, big_alone)
        failures(scratch)
        shards(scratch, small, small_alone)
        wrong_shards(small)
        manifests(scratch, small, small_alone)


main()
