#!/usr/bin/env python3
"""Where clusters and containers run programs: no home, a read-only root, a user nobody knows, a temporary folder without
exec, CPUs and memory that were set aside. What needs privileges or a cgroup that can be made says when it is not tried.
"""
import contextlib
import json
import os
import re
import shutil
import subprocess
import time

import wsitest

CHAIN = "rgb2gray | gaussian:sigma=2 | threshold_otsu as mask | label | measure as rows"
SLIDE = "synthetic:%s,seed=3" % ("400x300" if wsitest.SANITIZE else "1500x1000")
CPUS = len(os.sched_getaffinity(0))
# What else a launcher sets for its own cluster says nothing here.
PLAIN = {name: value for name, value in os.environ.items() if not name.startswith(("SLURM_", "WSIPROC_MAX", "WSIPROC_THR"))}


def wsiproc(folder, *options, env=None, before=(), source=SLIDE, chain=CHAIN, **how):
    """A run into folder, its environment PLAIN with changes (None removes); before: a command that starts it. Returns the
    finished process."""
    variables = {name: value for name, value in {**PLAIN, **(env or {})}.items() if value is not None}
    argv = [*before, wsitest.WSIPROC, "run", source, "-o", folder, "--chain", chain, "--progress", "none", *options]
    return subprocess.run(list(map(str, argv)), capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300,
                          env=variables, **how)


def works(what, folder, *options, **how):
    ran = wsiproc(folder, *options, **how)
    wsitest.expect(ran.returncode == 0, what, ran.stdout + ran.stderr)
    return ran


def not_tried(what):
    print("not tried: " + what, flush=True)


# ---- Folders and users ------------------------------------------------------------------------------------------

def homes(folder):
    home = os.path.join(folder, "home")
    os.mkdir(home)
    for name, value in (("empty", home), ("absent", "/nonexistent"), ("unset", None)):
        works("HOME is " + name, os.path.join(folder, "home-" + name), env={"HOME": value, "XDG_CACHE_HOME": None})
    wsitest.expect(os.listdir(home) == [], "nothing is written to HOME", os.listdir(home))
    os.chmod(home, 0o555)
    works("HOME is read-only", os.path.join(folder, "home-read-only"), env={"HOME": home})
    wsitest.done("homes")


def namespace(script):
    """The start of a command line that runs what follows in a mount namespace of its own, after the script; None where
    that is not allowed."""
    start = ["unshare", "--mount", "--propagation", "private", "sh", "-c", script + ' && exec "$@"', "sh"]
    if os.getuid() == 0 and shutil.which("unshare") and subprocess.run([*start, "true"], capture_output=True).returncode == 0:
        return start
    return None


def read_only_root(folder):
    """Everything but the output folder is read-only, /tmp and /dev/shm included."""
    out = os.path.join(folder, "read-only-root")
    os.mkdir(out)
    script = 'mount --bind %s %s && for m in $(awk \'{ print $2 }\' /proc/self/mounts | sort -u); do case $m in %s | /proc* | ' \
             '/sys*) ;; *) mount -o remount,bind,ro "$m" || true ;; esac; done; ! touch /tmp/wsi-x 2>/dev/null && ' \
             '! touch /wsi-x 2>/dev/null' % (out, out, out)
    start = namespace(script)
    if not start:
        return not_tried("a read-only root")
    works("a read-only root", out, before=start)
    works("a read-only root, kept passes", out, "--keep", "always", "--overwrite", before=start)
    return wsitest.done("a read-only root")


def temporary_without_exec(folder):
    tmp = os.path.join(folder, "noexec")
    os.mkdir(tmp)
    start = namespace("mount -t tmpfs -o noexec,size=64m none %s" % tmp)
    if not start:
        return not_tried("a temporary folder without exec")
    works("TMPDIR without exec", os.path.join(folder, "from-noexec"), "--keep", "always", before=start, env={"TMPDIR": tmp})
    works("scratch without exec", os.path.join(folder, "scratch-noexec"), "--keep", "always", "--scratch", tmp, before=start)
    works("TMPDIR is absent", os.path.join(folder, "no-tmp"), env={"TMPDIR": "/nonexistent"})
    return wsitest.done("temporary folders")


def unknown_user(folder):
    """A user id without a line in /etc/passwd, as containers have it: only its own folder can be written."""
    out = os.path.join(folder, "unknown")
    os.mkdir(out)
    if os.getuid() != 0:
        return not_tried("another user")
    program = os.path.join(folder, "wsiproc") # the build may lie where that user may not look
    shutil.copy(wsitest.WSIPROC, program)
    os.chmod(folder, 0o711)
    os.chown(out, 54321, 54321)
    start = ["setpriv", "--reuid", "54321", "--regid", "54321", "--clear-groups"]
    if subprocess.run([*start, "true"], capture_output=True).returncode:
        return not_tried("another user (no setpriv)")
    ran = subprocess.run([*start, program, "run", SLIDE, "-o", out, "--chain", CHAIN, "--progress", "none"], cwd="/",
                         env=dict(PLAIN, HOME="/root", USER="nobody-knows"), capture_output=True, text=True)
    wsitest.expect(ran.returncode == 0, "a user without an entry in passwd", ran.stderr)
    refused = subprocess.run([*start, program, "run", SLIDE, "-o", "/root/wsiproc-out", "--chain", CHAIN], cwd="/",
                             env=PLAIN, capture_output=True, text=True)
    wsitest.expect(refused.returncode == 6, "a folder of others is refused", refused.stderr)
    return wsitest.done("a user that nobody knows")


# ---- CPUs -------------------------------------------------------------------------------------------------------

def workers_of(what, folder, expected, *options, source=SLIDE, **how):
    """The run says it used this many workers."""
    stats = os.path.join(folder, "stats.json")
    ran = works(what, os.path.join(folder, "threads"), "--overwrite", "--stats", stats, *options, source=source, **how)
    with open(stats, encoding="utf-8") as f:
        used = json.load(f)["threads"]
    wsitest.expect(used == expected, "%s: %d threads" % (what, expected), "%d\n%s" % (used, ran.stderr))
    return ran.stderr


def live_workers(folder, *options, env):
    """Most worker threads seen at once in a run of about a second."""
    source = "synthetic:2000x1500" if wsitest.SANITIZE else "synthetic:9000x6000"
    child = subprocess.Popen([wsitest.WSIPROC, "run", source, "-o", os.path.join(folder, "live"), "--chain",
                              "gaussian:sigma=3 | cast:dtype=uint8 as g", "--format", "null", "--progress", "none", *options],
                             env=dict(PLAIN, **env), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    most = 0
    while child.poll() is None:
        names = []
        with contextlib.suppress(OSError): # threads and the process come to their ends
            for task in os.listdir("/proc/%d/task" % child.pid):
                with open("/proc/%d/task/%s/comm" % (child.pid, task), encoding="utf-8") as f:
                    names.append(f.read().strip())
        most = max(most, names.count("wsi-work"))
        time.sleep(0.01)
    wsitest.expect(child.returncode == 0, "the run that is watched", child.returncode)
    return most


def slurm_cpus(folder):
    workers_of("one CPU a task", folder, 1, env={"SLURM_CPUS_PER_TASK": "1"})
    workers_of("more CPUs than the machine lets it use", folder, CPUS, env={"SLURM_CPUS_PER_TASK": str(CPUS + 5)})
    workers_of("no -c: the CPUs on the node", folder, 1, env={"SLURM_CPUS_ON_NODE": "1"})
    workers_of("nonsense", folder, CPUS, env={"SLURM_CPUS_PER_TASK": "many", "SLURM_CPUS_ON_NODE": "-3"})
    workers_of("tasks of a step share the node", folder, 1, env={"SLURM_CPUS_ON_NODE": "2", "SLURM_STEP_TASKS_PER_NODE": "2(x3)"})
    told = workers_of("--threads above the allocation", folder, 1, "--threads", 6, env={"SLURM_CPUS_PER_TASK": "1"})
    wsitest.expect("warning: --threads 6: this process was given 1 CPU" in told, "which is told", told)
    workers_of("WSIPROC_THREADS above it", folder, 1, env={"SLURM_CPUS_PER_TASK": "1", "WSIPROC_THREADS": "6"})
    workers_of("--threads below it", folder, 1, "--threads", 1, env={"SLURM_CPUS_PER_TASK": "8"})
    submitted = wsitest.command("submit", SLIDE, "-o", os.path.join(folder, "dry"), "--chain", CHAIN, "--threads", 6, "--dry-run",
                                env={"SLURM_CPUS_PER_TASK": "1"})
    wsitest.expect("--threads=6" in submitted.stdout and not submitted.stderr, "nodes are not this machine", submitted.stderr)
    seen = live_workers(folder, "--threads", "5", env={"SLURM_CPUS_PER_TASK": "1"})
    wsitest.expect(seen == 1, "workers that are alive at once", seen)
    wsitest.done("Slurm's CPUs")


def affinity(folder):
    one = ["taskset", "-c", str(min(os.sched_getaffinity(0)))]
    if CPUS < 2 or not shutil.which("taskset"):
        return not_tried("an affinity mask")
    workers_of("one CPU of several", folder, 1, before=one)
    workers_of("--threads above the mask", folder, 1, "--threads", 4, before=one)
    return wsitest.done("affinity")


# ---- Memory -----------------------------------------------------------------------------------------------------

def memory_of(what, folder, *options, env=None, before=()):
    """Budget and peak of a run that would like to have more, in MiB."""
    stats = os.path.join(folder, "stats.json")
    source = "synthetic:2000x500" if wsitest.SANITIZE else "synthetic:12000x2000"
    ran = works(what, os.path.join(folder, "memory"), "--overwrite", "--stats", stats, "--format", "hdf5", *options, env=env,
                before=before, source=source, chain="gaussian:sigma=20 | cast:dtype=uint8 as g")
    with open(stats, encoding="utf-8") as f:
        memory = json.load(f)["memory"]
    return memory["budget_bytes"] / 2**20, memory["peak_rss_bytes"] / 2**20, ran.stderr


def slurm_memory(folder):
    for options in ((), ("--memory", "3G")):
        for env in ({"SLURM_MEM_PER_NODE": "160"}, {"SLURM_MEM_PER_CPU": "80", "SLURM_CPUS_PER_TASK": "2"}):
            budget, peak, told = memory_of("160 MiB", folder, *options, env=env)
            wsitest.expect(budget <= 96 and (wsitest.SANITIZE or peak <= 160), "within 160 MiB", (options, env, budget, peak))
            wsitest.expect(("warning: --memory" in told) == bool(options), "which is told", told)
    budget, _, _ = memory_of("all of the node", folder, env={"SLURM_MEM_PER_NODE": "0"}) # what --mem=0 gives
    wsitest.expect(budget >= 256, "no limit", budget)
    wsitest.done("Slurm's memory")


# ---- Control groups ---------------------------------------------------------------------------------------------

@contextlib.contextmanager
def cgroup(controller, **settings):
    """A control group of this controller below the one we are in; yields a start that joins it, or None."""
    group = None
    with open("/proc/self/cgroup", encoding="utf-8") as f:
        paths = {name: path for _, names, path in (line.strip().split(":", 2) for line in f) for name in names.split(",")}
    top = "/sys/fs/cgroup/" + controller if controller in paths else "/sys/fs/cgroup"
    try:
        group = top + paths.get(controller, paths.get("", "/")).rstrip("/") + "/wsiproc-test-%d" % os.getpid()
        os.mkdir(group)
        for name, value in settings.items():
            with open(os.path.join(group, name.replace("__", ".")), "w", encoding="ascii") as f:
                f.write(value)
        yield ["sh", "-c", 'echo $$ > %s/cgroup.procs && exec "$@"' % group, "sh"]
    except OSError as error:
        not_tried("a control group for %s: %s" % (controller, error))
        yield None
    finally:
        with contextlib.suppress(OSError):
            os.rmdir(group)


def is_v1(controller):
    return os.path.isdir("/sys/fs/cgroup/" + controller)


def groups(folder):
    half = {"cpu__cfs_period_us": "100000", "cpu__cfs_quota_us": "150000"} if is_v1("cpu") else {"cpu__max": "150000 100000"}
    with cgroup("cpu", **half) as start:
        if start:
            workers_of("a CPU and a half", folder, 1, before=start)
            workers_of("--threads above the quota", folder, 1, "--threads", 4, before=start)
            wsitest.done("a CPU quota")
    limit = "memory__limit_in_bytes" if is_v1("memory") else "memory__max"
    with cgroup("memory", **{limit: str(192 << 20)}) as start:
        if start and not wsitest.SANITIZE: # a sanitizer's shadow takes more
            for options in ((), ("--memory", "3G")):
                budget, peak, _ = memory_of("a group of 192 MiB", folder, *options, before=start)
                wsitest.expect(budget <= 128 and peak <= 192, "stays within it", (options, budget, peak))
            wsitest.done("a memory limit")


def hierarchy(folder, mine, **files):
    """The start of a run that sees these control groups: what the kernel says of its own, and files below
    /sys/fs/cgroup (two underscores are a slash). None where that is not allowed."""
    top, told = os.path.join(folder, "cgroup"), os.path.join(folder, "self")
    shutil.rmtree(top, ignore_errors=True)
    for name, value in files.items():
        path = os.path.join(top, *name.replace("_dot_", ".").split("__"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="ascii") as f:
            f.write(value + "\n")
    with open(told, "w", encoding="ascii") as f:
        f.write(mine + "\n")
    return namespace("mount --bind %s /sys/fs/cgroup && mount --bind %s /proc/$$/cgroup" % (top, told))


def made_up_groups(folder):
    """Hierarchies that this machine does not have: version 2, and containers that see their own part alone."""
    if not hierarchy(folder, "0::/", memory_dot_max="max"):
        return not_tried("other hierarchies of control groups")

    def limits(what, mine, cpus, mib, **files):
        start = hierarchy(folder, mine, **files)
        stats = os.path.join(folder, "stats.json")
        works(what, os.path.join(folder, "groups"), "--overwrite", "--stats", stats, "--threads", 4, "--memory", "4G",
              before=start)
        with open(stats, encoding="utf-8") as f:
            used = json.load(f)
        expected = (cpus, (mib - max(mib / 10, 64)) * 2**20 if mib else 2**32)
        wsitest.expect((used["threads"], used["memory"]["budget_bytes"]) == expected, what,
                       (used["threads"], used["memory"], expected))

    limits("no limits", "0::/", 4, 0, memory_dot_max="max", cpu_dot_max="max 100000")
    limits("version 2", "0::/job/step", 2, 1000, job__step__cpu_dot_max="200000 100000", job__memory_dot_max=str(1000 << 20),
           job__step__memory_dot_max=str(2000 << 20))
    limits("a container that sees its own group", "0::/user.slice/of/the/host", 1, 500, cpu_dot_max="50000 100000",
           memory_dot_max=str(500 << 20))
    limits("a container with the host's name for version 1",
           "4:memory:/docker/abc\n3:cpuset:/x\n2:cpu,cpuacct:/docker/abc", 3, 800,
           memory__memory_dot_limit_in_bytes=str(800 << 20), cpu__cpu_dot_cfs_quota_us="75000",
           cpu__cpu_dot_cfs_period_us="25000", cpuset__x__cpu_dot_cfs_quota_us="1")
    limits("periods that differ", "1:cpu:/a/b", 2, 0, cpu__a__cpu_dot_cfs_quota_us="400000",
           cpu__a__cpu_dot_cfs_period_us="100000", cpu__a__b__cpu_dot_cfs_quota_us="20000", cpu__a__b__cpu_dot_cfs_period_us="10000")
    limits("nonsense", "0::/../../etc", 4, 0, memory_dot_max="-5", cpu_dot_max="many")
    return wsitest.done("hierarchies of control groups")


# ---- GPUs -------------------------------------------------------------------------------------------------------

def devices(folder):
    for value in ("", "-1", "MIG-00000000-0000-0000-0000-000000000000"):
        env = {"CUDA_VISIBLE_DEVICES": value}
        works("CUDA_VISIBLE_DEVICES=" + value, os.path.join(folder, "gpu"), "--overwrite", "--device", "auto", env=env)
        listed = wsitest.command("devices", "--json", status=None, env=env)
        wsitest.expect(json.loads(listed.stdout)["devices"] == [], "none of the GPUs is seen", listed.stdout)
        refused = wsiproc(os.path.join(folder, "gpu"), "--device", "cuda", env=env)
        wsitest.expect(refused.returncode == 7, "nor may one be demanded", refused.stderr)
    wsitest.done("CUDA_VISIBLE_DEVICES")


def same_everywhere(folder):
    """All those runs of one slide and chain made the same bytes."""
    kept = ("home-empty", "home-read-only", "read-only-root", "from-noexec", "unknown", "threads")
    made = [wsitest.bytes_of(os.path.join(folder, name)) for name in kept if os.path.isdir(os.path.join(folder, name))]
    made = [{n: b for n, b in files.items() if not re.match(r"\.wsiproc/", n)} for files in made]
    made = [files for files in made if files]
    wsitest.expect(len(made) >= 3 and all(files == made[0] for files in made), "the same bytes everywhere",
                   [sorted(files) for files in made])
    wsitest.done("the same bytes everywhere")


if __name__ == "__main__":
    with wsitest.scratch() as scratch:
        for check in (homes, read_only_root, temporary_without_exec, unknown_user, slurm_cpus, affinity, slurm_memory, groups,
                      made_up_groups, devices, same_everywhere):
            check(scratch)
