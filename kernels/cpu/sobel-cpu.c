/* The sobel kernel: streams three converted, edge-extended source rows. */
#include "isa.h"

#include "kernels/op.h"
#include "kernels/px/sobel-px.h"
#include "kernels/sobel.h"
#include "rows.h"

/* Source row y as float32 with one more pixel on each side. */
static void load_window_row(const wsi_kernel_args *args, float *to, int64_t y)
{
    const wsi_sobel_state *s = (const wsi_sobel_state *)args->state;
    const wsi_edge mode = (wsi_edge)((const wsi_sobel_params *)args->params)->mode;
    const wsi_image *src = &args->src[0];
    const int channels = src->fmt.channels;
    const int64_t first = args->ox[0] - 1, end = args->ox[0] + args->dst.w + 1, from = wsi_edge_map(mode, y, src->h);
    const int64_t lo = first < 0 ? 0 : first, hi = end > src->w ? src->w : end;
    if (from < 0) {
        for (int64_t i = 0; i < (end - first) * channels; i++) to[i] = s->outside;
        return;
    }
    float *inside = to + (lo - first) * channels;
    WSI_CPU(load_row)
    (inside, (const char *)wsi_image_row(src, from) + (size_t)lo * wsi_pixfmt_size(src->fmt), src->fmt.type, 1,
     (size_t)((hi - lo) * channels));
    const int64_t left = wsi_edge_map(mode, -1, src->w), right = wsi_edge_map(mode, src->w, src->w);
    for (int c = 0; c < channels; c++) {
        if (first < lo) to[c] = left < 0 ? s->outside : inside[(left - lo) * channels + c];
        if (end > hi) inside[(hi - lo) * channels + c] = right < 0 ? s->outside : inside[(right - lo) * channels + c];
    }
}

static void magnitude_row(float *restrict out, const float *restrict r0, const float *restrict r1,
                          const float *restrict r2, float scale, int64_t n, int c)
{
    for (int64_t i = 0; i < n; i++) {
        const float gy = wsi_px_sobel_rows(r0[i], r0[i + c], r0[i + 2 * c], r2[i], r2[i + c], r2[i + 2 * c]);
        const float gx = wsi_px_sobel_columns(r0[i], r0[i + 2 * c], r1[i], r1[i + 2 * c], r2[i], r2[i + 2 * c]);
        out[i] = wsi_px_sobel_magnitude(gy, gx) * scale;
    }
}

static void rows_row(float *restrict out, const float *restrict r0, const float *restrict r2, float scale, int64_t n,
                     int c)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = wsi_px_sobel_rows(r0[i], r0[i + c], r0[i + 2 * c], r2[i], r2[i + c], r2[i + 2 * c]) * scale;
}

static void columns_row(float *restrict out, const float *restrict r0, const float *restrict r1,
                        const float *restrict r2, float scale, int64_t n, int c)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = wsi_px_sobel_columns(r0[i], r0[i + 2 * c], r1[i], r1[i + 2 * c], r2[i], r2[i + 2 * c]) * scale;
}

WSI_CPU_KERNEL(sobel)
{
    const int axis = ((const wsi_sobel_params *)args->params)->axis;
    const float scale = ((const wsi_sobel_state *)args->state)->scale;
    const wsi_image *dst = &args->dst;
    const int channels = dst->fmt.channels;
    const size_t stride = wsi_sobel_stride(dst->w, channels);
    const int64_t n = dst->w * channels;
    float *row[3] = {(float *)args->scratch, (float *)args->scratch + stride, (float *)args->scratch + 2 * stride};
    float *out = (float *)args->scratch + 3 * stride;
    load_window_row(args, row[0], args->oy[0] - 1);
    load_window_row(args, row[1], args->oy[0]);
    for (int64_t y = 0; y < dst->h; y++) {
        load_window_row(args, row[2], args->oy[0] + y + 1);
        if (axis == WSI_SOBEL_ROWS)
            rows_row(out, row[0], row[2], scale, n, channels);
        else if (axis == WSI_SOBEL_COLUMNS)
            columns_row(out, row[0], row[1], row[2], scale, n, channels);
        else
            magnitude_row(out, row[0], row[1], row[2], scale, n, channels);
        WSI_CPU(store_row)(wsi_image_row(dst, y), dst->fmt.type, out, (size_t)n);
        float *spent = row[0];
        row[0] = row[1];
        row[1] = row[2];
        row[2] = spent;
    }
}
