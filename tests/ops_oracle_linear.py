"""Linear filters: derivatives, differences of blurs, convolutions."""
from skimage import filters

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
    for name in ("sobel_h", "sobel_v", "scharr_h", "scharr_v", "prewitt_h", "prewitt_v", "roberts",
                 "roberts_pos_diag", "roberts_neg_diag", "laplace"):
        function = getattr(filters, name)
        c.on(every + small, name, per_channel(lambda i, f=function: f(double(i))))
    c.on(every[:3], "laplace:ksize=7", per_channel(lambda i: filters.laplace(double(i), ksize=7)))


def check(c, g):
    check_edges(c, g.every, g.small)
