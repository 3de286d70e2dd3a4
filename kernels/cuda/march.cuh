/* Filters that march: a thread has a column of samples and walks down it, a few rows at a time, which it keeps in
 * registers. An edge then costs nothing but a look at which column and which rows to read.
 *
 * A Load gives the filter's input as float32: typed_load and any_load convert samples, program_load runs a group's
 * steps before the filter on pixels. Loading (fetch) is apart from conversion (values), so that loads are under way
 * while the thread computes. A Finish turns four results into samples as stored: plain_finish, or program_finish with
 * the steps after.
 */
#ifndef WSI_CUDA_MARCH_CUH
#define WSI_CUDA_MARCH_CUH

#include "bytes.cuh"
#include "fuse.cuh"
#include "tile.cuh"

enum { MARCH_THREADS = 256 };

/* Four rows of one column: `row` is the first one's start, the same for all threads, and `offset` the column's bytes
 * from there. All threads add the same to a pointer they share, which leaves each a 32-bit offset. */
struct rows4 {
    const char *row[LANES];
};

/* Samples of one type. T is float or uint8_t, as most images have them. */
template <class T> struct typed_load {
    enum {
        BLOCKS = 4, /* a multiprocessor, for launch bounds */
        ONCE = 0    /* 1: better not done twice for a sample */
    };
    struct raw {
        T w[LANES];
    };

    static size_t shared_bytes()
    {
        return 0;
    }

    __device__ __forceinline__ void load_shared(float *) const
    {
    }

    /* Bytes from a row's start to sample `at` of the filter's input. */
    __device__ __forceinline__ unsigned offset(unsigned at) const
    {
        return at * (unsigned)sizeof(T);
    }

    __device__ __forceinline__ void fetch(raw &r, const rows4 &rows, unsigned offset) const
    {
        EACH_LANE r.w[j] = *(const T *)(rows.row[j] + offset);
    }

    __device__ __forceinline__ void values(float *v, const raw &r, const float *) const
    {
        EACH_LANE v[j] = (float)r.w[j];
    }
};

/* Samples of any type: zero-extended bytes, or float32 of float64. */
struct any_load {
    enum { BLOCKS = 4, ONCE = 0 };
    struct raw {
        uint32_t w[LANES];
    };
    int type, size, symmetric;

    static size_t shared_bytes()
    {
        return 0;
    }

    __device__ __forceinline__ void load_shared(float *) const
    {
    }

    __device__ __forceinline__ unsigned offset(unsigned at) const
    {
        return at * (unsigned)size;
    }

    __device__ __forceinline__ void fetch(raw &r, const rows4 &rows, unsigned offset) const
    {
        if (size == 4)
            EACH_LANE r.w[j] = *(const uint32_t *)(rows.row[j] + offset);
        else if (size == 1)
            EACH_LANE r.w[j] = *(const uint8_t *)(rows.row[j] + offset);
        else if (size == 2)
            EACH_LANE r.w[j] = *(const uint16_t *)(rows.row[j] + offset);
        else
            EACH_LANE r.w[j] = wsi_px_bits((float)*(const double *)(rows.row[j] + offset));
    }

    template <class T> __device__ __forceinline__ void signed_values(float *v, const raw &r, int lowest) const
    {
        EACH_LANE
        {
            const int x = (T)r.w[j];
            v[j] = (float)(symmetric && x < lowest ? lowest : x);
        }
    }

    /* The CPU's load_row. */
    __device__ __forceinline__ void values(float *v, const raw &r, const float *) const
    {
        switch (type) {
        case WSI_F32:
        case WSI_F64:
            EACH_LANE v[j] = wsi_px_float(r.w[j]);
            break;
        case WSI_BOOL:
            EACH_LANE v[j] = r.w[j] != 0 ? 1.0f : 0.0f;
            break;
        case WSI_I8:
            signed_values<int8_t>(v, r, -127);
            break;
        case WSI_I16:
            signed_values<int16_t>(v, r, -32767);
            break;
        case WSI_I32:
            signed_values<int32_t>(v, r, -2147483647);
            break;
        default:
            EACH_LANE v[j] = (float)r.w[j];
            break;
        }
    }
};

/* Pixels of the source, and the steps before the filter. */
struct program_load {
    enum { BLOCKS = 3, ONCE = 1 };
    struct raw {
        uint32_t w[PROGRAM_CHANNELS][LANES];
    };
    program before;
    int size, channels; /* of the source's pixels; channels is 1 where the filter's samples are the source's */

    static program_load of(const fused_filter &f)
    {
        return program_load{f.before, f.src.size, f.src.channels == f.channels ? 1 : f.src.channels};
    }

    size_t shared_bytes() const
    {
        return (size_t)before.table_floats * sizeof(float);
    }

    __device__ __forceinline__ void load_shared(float *table) const
    {
        load_table(table, before);
        __syncthreads();
    }

    __device__ __forceinline__ unsigned offset(unsigned at) const
    {
        return at * (unsigned)(channels * size);
    }

    template <class T> __device__ __forceinline__ void fetch_as(raw &r, const rows4 &rows, unsigned offset) const
    {
#pragma unroll
        for (int c = 0; c < PROGRAM_CHANNELS; c++)
            if (c < channels) EACH_LANE r.w[c][j] = ((const T *)(rows.row[j] + offset))[c];
    }

    __device__ __forceinline__ void fetch(raw &r, const rows4 &rows, unsigned offset) const
    {
        if (size == 1)
            fetch_as<uint8_t>(r, rows, offset);
        else if (size == 2)
            fetch_as<uint16_t>(r, rows, offset);
        else
            fetch_as<uint32_t>(r, rows, offset);
    }

    __device__ __forceinline__ void values(float *v, const raw &r, const float *table) const
    {
        pixels4 p = {};
#pragma unroll
        for (int c = 0; c < PROGRAM_CHANNELS; c++)
            if (c < channels) EACH_LANE p.v[c][j] = r.w[c][j];
        run_program<PROGRAM_CHANNELS>(p, before, table);
        EACH_LANE v[j] = wsi_px_float(p.v[0][j]);
    }
};

/* The grey of 8-bit colours, as the program of its two instructions has it (wsi_cuda_program_is_gray). */
struct gray_load {
    enum { BLOCKS = 3, ONCE = 1, COLOURS = 3 };
    struct raw {
        uint32_t w[COLOURS][LANES];
    };
    wsi_px_gray weights;

    static size_t shared_bytes()
    {
        return 0;
    }

    __device__ __forceinline__ void load_shared(float *) const
    {
    }

    __device__ __forceinline__ unsigned offset(unsigned at) const
    {
        return at * COLOURS;
    }

    __device__ __forceinline__ void fetch(raw &r, const rows4 &rows, unsigned offset) const
    {
#pragma unroll
        for (int c = 0; c < COLOURS; c++) EACH_LANE r.w[c][j] = ((const uint8_t *)(rows.row[j] + offset))[c];
    }

    __device__ __forceinline__ void values(float *v, const raw &r, const float *) const
    {
        EACH_LANE v[j] = wsi_px_gray_of(weights, (float)r.w[0][j], (float)r.w[1][j], (float)r.w[2][j]);
    }
};

/* Results stored as TYPE; WSI_DTYPE_COUNT: as `type`. */
template <int TYPE> struct plain_finish {
    enum { BLOCKS = 4 };
    int type;

    __device__ __forceinline__ int size_of(int size) const
    {
        return TYPE == WSI_F32 ? 4 : TYPE == WSI_U8 ? 1 : size;
    }

    __device__ __forceinline__ raw4 finish(const float (&v)[LANES]) const
    {
        if constexpr (TYPE == WSI_U8) { /* wsi_px_f32_to_u8, clipped as an operand's modifier */
            uint32_t b[LANES];
            EACH_LANE b[j] = wsi_px_rint_bits(__saturatef(v[j]) * 255.0f);
            return raw4{{pack_bytes(b)}};
        }
        return from_f32(v, TYPE == WSI_DTYPE_COUNT ? type : TYPE);
    }
};

/* Pixels i .. i + 3 of row y, those before end, as three interleaved channels; i is a multiple of four. */
template <class Finish>
static __device__ __forceinline__ void store_triples(const view &dst, const Finish &finish, int y, int i, int end,
                                                     const float (&v)[3][LANES])
{
    float out[3][LANES];
#pragma unroll
    for (int k = 0; k < 3 * LANES; k++) out[k / LANES][k % LANES] = v[k % 3][k / 3];
#pragma unroll
    for (int k = 0; k < 3; k++)
        store4(dst.row(y), 3 * i + LANES * k, 3 * end, finish.size_of(dst.size), dst.vector, finish.finish(out[k]));
}

struct program_finish {
    enum { BLOCKS = 3 };
    program after;
    int size;

    __device__ __forceinline__ int size_of(int size_) const
    {
        return size_;
    }

    __device__ __forceinline__ raw4 finish(const float (&v)[LANES]) const
    {
        pixels4 p = {};
        raw4 r = {};
        EACH_LANE p.v[0][j] = wsi_px_bits(v[j]);
        run_program<1>(p, after, NULL);
        if (size == 1)
            EACH_LANE put<uint8_t>(r, j, (uint8_t)p.v[0][j]);
        else if (size == 2)
            EACH_LANE put<uint16_t>(r, j, (uint16_t)p.v[0][j]);
        else
            EACH_LANE put<uint32_t>(r, j, p.v[0][j]);
        return r;
    }
};

/* A column of the source: bytes from a row's start to it; outside = 1 where CONSTANT's value stands instead. */
struct column {
    unsigned offset;
    int outside;
};

/* Sample i of a row, which may lie outside. */
template <class Load>
static __device__ __forceinline__ column column_of(const tile_source &s, const Load &load, int i, int channels)
{
    if ((unsigned)i < (unsigned)(s.src.w * channels)) return column{load.offset(i), 0};
    const int x = i >= 0 ? i / channels : -((channels - 1 - i) / channels); /* floor */
    const int from = (int)wsi_edge_map((wsi_edge)s.mode, x, s.src.w);
    return column{load.offset(max(from, 0) * channels + (i - x * channels)), from < 0};
}

/* Rows y .. y+3 of COLUMNS columns; bit j of the result: row y + j has CONSTANT's value. */
template <int COLUMNS, class Load>
static __device__ __forceinline__ int fetch_rows(typename Load::raw (&raw)[COLUMNS], const tile_source &s,
                                                 const Load &load, const column (&at)[COLUMNS], int y)
{
    rows4 rows;
    if (y >= 0 && y + LANES <= s.src.h) {
        const char *row = s.src.row(y);
        EACH_LANE rows.row[j] = row, row += s.src.stride;
#pragma unroll
        for (int k = 0; k < COLUMNS; k++) load.fetch(raw[k], rows, at[k].offset);
        return 0;
    }
    int outside = 0;
    EACH_LANE
    {
        const int from = (int)wsi_edge_map((wsi_edge)s.mode, y + j, s.src.h);
        if (from < 0) outside |= 1 << j;
        rows.row[j] = s.src.row(max(from, 0));
    }
#pragma unroll
    for (int k = 0; k < COLUMNS; k++) load.fetch(raw[k], rows, at[k].offset);
    return outside;
}

/* A Load's values, of rows of which some may be outside. */
template <class Load>
static __device__ __forceinline__ void values_of(float *v, const typename Load::raw &raw, int outside, const Load &load,
                                                 const float *table, float constant)
{
    load.values(v, raw, table);
    if (outside) EACH_LANE v[j] = outside >> j & 1 ? constant : v[j];
}

#endif
