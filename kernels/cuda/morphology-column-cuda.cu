/* Erosion and dilation by small footprints of images whose samples float32 holds exactly: float32 itself, 8 and 16
 * bits, any number of channels (8 bits of one channel: morphology-march-cuda.cu). "Minimum" stands for both: a maximum
 * is the minimum of values with their signs flipped.
 *
 * A thread has a column of samples and marches down it, four rows at a time; the columns beside it come from the cache.
 * Of each row it keeps the minima over the runs of all half-widths up to the reach, so that a result is one of these
 * for each row of the footprint. Shapes are compiled in as in morphology-march-cuda.cu. */
#include "march.cuh"
#include "morphology.cuh"

enum { COLUMN_STRIP = 32 /* rows of results of a thread */ };
static_assert(COLUMN_STRIP % LANES == 0, "rows are taken four at a time");

struct column_job {
    tile_source source;
    view dst;
    int ox, oy;
    uint32_t flip; /* of signs */
    float outside;
};

/* Minima over runs of a window of rows: v[h][i] from -h to h in row i. Rows above are kept, four are new. */
template <int R> struct run_window {
    float v[R + 1][LANES + 2 * R];

    __device__ __forceinline__ void keep_last()
    {
#pragma unroll
        for (int h = 0; h <= R; h++)
#pragma unroll
            for (int i = 0; i < 2 * R; i++) v[h][i] = v[h][i + LANES];
    }

    /* values: of columns -R to R, as keys: free of NaN and -0. */
    __device__ __forceinline__ void add(const float (&values)[2 * R + 1][LANES])
    {
        EACH_LANE
        {
            v[0][2 * R + j] = values[R][j];
#pragma unroll
            for (int h = 1; h <= R; h++)
                v[h][2 * R + j] = fminf(v[h - 1][2 * R + j], fminf(values[R - h][j], values[R + h][j]));
        }
    }

    template <unsigned HALVES> __device__ __forceinline__ float over(int j) const
    {
        float least = v[HALVES & 15][R + j];
#pragma unroll
        for (int dy = 1; dy <= R; dy++) {
            const int half = HALVES >> 4 * dy & 15;
            least = fminf(least, fminf(v[half][R + j - dy], v[half][R + j + dy]));
        }
        return least;
    }
};

/* NaN never decides, and -0 counts as 0. */
static __device__ __forceinline__ float to_key(float v, uint32_t flip)
{
    return fminf(wsi_px_float(wsi_px_bits(v + 0.0f) ^ flip), __int_as_float(0x7f800000));
}

static __device__ __forceinline__ void store_value(char *p, float v, int type, int size)
{
    if (type == WSI_F32)
        *(float *)p = v;
    else if (size == 1)
        *(uint8_t *)p = (uint8_t)(int)v;
    else
        *(uint16_t *)p = (uint16_t)(int)v;
}

template <int R, unsigned HALVES, class Load>
static __global__ void __launch_bounds__(MARCH_THREADS, R == 1 ? TILE_BLOCKS(4) : 2)
    morphology_column_kernel(const __grid_constant__ column_job job, const __grid_constant__ Load load)
{
    enum { COLUMNS = 2 * R + 1, ABOVE = (2 * R + LANES - 1) / LANES * LANES /* rows that only fill the window */ };
    const int channels = job.dst.channels, i = blockIdx.x * MARCH_THREADS + threadIdx.x;
    const int y0 = blockIdx.y * COLUMN_STRIP, rows = min((int)COLUMN_STRIP, job.dst.h - y0);
    if (i >= job.dst.w * channels) return;
    column at[COLUMNS];
#pragma unroll
    for (int k = 0; k < COLUMNS; k++) at[k] = column_of(job.source, load, i + (job.ox + k - R) * channels, channels);
    typename Load::raw next[COLUMNS];
    run_window<R> window = {};
    int y = job.oy + y0 + R - ABOVE, outside = fetch_rows(next, job.source, load, at, y);
#pragma unroll 1
    for (int row = -ABOVE; row < rows; row += LANES) {
        float values[COLUMNS][LANES];
        window.keep_last();
#pragma unroll
        for (int k = 0; k < COLUMNS; k++) {
            values_of(values[k], next[k], outside, load, NULL, job.outside);
            EACH_LANE values[k][j] = to_key(at[k].outside ? job.outside : values[k][j], job.flip);
        }
        window.add(values);
        y += LANES;
        if (row + LANES < rows) outside = fetch_rows(next, job.source, load, at, y);
        if (row < 0) continue;
        EACH_LANE
        {
            const float v = wsi_px_float(wsi_px_bits(window.template over<HALVES>(j)) ^ job.flip);
            if (row + j < rows)
                store_value(job.dst.row(y0 + row + j) + (unsigned)i * (unsigned)job.dst.size, v, job.dst.type,
                            job.dst.size);
        }
    }
}

template <int R, unsigned HALVES, class Load>
static wsi_status run(wsi_stream *stream, const column_job &job, const Load &load, wsi_error *err)
{
    const dim3 grid(blocks_for((long long)job.dst.w * job.dst.channels, MARCH_THREADS),
                    blocks_for(job.dst.h, COLUMN_STRIP));
    morphology_column_kernel<R, HALVES, Load><<<grid, MARCH_THREADS, 0, stream->handle>>>(job, load);
    return launched(stream, err);
}

/* Disks, diamonds and squares of reach 1 to 3. */
#define EACH_SHAPE(SHAPE)                                                                                              \
    SHAPE(1, 0x01u)                                                                                                    \
    SHAPE(1, 0x11u)                                                                                                    \
    SHAPE(2, 0x012u)                                                                                                   \
    SHAPE(2, 0x222u)                                                                                                   \
    SHAPE(3, 0x0223u)                                                                                                  \
    SHAPE(3, 0x0123u)                                                                                                  \
    SHAPE(3, 0x3333u)

int wsi_cuda_morphology_columns(const morphology_stage &stage)
{
    const int type = stage.dst.type, reach = stage.footprint->top;
    const unsigned halves = wsi_cuda_morphology_halves(stage.footprint);
    if (type == WSI_F64 || type == WSI_U32 || type == WSI_I32) return 0;
#define KNOWN(r, h)                                                                                                    \
    if (reach == (r) && halves == (h)) return 1;
    EACH_SHAPE(KNOWN)
#undef KNOWN
    return 0;
}

/* CONSTANT's value from its bytes. */
static float outside_of(const morphology_stage &stage)
{
    const uint64_t bytes = stage.outside;
    float v;
    memcpy(&v, &stage.outside, sizeof v);
    switch (stage.dst.type) {
    case WSI_F32:
        return v;
    case WSI_I8:
        return (float)(int8_t)bytes;
    case WSI_I16:
        return (float)(int16_t)bytes;
    case WSI_U16:
        return (float)(uint16_t)bytes;
    default:
        return (float)(uint8_t)bytes;
    }
}

wsi_status wsi_cuda_morphology_column(wsi_stream *stream, const morphology_stage &stage, wsi_error *err)
{
    const column_job job = {stage.source,     stage.dst, stage.ox, stage.oy, stage.use == KEY_MAX ? 0x80000000u : 0,
                            outside_of(stage)};
    const int reach = stage.footprint->top;
    const unsigned halves = wsi_cuda_morphology_halves(stage.footprint);
    const any_load any = {stage.dst.type, stage.dst.size, 0};
#define RUN(r, h)                                                                                                      \
    if (reach == (r) && halves == (h))                                                                                 \
        return stage.dst.type == WSI_F32 ? run<r, h>(stream, job, typed_load<float>{}, err)                            \
                                         : run<r, h>(stream, job, any, err);
    EACH_SHAPE(RUN)
#undef RUN
    return wsi_error_set(err, WSI_ERR_INTERNAL, "no kernel for this footprint");
}
