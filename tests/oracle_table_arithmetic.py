"""Chains of arithmetic, comparison, logic and moved channels for oracle_chain.py."""
import numpy as np
from oracle_table_basic import GREEN, green, smooth
from skimage import color

RED = "channel:index=0 as red"


def red(a):
    return a[..., 0].astype(np.float32)


def blue(a):
    return a[..., 2].astype(np.float32)


def pair(step):
    """A chain of red and blue as the two operands."""
    return f"{RED} | channel:from=@source,index=2 as blue | {step % 'from=@red,other=@blue'}"


TABLE = [
    (pair("subtract:%s"), lambda a: red(a) - blue(a), 0),
    (RED + " | channel:from=@source,index=2 | maximum:other=1 as blue | divide:from=@red,other=@blue",
     lambda a: red(a) / np.maximum(blue(a), 1), 0),
    (pair("minimum:%s"), lambda a: a[..., [0, 2]].min(-1), 0),
    (pair("maximum:%s"), lambda a: a[..., [0, 2]].max(-1), 0),
    (pair("compare:%s,op=less"), lambda a: a[..., 0] < a[..., 2], 0),
    ("rgb2gray | power:other=1.5", lambda a: color.rgb2gray(a) ** 1.5, 1e-6),
    ("maximum:other=1 | log", lambda a: np.log(np.maximum(a, 1).astype(float)), 1e-6),
    ("rgb2gray | exp", lambda a: np.exp(color.rgb2gray(a)), 1e-6),
    ("sqrt", lambda a: np.sqrt(a.astype(float)), 1e-6),
    ("cast:dtype=float32 | subtract:other=0.5 | abs", lambda a: np.abs(a * (1 / 255) - 0.5), 1e-6),
    ("clip:min=20,max=230", lambda a: np.clip(a, 20, 230), 0),
    (GREEN + " | compare:other=180,op=less as dark | channel:from=@source,index=0 | threshold:value=200 | "
     "logical_and:other=@dark", lambda a: (a[..., 0] > 200) & (green(a) < 180), 0),
    (GREEN + " | compare:other=180,op=greater_equal as a | channel:from=@source,index=0 | threshold:value=200 | "
     "logical_or:other=@a", lambda a: (a[..., 0] > 200) | (green(a) >= 180), 0),
    (GREEN + " | compare:other=180,op=greater_equal as a | channel:from=@source,index=0 | threshold:value=200 | "
     "logical_xor:other=@a | logical_not", lambda a: (a[..., 0] > 200) == (green(a) >= 180), 0),
    (GREEN + " | compare:other=180,op=less as dark | where:from=@source,condition=@dark,other=255",
     lambda a: np.where(green(a)[..., None] < 180, a, np.uint8(255)), 0),
    ("gaussian:sigma=3 as s | cast:from=@source,dtype=float32 as f | " + GREEN.replace("channel:", "channel:from=@source,") +
     " | threshold:value=180 as bright | where:from=@f,condition=@bright,other=@s",
     lambda a: np.where(green(a)[..., None] > 180, a * (1 / 255), smooth(a, sigma=3)), 1e-6),
    ("channel:index=2 as blue | channel:from=@source,index=0 as red | channel:from=@source,index=1 | "
     "stack:second=@blue,third=@red", lambda a: a[..., [1, 2, 0]], 0),
    ("unstack:channels=[2,0]", lambda a: a[..., [2, 0]], 0),
]
