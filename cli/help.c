/* Help, written from the command and option tables. Width is fixed, so that the text is the same everywhere. */
#include <stdio.h>
#include <string.h>

#include <wsiproc/version.h>

#include "cli.h"
#include "cli-text.h"

enum { WIDTH = 100, INDENT = 29 };

static int print_names(const wsi_option *row)
{
    int column = row->letter ? printf("  -%c, --%s", row->letter, row->name) : printf("      --%s", row->name);
    if (row->argument) column += printf(" %s", row->argument);
    if (column > INDENT - 2) {
        putchar('\n');
        column = 0;
    }
    return column;
}

/* Adds " LABEL VALUE." to the text. */
static void append(char *text, size_t size, const char *label, const char *value)
{
    const size_t used = strlen(text);
    snprintf(text + used, size - used, " %s %s.", label, value);
}

static void print_option(const wsi_option *row)
{
    char text[1024], range[512];
    const int column = print_names(row);
    snprintf(text, sizeof text, "%s.", row->help);
    if (row->type != WSI_OPTION_FLAG && row->type != WSI_OPTION_STRING) {
        wsi_option_range(row, range, sizeof range);
        append(text, sizeof text, "Takes", range);
    }
    if (row->def || row->def_text) append(text, sizeof text, "Default:", row->def ? row->def : row->def_text);
    if (row->env) append(text, sizeof text, "Environment:", row->env);
    wsi_text_wrap(stdout, text, column, INDENT, WIDTH);
}

void wsi_help_command(const wsi_command *command)
{
    printf("Usage: wsiproc %s %s\n\n", command->name, command->operands);
    wsi_text_wrap(stdout, command->summary, 0, 0, WIDTH);
    if (command->doc) {
        putchar('\n');
        wsi_text_wrap(stdout, command->doc, 0, 0, WIDTH);
    }
    for (int t = 0; t < WSI_OPTION_TABLES_MAX && command->tables[t]; t++) {
        printf("\n%s:\n", command->tables[t]->title);
        for (int i = 0; i < command->tables[t]->count; i++) print_option(&command->tables[t]->rows[i]);
    }
    if (command->example) printf("\nExamples:\n%s\n", command->example);
}

void wsi_help_overview(void)
{
    printf("wsiproc %s: streaming processing of whole-slide images\n\n", WSI_VERSION_STRING);
    printf("Usage: wsiproc COMMAND [options]\n\nCommands:\n");
    for (int i = 0; wsi_commands[i]; i++) printf("  %-8s %s\n", wsi_commands[i]->name, wsi_commands[i]->summary);
    printf("  %-8s %s\n\n", "help", "Shows the help of a command: wsiproc help run.");
    printf("wsiproc --version prints the version.\n\n"
           "Exit status: 0 everything done; 1 any other failure; 2 usage; 3 some slides failed, the others are done;\n"
           "5 input unreadable or corrupt; 6 output cannot be written; 7 no usable GPU where one was demanded;\n"
           "8 verification failed. On SIGINT and SIGTERM unfinished outputs are removed and the signal is raised "
           "again.\n");
}
