/* Samples as truth values, the way into kernels of masks. */
#ifndef WSI_CPU_TRUTH_H
#define WSI_CPU_TRUTH_H

#include <stdint.h>

#include "common/image.h"
#include "isa.h"

/* dst[i] = 1 where sample i is not 0 (a NaN is not), 0 elsewhere; n samples. */
void WSI_CPU(truth_row)(uint8_t *dst, const void *src, wsi_dtype type, int64_t n);

#endif
