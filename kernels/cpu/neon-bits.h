/* Vectors of comparisons as bits, where the processor has no instruction for that (arm64). */
#ifndef WSI_CPU_NEON_BITS_H
#define WSI_CPU_NEON_BITS_H

#if defined(__aarch64__)
#include <arm_neon.h>
#include <stdint.h>

/* Bit i: byte i of the four is 255; the others are 0. Each byte becomes its bit, and neighbours are added three times.
 */
static inline uint64_t wsi_neon_bits(const uint8x16_t v[4])
{
    static const uint8_t places[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    const uint8x16_t place = vld1q_u8(places);
    const uint8x16_t low = vpaddq_u8(vandq_u8(v[0], place), vandq_u8(v[1], place));
    const uint8x16_t high = vpaddq_u8(vandq_u8(v[2], place), vandq_u8(v[3], place));
    const uint8x16_t pairs = vpaddq_u8(low, high);
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(pairs, pairs)), 0);
}

#endif

#endif
