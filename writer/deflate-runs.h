/* Deflate (zlib wrapping) of bytes in which almost everything repeats what lies one sample, or one row, before it:
 * masks and labels. Whoever knows such bytes finds the repeats much faster than a general compressor; this turns them
 * into a stream that any inflate reads.
 *
 * Source of the format: RFC 1950, RFC 1951. */
#ifndef WSI_DEFLATE_RUNS_H
#define WSI_DEFLATE_RUNS_H

#include <stddef.h>
#include <stdint.h>

/* A byte, 0 to 255; or a match: WSI_RUN_MATCH + its length, with WSI_RUN_ABOVE when it repeats the row above. */
typedef uint16_t wsi_run_symbol;

enum { WSI_RUN_MATCH = 0x4000, WSI_RUN_ABOVE = 0x8000, WSI_RUN_MIN = 3, WSI_RUN_MAX = 258 };

/* How often each occurs among the symbols. */
typedef struct wsi_run_counts {
    uint32_t literals[256], lengths[WSI_RUN_MAX + 1];
    uint32_t near, above; /* matches of the two distances */
} wsi_run_counts;

/* Writes the stream; near, above: the distances in bytes, at most 32768; adler: Adler-32 of what the symbols stand for.
 * Returns its size, or 0 when it might not fit. */
size_t wsi_runs_write(const wsi_run_symbol *symbols, size_t count, const wsi_run_counts *counts, size_t near,
                      size_t above, uint32_t adler, void *out, size_t capacity);

#endif
