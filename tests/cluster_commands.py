#!/usr/bin/env python3
"""submit, status and merge: scripts for hostile names and options, a whole array by a stand-in for sbatch, what is told
while runs are at work and after them, and job folders that somebody has tampered with."""
import base64
import csv
import html.parser
import io
import json
import os
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import time

import job_folder
import wsitest
from wsitest import command, done, expect

CHAIN = "rgb2gray as g | gaussian:sigma=1 | threshold_otsu as m | label as l | tissue_fraction:from=@source as tf"
WRITE = "g,m,l,tf"
NASTY = ["a b.tiff", "it's.tiff", "$(touch owned).tiff", "new\nline.tiff", "quo\"te`back`.tiff", "-dash.tiff", "per%A.tiff"]

# Runs the tasks of an array one after another, as Slurm would set them up. TASKS: only these.
SBATCH = r"""#!/bin/bash
for script; do :; done
[ -z "${LATER:-}" ] || { echo 41; exit; }
[ -z "${REFUSE:-}" ] || { printf 'sbatch: error: first\nsbatch: error: second\n' >&2; exit 1; }
last=$(sed -n 's/^#SBATCH --array=1-\([0-9]*\).*/\1/p' "$script")
for ((i = 1; i <= last; i++)); do
    SLURM_JOB_ID=$((40 + i)) SLURM_ARRAY_JOB_ID=40 SLURM_ARRAY_TASK_ID=$i SLURM_ARRAY_TASK_MIN=1 \
        SLURM_ARRAY_TASK_MAX=$last SLURM_ARRAY_TASK_COUNT=$last SLURM_ARRAY_TASK_STEP=1 bash "$script" >>"$TASK_LOG" 2>&1
    echo "task $i ended with $?" >>"$TASK_LOG"
done
echo "40;cluster"
"""


def tool(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)


def cluster(root, **more):
    bins = os.path.join(root, "bin")
    os.makedirs(bins, exist_ok=True)
    tool(bins, "sbatch", SBATCH)
    tool(bins, "scontrol", '#!/bin/bash\necho "scontrol $*" >>"$TASK_LOG"\n')
    return {"PATH": bins + ":" + os.environ["PATH"], "TASK_LOG": os.path.join(root, "tasks.log"), **more}


def log_of(env):
    with open(env["TASK_LOG"]) as f:
        return f.read()


def words_of(script):
    """The command of a script, as bash reads it."""
    text = script[:script.index("\nchild=")] + '\nprintf "%s\\0" "${command[@]}"\n'
    out = subprocess.run(["bash", "-c", text], capture_output=True, check=True)
    return out.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1]


def shellcheck(script):
    if not shutil.which("shellcheck"):
        print("no shellcheck on this machine: scripts are not looked through")
        return
    found = subprocess.run(["shellcheck", "-"], input=script, capture_output=True, text=True)
    expect(found.returncode == 0, "shellcheck finds nothing", found.stdout)


# ---- submit -------------------------------------------------------------------------------------------------------

def scripts(root):
    slides = os.path.join(root, "slides of 'many'")
    os.makedirs(slides)
    source = wsitest.slides("boxes.tiff")[0]
    for name in NASTY:
        shutil.copyfile(source, os.path.join(slides, name))
    out = os.path.join(root, "o\"u't $x %j")
    names = [n for n in NASTY if not n.startswith("-")] + ["./-dash.tiff"]
    script = command("submit", *names, "-o", os.path.join("..", os.path.basename(out)), "--chain", CHAIN, "-w", WRITE,
                     "--mpp-override", "0.25", "--time", "1-02:00:00", "--mem", "2G", "--cpus", "3", "--gpus", "2",
                     "--partition", "p1,p2", "--account", "a", "--qos", "q", "--constraint", "x&y", "--job-name",
                     'n "1"', "--throttle", "2", "--signal", "90", "--sbatch-option", "--exclusive", "--on-bad-tile",
                     "fill", "--bigtiff", "--format", "tiff", "--dry-run", cwd=slides).stdout
    expect(not os.path.exists(out) and sorted(os.listdir(slides)) == sorted(NASTY), "a dry run touches nothing",
           os.listdir(root))
    words = words_of(script)
    expect(os.path.isabs(words[0]) and words[1] == "run", "the program by its own path", words)
    expect(words[2:2 + len(names)] == [os.path.join(slides, n) for n in names], "inputs are absolute, byte for byte", words)
    for word in ("--chain=" + CHAIN, "--write=" + WRITE, "--mpp-override=0.25", "--on-bad-tile=fill", "--bigtiff",
                 "--format=tiff", "--shard=auto", "--device=cuda", "--memory=1024M",
                 "--output=%s/../%s" % (slides, os.path.basename(out))):
        expect(word in words, "the word " + word, words)
    for line in ('#SBATCH --job-name="n \\"1\\""', "#SBATCH --array=1-7%2", '#SBATCH --partition="p1,p2"',
                 "#SBATCH --account=a", "#SBATCH --qos=q", '#SBATCH --constraint="x&y"', "#SBATCH --time=1-02:00:00",
                 "#SBATCH --mem=2048M", "#SBATCH --cpus-per-task=3", "#SBATCH --gres=gpu:2", "#SBATCH --exclusive",
                 "#SBATCH --signal=B:USR1@90", "#SBATCH --requeue"):
        expect(line in script.split("\n"), "the line " + line, script)
    shellcheck(script)
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)
    done("a script for hostile names and all options")


def early_signals(root):
    for limit, seconds in (("2", 31), ("00:02:00", 31), ("2:30", 38), ("0-1", 120), ("4:00:00", 120), ("UNLIMITED", 120)):
        script = command("submit", "synthetic:300x300", "-o", root, "--chain", "rgb2gray", "--time", limit, "--dry-run").stdout
        expect("--signal=B:USR1@%d\n" % seconds in script, "the early signal of " + limit, script)
    done("the early signal leaves time to work")


def refusals(root):
    env = cluster(root)
    out = os.path.join(root, "refused")
    good = ["synthetic:300x300", "-o", out, "--chain", "rgb2gray as g"]
    for what, argv, status in (
            ("a bad chain", ["synthetic:300x300", "-o", out, "--chain", "rgb2gry"], 2),
            ("no chain", ["synthetic:300x300", "-o", out], 2),
            ("no output folder", ["synthetic:300x300", "--chain", "rgb2gray"], 2),
            ("one output of two slides", ["synthetic:300x300", "synthetic:300x300", *good[1:]], 2),
            ("a time that is none", good + ["--time", "soon"], 2),
            ("a time with too many parts", good + ["--time", "1:2:3:4"], 2),
            ("a signal before the task begins", good + ["--time", "2", "--signal", "120"], 2),
            ("an option in two lines", good + ["--job-name", "a\n#SBATCH --partition=b"], 2),
            ("raw text that is no option", good + ["--sbatch-option", "now"], 2),
            ("more tasks than Slurm's arrays hold", good + ["--array", "5000"], 2),
            ("both of --requeue and --no-requeue", good + ["--requeue", "--no-requeue"], 2),
            ("statistics of one run", good + ["--stats", "x.json"], 2),
            ("a shard by hand", good + ["--shard", "1/2"], 2),
            ("a reference for no step", good + ["--reference", "synthetic:300x300"], 2),
            ("a reference that is not there", good[:-1] + ["normalize_macenko", "--reference", "none.svs"], 5),
            ("an empty folder", [os.path.join(root, "bin"), *good[1:]], 5)):
        ran = command("submit", *argv, env=env, status=status)
        expect(not os.path.exists(out) and len(ran.stderr.strip().split("\n")) == 1, what + " is refused in one line",
               ran.stderr)
    ran = command("submit", *good, env={"PATH": os.path.join(root, "nothing")}, status=1)
    expect("no sbatch in PATH" in ran.stderr, "it says that there is no Slurm", ran.stderr)
    ran = command("submit", *good, env=dict(env, REFUSE="1"), status=1)
    expect("error: first; error: second" in ran.stderr and ran.stderr.count("\n") == 1, "what sbatch says, in one line",
           ran.stderr)
    left = os.listdir(os.path.join(out, ".wsiproc"))
    expect(not [n for n in left if n.startswith("submit")], "no script is left of a submission that failed", left)
    done("refusals")


def signals(root):
    """The early signal reaches the program, and the task is queued again; a failure is not."""
    env = dict(os.environ, **cluster(root), SLURM_JOB_ID="7", SLURM_ARRAY_JOB_ID="7", SLURM_ARRAY_TASK_ID="1",
               SLURM_ARRAY_TASK_MIN="1", SLURM_ARRAY_TASK_MAX="1", SLURM_ARRAY_TASK_COUNT="1")
    out = os.path.join(root, "stopped")
    submit = ["synthetic:20000x20000", "-o", out, "--chain", "gaussian:sigma=8 as g", "--dry-run"]
    script = command("submit", *submit).stdout
    for number, expected in ((signal.SIGUSR1, 138), (signal.SIGTERM, 143)):
        with subprocess.Popen(["bash", "-c", script], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as task:
            wait_for(lambda: [f for f in wsitest.files_below(out) if f.endswith(".part")], "the slide to begin")
            wait_for(lambda: status_of(out)["running"], "its record")
            seen = status_of(out)
            task.send_signal(number)
            code = task.wait(timeout=120)
        expect(code == expected, "the task ends as the program does", code)
        expect(seen["counts"]["running"] == 1 and seen["running"][0]["slurm_task"] == "7_1", "seen at work", seen)
        expect(not [f for f in wsitest.files_below(out) if f.endswith((".part", ".h5"))], "nothing is left half done",
               wsitest.files_below(out))
        now = status_of(out)["counts"]
        expect((now["waiting"], now["cancelled"], now["running"]) == (1, 1, 0), "it waits for another turn", now)
    expect(log_of(env) == "scontrol requeue 7_1\n", "queued again after the early signal alone", log_of(env))
    os.remove(env["TASK_LOG"])
    subprocess.run(["bash", "-c", script], env=dict(env, WSIPROC_THREADS="none"), stderr=subprocess.DEVNULL)
    done_without = command("submit", *submit, "--no-requeue").stdout
    expect("scontrol" not in done_without and "--no-requeue" in done_without, "--no-requeue", done_without)
    expect(not os.path.exists(env["TASK_LOG"]), "a usage error is not queued again")
    done("signals")


def wait_for(what, name, seconds=120):
    end = time.time() + seconds
    while not what():
        expect(time.time() < end, "waited for " + name)
        time.sleep(0.05)


# ---- A whole array ------------------------------------------------------------------------------------------------

def status_of(folder, code=0):
    return json.loads(command("status", folder, "--json", status=code).stdout)


def array(root):
    slides = os.path.join(root, "array")
    os.makedirs(slides)
    for name in ("it's <b>.tiff", "new\nline.tiff"):
        shutil.copyfile(wsitest.slides("boxes.tiff")[0], os.path.join(slides, name))
    with open(os.path.join(slides, "broken.tiff"), "wb") as f:
        f.write(b"II*\0 and no more")
    env, out = cluster(os.path.join(root, "c")), os.path.join(root, "out of 'it'")
    inputs = [slides, "synthetic:700x500", "synthetic:500x500"]
    ran = command("submit", *inputs, "-o", out, "--chain", CHAIN, "--write", WRITE, "--array", "3", env=env)
    expect(ran.stdout.startswith("submitted job 40: 5 slides, 3 tasks\n"), "what was submitted", ran.stdout)
    hints = [shlex.split(line.split(": ", 1)[1]) for line in ran.stdout.split("\n")[2:4]]
    expect(hints == [["wsiproc", "status", out], ["wsiproc", "merge", out]], "hints for a shell", hints)
    expect(log_of(env).count("ended with 0") == 2, "one task of three meets the broken slide", log_of(env))
    with open(os.path.join(out, ".wsiproc", "submit-1.sh")) as f:
        shellcheck(f.read())
    now = status_of(out, 3)
    expect({k: now["counts"][k] for k in ("slides", "done", "running", "failed", "waiting")} ==
           {"slides": 5, "done": 4, "running": 0, "failed": 1, "waiting": 0}, "counts", now)
    expect(now["failed"][0]["slurm_task"].startswith("40_") and "broken.tiff" in now["failed"][0]["input"], "who failed", now)
    text = command("status", out, status=3).stdout
    expect("5 slides: 4 done" in text and "broken" in text, "for people", text)
    done("an array over nasty names, one slide broken")
    return out


def many(root):
    """With a list of slides that a manifest can hold, the tasks get that list."""
    env, out = cluster(root), os.path.join(root, "listed")
    submit = ["synthetic:300x300", "synthetic:400x300", "-o", out, "--chain", "rgb2gray as g", "--lease", "7"]
    ran = command("submit", *submit, env=dict(env, LATER="1"))
    expect("job 41" in ran.stdout and status_of(out)["counts"]["waiting"] == 2, "queued slides wait", ran.stdout)
    os.remove(os.path.join(out, ".wsiproc", "submit-1.sh"))
    command("submit", *submit, env=env)
    expect(len(os.listdir(os.path.join(out, ".wsiproc", "batches"))) == 1, "the tasks find the batch of submit")
    with open(os.path.join(out, ".wsiproc", "submit-1.sh")) as f:
        words = words_of(f.read())
    expect(words[2] == os.path.join(out, ".wsiproc", "submit-1.csv"), "the list is the input", words)
    expect("--lease=7" in words, "the lease time is passed on", words)
    expect(status_of(out)["counts"]["done"] == 2, "both are done", status_of(out))
    watched = command("status", out, "--watch", "0.2", "--json").stdout
    expect(json.loads(watched)["counts"]["done"] == 2, "watching ends when all is done", watched)
    done("a list of slides for all tasks")


# ---- merge --------------------------------------------------------------------------------------------------------

class Page(html.parser.HTMLParser):
    VOID = {"meta", "img", "br"}

    def __init__(self, text):
        super().__init__()
        self.open, self.images, self.words, self.tags = [], [], [], set()
        self.feed(text)
        expect(not self.open, "every element is closed", self.open)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        for name, value in attributes:
            expect(name not in ("src", "href") or value.startswith("data:image/jpeg;base64,"), "nothing from elsewhere",
                   value)
            expect(not name.startswith("on"), "no handlers in attributes", (tag, name))
        if tag == "img":
            self.images.append(dict(attributes))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        expect(self.open and self.open.pop() == tag, "elements nest", (tag, self.open))

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "script"):
            self.words.append(data)


def read_report(prefix):
    with open(prefix + ".json", encoding="utf-8") as f:
        report = json.load(f)
    with open(prefix + ".csv", encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    with open(prefix + ".html", encoding="utf-8") as f:
        page = Page(f.read())
    expect(len(rows) == len(report["slides"]) == report["totals"]["slides"], "as many rows as slides", rows)
    for slide, row in zip(report["slides"], rows):
        for key, value in slide.items():
            if key in row and isinstance(value, (int, float)):
                expect(float(row[key]) == value, "the same %s" % key, (row, slide))
            elif key in row and isinstance(value, str):
                expect(row[key] == value, "the same %s" % key, (row, slide))
        expect(row["outputs"] == "\n".join(slide.get("outputs", [])), "the same outputs", (row, slide))
    return report, rows, page


def report(out):
    Image, = wsitest.need("PIL.Image")
    ran = command("merge", out, status=3)
    expect("4 done" in ran.stdout and "report.html" in ran.stdout, "what merge says", ran.stdout)
    prefix = os.path.join(out, "report")
    merged, rows, page = read_report(prefix)
    states = [s["state"] for s in merged["slides"]]
    expect(states.count("done") == 4 and states.count("failed") == 1 and not merged["complete"], "states", states)
    expect([s["base"] for s in merged["slides"]] == sorted(s["base"] for s in merged["slides"]), "by name")
    expect(len(merged["failures"]) == 1 and "broken" in merged["failures"][0]["error"], "failures", merged["failures"])
    words = " ".join(page.words)
    expect("it's <b>" in words and "b" not in page.tags, "names are text, not markup", page.tags)
    expect(words.index("Failures") < words.index("Slides"), "failures come first")
    expect(len(page.images) == 4 * 5, "a picture of each slide and of its four results", len(page.images))
    for image in page.images:
        picture = Image.open(io.BytesIO(base64.b64decode(image["src"].split(",", 1)[1])))
        picture.load()
        expect(picture.mode == "RGB" and max(picture.size) <= 256, "a small picture", picture.size)
        zoom = int(image["width"]) // picture.width
        expect((int(image["width"]), int(image["height"])) == (picture.width * zoom, picture.height * zoom), "its size")
    check_values(out, merged, rows)
    with open(prefix + ".html", "rb") as f:
        first = f.read()
    command("merge", out, status=3)
    with open(prefix + ".html", "rb") as f:
        expect(f.read() == first, "the same bytes again")
    expect("report.csv" not in command("verify", out).stdout, "verify knows the report from outputs")
    elsewhere = os.path.join(out, "..", "plain")
    command("merge", out, "-o", elsewhere, "--no-thumbnails", status=3)
    plain, _, page = read_report(elsewhere)
    expect(not page.images and plain == merged, "without pictures, the same numbers")
    done("a report with pictures")


def check_values(out, merged, rows):
    """Quality maps against what is in the outputs; colours of a mask."""
    np, = wsitest.need("numpy")
    for slide, row in zip(merged["slides"], rows):
        if slide["state"] != "done":
            continue
        values = wsitest.results(os.path.join(out, slide["outputs"][0]))["tf"]
        quality, = slide["quality"]
        expect(quality["result"] == "tf" and quality["level"] == 0, "the map of quality", quality)
        for key, value in (("min", values.min()), ("mean", values.mean(dtype=np.float64)), ("max", values.max())):
            expect(abs(quality[key] - float(value)) <= 1e-5 * max(1, abs(float(value))), key, (quality, float(value)))
            expect(float(row["tf." + key]) == quality[key], key + " in the table", row)


def lost(root, out):
    """Without the job folder the summaries of the runs tell what they know, wherever the folder has gone."""
    moved = os.path.join(root, "moved")
    shutil.copytree(out, moved)
    shutil.rmtree(os.path.join(moved, ".wsiproc"))
    with open(os.path.join(moved, "summary.evil.json"), "w") as f:
        json.dump({"wsiproc": "1", "slides": [{"input": "x", "status": 3, "outputs": ["../secret.tif", 7], "pixels": -1,
                                               "seconds": "long"}, {}, 5]}, f)
    with open(os.path.join(moved, "summary.none.json"), "w") as f:
        f.write("[" * 100000)
    ran = command("merge", moved, status=3)
    expect("from the summaries" in ran.stderr, "it says where it knows it from", ran.stderr)
    merged, _, page = read_report(os.path.join(moved, "report"))
    before, _, _ = read_report(os.path.join(out, "report"))
    expect({s["base"]: s["outputs"] for s in merged["slides"] if s["state"] == "done"} ==
           {s["base"]: s["outputs"] for s in before["slides"] if s["state"] == "done"}, "the same slides", merged)
    expect(merged["totals"]["waiting"] == 1 and len(page.images) == 4 * 5, "pictures, and nothing of what is not so",
           merged["totals"])
    done("a job folder that is lost")


def formats(root):
    """Results of every type, from TIFF, OME-TIFF and compressed HDF5."""
    for fmt, codec in (("tiff", "zstd"), ("ome-tiff", "deflate"), ("hdf5", "zstd"), ("hdf5", "none")):
        out = os.path.join(root, "as-%s-%s" % (fmt, codec))
        command("run", "synthetic:1500x1000", "-o", out, "--chain", CHAIN + " | gaussian:from=@g,sigma=1 as f", "--write",
                WRITE + ",f", "--format", fmt, "--compression", codec, "--progress", "none")
        command("merge", out)
        merged, _, page = read_report(os.path.join(out, "report"))
        expect(len(page.images) == 6 and not [w for w in page.words if "cannot" in w], "pictures of all", page.words)
        expect(merged["complete"] and merged["slides"][0]["quality"][0]["result"] == "tf", "and values", merged)
    done("pictures from every format")


# ---- Folders that somebody has tampered with -------------------------------------------------------------------------

def made_up(root):
    """What status says of slides in every state, and of runs that have died."""
    out = os.path.join(root, "made-up")
    entries = [job_folder.entry(n, "/s/%s.svs" % n, 10) for n in ("alive", "dead", "done", "failed", "stale", "waits")]
    listed = job_folder.batch(out, entries)
    job_folder.run(out, listed, host="elsewhere", slurm={"job": "12", "array_job": "11", "array_task": "4"})
    job_folder.run(out, listed, "old-1-abc", started=1.0, ended=2.0, exit=0, work="1" * 32)
    job_folder.slide(out, "alive", "/s/alive.svs", "running", host="elsewhere", progress=0.5, pixels=2000000)
    job_folder.slide(out, "dead", "/s/dead.svs", "running", host="elsewhere", progress=0.25)
    dead = os.path.join(out, ".wsiproc", "slides", job_folder.hash_of("dead") + ".json")
    os.utime(dead, (time.time() - 3600, time.time() - 3600))
    job_folder.slide(out, "done", "/s/done.svs", "done", host="elsewhere")
    job_folder.slide(out, "failed", "/s/failed.svs", "failed", code="input corrupt", error="/s/failed.svs: it is broken")
    job_folder.slide(out, "stale", "/s/stale.svs", "done", run="old-1-abc", work="1" * 32)
    now = status_of(out, 3)
    expect(now["counts"] == {"slides": 6, "done": 1, "running": 2, "failed": 1, "waiting": 2, "skipped": 0, "cancelled": 0,
                             "lost": 1}, "counts", now)
    by_base = {s["base"]: s for s in now["running"]}
    expect(by_base["dead"]["lost"] and 3500 < by_base["dead"]["silence_seconds"] < 3700, "one looks dead", by_base)
    expect(not by_base["alive"]["lost"] and by_base["alive"]["slurm_task"] == "11_4", "one does not", by_base)
    expect(now["active_runs"] == 1 and abs(now["slides_per_hour"] - 1.5 * 36) < 2, "rate", now)
    # 15 units of work in 100 s; 5 are left of the slide that runs, 10 of the dead one, 20 wait
    expect(abs(now["seconds_left"] - 35 / 15 * 100) < 10, "time left", now)
    text = command("status", out, status=3).stdout
    expect("no sign of life for 36" in text and "it is broken" in text and "left" in text, "for people", text)
    lease = os.path.join(out, ".wsiproc", "leases", job_folder.hash_of("dead") + ".1")
    job_folder.write(out, "leases", os.path.basename(lease), "x")
    expect(not {s["base"]: s for s in status_of(out, 3)["running"]}["dead"]["lost"], "a lease that is renewed is life")
    job_folder.slide(out, "alive", "/s/alive.svs", "running", pid=2 ** 22 + 5)
    expect({s["base"]: s for s in status_of(out, 3)["running"]}["alive"]["lost"], "a process of this host that is gone")
    command("merge", out, status=3)
    merged, _, _ = read_report(os.path.join(out, "report"))
    expect([s["state"] for s in merged["slides"]] == ["running", "running", "done", "failed", "waiting", "waiting"],
           "reported as they stand", merged)
    done("slides in every state")


def hostile(root):
    out, secret = os.path.join(root, "hostile"), os.path.join(root, "secret.tif")
    shutil.copyfile(wsitest.slides("boxes.tiff")[0], secret)
    evil = "</td><script>alert(1)</script>\"'&"
    listed = job_folder.batch(out, [job_folder.entry(evil.replace("/", "_"), evil), job_folder.entry("pipe", "p")])
    fifo = os.path.join(out, "pipe.tif")
    os.mkfifo(fifo)
    job_folder.run(out, listed, chain=evil)
    job_folder.slide(out, evil.replace("/", "_"), evil, "failed", error=evil, code=evil)
    job_folder.slide(out, "pipe", fifo, "done", outputs=["pipe.tif", "gone.h5"])
    for i, change in enumerate(({"outputs": ["../secret.tif"]}, {"outputs": [3]}, {"base": "../x"}, {"state": "odd"},
                                {"pixels": "many"}, {"pixels": -1}, {"seconds": -5}, {"progress": 7}, {"error": {}},
                                {"input": None}, {"host": []}, {"format": 2}, {"stats": 1})):
        job_folder.slide(out, "bad%d" % i, "x", "done", **change)
    job_folder.write(out, "slides", job_folder.hash_of("torn") + ".json", '{"format":1,"base":')
    job_folder.write(out, "slides", job_folder.hash_of("deep") + ".json", "[" * 100000)
    job_folder.write(out, "slides", "../readme.txt", "no record")
    job_folder.write(out, "runs", "evil.json", json.dumps({"format": 1, "run": "../evil"}))
    job_folder.write(out, "batches", "0" * 32 + ".json", json.dumps({"format": 1, "slides": {"a": 1}}))
    with open(os.path.join(out, ".wsiproc", "slides", job_folder.hash_of("huge") + ".json"), "wb") as f:
        f.truncate(1 << 34)
    with open(os.path.join(out, "damaged.h5"), "wb") as f:
        f.write(b"\211HDF\r\n\032\n" + bytes(range(256)) * 64)
    job_folder.slide(out, "damaged", "synthetic:100x100", "done", outputs=["damaged.h5"])
    now = status_of(out, 3)
    expect(now["counts"]["slides"] == 3, "what is wrong is left out", now)
    ran = command("merge", out, status=3, timeout=60)
    merged, _, page = read_report(os.path.join(out, "report"))
    words = " ".join(page.words)
    expect(evil in words and page.tags.isdisjoint({"b", "iframe"}), "markup in names is text", words[:2000])
    expect("not a regular file" in words and "No such file" in words and "secret" not in words, "files that are none", words)
    with open(os.path.join(out, "report.html"), encoding="utf-8") as f:
        expect(f.read().count("<script") == 1, "one script, our own")
    expect(merged["totals"]["slides"] == 3 and "Traceback" not in ran.stderr, "three slides", merged)
    done("a folder full of traps")


def nothing(root):
    for name in ("status", "merge"):
        ran = command(name, root, status=5)
        expect("no job folder" in ran.stderr and ran.stderr.count("\n") == 1, "nothing to tell", ran.stderr)
        command(name, status=2)
        command(name, root, root, status=2)
    done("no job folder")


def main():
    with wsitest.scratch() as root:
        root = os.path.realpath(root)
        nothing(root)
        made_up(root)
        hostile(root)
        scripts(root)
        early_signals(root)
        refusals(root)
        many(root)
        signals(os.path.join(root, "s"))
        formats(root)
        out = array(root)
        report(out)
        lost(root, out)


main()
