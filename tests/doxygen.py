#!/usr/bin/env python3
"""The library's reference is made from the headers without a warning, and has every function in it.

usage: doxygen.py
"""
import glob
import os
import re
import subprocess

from wsitest import ROOT, done, expect, need_tool, scratch


def main():
    doxygen = need_tool("doxygen")
    with scratch() as folder:
        settings = open(os.path.join(ROOT, "docs", "Doxyfile"), encoding="utf-8").read()
        made = subprocess.run([doxygen, "-"], input=settings + "\nOUTPUT_DIRECTORY = %s\n" % folder, cwd=ROOT,
                              text=True, capture_output=True)
        expect(made.returncode == 0 and not made.stderr, "no warnings", made.stderr)
        pages = "".join(open(p, encoding="utf-8").read() for p in glob.glob(os.path.join(folder, "html", "*_8h.html")))
        for header in glob.glob(os.path.join(ROOT, "include", "wsiproc", "*.h")):
            text = re.sub(r"/\*.*?\*/", "", open(header, encoding="utf-8").read(), flags=re.S)
            for name in re.findall(r"WSI_API [^;(]*?(wsi_\w+)\(", text):
                expect(re.search(r'<td class="memname">[^<]*(<a[^>]*>\w+</a>[^<]*)*\b%s\b' % name, pages),
                       "%s is in the reference" % name)
    done("the library's reference")


main()
