/* label2rgb: four pixels at a time; colours are looked up in shared memory. */
#include "numbers.cuh"
#include "pointwise.cuh"

extern "C" {
#include "kernels/label2rgb.h"
}

enum { LABEL_THREADS = 128, LABEL_ROWS = 16 /* a block's */, LABEL_CHANNELS = 3 };

struct label_job {
    view src, under, dst;
    int over; /* there is an image under the labels */
    wsi_px_labels px;

    /* The four pixels of the image as they are painted on. */
    __device__ __forceinline__ void load_base(float *base, int y, int group) const
    {
        const int channels = under.channels;
        double v[LABEL_CHANNELS * LANES] = {};
#pragma unroll
        for (int k = 0; k < LABEL_CHANNELS; k++) {
            if (k >= channels) continue;
            to_f64(v + LANES * k,
                   load4(under.row(y), LANES * (channels * group + k), channels * dst.w, under.size, under.vector),
                   under.type);
        }
#pragma unroll
        for (int i = 0; i < LABEL_CHANNELS * LANES; i++) {
            const double scaled = v[i] * px.scale;
            v[i] = scaled < 0.0 ? 0.0 : scaled;
        }
        EACH_LANE
        {
            wsi_px_colour p = wsi_px_colour_of(v[j], v[j], v[j]);
            if (channels == LABEL_CHANNELS)
                p = wsi_px_saturate(wsi_px_triple_of(v[3 * j], v[3 * j + 1], v[3 * j + 2]), px.saturation);
            base[3 * j] = wsi_px_over_white(p.a, px.image_alpha);
            base[3 * j + 1] = wsi_px_over_white(p.b, px.image_alpha);
            base[3 * j + 2] = wsi_px_over_white(p.c, px.image_alpha);
        }
    }

    /* colours: of the list, then the background's. */
    __device__ __forceinline__ void paint(float *base, const double *label,
                                          const float (*colours)[LABEL_CHANNELS]) const
    {
        EACH_LANE
        {
            const int background = label[j] == px.background;
            if (background && !px.paints_background) continue;
            const int index = background
                                  ? (int)WSI_LABEL_COLOURS_MAX
                                  : wsi_px_label_index(label[j], px.background, px.lowest, px.colours, px.reciprocal);
#pragma unroll
            for (int c = 0; c < LABEL_CHANNELS; c++)
                base[3 * j + c] = wsi_px_label_blend(colours[index][c], base[3 * j + c], px.alpha);
        }
    }
};

static __global__ void __launch_bounds__(LABEL_THREADS) label_kernel(const __grid_constant__ label_job job, int groups)
{
    __shared__ float colours[WSI_LABEL_COLOURS_MAX + 1][LABEL_CHANNELS];
    for (int i = threadIdx.x; i < (WSI_LABEL_COLOURS_MAX + 1) * LABEL_CHANNELS; i += LABEL_THREADS) {
        const int k = i / LABEL_CHANNELS, c = i % LABEL_CHANNELS;
        colours[k][c] = k < WSI_LABEL_COLOURS_MAX ? job.px.colour[k][c] : job.px.background_colour[c];
    }
    __syncthreads();
    const int group = blockIdx.x * LABEL_THREADS + threadIdx.x;
    if (group >= groups) return;
    for (int y = blockIdx.y; y < job.dst.h; y += gridDim.y) {
        float base[LABEL_CHANNELS * LANES] = {};
        double label[LANES] = {};
        to_f64(label, load4(job.src.row(y), LANES * group, job.dst.w, job.src.size, job.src.vector), job.src.type);
        if (job.over) job.load_base(base, y, group);
        job.paint(base, label, colours);
#pragma unroll
        for (int k = 0; k < LABEL_CHANNELS; k++)
            store4(job.dst.row(y), LANES * (LABEL_CHANNELS * group + k), LABEL_CHANNELS * job.dst.w, job.dst.size,
                   job.dst.vector, from_f32(base + LANES * k, job.dst.type));
    }
}

extern "C" wsi_status wsi_cuda_label2rgb(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const int image = ((const wsi_label2rgb_params *)args->call.params)->image.image;
    const view src = source_under(args->call, 0), under = image >= 0 ? source_under(args->call, image) : src;
    const label_job job = {src, under, view_of(args->call.dst), image >= 0,
                           ((const wsi_label2rgb_state *)args->call.state)->px};
    const int groups = (job.dst.w + LANES - 1) / LANES;
    const dim3 grid(blocks_for(groups, LABEL_THREADS), rows_for(blocks_for(job.dst.h, LABEL_ROWS)));
    label_kernel<<<grid, LABEL_THREADS, 0, stream->handle>>>(job, groups);
    return launched(stream, err);
}
