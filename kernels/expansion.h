/* Writing the chain text of operations that stand for several steps (wsi_op.expand). */
#ifndef WSI_EXPANSION_H
#define WSI_EXPANSION_H

#include <stddef.h>

#include "common/param.h"

/* length is that of the whole text, also where it does not fit, as snprintf has it. */
typedef struct wsi_expansion {
    char *text;
    size_t size;
    int length;
} wsi_expansion;

/* Appends, as printf in the C locale. */
void wsi_expansion_add(wsi_expansion *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Appends ",KEY=VALUE" for each of a table's parameters that the NULL-terminated list names. */
void wsi_expansion_params(wsi_expansion *e, const wsi_param *table, int count, const void *params,
                          const char *const *names);

#endif
