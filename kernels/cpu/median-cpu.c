/* The median kernel: a window of source rows as order-preserving keys (px/median-px.h), from which each output row
 * is selected by one of four methods, by size and key width (median.h, median-cpu-tmpl.h). */
#include "isa.h"

#include "kernels/median.h"
#include "kernels/op.h"
#include "kernels/px/median-px.h"

#define KEY uint8_t
#define KEY_BITS 8
#define K(name) name##_8
#include "median-cpu-tmpl.h"
#undef KEY
#undef KEY_BITS
#undef K
#define KEY uint16_t
#define KEY_BITS 16
#define K(name) name##_16
#include "median-cpu-tmpl.h"
#undef KEY
#undef KEY_BITS
#undef K
#define KEY uint32_t
#define KEY_BITS 32
#define K(name) name##_32
#include "median-cpu-tmpl.h"
#undef KEY
#undef KEY_BITS
#undef K
#define KEY uint64_t
#define KEY_BITS 64
#define K(name) name##_64
#include "median-cpu-tmpl.h"

/* A run of samples to keys or back, in place; the two directions of integers are the same. */
static void flip_row(void *row, wsi_dtype type, int64_t n)
{
    if (type == WSI_I8)
        for (int64_t i = 0; i < n; i++) ((uint8_t *)row)[i] ^= 0x80;
    if (type == WSI_I16)
        for (int64_t i = 0; i < n; i++) ((uint16_t *)row)[i] ^= 0x8000;
    if (type == WSI_I32)
        for (int64_t i = 0; i < n; i++) ((uint32_t *)row)[i] ^= 0x80000000u;
}

static void key_row(void *row, wsi_dtype type, int64_t n)
{
    float v;
    double d;
    if (type == WSI_F32) {
        for (int64_t i = 0; i < n; i++) {
            memcpy(&v, (char *)row + i * 4, 4);
            const uint32_t key = wsi_px_key_f32(v);
            memcpy((char *)row + i * 4, &key, 4);
        }
    } else if (type == WSI_F64) {
        for (int64_t i = 0; i < n; i++) {
            memcpy(&d, (char *)row + i * 8, 8);
            const uint64_t key = wsi_px_key_f64(d);
            memcpy((char *)row + i * 8, &key, 8);
        }
    } else {
        flip_row(row, type, n);
    }
}

static void unkey_row(void *row, wsi_dtype type, int64_t n)
{
    uint32_t key;
    uint64_t wide;
    if (type == WSI_F32) {
        for (int64_t i = 0; i < n; i++) {
            memcpy(&key, (char *)row + i * 4, 4);
            const float v = wsi_px_unkey_f32(key);
            memcpy((char *)row + i * 4, &v, 4);
        }
    } else if (type == WSI_F64) {
        for (int64_t i = 0; i < n; i++) {
            memcpy(&wide, (char *)row + i * 8, 8);
            const double v = wsi_px_unkey_f64(wide);
            memcpy((char *)row + i * 8, &v, 8);
        }
    } else {
        flip_row(row, type, n);
    }
}

/* Huang's sliding histogram for one channel of a row of 8-bit keys: while the window moves by a pixel, one sample a
 * row leaves and one enters; the median moves with them. */
typedef struct histogram {
    uint32_t count[256];
    uint32_t below; /* samples less than median */
    int median;
} histogram;

static void slide(histogram *h, const uint8_t *const *rows, const wsi_footprint *f, int64_t x, int channels)
{
    for (int i = 0; i < f->chords; i++) {
        const wsi_chord *c = &f->chord[i];
        const int64_t leaves = x + (f->left - c->left) * channels,
                      enters = leaves + (c->left + c->right + 1) * channels;
        for (int k = c->first; k < c->first + c->count; k++) {
            const uint8_t *row = rows[f->dy[k] + f->top];
            const int out = row[leaves], in = row[enters];
            h->count[out]--;
            h->count[in]++;
            h->below += (uint32_t)((in < h->median) - (out < h->median));
        }
    }
}

static void settle(histogram *h, uint32_t rank)
{
    while (h->below > rank) h->below -= h->count[--h->median];
    while (h->below + h->count[h->median] <= rank) h->below += h->count[h->median++];
}

static void median_row_histogram(uint8_t *out, const uint8_t *const *rows, const wsi_footprint *f, int64_t w,
                                 int channels)
{
    for (int c = 0; c < channels; c++) {
        histogram h = {{0}, 0, 0};
        for (int i = 0; i < f->chords; i++)
            for (int k = f->chord[i].first; k < f->chord[i].first + f->chord[i].count; k++)
                for (int x = f->left - f->chord[i].left; x <= f->left + f->chord[i].right; x++)
                    h.count[rows[f->dy[k] + f->top][x * channels + c]]++;
        for (int64_t x = 0; x < w; x++) {
            if (x > 0) slide(&h, rows, f, (x - 1) * channels + c, channels);
            settle(&h, (uint32_t)(f->size / 2));
            out[x * channels + c] = (uint8_t)h.median;
        }
    }
}

/* Source row y into its slot of the window, extended and as keys. */
static void load_window_row(const wsi_kernel_args *args, char *slot, size_t stride, int64_t y)
{
    const wsi_median_state *m = (const wsi_median_state *)args->state;
    const wsi_footprint *f = &m->footprint;
    const wsi_image *src = &args->src[0];
    const size_t size = wsi_pixfmt_size(src->fmt), sample = wsi_dtype_size(src->fmt.type);
    const int64_t n = args->dst.w + f->left + f->right, from = wsi_edge_map(m->mode, y, src->h);
    unsigned char outside[WSI_CHANNELS_MAX * sizeof(double)];
    for (size_t i = 0; i < size; i += sample) memcpy(outside + i, m->outside, sample);
    if (from < 0)
        for (int64_t i = 0; i < n; i++) memcpy(slot + (size_t)i * size, outside, size);
    else
        wsi_edge_row(slot, wsi_image_row(src, from), size, args->ox[0] - f->left, n, src->w, m->mode, outside);
    key_row(slot, src->fmt.type, n * src->fmt.channels);
    memset(slot + (size_t)n * size, 0, stride - (size_t)n * size); /* slack read by whole blocks */
}

static void select_row(const wsi_kernel_args *args, const void *const *rows, void *out)
{
    const wsi_footprint *f = &((const wsi_median_state *)args->state)->footprint;
    const wsi_image *dst = &args->dst;
    const int channels = dst->fmt.channels;
    const int64_t length = dst->w * channels;
    switch (wsi_dtype_size(dst->fmt.type)) {
    case 1:
        if (f->size > WSI_MEDIAN_COUNTED)
            median_row_histogram((uint8_t *)out, (const uint8_t *const *)rows, f, dst->w, channels);
        else
            median_row_8((uint8_t *)out, (const uint8_t *const *)rows, f, length, channels);
        break;
    case 2:
        median_row_16((uint16_t *)out, (const uint16_t *const *)rows, f, length, channels);
        break;
    case 4:
        median_row_32((uint32_t *)out, (const uint32_t *const *)rows, f, length, channels);
        break;
    default:
        median_row_64((uint64_t *)out, (const uint64_t *const *)rows, f, length, channels);
        break;
    }
    unkey_row(out, dst->fmt.type, length);
}

WSI_CPU_KERNEL(median)
{
    const wsi_footprint *f = &((const wsi_median_state *)args->state)->footprint;
    const wsi_image *dst = &args->dst;
    const int64_t slots = f->top + f->bottom + 1;
    const size_t stride = wsi_median_stride(dst->w, f->left + f->right, dst->fmt);
    char *window = (char *)args->scratch;
    const void **rows = (const void **)(void *)(window + stride * (size_t)slots);
    for (int64_t y = -f->top; y < dst->h + f->bottom; y++) {
        const int64_t top = y - f->bottom; /* the output row that is complete with this source row */
        load_window_row(args, window + (size_t)((y + f->top) % slots) * stride, stride, y + args->oy[0]);
        if (top < 0) continue;
        for (int64_t k = 0; k < slots; k++) rows[k] = window + (size_t)((top + k) % slots) * stride;
        select_row(args, rows, wsi_image_row(dst, top));
    }
}
