"""Local thresholds, rank filters and the restoration filters."""
import warnings

import numpy as np
from skimage import filters, morphology, restoration

from ops_oracle_base import double, per_channel


def check_windows(c, every, small):
    for text, how in (("", {}), ("window_size=25,k=0.5", {"window_size": 25, "k": 0.5}),
                      ("window_size=[3,9]", {"window_size": (3, 9)}), ("window_size=1", {"window_size": 1})):
        c.on(every + small, f"threshold_niblack:{text}".rstrip(":"),
             per_channel(lambda i, how=how: filters.threshold_niblack(double(i), **how)), cancels=True)
        c.on(every + small, f"threshold_sauvola:{text}".rstrip(":"),
             per_channel(lambda i, how=how: filters.threshold_sauvola(double(i), **how)), cancels=True)
    c.on(every, "threshold_sauvola:window_size=7,r=40,k=0.1",
         per_channel(lambda i: filters.threshold_sauvola(double(i), window_size=7, r=40, k=0.1)), cancels=True)


def check_local(c, every, small):
    def reference(*args, **how):
        return per_channel(lambda i: filters.threshold_local(double(i), *args, **how))

    for method in ("gaussian", "mean", "median"):
        for mode in ("reflect", "mirror", "nearest"):
            c.on(every + small, f"threshold_local:block_size=5,method={method},mode={mode},offset=0.5",
                 reference(5, method, 0.5, mode), cancels=True)
        c.on(every, f"threshold_local:block_size=[3,15],method={method}", reference((3, 15), method), cancels=True)
        c.on(every + small, f"threshold_local:block_size=3,method={method},mode=constant,cval=1",
             reference(3, method, mode="constant", cval=1), cancels=True)
    c.on(every + small, "threshold_local", reference(), cancels=True)
    c.on(every, "threshold_local:block_size=35,param=2.5", reference(35, param=2.5), cancels=True)


RANK_FOOTPRINTS = {
    "": np.ones((3, 3)),
    "footprint=disk,radius=3": morphology.disk(3),
    "footprint=diamond,radius=2": morphology.diamond(2),
    "footprint=square,width=4": np.ones((4, 4)),
    "footprint=rectangle,width=2,height=7": np.ones((7, 2)),
    "footprint=disk,radius=10": morphology.disk(10),
    "footprint=star,a=2": morphology.star(2),
}


def check_rank(c, every, small):
    warnings.filterwarnings("ignore", message="Bad rank filter performance")
    images = [n for n in every + small if c.images[n].dtype in (np.uint8, np.uint16)]
    # The reference walks all 65536 bins of a 16-bit image for every pixel.
    quick = [n for n in images if c.images[n].dtype == np.uint8 or c.images[n].ndim == 3]
    for text, footprint in RANK_FOOTPRINTS.items():
        for name in ("minimum", "maximum", "gradient", "mean"):
            reference = per_channel(lambda i, f=getattr(filters.rank, name), p=footprint: f(i, p))
            c.on(quick, f"rank_{name}:{text}".rstrip(":"), reference, exact=True)
        reference = per_channel(lambda i, p=footprint: filters.rank.entropy(i, p))
        c.on(images if text == "" else quick, f"rank_entropy:{text}".rstrip(":"), reference)
        for p0 in (0, 0.1, 0.5, 0.75, 1):
            reference = per_channel(lambda i, p=footprint, q=p0: filters.rank.percentile(i, p, p0=q))
            c.on(images if text == "" and p0 == 0.5 else quick, f"rank_percentile:p0={p0},{text}".rstrip(","), reference,
                 exact=True)


def check_rolling_ball(c, every, small):
    exact = [n for n in every + small if c.images[n].dtype.kind in "iu"]
    floats = [n for n in every if c.images[n].dtype.kind == "f"]
    for radius in (1, 5, 12):
        reference = per_channel(lambda i, r=radius: restoration.rolling_ball(i, radius=r))
        c.on(exact, f"rolling_ball:radius={radius}", reference, exact=True)
        c.on(floats, f"rolling_ball:radius={radius}",
             per_channel(lambda i, r=radius: restoration.rolling_ball(double(i), radius=r)))
    c.on(["tissue", "tissue gray"] if "tissue" in c.images else small, "rolling_ball:radius=50",
         per_channel(lambda i: restoration.rolling_ball(double(i), radius=50)))


def check_bilateral(c, every, small):
    """Extremes and deviation are the image's own; given as well, they are spared the pass that finds them."""
    cases = (("", {}), ("sigma_spatial=2,win_size=7", {"sigma_spatial": 2, "win_size": 7}),
             ("sigma_color=0.1", {"sigma_color": 0.1}),
             ("sigma_color=0.3,sigma_spatial=2,mode=edge", {"sigma_color": 0.3, "sigma_spatial": 2, "mode": "edge"}),
             ("sigma_color=20,win_size=4,mode=symmetric", {"sigma_color": 20, "win_size": 4, "mode": "symmetric"}),
             ("sigma_color=0.2,win_size=9,mode=reflect,bins=500",
              {"sigma_color": 0.2, "win_size": 9, "mode": "reflect", "bins": 500}),
             ("sigma_color=0.2,cval=0.7", {"sigma_color": 0.2, "cval": 0.7}))
    for n in every + small:
        i = c.images[n]
        if i.dtype.kind == "i" or i.min() == i.max() or i.ndim == 3 and i.shape[2] > 4:
            continue  # the reference gives an image of one value back, and mixes units in signed ones
        most, least = float(i.max()), min(float(i.min()), 0.0)
        axis = -1 if i.ndim == 3 else None
        for text, how in cases:
            given = f",max_value={most!r},min_value={least!r}" if how.get("mode") else ""
            c.check(f"denoise_bilateral:{text}{given}".rstrip(":"),
                    lambda i, how=how: restoration.denoise_bilateral(double(i), channel_axis=axis, **how).reshape(i.shape),
                    i, what=n)
    flat = np.full((9, 12), 0.3, np.float32)
    c.check("denoise_bilateral", lambda i: restoration.denoise_bilateral(i), flat, what="one value")


def check_nl_means(c, every, small):
    for n in every:
        i = c.images[n]
        for text, how in (("h=0.08", {"h": 0.08}), ("patch_size=4,patch_distance=5,h=0.3,sigma=0.1",
                                                   {"patch_size": 4, "patch_distance": 5, "h": 0.3, "sigma": 0.1}),
                          ("patch_size=9,patch_distance=3,h=0.6", {"patch_size": 9, "patch_distance": 3, "h": 0.6})):
            axis = -1 if i.ndim == 3 else None
            c.check(f"denoise_nl_means:{text}",
                    lambda i, how=how, axis=axis: restoration.denoise_nl_means(double(i), channel_axis=axis, **how), i,
                    what=n)
    c.on(["uint8"], "denoise_nl_means:h=60,patch_distance=4,preserve_range=true",
         lambda i: restoration.denoise_nl_means(i.astype(float), h=60, patch_distance=4, preserve_range=True))


def check(c, g):
    check_windows(c, g.every, g.small)
    check_local(c, g.every, g.small)
    check_rank(c, g.every, g.small)
    check_rolling_ball(c, g.every, g.small)
    check_bilateral(c, g.every, g.small)
    check_nl_means(c, g.every, g.small)
