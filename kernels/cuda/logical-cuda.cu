/* The logical operations: of two images, of an image and a number, of one image. */
#include "operand.cuh"
#include "pointwise.cuh"

#include "kernels/arithmetic.h"

enum { LOGICAL_GROUPS = 2, TRUTH_GROUPS = 4 };

enum logical { AND, OR, XOR };

template <logical WHAT> struct logical_body : two_operands {

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        bool a[LANES], b[LANES];
        nonzero(a, in.a, src.type);
        nonzero(b, in.b, other.type);
        EACH_LANE a[j] = WHAT == AND ? a[j] && b[j] : WHAT == OR ? a[j] || b[j] : a[j] != b[j];
        store_bools(a, y, group);
    }
};

/* Whether samples are zero: (v != 0 and `keep`) is not `flip`. Any logical operation with a number is one of these. */
struct truth_body : one_operand {
    bool keep, flip;

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        bool a[LANES];
        nonzero(a, in, src.type);
        EACH_LANE a[j] = (a[j] && keep) != flip;
        store_bools(a, y, group);
    }
};

static __global__ void __launch_bounds__(POINT_THREADS)
    truth_bytes_kernel(view src, view dst, int bytes, uint32_t keep, uint32_t flip)
{
    map_bytes(src, dst, bytes, [=](uint32_t v) { return (__vcmpne4(v, 0) & keep) ^ flip; });
}

/* Two images of bytes, of equally many channels. */
template <logical WHAT>
static __global__ void __launch_bounds__(POINT_THREADS) logical_bytes_kernel(view src, view other, view dst, int bytes)
{
    const view both[] = {src, other};
    map_lines(both, dst, bytes, [=](const uint32_t(&v)[2]) {
        const uint32_t a = __vcmpne4(v[0], 0), b = __vcmpne4(v[1], 0);
        return (WHAT == AND ? a & b : WHAT == OR ? a | b : a ^ b) & 0x01010101u;
    });
}

static wsi_status run_truth(wsi_stream *stream, const wsi_cuda_args *args, bool keep, bool flip, wsi_error *err)
{
    const truth_body body = {one_of(args), keep, flip};
    const view &src = body.src, &dst = body.dst;
    if (src.size > 1 || !lines_fit(src, dst)) return run_pointwise<TRUTH_GROUPS>(stream, body, body.n, dst.h, err);
    truth_bytes_kernel<<<bytes_grid(dst, body.n), POINT_THREADS, 0, stream->handle>>>(
        src, dst, body.n, keep ? 0x01010101u : 0, flip ? 0x01010101u : 0);
    return launched(stream, err);
}

template <logical WHAT> static wsi_status run(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_operand other = ((const wsi_arithmetic_params *)args->call.params)->other;
    const bool truth = other.value != 0;
    if (other.image < 0)
        return run_truth(stream, args, WHAT == XOR || truth == (WHAT == AND), WHAT != AND && truth, err);
    const logical_body<WHAT> body = {two_of(args, other.image)};
    const view &a = body.src, &b = body.other, &dst = body.dst;
    if (a.size == 1 && b.size == 1 && a.channels == b.channels && lines_fit(a, dst) && lines_fit(b, dst)) {
        logical_bytes_kernel<WHAT><<<bytes_grid(dst, body.n), POINT_THREADS, 0, stream->handle>>>(a, b, dst, body.n);
        return launched(stream, err);
    }
    return run_pointwise<LOGICAL_GROUPS>(stream, body, body.n, body.dst.h, err);
}

extern "C" wsi_status wsi_cuda_logical_and(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run<AND>(stream, args, err);
}

extern "C" wsi_status wsi_cuda_logical_or(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run<OR>(stream, args, err);
}

extern "C" wsi_status wsi_cuda_logical_xor(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run<XOR>(stream, args, err);
}

extern "C" wsi_status wsi_cuda_logical_not(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run_truth(stream, args, true, true, err);
}
