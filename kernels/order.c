/* Keys: integers with the sign bit turned, floats with all bits turned where they are negative. */
#include "order.h"

#define INTEGERS(ukey, sign)                                                                                           \
    {                                                                                                                  \
        const ukey *from = (const ukey *)samples;                                                                      \
        const ukey turn = (ukey)((sign) ^ (flip ? (ukey) ~(ukey)0 : 0));                                               \
        ukey *to = (ukey *)out;                                                                                        \
        for (int64_t x = 0; x < n; x++) to[x] = (ukey)(from[x] ^ turn);                                                \
    }

#define FLOATS(name, ukey, ctype, sign)                                                                                \
    static int64_t keys_##name(const void *samples, int64_t n, int flip, void *out)                                    \
    {                                                                                                                  \
        const ctype *from = (const ctype *)samples;                                                                    \
        const ukey turn = flip ? ~(ukey)0 : 0;                                                                         \
        ukey *to = (ukey *)out;                                                                                        \
        int nan = 0;                                                                                                   \
        for (int64_t x = 0; x < n; x++) {                                                                              \
            union {                                                                                                    \
                ctype f;                                                                                               \
                ukey u;                                                                                                \
            } v = {from[x] + 0}; /* -0 + 0 = 0 */                                                                      \
            nan |= v.f != v.f;                                                                                         \
            to[x] = (v.u & (sign) ? ~v.u : v.u | (sign)) ^ turn;                                                       \
        }                                                                                                              \
        for (int64_t x = 0; nan && x < n; x++)                                                                         \
            if (from[x] != from[x]) return x;                                                                          \
        return -1;                                                                                                     \
    }                                                                                                                  \
    static void values_##name(const void *keys, int64_t n, int flip, void *out)                                        \
    {                                                                                                                  \
        const ukey *from = (const ukey *)keys;                                                                         \
        const ukey turn = flip ? ~(ukey)0 : 0;                                                                         \
        ukey *to = (ukey *)out;                                                                                        \
        for (int64_t x = 0; x < n; x++) {                                                                              \
            const ukey key = from[x] ^ turn;                                                                           \
            to[x] = key & (sign) ? key ^ (sign) : ~key;                                                                \
        }                                                                                                              \
    }

FLOATS(f32, uint32_t, float, UINT32_C(1) << 31)
FLOATS(f64, uint64_t, double, UINT64_C(1) << 63)

/* The same both ways. */
static void turn_integers(wsi_dtype type, const void *samples, int64_t n, int flip, void *out)
{
    switch (type) {
    case WSI_BOOL:
        INTEGERS(uint8_t, flip ? 0xFE : 0) /* 0 and 1 */
        break;
    case WSI_U8:
        INTEGERS(uint8_t, 0)
        break;
    case WSI_I8:
        INTEGERS(uint8_t, 0x80)
        break;
    case WSI_U16:
        INTEGERS(uint16_t, 0)
        break;
    case WSI_I16:
        INTEGERS(uint16_t, 0x8000)
        break;
    case WSI_U32:
        INTEGERS(uint32_t, 0)
        break;
    default:
        INTEGERS(uint32_t, UINT32_C(1) << 31)
    }
}

int64_t wsi_order_keys(const wsi_image *im, int64_t y, int flip, void *keys)
{
    const void *samples = wsi_image_row(im, y);
    if (im->fmt.type == WSI_F32) return keys_f32(samples, im->w, flip, keys);
    if (im->fmt.type == WSI_F64) return keys_f64(samples, im->w, flip, keys);
    turn_integers(im->fmt.type, samples, im->w, flip, keys);
    return -1;
}

void wsi_order_values(wsi_dtype type, const void *keys, int64_t n, int flip, void *samples)
{
    if (type == WSI_F32)
        values_f32(keys, n, flip, samples);
    else if (type == WSI_F64)
        values_f64(keys, n, flip, samples);
    else
        turn_integers(type, keys, n, flip, samples);
}
