/* Rows of the distance transform: bits as bytes, then loops over whole rows. */
#include "isa.h"

#include <math.h>
#include <string.h>

#include "kernels/distance-lines.h"

/* Eight pixels at a time: byte k of the word keeps bit k, and is 0 or not 0; then 0 or 1. */
static void spread(const uint8_t *restrict bits, int64_t w, uint8_t *restrict foreground)
{
    for (int64_t i = 0; i < (w + 7) / 8; i++) {
        const uint64_t kept = bits[i] * UINT64_C(0x0101010101010101) & UINT64_C(0x8040201008040201);
        const uint64_t ones = (kept + UINT64_C(0x7F7F7F7F7F7F7F7F)) >> 7 & UINT64_C(0x0101010101010101);
        for (int k = 0; k < 8; k++) foreground[8 * i + k] = (uint8_t)(ones >> 8 * k);
    }
}

static void step(const uint8_t *bits, int64_t w, uint8_t *restrict foreground, int32_t *restrict rows)
{
    spread(bits, w, foreground);
    for (int64_t x = 0; x < w; x++) rows[x] = foreground[x] ? rows[x] + 1 : 0;
}

static void step_squares(const uint8_t *bits, int64_t w, uint8_t *restrict foreground, int32_t *restrict rows,
                         const int32_t *restrict below, double spacing, double *restrict squares)
{
    step(bits, w, foreground, rows);
    for (int64_t x = 0; x < w; x++) {
        const int32_t n = rows[x] < below[x] ? rows[x] : below[x];
        const double far = n * spacing;
        squares[x] = n >= WSI_DISTANCE_NONE ? HUGE_VAL : far * far;
    }
}

static int64_t note(const uint8_t *restrict foreground, int64_t w, int32_t y, int32_t rows, int32_t *restrict first,
                    int32_t *restrict last, uint8_t *restrict bits)
{
    int64_t count = 0;
    const int32_t after = rows - 1 - y;
    for (int64_t x = 0; x < w; x++) count += foreground[x];
    for (int64_t x = 0; x < w; x++) {
        const int32_t here = foreground[x] ? WSI_DISTANCE_NONE : y;
        first[x] = here < first[x] ? here : first[x];
        last[x] = foreground[x] ? last[x] : after;
    }
    for (int64_t i = 0; i < w / 8; i++) {
        int byte = 0;
        for (int k = 0; k < 8; k++) byte |= foreground[8 * i + k] << k;
        bits[i] = (uint8_t)byte;
    }
    if (w % 8 != 0) bits[w / 8] = 0;
    for (int64_t x = w / 8 * 8; x < w; x++) bits[x / 8] |= (uint8_t)(foreground[x] << (x % 8));
    return count;
}

static double most(const double *v, int64_t n)
{
    double largest = 0;
    for (int64_t i = 0; i < n; i++) largest = v[i] > largest ? v[i] : largest;
    return largest;
}

extern const wsi_distance_lines WSI_CPU(distance);
const wsi_distance_lines WSI_CPU(distance) = {step, step_squares, note, most};
