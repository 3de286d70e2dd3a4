/* rolling_ball: the source goes to a plane in scratch with the ball's reach around it. A thread has eight results below
 * one another; for each column of the ball it walks down the source once, and the column's heights slide past in
 * registers, so that a sample is loaded once for all eight. */
#include "sample.cuh"

extern "C" {
#include "kernels/rolling_ball.h"
}

enum { THREADS = 128, ROWS = WSI_ROLLING_BALL_ROWS };

/* Heights of the ball as T, from the state in device memory: WHOLE ones for uint8 and uint16. */
template <class T, bool WHOLE> struct heights {
    const wsi_rolling_ball_state *state;

    __device__ __forceinline__ T drop(int dx, int dy) const
    {
        if constexpr (WHOLE) return (T)state->drop_whole[dx][dy];
        if constexpr (sizeof(T) == 4) return state->drop_f32[dx][dy];
        return (T)state->drop[dx][dy];
    }
};

template <class T> static __device__ __forceinline__ T infinite()
{
    return (T)__int_as_float(0x7f800000);
}

template <class T> static __device__ __forceinline__ T source_sample(const view &src, int y, long long i)
{
    if constexpr (sizeof(T) == 4) {
        const float v = sample_f32<WSI_DTYPE_COUNT>(src.row(y), i, src.type, src.size);
        return v == v ? v : infinite<T>();
    } else {
        const char *at = src.row(y) + i * src.size;
        switch (src.type) {
        case WSI_I8:
            return (T) * (const int8_t *)at;
        case WSI_I16:
            return (T) * (const int16_t *)at;
        case WSI_I32:
            return (T) * (const int32_t *)at;
        default:
            return (T) * (const uint32_t *)at;
        }
    }
}

/* Fills the plane, whose first sample is pixel x0 of source row y0. */
template <class T>
static __global__ void __launch_bounds__(THREADS) extend_kernel(T *plane, view src, int x0, int y0, int n, int rows)
{
    const int i = blockIdx.x * THREADS + threadIdx.x;
    if (i >= n) return;
    const int x = x0 + i / src.channels;
    for (int y = blockIdx.y; y < rows; y += gridDim.y) {
        const bool inside = (unsigned)x < (unsigned)src.w && (unsigned)(y0 + y) < (unsigned)src.h;
        const long long at = (long long)x * src.channels + i % src.channels;
        plane[(long long)y * n + i] = inside ? source_sample<T>(src, y0 + y, at) : infinite<T>();
    }
}

/* Folds one column of the ball, dx off the centre and `reach` up and down, into the results; p: the sample of the first
 * result's column, `reach` rows above it. */
template <class T, bool WHOLE>
static __device__ __forceinline__ void fold_column(T (&best)[ROWS], const T *p, int n, const heights<T, WHOLE> &ball,
                                                   int dx, int reach)
{
    T drop[ROWS];
#pragma unroll
    for (int k = 0; k < ROWS; k++) drop[k] = infinite<T>();
    for (int s = 0; s < 2 * reach + ROWS; s += ROWS) {
#pragma unroll
        for (int u = 0; u < ROWS; u++) {
            const int dy = abs(s + u - reach);
            const T v = p[(long long)(s + u) * n];
            drop[u] = dy <= reach ? ball.drop(dx, dy) : infinite<T>();
#pragma unroll
            for (int k = 0; k < ROWS; k++) {
                const T sum = v + drop[(u - k) & (ROWS - 1)];
                best[k] = sum < best[k] ? sum : best[k];
            }
        }
    }
}

template <class T> static __device__ __forceinline__ void store_result(char *at, int type, T v)
{
    switch (type) {
    case WSI_U8:
        *(uint8_t *)at = (uint8_t)(int)v;
        break;
    case WSI_U16:
        *(uint16_t *)at = (uint16_t)(int)v;
        break;
    case WSI_I8:
        *(int8_t *)at = (int8_t)(int)v;
        break;
    case WSI_I16:
        *(int16_t *)at = (int16_t)(int)v;
        break;
    case WSI_I32:
        *(int32_t *)at = (int32_t)v;
        break;
    case WSI_U32:
        *(uint32_t *)at = (uint32_t)v;
        break;
    default:
        *(float *)at = (float)v;
        break;
    }
}

template <class T, bool WHOLE>
static __global__ void __launch_bounds__(THREADS) ball_kernel(view dst, const T *plane, int n, heights<T, WHOLE> ball)
{
    const int i = blockIdx.x * THREADS + threadIdx.x, r = ball.state->radius, c = dst.channels;
    if (i >= dst.w * c) return;
    for (int y0 = blockIdx.y * ROWS; y0 < dst.h; y0 += gridDim.y * ROWS) {
        T best[ROWS];
#pragma unroll
        for (int k = 0; k < ROWS; k++) best[k] = infinite<T>();
        for (int dx = -r; dx <= r; dx++) {
            const int reach = ball.state->width[abs(dx)]; /* the ball is as high as it is wide */
            fold_column<T, WHOLE>(best, plane + (long long)(y0 + r - reach) * n + i + (r + dx) * c, n, ball, abs(dx),
                                  reach);
        }
#pragma unroll
        for (int k = 0; k < ROWS; k++)
            if (y0 + k < dst.h) store_result(dst.row(y0 + k) + (long long)i * dst.size, dst.type, best[k]);
    }
}

template <class T, bool WHOLE> static wsi_status run(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const view src = view_of(args->call.src[0]), dst = view_of(args->call.dst);
    const int r = ((const wsi_rolling_ball_state *)args->call.state)->radius;
    const int n = (dst.w + 2 * r) * dst.channels, rows = dst.h + 2 * r + 3 * ROWS;
    const heights<T, WHOLE> ball = {(const wsi_rolling_ball_state *)args->device_state};
    T *plane = (T *)args->call.scratch;
    extend_kernel<T><<<dim3(blocks_for(n, THREADS), rows_for(rows)), THREADS, 0, stream->handle>>>(
        plane, src, (int)args->call.ox[0] - r, (int)args->call.oy[0] - r, n, rows);
    WSI_FORWARD(launched(stream, err));
    const dim3 grid(blocks_for((long long)dst.w * dst.channels, THREADS), rows_for(blocks_for(dst.h, ROWS)));
    ball_kernel<T, WHOLE><<<grid, THREADS, 0, stream->handle>>>(dst, plane, n, ball);
    return launched(stream, err);
}

extern "C" wsi_status wsi_cuda_rolling_ball(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_dtype type = args->call.src[0].fmt.type;
    if (wsi_rolling_ball_wide(type)) return run<double, false>(stream, args, err);
    return type == WSI_U8 || type == WSI_U16 ? run<float, true>(stream, args, err)
                                             : run<float, false>(stream, args, err);
}
