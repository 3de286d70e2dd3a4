/* Halving an image for the next pyramid level. */
#ifndef WSI_DOWNSAMPLE_H
#define WSI_DOWNSAMPLE_H

#include "common/image.h"

/* dst (ceil(w/2) x ceil(h/2), same format) from src. Means are taken over the 1, 2 or 4 pixels that exist; integers
 * round halves up; float sums run left to right, top to bottom, in the image's own precision. nearest: the first
 * pixel. src must start at even coordinates of its level. */
void wsi_downsample(const wsi_image *dst, const wsi_image *src, int nearest);
/* The first pixels of a mask given as bits, the first of a byte lowest, rows of row_bytes; dst: BOOL of one channel. */
void wsi_downsample_bits(const wsi_image *dst, const uint8_t *bits, size_t row_bytes);

#endif
