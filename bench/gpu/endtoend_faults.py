"""What befalls a run when a GPU is missing, short of memory, or fails in mid-run: a clear error or a documented fallback,
nothing half-written, and never a hang. Failures of the driver are injected by faultcuda.c."""
import ctypes
import os
import shutil
import signal
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
OUT_OF_MEMORY, NOT_PERMITTED, LAUNCH_FAILED, ECC, UNKNOWN = 2, 800, 719, 214, 999


class Checks:
    def __init__(self):
        self.rows, self.failed = [], False

    def check(self, name, good, ran):
        text = (ran.get("err") or "").strip().replace("\n", " | ")[-400:]
        self.rows.append({"fault": name, "ok": bool(good), "status": ran.get("status"), "message": text,
                          "wall_s": ran.get("wall_s"), "left": sorted(ran.get("files") or [])})
        self.failed = self.failed or not good
        print("faults: %s: %s: status %s: %s" % ("ok" if good else "WRONG", name, ran.get("status"), text), flush=True)

    def fails_cleanly(self, name, ran, statuses):
        """One line of error, an expected status, nothing left behind."""
        lines = [line for line in ran["err"].split("\n") if line]
        good = ran["status"] in statuses and len(lines) == 1 and lines[0].startswith("wsiproc: ") and not ran["files"]
        self.check(name, good, ran)

    def copes(self, name, ran, statuses, reference):
        """The CPU's bytes where it did without, else as above."""
        if ran["status"] == 0:
            self.check(name + ": does without", ran["files"] == reference, ran)
        else:
            self.fails_cleanly(name, ran, statuses)


def no_device(runner, checks, source, chain):
    """As on a machine whose GPUs are hidden from the process."""
    hidden = {"CUDA_VISIBLE_DEVICES": ""}
    reference = runner.reference(source, chain, ["--format", "hdf5"])
    options = ["--format", "hdf5", "--log-level", "info"]
    ran = runner.run(source, chain, options, env=hidden)
    checks.check("no device, auto: the CPU's bytes, and why", ran["status"] == 0 and ran["files"] == reference and
                 "no GPU" in ran["err"], ran)
    checks.fails_cleanly("no device, cuda", runner.run(source, chain, ["--device", "cuda"], env=hidden), {7})
    checks.fails_cleanly("no device, decoder gpu", runner.run(source, chain, ["--decoder", "gpu"], env=hidden), {7})
    checks.fails_cleanly("no such device", runner.run(source, chain, ["--device", "cuda:999"]), {7})


def short_memory(runner, checks, source, chain):
    options = ["--format", "hdf5"]
    ran = runner.run(source, chain, options + ["--device", "cuda:0", "--device-memory", "1M"])
    checks.fails_cleanly("--device-memory 1M", ran, {1})
    for size in ("16M", "64M", "256M"):
        ran = runner.run(source, chain, options + ["--device", "cuda:0", "--device-memory", size])
        checks.copes("--device-memory " + size, ran, {1}, runner.reference(source, chain, options))
    ran = runner.run(source, chain, ["--device", "cuda:0", "--memory", "4M"])
    checks.fails_cleanly("--memory 4M", ran, {1})


def full_device(runner, checks, source, chain):
    """Another process, this one, holds nearly all the memory of the device."""
    cuda = ctypes.CDLL("libcuda.so.1")
    device, context, free, total = ctypes.c_int(), ctypes.c_void_p(), ctypes.c_size_t(), ctypes.c_size_t()
    cuda.cuInit(0)
    cuda.cuDeviceGet(ctypes.byref(device), 0)
    cuda.cuDevicePrimaryCtxRetain(ctypes.byref(context), device)
    cuda.cuCtxSetCurrent(context)
    cuda.cuMemGetInfo_v2(ctypes.byref(free), ctypes.byref(total))
    held = ctypes.c_uint64()
    taken = cuda.cuMemAlloc_v2(ctypes.byref(held), ctypes.c_size_t(free.value - (900 << 20)))
    if taken != 0:
        checks.check("filling the device's memory", False, {"status": taken, "err": "cuMemAlloc"})
    ran = runner.run(source, chain, ["--format", "hdf5", "--device", "cuda:0"])
    checks.copes("900 MB of the device left", ran, {1, 7}, runner.reference(source, chain, ["--format", "hdf5"]))
    ran = runner.run(source, chain, ["--device", "cuda:0", "--device-memory", "8G"])
    checks.fails_cleanly("8G asked for where 900 MB are left", ran, {1, 7})
    cuda.cuMemFree_v2(held)
    cuda.cuDevicePrimaryCtxRelease(device)


def driver_path():
    """Of the library that a process gets by the name libcuda.so.1."""
    ctypes.CDLL("libcuda.so.1")
    with open("/proc/self/maps", encoding="utf-8") as maps:
        for line in maps:
            if "libcuda.so" in line:
                return line.split(None, 5)[5].strip()
    return None


def faulty_program(runner):
    """A copy of the bundle's program that finds faultcuda.c's library before the driver's."""
    top = os.path.join(runner.args.work, "faulty")
    shutil.rmtree(top, ignore_errors=True)
    os.makedirs(os.path.join(top, "bin"))
    os.makedirs(os.path.join(top, "lib"))
    program = os.path.join(top, "bin", "wsiproc")
    shutil.copy(runner.program, program)
    libraries = os.path.join(os.path.dirname(runner.program), "..", "lib")
    for name in os.listdir(libraries):
        os.symlink(os.path.abspath(os.path.join(libraries, name)), os.path.join(top, "lib", name))
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", os.path.join(HERE, "faultcuda.c"), "-o",
                    os.path.join(top, "lib", "libcuda.so.1")], check=True)
    return program


def driver_failures(runner, checks, source, chain):
    program, driver = faulty_program(runner), driver_path()
    options = ["--format", "hdf5", "--device", "cuda:0"]
    ran = runner.run(source, chain, options, program, {"WSI_FAULT_DRIVER": driver})
    reference = runner.reference(source, chain, ["--format", "hdf5"])
    checks.check("through the wrapper, no fault", ran["status"] == 0 and ran["files"] == reference, ran)
    if ran["status"] != 0:
        return
    for function, calls, code, kind in (
            ("cuMemAlloc", (1, 2, 5), OUT_OF_MEMORY, ""), ("cuMemHostAlloc", (1, 2, 5), OUT_OF_MEMORY, ""),
            ("cuLaunchKernel", (1, 2, 20, 60), LAUNCH_FAILED, ":lost"), ("cuLaunchKernel", (10,), ECC, ":lost"),
            ("cuMemcpy", (1, 5, 40), UNKNOWN, ":lost"), ("cuMemcpy", (8,), NOT_PERMITTED, ""),
            ("cuEvent", (1, 30), UNKNOWN, ":lost")):
        for call in calls:
            fault = "%s:%d:%d%s" % (function, call, code, kind)
            ran = runner.run(source, chain, options, program, {"WSI_FAULT_DRIVER": driver, "WSI_FAULT": fault}, timeout=60)
            checks.copes(fault, ran, {1, 7}, reference)


def signals(runner, checks, source, chain):
    for number, after in ((signal.SIGINT, 0.0), (signal.SIGTERM, 0.1)):
        ran = runner.signal(source, chain, ["--format", "hdf5", "--device", "cuda:0"], number, after)
        checks.check("%s in mid-run" % number.name, ran["status"] == -number and not ran["files"], ran)


def run(runner, slides, chain):
    checks = Checks()
    source = slides.mosaic(256, 5000, 4100)
    no_device(runner, checks, source, chain)
    short_memory(runner, checks, source, chain)
    driver_failures(runner, checks, source, chain)
    full_device(runner, checks, source, chain)
    signals(runner, checks, slides.mosaic(256, 100000, 80000), chain)
    return {"runs": checks.rows, "failed": checks.failed}
