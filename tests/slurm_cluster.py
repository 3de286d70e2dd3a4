"""A real Slurm of two nodes on this machine's loopback address, for as long as a test runs, and what a test asks of it.

The scripts that start and stop it come with the test data (WSIPROC_TEST_DATA/slurm). The cluster has its own folder and
ports. It ends with the test whatever ends the test: a guard waits for the end of a pipe that the test alone holds.
"""
import contextlib
import os
import random
import re
import shutil
import subprocess
import time

import wsitest

SCRIPTS = os.path.join(wsitest.DATA, "slurm")
NEEDED = ("slurmctld", "slurmd", "sbatch", "scontrol", "squeue", "munged", "flock", "pgrep", "unshare")


def need_slurm():
    """Skips the test where Slurm cannot be started."""
    if not os.path.exists(os.path.join(SCRIPTS, "start-local-slurm")):
        wsitest.skip("no start-local-slurm in " + SCRIPTS)
    if os.getuid() != 0:
        wsitest.skip("Slurm's daemons need root")
    paths = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    missing = [tool for tool in NEEDED if not shutil.which(tool, path=paths)]
    if missing:
        wsitest.skip("not installed: %s (tools/setup --test)" % ", ".join(missing))


def wait_until(what, seconds, condition, *args):
    """What condition returns as soon as that is true; the test fails when it takes longer."""
    end = time.monotonic() + seconds
    while True:
        value = condition(*args)
        if value:
            return value
        wsitest.expect(time.monotonic() < end, "within %d s: %s" % (seconds, what), args)
        time.sleep(0.1)


class Cluster:
    def __init__(self, folder):
        self.folder = folder
        self.gpus = 1 # a node; stand-ins for the scheduler, no device is behind them
        self.environment = dict(os.environ, LOCAL_SLURM_DIR=folder, SLURM_CONF=os.path.join(folder, "slurm.conf"))
        for name in [name for name in self.environment if name.startswith(("SLURM_", "SBATCH_")) and name != "SLURM_CONF"]:
            del self.environment[name] # of a cluster that this test may itself run on

    def script(self, name, *args):
        return subprocess.run([os.path.join(SCRIPTS, name), *args], env=self.environment, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=120)

    def start(self):
        """Starts what is down. The ports are chosen at the first start."""
        for _ in range(20):
            ran = self.script("start-local-slurm", "--cpus", "2", "--mem", "1024", "--gpus", str(self.gpus), "--port",
                              str(random.randrange(20000, 29000)))
            if ran.returncode == 0:
                return
            if "(mknod)" in ran.stderr:
                print("not tried: GPUs of a node (mknod is not allowed)")
                self.gpus = 0
                shutil.rmtree(self.folder)
                continue
            if "unshare --uts is not allowed" in ran.stderr:
                wsitest.skip(ran.stderr.strip())
            wsitest.expect("is in use" in ran.stderr, "Slurm starts", ran.stderr)
        wsitest.expect(False, "Slurm finds free ports", ran.stderr)

    def tool(self, *argv, status=0):
        ran = subprocess.run(argv, env=self.environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
        wsitest.expect(status is None or ran.returncode == status, " ".join(argv), ran.stdout + ran.stderr)
        return ran.stdout

    def crash(self, node):
        ran = self.script("stop-local-slurm", "--crash", node)
        wsitest.expect(ran.returncode == 0, "%s crashes" % node, ran.stderr)

    def submit(self, *args):
        """wsiproc submit; the number of the job."""
        told = wsitest.command("submit", *args, env=self.environment).stdout
        return re.search(r"submitted job (\d+)", told).group(1)

    def tasks(self, job):
        """Number of the array's task -> what scontrol says of it."""
        found = {}
        for line in self.tool("scontrol", "show", "job", "-o", job, status=None).split("\n"):
            fields = dict(re.findall(r"(\w+)=(\S*)", line))
            if re.fullmatch(r"\d+", fields.get("ArrayTaskId", "")):
                found[int(fields["ArrayTaskId"])] = fields
        return found

    def states(self, job):
        return {number: task["JobState"] for number, task in self.tasks(job).items()}

    def exits(self, job):
        """Exit status of each task of a job that has ended."""
        return {number: int(task["ExitCode"].split(":")[0]) for number, task in self.tasks(job).items()}

    def wait_end(self, job, count, seconds=120):
        """Until all tasks have ended. One that was queued again need not wait for as long as Slurm would have it."""
        pending = {}

        def ended():
            for number, task in self.tasks(job).items():
                again = task["JobState"] == "PENDING" and int(task["Restarts"]) > 0
                if not again:
                    pending.pop(number, None)
                elif time.monotonic() - pending.setdefault(number, time.monotonic()) > 3: # sooner, it is refused
                    self.tool("scontrol", "update", "jobid=" + task["JobId"], "StartTime=now", status=None)
                    pending[number] = time.monotonic() + 3
            states = self.states(job).values()
            return len(states) == count and all(s in ("COMPLETED", "FAILED", "CANCELLED", "NODE_FAIL", "TIMEOUT") for s in states)

        try:
            wait_until("job %s ends" % job, seconds, ended)
        except SystemExit:
            print(self.tool("scontrol", "show", "job", job, status=None))
            raise

    def processes(self, job, number=None):
        """Process numbers of the wsiproc of a task, or of all tasks of an array."""
        found = []
        for entry in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                with open("/proc/%s/environ" % entry, "rb") as f:
                    environment = f.read().split(b"\0")
                ours = os.path.basename(os.readlink("/proc/%s/exe" % entry)) == os.path.basename(wsitest.WSIPROC)
                conf = ("SLURM_CONF=" + self.environment["SLURM_CONF"]).encode()
                of_job = b"SLURM_ARRAY_JOB_ID=%s" % job.encode() in environment and conf in environment
                if ours and of_job and (number is None or b"SLURM_ARRAY_TASK_ID=%d" % number in environment):
                    found.append(int(entry))
        return found

    def writing(self, job, number):
        """The process of a task once it has begun to write an output."""
        for pid in self.processes(job, number):
            with contextlib.suppress(OSError):
                for fd in os.listdir("/proc/%d/fd" % pid):
                    path = os.readlink("/proc/%d/fd/%s" % (pid, fd))
                    if path.endswith(".part") and os.path.getsize(path):
                        return pid
        return None


@contextlib.contextmanager
def cluster(folder):
    """A cluster that has started, in this folder."""
    need_slurm()
    made = Cluster(folder)
    guard = subprocess.Popen(["sh", "-c", 'cat >/dev/null; exec "$0"', os.path.join(SCRIPTS, "stop-local-slurm")],
                             env=made.environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             start_new_session=True)
    try:
        made.start()
        yield made
    finally:
        guard.stdin.close()
        guard.wait(timeout=60)
        with contextlib.suppress(OSError):
            os.remove(folder + ".lock")
