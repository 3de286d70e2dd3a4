/* Command-line option tables: one row an option, from which parsing, validation, environment variables and the
 * text of --help come. A table describes the fields of a plain settings struct.
 *
 * Order of precedence: command line, environment variable, default. Accepted: --name VALUE, --name=VALUE,
 * -x VALUE, -xVALUE; "--" ends the options; of an option given twice the last one counts. */
#ifndef WSI_OPTIONS_H
#define WSI_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "common/error-private.h"

enum { WSI_OPTION_TABLES_MAX = 3, WSI_OPTIONS_MAX = 64 };

typedef enum wsi_option_type {
    WSI_OPTION_FLAG = 0, /* int: 1 when given */
    WSI_OPTION_STRING,   /* const char *: points into argv or the environment; never empty */
    WSI_OPTION_INT,      /* int64_t in min .. max */
    WSI_OPTION_FLOAT,    /* double, min < value <= max */
    WSI_OPTION_SIZE,     /* uint64_t bytes in min .. max; see wsi_text_parse_size */
    WSI_OPTION_CHOICE    /* int: index of the name; -1 when not given and without default */
} wsi_option_type;

typedef struct wsi_option {
    const char *name; /* long name without dashes */
    char letter;      /* short name, or 0 */
    wsi_option_type type;
    const char *argument;         /* "DIR"; NULL for a FLAG */
    size_t offset;                /* of the field in the settings */
    const char *def;              /* default as the user would write it, or NULL: zero (CHOICE: -1) */
    const char *def_text;         /* what help says about a default that is worked out, or NULL */
    double min, max;              /* INT, FLOAT, SIZE */
    const char *(*choice)(int i); /* CHOICE: name of value i, NULL beyond the last */
    const char *env;              /* environment variable, or NULL */
    const char *help;             /* one or two sentences */
} wsi_option;

typedef struct wsi_option_table {
    const char *title; /* heading in help */
    const wsi_option *rows;
    int count;
} wsi_option_table;

/* What remains of the command line. */
typedef struct wsi_arguments {
    int help; /* --help or -h was given; nothing after it was looked at */
    int count;
    char **operands; /* the caller's argv, reordered */
    uint64_t given;  /* bit i: row i (counted through all tables) was on the command line */
} wsi_arguments;

/* Fills settings (zeroed here) from defaults, environment and argv. tables ends with NULL or after
 * WSI_OPTION_TABLES_MAX. Errors: USAGE; the message names option, value, range and, for a misspelling, the
 * nearest name. WSI_ERR_INTERNAL when a default does not parse. */
wsi_status wsi_options_parse(const wsi_option_table *const *tables, void *settings, size_t settings_size, int argc,
                             char **argv, wsi_arguments *out, wsi_error *err);

/* 1 when the option was on the command line. */
int wsi_options_given(const wsi_option_table *const *tables, const wsi_arguments *args, const char *name);

/* The value of a field as the command line would take it ("" for a FLAG), freed with wsi_free; NULL without memory, or
 * for a STRING that was not given. */
char *wsi_option_text(const wsi_option *row, const void *settings);

/* Allowed values in words ("a whole number 1 to 1024", "one of fail, fill"), as snprintf. */
int wsi_option_range(const wsi_option *row, char *buf, size_t size);

#endif
