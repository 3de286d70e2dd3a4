/* rgb2hed and separate_stains: four pixels at a time are three vectors in and three out. 8-bit images take three
 * look-ups a pixel in a table in shared memory, each the contribution of one channel to all three stains. */
#include "stain.cuh"

#include "kernels/px/stain-px.h"
#include "kernels/stain.h"

enum { STAIN_GROUPS = 1 };
static_assert(sizeof(float4) == sizeof(((wsi_stain_state *)0)->table[0][0]), "a table entry is one vector");

struct separate_body : stain_views {
    typedef stain_input input;
    stain_matrix matrix;
    float scale;

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        float v[STAIN_CHANNELS * LANES], out[STAIN_CHANNELS * LANES];
        to_floats(v, in);
#pragma unroll
        for (int i = 0; i < STAIN_CHANNELS * LANES; i++) v[i] = wsi_px_absorbance(v[i] * scale);
#pragma unroll
        for (int i = 0; i < STAIN_CHANNELS * LANES; i++)
            out[i] = wsi_px_not_below_0(matrix.times(v + i / 3 * 3, i % 3));
        store(out, y, group);
    }
};

/* Stains as float32 and any other type: where not all of the warp's pixels lie in the row, each thread stores its own.
 * The sums are those of three look-ups, in the channels' order. */
struct put_stains {
    __device__ __forceinline__ void put(float4 *staging, const stain_views &views, const float *sum, int y, int group,
                                        bool whole) const
    {
        float v[STAIN_CHANNELS * LANES];
#pragma unroll
        for (int i = 0; i < STAIN_CHANNELS * LANES; i++) v[i] = wsi_px_not_below_0(sum[i]);
        if (whole && views.dst.type == WSI_F32) {
            float4 four[STAIN_CHANNELS];
#pragma unroll
            for (int k = 0; k < STAIN_CHANNELS; k++)
                four[k] = make_float4(v[4 * k], v[4 * k + 1], v[4 * k + 2], v[4 * k + 3]);
            store_warp(staging, views, four, y, group - threadIdx.x % WARP);
        } else if (LANES * group < views.dst.w) {
            views.store(v, y, group);
        }
    }
};

/* Stains as bytes: wsi_px_f32_to_u8 of what is not below 0 clips twice what saturation clips once. */
struct put_stain_bytes {
    __device__ __forceinline__ void put(float4 *staging, const stain_views &views, const float *sum, int y, int group,
                                        bool whole) const
    {
        uint32_t four[STAIN_CHANNELS];
#pragma unroll
        for (int k = 0; k < STAIN_CHANNELS; k++) {
            uint32_t b[LANES];
            EACH_LANE b[j] = wsi_px_rint_bits(__saturatef(sum[LANES * k + j]) * 255.0f);
            four[k] = pack_bytes(b);
        }
        store_bytes(staging, views, four, y, group, whole);
    }
};

static stain_matrix matrix_of(const wsi_stain_state *state)
{
    stain_matrix m;
    memcpy(m.m, state->matrix, sizeof m.m);
    return m;
}

extern "C" wsi_status wsi_cuda_rgb2hed(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const stain_views views = views_of(args);
    const wsi_stain_state *state = (const wsi_stain_state *)args->call.state;
    if (views.src.type != WSI_U8) {
        const separate_body body = {views, matrix_of(state), state->scale};
        return run_pointwise<STAIN_GROUPS>(stream, body, views.dst.w, views.dst.h, err);
    }
    const float *table = (const float *)((const char *)args->device_state + offsetof(wsi_stain_state, table));
    if (views.dst.type == WSI_U8) return run_look_up(stream, views, table, put_stain_bytes{}, err);
    return run_look_up(stream, views, table, put_stains{}, err);
}
