/* Rectangles of source samples for shared memory, extended beyond the slide's edges: what the stencils start from.
 * Rows are interleaved channels; a tile starts at a multiple of four samples of its source row, so that inside the
 * image it is loaded by vectors. */
#ifndef WSI_CUDA_TILE_CUH
#define WSI_CUDA_TILE_CUH

#include "samples.cuh"

enum { TILE_THREADS = 256 };

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

/* Four samples of SIZE bytes each, loaded as vectors. */
template <int SIZE> struct whole4 {
    uint32_t w[SIZE];

    __device__ __forceinline__ void load(const char *p)
    {
        raw4 r;
        load_vector(r, p, SIZE);
#pragma unroll
        for (int k = 0; k < SIZE; k++) w[k] = r.w[k];
    }

    __device__ __forceinline__ raw4 wide() const
    {
        raw4 r = {};
#pragma unroll
        for (int k = 0; k < SIZE; k++) r.w[k] = w[k];
        return r;
    }
};

static __device__ __forceinline__ int map_row(const tile_source &s, int y)
{
    return (unsigned)y < (unsigned)s.src.h ? y : (int)wsi_edge_map((wsi_edge)s.mode, y, s.src.h);
}

/* The thread's share of a tile where its columns lie inside the image and rows are aligned: as many loads at a time as
 * their registers allow. MAPPED: rows of the tile may lie beyond the image. */
template <int SIZE, int GROUPS, bool MAPPED, class Sink>
static __device__ __forceinline__ void load_rows_of(const tile_source &s, int top, int rows, int i, const Sink &sink)
{
    const int column = LANES * (threadIdx.x % GROUPS), step = TILE_THREADS / GROUPS;
    const int batch = SIZE == 1 ? 9 : SIZE == 2 ? 6 : SIZE == 4 ? 4 : 2;
    int row = threadIdx.x / GROUPS;
    const char *column_start = s.src.p + (long long)i * SIZE, *p = column_start + (top + row) * s.src.stride;
    for (; row < rows; row += batch * step) {
        whole4<SIZE> four[batch];
        bool there[batch];
#pragma unroll
        for (int k = 0; k < batch; k++, p += step * s.src.stride) {
            there[k] = row + k * step < rows;
            if (MAPPED && there[k]) {
                const int from = map_row(s, top + row + k * step);
                there[k] = from >= 0;
                p = column_start + from * s.src.stride;
            }
            if (there[k]) four[k].load(p);
        }
#pragma unroll
        for (int k = 0; k < batch; k++)
            if (there[k]) sink.put(row + k * step, column, four[k].wide());
    }
}

template <int SIZE, int GROUPS, class Sink>
static __device__ __forceinline__ void load_vectors(const tile_source &s, int top, int rows, int i, const Sink &sink)
{
    if (top >= 0 && top + rows <= s.src.h)
        load_rows_of<SIZE, GROUPS, false>(s, top, rows, i, sink);
    else
        load_rows_of<SIZE, GROUPS, true>(s, top, rows, i, sink);
}

/* Loads rows top .. top + rows - 1 of the source, GROUPS * 4 samples of each from sample `first` on, and gives them to
 * the sink by put(row of the tile, column, raw4), and put_edge(row, column, edge4) at edges. The sink's load_all calls
 * load_vectors for the samples' size. The caller synchronises. */
template <int GROUPS, class Sink>
static __device__ __forceinline__ void load_rows(const tile_source &s, int top, int rows, int first, const Sink &sink)
{
    static_assert(TILE_THREADS % GROUPS == 0, "a step of all threads is whole rows");
    const int column = LANES * (threadIdx.x % GROUPS), i = first + column, n = s.src.w * s.src.channels;
    const int step = TILE_THREADS / GROUPS;
    const bool inside = i >= 0 && i + LANES <= n, fast = inside && s.src.vector;
    if (fast) sink.template load_all<GROUPS>(s, top, rows, i);
    if (fast && (s.mode != WSI_EDGE_CONSTANT || (top >= 0 && top + rows <= s.src.h))) return;
    for (int row = threadIdx.x / GROUPS; row < rows; row += step) {
        const int from = map_row(s, top + row);
        if (fast && from >= 0) continue;
        if (inside && from >= 0) {
            sink.put(row, column, load4(s.src.row(from), i, n, s.src.size, 0));
            continue;
        }
        edge4 edge;
        load_edge(edge, s, from, i);
        sink.put_edge(row, column, edge);
    }
}

/* Four neighbouring floats of each lane to and from shared memory at any float address. Lanes eight apart have the same
 * banks, so each group of eight begins at another of its four: no two lanes meet. */
static __device__ __forceinline__ void rotate(float (&v)[LANES], int by)
{
    const float a = by & 1 ? v[1] : v[0], b = by & 1 ? v[2] : v[1], c = by & 1 ? v[3] : v[2], d = by & 1 ? v[0] : v[3];
    v[0] = by & 2 ? c : a, v[1] = by & 2 ? d : b, v[2] = by & 2 ? a : c, v[3] = by & 2 ? b : d;
}

static __device__ __forceinline__ void store_rotated(float *at, const float *from)
{
    const int by = threadIdx.x / 8 % LANES;
    float v[LANES] = {from[0], from[1], from[2], from[3]};
    rotate(v, by);
    EACH_LANE at[(j + by) % LANES] = v[j];
}

static __device__ __forceinline__ void load_rotated(float (&v)[LANES], const float *at)
{
    const int by = threadIdx.x / 8 % LANES;
    EACH_LANE v[j] = at[(j + by) % LANES];
    rotate(v, LANES - by);
}

/* A tile of 256 columns in float32, its rows PITCH floats apart. */
enum { FLOAT_COLUMNS = 256, FLOAT_GROUPS = FLOAT_COLUMNS / LANES };

template <int PITCH> struct float_sink {
    float *tile;
    const tile_source &s;
    int symmetric;
    float outside; /* CONSTANT's value */

    template <int GROUPS>
    __device__ __forceinline__ void load_all(const tile_source &from, int top, int rows, int i) const
    {
        if (from.src.size == 4)
            load_vectors<4, GROUPS>(from, top, rows, i, *this);
        else if (from.src.size == 1)
            load_vectors<1, GROUPS>(from, top, rows, i, *this);
        else if (from.src.size == 2)
            load_vectors<2, GROUPS>(from, top, rows, i, *this);
        else
            load_vectors<8, GROUPS>(from, top, rows, i, *this);
    }

    __device__ __forceinline__ void store(int row, int column, const float *v) const
    {
        float *at = tile + row * PITCH + column;
        if (PITCH % LANES == 0)
            *(float4 *)at = make_float4(v[0], v[1], v[2], v[3]);
        else
            store_rotated(at, v);
    }

    __device__ __forceinline__ void put(int row, int column, const raw4 &four) const
    {
        float v[LANES];
        to_f32(v, four, s.src.type, symmetric);
        store(row, column, v);
    }

    __device__ __forceinline__ void put_edge(int row, int column, const edge4 &edge) const
    {
        float v[LANES];
        to_f32(v, edge.r, s.src.type, symmetric);
        EACH_LANE if (edge.outside >> j & 1) v[j] = outside;
        store(row, column, v);
    }
};

#endif
