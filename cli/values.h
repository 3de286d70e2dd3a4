/* What the values of options and the operands of commands stand for, so that shells can complete them. Options with
 * choices say it themselves; of texts and operands it is told by the placeholder that help shows for them ("DIR"). */
#ifndef WSI_CLI_VALUES_H
#define WSI_CLI_VALUES_H

#include "cli.h"

typedef enum wsi_value_kind {
    WSI_VALUE_NONE = 0, /* a flag: no value; of an operand: there is none */
    WSI_VALUE_FREE,     /* a number, or a text of the user's own */
    WSI_VALUE_FILE,     /* path of a file, or of a folder where the command takes folders too */
    WSI_VALUE_FOLDER,
    WSI_VALUE_CHAIN, /* the chain language */
    WSI_VALUE_WORD,  /* one of the words */
    WSI_VALUE_LIST   /* some of the words, separated by commas */
} wsi_value_kind;

typedef struct wsi_value {
    wsi_value_kind kind;
    const char *(*word)(int i); /* WORD, LIST: word i, NULL beyond the last */
} wsi_value;

wsi_value wsi_value_of_option(const wsi_option *row);
/* Of the operands of a command: its first operand decides for all. */
wsi_value wsi_value_of_operand(const wsi_command *command);

/* Row i of a command's options, counted through its tables; NULL beyond the last. */
const wsi_option *wsi_command_option(const wsi_command *command, int i);
/* The commands that documents and completions show, in order; NULL beyond the last. */
const wsi_command *wsi_command_shown(int i);
/* Its help up to the first end of a sentence; characters needed, as snprintf. */
int wsi_option_brief(const wsi_option *row, char *buf, size_t size);
enum { WSI_OPTION_TEXT_MAX = 1024 };
/* All that help says about it: its text, range, default and environment variable. */
void wsi_option_describe(const wsi_option *row, char buf[WSI_OPTION_TEXT_MAX]);

#endif
