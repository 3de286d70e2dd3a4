/* `wsiproc generate`: documents and completions from the program's own tables, for the build, packagers and the tests.
 * Not in the lists of commands. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli-file.h"
#include "common/mem.h"
#include "documents.h"
#include "values.h"

/* It has no options of its own; a struct may not be empty. */
typedef struct generate_settings {
    char none;
} generate_settings;

static const struct {
    const char *kind, *name; /* name: of a manual page, "" for the program's */
    void (*write)(FILE *out);
    const char *path; /* below share/, where shells and man look; NULL: not installed */
} fixed[] = {
    {"bash", "", wsi_completion_bash, "bash-completion/completions/wsiproc"},
    {"zsh", "", wsi_completion_zsh, "zsh/site-functions/_wsiproc"},
    {"fish", "", wsi_completion_fish, "fish/vendor_completions.d/wsiproc.fish"},
    {"markdown", "", wsi_cli_markdown, NULL},
    {"man", "", wsi_man_program, "man/man1/wsiproc.1"},
    {"man", "chain", wsi_man_chain, "man/man7/wsiproc-chain.7"},
};
enum { FIXED = sizeof fixed / sizeof fixed[0] };

/* One document: a fixed one, or the page of a command. */
typedef struct document {
    const char *kind, *name;
    void (*write)(FILE *out);
    const wsi_command *command;
    char path[128]; /* "": not installed */
} document;

/* 0 beyond the last. */
static int document_at(int i, document *d)
{
    if (i < FIXED) {
        *d = (document){.kind = fixed[i].kind, .name = fixed[i].name, .write = fixed[i].write};
        if (fixed[i].path) snprintf(d->path, sizeof d->path, "%s", fixed[i].path);
        return 1;
    }
    const wsi_command *command = wsi_command_shown(i - FIXED);
    if (!command) return 0;
    *d = (document){.kind = "man", .name = command->name, .command = command};
    snprintf(d->path, sizeof d->path, "man/man1/wsiproc-%s.1", command->name);
    return 1;
}

static void print(const document *d, FILE *out)
{
    if (d->command) {
        wsi_man_command(d->command, out);
    } else {
        d->write(out);
    }
}

static wsi_exit print_one(const char *kind, const char *name)
{
    document d;
    for (int i = 0; document_at(i, &d); i++) {
        if (strcmp(d.kind, kind) != 0 || strcmp(d.name, name) != 0) continue;
        print(&d, stdout);
        return WSI_EXIT_OK;
    }
    wsi_cli_error("generate: there is no '%.100s%s%.100s'; see 'wsiproc generate --help'", kind, *name ? " " : "",
                  name);
    return WSI_EXIT_USAGE;
}

/* ---- Files ---- */

static wsi_status write_text(char *path, const char *text, size_t size, wsi_error *err)
{
    char *slash = strrchr(path, '/');
    *slash = '\0';
    WSI_FORWARD(wsi_file_make_folder(path, err));
    *slash = '/';
    return wsi_file_write(path, text, size, err);
}

static wsi_status write_document(const document *d, const char *folder, wsi_error *err)
{
    char *text = NULL, *path = wsi_asprintf("%s/%s", folder, d->path);
    size_t size = 0;
    wsi_status status = WSI_ERR_NO_MEMORY;
    FILE *out = path ? open_memstream(&text, &size) : NULL;
    if (out) {
        print(d, out);
        if (fclose(out) == 0) status = WSI_OK;
    }
    if (status == WSI_OK) {
        status = write_text(path, text, size, err);
    } else {
        wsi_error_set(err, status, "out of memory");
    }
    free(text);
    wsi_free(path);
    return status;
}

static wsi_exit write_files(const char *folder)
{
    document d;
    wsi_error err = {0};
    for (int i = 0; document_at(i, &d); i++) {
        if (*d.path && write_document(&d, folder, &err) != WSI_OK) return wsi_cli_fail(&err);
    }
    return WSI_EXIT_OK;
}

static wsi_exit command_generate(const void *settings, const wsi_arguments *args)
{
    (void)settings;
    const char *kind = args->operands[0], *name = args->count > 1 ? args->operands[1] : "";
    if (args->count > 2 || (strcmp(kind, "files") == 0 && !*name)) {
        wsi_cli_error("generate: takes a document, or files and a folder; see 'wsiproc generate --help'");
        return WSI_EXIT_USAGE;
    }
    return strcmp(kind, "files") == 0 ? write_files(name) : print_one(kind, name);
}

const wsi_command wsi_command_generate = {
    .name = "generate",
    .summary = "Prints documents made from the program's own tables.",
    .operands = "bash | zsh | fish | markdown | man [COMMAND | chain] | files DIR",
    .doc = "bash, zsh and fish are completions, markdown is docs/cli.md, man a page of the manual. files writes all "
           "that is "
           "installed, as it lies below share/, into a folder.",
    .example = "  . <(wsiproc generate bash)\n"
               "  wsiproc generate files /usr/local/share",
    .settings_size = sizeof(generate_settings),
    .min_operands = 1,
    .hidden = 1,
    .run = command_generate,
};
