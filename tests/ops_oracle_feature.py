"""Ridge filters, structure tensors, Hessians, shape index, corners, local binary patterns."""
import os

import numpy as np
from skimage import color, feature, filters, io

from ops_oracle_base import double

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
    function = getattr(filters, name)
    want = function(double(image), **how)
    if name != "sato":
        signed = image.astype(np.float64) * (1 if how.get("black_ridges", True) else -1)
        skip = undecided(signed, how.get("sigmas", range(1, 10, 2)), how.get("mode", "reflect"), how.get("cval", 0))
        got = c.tool.run(f"{name}:{spec}", image) if not c.only or c.only == name else want
        assert skip.mean() < 0.2 or image.dtype == bool or image.size < 100, "most of the image is undecided"
        want = np.where(skip, got, want)
    scale = max(1.0, np.abs(image).max()) if image.dtype.kind in "iu" else 1.0  # integers keep their own scale
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
            if all(m > 1e-9 for m in maxima):
                check_ridge(c, "meijering", f"sigmas={text(sigmas)},maxima={text(maxima)}{more}", image, what, **at)


def check_article(c):
    """The documented chain on the whole photograph (docs/vessels.md): rgb2gray, then the four filters with sigmas=[2]."""
    eye = io.imread(os.path.join(c.data, "slides", "retina.jpg"))
    gray = color.rgb2gray(eye).astype(np.float32)
    how = {"sigmas": [2], "mode": "reflect", "black_ridges": True}
    spec = "sigmas=[2],mode=reflect,black_ridges=true"
    gamma = float(np.sqrt((eigenvalues(gray.astype(np.float64), 2, "reflect", 0) ** 2).sum(0)).max() / 2)
    check_ridge(c, "meijering", f"{spec},maxima={text(largest(gray, [2]))}", gray, "retina, whole", **how)
    check_ridge(c, "sato", spec, gray, "retina, whole", **how)
    check_ridge(c, "frangi", f"{spec},gamma={gamma!r}", gray, "retina, whole", **how)
    check_ridge(c, "hessian", spec, gray, "retina, whole", **how)


def check(c, g):
    check_ridges(c, [n for n in g.gray if c.images[n].dtype.kind != "b"][:6] + ["uint8", "uint16", "float32"] + g.small)
    if os.path.exists(os.path.join(c.data, "slides", "retina.jpg")):
        check_article(c)
