# A Snakemake rule for wsiproc: one job a slide, and one report of them all.
#
#   configfile: "config.yaml"
#   include: "wsiproc.smk"
#   rule all:
#       input: WSIPROC["outputs"], WSIPROC["report"]
#
# Settings are those of config.yaml, below the key `wsiproc`. The slides are those of a folder, or the rows of a CSV file:
# `path` (relative to the file) and, if wanted, `mpp` and `level` as wsiproc's manifests have them.
#
# Outputs are whole or absent, and one slide's failure is its job's alone: run with --keep-going. Jobs share the folder
# of the outputs without harm, and the report covers every slide that ever ended there.
import csv
import os
import re
import shlex

from snakemake.exceptions import WorkflowError

WSIPROC_DEFAULTS = {
    "program": "wsiproc",  # or: "apptainer exec --nv wsiproc.sif wsiproc"
    "slides": "slides",
    "output": "results",
    "chain_file": "chain.txt",
    "format": "hdf5",  # one file a slide; for tiff set `extension` to that of one result, e.g. ".mask.tif"
    "extension": ".h5",
    "options": "",  # more of `wsiproc run`, as for a shell
    "threads": 4,
    "mem_mb": 2048,
    "runtime": 240,  # minutes
    "gpus": 0,
    "retries": 1,  # what a slide gets that failed because of the node
    "suffixes": [".svs", ".tif", ".tiff", ".ndpi", ".mrxs", ".scn", ".bif", ".vms", ".vmu", ".svslide", ".dcm"],
}


def wsiproc_settings(given):
    unknown = set(given) - set(WSIPROC_DEFAULTS)
    if unknown:
        raise WorkflowError("config: wsiproc has no setting " + ", ".join(sorted(unknown)))
    # --config on the command line gives text
    numbers = {name: int(value) for name, value in given.items() if isinstance(WSIPROC_DEFAULTS[name], int)}
    return {**WSIPROC_DEFAULTS, **given, **numbers}


def wsiproc_rows(settings):
    """(path, options of its own) of every slide."""
    where = settings["slides"]
    if os.path.isdir(where):
        return [(os.path.join(where, name), "") for name in sorted(os.listdir(where))
                if name.lower().endswith(tuple(settings["suffixes"]))]
    with open(where, newline="", encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    if not rows or set(rows[0]) - {"path", "mpp", "level"} or "path" not in rows[0]:
        raise WorkflowError(where + ": wants rows with path and, if wanted, mpp and level")
    options = {"mpp": "--mpp-override", "level": "--level"}
    return [(os.path.join(os.path.dirname(where), row["path"]),
             " ".join("%s %s" % (options[name], shlex.quote(row[name])) for name in options if row.get(name)))
            for row in rows]


def wsiproc_slides(settings):
    """Stem of the outputs -> (path, options of its own)."""
    slides = {}
    for path, options in wsiproc_rows(settings):
        stem = os.path.splitext(os.path.basename(path))[0]
        if stem in slides:
            raise WorkflowError("%s and %s would have the same output: rename one" % (slides[stem][0], path))
        slides[stem] = (path, options)
    if not slides:
        raise WorkflowError("no slides in " + settings["slides"])
    return slides


WSIPROC = wsiproc_settings(config.get("wsiproc", {}))
WSIPROC["stems"] = wsiproc_slides(WSIPROC)
WSIPROC["outputs"] = [os.path.join(WSIPROC["output"], stem + WSIPROC["extension"]) for stem in WSIPROC["stems"]]
WSIPROC["report"] = os.path.join(WSIPROC["output"], "report.html")


rule wsiproc_run:
    """Runs the chain over one slide."""
    input:
        slide=lambda wildcards: WSIPROC["stems"][wildcards.stem][0],
        chain=WSIPROC["chain_file"],
    output:
        os.path.join(WSIPROC["output"], "{stem}" + WSIPROC["extension"]),
    log:
        os.path.join(WSIPROC["output"], "logs", "{stem}.log"),
    wildcard_constraints:
        stem="|".join(re.escape(stem) for stem in WSIPROC["stems"]),
    params:
        program=WSIPROC["program"],
        own=lambda wildcards: WSIPROC["stems"][wildcards.stem][1],
        folder=WSIPROC["output"],
        format=WSIPROC["format"],
        options=WSIPROC["options"],
        device="cuda" if WSIPROC["gpus"] else "cpu",
    threads: WSIPROC["threads"]
    retries: WSIPROC["retries"]
    resources:
        mem_mb=WSIPROC["mem_mb"],
        runtime=WSIPROC["runtime"],
        gpus=WSIPROC["gpus"],
    shell:
        "{params.program} run {input.slide:q} -o {params.folder:q} --chain-file {input.chain:q} --format {params.format}"
        " --threads {threads} --device {params.device} --progress plain {params.own} {params.options} >{log:q} 2>&1"


rule wsiproc_report:
    """One report of every slide: summary.json, summary.csv and report.html in the folder of the outputs."""
    input:
        WSIPROC["outputs"],
    output:
        WSIPROC["report"],
    params:
        program=WSIPROC["program"],
        folder=WSIPROC["output"],
    threads: 1
    resources:
        mem_mb=1024,
        runtime=60,
        gpus=0,
    shell:
        "{params.program} merge {params.folder:q}"
