/* Tables of the intensity adjustments. They are made with the C library's functions, whose results are NumPy's to the
 * last digit where it matters: integers are cut off. Powers of 2 by pow, as the reference makes them: glibc's pow has
 * the same bits on x86-64 and arm64, its exp2 has not. */
#include "adjust-private.h"

#include <math.h>

static double adjusted(const wsi_px_adjust *a, double v)
{
    const double x = (v < 0 ? 0 : v) / a->scale;
    switch (a->kind) {
    case WSI_ADJUST_GAMMA:
        return pow(x, a->parameter) * a->scale * a->gain;
    case WSI_ADJUST_LOG:
        return log2(1 + x) * a->scale * a->gain;
    case WSI_ADJUST_LOG_INVERSE:
        return (pow(2, x) - 1) * a->scale * a->gain;
    case WSI_ADJUST_SIGMOID:
        return 1 / (1 + exp(a->gain * (a->parameter - x))) * a->scale;
    default:
        return (1 - 1 / (1 + exp(a->gain * (a->parameter - x)))) * a->scale;
    }
}

/* The reference has a table of its own for gamma of uint8, which is rounded. */
static double gamma_u8(const wsi_px_adjust *a, int v)
{
    return nearbyint(255 * a->gain * pow(v * (1.0 / 255), a->parameter));
}

/* The value that a sample's bits stand for. */
static double value_of(int bits, wsi_dtype type)
{
    switch (type) {
    case WSI_BOOL:
        return bits != 0;
    case WSI_I8:
        return (int8_t)bits;
    case WSI_I16:
        return (int16_t)bits;
    default:
        return bits;
    }
}

static uint16_t entry(const wsi_adjust_state *s, int bits, wsi_dtype type)
{
    const int rounded = type == WSI_U8 && s->px.kind == WSI_ADJUST_GAMMA;
    const double v = rounded ? gamma_u8(&s->px, bits) : adjusted(&s->px, value_of(bits, type));
    if (type == WSI_BOOL) return v != 0;
    return (uint16_t)(int32_t)fmin(fmax(v, s->lowest), s->highest);
}

void wsi_adjust_prepare(wsi_adjust_state *state, wsi_px_adjust px, wsi_dtype type)
{
    const size_t size = wsi_dtype_size(type);
    state->px = px;
    wsi_type_range(type, &state->lowest, &state->highest);
    state->px.scale = state->highest == HUGE_VAL ? 1 : state->highest;
    for (int i = 0; size <= 2 && i < (size == 1 ? 256 : WSI_ADJUST_VALUES); i++)
        state->table[i] = entry(state, i, type);
}
