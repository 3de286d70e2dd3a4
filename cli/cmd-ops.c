/* `wsiproc ops`: what the registry holds. */
#include <stdio.h>

#include "cli.h"
#include "cli-json.h"
#include "ops-text.h"

typedef struct ops_settings {
    int json, markdown;
} ops_settings;

static const wsi_option rows[] = {
    {.name = "json",
     .type = WSI_OPTION_FLAG,
     .offset = offsetof(ops_settings, json),
     .help = "Prints JSON: an array of all operations, or the object of one"},
    {.name = "markdown",
     .type = WSI_OPTION_FLAG,
     .offset = offsetof(ops_settings, markdown),
     .help = "Prints docs/ops.md"},
};
static const wsi_option_table ops_table = {"Options", rows, sizeof rows / sizeof rows[0]};

static json_t *all_json(void)
{
    int count;
    const wsi_op *const *ops = wsi_ops(&count);
    json_t *list = json_array();
    for (int i = 0; i < count; i++) json_array_append_new(list, wsi_op_json(ops[i]));
    return list;
}

static wsi_exit show_one(const char *name, int json)
{
    const wsi_op *op = wsi_op_find(name);
    if (!op) {
        const char *nearest = wsi_op_suggest(name);
        if (nearest) {
            wsi_cli_error("ops: no operation is named '%.100s' (did you mean %s?)", name, nearest);
        } else {
            wsi_cli_error("ops: no operation is named '%.100s'; see 'wsiproc ops'", name);
        }
        return WSI_EXIT_USAGE;
    }
    if (json) {
        wsi_cli_json_print(wsi_op_json(op));
    } else {
        wsi_ops_help(op, stdout);
    }
    return WSI_EXIT_OK;
}

static wsi_exit show_all(const ops_settings *s)
{
    if (s->json) {
        wsi_cli_json_print(all_json());
    } else if (s->markdown) {
        wsi_ops_markdown(stdout);
    } else {
        wsi_ops_list(stdout);
    }
    return WSI_EXIT_OK;
}

static wsi_exit command_ops(const void *settings, const wsi_arguments *args)
{
    const ops_settings *s = settings;
    if (args->count > 1 || (args->count == 1 && s->markdown) || (s->json && s->markdown)) {
        wsi_cli_error(
            "ops: takes one name, and one of --json and --markdown; --markdown prints all; see 'wsiproc ops --help'");
        return WSI_EXIT_USAGE;
    }
    return args->count ? show_one(args->operands[0], s->json) : show_all(s);
}

const wsi_command wsi_command_ops = {
    .name = "ops",
    .summary = "Lists the operations, or shows one: parameters, units, defaults, ranges, halo, accuracy.",
    .operands = "[NAME] [--json | --markdown]",
    .example = "  wsiproc ops gaussian",
    .tables = {&ops_table},
    .settings_size = sizeof(ops_settings),
    .run = command_ops,
};
