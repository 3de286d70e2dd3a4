"""Stain normalisation: within one grey level of the published methods on whole images."""
import numpy as np
from scipy import ndimage

import stain_methods as methods


def stained(rng, shape):
    """Pixels of two stains in amounts of their own, with noise and some glass."""
    amounts = rng.gamma(2, 0.35, shape + (2,)) * (rng.random(shape + (1,)) < 0.8)
    od = amounts @ np.array([[0.6, 0.7, 0.35], [0.15, 0.9, 0.4]]) + rng.normal(0, 0.02, shape + (3,))
    return np.clip(np.rint(240 * np.exp(-od)), 0, 255).astype(np.uint8)


def check_extremes(c, images):
    other = "[0.65,0.70,0.29,0.07,0.99,0.11]"
    target = np.array([[0.65, 0.70, 0.29], [0.07, 0.99, 0.11]])
    for what, image in images.items():
        c.check("normalize_macenko", methods.macenko, image, what=what, tolerance=1)
        c.check("normalize_macenko:statistics=all", lambda i: methods.macenko(i, everywhere=True), image, what=what, tolerance=1)
        c.check(f"normalize_macenko:alpha=3,beta=0.3,source_intensity=250,target_stains={other},target_maxima=[1.5,1]",
                lambda i: methods.macenko(i, None, 250, 3, 0.3, False, target, np.array([1.5, 1])), image, what=what, tolerance=1)
        c.check("normalize_colors_pca", methods.colors_pca, image, what=what, tolerance=1)
        c.check("normalize_colors_pca:alpha=5,beta=0.2,statistics=tissue,"
                "ref_stain_coeff=[0.65,0.07,0.7,0.99,0.29,0.11]",
                lambda i: methods.colors_pca(i, None, 240, 5, 0.2, True, target), image, what=what, tolerance=1)
        mask = image[..., 1] < np.median(image[..., 1])
        c.check("normalize_macenko:mask=@1", methods.macenko, image, mask, what=what, tolerance=1)
        c.check("normalize_colors_pca:mask=@1", methods.colors_pca, image, mask.astype(np.float32), what=what, tolerance=1)


def check_sparse(c, images):
    other = "[0.65,0.70,0.29,0.07,0.99,0.11]"
    target = np.array([[0.65, 0.70, 0.29], [0.07, 0.99, 0.11]])
    for what, image in images.items():
        image = image[:60, :70]
        mask = image[..., 1] < np.percentile(image[..., 1], 60)
        c.check("normalize_vahadane", methods.vahadane, image, what=what, tolerance=1)
        c.check("normalize_vahadane:mask=@1", methods.vahadane, image, mask, what=what, tolerance=1)
        c.check(f"normalize_vahadane:alpha=2,luminosity=0.9,statistics=all,source_intensity=245,target_stains={other}",
                lambda i: methods.vahadane(i, None, 245, 2, 0.9, True, target), image, what=what, tolerance=1)
    # More pixels than are looked at for the stain vectors; few colours, so that the reference may look at all.
    c.check("normalize_vahadane", methods.vahadane, stained(np.random.default_rng(5), (600, 700)) // 16 * 16 + 8,
            what="many pixels", tolerance=1)


def check_reinhard(c, images):
    mean, deviation = (8.2, -0.1, 0.02), (0.5, 0.08, 0.02)
    for what, image in images.items():
        mask = image[..., 1] < np.median(image[..., 1])
        c.check("normalize_reinhard", methods.reinhard, image, what=what, tolerance=1)
        c.check("normalize_reinhard:mask=@1", methods.reinhard, image, mask.astype(np.uint16), what=what, tolerance=1)
        c.check("normalize_reinhard:luminosity=0.6", lambda i: methods.reinhard(i, luminosity=0.6), image, what=what,
                tolerance=1)
        c.check("normalize_reinhard:statistics=all,target_mean=[8.2,-0.1,0.02],target_std=[0.5,0.08,0.02]",
                lambda i: methods.reinhard(i, None, 0.8, True, mean, deviation), image, what=what, tolerance=1)


def check_tissue(c, rng):
    """Blobs of tissue of all sizes on glass, with holes; glass alone; tissue alone; what is black."""
    shape = (150, 190)
    thick = ndimage.gaussian_filter(rng.normal(size=shape), 7)
    tissue = (thick > 0.01) & (ndimage.gaussian_filter(rng.normal(size=shape), 2) < 0.12)
    patches = np.where(tissue[..., None], stained(rng, shape), 240).astype(np.uint8)
    patches[:20, :30] = rng.integers(0, 9, (20, 30, 3))
    glass = rng.integers(236, 246, shape + (3,), dtype=np.uint8)
    for what, image in {"patches": patches, "glass": glass, "stained": stained(rng, (90, 110))}.items():
        for factor, closing, holes, parts in ((4, 2, 60, 20), (7, 1, 3, 4), (16, 2, 256, 64), (1, 0, 9, 0)):
            c.check(f"tissue:factor={factor},closing={closing},hole_size={holes},object_size={parts}",
                    lambda i, f=factor, k=closing, n=holes, m=parts: methods.tissue(i, f, "both", None, k, n, m), image,
                    what=what, exact=True)
        for method in ("saturation", "density"):
            c.check(f"tissue:factor=5,method={method},object_size=9",
                    lambda i, m=method: methods.tissue(i, 5, m, object_size=9), image, what=what, exact=True)
        c.check("tissue:factor=3,threshold=0.7,closing=4,object_size=0",
                lambda i: methods.tissue(i, 3, "both", 0.7, 4, object_size=0), image, what=what, exact=True)
        c.check("tissue", methods.tissue, image, what=what, exact=True)


def check(c, g):
    rng = np.random.default_rng(77)
    images = {"stained": stained(rng, (90, 110)), "few pixels": stained(rng, (6, 5))}
    images.update((name, c.images[name]) for name in ("tissue", "retina") if name in c.images)
    check_extremes(c, images)
    check_reinhard(c, images)
    del images["few pixels"]  # they do not show two stains
    check_sparse(c, images)
    check_tissue(c, rng)
