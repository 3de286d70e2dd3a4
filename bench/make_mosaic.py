#!/usr/bin/env python3
"""Makes a large slide out of a small one by laying its own compressed tiles out again and again.

No pixel is decoded: the tiles' JPEG streams are copied (each distinct one is stored as often as it is shown, so
that the file has a real slide's size and reading pattern), the shared tables, tile size and photometric tag are
those of the source. Only whole tiles are taken, so seams fall on tile borders. write_mosaic repeats the source as it
is and calls the result an Aperio slide; write_shuffled makes a plain BigTIFF of any size, its tiles in an order without
a period, so that no cache gains from one. Python's own library only.
"""
import argparse
import os
import struct
import sys

SHORT, LONG, LONG8, ASCII, UNDEFINED = 3, 4, 16, 2, 7
SIZES = {1: 1, ASCII: 1, SHORT: 2, LONG: 4, 5: 8, UNDEFINED: 1, LONG8: 8}
FORMS = {1: "B", SHORT: "H", LONG: "I", LONG8: "Q"}


def read_first_directory(data):
    """Tag -> (type, values or bytes) of the first directory of a little-endian classic TIFF."""
    if data[:4] != b"II*\0":
        sys.exit("make_mosaic: the source must be a little-endian classic TIFF")
    (at,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, at)
    tags = {}
    for i in range(count):
        tag, kind, n, _ = struct.unpack_from("<HHII", data, at + 2 + 12 * i)
        size = SIZES.get(kind, 1) * n
        where = at + 2 + 12 * i + 8
        if size > 4:
            (where,) = struct.unpack_from("<I", data, where)
        raw = data[where:where + size]
        tags[tag] = list(struct.unpack("<%d%s" % (n, FORMS[kind]), raw)) if kind in FORMS else raw
    return tags


class Source:
    """The first level of a JPEG-tiled slide: its tags and the streams of its whole tiles."""

    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        self.name = os.path.basename(path)
        self.tags = tags = read_first_directory(data)
        if tags[259][0] != 7:
            sys.exit("make_mosaic: %s has no JPEG tiles" % path)
        self.tile_w, self.tile_h = tags[322][0], tags[323][0]
        across = -(-tags[256][0] // self.tile_w)
        self.columns, self.rows = tags[256][0] // self.tile_w, tags[257][0] // self.tile_h
        self.tiles = []
        for i in (y * across + x for y in range(self.rows) for x in range(self.columns)):
            self.tiles.append(data[tags[324][i]:tags[324][i] + tags[325][i]])

    def write(self, path, width, height, pick, description):
        """A BigTIFF of one level whose tile (x, y) is self.tiles[pick(x, y)]."""
        offsets, counts, at = [], [], 16
        with open(path + ".part", "wb") as out:
            out.write(struct.pack("<2sHHHQ", b"II", 43, 8, 0, 0))
            for ty in range(-(-height // self.tile_h)):
                row = [self.tiles[pick(tx, ty)] for tx in range(-(-width // self.tile_w))]
                for tile in row:
                    offsets.append(at)
                    counts.append(len(tile))
                    at += len(tile)
                out.write(b"".join(row))
            out.write(b"\0" * (-at % 8))
            directory = [(254, LONG, [0]), (256, LONG, [width]), (257, LONG, [height]), (258, SHORT, [8, 8, 8]),
                         (259, SHORT, [7]), (262, SHORT, self.tags[262]), (270, ASCII, description.encode() + b"\0"),
                         (277, SHORT, [3]), (284, SHORT, [1]), (322, LONG, [self.tile_w]), (323, LONG, [self.tile_h]),
                         (324, LONG8, offsets), (325, LONG, counts)]
            directory += [(tag, kind, self.tags[tag]) for tag, kind in ((347, UNDEFINED), (530, SHORT))
                          if tag in self.tags]
            write_directory(out, directory)
        os.replace(path + ".part", path)


def write_mosaic(source, path, columns, rows, plain=False):
    """The source's whole tiles as they lie, columns by rows times. Returns the size in pixels."""
    seed = Source(source)
    width, height = seed.columns * columns * seed.tile_w, seed.rows * rows * seed.tile_h
    description = ("Aperio Image Library (tiles of %s laid out %dx%d)\r\n%dx%d [0,0 %dx%d] (%dx%d) JPEG/RGB Q=30"
                   "|AppMag = 20|MPP = 0.4990" % (seed.name, columns, rows, width, height, width, height, seed.tile_w,
                                                  seed.tile_h))
    seed.write(path, width, height, lambda x, y: y % seed.rows * seed.columns + x % seed.columns,
               "tiles of a slide laid out again and again" if plain else description)
    return width, height


def write_shuffled(source, path, width, height):
    """Any size, edge tiles cut as a scanner's; the tiles of the source in an order without a period."""
    seed = Source(source)
    count = len(seed.tiles)
    seed.write(path, width, height, lambda x, y: ((x * 2654435761 ^ y * 2246822519) * 3266489917 >> 15) % count,
               "tiles of a slide in another order")


def write_directory(out, directory):
    """Appends a BigTIFF directory, its long values first, and points the header at it."""
    entries = []
    for tag, kind, values in directory:
        raw = values if isinstance(values, bytes) else struct.pack("<%d%s" % (len(values), FORMS[kind]), *values)
        if len(raw) > 8:
            out.write(b"\0" * (-out.tell() % 8))
            where = struct.pack("<Q", out.tell())
            out.write(raw)
        else:
            where = raw.ljust(8, b"\0")
        entries.append(struct.pack("<HHQ", tag, kind, len(values)) + where)
    out.write(b"\0" * (-out.tell() % 8))
    at = out.tell()
    out.write(struct.pack("<Q", len(entries)) + b"".join(entries) + struct.pack("<Q", 0))
    out.seek(8)
    out.write(struct.pack("<Q", at))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("source", help="Aperio SVS with JPEG tiles, e.g. CMU-1-Small-Region.svs")
    parser.add_argument("output")
    parser.add_argument("--columns", type=int, default=10)
    parser.add_argument("--rows", type=int, default=8)
    parser.add_argument("--plain", action="store_true",
                        help="no Aperio description: a generic TIFF, which libvips reads by its own loader")
    args = parser.parse_args()
    width, height = write_mosaic(args.source, args.output, args.columns, args.rows, args.plain)
    print("%s: %dx%d, %.0f MPix, %.0f MB" % (args.output, width, height, width * height / 1e6,
                                             os.path.getsize(args.output) / 1e6))


if __name__ == "__main__":
    main()
