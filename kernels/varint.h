/* Whole numbers in base 128, least digits first, the top bit set on all but the last: small ones take one byte. For
 * bytes that a program writes and reads itself; nothing is checked. */
#ifndef WSI_VARINT_H
#define WSI_VARINT_H

#include <stdint.h>

enum { WSI_VARINT_MAX = 10 }; /* bytes */

static inline unsigned char *wsi_varint_put(unsigned char *to, uint64_t v)
{
    for (; v >= 128; v >>= 7) *to++ = (unsigned char)(v | 128);
    *to++ = (unsigned char)v;
    return to;
}

static inline const unsigned char *wsi_varint_get(const unsigned char *from, uint64_t *v)
{
    uint64_t value = *from & 127;
    for (int shift = 7; *from++ & 128; shift += 7) value |= (uint64_t)(*from & 127) << shift;
    *v = value;
    return from;
}

/* Signed: 0, -1, 1, -2, ... */
static inline unsigned char *wsi_varint_put_signed(unsigned char *to, int64_t v)
{
    return wsi_varint_put(to, (uint64_t)v << 1 ^ (uint64_t)(v >> 63));
}

static inline const unsigned char *wsi_varint_get_signed(const unsigned char *from, int64_t *v)
{
    uint64_t code;
    from = wsi_varint_get(from, &code);
    *v = (int64_t)(code >> 1) ^ -(int64_t)(code & 1);
    return from;
}

#endif
