/* Blocks encoded on the CPU with the very functions that devices run: what a device's kernels are, as plain loops. For
 * tests. */
#ifndef JPEG_ENCODE_CPU_H
#define JPEG_ENCODE_CPU_H

#include "kernels/jpeg-plan.h"

/* Encodes the tiles of a block in host memory: scans (plan->cut.room bytes a tile) and their sizes, 0 for one that does
 * not fit. */
void jpeg_encode_cpu(const wsi_jpeg_plan *plan, const wsi_image *block, uint8_t *scans, uint32_t *sizes);

#endif
