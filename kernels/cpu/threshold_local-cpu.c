/* threshold_local: the filter's own kernel, then the offset. */
#include "kernels/threshold_local.h"

#include "local-cpu.h"
#include "rows.h"

void WSI_CPU(gaussian)(const wsi_kernel_args *);
void WSI_CPU(median)(const wsi_kernel_args *);

static void subtract_row(float *row, float offset, int64_t n)
{
    for (int64_t i = 0; i < n; i++) row[i] = row[i] - offset;
}

static void by_gaussian(const wsi_kernel_args *args, const wsi_threshold_local_state *s)
{
    const wsi_image *dst = &args->dst;
    wsi_kernel_args filter = *args;
    filter.params = &s->gaussian_params;
    filter.state = &s->gaussian;
    WSI_CPU(gaussian)(&filter);
    for (int64_t y = 0; y < dst->h; y++)
        subtract_row((float *)wsi_image_row(dst, y), s->offset, dst->w * dst->fmt.channels);
}

static void by_median(const wsi_kernel_args *args, const wsi_threshold_local_state *s)
{
    const wsi_image *dst = &args->dst;
    const wsi_pixfmt fmt = args->src[0].fmt;
    wsi_kernel_args filter = *args;
    filter.params = &s->median_params;
    filter.state = &s->median;
    filter.dst = (wsi_image){args->scratch, (ptrdiff_t)wsi_threshold_local_row(dst->w, fmt), dst->w, dst->h, fmt};
    filter.scratch = (char *)args->scratch + wsi_threshold_local_plane(dst->w, dst->h, fmt);
    WSI_CPU(median)(&filter);
    for (int64_t y = 0; y < dst->h; y++) {
        float *row = (float *)wsi_image_row(dst, y);
        const int64_t n = dst->w * fmt.channels;
        WSI_CPU(load_row)(row, wsi_image_row(&filter.dst, y), fmt.type, 0, (size_t)n);
        subtract_row(row, s->offset, n);
    }
}

WSI_CPU_KERNEL(threshold_local)
{
    const wsi_threshold_local_state *s = (const wsi_threshold_local_state *)args->state;
    switch (((const wsi_threshold_local_params *)args->params)->method) {
    case WSI_THRESHOLD_MEAN:
        WSI_CPU(local)(args, &s->mean);
        break;
    case WSI_THRESHOLD_MEDIAN:
        by_median(args, s);
        break;
    default:
        by_gaussian(args, s);
        break;
    }
}
