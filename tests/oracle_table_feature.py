"""Chains of ridge filters and features for oracle_chain.py.

Filters that jump where an eigenvalue changes sign are compared here too: no pixel of these slides lies within float32's
rounding of a jump."""
import numpy as np
from skimage import color, feature, filters

ONE = ("packbits",)
TWO = ("packbits", "svs")


def gray(a):
    return color.rgb2gray(a)


def stack(elements):
    return np.stack(elements, axis=-1)


def hessian(a, **how):
    return feature.hessian_matrix(gray(a), **how)


# chain, reference on the RGB pixels, tolerance, sources
TABLE = [
    ("rgb2gray | sato:sigmas=[2]", lambda a: filters.sato(gray(a), sigmas=[2]), 1e-5, TWO),
    ("rgb2gray | sato", lambda a: filters.sato(gray(a)), 1e-5, ONE),
    ("rgb2gray | sato:sigmas=[1,3],black_ridges=false,mode=nearest",
     lambda a: filters.sato(gray(a), sigmas=[1, 3], black_ridges=False, mode="nearest"), 1e-5, ONE),
    ("rgb2gray | frangi:sigmas=[2],gamma=0.05", lambda a: filters.frangi(gray(a), sigmas=[2], gamma=0.05), 1e-5, ONE),
    ("rgb2gray | meijering:sigmas=[2],maxima=[0.04]",
     lambda a: filters.meijering(gray(a), sigmas=[2]) * (meijering_maximum(gray(a)) / 0.04), 1e-5, ONE),
    ("rgb2gray | frangi:sigmas=[2]", lambda a: filters.frangi(gray(a), sigmas=[2]), 1e-5, ONE),
    ("rgb2gray | frangi:sigmas=[1.5,3],mode=mirror",
     lambda a: filters.frangi(gray(a), sigmas=[1.5, 3], mode="mirror"), 1e-5, ONE),
    ("rgb2gray | meijering:sigmas=[2]", lambda a: filters.meijering(gray(a), sigmas=[2]), 1e-5, ONE),
    ("rgb2gray | meijering:sigmas=[1.5,2,3]", lambda a: filters.meijering(gray(a), sigmas=[1.5, 2, 3]), 1e-5, ONE),
    ("rgb2gray | hessian_norm:sigmas=[2]", lambda a: hessian_norm(gray(a), 2), 1e-5, ONE),
    ("rgb2gray | hessian:sigmas=[2],gamma=0.1", lambda a: filters.hessian(gray(a), sigmas=[2], gamma=0.1), 1e-5, ONE),
    ("rgb2gray | structure_tensor:sigma=2", lambda a: stack(feature.structure_tensor(gray(a), sigma=2)), 1e-6, TWO),
    ("rgb2gray | structure_tensor:sigma=1.5,mode=reflect,order=xy | structure_tensor_eigenvalues",
     lambda a: stack(feature.structure_tensor_eigenvalues(
         feature.structure_tensor(gray(a), sigma=1.5, mode="reflect", order="xy"))), 1e-6, ONE),
    ("rgb2gray | corner_harris:sigma=2", lambda a: feature.corner_harris(gray(a), sigma=2), 1e-6, ONE),
    ("rgb2gray | hessian_matrix:sigma=2,mode=reflect",
     lambda a: stack(hessian(a, sigma=2, mode="reflect", use_gaussian_derivatives=False)), 1e-6, ONE),
    ("rgb2gray | hessian_matrix:sigma=2,mode=mirror,use_gaussian_derivatives=true | hessian_matrix_eigvals",
     lambda a: stack(feature.hessian_matrix_eigvals(hessian(a, sigma=2, mode="mirror", use_gaussian_derivatives=True))),
     1e-6, ONE),
    ("rgb2gray | hessian_matrix_det:sigma=3", lambda a: feature.hessian_matrix_det(gray(a), 3), 1e-6, ONE),
    ("channel:index=1 | shape_index:sigma=2,mode=nearest",
     lambda a: feature.shape_index(a[..., 1], sigma=2, mode="nearest"), 1e-6, ONE),
    ("channel:index=1 | local_binary_pattern:P=4,R=1,method=uniform",
     lambda a: feature.local_binary_pattern(a[..., 1], 4, 1, "uniform"), 1e-6, TWO),
]


def hessian_norm(image, sigma):
    return np.hypot(*feature.hessian_matrix_eigvals(
        feature.hessian_matrix(image, sigma, mode="reflect", use_gaussian_derivatives=True)))


def meijering_maximum(image):
    """What the reference divides by at sigma 2."""
    high, low = feature.hessian_matrix_eigvals(
        feature.hessian_matrix(image, 2, mode="reflect", use_gaussian_derivatives=True))
    a, b = high + low / 3, low + high / 3
    return max(np.where(np.abs(a) >= np.abs(b), a, b).max(), 0)
