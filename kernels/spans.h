/* Spans: the runs of a row's pixels that are alike. What masks and labels are cut into before anything is known of
 * their components. Compiled once for each instruction set (cpu/spans-cpu.c). */
#ifndef WSI_SPANS_H
#define WSI_SPANS_H

#include <stdint.h>

#include "common/cpu.h"
#include "common/image.h"

/* Pixels start .. end-1 of a row. */
typedef struct wsi_span {
    uint32_t start, end;
} wsi_span;

/* Most spans that a row of n pixels can have: of a mask, and of labels. */
static inline int64_t wsi_spans_max(int64_t n, int labels)
{
    return labels ? n : (n + 1) / 2;
}

typedef struct wsi_spans_kernel {
    /* The spans of n bytes that are not 0 (inverted: that are 0), n < 2^32 - 64. spans: room for one more than
     * wsi_spans_max; returns how many. */
    int64_t (*mask)(const uint8_t *row, int64_t n, int inverted, wsi_span *spans);
    /* The spans of equal labels other than `background`, which may be no value of the type, and their values. Whole
     * numbers of up to 32 bits; a value is the sample sign-extended to 32 bits. */
    int64_t (*labels)(const void *row, wsi_dtype type, int64_t n, int64_t background, wsi_span *spans,
                      uint32_t *values);
    /* to[i] = 1 where sample i is not 0, else 0. */
    void (*truth)(uint8_t *to, const void *row, wsi_dtype type, int64_t n);
    /* to[i]: 0 where sample i is not above low, 1 where it is, 3 where it is also above high; a NaN is never above.
     * Samples are compared as float64. */
    void (*levels)(uint8_t *to, const void *row, wsi_dtype type, int64_t n, double low, double high);
} wsi_spans_kernel;

/* The ones for an instruction set; static. */
const wsi_spans_kernel *wsi_spans_kernel_for(wsi_isa isa);

#endif
