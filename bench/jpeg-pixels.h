/* Pixels of a slide's JPEG tiles, for encoders to be compared on. */
#ifndef BENCH_JPEG_PIXELS_H
#define BENCH_JPEG_PIXELS_H

#include "common/image.h"

/* Fills an RGB image with the slide's tiles, from the first-th on, row by row. path as jpeg_tiles_load wants it. 0:
 * cannot. */
int jpeg_pixels_load(const char *path, int first, const wsi_image *to);

#endif
