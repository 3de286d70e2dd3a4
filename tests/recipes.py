#!/usr/bin/env python3
"""What lies under packaging/ works as far as this machine can tell: the Snakemake workflow is run, the script blocks of
the Nextflow module are run without Nextflow, container recipes name what exists, modulefiles are loaded."""
import os
import re
import shutil
import subprocess

import wsitest
from wsitest import ROOT, done, expect

PACKAGING = os.path.join(ROOT, "packaging")
CHAIN = "rgb2gray | threshold_otsu | label as cells\n"


def text_of(*path):
    with open(os.path.join(PACKAGING, *path), encoding="utf-8") as f:
        return f.read()


def shell(argv, folder, status=0, timeout=300, env=None):
    """A command with wsiproc first in PATH and no home."""
    paths = [os.path.dirname(wsitest.WSIPROC), os.environ.get("PATH", "/usr/bin:/bin")]
    ran = subprocess.run(argv, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=timeout,
                         env=dict(os.environ, PATH=os.pathsep.join(paths), HOME=folder, **(env or {})))
    expect(status is None or ran.returncode == status, "exit status %s of %s" % (status, argv),
           "%d\n%s%s" % (ran.returncode, ran.stdout[-3000:], ran.stderr[-3000:]))
    return ran


def make_slides(folder, count):
    """TIFF slides of different content, named a, b, ..."""
    os.makedirs(folder)
    for i in range(count):
        work = os.path.join(folder, "work")
        made = wsitest.run("synthetic:%dx700,seed=%d" % (900 + 100 * i, i + 1), "cast:dtype=uint8 as s", work, "--format", "tiff")
        slide = next(name for name in made if name.endswith(".tif"))
        os.rename(os.path.join(work, slide), os.path.join(folder, "abcdef"[i] + ".tif"))
        shutil.rmtree(work)


def not_tried(what):
    print("not tried: " + what, flush=True)


# ---- Snakemake --------------------------------------------------------------------------------------------------

def snakemake_folder(folder, settings):
    """A copy of the example with slides and settings of ours."""
    shutil.copytree(os.path.join(PACKAGING, "snakemake"), folder)
    make_slides(os.path.join(folder, "slides"), 3)
    for name, text in (("chain.txt", CHAIN), ("config.yaml", "wsiproc:\n  threads: 1\n  mem_mb: 256\n" + settings)):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
            f.write(text)


def plain_run(folder):
    """The outputs that wsiproc itself makes of these slides."""
    out = os.path.join(folder, "plain")
    wsitest.command("run", "slides", "-o", out, "--chain-file", "chain.txt", "--progress", "none", cwd=folder)
    return {name: data for name, data in wsitest.bytes_of(out).items() if name.endswith(".h5")}


def same_outputs(folder, results, what):
    expected = plain_run(folder)
    made = {name: data for name, data in wsitest.bytes_of(results).items() if name.endswith(".h5")}
    expect(len(expected) == 3 and made == expected, what, (sorted(made), sorted(expected)))


def snakemake(scratch):
    if not shutil.which("snakemake"):
        return not_tried("Snakemake (tools/setup --test)")
    folder = os.path.join(scratch, "snakemake")
    snakemake_folder(folder, "")
    call = ["snakemake", "--cores", "2", "--keep-going"]
    shell(call, folder)
    results = os.path.join(folder, "results")
    same_outputs(folder, results, "the workflow's outputs are those of a plain run")
    expect(os.path.getsize(os.path.join(results, "report.html")) > 1000, "the report")
    again = shell(call, folder)
    expect("Nothing to be done" in again.stdout + again.stderr, "a second call does nothing", again.stderr)
    done("Snakemake")

    with open(os.path.join(folder, "slides", "b.tif"), "wb") as f:
        f.write(b"II*\0" + bytes(100))
    failed = shell(call, folder, status=1)
    expect("b.log" in failed.stderr + failed.stdout, "a broken slide's job fails", failed.stderr)
    expect(os.path.exists(os.path.join(results, "a.h5")) and not os.path.exists(os.path.join(results, "b.h5")),
           "alone, without an output")
    done("Snakemake with a broken slide")
    return snakemake_table(folder)


def snakemake_table(folder):
    """Slides and overrides from a table; settings that do not exist."""
    with open(os.path.join(folder, "slides.csv"), "w", encoding="utf-8") as f:
        f.write("path,mpp,level\nslides/a.tif,0.75,\nslides/c.tif,,1\n")
    call = ["snakemake", "--cores", "1", "--config"]
    shell([*call, "wsiproc={'slides': 'slides.csv', 'output': 'table', 'threads': 1}"], folder)
    import h5py
    with h5py.File(os.path.join(folder, "table", "a.h5")) as f:
        expect(f["cells"].attrs["mpp_x"] == 0.75, "mpp of the table", dict(f["cells"].attrs))
    with h5py.File(os.path.join(folder, "table", "c.h5")) as f:
        expect(f["cells/0"].shape == (350, 550), "level of the table", f["cells/0"].shape)
    wrong = shell([*call, "wsiproc={'slide': 'x'}"], folder, status=1)
    expect("wsiproc has no setting slide" in wrong.stderr, "an unknown setting", wrong.stderr)
    done("Snakemake with a table")


# ---- Nextflow ---------------------------------------------------------------------------------------------------

def blocks(module):
    """The script and the stub of a module."""
    found = re.findall(r'\n    (script|stub):\n(.*?)"""\n(.*?)    """', module, re.S)
    expect([name for name, _, _ in found] == ["script", "stub"], "a script and a stub", found)
    return {name: body for name, _, body in found}


def rendered(body, variables):
    """What Groovy makes of a string with these variables; whitespace that all lines share goes, as Nextflow does it."""
    body = re.sub(r"(?<!\\)\$\{([\w.]+)\}", lambda m: variables[m.group(1)], body)
    expect(not re.search(r"(?<!\\)\$[\w{]", body), "no variable is left", body)
    body = body.replace("\\$", "$").replace("\\\\", "\\").replace("\\n", "\\n")
    lines = body.split("\n")
    indent = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return "\n".join(line[indent:] for line in lines)


def matches(name, pattern):
    """Nextflow's globs: braces are alternatives."""
    regex = re.escape(pattern).replace(r"\*", "[^/]*").replace(r"\{", "(").replace(r"\}", ")").replace(",", "|")
    return re.fullmatch(regex, name)


def nextflow_block(name, body, folder, module):
    variables = {"main_file": "input/a b.tif", "prefix": "a_b", "chain": "chain.txt", "task.cpus": "1", "device": "cpu",
                 "own": "--mpp-override 0.5 ", "args": "--table-format csv", "task.process": "WSIPROC_RUN"}
    script = rendered(body, variables)
    os.makedirs(os.path.join(folder, "input"))
    make_slides(os.path.join(folder, "made"), 1)
    os.rename(os.path.join(folder, "made", "a.tif"), os.path.join(folder, "input", "a b.tif"))
    with open(os.path.join(folder, "chain.txt"), "w", encoding="utf-8") as f:
        f.write(CHAIN)
    with open(os.path.join(folder, ".command.sh"), "w", encoding="utf-8") as f:
        f.write("#!/bin/bash -ue\n" + script)
    if shutil.which("shellcheck"):
        shell(["shellcheck", ".command.sh"], folder)
    shell(["bash", "-ue", ".command.sh"], folder)
    made = [n for n in os.listdir(folder) if os.path.isfile(os.path.join(folder, n))]
    output = module.split("output:")[1].split("when:")[0]
    for line in [line for line in output.split("\n") if "path" in line and "optional" not in line]:
        pattern = re.search(r'path\(?\s*"([^"]+)"', line).group(1).replace("${prefix}", "a_b")
        expect(any(matches(n, pattern) for n in made), "%s: an output of %s" % (name, pattern), made)
    with open(os.path.join(folder, "versions.yml"), encoding="utf-8") as f:
        expect(re.fullmatch(r'"WSIPROC_RUN":\n    wsiproc: \d+\.\d+\.\d+\n', f.read()), "versions.yml")


def nextflow(scratch):
    module = text_of("nextflow", "modules", "wsiproc", "run", "main.nf")
    for name, body in blocks(module).items():
        nextflow_block(name, body, os.path.join(scratch, "nextflow-" + name), module)
    for path in ("main.nf", "nextflow.config", "modules/wsiproc/run/main.nf"):
        code = re.sub(r'"""|"[^"\n]*"|\'[^\'\n]*\'|//[^\n]*', "", text_of("nextflow", path))
        expect(all(code.count(a) == code.count(b) for a, b in ("{}", "()", "[]")), "brackets of " + path, code)
    emitted = set(re.findall(r"emit: (\w+)", module))
    described = text_of("nextflow", "modules", "wsiproc", "run", "meta.yml").split("\noutput:")[1]
    expect(emitted <= set(re.findall(r"^  - (\w+):", described, re.M)), "meta.yml has every output", emitted)
    done("Nextflow's blocks")


# ---- Containers -------------------------------------------------------------------------------------------------

def exists(path, where):
    expect(os.path.exists(os.path.join(ROOT, path)), "%s names what is there" % where, path)


def version():
    return wsitest.command("--version").stdout.split()[1]


def configures(first, scratch):
    """CMake finds all that it wants among what wsiproc.def copies."""
    source = os.path.join(scratch, "source")
    os.mkdir(source)
    for line in first:
        name = line.split()[0]
        copy = shutil.copytree if os.path.isdir(os.path.join(ROOT, name)) else shutil.copyfile
        copy(os.path.join(ROOT, name), os.path.join(source, name))
    shell(["cmake", "-S", source, "-B", os.path.join(scratch, "configured"), "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
           "-DBUILD_TESTING=OFF", "-DWSIPROC_CUDA=OFF"], scratch)


def containers(scratch):
    recipe = text_of("oci", "Containerfile").replace("\\\n", " ")
    for copied in re.findall(r"^COPY ([^-\s]\S*) ", recipe, re.M):
        exists(copied, "Containerfile")
    definition = text_of("apptainer", "wsiproc.def")
    first = definition.split("%files\n")[1].split("\n\n")[0].split("\n")
    for line in first:
        exists(line.split()[0], "wsiproc.def")
    configures(first, scratch)
    for script in re.findall(r"/src/(packaging/oci/[\w-]+)", recipe + definition):
        exists(script, "a recipe")
        expect(os.access(os.path.join(ROOT, script), os.X_OK), script + " can be run")
        if shutil.which("shellcheck"):
            shell(["shellcheck", os.path.join(ROOT, script)], ROOT)
    for name, text in (("Containerfile", recipe), ("wsiproc.def", definition)):
        expect(set(re.findall(r"image\.version[= ]\"?([\d.]+)", text)) == {version()}, name + " has our version", text)
    done("containers")


# ---- Modules ----------------------------------------------------------------------------------------------------

LUA = """
pathJoin = function(a, b) return a .. "/" .. b end
help, whatis = function() end, function() end
prepend_path = function(name, value) print(name .. "=" .. value) end
dofile(arg[1])
"""


def modules(scratch):
    base = os.path.join(PACKAGING, "modules", "wsiproc", version())
    names = {"PATH", "MANPATH", "PKG_CONFIG_PATH", "CMAKE_PREFIX_PATH", "HDF5_PLUGIN_PATH"}
    tcl = set(re.findall(r"^prepend-path (\S+) +\$root(\S*)", text_of("modules", "wsiproc", version()), re.M))
    lua = next((path for path in map(shutil.which, ("lua5.4", "lua5.3", "lua")) if path), None)
    if lua:
        with open(os.path.join(scratch, "lmod.lua"), "w", encoding="utf-8") as f:
            f.write(LUA)
        ran = shell([lua, "lmod.lua", base + ".lua"], scratch).stdout
        expect(set(re.findall(r"^(\w+)=/opt/wsiproc/[\d.]+(\S*)$", ran, re.M)) == tcl, "both modulefiles set the same", ran)
    else:
        not_tried("the Lua modulefile (lua5.4)")
    expect({name for name, _ in tcl} == names, "what the modulefile sets", tcl)
    command = next((path for path in ("/usr/lib/x86_64-linux-gnu/modulecmd.tcl", "/usr/lib/modulecmd.tcl")
                    if os.path.exists(path)), None)
    if command and shutil.which("tclsh"):
        ran = shell([command, "bash", "load", base], scratch).stdout
        expect(re.search(r"^PATH=/opt/wsiproc/[\d.]+/bin:", ran, re.M), "the Tcl modulefile loads", ran)
    else:
        not_tried("the Tcl modulefile (environment-modules)")
    done("modulefiles")


if __name__ == "__main__":
    wsitest.need("h5py")
    with wsitest.scratch() as scratch_folder:
        for check in (nextflow, containers, modules, snakemake):
            check(scratch_folder)
