/* The table of commands and the way from argv to one of them. */
#include <stdio.h>
#include <string.h>

#include <wsiproc/version.h>

#include "cli.h"
#include "cli-text.h"
#include "common/mem.h"
#include "common/nearest.h"

/* One command a line. */
/* clang-format off */
const wsi_command *const wsi_commands[] = {
    &wsi_command_run,
    &wsi_command_plan,
    &wsi_command_submit,
    &wsi_command_status,
    &wsi_command_merge,
    &wsi_command_info,
    &wsi_command_ops,
    &wsi_command_devices,
    &wsi_command_verify,
    &wsi_command_doctor,
    &wsi_command_generate,
    NULL,
};
/* clang-format on */

static const wsi_command *find(const char *name)
{
    for (int i = 0; wsi_commands[i]; i++) {
        if (strcmp(wsi_commands[i]->name, name) == 0) return wsi_commands[i];
    }
    return NULL;
}

static const char *command_name(const void *context, int i)
{
    (void)context;
    return wsi_commands[i] ? wsi_commands[i]->name : NULL;
}

static wsi_exit unknown_command(const char *name)
{
    const char *nearest = wsi_text_nearest(name, command_name, NULL);
    if (nearest) {
        wsi_cli_error("unknown command '%.100s' (did you mean %s?)", name, nearest);
    } else {
        wsi_cli_error("unknown command '%.100s'; see 'wsiproc help'", name);
    }
    return WSI_EXIT_USAGE;
}

static wsi_exit usage_error(const wsi_command *command, const char *message)
{
    wsi_cli_error("%s: %s; see 'wsiproc %s --help'", command->name, message, command->name);
    return WSI_EXIT_USAGE;
}

static wsi_exit run_with(const wsi_command *command, void *settings, int argc, char **argv)
{
    wsi_arguments args;
    wsi_error err = {0};
    const wsi_status status =
        wsi_options_parse(command->tables, settings, command->settings_size, argc, argv, &args, &err);
    if (status == WSI_ERR_USAGE) return usage_error(command, err.message);
    if (status != WSI_OK) return wsi_cli_fail(&err);
    if (args.help) {
        wsi_help_command(command);
        return WSI_EXIT_OK;
    }
    if (args.count < command->min_operands) return usage_error(command, "an operand is missing");
    return command->run(settings, &args);
}

static wsi_exit run_command(const wsi_command *command, int argc, char **argv)
{
    void *settings = wsi_calloc(1, command->settings_size);
    if (!settings) {
        wsi_cli_error("out of memory");
        return WSI_EXIT_FAILURE;
    }
    const wsi_exit status = run_with(command, settings, argc, argv);
    wsi_free(settings);
    return status;
}

static wsi_exit help(int argc, char **argv)
{
    const wsi_command *command = argc ? find(argv[0]) : NULL;
    if (argc && !command) return unknown_command(argv[0]);
    if (command) {
        wsi_help_command(command);
    } else {
        wsi_help_overview();
    }
    return WSI_EXIT_OK;
}

wsi_exit wsi_cli_main(int argc, char **argv)
{
    if (argc == 0) {
        wsi_cli_error("no command; see 'wsiproc help'");
        return WSI_EXIT_USAGE;
    }
    const char *name = argv[0];
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        printf("wsiproc %s\n", WSI_VERSION_STRING);
        return WSI_EXIT_OK;
    }
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        return help(argc - 1, argv + 1);
    }
    const wsi_command *command = find(name);
    return command ? run_command(command, argc - 1, argv + 1) : unknown_command(name);
}
