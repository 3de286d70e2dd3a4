#!/usr/bin/env python3
"""The library in a process whose locale writes decimals with a comma: chains, options, outputs and what they say of
themselves are those of the C locale, byte for byte. The locale is made here, by glibc's localedef.

usage: library_locale.py BUILD-FOLDER
"""
import ctypes as c
import locale
import os
import subprocess
import sys

from wsitest import bytes_of, done, expect, need, need_tool, scratch, skip

need("numpy")
os.environ["WSIPROC_LIBRARY"] = os.path.join(sys.argv[1], "library", "libwsiproc.so.0")
from wsilibrary import LIBRARY, ok  # noqa: E402

NUMBERS = 'LC_NUMERIC\ndecimal_point ","\nthousands_sep "."\ngrouping 3;3\nEND LC_NUMERIC\n'
CHARACTERS = ("<code_set_name> ANSI_X3.4-1968\n<comment_char> %\n<escape_char> /\n"
              "CHARMAP\n<U0000>..<U007F> /x00 ASCII\nEND CHARMAP\n")
CHAINS = ("rgb2gray | canny:sigma=1.5 as edges", "rgb2gray | canny:sigma=1.25,low_threshold=0.1,high_threshold=0.9,use_quantiles=true as edges",
          "rgb2gray | frangi:sigmas=[1.5] as vessels", "rgb2gray | meijering:sigmas=[1.5,2.25] as vessels",
          "rgb2gray | gaussian:sigma=1.5 | threshold_otsu | label | measure as cells",
          "rgb2gray | adjust_gamma:gamma=1e-9,gain=1.5 as dark")


def make_locale(folder):
    """A locale named comma; false where there is no localedef or it makes none."""
    for name, text in (("numbers", NUMBERS), ("characters", CHARACTERS)):
        with open(os.path.join(folder, name), "w") as f:
            f.write(text)
    subprocess.run(["localedef", "-c", "-i", "./numbers", "-f", "./characters", "./comma"], cwd=folder,
                   capture_output=True)
    os.environ["LOCPATH"] = folder
    try:
        locale.setlocale(locale.LC_NUMERIC, "comma")
    except locale.Error:
        return False
    comma = locale.localeconv()["decimal_point"] == ","
    locale.setlocale(locale.LC_NUMERIC, "C")
    return comma


def outputs(folder, chain):
    """What a job of that chain writes, by file name."""
    job = c.c_void_p()
    ok(LIBRARY.wsi_job_create(None, c.byref(job), None), "a job")
    for name, value in (("input", "synthetic:700x500,seed=3,mpp=0.25,levels=3"), ("chain", chain),
                        ("output", os.path.join(folder, "out")), ("format", "tiff")):
        ok(LIBRARY.wsi_job_set(job, name.encode(), value.encode(), None), "its %s %s" % (name, value))
    ok(LIBRARY.wsi_job_set_float(job, b"mpp", c.c_double(0.5), None), "its resolution")
    ok(LIBRARY.wsi_job_run(job, None), "its run: " + chain)
    LIBRARY.wsi_job_destroy(c.byref(job))
    return bytes_of(folder)


def check(folder, number, chain):
    each = {}
    for name in ("C", "comma"):
        target = os.path.join(folder, "%d-%s" % (number, name))
        os.mkdir(target)
        locale.setlocale(locale.LC_NUMERIC, name)
        each[name] = outputs(target, chain)
    locale.setlocale(locale.LC_NUMERIC, "C")
    expect(each["C"] and each["C"] == each["comma"], "the same bytes: " + chain)


need_tool("localedef")
with scratch() as folder:
    if not make_locale(folder):
        skip("localedef makes no locale here")
    for number, chain in enumerate(CHAINS):
        check(folder, number, chain)
done("the library where decimals have commas")
