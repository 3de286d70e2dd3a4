#!/usr/bin/env python3
"""Manual pages, completions and docs/cli.md, which the program writes from its tables: whole, without a warning, and
working. `manual.py --update` writes docs/cli.md anew; the difference then shows in review. Links of the pages as well.

What must be in them is taken from elsewhere: commands, options and choices from --help, operations from
`ops --json`. bash completes in bash itself, given the variables as readline fills them; fish has a command for it.
"""
import difflib
import json
import os
import pty
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
import time

import wsitest
from wsitest import expect

DOCUMENT = os.path.join(wsitest.ROOT, "docs", "cli.md")
BASH, ZSH, FISH = ("bash-completion/completions/wsiproc", "zsh/site-functions/_wsiproc",
                   "fish/vendor_completions.d/wsiproc.fish")


def stdout(*args):
    return wsitest.command(*args).stdout


def commands():
    """name -> {option -> (letter, argument, choices)}, by the help texts."""
    overview = stdout("help")
    names = [n for n in re.findall(r"^  ([a-z]+) +[A-Z]", overview, flags=re.M) if n != "help"]
    expect("run" in names and "generate" not in names, "the overview lists the commands", overview)
    return {name: options(stdout(name, "--help")) for name in names}


def options(text):
    found = {}
    text = text.split("\nExamples:")[0]
    pieces = re.split(r"^  (?:-(\w), |    )--([a-z-]+)(?: (\S+))?(?=\s)", text, flags=re.M)[1:]
    for letter, name, argument, rest in zip(*[iter(pieces)] * 4):
        choices = re.search(r"Takes one of ([^.]+(?:\.\w[^.]*)*)\.(?:\s|$)", " ".join(rest.split()) + " ")
        found[name] = (letter, argument, choices.group(1).split(", ") if choices else [])
    return found


# ---- Manual pages -----------------------------------------------------------------------------------------------

def rendered(path):
    """The page as text; groff and man must have nothing to say about it."""
    text = ""
    for tool in (["groff", "-ww", "-man", "-Tutf8", "-P-cbou", path], ["man", "--warnings", "-E", "UTF-8", "-l", path]):
        if not shutil.which(tool[0]):
            continue
        done = subprocess.run(tool, capture_output=True, text=True, env=dict(os.environ, LC_ALL="C.UTF-8", MANWIDTH="80"))
        expect(done.returncode == 0 and not done.stderr, "%s has no warning for %s" % (tool[0], path), done.stderr)
        text = text or done.stdout
    return text


def pages(share, table, operations):
    groff = shutil.which("groff")
    texts = {}
    for section in ("man1", "man7"):
        for name in sorted(os.listdir(os.path.join(share, "man", section))):
            path = os.path.join(share, "man", section, name)
            texts[name] = rendered(path) or open(path, encoding="utf-8").read().replace("\\-", "-")
    expect(set(texts) == {"wsiproc.1", "wsiproc-chain.7"} | {"wsiproc-%s.1" % c for c in table}, "a page a command",
           sorted(texts))
    for command, rows in table.items():
        text = texts["wsiproc-%s.1" % command]
        expect("wsiproc %s" % command in texts["wsiproc.1"], "wsiproc(1) names %s" % command)
        for name, (letter, argument, choices) in rows.items():
            expect(re.search(r"--%s\b" % name, text), "wsiproc-%s(1) has --%s" % (command, name), text)
            expect(not letter or re.search(r"-%s, --%s" % (letter, name), text), "-%s stands by --%s" % (letter, name))
            expect(all(c in text for c in choices), "wsiproc-%s(1) has the choices of --%s" % (command, name), text)
    for op in operations:
        expect(re.search(r"^ +%s\b|\\fB%s\\fR" % (op["name"], op["name"]), texts["wsiproc-chain.7"], flags=re.M),
               "wsiproc-chain(7) has %s" % op["name"])
    print("manual pages: %s" % ("rendered" if groff else "not rendered, there is no groff"))


# ---- bash -------------------------------------------------------------------------------------------------------

def readline_words(line):
    """COMP_WORDS: cut at blanks outside of quotes, and around '=' and ':'."""
    words, word, quote, open_word = [], "", None, False
    for c in line:
        if quote:
            word, quote = word + c, None if c == quote else quote
        elif c in " =:":
            words += [word] if open_word else []
            words += [c] if c != " " else []
            word, open_word = "", False
            continue
        else:
            word, quote = word + c, c if c in "'\"" else None
        open_word = True
    return words + [word] if open_word or line.endswith(" ") else words


class Bash:
    """Many lines completed by one bash."""

    def __init__(self, share, folder):
        self.script, self.folder, self.lines = ". %s\n" % shlex.quote(os.path.join(share, BASH)), folder, []

    def ask(self, line, check, what):
        words = readline_words(line)
        self.script += "COMP_LINE=%s COMP_POINT=%d COMP_CWORD=%d; COMP_WORDS=(%s); _wsiproc; printf '%%s\\n' " \
                       "\"${COMPREPLY[@]}\"; echo -----\n" % (shlex.quote(line), len(line), len(words) - 1,
                                                        " ".join(map(shlex.quote, words)))
        self.lines.append((line, check, what))

    def run(self):
        done = subprocess.run(["bash", "--norc", "--noprofile"], input=self.script, capture_output=True, text=True,
                              cwd=self.folder)
        expect(not done.stderr, "bash is content", done.stderr)
        answers = done.stdout.split("-----\n")
        expect(len(answers) == len(self.lines) + 1, "bash answers every line", done.stdout[-500:])
        for (line, check, what), answer in zip(self.lines, answers):
            words = [a for a in answer.splitlines() if a]
            expect(check(words), "%s: %s" % (what, line), words)


def same(*words):
    return lambda answer: sorted(set(answer)) == sorted(words)


def ask_chains(bash, ops):
    names = sorted(o["name"] for o in ops)
    starting = lambda start, of: [w for w in of if w.startswith(start)]
    gaussian = next(o for o in ops if o["name"] == "gaussian")
    modes = next(p["values"] for p in gaussian["parameters"] if p["name"] == "mode")
    bash.ask("wsiproc run a --chain ", same(*names), "operations")
    bash.ask("wsiproc run a --chain=rgb2", same(*starting("rgb2", names)), "operations behind =")
    bash.ask("wsiproc run a -c 'rgb2gray | thre", same(*["rgb2gray | " + n for n in starting("thre", names)]),
             "operations behind |, in a quote")
    bash.ask("wsiproc plan a --chain=\"rgb2gray|thre", same(*["rgb2gray|" + n for n in starting("thre", names)]),
             "operations behind = and |, in a quote")
    bash.ask("wsiproc run a -c gaussian:", same("from=", *[p["name"] + "=" for p in gaussian["parameters"]]), "parameters")
    bash.ask("wsiproc run a -c 'a | gaussian:sigma=2,mode=", same(*["a | gaussian:sigma=2,mode=" + m for m in modes]),
             "words of a parameter")
    bash.ask("wsiproc run a -c gaussian:mode=", same(*modes), "words of a parameter, no quote")
    bash.ask("wsiproc run a -c 'rgb2gray as ", same(), "a name of one's own")
    bash.ask("wsiproc ops rgb2", same(*starting("rgb2", names)), "operations as operand")
    bash.ask("wsiproc run a --host-steps median,sobe", same(*["median," + n for n in starting("sobe", names)]), "a list")
    bash.ask("wsiproc run a --table-format csv,geo", same("csv,geojson", "csv,geojson.gz"), "formats of tables")


def bash_completes(share, folder, table, ops):
    bash = Bash(share, folder)
    bash.ask("wsiproc ", same("help", "--help", "--version", *table), "commands")
    bash.ask("wsiproc ru", same("run"), "the beginning of a command")
    bash.ask("wsiproc help ", same(*table), "commands behind help")
    bash.ask("wsiproc run ", same("chain.txt", "out"), "files as operands")
    bash.ask("wsiproc run a --chain-file ", same("chain.txt", "out"), "files")
    bash.ask("wsiproc run a --chain-file=ch", same("chain.txt"), "files behind =")
    bash.ask("wsiproc run a -o ", same("out"), "folders")
    bash.ask("wsiproc run a --threads ", same(), "no guess at numbers")
    bash.ask("wsiproc nonsense --", same(), "an unknown command")
    for command, rows in table.items():
        bash.ask("wsiproc %s --" % command, same("--help", *["--" + n for n in rows]), "all options")
        for name, (letter, argument, choices) in rows.items():
            if choices:
                bash.ask("wsiproc %s --%s " % (command, name), same(*choices), "choices")
                bash.ask("wsiproc %s --%s=" % (command, name), same(*choices), "choices")
            if choices and letter:
                bash.ask("wsiproc %s -%s " % (command, letter), same(*choices), "choices")
    ask_chains(bash, ops)
    bash.run()


# ---- zsh, fish --------------------------------------------------------------------------------------------------

def zsh_has_all(share, table):
    path = os.path.join(share, ZSH)
    text = open(path, encoding="utf-8").read()
    for command, rows in table.items():
        section = text.split("\n  %s)\n" % command)[1].split(";;")[0]
        for name, (letter, argument, choices) in rows.items():
            expect(re.search(r"--%s(=|\[|\})" % name, section), "zsh has %s --%s" % (command, name), section)
            expect(not choices or ":(%s)'" % " ".join(choices) in section, "zsh has the choices of --%s" % name, section)
    if shutil.which("zsh"):
        done = subprocess.run(["zsh", "-n", path], capture_output=True, text=True)
        expect(done.returncode == 0 and not done.stderr, "zsh reads its completion", done.stderr)
    print("zsh: %s" % ("read" if shutil.which("zsh") else "not read, there is no zsh"))


def fish_completes(share, folder, table):
    path = os.path.join(share, FISH)
    text = open(path, encoding="utf-8").read()
    for command, rows in table.items():
        for name in rows:
            expect(re.search(r"'__wsiproc_command_is %s'.* -l %s " % (command, name), text), "fish has %s --%s" % (command, name))
    if not shutil.which("fish"):
        print("fish: not tried, there is no fish")
        return
    asked = {"wsiproc ru": ["run"], "wsiproc run a --format om": ["ome-tiff"], "wsiproc run a --chain-file ch": ["chain.txt"],
             "wsiproc run a -c 'rgb2gray | threshold_ots": ["rgb2gray | threshold_otsu"],
             "wsiproc run a -c 'rgb2gray | gaussian:sigma=2,mo": ["rgb2gray | gaussian:sigma=2,mode="],
             "wsiproc run a -o ": ["out/"], "wsiproc ops threshold_ots": ["threshold_otsu"], "wsiproc help inf": ["info"]}
    for command, rows in table.items():
        asked["wsiproc %s --" % command] = ["--help"] + ["--" + n for n in rows]
    script = "source %s\n" % shlex.quote(path) + "".join(
        "complete -C \"%s\"\necho -----\n" % line for line in asked)
    done = subprocess.run(["fish", "--no-config", "-c", script], capture_output=True, text=True, cwd=folder,
                          env=dict(os.environ, HOME=folder))
    expect(not done.stderr, "fish is content", done.stderr)
    answers = done.stdout.split("-----\n")
    expect(len(answers) == len(asked) + 1, "fish answers every line", done.stdout[-500:])
    for (line, wanted), answer in zip(asked.items(), answers):
        words = [a.split("\t")[0] for a in answer.splitlines()]
        expect(sorted(words) == sorted(wanted), "fish: %s" % line, words)


# ---- At a terminal ----------------------------------------------------------------------------------------------

class Terminal:
    """A shell as somebody sits before it."""

    def __init__(self, argv, folder):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(argv[0], argv, dict(os.environ, TERM="dumb", HOME=folder, ZDOTDIR=folder))

    def type(self, text, wanted, seconds=30):
        """Types, and waits until that is shown."""
        shown, end = "", time.monotonic() + seconds
        os.write(self.fd, text.encode())
        while wanted not in shown and time.monotonic() < end:
            if select.select([self.fd], [], [], 0.2)[0]:
                shown += os.read(self.fd, 65536).decode(errors="replace").replace("\a", "")
        expect(wanted in shown, "shown at a terminal: %s" % wanted, repr((text, shown)))

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def interactively(share, folder):
    """The keys go through readline and zle, which cut words and handle quotes by themselves."""
    shells = {"bash": (["bash", "--norc", "--noprofile", "-i"], ". %s" % shlex.quote(os.path.join(share, BASH))),
              "zsh": (["zsh", "-f", "-i"], "fpath=(%s $fpath); autoload -U compinit; compinit -u -D" % shlex.quote(
                  os.path.dirname(os.path.join(share, ZSH))))}
    for name, (argv, start) in shells.items():
        if not shutil.which(name):
            print("%s: not tried at a terminal" % name)
            continue
        terminal = Terminal(argv, folder)
        terminal.type("%s; echo rea''dy\n" % start, "ready")
        for typed, wanted in (("wsiproc ver", "verify"), ("wsiproc run a --format ome", "ome-tiff"),
                              ("wsiproc run a --chain-file ch", "chain.txt"),
                              ("wsiproc run a --chain 'rgb2gray | threshold_mean | threshold_ots", "threshold_otsu"),
                              ("wsiproc run a --chain 'rgb2gray | gaussian:sigma=2,trun", "truncate="),
                              ("wsiproc run a --chain=gaussian:mode=ref", "reflect")):
            terminal.type(typed + "\t", wanted)
            terminal.type("\x15echo nex''t\n", "next")  # the line is given up
        terminal.close()


# ---- The document, the errors -----------------------------------------------------------------------------------

def document(table):
    made = stdout("generate", "markdown")
    if "--update" in sys.argv[1:]:
        with open(DOCUMENT, "w", encoding="utf-8") as f:
            f.write(made)
    stored = open(DOCUMENT, encoding="utf-8").read() if os.path.exists(DOCUMENT) else ""
    difference = "".join(difflib.unified_diff(stored.splitlines(True), made.splitlines(True), DOCUMENT, "now"))
    expect(stored == made, "docs/cli.md is as the program prints it (tests/manual.py --update)", difference)
    for command, rows in table.items():
        section = made.split("\n## wsiproc %s\n" % command)[1].split("\n## ")[0]
        for name in rows:
            expect("| `--%s" % name in section, "docs/cli.md has %s --%s" % (command, name))


def links():
    """README.md leads to every page of docs/, and no page leads nowhere."""
    root, docs = wsitest.ROOT, os.path.join(wsitest.ROOT, "docs")
    pages = {os.path.join(docs, n) for n in os.listdir(docs) if n.endswith(".md")}
    leads = lambda path: {os.path.normpath(os.path.join(os.path.dirname(path), target)) for target in re.findall(
        r"\]\((?!https?:)([^)#]+)", open(path, encoding="utf-8").read())}
    readme = os.path.join(root, "README.md")
    expect(pages <= leads(readme), "README.md has every page", pages - leads(readme))
    for path in pages | {readme}:
        broken = [t for t in leads(path) if not os.path.exists(t)]
        expect(not broken, "links of %s" % path, broken)


def errors():
    for args in (["nothing"], ["man", "nothing"], ["files"], ["bash", "run"], ["files", "a", "b"], []):
        wsitest.command("generate", *args, status=2)
    wsitest.command("generate", "files", "/proc/nowhere", status=6)


def main():
    table, ops = commands(), json.loads(stdout("ops", "--json"))
    with wsitest.scratch() as scratch:
        share, folder = os.path.join(scratch, "share"), os.path.join(scratch, "folder")
        os.makedirs(os.path.join(folder, "out"))
        open(os.path.join(folder, "chain.txt"), "w").close()
        stdout("generate", "files", share)
        for kind, path in (("bash", BASH), ("zsh", ZSH), ("fish", FISH)):
            expect(stdout("generate", kind) == open(os.path.join(share, path), encoding="utf-8").read(), "%s as a file" % kind)
        expect("wsiproc\\-run" in stdout("generate", "man", "run"), "one page")
        pages(share, table, ops)
        wsitest.done("manual pages")
        bash_completes(share, folder, table, ops)
        wsitest.done("bash")
        zsh_has_all(share, table)
        fish_completes(share, folder, table)
        wsitest.done("zsh, fish")
        interactively(share, folder)
        wsitest.done("terminals")
    errors()
    document(table)
    links()
    wsitest.done("documents")


main()
