#!/usr/bin/env python3
"""Fits that are shared: --params gives what the run that learnt them gave, --reference a slide or its parameters the
same bytes; files that do not fit are refused before anything is written; what changed is redone, what did not, skipped."""
import json
import os

import wsitest
from passes_common import NUCLEI, NUCLEI_NAMES, RAW, fits, images, statistics
from wsitest import bytes_of, command, done, expect, run

(np,) = wsitest.need("numpy")
wsitest.need("h5py")
FIRST, SECOND = "synthetic:901x733,seed=5", "synthetic:700x801,seed=6"
BASIC = "rgb2gray as g | threshold_otsu as m | label as l"
STAINS = "tissue as t | normalize_macenko:from=@source,mask=@t as n | match_histograms as h"


def stem(source):
    return source.replace(":", "-").replace(",", "-").replace("=", "")


def refused(folder, words, source, chain, *options, status=2):
    """One clear line, and nothing written."""
    out = os.path.join(folder, "refused")
    ran = command("run", source, "-o", out, "--chain", chain, "--progress", "none", *options, status=None)
    expect(ran.returncode == status, "refused with %d: %s" % (status, " ".join(map(str, options))), (ran.returncode, ran.stderr))
    lines = ran.stderr.strip().split("\n")
    expect(all(word in lines[0] for word in words), "says why", (words, ran.stderr))
    files = [f for f in wsitest.files_below(out) if f != "summary.json"]
    expect(not files, "nothing is written", files)
    wsitest.shutil.rmtree(out, ignore_errors=True)


def round_trip(folder):
    for number, (chain, names) in enumerate(((NUCLEI, NUCLEI_NAMES), (BASIC, "m,l"),
                                             ("tissue as t | normalize_vahadane:from=@source,mask=@t as n", "t,n"))):
        learnt, given = (os.path.join(folder, "%s%d" % (n, number)) for n in ("learnt", "given"))
        run(FIRST, chain, learnt, "--write", names, *RAW)
        params = os.path.join(learnt, stem(FIRST) + ".params.json")
        run(FIRST, chain, given, "--write", names, "--params", params, "--keep", "always", *RAW)
        expect(fits(given) == fits(learnt) and fits(learnt), "the same fits")
        same, again = images(learnt), images(given)
        expect(same.keys() == again.keys() and all(np.array_equal(same[n], again[n]) for n in same), "the same images: " + chain)
        tables = [{n: b for n, b in bytes_of(d).items() if n.endswith(".csv")} for d in (learnt, given)]
        expect(tables[0] == tables[1] and len(tables[0]) == ("table" in names), "the same table: " + chain)
        # On another slide they are not what that one would learn.
        own, shared = (os.path.join(folder, "%s%d" % (n, number)) for n in ("own", "shared"))
        run(SECOND, chain, own, "--write", names, *RAW)
        run(SECOND, chain, shared, "--write", names, "--params", params, *RAW)
        expect(fits(shared) == fits(learnt) != fits(own), "shared with another slide: " + chain)
    done("--params")


def wrong_files(folder):
    def write(name, text):
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text if isinstance(text, str) else json.dumps(text))
        return path

    learnt = os.path.join(folder, "learnt1")
    with open(os.path.join(learnt, stem(FIRST) + ".params.json"), encoding="utf-8") as f:
        right = json.load(f)
    step = right["steps"][0]
    values = step["values"]
    wrong = {
        "cut.json": (json.dumps(right)[:-20], ["cut.json"]),
        "empty.json": ("", ["empty.json"]),
        "list.json": ([], ["list.json"]),
        "other.json": ({"wsiproc_params": 2, "steps": []}, ["other.json"]),
        "none.json": (dict(right, steps=[]), ["'m'"]),
        "name.json": (dict(right, steps=[dict(step, name="mm")]), ["'m'"]),
        "operation.json": (dict(right, steps=[dict(step, operation="threshold_li")]), ["'m'"]),
        "field.json": (dict(right, steps=[dict(step, values={k: v for k, v in values.items() if k != "threshold"})]), ["'m'", "threshold"]),
        "count.json": (dict(right, steps=[dict(step, values=dict(values, threshold=[1, 2]))]), ["'m'", "threshold"]),
        "text.json": (dict(right, steps=[dict(step, values=dict(values, threshold=["high"]))]), ["'m'", "threshold"]),
    }
    for name, (text, words) in wrong.items():
        refused(folder, words, FIRST, BASIC, "--params", write(name, text))
    refused(folder, ["nowhere.json"], FIRST, BASIC, "--params", os.path.join(folder, "nowhere.json"))
    for name in ("cut.json", "list.json"):
        path = write(name[:-5] + ".params.json", wrong[name][0])
        refused(folder, [os.path.basename(path)], FIRST, STAINS, "--reference", path)
    done("files that do not fit are refused")


def reference(folder):
    of_slide, of_file, alone = (os.path.join(folder, n) for n in ("of-slide", "of-file", "alone"))
    names = ("--write", "n,h", *RAW)
    run(FIRST, STAINS, of_slide, *names, "--reference", SECOND)
    refused(folder, ["reference"], FIRST, STAINS)
    # The reference's own parameters: of a run of the chain over it.
    run(SECOND, STAINS, alone, *names, "--reference", SECOND)
    params = os.path.join(alone, stem(SECOND) + ".params.json")
    run(FIRST, STAINS, of_file, *names, "--reference", params)
    expect(bytes_of(of_slide) == bytes_of(of_file), "a slide or its parameters: the same bytes")
    other = os.path.join(folder, "of-itself")
    run(FIRST, STAINS, other, *names, "--reference", FIRST)
    expect(not np.array_equal(images(other)["n"], images(of_slide)["n"]), "another reference, another look")
    expect(fits(other)["n"] == fits(of_slide)["n"], "the slide's own fit stays")
    done("--reference")
    return params


def other_level(folder):
    """A fit on a lower level reads nothing else, its mask included; it is what a run on that level learns. Fits that the
    mask rests on are those of the job's level."""
    source = "synthetic:1500x1100,seed=5,levels=4,tile=64"
    for number, (op, level) in enumerate((("normalize_macenko", 2), ("normalize_vahadane", 1), ("normalize_reinhard", 1))):
        chain = "tissue:object_size=4 as t | %s:from=@source,mask=@t%s as n"
        lower, direct = (os.path.join(folder, "%s%d" % (n, number)) for n in ("lower", "direct"))
        stats = statistics(source, chain % (op, ",level=%d" % level), lower, *RAW)
        wsitest.run(source, chain % (op, ""), direct, "--level", level, *RAW)
        expect(fits(lower)["n"] == fits(direct)["n"], "%s learns what a run on level %d does" % (op, level))
        levels = [p["level"] for p in stats["passes"]]
        expect(levels[-1] == 0 and set(levels[:-1]) == {level}, "one pass over level 0", levels)
        plan = json.loads(command("plan", source, "-o", lower, "--chain", chain % (op, ",level=%d" % level), "--json").stdout)
        expect([p["level"] for p in plan["pass_list"]] == levels, "as planned", plan["pass_list"])
    with_fit, own = os.path.join(folder, "with-fit"), os.path.join(folder, "own-fit")
    run(source, "rgb2gray | threshold_otsu as m | normalize_reinhard:from=@source,mask=@m,level=2 as n", with_fit, *RAW)
    run(source, "rgb2gray | threshold_otsu as m", own, *RAW)
    expect(fits(with_fit)["m"] == fits(own)["m"], "a threshold of the slide")
    done("fits on another level, masks too")


def outcome(folder, source, chain, *options):
    """What summary.json says of the only slide."""
    ran = command("run", source, "-o", folder, "--chain", chain, "--progress", "none", "--log-level", "info", *options)
    with open(os.path.join(folder, "summary.json"), encoding="utf-8") as f:
        (slide,) = json.load(f)["slides"]
    return json.dumps(slide) + ran.stderr


def rerun(folder, params):
    out = os.path.join(folder, "rerun")
    mine = os.path.join(folder, "learnt1", stem(FIRST) + ".params.json")
    base = ("--write", "n,h,t", *RAW)
    settings = [
        (["--reference", SECOND], None),
        (["--reference", params], "skipped"),
        (["--reference", FIRST], "reference"),
        (["--reference", FIRST, "--within", "@t"], "within"),
        (["--reference", FIRST, "--within", "@t", "--keep", "always", "--tile", "100"], "skipped"),
        (["--reference", FIRST], "within"),
    ]
    for options, why in settings:
        told = outcome(out, FIRST, STAINS, *base, *options)
        expect(why is None or why in told, "%s: %s" % (options, why), told)
        before = bytes_of(out)
        expect("skipped" in outcome(out, FIRST, STAINS, *base, *options), "then up to date: %s" % options)
        expect(bytes_of(out) == before, "and untouched")
    out = os.path.join(folder, "rerun-params")
    other = os.path.join(folder, "own1", stem(SECOND) + ".params.json")
    for options, why in (([], None), (["--params", mine], "params"), (["--params", mine], "skipped"),
                         (["--params", other], "params"), ([], "params")):
        told = outcome(out, FIRST, BASIC, *options)
        expect(why is None or why in told, "%s: %s" % (options, why), told)
    done("what changed is redone, what did not is skipped")


with wsitest.scratch() as scratch:
    round_trip(scratch)
    wrong_files(scratch)
    other_level(scratch)
    rerun(scratch, reference(scratch))
