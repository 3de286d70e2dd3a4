/* Plain allocation for small, long-lived things (tables, names). Large and per-tile memory comes from pool.h.
 * The only place outside common/ that may call malloc is none: use these. */
#ifndef WSI_MEM_H
#define WSI_MEM_H

#include <stddef.h>

#include <wsiproc/api.h> /* wsi_free */

void *wsi_calloc(size_t n, size_t size);                 /* zeroed; NULL on overflow or refusal */
void *wsi_realloc_array(void *p, size_t n, size_t size); /* NULL on overflow or refusal, p then still valid */
char *wsi_strdup(const char *s);                         /* NULL on refusal; s may not be NULL */
char *wsi_strndup(const char *s, size_t n);
char *wsi_asprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
