/* Scratch files: what a job keeps between its passes. A file has no name once it is open, so that nothing is left of it
 * however the process ends. Bytes are appended by one thread and read by any. */
#ifndef WSI_SCRATCH_H
#define WSI_SCRATCH_H

#include <stddef.h>
#include <stdint.h>

#include "error-private.h"

typedef struct wsi_scratch wsi_scratch;

/* In that folder, which exists; NULL: nowhere, for what is only planned and never writes. Errors: OUTPUT, naming the
 * folder. */
wsi_status wsi_scratch_open(const char *folder, wsi_scratch **out, wsi_error *err);
/* Appends size bytes; *at gets their offset, a multiple of 16. One thread at a time. Errors: OUTPUT, OUTPUT_FULL. */
wsi_status wsi_scratch_append(wsi_scratch *scratch, const void *bytes, size_t size, uint64_t *at, wsi_error *err);
/* Writes over bytes appended before, or beyond the end. Any thread, rectangles of bytes that do not overlap. */
wsi_status wsi_scratch_write(wsi_scratch *scratch, uint64_t at, const void *bytes, size_t size, wsi_error *err);
/* Reads what was written. Any thread. Errors: OUTPUT. */
wsi_status wsi_scratch_read(const wsi_scratch *scratch, uint64_t at, void *bytes, size_t size, wsi_error *err);
/* Bytes appended so far. */
uint64_t wsi_scratch_size(const wsi_scratch *scratch);
void wsi_scratch_close(wsi_scratch **scratch);

#endif
