#!/usr/bin/env python3
"""The cluster guide's shell blocks, as they stand: those marked `sh` run anywhere, in the order of the page; those marked
`sh slurm` are run by slurm.py on a cluster."""
import os
import re
import subprocess

import wsitest

CHAIN = "rgb2gray | threshold_otsu as mask\n"


def blocks(mark):
    with open(os.path.join(wsitest.ROOT, "docs", "clusters.md"), encoding="utf-8") as page:
        found = re.findall(r"^```(\w[^\n]*)?\n(.*?)^```$", page.read(), re.M | re.S)
    return [body for kind, body in found if kind == mark]


def prepare(folder):
    """The folder that the page speaks of: slides/ and chain.txt."""
    for seed, name in enumerate("abc"):
        made = wsitest.run("synthetic:%dx600,seed=%d" % (700 + 100 * seed, seed), "cast:dtype=uint8 as s",
                           os.path.join(folder, "made"), "--format", "tiff", "--overwrite")
        os.makedirs(os.path.join(folder, "slides"), exist_ok=True)
        slide = next(file for file in made if file.endswith(".tif"))
        os.rename(os.path.join(folder, "made", slide), os.path.join(folder, "slides", name + ".tif"))
    with open(os.path.join(folder, "chain.txt"), "w", encoding="utf-8") as f:
        f.write(CHAIN)


def run_block(body, folder, env=None):
    path = os.path.dirname(wsitest.WSIPROC) + os.pathsep + os.environ.get("PATH", "/usr/bin:/bin")
    ran = subprocess.run(["bash", "-euo", "pipefail", "-c", body], cwd=folder, env=dict(env or os.environ, PATH=path),
                         capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
    wsitest.expect(ran.returncode == 0, "a block of the guide", "%s\n%s%s" % (body, ran.stdout, ran.stderr))
    wsitest.done(body.split("\n")[0])


if __name__ == "__main__":
    with wsitest.scratch() as scratch:
        prepare(scratch)
        wsitest.expect(len(blocks("sh")) >= 5 and len(blocks("sh slurm")) >= 1, "blocks of both kinds")
        for text in blocks("sh"):
            run_block(text, scratch)
