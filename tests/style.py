#!/usr/bin/env python3
"""The rules of the tree that a program can check: layers, symbol names, banned functions, public headers on their own,
sizes, unique file names, generated documents up to date, shell scripts clean.

usage: style.py BUILD-FOLDER
A line that must break a rule says so with a comment: `style: allow NAME`.
"""
import glob
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LAYERS = {"common": set(), "reader": {"common"}, "tiler": {"common"}, "kernels": {"common"}, "writer": {"common"},
          "scheduler": {"common", "reader", "tiler", "kernels", "writer"},
          "library": {"common", "reader", "tiler", "kernels", "writer", "scheduler"},
          "cli": {"common", "reader", "tiler", "kernels", "writer", "scheduler"}}
BANNED = {"atoi", "atol", "atof", "strcpy", "strcat", "sprintf", "vsprintf", "strtok", "gets", "alloca", "mktemp", "tmpnam"}
RAW_MEMORY = {"malloc", "calloc", "realloc", "strdup", "strndup", "asprintf"}
FILE_LINES, FUNCTION_LINES, MEDIAN_LINES = 600, 120, 15
complaints = []


def complain(text):
    complaints.append(text)


def sources(*folders, kinds=(".c", ".h")):
    for folder in folders:
        for path in sorted(glob.glob(os.path.join(ROOT, folder, "**", "*"), recursive=True)):
            if path.endswith(kinds):
                yield os.path.relpath(path, ROOT), open(path, encoding="utf-8").read()


def code_of(text):
    """The text without comments and string contents, lines kept."""
    keep = lambda m: "\n" * m.group(0).count("\n")
    text = re.sub(r"/\*.*?\*/", keep, text, flags=re.S)
    text = re.sub(r"//[^\n]*", "", text)
    return re.sub(r'"(\\.|[^"\\\n])*"', '""', text)


def layers():
    for path, text in sources(*LAYERS):
        layer = path.split(os.sep)[0]
        for name in re.findall(r'#include\s+"([^"]+)"', text):
            other = name.split("/")[0]
            if other in LAYERS and other != layer and other not in LAYERS[layer]:
                complain("%s: includes %s: %s may only see %s" % (path, name, layer, sorted(LAYERS[layer])))
        if not path.startswith("kernels/cuda") and re.search(r"#include\s+<(cuda|nv)", text):
            complain("%s: includes a CUDA header" % path)


def banned():
    for path, text in sources(*LAYERS, "include"):
        forbidden = BANNED if path.startswith("common") else BANNED | RAW_MEMORY
        lines = text.split("\n")
        for number, line in enumerate(code_of(text).split("\n")):
            for name in re.findall(r"(?<![\w.>])(\w+)\s*\(", line):
                if name in forbidden and "style: allow " + name not in "\n".join(lines[max(0, number - 1):number + 1]):
                    complain("%s:%d: %s() is banned here" % (path, number + 1, name))


def sizes():
    lengths, names = [], {}
    for path, text in sources(*LAYERS, "include", "tests", "bench", "tools", kinds=(".c", ".h", ".cu", ".py")):
        names.setdefault(os.path.basename(path), []).append(path)
        count = text.count("\n")
        if count > FILE_LINES:
            complain("%s: %d lines: where is the seam?" % (path, count))
        if path.endswith(".c"):
            lengths += function_lengths(path, text)
    for name, same in names.items():
        if len(same) > 1 and not extends_public(name, same):
            complain("not a unique file name: %s" % ", ".join(same))
    median = statistics.median(lengths)
    if median > MEDIAN_LINES:
        complain("the median function has %g lines" % median)
    print("%d functions, median %g lines, longest %d" % (len(lengths), median, max(lengths)))


def extends_public(name, paths):
    """A public header may have a private one of its name beside it, which includes it and adds to it."""
    public = "include/wsiproc/" + name
    private = [path for path in paths if path != public]
    return len(paths) == 2 and len(private) == 1 and "#include <wsiproc/%s>" % name in open(
        os.path.join(ROOT, private[0]), encoding="utf-8").read()


def function_lengths(path, text):
    start = None
    for number, line in enumerate(code_of(text).split("\n")):
        if line.startswith("{"):
            start = number
        elif line.startswith("}") and start is not None:
            if number - start - 1 > FUNCTION_LINES and path.split(os.sep)[0] != "tests":
                complain("%s:%d: a function of %d lines" % (path, start + 1, number - start - 1))
            yield number - start - 1
            start = None


def openings():
    """A file says at its top what it is for."""
    for path, text in sources(*LAYERS, "include", "bench"):
        if not text.startswith("/*"):
            complain("%s: does not open with a comment on its purpose" % path)


def symbols(build):
    for archive in glob.glob(os.path.join(build, "*", "libwsi_*.a")):
        out = subprocess.run(["nm", "-g", "--defined-only", archive], capture_output=True, text=True).stdout
        for name in re.findall(r"^[0-9a-f]+ [A-Z] (\w+)$", out, flags=re.M):
            # The last two are weak ones of NVIDIA's header-only NVTX, which shares them among all its users.
            if not name.startswith(("wsi_", "__", "_ZN", "nvtx", "InitializeInjectionNvtx")):
                complain("%s: global symbol %s does not start with wsi_" % (os.path.basename(archive), name))


def public_headers():
    with tempfile.TemporaryDirectory() as folder:
        for path, _ in sources("include"):
            header = os.path.relpath(path, "include")
            for compiler, suffix, standard in (("cc", "c", "-std=c11"), ("c++", "cc", "-std=c++11")):
                if not shutil.which(compiler):
                    continue
                unit = os.path.join(folder, "unit." + suffix)
                with open(unit, "w") as f:
                    f.write("#include <%s>\nextern int wsi_unit;\n" % header)
                done = subprocess.run([compiler, standard, "-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only",
                                       "-I" + os.path.join(ROOT, "include"), unit], capture_output=True, text=True)
                if done.returncode:
                    complain("%s alone with %s:\n%s" % (path, compiler, done.stderr))


def documents():
    program = os.environ.get("WSIPROC")
    if not program:
        return
    made = subprocess.run([program, "ops", "--markdown"], capture_output=True, text=True)
    path = os.path.join(ROOT, "docs", "ops.md")
    stored = open(path, encoding="utf-8").read() if os.path.exists(path) else ""
    if made.returncode or made.stdout != stored:
        complain("docs/ops.md is stale: wsiproc ops --markdown > docs/ops.md")


def scripts():
    paths = [os.path.join(ROOT, p) for p in ("tools/setup", "tools/test", "tools/demo", "tools/bundle", ".ci/run", "datasets/fetch.sh")]
    paths += glob.glob(os.path.join(ROOT, "tests", "*.sh"))
    if shutil.which("shellcheck"):
        done = subprocess.run(["shellcheck", *paths], capture_output=True, text=True)
        if done.returncode:
            complain(done.stdout)
    for path in paths[:6]:
        if not os.access(path, os.X_OK):
            complain("%s is not executable" % path)


def main():
    layers()
    banned()
    sizes()
    openings()
    symbols(sys.argv[1])
    public_headers()
    documents()
    scripts()
    if complaints:
        sys.exit("\n".join(complaints) + "\nFAILED: %d complaints" % len(complaints))
    print("ok")


main()
