#!/usr/bin/env python3
"""The four vessel filters of docs/vessels.md, and rgb2gray before them, on a GPU: wsiproc, CuPy and, where it is
installed, cuCIM, next to scikit-image on the CPU, all in the same run.

usage: vessels.py --image retina.jpg [--build DIR] [--sides N,N] [--rounds N] [--cpu-rounds N] [--no-save]

The image's middle, 1011 pixels square, and 4 x 4 copies of it. Each filter takes the grey image in float32. "resident":
image and result stay on the GPU; ten calls between two events. "copies": the image comes from host memory and the result
goes there, by the clock (wsiproc's memory is page-locked, as in its pipeline; CuPy's and cuCIM's is a NumPy array). Medians,
after a round that is thrown away. wsiproc takes meijering's largest value and frangi's gamma as parameters; the others work
them out in each call. "off" is the share of pixels that differ from scikit-image by more than 1e-4.

Writes results/vessels-<GPU>.json; WSIPROC_COMMIT names the commit where this is no repository. Needs NumPy, SciPy and
scikit-image; status 77 without a GPU."""
import importlib
import json
import os
import statistics
import sys
import tempfile
import time

sys.path[:0] = [os.path.dirname(os.path.realpath(__file__)), os.path.dirname(os.path.dirname(os.path.realpath(__file__)))]
import benchlib  # noqa: E402

SIGMA, SIDE, BATCH = 2, 1011, 10
FILTERS = ("meijering", "sato", "frangi", "hessian")


def arguments():
    parser = benchlib.arguments(__doc__.split("\n")[0])
    parser.set_defaults(rounds=15)
    parser.add_argument("--image", required=True, help="retina.jpg of scikit-image's data")
    parser.add_argument("--sides", default="1011,4044", help="multiples of 1011")
    parser.add_argument("--cpu-rounds", type=int, default=3, help="of scikit-image")
    return parser.parse_args()


def imported(name):
    try:
        return importlib.import_module(name)
    except ImportError as missing:
        print("without %s: %s" % (name, missing))
        return None


def pictures(args, side):
    """RGB as it is, and grey in float32."""
    import numpy as np
    from skimage import color, io
    rgb = io.imread(args.image)[..., :3]
    top, left = ((n - SIDE) // 2 for n in rgb.shape[:2])
    if top < 0 or left < 0 or side % SIDE:
        sys.exit("vessels.py: needs an image of %d pixels, and sides that are multiples of that" % SIDE)
    rgb = np.tile(rgb[top:top + SIDE, left:left + SIDE], (side // SIDE, side // SIDE, 1))
    return np.ascontiguousarray(rgb), color.rgb2gray(rgb).astype(np.float32)


def median_ms(rounds, call):
    call()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times)


def by_skimage(args, rgb, grey):
    """Milliseconds and results by step."""
    from skimage import color, filters
    calls = {"rgb2gray": lambda: color.rgb2gray(rgb)}
    for name in FILTERS:
        calls[name] = lambda name=name: getattr(filters, name)(grey, sigmas=[SIGMA], mode="reflect", black_ridges=True)
    return {name: (median_ms(args.cpu_rounds, call), call()) for name, call in calls.items()}


def specs(grey):
    """wsiproc's steps; the two numbers of the whole image in float64."""
    import numpy as np
    import vessel_formulas
    from scipy import ndimage
    exact = grey.astype(np.float64)
    most = vessel_formulas.neurites(np, ndimage, exact, SIGMA).max()
    gamma = vessel_formulas.half_norm(np, ndimage, exact, SIGMA)
    ends = {"meijering": ",maxima=[%.9g]" % most, "frangi": ",gamma=%.9g" % gamma}
    return ["%s:sigmas=[%d],mode=reflect,black_ridges=true%s" % (name, SIGMA, ends.get(name, "")) for name in FILTERS]


def by_wsiproc(args, folder, image, steps):
    import numpy as np
    path = os.path.join(folder, "image")
    image.tofile(path)
    channels = image.shape[2] if image.ndim == 3 else 1
    what = "%s:%s:%dx%dx%d" % (path, image.dtype.name, image.shape[1], image.shape[0], channels)
    done = benchlib.launch([benchlib.program(args, "bench-device-speed"), str(args.rounds), what, folder, *steps])
    if done["status"] != 0:
        print(done["out"] + done["err"], end="")
        sys.exit(done["status"])
    rows = {}
    for i, line in enumerate(done["out"].splitlines()):
        row = json.loads(line)
        row["result"] = np.fromfile(os.path.join(folder, "%d.raw" % i), np.float32).reshape(image.shape[:2])
        rows[row["step"].split(":")[0]] = row
    return rows


def on_gpu(args, cp, call, image):
    """The same figures of a function of a CuPy array."""
    there, times = cp.asarray(image), []
    begin, end = cp.cuda.Event(), cp.cuda.Event()
    for _ in range(args.rounds + 1):
        begin.record()
        for _ in range(BATCH):
            result = call(there)
        end.record()
        end.synchronize()
        times.append(cp.cuda.get_elapsed_time(begin, end) / BATCH)
    return {"resident_ms": statistics.median(times[1:]),
            "copies_ms": median_ms(args.rounds, lambda: cp.asnumpy(call(cp.asarray(image)))), "result": cp.asnumpy(result)}


def by_cupy(args, cp, rgb, grey):
    import vessel_formulas
    ndi = importlib.import_module("cupyx.scipy.ndimage")
    weights = [cp.float32(w / 255) for w in (0.2125, 0.7154, 0.0721)]
    rows = {"rgb2gray": on_gpu(args, cp, lambda a: sum(a[..., k] * w for k, w in enumerate(weights)), rgb)}
    for name in FILTERS:
        rows[name] = on_gpu(args, cp, lambda a, f=getattr(vessel_formulas, name): f(cp, ndi, a, SIGMA), grey)
    return rows


def by_cucim(args, cp, rgb, grey):
    color, filters = importlib.import_module("cucim.skimage.color"), importlib.import_module("cucim.skimage.filters")
    rows = {"rgb2gray": on_gpu(args, cp, color.rgb2gray, rgb)}
    for name in FILTERS:
        call = getattr(filters, name)
        rows[name] = on_gpu(args, cp, lambda a, f=call: f(a, sigmas=[SIGMA], mode="reflect", black_ridges=True), grey)
    return rows


def compare(side, skimage, gpu):
    """A row for each step; gpu: who -> step -> figures."""
    rows = []
    for name, (cpu_ms, reference) in skimage.items():
        row = {"filter": name, "side": side, "skimage_ms": round(cpu_ms, 3)}
        for who, figures in gpu.items():
            mine = figures[name]
            off = float((abs(mine["result"] - reference) > 1e-4).mean())
            row[who] = {"resident_ms": round(mine["resident_ms"], 5), "copies_ms": round(mine["copies_ms"], 5), "off": off,
                        "times_skimage": round(cpu_ms / mine["resident_ms"], 1),
                        "times_skimage_with_copies": round(cpu_ms / mine["copies_ms"], 1)}
            if who == "wsiproc":
                row.update(step=mine["step"], gpu=mine["gpu"])
        rows.append(row)
        shown = ["%s %.3f ms, with copies %.3f ms, off %.2g" % (who, row[who]["resident_ms"], row[who]["copies_ms"],
                                                                row[who]["off"]) for who in gpu]
        print("%-10s %d: scikit-image %.1f ms; %s" % (name, side, cpu_ms, "; ".join(shown)), flush=True)
    return rows


def measure(args, side, others):
    rgb, grey = pictures(args, side)
    gpu = {}
    with benchlib.scratch(args) as folder:
        gpu["wsiproc"] = by_wsiproc(args, folder, rgb, ["rgb2gray"])
        gpu["wsiproc"].update(by_wsiproc(args, folder, grey, specs(grey)))
    for who, (function, cp) in others.items():
        gpu[who] = function(args, cp, rgb, grey)
    return compare(side, by_skimage(args, rgb, grey), gpu)


def main():
    args = arguments()
    cp = imported("cupy")
    others = {"cupy": (by_cupy, cp)} if cp else {}
    if cp and imported("cucim.skimage.filters"):
        others["cucim"] = (by_cucim, cp)
    rows = [row for side in args.sides.split(",") for row in measure(args, int(side), others)]
    gpu = [row.pop("gpu") for row in rows][0]
    versions = {name: sys.modules[name].__version__ for name in ("skimage", "scipy", "numpy", "cupy", "cucim")
                if name in sys.modules}
    result = {"benchmark": "vessels", "script": "bench/gpu/vessels.py", "machine": benchlib.machine(),
              "gpu": gpu, "versions": versions, "rounds": args.rounds, "cpu_rounds": args.cpu_rounds,
              "sigma": SIGMA, "rows": rows}
    if not args.no_save:
        benchlib.write_result("vessels-" + benchlib.gpu_tag(gpu), result)


if __name__ == "__main__":
    main()
