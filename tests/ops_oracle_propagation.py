"""Distances, reconstruction, watershed: operations on the image as a whole, in tiles of any size on several threads."""
import warnings

import numpy as np
from scipy import ndimage
from skimage import measure, morphology, segmentation

CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], bool)
FOOTPRINTS = (("square", None, 2), ("diamond", CROSS, 1))


def masks(c):
    """Name and mask: noise of several densities, one background pixel far away, none, nothing but background."""
    rng = np.random.default_rng(1)
    for density in (0.001, 0.02, 0.4, 0.97):
        for shape in ((83, 61), (1, 70), (70, 1), (131, 150)):
            yield f"noise {density} of {shape}", rng.random(shape) > density
    for shape, at in (((300, 400), (299, 399)), ((400, 300), (0, 0)), ((1, 700), (0, 3)), ((700, 1), (690, 0))):
        mask = np.ones(shape, bool)
        mask[at] = False
        yield f"background at {at}", mask
    yield "no background", np.ones((40, 50), bool)
    yield "background", np.zeros((50, 40), bool)
    for name in ("tissue mask", "bool", "uint16", "float32", "float64", "int8", "int32"):
        if name in c.images:
            yield name, c.images[name]


def check_distance(c):
    for name, mask in masks(c):
        c.check("distance_transform_edt",
                lambda m: ndimage.distance_transform_edt(m).astype(np.float32), mask, what=name, exact=True)
        for text, sampling in (("[2,0.7]", (2, 0.7)), ("0.25", 0.25), ("[0.5,3]", (0.5, 3))):
            c.check(f"distance_transform_edt:sampling={text}",
                    lambda m, s=sampling: ndimage.distance_transform_edt(m, sampling=s), mask, what=name,
                    tolerance=1e-7)


def spiral(n, dtype, pitch=3):
    """One path of increasing, then decreasing length inwards: across every tile, and back again."""
    image = np.zeros((n, n), dtype)
    left, right = 0, n - 1
    y = x = 0
    image[0, 0] = 200
    while right - left >= pitch:
        for ty, tx in ((left, right), (right, right), (right, left), (left + pitch - 1, left)):
            image[min(y, ty):max(y, ty) + 1, min(x, tx):max(x, tx) + 1] = 200
            y, x = ty, tx
        left, right = left + pitch - 1, right - pitch + 1
        image[left, left - pitch + 1:left + 1] = 200
        y, x = left, left
    return image


def terrain(rng, dtype, shape, smooth, levels):
    """Hills of a type's own scale; with few levels, plateaus."""
    hills = rng.random(shape)
    if smooth:
        hills = ndimage.gaussian_filter(hills, smooth)
    hills = (hills - hills.min()) / max(np.ptp(hills), 1e-9)
    hills = np.round(hills * levels) / levels
    if dtype == "bool":
        return hills > 0.5
    if dtype.startswith("float"):
        return (hills - 0.3).astype(dtype)
    return (np.round(hills * 120) - (40 if dtype.startswith("int") else 0)).astype(dtype)


def terrains():
    rng = np.random.default_rng(2)
    for dtype in ("bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"):
        for shape, smooth, levels in (((61, 83), 2, 1000), ((83, 50), 1, 7), ((40, 50), 0, 4), ((1, 60), 0, 9)):
            yield f"{dtype} of {shape}", terrain(rng, dtype, shape, smooth, levels)


def opposite(image):
    return ~image if image.dtype.kind in "bui" else -image


def check_reconstruction(c):
    rng = np.random.default_rng(3)
    for name, mask in terrains():
        low = np.where(rng.random(mask.shape) < 0.02, mask, mask.min())
        some = np.minimum(mask, rng.permutation(mask.ravel()).reshape(mask.shape))
        for seed in (low, some):
            for footprint, array, _ in FOOTPRINTS:
                c.check(f"reconstruction:mask=@1,footprint={footprint}",
                        lambda s, m, a=array: morphology.reconstruction(s, m, footprint=a).astype(m.dtype),
                        seed, mask, what=name, exact=True)
                c.check(f"reconstruction:mask=@1,footprint={footprint},method=erosion",
                        lambda s, m, a=array: morphology.reconstruction(s, m, "erosion", a).astype(m.dtype),
                        opposite(seed), opposite(mask), what=name, exact=True)
    for dtype in ("uint8", "float32"):
        for pitch in (3, 5):
            path = spiral(150, dtype, pitch)
            seed = np.zeros_like(path)
            seed[0, 0] = 170
            c.check("reconstruction:mask=@1", lambda s, m: morphology.reconstruction(s, m).astype(m.dtype), seed, path,
                    what="a spiral", exact=True)
            c.check("reconstruction:mask=@1", lambda s, m: morphology.reconstruction(s, m).astype(m.dtype),
                    np.where(path == path.max(), seed, 0), np.maximum(path, 60), what="a spiral in a plain", exact=True)


def heights(image):
    if image.dtype.kind == "f":
        return 0.02, 0.25, 1.5
    return 1, 4, 60, 2.5, 300


def check_extrema(c):
    warnings.simplefilter("ignore", UserWarning)  # integers are compared as floats
    for name, image in terrains():
        for footprint, array, connectivity in FOOTPRINTS:
            for borders in (True, False):
                for op in ("local_maxima", "local_minima"):
                    c.check(f"{op}:connectivity={connectivity},allow_borders={str(borders).lower()}",
                            lambda i, o=op, n=connectivity, b=borders:
                            getattr(morphology, o)(i, connectivity=n, allow_borders=b), image, what=name, exact=True)
            for h in heights(image) if image.dtype != bool else ():
                for op in ("h_maxima", "h_minima"):
                    c.check(f"{op}:h={h},footprint={footprint}",
                            lambda i, o=op, h=h, a=array: getattr(morphology, o)(i, h, a).astype(bool), image,
                            what=name, exact=True)
    flat = np.full((40, 40), 3, np.uint8)
    for op in ("local_maxima", "local_minima"):
        c.check(op, getattr(morphology, op), flat, what="one value", exact=True)


def flood_components(image, markers, mask, connectivity=1, watershed_line=False):
    """watershed of each component of the mask by itself."""
    labels = measure.label(mask, connectivity=connectivity)
    out = np.zeros_like(markers)
    for i, box in enumerate(ndimage.find_objects(labels)):
        one = labels[box] == i + 1
        out[box] += segmentation.watershed(image[box], markers[box] * one, mask=one, connectivity=connectivity,
                                           watershed_line=watershed_line)
    return out


def landscapes():
    """Name, landscape, markers, mask: of few levels, so that plateaus are shared out; nets of one component and islands
    of many; markers of one pixel and of several, of one value and of different ones."""
    rng = np.random.default_rng(4)
    for landscape, labels in (("uint8", "uint32"), ("int8", "uint8"), ("uint16", "int32"), ("float32", "uint16"),
                              ("bool", "int16")):
        for shape, levels, density in (((61, 83), 1000, 0.01), ((83, 50), 5, 0.05), ((1, 60), 3, 0.1),
                                       ((90, 70), 3, 0.003), ((50, 120), 20, 0.03)):
            hills = terrain(rng, landscape, shape, 1.5, levels)
            markers = rng.integers(1, 120, shape) * (rng.random(shape) < density)
            if levels == 20:
                markers = ndimage.grey_dilation(markers, 3)
            net = ndimage.gaussian_filter(rng.random(shape), 1)
            for most in (0.4, 0.75):
                yield f"{landscape} of {shape}", hills, markers.astype(labels), net < np.quantile(net, most)
    blobs = ndimage.gaussian_filter(rng.random((150, 150)), 3)
    mask = blobs > np.quantile(blobs, 0.5)
    far = ndimage.distance_transform_edt(mask).astype(np.float32)
    yield "distances", -far, measure.label(morphology.local_maxima(far)).astype(np.uint32), mask


def check_watershed(c):
    for name, image, markers, mask in landscapes():
        for connectivity in (1, 2):
            how = f"watershed:markers=@1,connectivity={connectivity}"
            c.check(how + ",mask=@2", lambda i, k, m, n=connectivity: flood_components(i, k, m, n), image, markers, mask,
                    what=name, exact=True)
            c.check(how, lambda i, k, n=connectivity: segmentation.watershed(i, k, n), image, markers, what=name,
                    exact=True)
            # Where many labels meet, scikit-image's lines do not come to an end.
            if connectivity == 1:
                c.check(how + ",watershed_line=true,mask=@2",
                        lambda i, k, m: flood_components(i, k, m, watershed_line=True), image, markers, mask,
                        what=name, exact=True)
    path = spiral(150, "uint8", 5)
    ends = np.zeros(path.shape, np.uint32)
    ends[0, 0], ends[70:80, 70:80] = 7, 9
    c.check("watershed:markers=@1,mask=@0", lambda i, k: segmentation.watershed(i, k, mask=i), path, ends,
            what="a spiral", exact=True)


def check(c, groups):
    check_distance(c)
    check_reconstruction(c)
    check_extrema(c)
    check_watershed(c)
