/* Reconstruction's rows: running comparisons with the neighbours, for four widths of keys. */
#include "isa.h"

#include <string.h>

#include "kernels/rise-rows.h"

/* Pixels that are looked at together before any of them changes: loads that overlap a store just made are slow. */
enum { RUN = 256 };

#define LEAST(a, b) ((a) < (b) ? (a) : (b))
#define MOST(a, b) ((a) > (b) ? (a) : (b))

#define ROWS(name, key)                                                                                                \
    static void by_row_##name(void *to_, const void *mask_, const void *from_, int64_t w, int corners)                 \
    {                                                                                                                  \
        key *restrict to = (key *)to_;                                                                                 \
        const key *restrict mask = (const key *)mask_, *restrict from = (const key *)from_;                            \
        if (corners)                                                                                                   \
            for (int64_t x = 0; x < w; x++) {                                                                          \
                const key beside = MOST(from[x - 1], from[x + 1]), around = MOST(beside, from[x]);                     \
                const key high = MOST(to[x], around);                                                                  \
                to[x] = LEAST(mask[x], high);                                                                          \
            }                                                                                                          \
        else                                                                                                           \
            for (int64_t x = 0; x < w; x++) {                                                                          \
                const key high = MOST(to[x], from[x]);                                                                 \
                to[x] = LEAST(mask[x], high);                                                                          \
            }                                                                                                          \
    }                                                                                                                  \
    static inline key around_##name(const key *at, ptrdiff_t pitch, int corners)                                       \
    {                                                                                                                  \
        const key across = MOST(at[-1], at[1]), down = MOST(at[-pitch], at[pitch]);                                    \
        const key four = MOST(across, down);                                                                           \
        if (!corners) return four;                                                                                     \
        const key above = MOST(at[-pitch - 1], at[-pitch + 1]), below = MOST(at[pitch - 1], at[pitch + 1]);            \
        const key other = MOST(above, below);                                                                          \
        return MOST(four, other);                                                                                      \
    }                                                                                                                  \
    static inline int unstable_pixels_##name(const key *marker, const key *mask, ptrdiff_t pitch, int64_t w,           \
                                             int corners)                                                              \
    {                                                                                                                  \
        key any = 0;                                                                                                   \
        for (int64_t x = 0; x < w; x++) {                                                                              \
            const key around = around_##name(marker + x, pitch, corners);                                              \
            any |= (key)(LEAST(mask[x], around) > marker[x]);                                                          \
        }                                                                                                              \
        return any != 0;                                                                                               \
    }                                                                                                                  \
    static int unstable_##name(const void *marker, const void *mask, ptrdiff_t pitch, int64_t w, int corners)          \
    {                                                                                                                  \
        const key *m = (const key *)marker, *k = (const key *)mask;                                                    \
        return corners ? unstable_pixels_##name(m, k, pitch, w, 1) : unstable_pixels_##name(m, k, pitch, w, 0);        \
    }                                                                                                                  \
    static inline void slope_pixels_##name(key *restrict to, const key *mask, ptrdiff_t pitch, int64_t w, int corners) \
    {                                                                                                                  \
        for (int64_t x = 0; x < w; x++) to[x] = around_##name(mask + x, pitch, corners) > mask[x] ? mask[x] : to[x];   \
    }                                                                                                                  \
    static void by_slope_##name(void *marker, const void *mask, ptrdiff_t pitch, int64_t w, int corners)               \
    {                                                                                                                  \
        if (corners)                                                                                                   \
            slope_pixels_##name((key *)marker, (const key *)mask, pitch, w, 1);                                        \
        else                                                                                                           \
            slope_pixels_##name((key *)marker, (const key *)mask, pitch, w, 0);                                        \
    }                                                                                                                  \
    static inline void all_pixels_##name(key *to, const key *mask, ptrdiff_t pitch, int64_t w, int corners)            \
    {                                                                                                                  \
        key held[RUN];                                                                                                 \
        for (int64_t x = 0; x < w; x += RUN) {                                                                         \
            const int64_t n = w - x < RUN ? w - x : RUN;                                                               \
            for (int64_t i = 0; i < n; i++) {                                                                          \
                const key around = around_##name(to + x + i, pitch, corners), high = MOST(to[x + i], around);          \
                held[i] = LEAST(mask[x + i], high);                                                                    \
            }                                                                                                          \
            memcpy(to + x, held, (size_t)n * sizeof *held);                                                            \
        }                                                                                                              \
    }                                                                                                                  \
    static void by_all_##name(void *marker, const void *mask, ptrdiff_t pitch, int64_t w, int corners)                 \
    {                                                                                                                  \
        if (corners)                                                                                                   \
            all_pixels_##name((key *)marker, (const key *)mask, pitch, w, 1);                                          \
        else                                                                                                           \
            all_pixels_##name((key *)marker, (const key *)mask, pitch, w, 0);                                          \
    }                                                                                                                  \
    static void lower_##name(void *to_, const void *from_, int64_t w, uint64_t steps)                                  \
    {                                                                                                                  \
        key *restrict to = (key *)to_;                                                                                 \
        const key *restrict from = (const key *)from_;                                                                 \
        const key by = steps > (key) ~(key)0 ? (key) ~(key)0 : (key)steps;                                             \
        for (int64_t x = 0; x < w; x++) to[x] = (key)(MOST(from[x], by) - by);                                         \
    }                                                                                                                  \
    static void below_##name(uint8_t *restrict to, const void *marker_, const void *mask_, int64_t w, uint64_t steps)  \
    {                                                                                                                  \
        const key *restrict marker = (const key *)marker_, *restrict mask = (const key *)mask_;                        \
        const key by = (key)steps;                                                                                     \
        if (steps > (key) ~(key)0)                                                                                     \
            for (int64_t x = 0; x < w; x++) to[x] = 0;                                                                 \
        else                                                                                                           \
            for (int64_t x = 0; x < w; x++) to[x] = (key)(mask[x] - marker[x]) >= by;                                  \
    }                                                                                                                  \
    static void raise_##name(void *to_, const void *mask_, const uint8_t *restrict below, int64_t w)                   \
    {                                                                                                                  \
        key *restrict to = (key *)to_;                                                                                 \
        const key *restrict mask = (const key *)mask_;                                                                 \
        for (int64_t x = 0; x < w; x++) to[x] = (key)(mask[x] - below[x]);                                             \
    }                                                                                                                  \
    static void range_##name(const void *row, int64_t w, uint64_t *least, uint64_t *most)                              \
    {                                                                                                                  \
        const key *v = (const key *)row;                                                                               \
        key low = v[0], high = v[0];                                                                                   \
        for (int64_t x = 0; x < w; x++) {                                                                              \
            low = LEAST(low, v[x]);                                                                                    \
            high = MOST(high, v[x]);                                                                                   \
        }                                                                                                              \
        *least = LEAST(*least, low);                                                                                   \
        *most = MOST(*most, high);                                                                                     \
    }

ROWS(8, uint8_t)
ROWS(16, uint16_t)
ROWS(32, uint32_t)
ROWS(64, uint64_t)

extern const wsi_rise_rows WSI_CPU(rise)[4];
const wsi_rise_rows WSI_CPU(rise)[4] = {
    {by_row_8, unstable_8, by_slope_8, by_all_8, lower_8, below_8, raise_8, range_8},
    {by_row_16, unstable_16, by_slope_16, by_all_16, lower_16, below_16, raise_16, range_16},
    {by_row_32, unstable_32, by_slope_32, by_all_32, lower_32, below_32, raise_32, range_32},
    {by_row_64, unstable_64, by_slope_64, by_all_64, lower_64, below_64, raise_64, range_64}};
