/* Sums over windows along a row, in an order that depends on the window's width alone: runs of 1, 2, 4, ... values are
 * each a pair of runs half as long, and the window is the runs that its width has bits of, shortest first. */
#ifndef WSI_CPU_WINDOW_SUM_H
#define WSI_CPU_WINDOW_SUM_H

#include <stddef.h>
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
    /* The longest runs, each the pair of a[i] and b[i], go straight to the sum. */                                    \
    static inline void name##_last(type *restrict sum, const type *restrict before, const type *restrict a,            \
                                   const type *restrict b, int64_t n)                                                  \
    {                                                                                                                  \
        if (before)                                                                                                    \
            for (int64_t i = 0; i < n; i++) sum[i] = before[i] + (a[i] + b[i]);                                        \
        else                                                                                                           \
            for (int64_t i = 0; i < n; i++) sum[i] = a[i] + b[i];                                                      \
    }                                                                                                                  \
    static inline void name##_rest(type *restrict sum, const type *restrict a, const type *restrict b, int64_t n)      \
    {                                                                                                                  \
        for (int64_t i = 0; i < n; i++) sum[i] += a[i] + b[i];                                                         \
    }                                                                                                                  \
    static inline void name(type *sum, type *run, int64_t n, int64_t width, int64_t step)                              \
    {                                                                                                                  \
        int64_t at = 0, length = n + (width - 1) * step;                                                               \
        for (int64_t bit = 1;; bit *= 2) {                                                                             \
            const int last = 4 * bit > width, first = at == 0;                                                         \
            const type *a = run + (at + (width & bit)) * step, *b = a + bit * step;                                    \
            if (last && 2 * bit <= width) {                                                                            \
                if (first)                                                                                             \
                    name##_last(sum, width &bit ? run : NULL, a, b, n);                                                \
                else if (width & bit)                                                                                  \
                    name##_add(sum, run + at * step, n, 0), name##_rest(sum, a, b, n);                                 \
                else                                                                                                   \
                    name##_rest(sum, a, b, n);                                                                         \
                return;                                                                                                \
            }                                                                                                          \
            if (width & bit) {                                                                                         \
                name##_add(sum, run + at * step, n, first);                                                            \
                at += bit;                                                                                             \
            }                                                                                                          \
            if (last) return; /* width 1 */                                                                            \
            length -= bit * step;                                                                                      \
            name##_double(run, length, bit *step);                                                                     \
        }                                                                                                              \
    }

#endif
