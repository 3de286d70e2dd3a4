"""Stain normalisation from the published descriptions, in plain NumPy on whole images in memory: the authority for
ops_oracle_stain.py and oracle_table_stain.py. Nothing here is shared with the program."""
import numpy as np
from scipy import ndimage, optimize
from skimage import color, filters, morphology

TARGET = np.array([[0.5626, 0.7201, 0.4062], [0.2159, 0.8012, 0.5581]])
MAXIMA = np.array([1.9705, 1.0308])


def shown(density, source):
    return np.clip(np.rint(source * np.exp(-density)), 0, 255).astype(np.uint8)


def plus_one(image, source):
    return -np.log((image.astype(float) + 1) / source)


def clipped(image, source):
    return -np.log(np.clip(image.astype(float), 1, source) / source)


def extreme_directions(od, low, high):
    """Stain vectors of densities (n, 3): rows, the one with more red first."""
    vectors = np.linalg.eigh(np.cov(od, rowvar=False))[1][:, [2, 1]]
    vectors = vectors * np.where(vectors[0] < 0, -1, 1)
    seen = od @ vectors
    angles = np.percentile(np.arctan2(seen[:, 1], seen[:, 0]), [low, high])
    stains = np.array([vectors @ [np.cos(a), np.sin(a)] for a in angles])
    return stains[::-1] if stains[0, 0] < stains[1, 0] else stains


def least_squares(od, stains):
    return np.linalg.lstsq(stains.T, od.T, rcond=None)[0].T


def macenko_fit(image, mask=None, source=240, alpha=1, beta=0.15, everywhere=False):
    """Stain vectors and maxima."""
    od = plus_one(image, source).reshape(-1, 3)
    under = np.ones(len(od), bool) if mask is None else mask.ravel() != 0
    tissue = under & (od >= beta).all(axis=1)
    stains = extreme_directions(od[tissue], alpha, 100 - alpha)
    seen = od[under if everywhere else tissue]
    return stains, np.percentile(least_squares(seen, stains), 100 - alpha, axis=0)


def macenko(image, mask=None, source=240, alpha=1, beta=0.15, everywhere=False, target=TARGET, maxima=MAXIMA):
    stains, found = macenko_fit(image, mask, source, alpha, beta, everywhere)
    amounts = least_squares(plus_one(image, source).reshape(-1, 3), stains)
    return shown((amounts / found * maxima) @ target, source).reshape(image.shape)


def macenko_as(image, reference):
    """As a reference slide looks."""
    target, maxima = macenko_fit(reference)
    return macenko(image, target=target, maxima=maxima)


def colors_pca(image, mask=None, source=240, alpha=1, beta=0.345, tissue_only=False, target=TARGET, maxima=MAXIMA):
    od = clipped(image, source).reshape(-1, 3)
    under = np.ones(len(od), bool) if mask is None else mask.ravel() != 0
    tissue = under & (od > beta).any(axis=1)
    stains = extreme_directions(od[tissue], 1, 99)
    amounts = least_squares(od, stains)
    found = np.percentile(amounts[tissue if tissue_only else under], 100 - alpha, axis=0)
    return shown((amounts / found * maxima) @ target, source).reshape(image.shape)


def dark(image, luminosity=0.8):
    return color.rgb2lab(image)[..., 0] < 100 * luminosity


def sparse_amounts(od, stains, weight):
    """Amounts a >= 0 of least |x - a D|^2 / 2 + weight sum(a), each the best of the four faces of the quadrant."""
    gram, b = stains @ stains.T, od @ stains.T - weight
    both = np.linalg.solve(gram, b.T).T
    alone = np.maximum(b / np.diag(gram), 0)
    zero = np.zeros(len(od))
    faces = np.stack([both, np.stack([alone[:, 0], zero], 1), np.stack([zero, alone[:, 1]], 1)])
    cost = np.einsum("fni,ij,fnj->fn", faces, gram, faces) / 2 - np.einsum("fni,ni->fn", faces, b)
    cost[(faces < 0).any(axis=2)] = np.inf
    return faces[cost.argmin(axis=0), np.arange(len(od))]


def factorised(od, weight=0.1):
    """Non-negative stain vectors of unit length whose sparse amounts explain the densities best: the cost as a function
    of the six numbers alone, minimised by a general method from two beginnings."""
    od, often = np.unique(od, axis=0, return_counts=True)
    often = often[:, None] / often.sum()

    def cost(numbers):
        stains = numbers.reshape(2, 3)
        lengths = np.linalg.norm(stains, axis=1, keepdims=True)
        unit = stains / lengths
        a = sparse_amounts(od, unit, weight)
        apart = od - a @ unit
        slope = -(often * a).T @ apart
        slope = (slope - unit * (slope * unit).sum(axis=1, keepdims=True)) / lengths
        return (often * (apart ** 2 / 2)).sum() + weight * (often * a).sum(), slope.ravel()
    best = None
    for start in ([0.65, 0.70, 0.29, 0.07, 0.99, 0.11], [0.9, 0.3, 0.3, 0.3, 0.9, 0.3]):
        found = optimize.minimize(cost, start, jac=True, bounds=[(0, None)] * 6, method="L-BFGS-B",
                                  options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 2000})
        best = found if best is None or found.fun < best.fun else best
    stains = best.x.reshape(2, 3) / np.linalg.norm(best.x.reshape(2, 3), axis=1, keepdims=True)
    return stains[::-1] if stains[0, 0] < stains[1, 0] else stains


def vahadane(image, mask=None, source=255, alpha=1, luminosity=0.8, everywhere=False, target=TARGET, maxima=MAXIMA,
             sample=None):
    """sample: about so many pixels are looked at for the stain vectors."""
    od = clipped(image, source).reshape(-1, 3)
    under = np.ones(len(od), bool) if mask is None else mask.ravel() != 0
    tissue = under & dark(image, luminosity).ravel()
    step = max(tissue.sum() // sample, 1) if sample else 1
    amounts = sparse_amounts(od, factorised(od[tissue][::step]), 0.01)
    found = np.percentile(amounts[under if everywhere else tissue], 100 - alpha, axis=0)
    return shown((amounts / found * maxima) @ target, source).reshape(image.shape)


CONES = np.array([[0.3811, 0.5783, 0.0402], [0.1967, 0.7244, 0.0782], [0.0241, 0.1288, 0.8444]])
AXES = np.diag([3 ** -0.5, 6 ** -0.5, 2 ** -0.5]) @ [[1, 1, 1], [1, 1, -2], [1, -1, 0]]
TARGET_MEAN = (8.74108109, -0.12440419, 0.0444982)
TARGET_STD = (0.6135447, 0.10989545, 0.0286032)


def lab_of(image):
    return np.log(np.maximum(image, 1).astype(float) @ CONES.T) @ AXES.T


def reinhard(image, mask=None, luminosity=0.8, everywhere=False, mean=TARGET_MEAN, deviation=TARGET_STD):
    lab = lab_of(image)
    seen = np.ones(image.shape[:2], bool) if everywhere else dark(image, luminosity)
    seen = lab[seen if mask is None else seen & (mask != 0)]
    moved = (lab - seen.mean(axis=0)) / seen.std(axis=0) * deviation + mean
    rgb = np.exp(moved @ np.linalg.inv(AXES).T) @ np.linalg.inv(CONES).T
    return np.clip(np.rint(rgb), 0, 255).astype(np.uint8)


def reinhard_as(image, reference):
    """As a reference slide looks."""
    seen = lab_of(reference)[dark(reference)]
    return reinhard(image, mean=seen.mean(axis=0), deviation=seen.std(axis=0))


def tissue(image, factor=16, method="both", threshold=None, closing=2, hole_size=256, object_size=64):
    """The mask of the tissue from scikit-image's parts."""
    h, w = image.shape[:2]
    rows, columns = np.arange(0, h, factor), np.arange(0, w, factor)
    sums = np.add.reduceat(np.add.reduceat(image.astype(np.int64), rows, axis=0), columns, axis=1)
    means = sums / np.outer(np.diff(np.append(rows, h)), np.diff(np.append(columns, w)))[..., None]
    most, least = means.max(axis=2), means.min(axis=2)
    saturation = np.minimum((most - least) / np.maximum(most, 1e-9) / 0.25, 1)
    density = np.minimum(-np.log10(np.maximum(means, 1) / 255).mean(axis=2) / 0.15, 1)
    parts = {"both": np.sqrt(saturation * density), "saturation": saturation, "density": density}
    score = np.where(most < 32, 0, np.rint(255 * parts[method])).astype(np.uint8)
    if threshold is None:
        threshold = np.clip(filters.threshold_otsu(score) / 255, 0.2, 0.6)
    mask = score > 255 * threshold
    if closing:
        mask = morphology.closing(mask, morphology.disk(closing), mode="ignore")
    if hole_size:  # what is small and enclosed
        mask = morphology.remove_small_holes(mask, max_size=hole_size) & ndimage.binary_fill_holes(mask)
    mask = morphology.remove_small_objects(mask, max_size=object_size) if object_size else mask
    return np.repeat(np.repeat(mask, factor, axis=0), factor, axis=1)[:h, :w]
