"""Slides for the GPU benchmarks, made from the tiles of one small slide."""
import io
import os
import random
import struct
import sys

import make_mosaic


class Slides:
    def __init__(self, runner):
        self.runner, self.args = runner, runner.args
        self.folder = os.path.join(self.args.work, "slides")
        os.makedirs(self.folder, exist_ok=True)

    def seed(self, kind):
        """The small slide itself (240: its own tiles), or its pixels in JPEG tiles of that size, Q80 4:2:0."""
        if kind == 240:
            return self.args.slide
        folder = os.path.join(self.folder, "seed-%d" % kind)
        if not os.path.isdir(folder):
            ran = make_seed(self.runner, self.args.slide, folder, kind)
            if ran["status"] != 0:
                sys.exit("endtoend: no seed: " + ran["err"])
        (name,) = [f for f in os.listdir(folder) if f.endswith(".tif")]
        return os.path.join(folder, name)

    def mosaic(self, kind, width, height):
        path = os.path.join(self.folder, "mosaic-%d-%dx%d.tif" % (kind, width, height))
        if not os.path.exists(path):
            make_mosaic.write_shuffled(self.seed(kind), path, width, height)
        self.runner.jpeg_slides.add(path)
        return path

    def odd(self):
        """JPEG tiles of every kind in one slide: subsampling, restart markers, progressive, optimised tables; None
        without Pillow. Each has its own tables."""
        try:
            from PIL import Image
        except ImportError:
            print("no Pillow: no slide of odd tiles")
            return None
        path = os.path.join(self.folder, "odd.tif")
        if not os.path.exists(path):
            write_odd(path, Image)
        self.runner.jpeg_slides.add(path)
        return path

    def for_equality(self):
        """Slides for all chains and variants, and others for a few of them."""
        small = self.args.slide
        self.runner.jpeg_slides.add(small)
        whole = [self.mosaic(256, 5000, 4100), small, "synthetic:3001x2999"]
        others = [self.mosaic(512, 3000, 3500), self.mosaic(240, 2161, 9001), self.mosaic(256, 20000, 15000)]
        odd = self.odd()
        others += [odd] if odd else []
        if self.args.slides:
            for name in sorted(os.listdir(self.args.slides)):
                path = os.path.join(self.args.slides, name)
                if path != small and name.endswith((".svs", ".tif", ".tiff", ".ndpi")) and os.path.isfile(path):
                    others.append(path)
        return whole, others

    @staticmethod
    def sizes(text):
        """"256:40000x40000,..." -> (256, 40000, 40000), ..."""
        for part in text.split(","):
            kind, size = part.split(":")
            width, height = size.split("x")
            yield int(kind), int(width), int(height)

    @staticmethod
    def warm(path):
        """Into the page cache."""
        with open(path, "rb") as file:
            while file.read(1 << 24):
                pass


def make_seed(runner, slide, folder, kind):
    import benchlib
    return benchlib.launch([runner.program, "run", slide, "-o", folder, "--chain", "cast:dtype=uint8", "--format", "tiff",
                            "--compression", "jpeg", "--quality", "80", "--out-tile", str(kind), "--device", "cpu",
                            "--progress", "none"])


def write_odd(path, image):
    """A BigTIFF of 6 by 5 tiles, each a whole JPEG stream of another kind."""
    chance, size, columns, rows = random.Random(7), 256, 6, 5
    kinds = [{"quality": 80}, {"quality": 95, "subsampling": "4:4:4"}, {"quality": 60, "subsampling": "4:2:2"},
             {"quality": 80, "progressive": True}, {"quality": 80, "optimize": True},
             {"quality": 80, "restart_marker_blocks": 3}, {"quality": 80, "restart_marker_rows": 1}, {"quality": 5},
             {"quality": 100}]
    offsets, counts = [], []
    with open(path + ".part", "wb") as out:
        out.write(struct.pack("<2sHHHQ", b"II", 43, 8, 0, 0))
        for i in range(columns * rows):
            noise = image.frombytes("RGB", (16, 16), bytes(chance.randrange(256) for _ in range(768)))
            buffer = io.BytesIO()
            noise.resize((size, size), image.BICUBIC).save(buffer, "jpeg", **kinds[i % len(kinds)])
            offsets.append(out.tell())
            counts.append(len(buffer.getvalue()))
            out.write(buffer.getvalue())
        make_mosaic.write_directory(out, [
            (254, make_mosaic.LONG, [0]), (256, make_mosaic.LONG, [columns * size - 100]),
            (257, make_mosaic.LONG, [rows * size - 31]), (258, make_mosaic.SHORT, [8, 8, 8]),
            (259, make_mosaic.SHORT, [7]), (262, make_mosaic.SHORT, [6]), (277, make_mosaic.SHORT, [3]),
            (284, make_mosaic.SHORT, [1]), (322, make_mosaic.LONG, [size]), (323, make_mosaic.LONG, [size]),
            (324, make_mosaic.LONG8, offsets), (325, make_mosaic.LONG, counts), (530, make_mosaic.SHORT, [2, 2])])
    os.replace(path + ".part", path)
