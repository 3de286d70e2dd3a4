/* The heavy instructions of a program (program.cuh, which includes this): what takes registers and time that other
 * programs are better without. Whatever has many instructions is a call, so that they are there once. */
#ifndef WSI_CUDA_PROGRAM_HEAVY_CUH
#define WSI_CUDA_PROGRAM_HEAVY_CUH

static __device__ __noinline__ float program_power(float x, float y)
{
    return wsi_px_power_by(x, y);
}

static __device__ __noinline__ double program_adjust(const wsi_px_adjust &a, double x)
{
    return wsi_px_adjust_of(a, x);
}

static __device__ __noinline__ double program_intensity(double absorbance, double source)
{
    return wsi_px_intensity_of(absorbance, source);
}

static __device__ __noinline__ double program_linear(double v)
{
    return wsi_px_linear(v);
}

static __device__ __noinline__ wsi_px_colour convert_colour(const program_colour &c, double x, double y, double z)
{
    const wsi_px_space &space = c.state->space;
    const wsi_px_triple v = wsi_px_triple_of(x, y, z);
    switch (c.conversion) {
    case CONVERT_RGB2HSV:
        return wsi_px_rgb2hsv(space, v);
    case CONVERT_HSV2RGB:
        return wsi_px_hsv2rgb(space, v);
    case CONVERT_RGB2XYZ:
        return wsi_px_linear2xyz(space, v);
    case CONVERT_RGB2LAB:
        return wsi_px_linear2lab(space, v);
    case CONVERT_XYZ2RGB:
        return wsi_px_xyz2rgb(space, v);
    case CONVERT_XYZ2LAB:
        return wsi_px_xyz2lab(space, v);
    case CONVERT_LAB2XYZ:
        return wsi_px_lab2xyz(space, v);
    case CONVERT_LAB2RGB:
        return wsi_px_lab2rgb(space, v);
    case CONVERT_YCBCR:
        return wsi_px_ycbcr(space, v);
    default:
        return wsi_px_combine(space, v);
    }
}

/* RGB is made linear first where the conversion wants that; 8 bits by the table. */
static __device__ __forceinline__ void run_colour(pixels4 &p, const program_step &s, const float *table)
{
    const program_colour &c = s.colour;
    const bool linear = c.conversion == CONVERT_RGB2XYZ || c.conversion == CONVERT_RGB2LAB;
    const double scale = c.state->scale;
    EACH_LANE
    {
        double v[3];
#pragma unroll
        for (int k = 0; k < 3; k++) {
            if (s.code == CODE_COLOUR_TABLE) {
                v[k] = ((const double *)table)[p.v[k][j]];
            } else {
                v[k] = (double)wsi_px_float(p.v[k][j]) * scale;
                if (linear) v[k] = program_linear(v[k]);
            }
        }
        const wsi_px_colour out = convert_colour(c, v[0], v[1], v[2]);
        p.v[0][j] = wsi_px_bits(out.a);
        p.v[1][j] = wsi_px_bits(out.b);
        p.v[2][j] = wsi_px_bits(out.c);
    }
}

template <int CHANNELS, class Values>
static __device__ __forceinline__ void run_heavy(Values &p, const program_step &s, const float *table)
{
    switch (s.code) {
        MAP_FLOAT(CODE_DIVIDE, x / s.number)
        MAP_FLOAT(CODE_SQRT, wsi_px_sqrt(x))
        MAP_FLOAT(CODE_LOG, wsi_px_log_any(x))
        MAP_FLOAT(CODE_EXP, wsi_px_exp_any(x))
        MAP_FLOAT(CODE_POWER, program_power(x, s.number))
        MAP_FLOAT(CODE_ABSORBANCE, wsi_px_absorbance_of(x, s.absorbance.low, s.absorbance.high))
        MAP_FLOAT(CODE_INTENSITY, (float)program_intensity((double)x, s.intensity.source))
        MAP(CODE_INTENSITY_TO_INT, wsi_px_whole_in(program_intensity((double)wsi_px_float(v), s.intensity.source),
                                                   s.intensity.lowest, s.intensity.highest))
        MAP_FLOAT(CODE_ADJUST, (float)program_adjust(s.adjust, (double)x))
        MAP(CODE_LOOK_UP, __ldg(s.values + v))
    default:
        if constexpr (CHANNELS == PROGRAM_CHANNELS) run_colour(p, s, table);
        break;
    }
}

#endif
