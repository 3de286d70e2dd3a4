/* rgb2gray: four pixels at a time are three vectors in and one out. */
#include "bytes.cuh"
#include "fuse.cuh"
#include "pointwise.cuh"

#include "kernels/gray.h"

enum { GRAY_GROUPS = 2, GRAY_CHANNELS = 3 };

struct gray_body {
    struct input {
        raw4 r[GRAY_CHANNELS];
    };
    view src, dst;
    wsi_px_gray weights;

    __device__ __forceinline__ void load(input &in, int y, int group) const
    {
#pragma unroll
        for (int k = 0; k < GRAY_CHANNELS; k++)
            in.r[k] =
                load4(src.row(y), LANES * (GRAY_CHANNELS * group + k), GRAY_CHANNELS * dst.w, src.size, src.vector);
    }

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        float v[GRAY_CHANNELS * LANES], gray[LANES];
#pragma unroll
        for (int k = 0; k < GRAY_CHANNELS; k++) to_f32(v + LANES * k, in.r[k], src.type, 1);
        EACH_LANE gray[j] = wsi_px_gray_of(weights, v[3 * j], v[3 * j + 1], v[3 * j + 2]);
        store4(dst.row(y), LANES * group, dst.w, dst.size, dst.vector, from_f32(gray, dst.type));
    }
};

/* Byte `at` of sixteen pixels of 8 bits. */
static __device__ __forceinline__ float byte_of(const uint32_t (&w)[GRAY_CHANNELS * LANES], int at)
{
    return byte_as_float(w[at / 4], at % 4);
}

/* 8-bit images to 8 bits, sixteen pixels a thread: three vectors in and one out. */
static __global__ void __launch_bounds__(POINT_THREADS) gray_bytes_kernel(view src, view dst, wsi_px_gray weights)
{
    const int x = BYTE_LINE * (blockIdx.x * POINT_THREADS + threadIdx.x);
    if (x >= dst.w) return;
    for (int y = blockIdx.y; y < dst.h; y += gridDim.y) {
        const uint8_t *from = (const uint8_t *)src.row(y) + GRAY_CHANNELS * x;
        uint8_t *to = (uint8_t *)dst.row(y) + x;
        if (x + BYTE_LINE > dst.w) {
            for (int k = 0; x + k < dst.w; k++, from += GRAY_CHANNELS)
                to[k] = wsi_px_f32_to_u8(wsi_px_gray_of(weights, from[0], from[1], from[2]));
            continue;
        }
        uint32_t w[GRAY_CHANNELS * LANES], out[LANES] = {};
#pragma unroll
        for (int k = 0; k < GRAY_CHANNELS; k++) {
            const uint4 v = ((const uint4 *)from)[k];
            w[4 * k] = v.x, w[4 * k + 1] = v.y, w[4 * k + 2] = v.z, w[4 * k + 3] = v.w;
        }
#pragma unroll
        for (int k = 0; k < BYTE_LINE; k++) {
            const float gray = wsi_px_gray_of(weights, byte_of(w, 3 * k), byte_of(w, 3 * k + 1), byte_of(w, 3 * k + 2));
            out[k / 4] |= (uint32_t)wsi_px_f32_to_u8(gray) << (8 * (k % 4));
        }
        *(uint4 *)to = make_uint4(out[0], out[1], out[2], out[3]);
    }
}

/* As a group of one step. */
static fused_job gray_job(const gray_body &body)
{
    fused_job job = {body.src, body.dst, {}};
    job.p.count = 2;
    job.p.step[0].code = CODE_INT_TO_NUMBER;
    job.p.step[1].code = CODE_GRAY;
    job.p.step[1].gray = body.weights;
    return job;
}

extern "C" wsi_status wsi_cuda_rgb2gray(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const view dst = view_of(args->call.dst);
    const gray_body body = {source_under(args->call, 0), dst, ((const wsi_gray_state *)args->call.state)->weights};
    if (body.src.type == WSI_U8 && dst.type == WSI_U8 && lines_fit(body.src, dst)) {
        const dim3 grid(blocks_for(dst.w, BYTE_LINE * POINT_THREADS), rows_for(dst.h));
        gray_bytes_kernel<<<grid, POINT_THREADS, 0, stream->handle>>>(body.src, dst, body.weights);
        return launched(stream, err);
    }
    if (body.src.type == WSI_U8 && dst.type == WSI_F32) {
        const fused_job job = gray_job(body);
        if (wsi_cuda_lines_take(&job)) return wsi_cuda_lines_run(stream, &job, err);
    }
    return run_pointwise<GRAY_GROUPS>(stream, body, dst.w, dst.h, err);
}
