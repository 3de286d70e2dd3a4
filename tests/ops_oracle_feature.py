"""Ridge filters, structure tensors, Hessians, shape index, corners, local binary patterns."""
import os
import re

import numpy as np
from skimage import color, feature, filters, io

from ops_oracle_base import TYPES, double

HERE = os.path.dirname(os.path.abspath(__file__))
RIDGE = 1e-5
# Where float32 cannot decide on which side of a jump a pixel lies.
LOST = 1e-6


def eigenvalues(image, sigma, mode, cval):
    h = feature.hessian_matrix(image, sigma, mode=mode, cval=cval, use_gaussian_derivatives=True)
    return feature.hessian_matrix_eigvals(h)


def undecided(image, sigmas, mode="reflect", cval=0):
    """Pixels at which meijering, frangi and hessian jump: where the eigenvalue of larger magnitude changes sign, and,
    where that is negative, where the other one vanishes."""
    image = image.astype(np.float64)
    lost = LOST * np.abs(image).max()
    out = np.zeros(image.shape, bool)
    for sigma in sigmas:
        e = eigenvalues(image, sigma, mode, cval)
        small, large = np.sort(np.abs(e), axis=0)
        out |= (np.abs(e.sum(0)) < lost) & (large > 0)
        out |= (e.sum(0) < 0) & (small < lost) & (small > 0)
    return out


def check_ridge(c, name, spec, image, what, **how):
    """One filter; those that jump are compared where they are decided."""
    c.seen.add(name)
    if c.only and c.only != name:
        return
    function = getattr(filters, name)
    want = function(double(image), **how)
    if name != "sato":
        signed = image.astype(np.float64) * (1 if how.get("black_ridges", True) else -1)
        skip = undecided(signed, how.get("sigmas", range(1, 10, 2)), how.get("mode", "reflect"), how.get("cval", 0))
        got = c.tool.run(f"{name}:{spec}", image)
        assert skip.mean() < 0.2 or image.dtype == bool or image.size < 100, "most of the image is undecided"
        want = np.where(skip, got, want)
    scale = max(1.0, np.abs(want).max()) if name == "sato" else 1.0  # on the image's own scale, as of its ridges
    # Noise over an integer type's whole range has Hessians of a hundredth of it, with as many more roundings in them.
    scale = 3 * scale if what in TYPES and image.dtype.kind in "iu" else scale
    c.check(f"{name}:{spec}", lambda i: want, image, what=what, tolerance=RIDGE * scale)


def largest(image, sigmas, mode="reflect", cval=0, black_ridges=True):
    """The maxima that meijering divides by: from runs of one scale at a time on an image whose maximum is divided out."""
    image = image.astype(np.float64) * (1 if black_ridges else -1)
    out = []
    for sigma in sigmas:
        high, low = eigenvalues(image, sigma, mode, cval)
        a, b = high + low / 3, low + high / 3
        out.append(max(np.where(np.abs(a) >= np.abs(b), a, b).max(), 0))
    return out


def text(values):
    return "[" + ",".join(repr(float(v)) for v in values) + "]"


def check_ridges(c, names):
    cases = (((2,), {}), ((1, 3.5), {"mode": "mirror"}), ((0.6, 2), {"black_ridges": False}),
             ((1.5,), {"mode": "constant", "cval": 0.3}), ((2.2,), {"mode": "nearest"}))
    for what in names:
        image = c.images[what]
        for sigmas, how in cases:
            more = "".join(f",{k}={str(v).lower()}" for k, v in how.items())
            at = {"sigmas": sigmas, **how}
            check_ridge(c, "sato", f"sigmas={text(sigmas)}{more}", image, what, **at)
            check_ridge(c, "frangi", f"sigmas={text(sigmas)},gamma=0.3,beta=0.7{more}", image, what, gamma=0.3, beta=0.7, **at)
            check_ridge(c, "hessian", f"sigmas={text(sigmas)}{more}", image, what, **at)
            maxima = largest(image, sigmas, **how)
            if all(m > 1e-4 * np.abs(image).max() for m in maxima):  # else what is left is rounding, enlarged
                check_ridge(c, "meijering", f"sigmas={text(sigmas)},maxima={text(maxima)}{more}", image, what, **at)


def norm(image, sigmas, mode="reflect", cval=0, black_ridges=True):
    image = image.astype(np.float64) * (1 if black_ridges else -1)
    return np.max([np.hypot(*eigenvalues(image, s, mode, cval)) for s in sigmas], axis=0)


def check_defaults(c, names):
    """gamma and maxima of the whole image: of the reference's own making."""
    cases = (((2,), {}), ((1.5, 3), {"mode": "mirror"}), ((1, 2, 3, 4, 5.5), {"black_ridges": False}),
             ((1.5,), {"mode": "constant", "cval": 0.3}))
    for what in names:
        image = c.images[what]
        for sigmas, how in cases:
            more = f"sigmas={text(sigmas)}" + "".join(f",{k}={str(v).lower()}" for k, v in how.items())
            of_norm = norm(image, sigmas, **how)
            c.check(f"hessian_norm:{more}", lambda i, n=of_norm: n, image, what=what,
                    tolerance=RIDGE * max(1, np.abs(image.astype(np.float64)).max()))
            if norm(image, sigmas[:1], **how).max() > 1e-3 * np.abs(image).max():
                check_ridge(c, "frangi", more, image, what, sigmas=sigmas, **how)
            if all(m > 1e-3 * np.abs(image).max() for m in largest(image, sigmas, **how)):
                check_ridge(c, "meijering", more, image, what, sigmas=sigmas, **how)
    flat = np.full((20, 30), 7, np.uint8)
    check_ridge(c, "frangi", "sigmas=[2]", flat, "flat", sigmas=[2])
    check_ridge(c, "meijering", "sigmas=[2]", flat, "flat", sigmas=[2])


def check_article(c):
    """The chains of docs/vessels.md on the photograph its numbers are of: the reference gets none of them."""
    page = open(os.path.join(HERE, "..", "docs", "vessels.md"), encoding="utf-8").read()
    steps = re.findall(r"^(\w+):from=@gray,(\S+) as \w+$", page, re.M)
    names = ["meijering", "sato", "frangi", "hessian", "meijering", "frangi"]
    assert [name for name, _ in steps] == names, "docs/vessels.md has the chains"
    gray = color.rgb2gray(io.imread(os.path.join(c.data, "slides", "retina.jpg"))).astype(np.float32)
    for name, spec in steps:
        check_ridge(c, name, spec, gray, "retina, whole", sigmas=[2])


def check_structure(c, names):
    """The reference squeezes images of one row or column to vectors, and refuses those. The corner measure is a
    difference of two products of the tensor, against the larger of which its error is measured."""
    names = [n for n in names if min(c.images[n].shape) > 1]
    cases = (("sigma=1", {"sigma": 1}), ("sigma=2.5,mode=reflect,order=xy", {"sigma": 2.5, "mode": "reflect", "order": "xy"}),
             ("sigma=[1.5,0.4],mode=constant,cval=0.7", {"sigma": (1.5, 0.4), "mode": "constant", "cval": 0.7}),
             ("mode=mirror", {"mode": "mirror"}), ("sigma=7,mode=nearest", {"sigma": 7, "mode": "nearest"}))
    for spec, how in cases:
        c.on(names, f"structure_tensor:{spec}",
             lambda i, how=how: np.stack(feature.structure_tensor(double(i), **how), axis=-1))
    for spec, how in (("method=k", {}), ("method=k,k=0.15,sigma=2", {"k": 0.15, "sigma": 2}),
                      ("method=eps,eps=0.001,sigma=1.5", {"method": "eps", "eps": 0.001, "sigma": 1.5})):
        for what in names:
            image = c.images[what]
            trace = sum(feature.structure_tensor(double(image), sigma=how.get("sigma", 1))[::2])
            size = max(1.0, trace.max() ** (1 if "eps" in how else 2))
            c.check(f"corner_harris:{spec}", lambda i, how=how: feature.corner_harris(double(i), **how), image,
                    what=what, tolerance=1e-6 * size)
    for what in names:
        tensor = np.stack(feature.structure_tensor(double(c.images[what]), sigma=2), axis=-1).astype(np.float32)
        for name in ("structure_tensor_eigenvalues", "hessian_matrix_eigvals"):
            function = getattr(feature, name)
            c.check(name, lambda t, f=function: np.moveaxis(f(list(np.moveaxis(double(t), -1, 0))), 0, -1), tensor,
                    what=what)


def check_hessians(c, names):
    """numpy.gradient refuses images of one row or column, so those are too small here."""
    images = [n for n in names if min(c.images[n].shape) > 1]
    cases = (("sigma=1", {"sigma": 1}), ("sigma=2.3,mode=reflect,order=xy", {"sigma": 2.3, "mode": "reflect", "order": "xy"}),
             ("sigma=1.5,cval=0.4", {"sigma": 1.5, "cval": 0.4}), ("sigma=3,mode=mirror", {"sigma": 3, "mode": "mirror"}))
    for spec, how in cases:
        for gaussian in (False, True):
            c.on(names if gaussian else images,
                 f"hessian_matrix:{spec},use_gaussian_derivatives={str(gaussian).lower()}",
                 lambda i, how=how, g=gaussian: np.stack(
                     feature.hessian_matrix(double(i), use_gaussian_derivatives=g, **how), axis=-1))
    for sigma in (1, 2, 3.4, 9):
        c.on(names, f"hessian_matrix_det:sigma={sigma}", lambda i, s=sigma: feature.hessian_matrix_det(double(i), s))
        c.on(images, f"hessian_matrix_det:sigma={sigma},approximate=false",
             lambda i, s=sigma: feature.hessian_matrix_det(double(i), s, approximate=False))


def check_shape_index(c, names):
    """Where the eigenvalues differ by no more than float64's rounding, the sign is chance: not compared."""
    cases = (("sigma=1", {"sigma": 1}), ("sigma=2,mode=reflect", {"sigma": 2, "mode": "reflect"}),
             ("sigma=1.5,cval=0.3", {"sigma": 1.5, "cval": 0.3}))
    for what in names:
        image = c.images[what]
        if min(image.shape) < 2 or (c.only and c.only != "shape_index"):
            continue
        for spec, how in cases:
            want = feature.shape_index(double(image), **how)
            high, low = feature.hessian_matrix_eigvals(
                feature.hessian_matrix(double(image), use_gaussian_derivatives=False, **how))
            chance = (high - low < 1e-9) & ~np.isnan(want)
            got = c.tool.run(f"shape_index:{spec}", image)
            if not (np.isnan(got) == np.isnan(want))[~chance].all():
                c.fail(f"shape_index:{spec}", what, "NaN where the reference has none, or the other way round")
            both = np.isnan(want) | chance
            want, compared = np.where(both, 0, want), np.where(both, 0, got)
            c.check(f"shape_index:{spec}", lambda i, w=want, b=both: np.where(b, np.nan, w), image, what=what,
                    ) if not both.any() else c.compare("shape_index", spec, what, compared, want, False)
    c.seen.add("shape_index")


def check_patterns(c, names):
    """Flat regions too, where rounding decides, by a pixel's place; variances of nothing but rounding are left out."""
    stairs = (np.add.outer(np.arange(90), np.arange(150)) // 40 * 40).astype(np.uint8)
    for what, image in [(n, c.images[n]) for n in names] + [("stairs", stairs)]:
        for p, r in ((8, 1), (16, 2), (24, 3), (5, 1.7), (21, 0.327)):
            for method in ("default", "ror", "uniform", "nri_uniform"):
                c.check(f"local_binary_pattern:P={p},R={r},method={method}",
                        lambda i, p=p, r=r, m=method: feature.local_binary_pattern(double(i), p, r, m), image, what=what)
            if c.only in (None, "local_binary_pattern"):
                spec = f"local_binary_pattern:P={p},R={r},method=var"
                got, want = c.tool.run(spec, image), feature.local_binary_pattern(double(image), p, r, "var")
                level = 1e-20 * max(1.0, float(np.abs(image.astype(np.float64)).max())) ** 2
                got, want = (np.where(np.nan_to_num(v) < level, 0, v) for v in (got, want))
                c.compare("local_binary_pattern", spec, what, got, want, False)


def check(c, g):
    names = [n for n in g.gray if c.images[n].dtype.kind != "b"]
    check_ridges(c, names + g.small)
    check_defaults(c, names + g.small)
    check_structure(c, names + g.small)
    check_hessians(c, names + g.small)
    check_shape_index(c, names + g.small)
    check_patterns(c, names + g.small)
    if os.path.exists(os.path.join(c.data, "slides", "retina.jpg")):
        check_article(c)
