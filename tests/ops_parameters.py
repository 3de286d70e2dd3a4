#!/usr/bin/env python3
"""Names, parameters and defaults of all operations against the signatures of scikit-image 0.26.

A parameter of scikit-image's that an operation lacks is named in the operation's text, or in the introduction of
docs/ops.md; a default that is written otherwise stands in SAME below.
"""
import inspect
import json
import re
import warnings

import wsitest

skimage, = wsitest.need("skimage")
if not skimage.__version__.startswith("0.26."):
    wsitest.skip("scikit-image is not 0.26")
from skimage import (color, exposure, feature, filters, measure, morphology, restoration, segmentation,  # noqa: E402
                     transform, util)

warnings.simplefilter("ignore")
MODULES = {"color": color, "exposure": exposure, "feature": feature, "filters": filters, "measure": measure,
           "morphology": morphology, "restoration": restoration, "segmentation": segmentation, "transform": transform,
           "util": util}
# Operations that scikit-image has under another name.
ELSEWHERE = {"overlay": segmentation.mark_boundaries, **{
    "rank_" + n: getattr(filters.rank, n) for n in ("entropy", "gradient", "maximum", "mean", "minimum", "percentile")}}
# Operations of other origin: NumPy, SciPy, cuCIM, the steps of others, maps and tables of their own.
OWN = {"abs", "absorbance_to_image", "add", "blob_response", "blur_laplacian_variance", "blur_tenengrad", "canny_levels",
       "cast", "channel", "clip", "compare", "convolve", "distance_transform_edt", "divide", "exp", "fill_holes",
       "hessian_norm", "image_to_absorbance", "log", "logical_and", "logical_not", "logical_or", "logical_xor", "mask",
       "maximum", "measure", "minimum", "multiply", "normalize_colors_pca", "normalize_macenko", "normalize_reinhard",
       "normalize_vahadane", "patches", "power", "select_blobs", "select_peaks", "sqrt", "stack", "subtract", "threshold",
       "tissue", "tissue_fraction", "uniform", "unstack", "where"}
# Defaults that mean the same: (operation or "", parameter, ours, scikit-image's as repr).
SAME = {
    ("", "footprint", "diamond", "None"),  # of radius 1: the 3x3 cross
    ("", "footprint", "square", "None"),  # of width 3
    ("", "spacing", "1", "None"),
    ("", "nothing", "", "None"),
    ("", "axis", "none", "None"),
    ("", "channel_axis", "none", "None"),
    ("", "connectivity", "2", "None"),  # as many as the image has axes
    ("", "exclude_border", "0", "False"),
    ("", "threshold_abs", "none", "None"),
    ("", "threshold_rel", "none", "None"),
    ("gabor", "sigma_x", "0", "None"),
    ("gabor", "sigma_y", "0", "None"),
    ("denoise_bilateral", "win_size", "0", "None"),
    ("hessian_matrix", "use_gaussian_derivatives", "false", "None"),
    ("label", "background", "0", "None"),
    ("meijering", "alpha", "0.3333333333333333", "None"),
    ("peak_local_max", "num_peaks", "0", "inf"),
    ("pyramid_reduce", "sigma", "0", "None"),
    ("remove_small_holes", "area_threshold", "", "<DEPRECATED>"),
    ("remove_small_objects", "min_size", "", "<DEPRECATED>"),
    ("resize", "order", "auto", "None"),
    ("resize", "anti_aliasing", "auto", "None"),
    ("threshold_li", "tolerance", "0", "None"),
}
# Parameters that have a default in scikit-image and must be given here, which the text says.
DEMANDED = {("watershed", "markers")}
# Parameters that scikit-image demands and that have a default here.
OPTIONAL = {("combine_stains", "conv_matrix"), ("separate_stains", "conv_matrix"), ("downscale_local_mean", "factors"),
            ("rank_entropy", "footprint"), ("rank_gradient", "footprint"), ("rank_maximum", "footprint"),
            ("rank_mean", "footprint"), ("rank_minimum", "footprint"), ("rank_percentile", "footprint")}


def written(value):
    """A default as chains have it."""
    if isinstance(value, (tuple, list, range)):
        return "[" + ",".join(written(v) for v in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return "%g" % value if isinstance(value, float) else str(value)


def equal(op, name, ours, theirs):
    if theirs is None and ours == "":
        return True
    if {(op, name, ours, repr(theirs)), ("", name, ours, repr(theirs))} & SAME:
        return True
    try:
        return float(ours) == float(theirs)
    except (TypeError, ValueError):
        return ours.replace(" ", "") == written(theirs)


def check(op, function, introduction):
    ours = {p["name"]: p for p in op["parameters"]}
    texts = " ".join([introduction, op["doc"], *(p["help"] for p in op["parameters"])])
    for p in list(inspect.signature(function).parameters.values())[1:]:
        where = "%s, %s" % (op["name"], p.name)
        if p.name not in ours:
            wsitest.expect(p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL) or re.search(r"\b%s\b" % p.name, texts),
                           "a missing parameter is accounted for in the text", where)
        elif p.default is p.empty:
            wsitest.expect(ours[p.name]["required"] or (op["name"], p.name) in OPTIONAL, "a required parameter", where)
        else:
            if ours[p.name]["required"]:
                wsitest.expect((op["name"], p.name) in DEMANDED, "a parameter that may be left out", where)
                continue
            wsitest.expect(equal(op["name"], p.name, ours[p.name]["default"], p.default), "the default",
                           "%s: %s, not %r" % (where, ours[p.name]["default"], p.default))


ops = json.loads(wsitest.command("ops", "--json").stdout)
introduction = wsitest.command("ops", "--markdown").stdout.split("\n## ")[0]
for op in ops:
    function = ELSEWHERE.get(op["name"]) or getattr(MODULES.get(op["module"]), op["name"], None)
    wsitest.expect((function is None) == (op["name"] in OWN), "an operation of scikit-image's module or of OWN", op["name"])
    if function:
        check(op, function, introduction)
wsitest.done("%d operations, %d of them scikit-image's" % (len(ops), len(ops) - len(OWN)))
