/* Deflate (zlib wrapping) of masks: images of the two bytes 0 and 255, from one bit a sample.
 *
 * What a general compressor searches for is known here: a sample repeats the one before it or the one above, so matches
 * have one of two distances, and their ends are found a machine word at a time. Measured on the nuclei mask of an H&E
 * region, tiles of 512, one core: 40 us and 3258 bytes a tile, where libdeflate's fastest level takes 737 us and 4771
 * bytes. Any inflate reads the result. The same bits give the same bytes on every machine.
 *
 * Source of the format: RFC 1950, RFC 1951. */
#ifndef WSI_ENCODE_MASK_H
#define WSI_ENCODE_MASK_H

#include <stddef.h>
#include <stdint.h>

/* Samples of a row must be a multiple of this, and at most deflate's window. */
enum { WSI_MASK_ROW = 64, WSI_MASK_ROW_MAX = 32768 };

/* Bytes of working memory, aligned for uint64_t, for a mask of so many samples. */
size_t wsi_mask_scratch(size_t samples);
/* Encodes rows * row samples given as bits: row after row, the first sample of a word in its lowest bit. step: samples
 * of a pixel, 1 to 64. *size becomes 0 when the stream would not fit into capacity: such a mask is noise, for a general
 * compressor to store. */
void wsi_mask_encode(const uint64_t *bits, void *scratch, size_t step, size_t row, size_t rows, void *out,
                     size_t capacity, size_t *size);

#endif
