#!/usr/bin/env python3
"""The shared library from outside: it exports what the public headers declare and nothing else, carries its soname, and
none of its own code prints, handles signals, ends the process or keeps state for all callers.

usage: library_exports.py BUILD-FOLDER
"""
import glob
import os
import re
import subprocess
import sys

from wsitest import ROOT, done, expect, need_tool

BUILD = sys.argv[1]
LIBRARY = os.path.join(BUILD, "library", "libwsiproc.so.0")
# Of stdio and the process: a library has no business with them.
FOREIGN = set("stdin stdout stderr printf vprintf puts putchar perror signal sigaction exit _exit quick_exit abort atexit "
              "setlocale putenv setenv chdir umask".split())
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


def check_state(archive):
    """Symbols of sections that are written: those of constants with addresses are read-only once loaded."""
    found = set()
    for line in run("objdump", "-t", archive).splitlines():
        parts = line.split()
        if len(parts) >= 5 and " O " in line and re.fullmatch(r"\.(bss|data|tbss|tdata)(\..*)?", parts[-3]):
            if not parts[-3].startswith(".data.rel.ro") and not parts[-3].startswith(".data.rel.local"):
                found.add(re.sub(r"\.\d+$", "", parts[-1]))
    expect(found <= ONCE, "%s keeps no state" % os.path.basename(archive), sorted(found - ONCE))


def main():
    need_tool("nm"), need_tool("objdump"), need_tool("readelf")
    names, there = declared(), exported()
    expect(len(names) > 20, "the headers declare %d functions" % len(names))
    expect(there == names, "exports are what the headers declare",
           "undeclared: %s; missing: %s" % (sorted(there - names), sorted(names - there)))
    expect("[libwsiproc.so.0]" in run("readelf", "-d", LIBRARY), "soname libwsiproc.so.0")
    for archive in archives():
        undefined = set(run("nm", "-u", "-j", archive).split())
        expect(not undefined & FOREIGN, "%s prints nothing and leaves the process alone" % os.path.basename(archive),
               sorted(undefined & FOREIGN))
        check_state(archive)
    done("exports, soname, no printing, no state")


main()
