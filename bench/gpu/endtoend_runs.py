"""One run of wsiproc as the GPU benchmarks need it: its files' digests, its statistics, what it left behind."""
import hashlib
import itertools
import json
import os
import re
import shutil
import subprocess
import threading
import time

import benchlib


def digest(path):
    sha = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 22), b""):
            sha.update(block)
    return sha.hexdigest()


class DeviceWatch:
    """The most memory that the driver says is used on GPU 0 while it watches, beyond what was used before, in MB."""

    def __init__(self):
        self.before, self.most, self.stop = self.used(), 0, threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()

    @staticmethod
    def used():
        text = benchlib.first_line("nvidia-smi", "-i", "0", "--query-gpu=memory.used", "--format=csv,noheader,nounits")
        return int(text) if text.isdigit() else 0

    def watch(self):
        while not self.stop.wait(0.3):
            self.most = max(self.most, self.used())

    def end(self):
        self.stop.set()
        self.thread.join()
        return self.most - self.before


class Runner:
    def __init__(self, args):
        self.args, self.program = args, os.path.abspath(args.program)
        self.devices = json.loads(subprocess.run([self.program, "devices", "--json"], capture_output=True, text=True,
                                                 check=True).stdout)
        self.gpus = len(self.devices["devices"])
        self.numbers = itertools.count()
        self.jpeg_slides = set()
        self.references, self.lock = {}, threading.Lock()

    def commit(self):
        """As the bundle's own text has it."""
        path = os.path.join(os.path.dirname(self.program), "..", "BUNDLE")
        text = open(path, encoding="utf-8").read() if os.path.exists(path) else ""
        found = re.search(r"commit (\S+)", text)
        return found.group(1) if found else ""

    def run(self, source, chain, options, program=None, env=None, timeout=200, digest=True, watch_device=False):
        """benchlib.launch's result, with the options as they were, "files": name -> SHA-256 of everything left in the
        output folder but the summary and the job's folder (or its size), and "stats"."""
        folder = os.path.join(self.args.work, "out-%d" % next(self.numbers))
        stats = folder + ".json"
        argv = [program or self.program, "run", source, "-o", folder, "--chain", chain, "--progress", "none", "--stats",
                stats, *options]
        watch = DeviceWatch() if watch_device else None
        ran = benchlib.launch(argv, env, timeout)
        ran["device_used_mb"] = watch.end() if watch else None
        ran["command"] = argv
        ran["files"] = self.files(folder, digest)
        ran["stats"] = None
        if os.path.exists(stats):
            with open(stats, encoding="utf-8") as file:
                ran["stats"] = json.load(file)
            os.remove(stats)
        shutil.rmtree(folder, ignore_errors=True)
        return ran

    @staticmethod
    def files(folder, with_digest):
        found = {}
        for top, folders, names in os.walk(folder):
            folders[:] = [name for name in folders if name != ".wsiproc"]
            for name in names:
                path = os.path.join(top, name)
                if name != "summary.json":
                    found[os.path.relpath(path, folder)] = digest(path) if with_digest else os.path.getsize(path)
        return found

    def reference(self, source, chain, options):
        """The files that the CPU makes, computed once."""
        key = (source, chain, tuple(options))
        with self.lock:
            mine = key not in self.references
            if mine:
                self.references[key] = threading.Event(), {}
        event, files = self.references[key]
        if mine:
            ran = self.run(source, chain, options + ["--device", "cpu"])
            files.update(ran["files"] if ran["status"] == 0 else {"error": ran["err"]})
            event.set()
        event.wait()
        return files

    def signal(self, source, chain, options, number, after):
        """Starts a run and sends it a signal when it has begun to write and some time has gone by; returns what became
        of it and what is left."""
        folder = os.path.join(self.args.work, "out-%d" % next(self.numbers))
        child = subprocess.Popen([self.program, "run", source, "-o", folder, "--chain", chain, "--progress", "none", *options],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        end = time.monotonic() + 60
        while child.poll() is None and time.monotonic() < end and not self.files(folder, False):
            time.sleep(0.01)
        time.sleep(after)
        child.send_signal(number)
        try:
            _, err = child.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            child.kill()
            _, err = child.communicate()
            child.returncode = None
        left = self.files(folder, False)
        shutil.rmtree(folder, ignore_errors=True)
        return {"status": child.returncode, "err": err, "files": left}
