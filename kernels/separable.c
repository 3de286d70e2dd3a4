/* Taps of separable filters, and the division of a tile into strips. */
#include "separable.h"

#include <math.h>
#include <string.h>

/* Floats of the cache share of a window. */
enum { VECTOR = WSI_VECTOR_FLOATS, L2_FLOATS = 96 * 1024 };

static int kind_of(const wsi_tap_table *t)
{
    const float *w = t->w + WSI_TAPS_REACH;
    int even = t->first == -t->last, odd = even && w[0] == 0.0f;
    for (int k = 1; even && k <= t->last; k++) even = w[-k] == w[k];
    for (int k = 1; odd && k <= t->last; k++) odd = w[-k] == -w[k];
    return even ? WSI_TAPS_EVEN : odd ? WSI_TAPS_ODD : WSI_TAPS_ANY;
}

void wsi_taps_set(wsi_tap_table *t, const double *w, int n, int middle, double scale)
{
    memset(t, 0, sizeof *t);
    for (int i = 0; i < n; i++) {
        const float v = (float)(w[i] * scale);
        const int k = i - middle;
        t->w[WSI_TAPS_REACH + k] = v;
        if (v == 0.0f) continue;
        if (k < t->first) t->first = k;
        if (k > t->last) t->last = k;
    }
    t->kind = kind_of(t);
}

void wsi_taps_gaussian(wsi_tap_table *t, double sigma, int radius, int order, double scale)
{
    double w[2 * WSI_TAPS_REACH + 1] = {0}, sum = 1.0;
    const double factor = sigma > 1e-15 ? 1.0 / (sigma * sigma) : 0.0;
    for (int k = 1; k <= radius; k++) sum += 2.0 * exp(-0.5 * factor * k * k);
    for (int k = -radius; k <= radius; k++) {
        const double at = exp(-0.5 * factor * k * k) / sum, x = factor * k;
        w[k + radius] = order == 0 ? at : order == 1 ? x * at : (x * x - factor) * at;
    }
    wsi_taps_set(t, w, 2 * radius + 1, radius, scale);
    /* What rounding the others has added or taken goes to tap 0: flat images stay as they are. */
    if (order == 0) t->w[WSI_TAPS_REACH] = (float)(t->w[WSI_TAPS_REACH] + (scale - wsi_taps_sum(t)));
}

double wsi_taps_sum(const wsi_tap_table *t)
{
    double sum = 0.0;
    for (int k = t->first; k <= t->last; k++) sum += (double)t->w[WSI_TAPS_REACH + k];
    return sum;
}

int64_t wsi_whole_vectors(int64_t floats)
{
    return (floats + VECTOR - 1) / VECTOR * VECTOR;
}

/* Halo columns are filtered twice, so they are kept to a quarter. */
int64_t wsi_strip_widest(int64_t rows, int rx, int channels, int64_t w)
{
    int64_t strip = L2_FLOATS / (rows * channels) - 2 * rx;
    if (strip < 6 * (int64_t)rx) strip = 6 * (int64_t)rx;
    if (strip < 64) strip = 64;
    return strip < w ? strip : w;
}

int64_t wsi_strip_width(int64_t rows, int rx, int channels, int64_t w)
{
    const int64_t strip = wsi_strip_widest(rows, rx, channels, w), strips = (w + strip - 1) / strip;
    return (w + strips - 1) / strips;
}

static wsi_separable_layout layout_of(int64_t strip, int64_t rows, int rx, int verticals, int outs, int channels)
{
    wsi_separable_layout l;
    l.strip = strip;
    l.stride = wsi_whole_vectors((l.strip + 2 * (int64_t)rx) * channels) + 2 * VECTOR;
    l.stride += l.stride / VECTOR % 2 ? 0 : VECTOR; /* an odd number of lines: all cache sets */
    l.out_stride = wsi_whole_vectors(l.strip * channels) + VECTOR;
    l.window = 0;
    l.sums = rows * l.stride;
    l.out = l.sums + (int64_t)verticals * WSI_SEPARABLE_GROUP * l.stride;
    l.pointers = l.out + outs * l.out_stride;
    l.bytes = (size_t)l.pointers * sizeof(float) + (size_t)rows * sizeof(float *);
    return l;
}

/* Bytes are those of the widest strip up to w, which a narrower image may have: never less for a larger w. */
wsi_separable_layout wsi_separable_plan(int ry, int rx, int verticals, int outs, int channels, int64_t w)
{
    const int64_t rows = 2 * (int64_t)ry + WSI_SEPARABLE_GROUP, both = rows + WSI_SEPARABLE_GROUP * (verticals - 1);
    wsi_separable_layout l = layout_of(wsi_strip_width(both, rx, channels, w), rows, rx, verticals, outs, channels);
    l.bytes = layout_of(wsi_strip_widest(both, rx, channels, w), rows, rx, verticals, outs, channels).bytes;
    return l;
}
