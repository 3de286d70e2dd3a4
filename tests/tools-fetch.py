#!/usr/bin/env python3
"""datasets/fetch.sh against a small server on 127.0.0.1 that knows Range and can be told to misbehave."""
import hashlib
import http.server
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FETCH = os.path.join(ROOT, "datasets", "fetch.sh")
GOOD = bytes((i * i + i // 251) & 255 for i in range(300_000))


def sha(data):
    return hashlib.sha256(data).hexdigest()


def archive():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("CMU-1.mrxs", b"main")
        z.writestr("CMU-1/Data0000.dat", GOOD)
    return out.getvalue()


class Source:
    """Files by path, and how each misbehaves: 'drop' once mid-way, 'drop-always', 'no-range'."""

    def __init__(self):
        self.files, self.faults, self.log = {}, {}, []
        source = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *args):
                pass

            def do_GET(self):
                source.serve(self)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def serve(self, request):
        path = request.path.lstrip("/")
        data, fault = self.files.get(path), self.faults.get(path)
        if data is None:
            request.send_error(404)
            return
        match = re.match(r"bytes=(\d+)-", request.headers.get("Range", ""))
        start = int(match.group(1)) if match and fault != "no-range" else 0
        self.log.append((path, start))
        if start and start >= len(data):
            request.send_error(416)
            return
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", "bytes %d-%d/%d" % (start, len(data) - 1, len(data)))
        request.send_header("Content-Length", str(len(data) - start))
        request.end_headers()
        body = data[start:]
        if fault in ("drop", "drop-always"):
            body = body[: 1000 if fault == "drop-always" else len(body) // 2]
            if fault == "drop":
                del self.faults[path]
        request.wfile.write(body)


def index(files):
    return {p: {"size": len(d), "sha256": sha(d), "license": "CC0-1.0", "format": "x"} for p, d in files.items()}


def as_yaml(entries):
    lines = []
    for path, entry in entries.items():
        lines.append("%s:" % path)
        lines += ["  %s: %s" % item for item in entry.items()]
    return ("\n".join(lines) + "\n").encode()


def fetch(folder, mirror, *names, env=None):
    done = subprocess.run([FETCH, "--dir", folder, "--mirror", mirror, *names], capture_output=True, text=True,
                          timeout=120, env=env, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout.split("\n")[:-1], done.stderr


def expect(condition, what, detail=""):
    if not condition:
        sys.exit("FAILED: %s\n%s" % (what, detail))
    print("ok: " + what)


def online(source, folder):
    files = {"Aperio/CMU-1.svs": GOOD, "Mirax/CMU-1.zip": archive(), "Other/new.tiff": GOOD[::-1]}
    source.files = dict(files, **{"index.json": json.dumps(index(files)).encode()})

    rc, out, err = fetch(folder, source.url, "CMU-1.svs")
    expect(rc == 0 and open(out[0], "rb").read() == GOOD and "CC0-1.0" in err, "good file, licence shown", err)
    hits = len([p for p, _ in source.log if p == "Aperio/CMU-1.svs"])
    rc, out, err = fetch(folder, source.url, "CMU-1.svs")
    expect(rc == 0 and hits == len([p for p, _ in source.log if p == "Aperio/CMU-1.svs"]), "not fetched twice", err)

    rc, out, err = fetch(folder, source.url, "CMU-1.mrxs", "Other/new.tiff")
    expect(rc == 0 and len(out) == 2 and out[0].endswith("CMU-1.mrxs"), "archive and a name from the index", err)
    expect(os.path.getsize(os.path.join(os.path.dirname(out[0]), "CMU-1", "Data0000.dat")) == len(GOOD), "unpacked")

    for how in ("drop", "no-range"):
        os.remove(os.path.join(folder, "CMU-1.svs"))
        if how == "no-range":
            open(os.path.join(folder, "CMU-1.svs.part"), "wb").write(GOOD[:777])
        source.faults = {"Aperio/CMU-1.svs": how}
        rc, out, err = fetch(folder, source.url, "CMU-1.svs")
        expect(rc == 0 and open(out[0], "rb").read() == GOOD, "recovers: " + how, err)
        if how == "drop":
            expect(("Aperio/CMU-1.svs", len(GOOD) // 2) in source.log, "continued where it broke off")
    source.faults = {}


def wrong(source, folder):
    final, part = os.path.join(folder, "CMU-1.svs"), os.path.join(folder, "CMU-1.svs.part")
    os.remove(final)

    source.faults = {"Aperio/CMU-1.svs": "drop-always"}
    rc, _, err = fetch(folder, source.url, "CMU-1.svs")
    expect(rc == 4 and "truncated" in err and not os.path.exists(final) and os.path.getsize(part) == 5000,
           "keeps breaking off: clear error, what came is kept", err)
    source.faults = {}
    rc, out, err = fetch(folder, source.url, "CMU-1.svs")
    expect(rc == 0 and ("Aperio/CMU-1.svs", 5000) in source.log, "the next run continues it", err)

    os.remove(final)
    source.files["Aperio/CMU-1.svs"] = GOOD[:1234]
    rc, _, err = fetch(folder, source.url, "CMU-1.svs")
    expect(rc == 4 and "truncated" in err and "1234 of 300000" in err and not os.path.exists(final),
           "a file cut short at the source", err)

    source.files["Aperio/CMU-1.svs"] = GOOD[:-1] + b"!"
    rc, _, err = fetch(folder, source.url, "CMU-1.svs")
    expect(rc == 4 and "corrupted" in err and not os.path.exists(final) and not os.path.exists(part),
           "a corrupted file is removed", err)

    source.files["Aperio/CMU-1.svs"] = GOOD
    open(part, "wb").write(b"?" * 1000)
    rc, out, err = fetch(folder, source.url, "CMU-1.svs")
    expect(rc == 0 and open(out[0], "rb").read() == GOOD, "a bad beginning from before is thrown away", err)
    open(final, "wb").write(b"damaged later")
    rc, out, err = fetch(folder, source.url, "CMU-1.svs")
    expect(rc == 0 and open(out[0], "rb").read() == GOOD, "a damaged copy is fetched again", err)

    source.files["Aperio/CMU-1-Small-Region.svs"] = (GOOD * 7)[:1938955]
    rc, _, err = fetch(folder, source.url, "CMU-1-Small-Region.svs")
    expect(rc == 4 and "corrupted" in err, "the pinned SHA-256 wins over what the source says", err)

    rc, _, err = fetch(folder, source.url, "Leica-1.scn")
    expect(rc == 5 and "no SHA-256" in err, "not in the index", err)
    rc, _, err = fetch(folder, source.url, "nonsense")
    expect(rc == 2 and "--list" in err, "unknown name", err)


def indexes(source, folder):
    files = {"Aperio/CMU-2.svs": GOOD}
    for name, text in (("index.yaml only", as_yaml(index(files))), ("index.json broken", as_yaml(index(files)))):
        source.files = dict(files, **{"index.yaml": text})
        if "broken" in name:
            source.files["index.json"] = b"<html>"
        shutil.rmtree(folder, ignore_errors=True)
        rc, out, err = fetch(folder, source.url, "CMU-2.svs")
        expect(rc == 0 and open(out[0], "rb").read() == GOOD and "CC0-1.0" in err, name, err)
    source.files = dict(files)
    rc, _, err = fetch(folder, source.url, "CMU-3.svs")
    expect(rc == 5 and "no index" in err, "no index at all", err)


def elsewhere(source, folder, scratch):
    mirror = os.path.join(scratch, "mirror")
    os.makedirs(os.path.join(mirror, "Aperio"))
    files = {"Aperio/CMU-1.svs": GOOD}
    open(os.path.join(mirror, "Aperio", "CMU-1.svs"), "wb").write(GOOD)
    json.dump(index(files), open(os.path.join(mirror, "index.json"), "w"))
    shutil.rmtree(folder, ignore_errors=True)
    env = dict(os.environ, WSIPROC_DATASETS_MIRROR=mirror)
    done = subprocess.run([FETCH, "--dir", folder, "CMU-1.svs"], capture_output=True, text=True, env=env)
    expect(done.returncode == 0 and "right" in done.stderr, "folder as mirror, from the environment", done.stderr)

    source.server.shutdown()
    source.server.server_close()
    shutil.rmtree(folder)
    rc, out, err = fetch(folder, source.url, "CMU-1-Small-Region.svs")
    expect(rc == 3 and not out and "cannot reach" in err and "--mirror" in err, "no network: status 3, what to do", err)
    rc, out, err = fetch(folder, os.path.join(scratch, "nowhere"), "CMU-1.svs")
    expect(rc == 3, "mirror folder not there", err)


def main():
    for key in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
                "WSIPROC_DATASETS_MIRROR"):
        os.environ.pop(key, None)
    with tempfile.TemporaryDirectory() as scratch:
        source, folder = Source(), os.path.join(scratch, "slides with a space")
        online(source, folder)
        wrong(source, folder)
        indexes(source, folder)
        elsewhere(source, folder, scratch)


main()
