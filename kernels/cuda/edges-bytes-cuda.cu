/* Magnitudes of the derivatives of 8-bit images. A thread has a cell of 16 samples across and marches down it, as
 * morphology does (morphology-bytes.cuh): a step along x is then a shift within its registers. Smoothed values and
 * derivatives are small integers, two in a register, offset so that they are positive. From there on results are those
 * of px/edges-px.h, whose float32 holds all these integers. */
#include "edges.cuh"
#include "bytes.cuh"
#include "morphology-bytes.cuh"

#include "kernels/edges.h"

typedef cells<4, 1> edge_cells;
enum { EDGE_AT_ONCE = 8, PAIRS = edge_cells::CELL / 2 };

struct edge_job {
    byte_job bytes;
    float scale;
};

/* Weights and channels, compiled in. */
template <int SIDE_, int MIDDLE_, int CHANNELS_> struct operator_of {
    enum {
        SIDE = SIDE_,
        MIDDLE = MIDDLE_,
        CHANNELS = CHANNELS_,
        OFFSET = 256 * (2 * SIDE + MIDDLE), /* above the greatest derivative */
        EXACT = SIDE == 1                   /* float32 holds sums of two squares */
    };
};

/* Two integers in a register. */
static __device__ __forceinline__ constexpr uint32_t both(int v)
{
    return (uint32_t)v * 0x00010001u;
}

/* A row of a cell. */
template <class Operator> struct edge_row {
    uint32_t smooth[PAIRS]; /* along x */
    uint32_t rise[PAIRS];   /* along x, and 256 */

    __device__ __forceinline__ void set(int i, uint32_t left, uint32_t at, uint32_t right)
    {
        smooth[i] = (int)Operator::SIDE * (left + right) + (int)Operator::MIDDLE * at;
        rise[i] = right + both(256) - left;
    }

    /* Pair 2 k is of bytes 0 and 2 of word k, pair 2 k + 1 of its bytes 1 and 3. */
    __device__ __forceinline__ void make(const uint32_t (&w)[edge_cells::SEEN])
    {
        uint32_t even[edge_cells::SEEN], odd[edge_cells::SEEN];
#pragma unroll
        for (int k = 0; k < edge_cells::SEEN; k++)
            even[k] = __byte_perm(w[k], 0, 0x4240), odd[k] = __byte_perm(w[k], 0, 0x4341);
#pragma unroll
        for (int k = 0; k < edge_cells::OWN; k++) {
            const int i = edge_cells::SIDE + k;
            if (Operator::CHANNELS == 3) {
                set(2 * k, odd[i - 1], even[i], __byte_perm(odd[i], odd[i + 1], 0x5432));
                set(2 * k + 1, __byte_perm(even[i - 1], even[i], 0x5432), odd[i], even[i + 1]);
            } else {
                set(2 * k, __byte_perm(odd[i - 1], odd[i], 0x5432), even[i], odd[i]);
                set(2 * k + 1, even[i], odd[i], __byte_perm(even[i], even[i + 1], 0x5432));
            }
        }
    }
};

/* sqrtf as it is for normal numbers, correctly rounded, without its look at others. Zero's is that of a number so small
 * that a byte of it is zero. */
static __device__ __forceinline__ float root_of(float square)
{
    const float x = fmaxf(square, 0x1p-20f);
    float y;
    asm("rsqrt.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    const float root = x * y;
    return fmaf(fmaf(-root, root, x), 0.5f * y, root);
}

/* The integer in bytes 2 * at and 2 * at + 1, less the offset: put into the mantissa of 2^23. */
template <class Operator> static __device__ __forceinline__ float derivative(uint32_t pair, int at)
{
    const uint32_t bits = __byte_perm(pair, 0x4b000000u, at ? 0x7632 : 0x7610);
    return wsi_px_float(bits) - (8388608.0f + (float)Operator::OFFSET);
}

/* The result for a pair's integer `at`, as a byte in the low bits. */
template <class Operator>
static __device__ __forceinline__ uint32_t magnitude(uint32_t gy, uint32_t gx, int at, float scale)
{
    const float y = derivative<Operator>(gy, at), x = derivative<Operator>(gx, at);
    const float square = Operator::EXACT ? fmaf(y, y, x * x) : y * y + x * x;
    return wsi_px_rint_bits(__saturatef(root_of(square * 0.5f) * scale) * 255.0f);
}

/* A row of results from the rows above it, its own and below. */
template <class Operator>
static __device__ __forceinline__ void results_of(uint32_t (&w)[edge_cells::OWN], const edge_row<Operator> &a,
                                                  const edge_row<Operator> &b, const edge_row<Operator> &c, float scale)
{
    enum { SIDE = Operator::SIDE, MIDDLE = Operator::MIDDLE };
#pragma unroll
    for (int k = 0; k < edge_cells::OWN; k++) {
        uint32_t byte[WORD];
#pragma unroll
        for (int i = 0; i < 2; i++) {
            const int j = 2 * k + i;
            const uint32_t gy = c.smooth[j] + both(Operator::OFFSET) - a.smooth[j];
            const uint32_t gx = (int)SIDE * (a.rise[j] + c.rise[j]) + (int)MIDDLE * b.rise[j];
#pragma unroll
            for (int at = 0; at < 2; at++) byte[2 * at + i] = magnitude<Operator>(gy, gx, at, scale);
        }
        w[k] = pack_bytes(byte);
    }
}

/* A thread's results of so many rows. */
template <class Operator, class Rows>
static __device__ __forceinline__ void march_strip(Rows source, cell_sink<edge_cells> sink, int rows, float scale)
{
    const int seen = seen_rows(rows, 2);
    edge_row<Operator> a = {}, b = {};
    row_words<edge_cells> next[PAIR] = {};
#pragma unroll
    for (int k = 0; k < PAIR; k++) source.load(next[k]);
#pragma unroll 1
    for (int row = 0; row < seen; row += PAIR) {
        edge_row<Operator> c[PAIR];
#pragma unroll
        for (int k = 0; k < PAIR; k++) {
            uint32_t w[edge_cells::SEEN];
            source.take(w, next[k]);
            c[k].make(w);
            if (row + PAIR < seen) source.load(next[k]);
        }
        if (row > 0) {
            uint32_t w[edge_cells::OWN];
            results_of(w, a, b, c[0], scale);
            sink.put(w);
            results_of(w, b, c[0], c[1], scale);
            if (row - 1 < rows) sink.put(w);
        }
        a = c[0], b = c[1];
    }
}

template <class Operator>
static __global__ void __launch_bounds__(THREADS, TILE_BLOCKS(EDGE_AT_ONCE))
    edges_bytes_kernel(const __grid_constant__ edge_job edges)
{
    enum { ROWS = STRIP_MOST + 2 };
    __shared__ warp_memory<edge_cells, ROWS> memory[STRIPS];
    warp_memory<edge_cells, ROWS> &m = memory[threadIdx.x / WARP];
    const byte_job &job = edges.bytes;
    const int lane = threadIdx.x % WARP, x = blockIdx.x * edge_cells::ACROSS + lane * edge_cells::CELL;
    const int y0 = (blockIdx.y * STRIPS + threadIdx.x / WARP) * job.strip, rows = min(job.strip, job.dst.h - y0);
    const int top = job.oy + y0 - 1, width = job.dst.w * Operator::CHANNELS;
    if (rows <= 0) return;
    cell c = {job.ox * Operator::CHANNELS + x - edge_cells::SIDE * WORD, -1, 0, 0, 0};
    const bool plain = prepare_rows(m, c, job, x < width, top, seen_rows(rows, 2));
    if (x >= width) return;
    const cell_sink<edge_cells> sink(job, m.result[lane], x, y0);
    if (plain)
        march_strip<Operator>(plain_rows<edge_cells>(job, c, top), sink, rows, edges.scale);
    else
        march_strip<Operator>(mapped_rows<edge_cells, ROWS>{m, job, c, 0}, sink, rows, edges.scale);
}

template <class Operator> static void launch(wsi_stream *stream, const morphology_stage &stage, float scale)
{
    edge_job job = {byte_job_of<edge_cells>(stage), scale};
    const view &dst = job.bytes.dst;
    const unsigned across = blocks_for((long long)dst.w * Operator::CHANNELS, edge_cells::ACROSS);
    job.bytes.strip = strip_of(stream, dst.h, across, EDGE_AT_ONCE, 2);
    const dim3 grid(across, blocks_for(dst.h, job.bytes.strip * STRIPS));
    edges_bytes_kernel<Operator><<<grid, THREADS, 0, stream->handle>>>(job);
}

template <int SIDE, int MIDDLE>
static void launch_weights(wsi_stream *stream, const morphology_stage &stage, float scale)
{
    if (stage.dst.channels == 1)
        launch<operator_of<SIDE, MIDDLE, 1>>(stream, stage, scale);
    else
        launch<operator_of<SIDE, MIDDLE, 3>>(stream, stage, scale);
}

#define EACH_OPERATOR(OPERATOR)                                                                                        \
    OPERATOR(1, 1)                                                                                                     \
    OPERATOR(1, 2)                                                                                                     \
    OPERATOR(3, 10)

int wsi_cuda_edges_are_bytes(const wsi_cuda_args *args)
{
    const wsi_edges_state *s = (const wsi_edges_state *)args->call.state;
    const view src = view_of(args->call.src[0]), dst = view_of(args->call.dst);
    if (s->kind != WSI_EDGES_MAGNITUDE || s->mode == WSI_EDGE_CONSTANT) return 0; /* its value may be no integer */
    if (src.type != WSI_U8 || dst.type != WSI_U8 || (dst.channels != 1 && dst.channels != 3)) return 0;
#define IS(side_, middle_)                                                                                             \
    if (s->side == (float)side_ && s->middle == (float)middle_) return 1;
    EACH_OPERATOR(IS)
#undef IS
    return 0;
}

wsi_status wsi_cuda_edges_bytes(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_edges_state *s = (const wsi_edges_state *)args->call.state;
    morphology_stage stage = {};
    stage.source = tile_source{view_of(args->call.src[0]), s->mode};
    stage.dst = view_of(args->call.dst);
    stage.ox = (int)args->call.ox[0], stage.oy = (int)args->call.oy[0];
#define LAUNCH(side_, middle_)                                                                                         \
    if (s->middle == (float)middle_) launch_weights<side_, middle_>(stream, stage, s->scale);
    EACH_OPERATOR(LAUNCH)
#undef LAUNCH
    return launched(stream, err);
}
