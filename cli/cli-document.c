/* docs/cli.md: the reference of the command line in Markdown. */
#include <string.h>

#include "documents.h"
#include "values.h"

/* Text outside of code: what Markdown would take for markup is escaped. */
static void print_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("*_<>|\\`", *text)) fputc('\\', out);
        fputc(*text, out);
    }
}

/* In a cell a '|' ends even code. */
static void print_code(FILE *out, const char *text)
{
    fputc('`', out);
    for (; *text; text++) {
        if (*text == '|') fputc('\\', out);
        fputc(*text, out);
    }
    fputc('`', out);
}

static void print_option(FILE *out, const wsi_option *row)
{
    char text[WSI_OPTION_TEXT_MAX], name[128];
    snprintf(name, sizeof name, "--%s%s%s", row->name, row->argument ? " " : "", row->argument ? row->argument : "");
    fputs("| ", out);
    print_code(out, name);
    if (row->letter) fprintf(out, ", `-%c`", row->letter);
    fputs(" | ", out);
    wsi_option_describe(row, text);
    print_text(out, text);
    fputs(" |\n", out);
}

static void print_command(FILE *out, const wsi_command *command)
{
    fprintf(out, "## wsiproc %s\n\n", command->name);
    print_text(out, command->summary);
    fprintf(out, "\n\n```\nwsiproc %s %s\n```\n\n", command->name, command->operands);
    if (command->doc) {
        print_text(out, command->doc);
        fputs("\n\n", out);
    }
    for (int t = 0; t < WSI_OPTION_TABLES_MAX && command->tables[t]; t++) {
        fprintf(out, "| %s | |\n| --- | --- |\n", command->tables[t]->title);
        for (int i = 0; i < command->tables[t]->count; i++) print_option(out, &command->tables[t]->rows[i]);
        fputc('\n', out);
    }
    if (command->example) fprintf(out, "```\n%s\n```\n\n", command->example);
}

static void print_statuses(FILE *out)
{
    fputs("## Exit status\n\n| status | meaning |\n| --- | --- |\n", out);
    for (int i = 0; wsi_exit_rows[i].meaning; i++) {
        fprintf(out, "| %d | %s |\n", wsi_exit_rows[i].status, wsi_exit_rows[i].meaning);
    }
    fprintf(out, "\n%s Errors are one line on standard error, `wsiproc: ` and the cause.\n", wsi_exit_signals);
}

void wsi_cli_markdown(FILE *out)
{
    const wsi_command *command;
    fputs("# The command line\n\nWritten by `wsiproc generate markdown` from its own tables; do not edit.\n\n"
          "Options are given as `--name VALUE`, `--name=VALUE`, `-x VALUE` or `-xVALUE`; of an option given twice the "
          "last\n"
          "one counts; `--` ends them. The command line goes before an environment variable, and that before a "
          "default. The\n"
          "chain language and its operations: [ops.md](ops.md) and `man wsiproc-chain`.\n\n"
          "`cmake --install` puts manual pages and completions for bash, zsh and fish where they are looked for. "
          "Without an\n"
          "installation: `. <(wsiproc generate bash)`, or `wsiproc generate files DIR` for all of them below a "
          "folder.\n\n",
          out);
    for (int i = 0; (command = wsi_command_shown(i)) != NULL; i++) {
        fprintf(out, "- [wsiproc %s](#wsiproc-%s): ", command->name, command->name);
        print_text(out, command->summary);
        fputc('\n', out);
    }
    fputc('\n', out);
    for (int i = 0; (command = wsi_command_shown(i)) != NULL; i++) print_command(out, command);
    print_statuses(out);
}
