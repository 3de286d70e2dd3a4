/* Loops of reductions over runs of floats, compiled once for each instruction set (cpu/learn-cpu.c); all give the same
 * numbers. */
#ifndef WSI_LEARN_H
#define WSI_LEARN_H

#include <stdint.h>

#include "common/cpu.h"

typedef struct wsi_learn_kernel {
    /* bucket[i]: the key of v[i] (value-keys.h) without its lowest `shift` bits. low and high: the smallest and the
     * largest key so far, as signed numbers (the key less 2^31). */
    void (*keys_f32)(const float *v, int64_t n, int shift, uint32_t *bucket, int32_t *low, int32_t *high);
    /* bin[i]: the last of `bins` bins whose edge is not above v[i]. Bin b begins at low + b * step, rounded twice, and
     * (v[i] - low) * scale is it or one beside it. */
    void (*bins_f32)(const float *v, int64_t n, float low, float step, float scale, int64_t bins, int32_t *bin);
    /* The sum of up to 1024 values as *sum * 2^*exponent; 0 when it is not exact in that form. */
    int (*sum_f32)(const float *v, int64_t n, int64_t *sum, int *exponent);
} wsi_learn_kernel;

/* The ones for an instruction set; static. */
const wsi_learn_kernel *wsi_learn_kernel_for(wsi_isa isa);

#endif
