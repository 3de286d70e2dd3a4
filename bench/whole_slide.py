#!/usr/bin/env python3
"""Answers that depend on the whole slide, as ratios.

nuclei     the nuclei chain to labels and a table of objects, per pixel, against scikit-image doing the same in memory on
           pixels that are decoded already (writing nothing)
two_pass   a chain with Otsu's threshold against the same chain with a given one
within     a chain on a slide that is 70 % glass, against the same within its tissue

wsiproc reads, computes and writes mosaics of one slide's own tiles. Needs the tests' Python environment.
"""
import os

import benchlib

FRONT = "rgb2hed as hed | channel:index=0 | gaussian:sigma=2 as h | %s | opening:footprint=disk,radius=3"
NUCLEI = FRONT % "threshold_otsu" + " | remove_small_objects:max_size=64 | label as nuclei | measure:intensity=@h as table"
WITHIN = "tissue as t | rgb2hed:from=@source | channel:index=0 | gaussian:sigma=2 | threshold:value=0.05 as mask"
GLASS = 0.7  # of the slide
REFERENCE = """
PROPERTIES = ("label", "area", "bbox", "centroid", "axis_major_length", "axis_minor_length", "eccentricity",
              "orientation", "extent", "equivalent_diameter_area", "perimeter", "perimeter_crofton", "euler_number",
              "intensity_mean", "intensity_max", "intensity_min", "intensity_std")
def chain(a):
    h = filters.gaussian(color.rgb2hed(a)[..., 0], sigma=2)
    mask = morphology.opening(h > filters.threshold_otsu(h), morphology.disk(3))
    labels = measure.label(morphology.remove_small_objects(mask, max_size=64))
    return measure.regionprops_table(labels, h, properties=PROPERTIES)
"""


def command(args, source, folder, name, chain, *more):
    return [benchlib.program(args, "wsiproc"), "run", source, "-o", os.path.join(folder, name), "--chain", chain,
            "--device", "cpu", "--overwrite", "--progress", "none", *more]


def glass_slide(args, folder):
    """A JPEG pyramid whose upper 70 % is glass: the slide's pixels below, white above."""
    import numpy as np
    import openslide
    import tifffile
    slide = openslide.OpenSlide(benchlib.slide(args))
    tile = np.array(slide.read_region((0, 0), 0, slide.dimensions))[..., :3]
    height, width = 14336, 12288
    canvas = np.full((height, width, 3), 243, np.uint8)
    top = int(height * GLASS) // 256 * 256
    for y in range(top, height, tile.shape[0]):
        for x in range(0, width, tile.shape[1]):
            part = tile[:height - y, :width - x]
            canvas[y:y + part.shape[0], x:x + part.shape[1]] = part
    raw, path = os.path.join(folder, "glass.tif"), os.path.join(folder, "glass.cast.tif")
    tifffile.imwrite(raw, canvas, tile=(256, 256), photometric="rgb",
                     resolution=(1e4 / 0.5, 1e4 / 0.5), resolutionunit="CENTIMETER")
    benchlib.run([benchlib.program(args, "wsiproc"), "run", raw, "-o", folder, "--chain", "cast:dtype=uint8", "--format",
                  "tiff", "--compression", "jpeg", "--out-tile", "256", "--progress", "none"])
    os.remove(raw)
    return path, width * height


def measured(args, folder):
    source, pixels = benchlib.mosaic(args, folder)
    glass, glass_pixels = glass_slide(args, folder)
    table = ["--write", "nuclei,table"]
    one, two = FRONT % "threshold:value=0.05", FRONT % "threshold_otsu"
    times = benchlib.alternate(
        args.rounds, nuclei=command(args, source, folder, "nuclei", NUCLEI, *table),
        one_pass=command(args, source, folder, "one", one), two_pass=command(args, source, folder, "two", two),
        all=command(args, glass, folder, "all", WITHIN),
        within=command(args, glass, folder, "within", WITHIN, "--within", "@t"))
    return times, pixels, glass_pixels


def main():
    args = benchlib.arguments(__doc__.split("\n")[0]).parse_args()
    reference = benchlib.skimage_rates(args, REFERENCE)
    with benchlib.scratch(args) as folder:
        times, pixels, glass_pixels = measured(args, folder)
    ours = pixels / times["nuclei"]["wall_s"] / 1e6
    best = max(reference["crop_2048"], reference["whole"])
    benchlib.report(args, "whole_slide", {
        "goals": {"nuclei": "at least 12 times scikit-image a pixel", "two_pass": "at most 1.7 times one pass",
                  "within": "at least 2.5 times faster on 70 % glass"},
        "pixels": pixels, "glass_pixels": glass_pixels, "chains": {"nuclei": NUCLEI, "within": WITHIN},
        "skimage_mpix_s": reference, "wsiproc_mpix_s": ours, **times, "nuclei_ratio": ours / best,
        "two_pass_ratio": times["two_pass"]["wall_s"] / times["one_pass"]["wall_s"],
        "within_ratio": times["all"]["wall_s"] / times["within"]["wall_s"]})


if __name__ == "__main__":
    main()
