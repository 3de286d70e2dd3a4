/* Fused groups of point-wise steps that look at each sample alone, after a head that may make one value of a pixel's
 * three: whole vectors of memory and sixteen or eight values a thread, so that choosing an instruction of the program
 * (program.cuh) costs little for each value. The heads are code of their own; what they are chosen by are the
 * program's first instructions, which then are not run. */
#include "bytes.cuh"
#include "fuse.cuh"

#include <type_traits>

enum { LINE_THREADS = 128, LINE_ROWS = 4 /* a thread's, at least */, LINE_ALIGNED = 16, WARP_LANES = 32 };

/* The memory of a thread's samples, in words. */
template <int BYTES> struct line_words {
    static_assert(BYTES % 8 == 0, "whole vectors");
    enum { VECTOR = BYTES % 16 ? 8 : 16 };
    uint32_t w[BYTES / 4];

    __device__ __forceinline__ void load_whole(const char *p)
    {
#pragma unroll
        for (int i = 0; i < BYTES / VECTOR; i++) {
            if (VECTOR == 16) {
                const uint4 v = ((const uint4 *)p)[i];
                w[4 * i] = v.x, w[4 * i + 1] = v.y, w[4 * i + 2] = v.z, w[4 * i + 3] = v.w;
            } else {
                const uint2 v = ((const uint2 *)p)[i];
                w[2 * i] = v.x, w[2 * i + 1] = v.y;
            }
        }
    }

    __device__ __forceinline__ void store_whole(char *p) const
    {
#pragma unroll
        for (int i = 0; i < BYTES / VECTOR; i++) {
            if (VECTOR == 16)
                ((uint4 *)p)[i] = make_uint4(w[4 * i], w[4 * i + 1], w[4 * i + 2], w[4 * i + 3]);
            else
                ((uint2 *)p)[i] = make_uint2(w[2 * i], w[2 * i + 1]);
        }
    }

    /* `there` samples T of the row are left. */
    template <class T> __device__ __forceinline__ void load(const char *p, int there)
    {
        const int samples = BYTES / (int)sizeof(T);
        if (there >= samples) {
            load_whole(p);
            return;
        }
#pragma unroll
        for (int i = 0; i < BYTES / 4; i++) w[i] = 0;
#pragma unroll
        for (int i = 0; i < samples; i++)
            if (i < there) w[i * sizeof(T) / 4] |= (uint32_t)((const T *)p)[i] << (8 * (i * sizeof(T) % 4));
    }

    template <class T> __device__ __forceinline__ void store(char *p, int there) const
    {
        const int samples = BYTES / (int)sizeof(T);
        if (there >= samples) {
            store_whole(p);
            return;
        }
#pragma unroll
        for (int i = 0; i < samples; i++)
            if (i < there) ((T *)p)[i] = sample<T>(i);
    }

    template <class T> __device__ __forceinline__ T sample(int i) const
    {
        return (T)(w[i * sizeof(T) / 4] >> (8 * (i * sizeof(T) % 4)));
    }
};

/* Stores values as samples T of which `there` are left in the row. */
template <class T, int N>
static __device__ __forceinline__ void store_samples(const samples_of<N> &p, char *to, int there)
{
    line_words<N *(int)sizeof(T)> out;
    if constexpr (sizeof(T) == 1) {
#pragma unroll
        for (int i = 0; i < N; i += LANES) {
            const uint32_t four[LANES] = {p.v[0][i], p.v[0][i + 1], p.v[0][i + 2], p.v[0][i + 3]};
            out.w[i / LANES] = pack_bytes(four);
        }
    } else if constexpr (sizeof(T) == 2) {
#pragma unroll
        for (int i = 0; i < N / 2; i++) out.w[i] = __byte_perm(p.v[0][2 * i], p.v[0][2 * i + 1], 0x5410);
    } else {
#pragma unroll
        for (int i = 0; i < N; i++) out.w[i] = p.v[0][i];
    }
    out.template store<T>(to, there);
}

/* Heads: WIDTH values out of `words`, CHANNELS samples for each. */

template <class T, int N> struct flat_head {
    typedef T sample;
    enum { WIDTH = N, CHANNELS = 1 };
    typedef line_words<N *(int)sizeof(T)> words;

    static __device__ __forceinline__ void run(samples_of<N> &p, const words &in, const fused_job &, const float *)
    {
#pragma unroll
        for (int i = 0; i < N; i++) p.v[0][i] = in.template sample<T>(i);
    }
};

template <int N> struct bytes_head {
    typedef uint8_t sample;
    enum { WIDTH = N, CHANNELS = 3 };
    typedef line_words<3 * N> words;
};

template <int N> struct gray_head : bytes_head<N> {
    static __device__ __forceinline__ void run(samples_of<N> &p, const line_words<3 * N> &in, const fused_job &job,
                                               const float *)
    {
        const wsi_px_gray weights = job.p.step[1].gray;
#pragma unroll
        for (int i = 0; i < N; i++)
            p.v[0][i] = wsi_px_bits(wsi_px_gray_of(weights, byte_as_float(in.w[3 * i / 4], 3 * i % 4),
                                                   byte_as_float(in.w[(3 * i + 1) / 4], (3 * i + 1) % 4),
                                                   byte_as_float(in.w[(3 * i + 2) / 4], (3 * i + 2) % 4)));
    }
};

/* What `each` makes for a channel that is known as it is compiled. */
template <class Each> static __device__ __forceinline__ void for_channel(int index, const Each &each)
{
    if (index == 0)
        each(std::integral_constant<int, 0>());
    else if (index == 1)
        each(std::integral_constant<int, 1>());
    else
        each(std::integral_constant<int, 2>());
}

template <int N> struct channel_head : bytes_head<N> {
    static __device__ __forceinline__ void run(samples_of<N> &p, const line_words<3 * N> &in, const fused_job &job,
                                               const float *)
    {
        for_channel(job.p.step[0].index, [&](auto c) {
#pragma unroll
            for (int i = 0; i < N; i++) p.v[0][i] = in.template sample<uint8_t>(3 * i + decltype(c)::value);
        });
    }
};

template <int N> struct stain_head : bytes_head<N> {
    static __device__ __forceinline__ void run(samples_of<N> &p, const line_words<3 * N> &in, const fused_job &,
                                               const float *table)
    {
#pragma unroll
        for (int i = 0; i < N; i++) {
            const float u = table[in.template sample<uint8_t>(3 * i)],
                        v = table[PROGRAM_VALUES + in.template sample<uint8_t>(3 * i + 1)],
                        w = table[2 * PROGRAM_VALUES + in.template sample<uint8_t>(3 * i + 2)];
            p.v[0][i] = wsi_px_bits(wsi_px_not_below_0((u + v) + w));
        }
    }
};

/* One channel of Lab, of the others only what it takes. */
template <int N> struct lab_head : bytes_head<N> {
    static __device__ __forceinline__ void run(samples_of<N> &p, const line_words<3 * N> &in, const fused_job &job,
                                               const float *table)
    {
        const double *linear = (const double *)table;
        wsi_px_space space = job.p.space;
        space.tame = 1; /* 8 bits are */
        for_channel(job.p.step[1].index, [&](auto c) {
#pragma unroll
            for (int i = 0; i < N; i++) {
                const wsi_px_colour lab =
                    wsi_px_linear2lab(space, wsi_px_triple_of(linear[in.template sample<uint8_t>(3 * i)],
                                                              linear[in.template sample<uint8_t>(3 * i + 1)],
                                                              linear[in.template sample<uint8_t>(3 * i + 2)]));
                p.v[0][i] = wsi_px_bits(decltype(c)::value == 0 ? lab.a : decltype(c)::value == 1 ? lab.b : lab.c);
            }
        });
    }
};

/* first: instructions that the head stands for; n: values of a row. */
template <class Head, bool HEAVY>
static __global__ void __launch_bounds__(LINE_THREADS)
    lines_kernel(const __grid_constant__ fused_job job, int first, int n)
{
    extern __shared__ float4 shared[];
    load_table((float *)shared, job.p);
    __syncthreads();
    typedef typename Head::sample sample;
    const int i = Head::WIDTH * (blockIdx.x * blockDim.x + threadIdx.x), from = Head::CHANNELS * i;
    const int step = gridDim.y * blockDim.y;
    int y = blockIdx.y * blockDim.y + threadIdx.y;
    if (i >= n || y >= job.dst.h) return;
    typename Head::words next;
    next.template load<sample>(job.src.row(y) + (long long)from * sizeof(sample), Head::CHANNELS * (n - i));
    for (; y < job.dst.h; y += step) {
        samples_of<Head::WIDTH> p;
        Head::run(p, next, job, (const float *)shared);
        if (y + step < job.dst.h)
            next.template load<sample>(job.src.row(y + step) + (long long)from * sizeof(sample),
                                       Head::CHANNELS * (n - i));
        run_program<1, HEAVY>(p, job.p, NULL, first);
        char *to = job.dst.row(y) + (long long)i * job.dst.size;
        if (job.dst.size == 1)
            store_samples<uint8_t>(p, to, n - i);
        else if (job.dst.size == 2)
            store_samples<uint16_t>(p, to, n - i);
        else
            store_samples<uint32_t>(p, to, n - i);
    }
}

enum head { HEAD_NONE, HEAD_FLAT, HEAD_GRAY, HEAD_CHANNEL, HEAD_STAIN, HEAD_LAB };

struct line_plan {
    head what;
    int first; /* instructions that the head stands for */
};

static bool codes_are(const program &p, int a, int b)
{
    return p.count > 1 && p.step[0].code == a && p.step[1].code == b;
}

static line_plan head_of(const program &p, const view &src)
{
    const bool rgb8 = src.type == WSI_U8 && src.channels == 3;
    if (wsi_cuda_program_is_gray(p, src)) return line_plan{HEAD_GRAY, 2};
    if (rgb8 && codes_are(p, CODE_COLOUR_TABLE, CODE_CHANNEL) && p.step[0].colour.conversion == CONVERT_RGB2LAB)
        return line_plan{HEAD_LAB, 2};
    if (rgb8 && p.count > 0 && p.step[0].code == CODE_CHANNEL) return line_plan{HEAD_CHANNEL, 1};
    if (rgb8 && p.count > 0 && p.step[0].code == CODE_SEPARATE_ONE) return line_plan{HEAD_STAIN, 1};
    return line_plan{HEAD_FLAT, 0};
}

static bool looks_at_one(int code)
{
    return code < CODE_FIRST_MIXING || (code >= CODE_FIRST_HEAVY && code != CODE_COLOUR && code != CODE_COLOUR_TABLE);
}

static line_plan plan_of(const fused_job &job)
{
    const line_plan none = {HEAD_NONE, 0}, plan = head_of(job.p, job.src);
    for (int i = plan.first; i < job.p.count; i++)
        if (!looks_at_one(job.p.step[i].code)) return none;
    const uintptr_t lines =
        (uintptr_t)job.src.p | (uintptr_t)job.src.stride | (uintptr_t)job.dst.p | (uintptr_t)job.dst.stride;
    return lines % LINE_ALIGNED == 0 ? plan : none;
}

extern "C" int wsi_cuda_lines_take(const fused_job *job)
{
    return plan_of(*job).what != HEAD_NONE;
}

template <class Head, bool HEAVY>
static wsi_status launch(wsi_stream *stream, const fused_job &job, const line_plan &plan, wsi_error *err)
{
    const int n = job.dst.w * job.dst.channels, threads = (int)blocks_for(n, Head::WIDTH);
    const int whole = (threads + WARP_LANES - 1) / WARP_LANES * WARP_LANES;
    const int across = whole < LINE_THREADS ? (whole == 3 * WARP_LANES ? LINE_THREADS : whole) : LINE_THREADS;
    const dim3 block(across, LINE_THREADS / across);
    const dim3 grid(blocks_for(threads, across), rows_for(blocks_for(job.dst.h, LINE_ROWS * (int)block.y)));
    lines_kernel<Head, HEAVY>
        <<<grid, block, (size_t)job.p.table_floats * sizeof(float), stream->handle>>>(job, plan.first, n);
    return launched(stream, err);
}

template <class Head>
static wsi_status run(wsi_stream *stream, const fused_job &job, const line_plan &plan, wsi_error *err)
{
    return job.p.heavy ? launch<Head, true>(stream, job, plan, err) : launch<Head, false>(stream, job, plan, err);
}

/* Bytes as sixteen values a thread, wider results as eight: either is whole sectors of memory. */
template <template <int> class Head>
static wsi_status run_bytes(wsi_stream *stream, const fused_job &job, const line_plan &plan, wsi_error *err)
{
    return job.dst.size == 1 ? run<Head<16>>(stream, job, plan, err) : run<Head<8>>(stream, job, plan, err);
}

template <int N> using flat_bytes_head = flat_head<uint8_t, N>;

extern "C" wsi_status wsi_cuda_lines_run(wsi_stream *stream, const fused_job *job, wsi_error *err)
{
    const line_plan plan = plan_of(*job);
    switch (plan.what) {
    case HEAD_GRAY:
        return run_bytes<gray_head>(stream, *job, plan, err);
    case HEAD_CHANNEL:
        return run_bytes<channel_head>(stream, *job, plan, err);
    case HEAD_STAIN:
        return run<stain_head<8>>(stream, *job, plan, err);
    case HEAD_LAB:
        return launch<lab_head<8>, true>(stream, *job, plan, err);
    default:
        break;
    }
    if (job->src.size == 1) return run_bytes<flat_bytes_head>(stream, *job, plan, err);
    return job->src.size == 2 ? run<flat_head<uint16_t, 8>>(stream, *job, plan, err)
                              : run<flat_head<uint32_t, 8>>(stream, *job, plan, err);
}
