/* What the commands of `wsiproc` share: the command table's row, exit statuses, and how an error is printed. */
#ifndef WSI_CLI_H
#define WSI_CLI_H

#include <stddef.h>

#include "common/error-private.h"
#include "options.h"

/* Exit statuses of the program, part of its interface. On SIGINT and SIGTERM it dies of the signal instead. */
typedef enum wsi_exit {
    WSI_EXIT_OK = 0,
    WSI_EXIT_FAILURE = 1,     /* any other failure */
    WSI_EXIT_USAGE = 2,       /* arguments, chain, clashing outputs */
    WSI_EXIT_SOME_FAILED = 3, /* several slides: some failed, the others are done */
    WSI_EXIT_INPUT = 5,       /* input unreadable or corrupt beyond policy */
    WSI_EXIT_OUTPUT = 6,      /* output cannot be written, disk full */
    WSI_EXIT_DEVICE = 7,      /* no usable GPU where one was demanded */
    WSI_EXIT_VERIFY = 8       /* verification failed */
} wsi_exit;

/* The one mapping from library status to exit status. */
wsi_exit wsi_exit_of_status(wsi_status status);

/* What documents say about exit statuses; ends with a NULL meaning. */
typedef struct wsi_exit_row {
    wsi_exit status;
    const char *meaning;
} wsi_exit_row;
extern const wsi_exit_row wsi_exit_rows[];
extern const char wsi_exit_signals[]; /* a sentence on signals */

/* One command: a row of the table in main.c. Settings are a plain struct that the option tables describe. */
typedef struct wsi_command {
    const char *name;
    const char *summary;  /* one line, for the list of commands */
    const char *operands; /* for the usage line, e.g. "INPUT... -o DIR --chain CHAIN" */
    const char *doc;      /* paragraphs, separated by blank lines; may be NULL */
    const char *example;  /* lines; may be NULL */
    const wsi_option_table *tables[WSI_OPTION_TABLES_MAX]; /* NULL-terminated unless full */
    size_t settings_size;
    int min_operands; /* fewer is a usage error */
    int hidden;       /* 1: a tool for the build, in no list */
    wsi_exit (*run)(const void *settings, const wsi_arguments *args);
} wsi_command;

extern const wsi_command wsi_command_run;
extern const wsi_command wsi_command_plan;
extern const wsi_command wsi_command_submit;
extern const wsi_command wsi_command_status;
extern const wsi_command wsi_command_merge;
extern const wsi_command wsi_command_info;
extern const wsi_command wsi_command_ops;
extern const wsi_command wsi_command_devices;
extern const wsi_command wsi_command_verify;
extern const wsi_command wsi_command_doctor;
extern const wsi_command wsi_command_generate;

/* NULL-terminated, in the order of the overview. */
extern const wsi_command *const wsi_commands[];

/* Parses the arguments after the program's name, runs the command, returns the exit status. */
wsi_exit wsi_cli_main(int argc, char **argv);

/* One line on standard error: "wsiproc: " and the text, control characters replaced. */
void wsi_cli_error(const char *fmt, ...) WSI_PRINTF(1, 2);
/* The same for an error record; returns its exit status. */
wsi_exit wsi_cli_fail(const wsi_error *err);

/* Help of one command and the overview, on standard output. */
void wsi_help_command(const wsi_command *command);
void wsi_help_overview(void);

#endif
