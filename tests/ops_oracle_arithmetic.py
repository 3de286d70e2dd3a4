"""Arithmetic, comparison and logic against NumPy; moving channels."""
import numpy as np

BINARY = {"add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide}
EXTREMES = {"minimum": np.minimum, "maximum": np.maximum}
COMPARISONS = ("greater", "greater_equal", "less", "less_equal", "equal", "not_equal")
LOGIC = {"logical_and": np.logical_and, "logical_or": np.logical_or, "logical_xor": np.logical_xor}
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0, 1e-40, -1e-44, 89.0, -104.0, 3.4e38, -3.4e38, np.inf, -np.inf, np.nan]


def plain(image):
    return image.astype(np.float64)


def single(value):
    """As float32, which is what the results are."""
    with np.errstate(all="ignore"):
        return np.asarray(value).astype(np.float32)


def quiet(function):
    def apply(*images):
        with np.errstate(all="ignore"):
            return function(*images)
    return apply


def check_binary(c, every):
    rng = np.random.default_rng(3)
    for e in every:
        i = c.images[e]
        gray = i if i.ndim == 2 else i[..., 0]
        for name, function in BINARY.items():
            c.check(f"{name}:other=-2.5", lambda i, f=function: f(plain(i), -2.5), i, what=e)
            c.check(f"{name}:other=@1", lambda a, b, f=function: f(plain(a), plain(b)), gray,
                    shifted(gray) if name == "divide" else gray[::-1], what=e)
            if i.ndim == 3:
                other = shifted(gray)
                c.check(f"{name}:other=@1", lambda a, b, f=function: f(plain(a), plain(b)[..., None]), i, other, what=e)
        beyond = e == "uint32"  # its largest value, rounded to float32, has no fourth power there
        for exponent in ("-1", "0.5", "1.5", "2", "2.5", "3") + (() if beyond else ("4",)):
            c.check("power:other=" + exponent, quiet(lambda i, y=np.float32(exponent): plain(i) ** y), i, what=e)
        c.check("power:other=@1", quiet(lambda a, b: plain(a) ** plain(b)), np.abs(gray.astype(np.float32)),
                single(rng.uniform(-2, 3, gray.shape)), what=e)
        c.check("power:other=@1", quiet(lambda a, b: plain(a) ** plain(b)), single(gray),
                single(rng.integers(-2, 3, gray.shape)), what=e)


def shifted(image):
    """Another image without zeros."""
    other = image[::-1].copy()
    other[other == 0] = 1
    return other


def check_bounds(c, every):
    for e in every:
        i = c.images[e]
        for name, function in EXTREMES.items():
            c.check(f"{name}:other=@1", function, i, i[:, ::-1], exact=True, what=e)
            c.check(f"{name}:other=1", lambda i, f=function: f(i, i.dtype.type(1)), i, exact=True, what=e)
            c.check(f"{name}:other=0.3", lambda i, f=function: f(plain(i), 0.3), i, what=e)
            c.check(f"{name}:other=@1", lambda a, b, f=function: f(plain(a), plain(b)), i,
                    (i if i.ndim == 2 else i[..., 0]).astype(np.float32), what=e) if i.ndim == 2 else None
        if i.dtype != bool:
            c.check("clip:min=3,max=100", lambda i: np.clip(i, 3, 100), i, exact=True, what=e)
        c.check("clip:min=-0.5,max=0.5", lambda i: np.clip(plain(i), -0.5, 0.5), i, what=e)
        c.check("abs", np.abs, i, exact=True, what=e)


def check_maths(c, every):
    for e in every:
        i = single(c.images[e]) if c.images[e].dtype.itemsize > 2 else c.images[e]
        positive = np.abs(i)
        c.check("sqrt", quiet(lambda i: np.sqrt(plain(i))), positive, what=e)
        c.check("log", lambda i: np.log(plain(i)), np.maximum(positive, positive.dtype.type(1)), what=e)
        small = (i.astype(np.float32) / max(1, np.abs(i.astype(np.float32)).max()) * 60).astype(np.float32)
        c.check("exp", lambda i: np.exp(plain(i)), small, what=e)


def check_special(c):
    """NaN, infinities, ends of float32, pair by pair: which of these NumPy gives, and the rest within 1e-6."""
    one, two = (np.ascontiguousarray(v, dtype=np.float32) for v in np.meshgrid(SPECIAL, SPECIAL))
    functions = {**BINARY, **EXTREMES, "power": np.power}
    for name, function in functions.items():
        c.check(f"{name}:other=@1", quiet(lambda a, b, f=function: single(f(plain(a), plain(b)))), one, two, what="special",
                tolerance=1e-6)
    for name in ("sqrt", "log", "exp", "abs"):
        c.check(name, quiet(lambda a, f=getattr(np, name): single(f(plain(a)))), one, what="special")
    for name in COMPARISONS:
        c.check(f"compare:op={name},other=@1", getattr(np, name), one, two, exact=True, what="special")
        c.check(f"compare:op={name},other=0.5", lambda a, f=getattr(np, name): f(a, np.float32(0.5)), one, exact=True,
                what="special")
    for name, function in LOGIC.items():
        c.check(f"{name}:other=@1", function, one, two, exact=True, what="special")
    c.check("logical_not", np.logical_not, one, exact=True, what="special")
    c.check("clip:min=-1,max=0.5", lambda a: np.clip(a, np.float32(-1), np.float32(0.5)), one, exact=True, what="special")


def check_comparison(c, every):
    for e in every:
        i = c.images[e]
        for name in COMPARISONS:
            function = getattr(np, name)
            c.check(f"compare:op={name},other=@1", function, i, i[::-1], exact=True, what=e)
            for value in (0, 1, 0.3, 127, 254.5, -1, 65535, 4294967295, 1e10):
                if i.dtype == bool and value not in (0, 1):
                    continue
                scalar = np.float32(value) if i.dtype == np.float32 else np.float64(value)
                c.check(f"compare:op={name},other={value}", lambda i, f=function, v=scalar: f(i, v), i, exact=True, what=e)
        for value in (0.25, 127.5, 127, -3, 1e6):
            c.check(f"threshold:value={value}", lambda i, v=value: i > v, i, exact=True, what=e)
    for one in ("uint32", "int32", "float64", "uint8", "int16"):
        for two in ("int32", "float32", "uint16", "uint32"):
            near = c.images[two].copy()
            near[::2] = c.images[one].astype(np.float64).clip(0, 100)[::2]
            c.check("compare:op=equal,other=@1", lambda a, b: a.astype(np.float64) == b.astype(np.float64),
                    c.images[one].clip(0, 100), near, exact=True, what=f"{one} and {two}")


def check_logic(c, every):
    for e in every:
        i = c.images[e]
        other = np.random.default_rng(5).random(i.shape[:2]) > 0.4
        wide = other if i.ndim == 2 else other[..., None]
        for name, function in LOGIC.items():
            c.check(f"{name}:other=@1", lambda a, b, f=function: f(a, wide), i, other, exact=True, what=e)
            c.check(f"{name}:other=1", lambda a, f=function: f(a, 1), i, exact=True, what=e)
        c.check("logical_not", np.logical_not, i, exact=True, what=e)


def check_choice(c, every):
    for e in every:
        i = c.images[e]
        keep = np.random.default_rng(3).random(i.shape) > 0.4
        gray = i if i.ndim == 2 else np.ascontiguousarray(i[..., 0])
        spread = lambda b, a: b if b.ndim == a.ndim else b[..., None]
        c.check("mask:mask=@1,fill=1", lambda a, b: np.where(b, a, np.array(1, a.dtype)), i, keep, exact=True, what=e)
        c.check("where:condition=@1,other=1", lambda a, b: np.where(b, a, np.array(1, a.dtype)), i, keep, exact=True, what=e)
        c.check("where:condition=@1,other=@2", lambda a, b, o: np.where(b, a, o), i, keep, i[::-1], exact=True, what=e)
        c.check("where:condition=@1,other=@2", lambda a, b, o: np.where(spread(b, a) != 0, a, spread(o, a)), i, gray, gray,
                exact=True, what=e)
        c.check("where:condition=@1,other=0.7", lambda a, b: np.where(spread(b, a) != 0, plain(a), np.float64(0.7)), i, gray,
                what=e)
        if i.ndim == 3:
            c.check("mask:mask=@1", lambda a, b: np.where(b[..., None] != 0, a, np.array(0, a.dtype)), i, gray,
                    exact=True, what=e)


def check_channels(c, every):
    for e in every:
        i = c.images[e]
        c.check("stack:second=@1", lambda a, b: np.dstack((a, b)), i, i[::-1], exact=True, what=e)
        gray = i if i.ndim == 2 else np.ascontiguousarray(i[..., 1])
        c.check("stack:second=@1,third=@2,fourth=@3", lambda *all_: np.dstack(all_), i, gray, i, gray[:, ::-1], exact=True,
                what=e)
        c.check("stack:second=@1,third=@2", lambda *all_: np.dstack(all_), gray, gray[::-1], gray, exact=True, what=e)
        c.check("unstack:channels=[0,0]", lambda i: np.dstack((i, i)) if i.ndim == 2 else i[..., [0, 0]], i, exact=True, what=e)
        if i.ndim == 3:
            c.check("unstack:channels=[2,1,0]", lambda i: i[..., [2, 1, 0]], i, exact=True, what=e)
            c.check("unstack:channels=1", lambda i: i[..., 1], i, exact=True, what=e)


def check(c, g):
    check_binary(c, g.every)
    check_bounds(c, g.every)
    check_maths(c, g.every)
    check_special(c)
    check_comparison(c, g.every)
    check_logic(c, g.every)
    check_choice(c, g.every)
    check_channels(c, g.every)
