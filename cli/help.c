/* Help, written from the command and option tables. Width is fixed, so that the text is the same everywhere. */
#include <stdio.h>
#include <string.h>

#include <wsiproc/version.h>

#include "cli.h"
#include "cli-text.h"
#include "values.h"

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

static void print_option(const wsi_option *row)
{
    char text[WSI_OPTION_TEXT_MAX];
    const int column = print_names(row);
    wsi_option_describe(row, text);
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

static void print_statuses(void)
{
    char text[1024] = "Exit status:";
    for (int i = 0; wsi_exit_rows[i].meaning; i++) {
        const size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s %d %s", i ? ";" : "", wsi_exit_rows[i].status,
                 wsi_exit_rows[i].meaning);
    }
    const size_t used = strlen(text);
    snprintf(text + used, sizeof text - used, ". %s", wsi_exit_signals);
    wsi_text_wrap(stdout, text, 0, 0, WIDTH);
}

void wsi_help_overview(void)
{
    const wsi_command *command;
    printf("wsiproc %s: streaming processing of whole-slide images\n\n", WSI_VERSION_STRING);
    printf("Usage: wsiproc COMMAND [options]\n\nCommands:\n");
    for (int i = 0; (command = wsi_command_shown(i)) != NULL; i++) {
        printf("  %-8s %s\n", command->name, command->summary);
    }
    printf("  %-8s %s\n\n", "help", "Shows the help of a command: wsiproc help run.");
    printf("wsiproc --version prints the version.\n\n");
    print_statuses();
}
