#!/usr/bin/env python3
"""Batches: directories and manifests, broken slides among good ones, what is skipped and what is redone and why,
clashes, and the exit statuses 0, 1, 2, 3, 5 and 6."""
import json
import os
import shutil

import wsitest
from wsitest import command, done, expect, files_below

CHAIN = "rgb2gray | gaussian:sigma=1 as g"
BOXES, SVS, ASAP = wsitest.slides("boxes.tiff", "CMU-1-Small-Region.svs", "asap-bigtiff-lzw-pyramid.tif")


def batch(folder, *inputs, status=0, chain=CHAIN, options=()):
    return command("run", *inputs, "-o", folder, "--chain", chain, "--progress", "none", *options, status=status)


def make_tree(root):
    """Two good slides, one broken, one that is no slide, in two folders."""
    os.makedirs(os.path.join(root, "case 1", "deep"))
    shutil.copyfile(BOXES, os.path.join(root, "case 1", "a.tiff"))
    shutil.copyfile(ASAP, os.path.join(root, "case 1", "deep", "no-extension"))
    with open(SVS, "rb") as f, open(os.path.join(root, "broken.svs"), "wb") as out:
        out.write(f.read()[:-900000])
    with open(os.path.join(root, "notes.txt"), "w") as out:
        out.write("not a slide")


def summary(folder):
    with open(os.path.join(folder, "summary.json")) as f:
        return json.load(f)


def directory(root):
    make_tree(root)
    out = os.path.join(root, "..", "out")
    ran = batch(out, root, status=3)
    expect("broken.svs" in ran.stderr and "notes.txt" not in ran.stderr, "the broken slide is named", ran.stderr)
    files = files_below(out)
    expect(os.path.join("case 1", "a.h5") in files and os.path.join("case 1", "deep", "no-extension.h5") in files,
           "structure mirrored, probed without extension", files)
    expect(not any("broken" in f for f in files), "nothing of the broken one", files)
    expect("broken.svs" in json.dumps(summary(out)), "summary.json names it", summary(out))
    done("a directory with a broken slide: status 3, the others done")

    os.remove(os.path.join(root, "broken.svs"))
    before = {f: os.stat(os.path.join(out, f)).st_mtime_ns for f in files if f.endswith(".h5")}
    ran = batch(out, root)
    after = {f: os.stat(os.path.join(out, f)).st_mtime_ns for f in files if f.endswith(".h5")}
    expect(before == after, "made outputs are left alone", ran.stdout + ran.stderr)
    done("nothing left to do: status 0")
    return out


def redo(root, out):
    target = os.path.join(out, "case 1", "a.h5")

    def redone(what, why, **how):
        before = os.stat(target).st_mtime_ns
        ran = batch(out, root, **how)
        expect(os.stat(target).st_mtime_ns != before, "redone: " + what, ran.stdout + ran.stderr)
        text = " ".join(ran.stdout.split())
        expect(why in text, "says why: %s (%s)" % (what, why), text)

    redone("another parameter", "redone: chain differs", chain="rgb2gray | gaussian:sigma=1.5 as g")
    redone("another codec", "redone: format or compression differs", chain="rgb2gray | gaussian:sigma=1.5 as g", options=["--compression", "none"])
    with open(os.path.join(root, "case 1", "a.tiff"), "r+b") as f:
        f.seek(-1, os.SEEK_END)
        last = f.read(1)
        f.seek(-1, os.SEEK_END)
        f.write(bytes([last[0] ^ 1]))
    redone("another source", "redone: source", chain="rgb2gray | gaussian:sigma=1.5 as g", options=["--compression", "none"])
    redone("--overwrite", "", chain="rgb2gray | gaussian:sigma=1.5 as g", options=["--compression", "none", "--overwrite"])
    with open(target, "wb") as f:
        f.write(b"not an output")
    redone("a damaged output", "redone: ", chain="rgb2gray | gaussian:sigma=1.5 as g", options=["--compression", "none"])
    done("what is stale is redone, with the reason")


def redo_encodings(scratch):
    """Every option that shows in an output's bytes makes it anew, once."""
    out = os.path.join(scratch, "encodings")
    jpeg, other = ["--compression", "jpeg"], "redone: format or compression differs"

    def states(options, why):
        for expected in (why, "up to date"):
            text = command("run", "synthetic:300x200", "-o", out, "--chain", "invert", "--format", "tiff", *options).stdout
            expect(expected in " ".join(text.split()), "%s: %s" % (" ".join(options), expected), text)

    command("run", "synthetic:300x200", "-o", out, "--chain", "invert", "--format", "tiff")
    states(jpeg, other)
    states(jpeg + ["--quality", "93"], other)
    states(jpeg + ["--quality", "93", "--subsampling", "420"], other)
    states(["--compression", "zstd"], other)
    states(["--compression", "zstd", "--compression-level", "7"], other)
    states(["--out-tile", "128"], other)
    states(["--out-tile", "128", "--bigtiff"], other)
    states(["--out-tile", "128", "--bigtiff", "--mpp-override", "0.4"], "redone: mpp differs")
    done("other encodings and resolutions are redone")


def manifest(root, scratch):
    path = os.path.join(scratch, "slides.csv")
    with open(path, "w") as f:
        f.write("path\n%s\n%s\n" % (BOXES, os.path.join(root, "case 1", "deep", "no-extension")))
    out = os.path.join(scratch, "by-manifest")
    batch(out, path)
    expect({"boxes.h5", "no-extension.h5"} <= set(files_below(out)), "both slides of the manifest", files_below(out))
    with open(path, "a") as f:
        f.write(os.path.join(root, "missing.svs") + "\n")
    ran = batch(out, path, status=3)
    expect("missing.svs" in ran.stderr, "a missing slide is named", ran.stderr)
    done("manifest")


def clashes(scratch):
    folder = os.path.join(scratch, "same")
    os.makedirs(folder)
    shutil.copyfile(BOXES, os.path.join(folder, "x.tif"))
    shutil.copyfile(BOXES, os.path.join(folder, "x.tiff"))
    out = os.path.join(scratch, "clash")
    ran = batch(out, folder, status=2)
    expect("x.tif" in ran.stderr and not [f for f in files_below(out) if f.endswith(".h5")],
           "two slides with one output: refused before anything runs", ran.stderr)
    done("clash")


def statuses(scratch):
    out = os.path.join(scratch, "statuses")
    text = os.path.join(scratch, "text.svs")
    with open(text, "w") as f:
        f.write("not a slide")
    for what, status, argv in (
            ("no such slide", 5, [os.path.join(scratch, "none.svs"), "-o", out, "--chain", CHAIN]),
            ("not a slide", 5, [text, "-o", out, "--chain", CHAIN]),
            ("bad chain", 2, [BOXES, "-o", out, "--chain", "gausian:sigma=1"]),
            ("bad value", 2, [BOXES, "-o", out, "--chain", "gaussian:sigma=-1"]),
            ("unknown option", 2, [BOXES, "-o", out, "--chain", CHAIN, "--thread", "2"]),
            ("no chain", 2, [BOXES, "-o", out]),
            ("output below a file", 6, [BOXES, "-o", os.path.join(text, "sub"), "--chain", CHAIN]),
            ("a folder that cannot be made", 6, ["synthetic:2000x2000", "-o", "/dev/full/x", "--chain", CHAIN]),
            ("no GPU", 7, [BOXES, "-o", out, "--chain", CHAIN, "--device", "cuda:999"])):
        if what == "no GPU" and os.path.exists("/dev/nvidiactl"):
            continue
        ran = command("run", *argv, "--progress", "none", status=status)
        lines = [line for line in ran.stderr.split("\n") if line]
        expect(lines and (status == 2 or len(lines) == 1), "%s: one line" % what, ran.stderr)
        done("%s: status %d: %s" % (what, status, lines[0]))
    expect(set(files_below(out)) <= {"summary.json"}, "no output of a failed run", files_below(out))


def full_disk(scratch):
    """A file-size limit stands for a full disk."""
    import resource
    out = os.path.join(scratch, "limited")
    ran = command("run", "synthetic:3000x3000", "-o", out, "--chain", "cast:dtype=uint8 as p", "--compression", "none",
                  "--progress", "none", status=6,
                  preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)))
    expect(set(files_below(out)) <= {"summary.json"}, "no partial output", files_below(out))
    done("no room: " + ran.stderr.strip())


def main():
    with wsitest.scratch() as scratch:
        root = os.path.join(scratch, "slides")
        out = directory(root)
        redo(root, out)
        redo_encodings(scratch)
        manifest(root, scratch)
        clashes(scratch)
        statuses(scratch)
        full_disk(scratch)


main()
