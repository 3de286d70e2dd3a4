/* Sums over windows along a row, in an order that depends on the window's width alone: runs of 1, 2, 4, ... values are
 * each a pair of runs half as long, and the window is the runs that its width has bits of, shortest first. */
#ifndef WSI_CPU_WINDOW_SUM_H
#define WSI_CPU_WINDOW_SUM_H

#include <stdint.h>

#include "isa.h"

/* Defines NAME(sum, run, n, width, step): sum[i] = the `width` values run[i], run[i + step], ..., for n of them. `run`
 * holds n + (width - 1) * step values and is spent; sum does not overlap it. */
#define WSI_DEFINE_WINDOW_SUM(name, type)                                                                              \
    static inline void name##_double(type *run, int64_t n, int64_t step)                                               \
    {                                                                                                                  \
        WSI_IVDEP for (int64_t i = 0; i < n; i++) run[i] = run[i] + run[i + step];                                     \
    }                                                                                                                  \
    static inline void name##_add(type *restrict sum, const type *restrict run, int64_t n, int first)                  \
    {                                                                                                                  \
        if (first)                                                                                                     \
            for (int64_t i = 0; i < n; i++) sum[i] = run[i];                                                           \
        else                                                                                                           \
            for (int64_t i = 0; i < n; i++) sum[i] += run[i];                                                          \
    }                                                                                                                  \
    static inline void name(type *sum, type *run, int64_t n, int64_t width, int64_t step)                              \
    {                                                                                                                  \
        int64_t at = 0, length = n + (width - 1) * step;                                                               \
        for (int64_t bit = 1;; bit *= 2) {                                                                             \
            if (width & bit) {                                                                                         \
                name##_add(sum, run + at * step, n, at == 0);                                                          \
                at += bit;                                                                                             \
            }                                                                                                          \
            if (2 * bit > width) return;                                                                               \
            length -= bit * step;                                                                                      \
            name##_double(run, length, bit *step);                                                                     \
        }                                                                                                              \
    }

#endif
