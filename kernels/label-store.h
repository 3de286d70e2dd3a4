/* Records by label, on disk: added in any order, read in ascending order of their labels, those of one label in the
 * order in which they were added. Records are collected in memory and go to the scratch file, sorted, whenever that is
 * full; reading merges these runs. Memory does not grow with the number of records. */
#ifndef WSI_LABEL_STORE_H
#define WSI_LABEL_STORE_H

#include "common/scratch.h"

typedef struct wsi_label_store wsi_label_store;
typedef struct wsi_label_cursor wsi_label_cursor;

/* folder: of the scratch file; memory: bytes that it may take, about. Errors: OUTPUT, NO_MEMORY. */
wsi_status wsi_label_store_open(const char *folder, uint64_t memory, wsi_label_store **out, wsi_error *err);
/* Adds a record; the bytes are copied. One thread. Errors: OUTPUT, OUTPUT_FULL, NO_MEMORY. */
wsi_status wsi_label_store_add(wsi_label_store *store, uint32_t label, const void *bytes, uint32_t size,
                               wsi_error *err);
/* After the last record. */
wsi_status wsi_label_store_finish(wsi_label_store *store, wsi_error *err);
void wsi_label_store_close(wsi_label_store **store);

/* Reads a finished store from its first record; several may do so at once. */
wsi_status wsi_label_cursor_open(const wsi_label_store *store, wsi_label_cursor **out, wsi_error *err);
/* The next record, borrowed until the next call; *bytes is NULL after the last one. Errors: OUTPUT, NO_MEMORY. */
wsi_status wsi_label_cursor_next(wsi_label_cursor *cursor, uint32_t *label, const void **bytes, uint32_t *size,
                                 wsi_error *err);
void wsi_label_cursor_close(wsi_label_cursor **cursor);

#endif
