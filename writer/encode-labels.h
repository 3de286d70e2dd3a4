/* Deflate of packed labels, and of other bytes that come in long runs: see deflate-runs.h. The same bytes give the same
 * stream on every machine. */
#ifndef WSI_ENCODE_LABELS_H
#define WSI_ENCODE_LABELS_H

#include <stddef.h>

/* Bytes of working memory, aligned for uint16_t, for so many bytes. */
size_t wsi_labels_scratch(size_t bytes);
/* Encodes `bytes` bytes that repeat the byte `near` before, or `above` before (near <= above <= 32768). *size becomes 0
 * when they do not come in runs, which a general compressor does better, or when the stream might not fit. */
void wsi_labels_encode(const void *in, size_t bytes, size_t near, size_t above, void *scratch, void *out,
                       size_t capacity, size_t *size);

#endif
