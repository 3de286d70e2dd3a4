/* Rectangles of source samples for shared memory, extended beyond the slide's edges: what the stencils start from.
 * Rows are interleaved channels; a tile starts at a multiple of four samples of its source row, so that inside the
 * image it is loaded by vectors. */
#ifndef WSI_CUDA_TILE_CUH
#define WSI_CUDA_TILE_CUH

#include "samples.cuh"

enum { TILE_THREADS = 256, TILE_BATCH = 4 };

/* Loads of four samples, outside with CONSTANT's value aside: bit j of the mask says that sample j has that. */
struct tile4 {
    raw4 r;
    int outside;
};

struct tile_source {
    view src; /* the whole crop */
    int mode; /* wsi_edge */
};

/* The largest multiple of 4 not above i. */
static __host__ __device__ __forceinline__ int align_down(int i)
{
    return i & ~(LANES - 1);
}

/* Samples i .. i+3 of row y, where not all of them lie within the image; y < 0: the row is outside. */
static __device__ __noinline__ void load_edge(tile4 &out, const tile_source &s, int y, int i)
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

/* Loads rows top .. top + rows - 1 of the source, GROUPS * 4 samples of each from sample `first` on, and hands each
 * four to emit(row of the tile, column, tile4). The caller synchronises. */
template <int GROUPS, class Emit>
static __device__ __forceinline__ void load_rows(const tile_source &s, int top, int rows, int first, const Emit &emit)
{
    static_assert(TILE_THREADS % GROUPS == 0, "a step of all threads is whole rows");
    const int column = LANES * (threadIdx.x % GROUPS), i = first + column, n = s.src.w * s.src.channels;
    const int step = TILE_THREADS / GROUPS;
    const bool inside = i >= 0 && i + LANES <= n;
    for (int row = threadIdx.x / GROUPS; row < rows; row += TILE_BATCH * step) {
        tile4 four[TILE_BATCH];
        int from[TILE_BATCH];
#pragma unroll
        for (int k = 0; k < TILE_BATCH; k++) {
            from[k] = (int)wsi_edge_map((wsi_edge)s.mode, top + row + k * step, s.src.h);
            four[k].outside = 0;
            if (inside && from[k] >= 0 && row + k * step < rows)
                four[k].r = load4(s.src.row(from[k]), i, n, s.src.size, s.src.vector);
        }
#pragma unroll
        for (int k = 0; k < TILE_BATCH; k++) {
            if (row + k * step >= rows) break;
            if (!inside || from[k] < 0) {
                tile4 edge;
                load_edge(edge, s, from[k], i);
                four[k] = edge;
            }
            emit(row + k * step, column, four[k]);
        }
    }
}

/* A tile of 256 columns in float32, its rows `pitch` floats apart. */
enum { FLOAT_COLUMNS = 256, FLOAT_GROUPS = FLOAT_COLUMNS / LANES };

static __device__ __forceinline__ void load_floats(float *tile, int pitch, const tile_source &s, int symmetric,
                                                   float outside, int top, int rows, int first)
{
    load_rows<FLOAT_GROUPS>(s, top, rows, first, [&](int row, int column, const tile4 &four) {
        float v[LANES];
        to_f32(v, four.r, s.src.type, symmetric);
        EACH_LANE tile[row * pitch + column + j] = four.outside >> j & 1 ? outside : v[j];
    });
}

#endif
