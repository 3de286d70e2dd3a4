/* Samples as unsigned integers of the same width in the same order ("keys"): so that comparing algorithms are written
 * for four widths instead of nine types, and minima are maxima of flipped keys. The two zeros of floats have one key.
 */
#ifndef WSI_ORDER_H
#define WSI_ORDER_H

#include <stdint.h>

#include "common/image.h"

/* Keys of row y of a one-channel image; flip reverses the order. Returns the column of the first NaN, which has no
 * place in the order, or -1. */
int64_t wsi_order_keys(const wsi_image *im, int64_t y, int flip, void *keys);
/* The samples of n keys. */
void wsi_order_values(wsi_dtype type, const void *keys, int64_t n, int flip, void *samples);

/* Key number i of an array of keys of that size. */
static inline uint64_t wsi_order_at(const void *keys, size_t size, int64_t i)
{
    switch (size) {
    case 1:
        return ((const uint8_t *)keys)[i];
    case 2:
        return ((const uint16_t *)keys)[i];
    case 4:
        return ((const uint32_t *)keys)[i];
    default:
        return ((const uint64_t *)keys)[i];
    }
}

static inline void wsi_order_put(void *keys, size_t size, int64_t i, uint64_t key)
{
    switch (size) {
    case 1:
        ((uint8_t *)keys)[i] = (uint8_t)key;
        break;
    case 2:
        ((uint16_t *)keys)[i] = (uint16_t)key;
        break;
    case 4:
        ((uint32_t *)keys)[i] = (uint32_t)key;
        break;
    default:
        ((uint64_t *)keys)[i] = key;
    }
}

#endif
