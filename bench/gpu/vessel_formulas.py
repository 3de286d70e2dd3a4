"""The four vessel filters of scikit-image 0.26 at one scale, for dark ridges of a two-dimensional image, written with whatever
has NumPy's functions (xp) and SciPy's ndimage (ndi): NumPy itself, or CuPy, of which none has these filters."""
import math


def eigenvalues(xp, ndi, image, sigma):
    """Of the Hessian by Gaussian derivatives: the larger and the smaller."""
    def smooth(of, order):
        return ndi.gaussian_filter(of, sigma / math.sqrt(2), order=order, mode="reflect", truncate=8 if sigma > 1 else 100)

    rows, columns = smooth(image, (1, 0)), smooth(image, (0, 1))
    rr, rc, cc = smooth(rows, (1, 0)), smooth(rows, (0, 1)), smooth(columns, (0, 1))
    mean, root = (rr + cc) / 2, xp.sqrt(4 * rc ** 2 + (rr - cc) ** 2) / 2
    return mean + root, mean - root


def neurites(xp, ndi, image, sigma):
    """meijering before it is divided by its largest value."""
    high, low = eigenvalues(xp, ndi, image, sigma)
    first, second = high + low / 3, high / 3 + low
    return xp.maximum(xp.where(abs(first) >= abs(second), first, second), 0)


def meijering(xp, ndi, image, sigma):
    values = neurites(xp, ndi, image, sigma)
    return values / values.max()


def sato(xp, ndi, image, sigma):
    return sigma ** 2 * xp.maximum(eigenvalues(xp, ndi, image, sigma)[0], 0)


def half_norm(xp, ndi, image, sigma):
    """Half the largest norm of the Hessian: frangi's gamma."""
    high, low = eigenvalues(xp, ndi, image, sigma)
    return xp.sqrt(high ** 2 + low ** 2).max() / 2


def frangi(xp, ndi, image, sigma, gamma=None):
    high, low = eigenvalues(xp, ndi, image, sigma)
    swapped = abs(high) > abs(low)
    small, large = xp.where(swapped, low, high), xp.where(swapped, high, low)
    blob = abs(small) / xp.maximum(large, 1e-10)
    norm = xp.sqrt(high ** 2 + low ** 2)
    if gamma is None:
        gamma = norm.max() / 2
    return xp.exp(-blob ** 2 / 0.5) * (1 - xp.exp(-norm ** 2 / (2 * gamma ** 2)))


def hessian(xp, ndi, image, sigma):
    values = frangi(xp, ndi, image, sigma, 15)
    return xp.where(values <= 0, 1, values)
