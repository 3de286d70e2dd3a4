/* Option tables: one row a parameter, from which parsing, validation, help, JSON, documentation, provenance
 * text and random test values all come. Used by the operation registry; a table describes a plain C struct. */
#ifndef WSI_PARAM_H
#define WSI_PARAM_H

#include <stddef.h>
#include <stdint.h>

#include "error-private.h"

typedef enum wsi_param_type {
    WSI_PARAM_INT = 0, /* int64_t */
    WSI_PARAM_FLOAT,   /* double */
    WSI_PARAM_BOOL,    /* int, 0 or 1; written true or false */
    WSI_PARAM_ENUM,    /* int, index into names */
    WSI_PARAM_FLOATS,  /* wsi_floats; written [a,b] or, for one value, a; [] where the default is none; with names also
                          one of these words, which stands for no number (n = 0), v[0] being its index */
    WSI_PARAM_IMAGE,   /* wsi_operand that must be an image: @NAME */
    WSI_PARAM_OPERAND  /* wsi_operand: a number or @NAME */
} wsi_param_type;

enum { WSI_FLOATS_MAX = 256 };

typedef struct wsi_floats {
    int n;
    double v[WSI_FLOATS_MAX];
} wsi_floats;

/* A second operand. image is the index among the step's inputs (0 = the step's own input, 1 = first extra
 * input, ...) set by the chain builder, or -1 when the operand is the number `value`. */
typedef struct wsi_operand {
    int image;
    double value;
} wsi_operand;

enum {
    WSI_PARAM_REQUIRED = 1 << 0, /* no default: must be given */
    WSI_PARAM_MIN_OPEN = 1 << 1, /* min itself is not allowed */
    WSI_PARAM_MAX_OPEN = 1 << 2,
    WSI_PARAM_WHOLE = 1 << 3 /* FLOATS: of whole numbers */
};

typedef struct wsi_param {
    const char *name;
    const char *unit; /* "px", "grey level", "" */
    const char *help; /* one sentence */
    size_t offset;    /* of the field in the parameter struct */
    wsi_param_type type;
    const char *def;          /* default in the chain language's own notation; "" = none (FLOATS: n = 0) */
    double min, max;          /* for INT, FLOAT, each of FLOATS, and OPERAND's number; min > max: no limit */
    const char *const *names; /* ENUM, FLOATS: NULL-terminated */
    int min_count, max_count; /* FLOATS */
    unsigned flags;
} wsi_param;

/* Writes all defaults into params (REQUIRED ones are left zero). WSI_ERR_INTERNAL if the table is wrong. */
wsi_status wsi_param_defaults(const wsi_param *table, int n, void *params, wsi_error *err);
/* Row of that name, or -1. */
int wsi_param_find(const wsi_param *table, int n, const char *name);
/* Parses one value. Error text names parameter, value, unit and the allowed range. OPERAND and IMAGE values that
 * start with '@' are not resolved here: the caller handles them. */
wsi_status wsi_param_parse(const wsi_param *row, const char *text, void *params, wsi_error *err);
/* Canonical text of the value (shortest that reads back the same). Returns characters needed, as snprintf. */
int wsi_param_format(const wsi_param *row, const void *params, char *buf, size_t size);
/* Text of the allowed range or values, e.g. "number > 0", "one of reflect, nearest". As snprintf. */
int wsi_param_range(const wsi_param *row, char *buf, size_t size);
/* Name of the type for documents: "int", "float", "bool", "enum", "floats", "image", "operand". */
const char *wsi_param_type_name(wsi_param_type type);

#endif
