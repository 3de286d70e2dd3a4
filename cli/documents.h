/* Documents and completions, all written from the command table, the option tables and the operation registry:
 * nothing here names a command, an option or an operation. Each function writes one whole file. */
#ifndef WSI_CLI_DOCUMENTS_H
#define WSI_CLI_DOCUMENTS_H

#include <stdio.h>

#include "cli.h"

/* wsiproc(1), wsiproc-COMMAND(1), wsiproc-chain(7), in man(7) macros. */
void wsi_man_program(FILE *out);
void wsi_man_command(const wsi_command *command, FILE *out);
void wsi_man_chain(FILE *out);

/* docs/cli.md. */
void wsi_cli_markdown(FILE *out);

/* Completion for the three shells. */
void wsi_completion_bash(FILE *out);
void wsi_completion_zsh(FILE *out);
void wsi_completion_fish(FILE *out);

#endif
