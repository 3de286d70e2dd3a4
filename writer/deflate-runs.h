/* Deflate (zlib wrapping) of bytes in which almost everything repeats what lies one sample, or one row, before it:
 * masks and labels. Whoever knows such bytes finds the repeats much faster than a general compressor; this turns them
 * into a stream that any inflate reads.
 *
 * Source of the format: RFC 1950, RFC 1951. */
#ifndef WSI_DEFLATE_RUNS_H
#define WSI_DEFLATE_RUNS_H

#include <stddef.h>
#include <stdint.h>

/* A byte, 0 to 255; or a match: WSI_RUN_MATCH + its length, and WSI_RUN_ABOVE more when it repeats the row above. */
typedef uint16_t wsi_run_symbol;

enum {
    WSI_RUN_MIN = 3,
    WSI_RUN_MAX = 258,
    WSI_RUN_MATCH = 256,
    WSI_RUN_ABOVE = WSI_RUN_MAX + 1,
    WSI_RUN_SYMBOLS = WSI_RUN_MATCH + 2 * WSI_RUN_ABOVE
};

/* Writes the stream; counts: of each of the WSI_RUN_SYMBOLS how often it occurs; near, above: the distances in bytes,
 * at most 32768; adler: Adler-32 of what the symbols stand for. Returns its size, or 0 when it might not fit. */
size_t wsi_runs_write(const wsi_run_symbol *symbols, size_t count, const uint32_t *counts, size_t near, size_t above,
                      uint32_t adler, void *out, size_t capacity);

#endif
