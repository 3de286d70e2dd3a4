/* Smallest and largest samples: eight of each kept side by side, which compilers turn into vectors. */
#include "extremes.h"

#include <math.h>

#include "selected.h"

enum { LANES = 8 };

typedef struct seeker {
    wsi_extremes *e;
    wsi_pixfmt fmt;
    int each_channel;
} seeker;

wsi_extremes wsi_extremes_none(void)
{
    return (wsi_extremes){HUGE_VAL, -HUGE_VAL, 0, 0};
}

void wsi_extremes_merge(wsi_extremes *e, const wsi_extremes *other)
{
    if (other->low < e->low) e->low = other->low;
    if (other->high > e->high) e->high = other->high;
    e->samples += other->samples;
    e->nan += other->nan;
}

/* n samples, `step` apart. A comparison with NaN is false, so that it takes no part. */
#define SEEK(name, ctype, lowest, highest)                                                                             \
    static void seek_##name(wsi_extremes *e, const void *samples, int64_t n, int64_t step)                             \
    {                                                                                                                  \
        const ctype *v = (const ctype *)samples;                                                                       \
        ctype low[LANES], high[LANES];                                                                                 \
        int32_t odd[LANES] = {0}; /* of a row: int64 would cost as much as all the rest */                             \
        int64_t nan = 0, i = 0;                                                                                        \
        for (int k = 0; k < LANES; k++) low[k] = (highest), high[k] = (lowest);                                        \
        if (step == 1)                                                                                                 \
            for (; i + LANES <= n; i += LANES)                                                                         \
                for (int k = 0; k < LANES; k++) {                                                                      \
                    const ctype x = v[i + k];                                                                          \
                    low[k] = x < low[k] ? x : low[k];                                                                  \
                    high[k] = x > high[k] ? x : high[k];                                                               \
                    odd[k] += x != x;                                                                                  \
                }                                                                                                      \
        for (int k = 0; k < LANES; k++) nan += odd[k];                                                                 \
        for (; i < n; i++) {                                                                                           \
            const ctype x = v[i * step];                                                                               \
            low[0] = x < low[0] ? x : low[0];                                                                          \
            high[0] = x > high[0] ? x : high[0];                                                                       \
            nan += x != x;                                                                                             \
        }                                                                                                              \
        for (int k = 0; k < LANES && n > nan; k++) {                                                                   \
            if ((double)low[k] < e->low) e->low = (double)low[k];                                                      \
            if ((double)high[k] > e->high) e->high = (double)high[k];                                                  \
        }                                                                                                              \
        e->samples += n;                                                                                               \
        e->nan += nan;                                                                                                 \
    }

SEEK(u8, uint8_t, 0, UINT8_MAX)
SEEK(i8, int8_t, INT8_MIN, INT8_MAX)
SEEK(u16, uint16_t, 0, UINT16_MAX)
SEEK(i16, int16_t, INT16_MIN, INT16_MAX)
SEEK(u32, uint32_t, 0, UINT32_MAX)
SEEK(i32, int32_t, INT32_MIN, INT32_MAX)
SEEK(f32, float, -HUGE_VALF, HUGE_VALF)
SEEK(f64, double, -HUGE_VAL, HUGE_VAL)

typedef void (*seek_fn)(wsi_extremes *, const void *, int64_t, int64_t);

static const seek_fn seek[WSI_DTYPE_COUNT] = {seek_u8,  seek_u8,  seek_i8,  seek_u16, seek_i16,
                                              seek_u32, seek_i32, seek_f32, seek_f64};

static void take(void *user, const void *samples, int64_t pixels)
{
    const seeker *s = (const seeker *)user;
    const int channels = s->fmt.channels;
    if (!s->each_channel) {
        seek[s->fmt.type](s->e, samples, pixels * channels, 1);
        return;
    }
    for (int c = 0; c < channels; c++)
        seek[s->fmt.type](&s->e[c], (const char *)samples + (size_t)c * wsi_dtype_size(s->fmt.type), pixels, channels);
}

void wsi_extremes_add(wsi_extremes *e, const wsi_image *im, const wsi_image *mask, int each_channel)
{
    seeker s = {e, im->fmt, each_channel};
    wsi_each_selected(im, mask, take, &s);
}

double wsi_extremes_low(const wsi_extremes *e)
{
    return e->nan ? NAN : e->low;
}

double wsi_extremes_high(const wsi_extremes *e)
{
    return e->nan ? NAN : e->high;
}
