#!/usr/bin/env python3
"""What README.md and the pages of docs/ show works: every chain of its "Chains" section runs, every command is accepted."""
import os
import re
import shlex

import wsitest
from wsitest import ROOT, command, done, expect

BOXES, STAINED = wsitest.slides("boxes.tiff", "CMU-1-Small-Region.svs")


def block(text, heading):
    section = text.split("## " + heading)[1].split("\n## ")[0]
    return [line.strip() for line in re.search(r"```\n(.*?)```", section, re.S).group(1).split("\n")
            if line.strip()]


def chains(text, folder):
    lines = block(text, "Chains")
    expect(len(lines) >= 3, "chains in the README")
    for chain in lines:
        command("run", BOXES, "-o", folder, "--chain", chain, "--format", "hdf5", "--progress", "none")
        done(chain)


def run_all(lines, folder):
    """Each line that calls wsiproc; one that demands a GPU may end with status 7."""
    for line in lines:
        words = shlex.split(line.replace("100000x100000", "1000x1000"), comments=True)
        if words and words[0] == "wsiproc":
            ran = command(*words[1:], cwd=folder, status=None)
            expect(ran.returncode == 0 or (ran.returncode == 7 and "cuda" in line), line, ran.stderr)
            done(line)


def pages(folder, *names):
    for name in names:
        with open(os.path.join(ROOT, "docs", name), encoding="utf-8") as page:
            lines = re.findall(r"^wsiproc .*$", page.read(), re.M)
        expect(lines, "commands in " + name)
        run_all(lines, folder)


def with_slides(folder, slide):
    """A folder in which slide.svs and what lies in slides/ are this slide."""
    os.makedirs(os.path.join(folder, "slides"))
    for name in ("slide.svs", os.path.join("slides", "a.svs")):
        wsitest.shutil.copyfile(slide, os.path.join(folder, name))
    return folder


def tour(text, folder):
    slides = os.path.join(folder, "slides")
    os.makedirs(slides)
    wsitest.shutil.copyfile(BOXES, os.path.join(folder, "slide.svs"))
    wsitest.shutil.copyfile(BOXES, os.path.join(slides, "boxes.tiff"))
    with open(os.path.join(folder, "chain.txt"), "w") as f:
        f.write("rgb2gray   # grey\ngaussian:sigma=2 as g\n")
    run_all(block(text, "A minute's tour"), folder)


with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as readme, wsitest.scratch() as scratch:
    README = readme.read()
    chains(README, os.path.join(scratch, "out"))
    tour(README, scratch)
    pages(scratch, "gpus.md", "statistics.md")
    pages(with_slides(os.path.join(scratch, "stained"), STAINED), "stain.md")
