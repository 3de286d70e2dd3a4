#!/usr/bin/env python3
"""The shared library from outside: it exports what the public headers declare and nothing else, carries its soname, and
none of its own code prints, handles signals, ends the process or keeps state for all callers. The guide lists its
options.

usage: library_exports.py BUILD-FOLDER
"""
import ctypes
import glob
import os
import re
import subprocess
import sys

from wsitest import ROOT, done, expect, need_tool

BUILD = sys.argv[1]
LIBRARY = os.path.join(BUILD, "library", "libwsiproc.so.0")
# Of stdio and the process: a library has no business with them.
FOREIGN = set("stdin stdout stderr printf vprintf puts putchar perror signal sigaction exit _exit quick_exit abort "
              "atexit setlocale putenv setenv chdir umask".split())
# Made once, the same for everybody, and never changed: the C locale, and what libraries must be told once.
ONCE = {"c_locale", "c_locale_once", "parser_once", "silence_once"}


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def declared():
    names = set()
    for path in glob.glob(os.path.join(ROOT, "include", "wsiproc", "*.h")):
        text = re.sub(r"/\*.*?\*/", "", open(path, encoding="utf-8").read(), flags=re.S)
        text = re.sub(r"^\s*#.*?(?<!\\)$", "", text, flags=re.M)
        for declaration in re.findall(r"WSI_API\b([^;{]*)", text):
            names.add(re.search(r"\b(wsi_\w+)\s*\(", declaration).group(1))
    return names


def exported():
    table = run("nm", "-D", "--defined-only", "--without-symbol-versions", LIBRARY)
    return {name for _, kind, name in (line.split() for line in table.splitlines()) if kind != "A"}


def archives():
    folders = "common reader tiler kernels writer scheduler library".split()
    return [os.path.join(BUILD, f, "libwsi_%s.a" % f) for f in folders]


def lines_of(*tool):
    """What a tool says of an archive's members but for those of nvcc, which adds how kernels are registered."""
    ours = True
    for line in run(*tool).splitlines():
        header = re.match(r"(\S+\.o):", line)
        ours = not header.group(1).endswith(".cu.o") if header else ours
        if ours and not header:
            yield line


def check_state(archive):
    """Symbols of sections that are written: those of constants with addresses are read-only once loaded."""
    found = set()
    for line in lines_of("objdump", "-t", archive):
        parts = line.split()
        if len(parts) >= 5 and " O " in line and re.fullmatch(r"\.(bss|data|tbss|tdata)(\..*)?", parts[-3]):
            if not parts[-3].startswith(".data.rel.ro") and not parts[-3].startswith(".data.rel.local"):
                found.add(re.sub(r"\.\d+$", "", parts[-1]))
    expect(found <= ONCE, "%s keeps no state" % os.path.basename(archive), sorted(found - ONCE))


class Option(ctypes.Structure):
    """wsi_job_option"""
    _fields_ = [("name", ctypes.c_char_p), ("help", ctypes.c_char_p), ("default", ctypes.c_char_p)]


def check_options():
    """The guide lists the options of jobs as the library does."""
    with open(os.path.join(ROOT, "docs", "library.md"), encoding="utf-8") as f:
        listed = [line for line in f if line.startswith("| `")]
    library, option = ctypes.CDLL(LIBRARY), Option()
    rows = []
    for index in range(library.wsi_job_option_count()):
        expect(library.wsi_job_get_option(index, ctypes.byref(option), None) == 0, "option %d" % index)
        default = "`%s`" % option.default.decode() if option.default else ""
        rows.append("| `%s` | %s | %s |\n" % (option.name.decode(), option.help.decode().replace("|", "\\|"), default))
    expect(listed == rows, "docs/library.md lists the options; the rows are", "".join(rows))


def main():
    need_tool("nm"), need_tool("objdump"), need_tool("readelf")
    names, there = declared(), exported()
    expect(len(names) > 20, "the headers declare %d functions" % len(names))
    expect(there == names, "exports are what the headers declare",
           "undeclared: %s; missing: %s" % (sorted(there - names), sorted(names - there)))
    expect("[libwsiproc.so.0]" in run("readelf", "-d", LIBRARY), "soname libwsiproc.so.0")
    for archive in archives():
        undefined = {line.split()[-1] for line in lines_of("nm", "-u", archive) if line.strip()}
        expect(not undefined & FOREIGN, "%s prints nothing and leaves the process alone" % os.path.basename(archive),
               sorted(undefined & FOREIGN))
        check_state(archive)
    check_options()
    done("exports, soname, no printing, no state")


main()
