/* Filters that march: a thread has a column of samples and walks down it, a few rows at a time, which it keeps in
 * registers. An edge then costs nothing but a look at which column and which rows to read.
 *
 * A Load gives the filter's input as float32: plain_load converts samples, program_load runs a group's steps before the
 * filter on pixels. Loading (fetch) is apart from conversion (values), so that loads are under way while the thread
 * computes. A Finish turns four results into samples as stored: plain_finish, or program_finish with the steps after.
 */
#ifndef WSI_CUDA_MARCH_CUH
#define WSI_CUDA_MARCH_CUH

#include "fuse.cuh"
#include "tile.cuh"

enum { MARCH_THREADS = 256 };

/* One sample as a word: zero-extended bytes, or float32 of float64. */
static __device__ __forceinline__ uint32_t load_word(const char *p, int size)
{
    if (size == 4) return *(const uint32_t *)p;
    if (size == 1) return *(const uint8_t *)p;
    if (size == 2) return *(const uint16_t *)p;
    return wsi_px_bits((float)*(const double *)p);
}

struct plain_load {
    enum { BLOCKS = 4 }; /* a multiprocessor, for launch bounds */
    struct raw {
        uint32_t w[LANES];
    };
    int type, size, symmetric;

    static plain_load of(const view &src, int symmetric)
    {
        return plain_load{src.type, src.size, symmetric};
    }

    static size_t shared_bytes()
    {
        return 0;
    }

    __device__ __forceinline__ void load_shared(float *) const
    {
    }

    /* Samples between neighbouring ones, and bytes, of sample `at` of the filter's input. */
    __device__ __forceinline__ long long offset(long long at) const
    {
        return at * size;
    }

    __device__ __forceinline__ void fetch(raw &r, int j, const char *p) const
    {
        r.w[j] = load_word(p, size);
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

struct program_load {
    enum { BLOCKS = 3 };
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

    __device__ __forceinline__ long long offset(long long at) const
    {
        return at * channels * size;
    }

    __device__ __forceinline__ void fetch(raw &r, int j, const char *p) const
    {
#pragma unroll
        for (int c = 0; c < PROGRAM_CHANNELS; c++)
            if (c < channels) r.w[c][j] = load_word(p + c * size, size);
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

struct plain_finish {
    int type;

    __device__ __forceinline__ raw4 finish(const float (&v)[LANES]) const
    {
        return from_f32(v, type);
    }
};

struct program_finish {
    program after;
    int size;

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

/* A column of the source: where its first row is; outside = 1 where CONSTANT's value stands instead. */
struct column {
    const char *top;
    int outside;
};

/* Sample i of a row, which may lie outside. */
template <class Load>
static __device__ __forceinline__ column column_of(const tile_source &s, const Load &load, int i, int channels)
{
    if ((unsigned)i < (unsigned)(s.src.w * channels)) return column{s.src.p + load.offset(i), 0};
    const int x = i >= 0 ? i / channels : -((channels - 1 - i) / channels); /* floor */
    const int from = (int)wsi_edge_map((wsi_edge)s.mode, x, s.src.w);
    return column{s.src.p + load.offset((long long)max(from, 0) * channels + (i - x * channels)), from < 0};
}

/* Rows y .. y+3 of a column. */
template <class Load> struct four_rows {
    typename Load::raw raw;
    int outside; /* bit j: row y + j has CONSTANT's value */

    __device__ __forceinline__ void fetch(const tile_source &s, const Load &load, const char *top, int y)
    {
        outside = 0;
        if (y >= 0 && y + LANES <= s.src.h) {
            const char *p = top + y * s.src.stride;
            EACH_LANE load.fetch(raw, j, p + j * s.src.stride);
            return;
        }
        EACH_LANE
        {
            const int from = (int)wsi_edge_map((wsi_edge)s.mode, y + j, s.src.h);
            if (from < 0) outside |= 1 << j;
            load.fetch(raw, j, top + max(from, 0) * s.src.stride);
        }
    }

    __device__ __forceinline__ void values(float *v, const Load &load, const float *table, float constant) const
    {
        load.values(v, raw, table);
        if (outside) EACH_LANE v[j] = outside >> j & 1 ? constant : v[j];
    }
};

#endif
