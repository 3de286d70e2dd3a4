#!/usr/bin/env python3
"""CUDA C++ as C++: writes the sources named, as FOLDER/NAME.cc (.cuh as they are called), with wsi_launch() for
`kernel<<<...>>>`, dynamic shared memory as a pointer, and the one instruction that is written as such as a function.

usage: launches.py FOLDER SOURCE..."""
import os
import re
import sys

KERNEL = r"([A-Za-z_]\w*(?:<[^<>;{}()]*>)?)"
LAUNCH = re.compile(KERNEL + r"\s*<<<(.*?)>>>\s*\(", re.S)
SHARED = re.compile(r"extern\s+__shared__\s+([\w:]+)\s+(\w+)\[\];")
ASSEMBLY = re.compile(r'asm\("rsqrt\.approx\.ftz\.f32 %0, %1;" : "=f"\((\w+)\) : "f"\((\w+)\)\);')


def launch(match):
    kernel, where = match.groups()
    return 'wsi_launch("%s", %s, %s)(' % (" ".join(kernel.split()), kernel, where)


def as_cpp(path):
    text = open(path, encoding="utf-8").read()
    text = LAUNCH.sub(launch, text)
    text = SHARED.sub(r"\1 *const \2 = (\1 *)wsi_dynamic_shared();", text)
    text = ASSEMBLY.sub(r"\1 = wsi_rsqrt_approx(\2);", text)
    left = re.search(r"<<<|extern\s+__shared__|\basm\b", text)
    if left:
        sys.exit("launches.py: %s: '%s' is not understood" % (path, left.group()))
    return '#line 1 "%s"\n%s' % (path, text)


def main(folder, sources):
    for path in sources:
        name = os.path.basename(path)
        target = os.path.join(folder, name[:-3] + ".cc" if name.endswith(".cu") else name)
        text = as_cpp(path)
        if not os.path.exists(target) or open(target, encoding="utf-8").read() != text:
            open(target, "w", encoding="utf-8").write(text)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
