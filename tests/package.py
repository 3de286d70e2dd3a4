#!/usr/bin/env python3
"""What is installed is a package: moved somewhere else, it builds the examples outside the tree, with CMake and with
pkg-config, in C and in C++, without a warning; and they give what the program gives.

usage: package.py BUILD-FOLDER
"""
import os
import shutil
import subprocess
import sys

from wsitest import ROOT, compute, done, expect, need, need_tool, rows_of, scratch

BUILD = sys.argv[1]
EXAMPLES = ["read_region", "chain_callback", "nuclei_table"]
STRICT = ["-Wall", "-Wextra", "-Werror", "-pedantic"]
SLIDE = "synthetic:1500x1100,seed=4,levels=2"


def call(*argv, status=0, **options):
    made = subprocess.run([str(a) for a in argv], capture_output=True, text=True, stdin=subprocess.DEVNULL, **options)
    expect(made.returncode == status, "exit status %d of: %s" % (status, " ".join(map(str, argv))),
           "got %d\n%s%s" % (made.returncode, made.stdout[-3000:], made.stderr[-3000:]))
    return made.stdout


def install(folder):
    """Installs, moves everything, and looks at what is there."""
    first, prefix = os.path.join(folder, "first"), os.path.join(folder, "moved", "here")
    call("cmake", "--install", BUILD, "--prefix", first)
    os.makedirs(os.path.dirname(prefix))
    shutil.move(first, prefix)
    there = {os.path.relpath(os.path.join(d, n), prefix) for d, _, files in os.walk(prefix) for n in files}
    for name in ("bin/wsiproc", "include/wsiproc/wsiproc.h", "share/doc/wsiproc/LICENSE",
                 "share/doc/wsiproc/library.md", "share/man/man1/wsiproc.1"):
        expect(name in there, "%s is installed" % name, sorted(there))
    libdir = os.path.dirname(next(n for n in there if n.endswith("/wsiproc.pc")))
    libdir = os.path.dirname(libdir)
    for name in ("libwsiproc.so", "libwsiproc.so.0", "cmake/wsiproc/wsiprocConfig.cmake",
                 "cmake/wsiproc/wsiprocConfigVersion.cmake", "wsiproc/hdf5-plugins/libh5zstd_wsiproc.so"):
        expect(os.path.exists(os.path.join(prefix, libdir, name)), "%s is installed" % name)
    for name in there:
        if name.endswith((".pc", ".cmake")):
            expect(first not in open(os.path.join(prefix, name), encoding="utf-8").read(), "%s names no folder" % name)
    call(os.path.join(prefix, "bin", "wsiproc"), "--version")
    return prefix, os.path.join(prefix, libdir)


def examples_of(prefix):
    return os.path.join(prefix, "share", "doc", "wsiproc", "examples")


def by_cmake(folder, prefix):
    source, build = os.path.join(folder, "sources"), os.path.join(folder, "by-cmake")
    shutil.copytree(examples_of(prefix), source)
    flags = ["-G", "Ninja"] if shutil.which("ninja") else []
    flags += ["-DCMAKE_PREFIX_PATH=" + prefix, "-DCMAKE_C_FLAGS=" + " ".join(STRICT), "-DCMAKE_C_EXTENSIONS=OFF"]
    call("cmake", "-S", source, "-B", build, *flags)
    call("cmake", "--build", build)
    with open(os.path.join(source, "CMakeLists.txt"), encoding="utf-8") as f:
        text = f.read()
    with open(os.path.join(source, "CMakeLists.txt"), "w", encoding="utf-8") as f:
        f.write(text.replace("find_package(wsiproc 0.1 ", "find_package(wsiproc 99.0 "))
    call("cmake", "-S", source, "-B", build + "-newer", *flags, status=1)
    return build


def by_pkgconfig(folder, prefix, libdir):
    build = os.path.join(folder, "by-pkgconfig")
    os.makedirs(build)
    env = dict(os.environ, PKG_CONFIG_PATH=os.path.join(libdir, "pkgconfig"))
    flags = call("pkg-config", "--cflags", "--libs", "wsiproc", env=env).split()
    for example in EXAMPLES:
        call("cc", "-std=c11", "-O1", *STRICT, os.path.join(examples_of(prefix), example + ".c"), *flags, "-o",
             os.path.join(build, example))
    call("c++", "-std=c++17", "-O1", *STRICT, os.path.join(ROOT, "tests", "package-user.cc"), *flags, "-o",
         os.path.join(build, "user"))
    version = call("pkg-config", "--modversion", "wsiproc", env=env)
    expect(call(os.path.join(build, "user"), env=dict(os.environ, LD_LIBRARY_PATH=libdir)) == version,
           "the C++ program's version is pkg-config's")
    return build


def check_region(np, build, folder, env):
    """A region over the slide's corner: the program's pixels, white around them."""
    pixels = compute(SLIDE, "cast:dtype=uint8")["cast"]
    h = pixels.shape[0]
    path = os.path.join(folder, "region.ppm")
    call(os.path.join(build, "read_region"), SLIDE, 0, -30, h - 50, 200, 90, path, env=env)
    with open(path, "rb") as f:
        head, size, depth, data = f.read().split(b"\n", 3)
    got = np.frombuffer(data, np.uint8).reshape(90, 200, 3)
    expected = np.full_like(got, 255)
    expected[:50, 30:] = pixels[h - 50:, :170]
    expect((head, size, depth) == (b"P6", b"200 90", b"255") and np.array_equal(got, expected), "read_region's pixels")


def check_callback(np, build, env):
    chain = "rgb2gray | gaussian:sigma=2 | threshold:value=0.6 as mask"
    image = compute(SLIDE, chain)["mask"]
    for order in ("in-order", "as-finished"):
        told = call(os.path.join(build, "chain_callback"), SLIDE, chain, order, env=env)
        words = told.split()
        counts = int(words[2]), int(words[4])
        expect(counts == (image.size, np.count_nonzero(image)), "chain_callback, " + order, told)


def check_table(np, build, env):
    expected = rows_of(SLIDE, chain_of("nuclei_table"), "--write", "table")
    header, *rows = [line.split(",") for line in call(os.path.join(build, "nuclei_table"), SLIDE, env=env).splitlines()]
    expect(header == list(expected) and len(rows) > 10, "nuclei_table's columns", header)
    for column, name in enumerate(header):
        got = np.array([float(row[column]) for row in rows])
        expect(np.array_equal(got, expected[name], equal_nan=True), "nuclei_table's " + name)


def chain_of(example):
    """The chain that an example has in its text."""
    text = open(os.path.join(ROOT, "examples", example + ".c"), encoding="utf-8").read()
    text = text[text.index("chain[] ="):]
    return "".join(text[:text.index(";")].split('"')[1::2])


def main():
    np, _ = need("numpy", "h5py")
    for tool in ("cmake", "cc", "c++", "pkg-config"):
        need_tool(tool)
    with scratch() as folder:
        prefix, libdir = install(folder)
        elsewhere = dict(os.environ, LD_LIBRARY_PATH=libdir)
        for build, env in ((by_cmake(folder, prefix), None), (by_pkgconfig(folder, prefix, libdir), elsewhere)):
            check_region(np, build, folder, env)
            check_callback(np, build, env)
            check_table(np, build, env)
            done("examples of " + os.path.basename(build))
    done("the installed package")


main()
