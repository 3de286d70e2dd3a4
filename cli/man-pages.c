/* Manual pages of the program and of its commands. */
#include <string.h>

#include "documents.h"
#include "man-text.h"
#include "values.h"

static void print_option(FILE *out, const wsi_option *row)
{
    char names[96], text[WSI_OPTION_TEXT_MAX];
    if (row->letter) {
        snprintf(names, sizeof names, "-%c, --%s", row->letter, row->name);
    } else {
        snprintf(names, sizeof names, "--%s", row->name);
    }
    wsi_man_tag(out, names, row->argument);
    wsi_option_describe(row, text);
    wsi_man_paragraphs(out, text);
}

static void print_options(FILE *out, const wsi_command *command)
{
    for (int t = 0; t < WSI_OPTION_TABLES_MAX && command->tables[t]; t++) {
        wsi_man_heading(out, command->tables[t]->title);
        for (int i = 0; i < command->tables[t]->count; i++) print_option(out, &command->tables[t]->rows[i]);
    }
    wsi_man_tag(out, "-h, --help", NULL);
    wsi_man_paragraphs(out, "Prints a summary of this page.");
}

static void print_synopsis(FILE *out, const char *command, const char *rest)
{
    wsi_man_heading(out, "Synopsis");
    fputs(".B wsiproc ", out);
    wsi_man_inline(out, command);
    fputc('\n', out);
    wsi_man_paragraphs(out, rest);
}

static void print_statuses(FILE *out)
{
    char status[16];
    wsi_man_heading(out, "Exit status");
    for (int i = 0; wsi_exit_rows[i].meaning; i++) {
        snprintf(status, sizeof status, "%d", wsi_exit_rows[i].status);
        wsi_man_tag(out, status, NULL);
        wsi_man_paragraphs(out, wsi_exit_rows[i].meaning);
    }
    fputs(".PP\n", out);
    wsi_man_paragraphs(out, wsi_exit_signals);
}

/* Only for commands that have such options. */
static void print_environment(FILE *out, const wsi_command *command)
{
    const wsi_option *row;
    int count = 0;
    char text[160];
    for (int i = 0; (row = wsi_command_option(command, i)) != NULL; i++) {
        if (!row->env) continue;
        if (count++ == 0) wsi_man_heading(out, "Environment");
        wsi_man_tag(out, row->env, NULL);
        snprintf(text, sizeof text, "The value of --%s where the command line has none.", row->name);
        wsi_man_paragraphs(out, text);
    }
}

void wsi_man_command(const wsi_command *command, FILE *out)
{
    char page[64];
    snprintf(page, sizeof page, "wsiproc-%s", command->name);
    wsi_man_begin(out, page, 1, command->summary);
    print_synopsis(out, command->name, command->operands);
    if (command->doc) {
        wsi_man_heading(out, "Description");
        wsi_man_paragraphs(out, command->doc);
    }
    print_options(out, command);
    print_environment(out, command);
    print_statuses(out);
    if (command->example) {
        wsi_man_heading(out, "Examples");
        wsi_man_lines(out, command->example);
    }
    wsi_man_see_also(out, page);
}

void wsi_man_program(FILE *out)
{
    const wsi_command *command;
    char name[64];
    wsi_man_begin(out, "wsiproc", 1, "streaming processing of whole-slide images");
    print_synopsis(out, "COMMAND", "[options]");
    wsi_man_heading(out, "Description");
    wsi_man_paragraphs(
        out, "Reads slides tile by tile, runs a chain of image operations on them, on the CPU or on GPUs, and "
             "writes the results as HDF5, pyramidal TIFF or tables of objects. Memory depends on the tiles in "
             "flight, never on the slide, and results do not depend on how a slide was cut.");
    wsi_man_heading(out, "Commands");
    for (int i = 0; (command = wsi_command_shown(i)) != NULL; i++) {
        snprintf(name, sizeof name, "wsiproc %s", command->name);
        wsi_man_tag(out, name, NULL);
        wsi_man_paragraphs(out, command->summary);
    }
    wsi_man_tag(out, "wsiproc help", "COMMAND");
    wsi_man_paragraphs(out, "Shows the help of a command.");
    wsi_man_tag(out, "wsiproc --version", NULL);
    wsi_man_paragraphs(out, "Prints the version.");
    print_statuses(out);
    wsi_man_see_also(out, "wsiproc");
}
