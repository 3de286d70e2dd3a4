/* From a strided view of pixels to the packed bytes of one whole tile, as the file formats want them.
 *
 * A view smaller than the tile is extended by repeating its last column and row, which costs the codecs least and
 * shows nothing foreign at the edges. BOOL becomes 0 and 255. Samples are little-endian in memory and in the file. */
#ifndef WSI_PACK_H
#define WSI_PACK_H

#include "common/image.h"

/* Row after row. out: tile_w * tile_h pixels. */
void wsi_pack_plain(const wsi_image *view, int64_t tile_w, int64_t tile_h, void *out);
/* TIFF predictor 2: each sample less the same sample of the pixel to its left, modulo its width. Integers only. */
void wsi_pack_predicted(const wsi_image *view, int64_t tile_w, int64_t tile_h, void *out);
/* A BOOL tile as bits, row after row, the first sample of a word in its lowest bit: tile_w * channels must be a
 * multiple of 64. */
void wsi_pack_bits(const wsi_image *view, int64_t tile_w, int64_t tile_h, uint64_t *out);
/* 1 when the view's memory already is the packed tile. */
int wsi_pack_needless(const wsi_image *view, int64_t tile_w, int64_t tile_h);
/* HDF5's shuffle filter: first bytes of all samples, then second bytes ... n samples of `width` bytes. */
void wsi_pack_shuffle(const void *in, size_t n, size_t width, void *out);
void wsi_pack_unshuffle(const void *in, size_t n, size_t width, void *out);

#endif
