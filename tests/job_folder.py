"""Job folders made by hand: what runs would have written into DIR/.wsiproc, and what nobody should."""
import hashlib
import json
import os
import socket
import time

WORK = "0" * 32


def hash_of(text):
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def write(folder, kind, name, value):
    path = os.path.join(folder, ".wsiproc", kind)
    os.makedirs(path, exist_ok=True)
    with open(os.path.join(path, name), "w") as f:
        f.write(value if isinstance(value, str) else json.dumps(value))


def entry(base, source, cost=1):
    return {"base": base, "input": source, "cost": cost, "hash": hash_of(base)}


def batch(folder, entries):
    """The list of a batch; returns its hash."""
    for kind in ("runs", "slides", "leases"):
        os.makedirs(os.path.join(folder, ".wsiproc", kind), exist_ok=True)
    name = hash_of(json.dumps(entries))
    write(folder, "batches", name + ".json", {"format": 1, "slides": entries})
    return name


def run(folder, batch_name, name="node-1-abc", **changes):
    record = {"format": 1, "run": name, "batch": batch_name, "work": WORK, "host": socket.gethostname(),
              "pid": os.getpid(), "chain": "rgb2gray as g", "write": "g", "format_name": "hdf5",
              "started": time.time() - 100, "updated": time.time(), **changes}
    write(folder, "runs", name + ".json", record)
    return name


def slide(folder, base, source, state, /, **changes):
    now = time.time()
    record = {"format": 1, "base": base, "input": source, "state": state, "run": "node-1-abc", "work": WORK,
              "host": socket.gethostname(), "pid": os.getpid(), "started": now - 10, "updated": now, "seconds": 10.0,
              "attempt": 1, "progress": 1.0, "pixels": 4000000, "bytes": 1000, "bad_tiles": 0, "outputs": [], **changes}
    write(folder, "slides", hash_of(base) + ".json", record)
