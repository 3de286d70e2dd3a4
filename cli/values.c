/* The table of placeholders, and the walks over commands and options that all documents share. */
#include "values.h"

#include <stdio.h>
#include <string.h>

#include "kernels/op.h"
#include "writer/table-sink.h"

static const char *operation_name(int i)
{
    int count;
    const wsi_op *const *ops = wsi_ops(&count);
    return i < count ? ops[i]->name : NULL;
}

static const char *table_format_name(int i)
{
    int count;
    const wsi_table_format *const *formats = wsi_table_formats(&count);
    return i < count ? formats[i]->name : NULL;
}

static const char *device_name(int i)
{
    static const char *const names[] = {"auto", "cpu", "cuda", NULL};
    return names[i];
}

static const struct {
    const char *name;
    wsi_value value;
} placeholders[] = {
    {"FILE", {WSI_VALUE_FILE, NULL}},
    {"SLIDE", {WSI_VALUE_FILE, NULL}},
    {"INPUT", {WSI_VALUE_FILE, NULL}},
    {"OUTPUT", {WSI_VALUE_FILE, NULL}},
    {"DIR", {WSI_VALUE_FOLDER, NULL}},
    {"CHAIN", {WSI_VALUE_CHAIN, NULL}},
    {"NAME", {WSI_VALUE_WORD, operation_name}},
    {"OPS", {WSI_VALUE_LIST, operation_name}},
    {"LIST", {WSI_VALUE_LIST, table_format_name}},
    {"DEV", {WSI_VALUE_WORD, device_name}},
};

static wsi_value of_placeholder(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof placeholders / sizeof placeholders[0]; i++) {
        const char *known = placeholders[i].name;
        if (strlen(known) == length && strncmp(known, name, length) == 0) return placeholders[i].value;
    }
    return (wsi_value){WSI_VALUE_FREE, NULL};
}

wsi_value wsi_value_of_option(const wsi_option *row)
{
    switch (row->type) {
    case WSI_OPTION_FLAG:
        return (wsi_value){WSI_VALUE_NONE, NULL};
    case WSI_OPTION_CHOICE:
        return (wsi_value){WSI_VALUE_WORD, row->choice};
    case WSI_OPTION_STRING:
        return of_placeholder(row->argument, strlen(row->argument));
    case WSI_OPTION_INT:
    case WSI_OPTION_FLOAT:
    case WSI_OPTION_SIZE:
        break;
    }
    return (wsi_value){WSI_VALUE_FREE, NULL};
}

wsi_value wsi_value_of_operand(const wsi_command *command)
{
    const char *text = command->operands + (command->operands[0] == '[');
    const size_t length = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    return length ? of_placeholder(text, length) : (wsi_value){WSI_VALUE_NONE, NULL};
}

const wsi_option *wsi_command_option(const wsi_command *command, int i)
{
    for (int t = 0; t < WSI_OPTION_TABLES_MAX && command->tables[t]; t++) {
        if (i < command->tables[t]->count) return &command->tables[t]->rows[i];
        i -= command->tables[t]->count;
    }
    return NULL;
}

const wsi_command *wsi_command_shown(int i)
{
    for (int c = 0; wsi_commands[c]; c++) {
        if (!wsi_commands[c]->hidden && i-- == 0) return wsi_commands[c];
    }
    return NULL;
}

/* 1 where a sentence ends here and another begins (not in "e.g. @tissue"). */
static int sentence_ends(const char *at)
{
    return at[0] == '.' && at[1] == ' ' && at[2] >= 'A' && at[2] <= 'Z';
}

int wsi_option_brief(const wsi_option *row, char *buf, size_t size)
{
    size_t n = 0;
    while (row->help[n] && row->help[n] != ';' && !sentence_ends(row->help + n)) n++;
    return snprintf(buf, size, "%.*s", (int)n, row->help);
}

/* Adds " LABEL VALUE." to the text. */
static void append(char *text, size_t size, const char *label, const char *value)
{
    const size_t used = strlen(text);
    snprintf(text + used, size - used, " %s %s.", label, value);
}

void wsi_option_describe(const wsi_option *row, char buf[WSI_OPTION_TEXT_MAX])
{
    char range[WSI_OPTION_TEXT_MAX / 2];
    snprintf(buf, WSI_OPTION_TEXT_MAX, "%s.", row->help);
    if (row->type != WSI_OPTION_FLAG && row->type != WSI_OPTION_STRING) {
        wsi_option_range(row, range, sizeof range);
        append(buf, WSI_OPTION_TEXT_MAX, "Takes", range);
    }
    if (row->def || row->def_text) append(buf, WSI_OPTION_TEXT_MAX, "Default:", row->def ? row->def : row->def_text);
    if (row->env) append(buf, WSI_OPTION_TEXT_MAX, "Environment:", row->env);
}
