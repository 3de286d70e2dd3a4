/* Point-wise steps that follow one another, as a small program for a group of pixels in registers: what is between the
 * steps never reaches memory.
 *
 * A step of the chain becomes one to three instructions: integers to float32, the operation, and the conversion to the
 * step's type, which is the one its own kernel stores; so the bits are those of the steps one by one. All threads of a
 * launch take the same branches. Types within a program are bool, uint8, uint16 and float32, of one to three channels
 * (device-fuse.h). A value is a word: an integer, or a float32's bits.
 *
 * A thread has as many registers as the largest instruction needs, whether a program has it or not. So there are two
 * sets: what every kernel runs, filters' kernels among them, and with it the heavy ones, which only kernels for
 * programs that have one do. */
#ifndef WSI_CUDA_PROGRAM_CUH
#define WSI_CUDA_PROGRAM_CUH

#include "rescale.cuh"
#include "samples.cuh"

extern "C" {
#include "kernels/absorbance.h"
#include "kernels/adjust.h"
#include "kernels/colour.h"
}
#include "kernels/gray.h"
#include "kernels/px/arithmetic-px.h"
#include "kernels/px/invert-px.h"
#include "kernels/px/stain-px.h"
#include "kernels/stain.h"

enum { PROGRAM_LENGTH = 14, PROGRAM_CHANNELS = 3, PROGRAM_VALUES = 256 /* of a channel's table */ };

enum program_code {
    CODE_BOOL_TO_NUMBER, /* to float32, unscaled */
    CODE_INT_TO_NUMBER,
    CODE_BOOL_TO_BOOL, /* the conversions of px/cast-px.h */
    CODE_BOOL_TO_U8,
    CODE_BOOL_TO_U16,
    CODE_BOOL_TO_F32,
    CODE_U8_TO_BOOL,
    CODE_U8_TO_U16,
    CODE_U8_TO_F32,
    CODE_U16_TO_BOOL,
    CODE_U16_TO_U8,
    CODE_U16_TO_F32,
    CODE_F32_TO_BOOL,
    CODE_F32_TO_U8,
    CODE_F32_TO_U16,
    CODE_ADD,
    CODE_MULTIPLY,
    CODE_FLIP, /* exclusive or with `mask` */
    CODE_INVERT_FLOAT,
    CODE_NEGATE,
    CODE_ABOVE_INT,
    CODE_ABOVE_F32,
    CODE_RESCALE_INT,
    CODE_RESCALE_INT_TO_F32,
    CODE_RESCALE_F32,
    CODE_BOUND_INT,
    CODE_BOUND_F32,
    CODE_AND,
    CODE_SAME_INT,
    CODE_SAME_F32,
    CODE_AT_LEAST_F32,
    CODE_CHANNEL,
    CODE_PICK, /* three channels out of those there are */
    CODE_GRAY,
    CODE_SEPARATE,
    CODE_SEPARATE_TABLE, /* of 8-bit pixels, by the table in shared memory */
    CODE_SEPARATE_ONE,   /* and one stain alone */
    CODE_DIVIDE,
    CODE_SQRT,
    CODE_LOG,
    CODE_EXP,
    CODE_POWER,
    CODE_ABSORBANCE,
    CODE_INTENSITY,
    CODE_INTENSITY_TO_INT,
    CODE_ADJUST,
    CODE_LOOK_UP,                     /* integers, in a table in device memory */
    CODE_COLOUR,                      /* a conversion between colour spaces, from float32 */
    CODE_COLOUR_TABLE,                /* or from 8 bits, by a table in shared memory */
    CODE_FIRST_MIXING = CODE_CHANNEL, /* from here on, channels look at one another */
    CODE_FIRST_HEAVY = CODE_DIVIDE    /* from here on, not beside a filter, and in kernels of their own */
};

struct stain_matrix {
    float m[3][4];

    __device__ __forceinline__ float times(const float *pixel, int j) const
    {
        return wsi_px_dot3(pixel[0], pixel[1], pixel[2], m[0][j], m[1][j], m[2][j]);
    }
};

/* Conversions between colour spaces, as colour-cuda.cu has them. */
enum program_conversion {
    CONVERT_RGB2HSV,
    CONVERT_HSV2RGB,
    CONVERT_RGB2XYZ,
    CONVERT_RGB2LAB,
    CONVERT_XYZ2RGB,
    CONVERT_XYZ2LAB,
    CONVERT_LAB2XYZ,
    CONVERT_LAB2RGB,
    CONVERT_YCBCR,
    CONVERT_COMBINE
};

struct program_colour {
    int conversion;                /* program_conversion */
    const wsi_colour_state *state; /* in device memory */
};

struct program_step {
    int code, channels; /* channels: of what it takes */
    union {
        float number, scale;
        int level, index;
        uint32_t mask;
    };
    union {
        wsi_px_gray gray;
        stain_matrix matrix;
        rescale_range range;
        int ends[2];
        float ends_f32[2];
        int pick[PROGRAM_CHANNELS];
        wsi_absorbance_state absorbance;
        wsi_intensity_state intensity;
        wsi_px_adjust adjust;
        const uint16_t *values; /* in device memory */
        program_colour colour;
    };
};

struct program {
    int count;
    int heavy;          /* 1: with instructions from CODE_FIRST_HEAVY on */
    int table_floats;   /* of shared memory; 0 without a table */
    const float *table; /* in device memory: wsi_stain_state's, or wsi_colour_state's as words */
    int stain;          /* for CODE_SEPARATE_ONE */
    wsi_px_space space; /* for CODE_COLOUR_TABLE */
    program_step step[PROGRAM_LENGTH];
};

/* Values of four pixels. */
struct pixels4 {
    enum { WIDTH = LANES };
    uint32_t v[PROGRAM_CHANNELS][WIDTH];
};

/* Values of N samples, for programs that look at each alone: the more there are, the less choosing an instruction
 * costs each. */
template <int N> struct samples_of {
    enum { WIDTH = N };
    uint32_t v[1][WIDTH];
};

/* Loads the table, by all threads of the block; the caller synchronises. One stain's entries lie side by side, so that
 * threads seldom meet at a bank. */
static __device__ __forceinline__ void load_table(float *shared, const program &p)
{
    const int one = p.table_floats == PROGRAM_CHANNELS * PROGRAM_VALUES;
    for (int i = threadIdx.y * blockDim.x + threadIdx.x; i < p.table_floats; i += blockDim.x * blockDim.y)
        shared[i] = p.table[one ? LANES * i + p.stain : i];
}

template <int CHANNELS, class Values, class Map>
static __device__ __forceinline__ void each_value(Values &p, int channels, const Map &map)
{
#pragma unroll
    for (int c = 0; c < CHANNELS; c++) {
        if (CHANNELS > 1 && c >= channels) break;
#pragma unroll
        for (int j = 0; j < Values::WIDTH; j++) p.v[c][j] = map(p.v[c][j]);
    }
}

/* The three values of each pixel, from and to float32. */
template <class Map> static __device__ __forceinline__ void each_triple(pixels4 &p, const Map &map)
{
    EACH_LANE
    {
        const float in[3] = {wsi_px_float(p.v[0][j]), wsi_px_float(p.v[1][j]), wsi_px_float(p.v[2][j])};
        float out[3];
        map(out, in);
#pragma unroll
        for (int c = 0; c < 3; c++) p.v[c][j] = wsi_px_bits(out[c]);
    }
}

/* Colours of 8 bits to stains: the sum of three look-ups, in the channels' order. */
static __device__ __forceinline__ void separate_by_table(pixels4 &p, const float *shared)
{
    const float4 *table = (const float4 *)shared;
    EACH_LANE
    {
        const float4 u = table[p.v[0][j]], v = table[PROGRAM_VALUES + p.v[1][j]],
                     w = table[2 * PROGRAM_VALUES + p.v[2][j]];
        p.v[0][j] = wsi_px_bits(wsi_px_not_below_0((u.x + v.x) + w.x));
        p.v[1][j] = wsi_px_bits(wsi_px_not_below_0((u.y + v.y) + w.y));
        p.v[2][j] = wsi_px_bits(wsi_px_not_below_0((u.z + v.z) + w.z));
    }
}

static __device__ __forceinline__ void separate_one(pixels4 &p, const float *table)
{
    EACH_LANE
    {
        const float u = table[p.v[0][j]], v = table[PROGRAM_VALUES + p.v[1][j]],
                    w = table[2 * PROGRAM_VALUES + p.v[2][j]];
        p.v[0][j] = wsi_px_bits(wsi_px_not_below_0((u + v) + w));
    }
}

static __device__ __forceinline__ uint32_t one_of_three(uint32_t a, uint32_t b, uint32_t c, int which)
{
    return which == 0 ? a : which == 1 ? b : c;
}

/* What mixes channels. */
static __device__ __forceinline__ void run_mixing(pixels4 &p, const program_step &s, const float *table)
{
    switch (s.code) {
    case CODE_CHANNEL:
        EACH_LANE p.v[0][j] = one_of_three(p.v[0][j], p.v[1][j], p.v[2][j], s.index);
        break;
    case CODE_PICK:
        EACH_LANE
        {
            const uint32_t a = p.v[0][j], b = p.v[1][j], c = p.v[2][j];
#pragma unroll
            for (int k = 0; k < PROGRAM_CHANNELS; k++) p.v[k][j] = one_of_three(a, b, c, s.pick[k]);
        }
        break;
    case CODE_GRAY:
        EACH_LANE p.v[0][j] = wsi_px_bits(
            wsi_px_gray_of(s.gray, wsi_px_float(p.v[0][j]), wsi_px_float(p.v[1][j]), wsi_px_float(p.v[2][j])));
        break;
    case CODE_SEPARATE_TABLE:
        separate_by_table(p, table);
        break;
    case CODE_SEPARATE_ONE:
        separate_one(p, table);
        break;
    default:
        each_triple(p, [&](float *out, const float *in) {
            float a[3];
#pragma unroll
            for (int c = 0; c < 3; c++) a[c] = wsi_px_absorbance(in[c] * s.scale);
#pragma unroll
            for (int c = 0; c < 3; c++) out[c] = wsi_px_not_below_0(s.matrix.times(a, c));
        });
        break;
    }
}

/* NaN stays; high wins over low. */
static __device__ __forceinline__ float bound_f32(float v, float low, float high)
{
    const float a = v < low ? low : v;
    return a > high ? high : a;
}

/* CODE and a conversion of px/cast-px.h. */
#define CONVERT(code, name, tfrom)                                                                                     \
    case code:                                                                                                         \
        each_value<CHANNELS>(p, s.channels, [](uint32_t v) { return (uint32_t)wsi_px_##name((tfrom)v); });             \
        break;
#define CONVERT_TO_FLOAT(code, name, tfrom)                                                                            \
    case code:                                                                                                         \
        each_value<CHANNELS>(p, s.channels, [](uint32_t v) { return wsi_px_bits(wsi_px_##name((tfrom)v)); });          \
        break;
#define CONVERT_FLOAT(code, name)                                                                                      \
    case code:                                                                                                         \
        each_value<CHANNELS>(p, s.channels, [](uint32_t v) { return (uint32_t)wsi_px_##name(wsi_px_float(v)); });      \
        break;
#define MAP_FLOAT(code, expression)                                                                                    \
    case code:                                                                                                         \
        each_value<CHANNELS>(p, s.channels, [&](uint32_t v) {                                                          \
            const float x = wsi_px_float(v);                                                                           \
            return wsi_px_bits(expression);                                                                            \
        });                                                                                                            \
        break;
#define MAP(code, expression)                                                                                          \
    case code:                                                                                                         \
        each_value<CHANNELS>(p, s.channels, [&](uint32_t v) { return (uint32_t)(expression); });                       \
        break;

#include "program-heavy.cuh"

template <int CHANNELS, bool HEAVY, class Values>
static __device__ __forceinline__ void run_step(Values &p, const program_step &s, const float *table)
{
    switch (s.code) {
        MAP(CODE_BOOL_TO_NUMBER, wsi_px_bits(v != 0 ? 1.0f : 0.0f))
        MAP(CODE_INT_TO_NUMBER, wsi_px_bits((float)v))
        CONVERT(CODE_BOOL_TO_BOOL, bool_to_bool, uint8_t)
        CONVERT(CODE_BOOL_TO_U8, bool_to_u8, uint8_t)
        CONVERT(CODE_BOOL_TO_U16, bool_to_u16, uint8_t)
        CONVERT_TO_FLOAT(CODE_BOOL_TO_F32, bool_to_f32, uint8_t)
        CONVERT(CODE_U8_TO_BOOL, u8_to_bool, uint8_t)
        CONVERT(CODE_U8_TO_U16, u8_to_u16, uint8_t)
        CONVERT_TO_FLOAT(CODE_U8_TO_F32, u8_to_f32, uint8_t)
        CONVERT(CODE_U16_TO_BOOL, u16_to_bool, uint16_t)
        CONVERT(CODE_U16_TO_U8, u16_to_u8, uint16_t)
        CONVERT_TO_FLOAT(CODE_U16_TO_F32, u16_to_f32, uint16_t)
        CONVERT_FLOAT(CODE_F32_TO_BOOL, f32_to_bool)
        CONVERT_FLOAT(CODE_F32_TO_U8, f32_to_u8)
        CONVERT_FLOAT(CODE_F32_TO_U16, f32_to_u16)
        MAP_FLOAT(CODE_ADD, x + s.number)
        MAP_FLOAT(CODE_MULTIPLY, x * s.number)
        MAP(CODE_FLIP, v ^ s.mask)
        MAP_FLOAT(CODE_INVERT_FLOAT, WSI_PX_INVERT_FLOAT(x, 1.0f))
        MAP_FLOAT(CODE_NEGATE, -x)
        MAP(CODE_ABOVE_INT, (int)v > s.level)
        MAP(CODE_ABOVE_F32, wsi_px_float(v) > s.number)
        MAP(CODE_RESCALE_INT, rescale(s.range, (double)v))
        MAP(CODE_RESCALE_INT_TO_F32, wsi_px_bits((float)rescale(s.range, (double)v)))
        MAP_FLOAT(CODE_RESCALE_F32, (float)rescale(s.range, (double)x))
        MAP(CODE_BOUND_INT, min(max((int)v, s.ends[0]), s.ends[1]))
        MAP_FLOAT(CODE_BOUND_F32, bound_f32(x, s.ends_f32[0], s.ends_f32[1]))
        MAP(CODE_AND, v & s.mask)
        MAP(CODE_SAME_INT, (int)v == s.level)
        MAP(CODE_SAME_F32, wsi_px_float(v) == s.number)
        MAP(CODE_AT_LEAST_F32, wsi_px_float(v) >= s.number)
    default:
        if constexpr (HEAVY) {
            if (s.code >= CODE_FIRST_HEAVY) {
                run_heavy<CHANNELS>(p, s, table);
                break;
            }
        }
        if constexpr (CHANNELS > 1) run_mixing(p, s, table);
        break;
    }
}

/* Instructions from `first` on. table: what load_table filled. CHANNELS: of which no step has more; with 1, no step
 * looks at channels. HEAVY: as of the program, or true. */
template <int CHANNELS, bool HEAVY = false, class Values>
static __device__ __forceinline__ void run_program(Values &p, const program &g, const float *table, int first = 0)
{
#pragma unroll 1
    for (int i = first; i < g.count; i++) run_step<CHANNELS, HEAVY>(p, g.step[i], table);
}

#endif
