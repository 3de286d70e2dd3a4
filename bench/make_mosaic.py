#!/usr/bin/env python3
"""Makes a large Aperio-like SVS out of a small one by laying its own compressed tiles out again and again.

No pixel is decoded: the tiles' JPEG streams are copied (each distinct one is stored as often as it is shown, so
that the file has a real slide's size and reading pattern), the shared tables, tile size and photometric tag are
those of the source. Copies are cut to whole tiles, so their seams fall on tile borders. Python's own library only.
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


def write_mosaic(source, path, columns, rows, plain=False):
    data = open(source, "rb").read()
    tags = read_first_directory(data)
    tile_w, tile_h = tags[322][0], tags[323][0]
    across = -(-tags[256][0] // tile_w)
    whole_x, whole_y = tags[256][0] // tile_w, tags[257][0] // tile_h
    tiles_x, tiles_y = whole_x * columns, whole_y * rows
    width, height = tiles_x * tile_w, tiles_y * tile_h

    offsets, counts = [], []
    with open(path + ".part", "wb") as out:
        out.write(struct.pack("<2sHHHQ", b"II", 43, 8, 0, 0))
        at = 16
        for ty in range(tiles_y):
            row = []
            for tx in range(tiles_x):
                i = (ty % whole_y) * across + tx % whole_x
                row.append(data[tags[324][i]:tags[324][i] + tags[325][i]])
                offsets.append(at)
                counts.append(len(row[-1]))
                at += len(row[-1])
            out.write(b"".join(row))
        out.write(b"\0" * (-at % 8))
        description = ("Aperio Image Library (tiles of %s laid out %dx%d)\r\n%dx%d [0,0 %dx%d] (%dx%d) JPEG/RGB Q=30"
                       "|AppMag = 20|MPP = 0.4990" % (os.path.basename(source), columns, rows, width, height, width,
                                                      height, tile_w, tile_h)).encode() + b"\0"
        if plain:
            description = b"tiles of a slide laid out again and again\0"
        directory = [(254, LONG, [0]), (256, LONG, [width]), (257, LONG, [height]), (258, SHORT, [8, 8, 8]),
                     (259, SHORT, [7]), (262, SHORT, tags[262]), (270, ASCII, description), (277, SHORT, [3]),
                     (284, SHORT, [1]), (322, LONG, [tile_w]), (323, LONG, [tile_h]), (324, LONG8, offsets),
                     (325, LONG, counts), (347, UNDEFINED, tags[347])]
        write_directory(out, directory)
    os.replace(path + ".part", path)
    return width, height


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
