/* Chain text of expansions. */
#include "expansion.h"

#include <stdarg.h>

#include "common/plain-locale.h"

static char *rest(const wsi_expansion *e, size_t *size)
{
    const size_t used = (size_t)e->length < e->size ? (size_t)e->length : e->size;
    *size = e->size - used;
    return *size ? e->text + used : NULL;
}

void wsi_expansion_add(wsi_expansion *e, const char *format, ...)
{
    size_t size;
    char *at = rest(e, &size);
    va_list args;
    va_start(args, format);
    e->length += wsi_plain_vsnprintf(at, size, format, args);
    va_end(args);
}

void wsi_expansion_params(wsi_expansion *e, const wsi_param *table, int count, const void *params,
                          const char *const *names)
{
    for (; *names; names++) {
        const wsi_param *row = &table[wsi_param_find(table, count, *names)];
        size_t size;
        wsi_expansion_add(e, ",%s=", row->name);
        char *at = rest(e, &size);
        e->length += wsi_param_format(row, params, at, size);
    }
}
