"""Chains with results of other sizes for oracle_chain.py."""
from oracle_table_basic import channels, smooth
from ops_oracle_transform import absorbing, laplacian_variance, nearest, reduced, resized, saturated, tenengrad, tissue
from skimage import color, filters, transform


def local(a, fy, fx):
    return transform.downscale_local_mean(a, (fy, fx) + (1,) * (a.ndim - 2))


# chain, reference on the RGB pixels, tolerance (0: same bits)
TABLE = [
    ("downscale_local_mean:factors=[2,3]", lambda a: local(a, 2, 3), 1e-6),
    ("gaussian:sigma=2 | downscale_local_mean:factors=4 | sobel",
     lambda a: channels(filters.sobel)(local(smooth(a, sigma=2), 4, 4)), 1e-6),
    ("rgb2gray | blur_laplacian_variance:block=100", lambda a: laplacian_variance(100)(color.rgb2gray(a)), 1e-6),
    ("resize:factor=2", resized(2), 1e-6),
    ("resize:factor=7,mode=symmetric", resized(7, mode="symmetric"), 1e-6),
    ("resize:factor=3,anti_aliasing_sigma=[4,1.5]", resized(3, anti_aliasing_sigma=(4, 1.5)), 1e-6),
    ("rgb2gray | resize:factor=2,enlarge=true | sobel",
     lambda a: filters.sobel(resized(2, True)(color.rgb2gray(a))), 1e-6),
    ("pyramid_reduce", reduced(2), 1e-6),
    ("pyramid_reduce | pyramid_reduce:downscale=3", lambda a: reduced(3)(reduced(2)(a)), 1e-6),
    ("resize:factor=4,order=0", nearest(4), 0),
    ("channel:index=1 | threshold:value=150.5 | resize:factor=3,order=0", lambda a: nearest(3)(a[..., 1] > 150.5), 0),
    ("rgb2gray | blur_tenengrad", lambda a: tenengrad(256)(color.rgb2gray(a)), 1e-6),
    ("tissue_fraction:block=64,threshold=0.0913", tissue(saturated, 64, 0.0913), 1e-6),
    ("tissue_fraction:block=999,method=absorbance,threshold=0.151", tissue(absorbing, 999, 0.151), 1e-6),
]
