"""patches: squares counted one by one."""
import math

import numpy as np

RUNS = ((0, 1), (16, 3), (48, 2), (64, 4))  # edge of tiles, threads


def half_away(v):
    return math.floor(v + 0.5)


def wanted(mask, size, stride, least):
    """x, y, tissue of all patches; the mask is of level 0."""
    h, w = mask.shape[:2]
    rows = []
    for y in range(0, h - size + 1, stride):
        for x in range(0, w - size + 1, stride):
            tissue = (mask[y:y + size, x:x + size] != 0).mean()
            if tissue >= least:
                rows.append((x, y, tissue))
    return np.array(rows, float).reshape(-1, 3)


def compare(c, mask, size, stride=0, least=0.5, mpp=0, own=0, source=None, what=""):
    spec = "patches:size=%d,stride=%d,min_tissue=%r" % (size, stride, least)
    scale = mpp / own if mpp else 1
    spec += ",mpp=%r" % mpp if mpp else ""
    spec += ",mask=@1" if source is not None else ""
    images = (mask,) if source is None else (source, mask)
    edge = half_away(size * scale)
    want = wanted(mask, edge, half_away((stride or size) * scale), least)
    options = {"mpp": own} if own else {}
    for tile, threads in RUNS:
        got = c.tool.table(spec, *images, tile=tile, threads=threads, seed=7 * tile + threads, **options)
        c.checked += 1
        found = np.stack([got["x"].astype(float), got["y"].astype(float), got["tissue"]], axis=-1).reshape(-1, 3)
        if found.shape != want.shape or not np.allclose(found, want, rtol=0, atol=1e-12):
            c.fail(spec, what, "rows in tiles of %d: %s, not %s" % (tile, found.shape, want.shape))
        for (x, y, _), rings in zip(want, got["outline"]):
            x, y = int(x), int(y)
            if rings != [[0, [x, y, x + edge, y, x + edge, y + edge, x, y + edge]]]:
                c.fail(spec, what, "outline at %d, %d" % (x, y))
                break


def check(c, g):
    del g
    c.seen.add("patches")
    if c.only and c.only != "patches":
        return
    rng = np.random.default_rng(12)
    noise = rng.random((150, 203)) < 0.5
    blocks = np.kron(rng.random((10, 13)) < 0.5, np.ones((16, 17), bool))
    for what, mask in (("noise", noise), ("blocks", blocks), ("all", np.ones((64, 80), bool)), ("none", np.zeros((64, 80), bool))):
        for size, stride in ((16, 0), (16, 5), (7, 20), (1, 0), (33, 16), (64, 64), (64, 3)):
            compare(c, mask, size, stride, float(rng.choice([0, 0.3, 0.5, 1])), what=what)
    compare(c, noise, 300, what="a patch larger than the slide")
    compare(c, noise, 150, 7, 0, what="one row")
    compare(c, (noise * 7).astype(np.uint16), 20, 13, what="uint16")
    compare(c, noise.astype(np.float32), 20, 13, what="float32")
    compare(c, noise, 16, 10, 0.4, mpp=0.5, own=0.25, what="twice the size")
    compare(c, noise, 30, 20, 0.4, mpp=0.2, own=0.3, what="rounded")
    compare(c, noise, 16, 0, 0.4, source=rng.integers(0, 255, noise.shape + (3,)).astype(np.uint8), what="a mask of its own")
