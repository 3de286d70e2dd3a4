#!/usr/bin/env python3
"""Every operation against scikit-image 0.26, on crops of real tissue and on random pixels of every type.

usage: ops_oracle.py TOOL_OPRUN [--data DIR] [--op NAME] [--seed N]

Exact operations must give scikit-image's very values; the others must lie within 1e-6 (or the case's own tolerance) of
its float64 result, relative to max(1, |reference|). Images run in one piece on the best instruction set and in tiles on
the plain one. The cases are in the ops_oracle_FAMILY.py beside this file, each with a function check(checker, groups);
an operation without a case fails. Exits with 77 when scikit-image 0.26 is not there.
"""
import argparse
import glob
import importlib
import os
import re
import sys

try:
    import numpy as np
    import scipy.ndimage  # noqa: F401
    import skimage
    assert skimage.__version__.startswith("0.26.")
except (ImportError, AssertionError):
    print("skipped: scikit-image 0.26 is not installed")
    sys.exit(77)
from ops_oracle_base import Checker, Groups, Tool, read_images

HERE = os.path.dirname(os.path.abspath(__file__))


def families():
    names = sorted(os.path.basename(p)[:-3] for p in glob.glob(os.path.join(HERE, "ops_oracle_*.py")))
    return [importlib.import_module(n) for n in names if n != "ops_oracle_base"]


def registered():
    with open(os.path.join(HERE, "..", "kernels", "ops-list.h")) as f:
        return re.findall(r"^WSI_OP\((\w+)\)", f.read(), re.M)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tool")
    parser.add_argument("--data", default=os.environ.get("WSIPROC_TEST_DATA", ""))
    parser.add_argument("--op")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    images = read_images(options.data, np.random.default_rng(options.seed))
    c = Checker(Tool(options.tool), images, options.op)
    c.data = options.data
    for family in families():
        family.check(c, Groups(images))
    for op in registered():
        if op not in c.seen:
            c.fail(op, "any image", "the operation has no case")
    for op, error in sorted(c.worst.items()):
        print(f"{op}: largest error {error:.2g}")
    print(f"{c.checked} cases, {c.failed} failed")
    return 1 if c.failed or not c.checked else 0


if __name__ == "__main__":
    sys.exit(main())
