/* Rectangles of source samples for shared memory, extended beyond the slide's edges: what the stencils start from.
 * Rows are interleaved channels; a tile starts at a multiple of four samples of its source row, so that inside the
 * image it is loaded by vectors. */
#ifndef WSI_CUDA_TILE_CUH
#define WSI_CUDA_TILE_CUH

#include "samples.cuh"

enum { TILE_THREADS = 256, TILE_BATCH = 4 };

/* For launch bounds: n blocks of TILE_THREADS a multiprocessor, or as many as it holds (Turing: 1024 threads). */
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
#define TILE_BLOCKS(n) ((n) < 4 ? (n) : 4)
#else
#define TILE_BLOCKS(n) (n)
#endif

struct tile_source {
    view src; /* the whole crop */
    int mode; /* wsi_edge */
};

/* The largest multiple of 4 not above i. */
static __host__ __device__ __forceinline__ int align_down(int i)
{
    return i & ~(LANES - 1);
}

/* Four samples at a slide edge; bit j of outside: sample j has CONSTANT's value. */
struct edge4 {
    raw4 r;
    int outside;
};

/* Samples i .. i+3 of row y, where not all of them lie within the image; y < 0: the row is outside. */
static __device__ __noinline__ void load_edge(edge4 &out, const tile_source &s, int y, int i)
{
    out.outside = y < 0 ? (1 << LANES) - 1 : 0;
    out.r = raw4{};
    if (y < 0) return;
    EACH_LANE
    {
        const int channels = s.src.channels, at = i + j;
        const int x = at >= 0 ? at / channels : -((channels - 1 - at) / channels); /* floor */
        const int from = (int)wsi_edge_map((wsi_edge)s.mode, x, s.src.w);
        if (from < 0)
            out.outside |= 1 << j;
        else
            load_sample(out.r, j, s.src.row(y) + ((long long)(from - x) * channels + at) * s.src.size, s.src.size);
    }
}

/* Loads rows top .. top + rows - 1 of the source, GROUPS * 4 samples of each from sample `first` on. A Sink has a type
 * `raw`, load(row, i, n) for four samples inside, and put(row of the tile, column, raw) and put_edge(..., edge4) for
 * them. The caller synchronises. */
template <int GROUPS, class Sink>
static __device__ __forceinline__ void load_rows(const tile_source &s, int top, int rows, int first, const Sink &sink)
{
    static_assert(TILE_THREADS % GROUPS == 0, "a step of all threads is whole rows");
    const int column = LANES * (threadIdx.x % GROUPS), i = first + column, n = s.src.w * s.src.channels;
    const int step = TILE_THREADS / GROUPS;
    const bool inside = i >= 0 && i + LANES <= n;
    for (int row = threadIdx.x / GROUPS; inside && row < rows; row += TILE_BATCH * step) {
        typename Sink::raw four[TILE_BATCH];
        bool there[TILE_BATCH];
#pragma unroll
        for (int k = 0; k < TILE_BATCH; k++) {
            const int from = (int)wsi_edge_map((wsi_edge)s.mode, top + row + k * step, s.src.h);
            there[k] = from >= 0 && row + k * step < rows;
            if (there[k]) four[k] = sink.load(s.src.row(from), i, n);
        }
#pragma unroll
        for (int k = 0; k < TILE_BATCH; k++)
            if (there[k]) sink.put(row + k * step, column, four[k]);
    }
    if (inside && (s.mode != WSI_EDGE_CONSTANT || (top >= 0 && top + rows <= s.src.h))) return;
    for (int row = threadIdx.x / GROUPS; row < rows; row += step) {
        const int from = (int)wsi_edge_map((wsi_edge)s.mode, top + row, s.src.h);
        edge4 edge;
        if (inside && from >= 0) continue;
        load_edge(edge, s, from, i);
        sink.put_edge(row, column, edge);
    }
}

/* A tile of 256 columns in float32, its rows PITCH floats apart. */
enum { FLOAT_COLUMNS = 256, FLOAT_GROUPS = FLOAT_COLUMNS / LANES };

template <int PITCH> struct float_sink {
    typedef raw4_narrow raw;
    float *tile;
    const tile_source &s;
    int symmetric;
    float outside; /* CONSTANT's value */

    /* float64 is rounded at once, so that four samples are four words whatever their type. */
    __device__ __forceinline__ raw load(const char *row, int i, int n) const
    {
        if (s.src.size < 8) return load4<LANES>(row, i, n, s.src.size, s.src.vector);
        return narrow(load4(row, i, n, s.src.size, s.src.vector));
    }

    __device__ __forceinline__ raw narrow(const raw4 &wide) const
    {
        raw r;
        EACH_LANE r.w[j] = wide.w[j];
        if (s.src.size == 8) EACH_LANE r.w[j] = wsi_px_bits((float)take<double>(wide, j));
        return r;
    }

    __device__ __forceinline__ void convert(float *v, const raw &four) const
    {
        raw4 wide = {};
        EACH_LANE wide.w[j] = four.w[j];
        to_f32(v, wide, s.src.size == 8 ? (int)WSI_F32 : s.src.type, symmetric);
    }

    __device__ __forceinline__ void store(int row, int column, const float *v) const
    {
        float *at = tile + row * PITCH + column;
        if (PITCH % LANES == 0) {
            *(float4 *)at = make_float4(v[0], v[1], v[2], v[3]);
        } else {
            EACH_LANE at[j] = v[j];
        }
    }

    __device__ __forceinline__ void put(int row, int column, const raw &four) const
    {
        float v[LANES];
        convert(v, four);
        store(row, column, v);
    }

    __device__ __forceinline__ void put_edge(int row, int column, const edge4 &edge) const
    {
        float v[LANES];
        convert(v, narrow(edge.r));
        EACH_LANE if (edge.outside >> j & 1) v[j] = outside;
        store(row, column, v);
    }
};

#endif
