"""Linear filters: derivatives, differences of blurs, convolutions."""
import numpy as np
from scipy import ndimage
from skimage import filters, img_as_float

from ops_oracle_base import double, per_channel

EDGE_MODES = (("mode=mirror", {"mode": "mirror"}), ("mode=nearest", {"mode": "nearest"}),
              ("mode=constant,cval=0.6", {"mode": "constant", "cval": 0.6}))


def check_edges(c, every, small):
    axes = (("", {}), ("axis=0", {"axis": 0}), ("axis=1", {"axis": 1}))
    for name in ("scharr", "prewitt"):
        function = getattr(filters, name)
        for text, how in axes + EDGE_MODES:
            c.on(every + small, f"{name}:{text}".rstrip(":"),
                 per_channel(lambda i, f=function, how=how: f(double(i), **how)))
    for text, how in axes + EDGE_MODES:
        c.on(every + small, f"farid:{text}".rstrip(":"), per_channel(lambda i, how=how: filters.farid(double(i), **how)))
    for name in ("farid_h", "farid_v", "sobel_h", "sobel_v", "scharr_h", "scharr_v", "prewitt_h", "prewitt_v", "roberts",
                 "roberts_pos_diag", "roberts_neg_diag", "laplace"):
        function = getattr(filters, name)
        c.on(every + small, name, per_channel(lambda i, f=function: f(double(i))))
    c.on(every[:3], "laplace:ksize=7", per_channel(lambda i: filters.laplace(double(i), ksize=7)))


def check_blurs(c, every, small):
    def dog(low, high=None, **how):
        return lambda i: filters.difference_of_gaussians(double(i), low, high, channel_axis=-1 if i.ndim == 3 else None,
                                                         **how)

    name = "difference_of_gaussians"
    c.on(every + small, f"{name}:low_sigma=1", dog(1))
    c.on(every + small, f"{name}:low_sigma=1,high_sigma=4", dog(1, 4))
    c.on(every[:2], f"{name}:low_sigma=70,high_sigma=120", dog(70, 120))
    c.on(every[:4], f"{name}:low_sigma=[0,2],high_sigma=[3,12],truncate=3", dog((0, 2), (3, 12), truncate=3))
    for text, how in EDGE_MODES + (("mode=reflect", {"mode": "reflect"}),):
        c.on(every[:4] + small, f"{name}:low_sigma=2,{text}", dog(2, **how))

    def sharp(radius=1.0, amount=1.0, **how):
        # The reference mistakes channel_axis=-1 for the first axis.
        return lambda i: filters.unsharp_mask(double(i), radius, amount, channel_axis=2 if i.ndim == 3 else None, **how)

    for e in every + small:
        clip = "symmetric" if c.images[e].min() < 0 else "unit"
        c.on([e], "unsharp_mask", sharp())
        c.on([e], f"unsharp_mask:radius=2,amount=1.5,clip={clip}", sharp(2, 1.5))
        c.on([e], "unsharp_mask:radius=[0.4,6],preserve_range=true", sharp((0.4, 6), preserve_range=True))
    c.on(["int16"], "unsharp_mask:amount=-0.5", sharp(amount=-0.5))
    holes = c.images["float32"].copy()
    holes[::17, ::13] = np.nan
    c.check("unsharp_mask", sharp(), holes, what="float32 with NaN")
    half = c.images["int16"] // 2 + 16384
    c.check("unsharp_mask", sharp(), half, what="int16 without negative pixels")


def check_uniform(c, every, small):
    """SciPy truncates means of integers: the reference is computed in float64."""
    def mean(size, **how):
        return per_channel(lambda i: ndimage.uniform_filter(i.astype(np.float64), size, **how))

    keep = "preserve_range=true"
    for size in (3, 4, 15):
        c.on(every + small, f"uniform:size={size},{keep}", mean(size))
    c.on(every[:4], f"uniform:size=[1,40],{keep}", mean((1, 40)))
    c.on(every[:4], f"uniform:size=[52,7],{keep}", mean((52, 7)))
    for text, how in EDGE_MODES:
        c.on(every + small, f"uniform:size=[6,5],{keep},{text}", mean((6, 5), **how))
    c.on(["uint8", "int16"], "uniform:size=5,preserve_range=false", lambda i: mean(5)(img_as_float(i)))


KERNELS = {
    "kernel=[0,1,0,1,-4,1,0,1,0]": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "kernel=[1,2,3,4,5,6],width=3": [[1, 2, 3], [4, 5, 6]],
    "kernel=[1,2,3,4,5,6],height=3": [[1, 2], [3, 4], [5, 6]],
    "kernel=[0.5,-0.25,0.125],height=1": [[0.5, -0.25, 0.125]],
    "kernel=[0.5,-0.25,0.125,2],width=1": [[0.5], [-0.25], [0.125], [2]],
    "kernel=7": [[7]],
}


def check_convolve(c, every, small):
    """SciPy truncates results of integers: the reference is computed in float64."""
    def conv(kernel, **how):
        return per_channel(lambda i: ndimage.convolve(i.astype(np.float64), np.array(kernel, float), **how))

    for text, kernel in KERNELS.items():
        c.on(every + small, f"convolve:{text},preserve_range=true", conv(kernel))
    text, kernel = list(KERNELS.items())[1]
    for mode, how in EDGE_MODES:
        c.on(every[:6] + small, f"convolve:{text},{mode}", conv(kernel, **how), cancels=True)
    c.on(["uint8", "int16"], f"convolve:{text},preserve_range=false", lambda i: conv(kernel)(img_as_float(i)))
    most = np.round(np.random.default_rng(5).uniform(-1, 1, (16, 16)), 3)
    text = ",".join(f"{v:g}" for v in most.ravel())
    c.on(every[:3] + ["int16"], f"convolve:kernel=[{text}]", conv(most), cancels=True)


def check_gabor(c, every, small):
    """The reference truncates results of integers: it is given float64."""
    def part(output, frequency, *args, **how):
        def one(i):
            real, imag = filters.gabor(i, frequency, *args, **how)
            return {"real": real, "imag": imag, "magnitude": np.hypot(real, imag)}[output]
        return lambda i: per_channel(one)(img_as_float(double(i)))

    keep = "preserve_range=false"
    for output in ("real", "imag", "magnitude"):
        c.on(every + small, f"gabor:frequency=0.3,output={output},{keep}", part(output, 0.3))
        c.on(every[:3], f"gabor:frequency=0.1,theta=0.6,output={output},{keep}", part(output, 0.1, 0.6))
        c.on(every[:5], f"gabor:frequency=0.2,theta=0.9,sigma_x=1.5,sigma_y=4,output={output},{keep}",
             part(output, 0.2, 0.9, sigma_x=1.5, sigma_y=4))
        c.on(every[:5], f"gabor:frequency=0.4,theta=-1,bandwidth=2,n_stds=2,offset=0.8,output={output},{keep}",
             part(output, 0.4, -1, 2, n_stds=2, offset=0.8))
        c.on(every[:3], f"gabor:frequency=0.25,theta=1.5707963267948966,sigma_x=3,sigma_y=1,output={output},{keep}",
             part(output, 0.25, np.pi / 2, sigma_x=3, sigma_y=1))
    own = per_channel(lambda i: filters.gabor(i.astype(np.float64), 0.2, 0.5)[0])
    c.on([n for n in ("uint8", "int16", "tissue", "float64") if n in c.images], "gabor:frequency=0.2,theta=0.5", own, cancels=True)
    for text, how in EDGE_MODES:
        c.on(every[:6] + small, f"gabor:frequency=0.2,theta=0.5,{text},{keep}", part("real", 0.2, 0.5, **how))
        c.on(every[:6] + small, f"gabor:frequency=0.2,theta=0.5,sigma_x=1,sigma_y=2,{text},{keep}",
             part("real", 0.2, 0.5, sigma_x=1, sigma_y=2, **how))


def check(c, g):
    check_edges(c, g.every, g.small)
    check_blurs(c, g.every, g.small)
    check_uniform(c, g.every, g.small)
    check_convolve(c, g.every, g.small)
    check_gabor(c, g.every, g.small)
