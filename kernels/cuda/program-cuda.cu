/* Point-wise steps to instructions (program.cuh). A row of the table for each operation that a program takes. */
#include "fuse.cuh"

#include "kernels/arithmetic.h"
#include "kernels/channel.h"
#include "kernels/gather.h"
#include "kernels/invert.h"
#include "kernels/compare.h"

typedef int (*lower_fn)(program *p, const wsi_group_step *step, const void *device_state);

struct lowering {
    wsi_cuda_fn op; /* by its kernel: the registry is the only list of names */
    lower_fn lower;
};

#define DECLARE(name) extern "C" wsi_status wsi_cuda_##name(wsi_stream *, const wsi_cuda_args *, wsi_error *);
DECLARE(abs)
DECLARE(absorbance_to_image)
DECLARE(add)
DECLARE(adjust)
DECLARE(cast)
DECLARE(channel)
DECLARE(clip)
DECLARE(combine)
DECLARE(compare)
DECLARE(divide)
DECLARE(exp)
DECLARE(gray2rgb)
DECLARE(hsv2rgb)
DECLARE(image_to_absorbance)
DECLARE(invert)
DECLARE(lab2rgb)
DECLARE(lab2xyz)
DECLARE(log)
DECLARE(logical_and)
DECLARE(logical_not)
DECLARE(logical_or)
DECLARE(logical_xor)
DECLARE(maximum)
DECLARE(minimum)
DECLARE(multiply)
DECLARE(power)
DECLARE(rescale_intensity)
DECLARE(rgb2gray)
DECLARE(rgb2hed)
DECLARE(rgb2hsv)
DECLARE(rgb2lab)
DECLARE(rgb2xyz)
DECLARE(sqrt)
DECLARE(subtract)
DECLARE(threshold)
DECLARE(unstack)
DECLARE(xyz2lab)
DECLARE(xyz2rgb)
DECLARE(ycbcr)

extern "C" int wsi_cuda_program_takes(wsi_pixfmt f)
{
    const bool type = f.type == WSI_BOOL || f.type == WSI_U8 || f.type == WSI_U16 || f.type == WSI_F32;
    return type && f.channels >= 1 && f.channels <= PROGRAM_CHANNELS;
}

/* A new last instruction, zeroed; NULL where there is no room. */
static program_step *append(program *p, int code, int channels)
{
    if (p->count == PROGRAM_LENGTH) return NULL;
    program_step *s = &p->step[p->count++];
    memset(s, 0, sizeof *s);
    s->code = code;
    s->channels = channels;
    p->heavy |= code >= CODE_FIRST_HEAVY;
    return s;
}

extern "C" int wsi_cuda_program_load(program *p, wsi_dtype type, int channels)
{
    if (type == WSI_F32) return 1;
    return append(p, type == WSI_BOOL ? CODE_BOOL_TO_NUMBER : CODE_INT_TO_NUMBER, channels) != NULL;
}

/* From one type to another; -1: nothing to do. */
static int conversion(wsi_dtype from, wsi_dtype to)
{
    switch (from) {
    case WSI_BOOL:
        return to == WSI_BOOL  ? CODE_BOOL_TO_BOOL
               : to == WSI_U8  ? CODE_BOOL_TO_U8
               : to == WSI_U16 ? CODE_BOOL_TO_U16
                               : CODE_BOOL_TO_F32;
    case WSI_U8:
        return to == WSI_BOOL ? CODE_U8_TO_BOOL : to == WSI_U8 ? -1 : to == WSI_U16 ? CODE_U8_TO_U16 : CODE_U8_TO_F32;
    case WSI_U16:
        return to == WSI_BOOL ? CODE_U16_TO_BOOL : to == WSI_U8 ? CODE_U16_TO_U8 : to == WSI_U16 ? -1 : CODE_U16_TO_F32;
    default:
        return to == WSI_BOOL ? CODE_F32_TO_BOOL : to == WSI_U8 ? CODE_F32_TO_U8 : to == WSI_U16 ? CODE_F32_TO_U16 : -1;
    }
}

static int convert(program *p, wsi_dtype from, wsi_dtype to, int channels)
{
    const int code = conversion(from, to);
    return code < 0 || append(p, code, channels) != NULL;
}

extern "C" int wsi_cuda_program_store(program *p, wsi_dtype type, int channels)
{
    return convert(p, WSI_F32, type, channels);
}

static int lower_cast(program *p, const wsi_group_step *step, const void *)
{
    return convert(p, step->in.type, step->out.type, step->in.channels);
}

/* After the table of all stains, only the one that is wanted is looked up. */
static int lower_channel(program *p, const wsi_group_step *step, const void *)
{
    const int index = (int)((const wsi_channel_params *)step->params)->index;
    if (p->count > 0 && p->step[p->count - 1].code == CODE_SEPARATE_TABLE) {
        p->step[p->count - 1].code = CODE_SEPARATE_ONE;
        p->table_floats = PROGRAM_CHANNELS * PROGRAM_VALUES;
        p->stain = index;
        return 1;
    }
    program_step *s = append(p, CODE_CHANNEL, step->in.channels);
    if (s) s->index = index;
    return s != NULL;
}

static int lower_invert(program *p, const wsi_group_step *step, const void *)
{
    const int negate = ((const wsi_invert_params *)step->params)->signed_float;
    const int real = step->in.type == WSI_F32;
    program_step *s = append(p, !real ? CODE_FLIP : negate ? CODE_NEGATE : CODE_INVERT_FLOAT, step->in.channels);
    if (s && !real) s->mask = step->in.type == WSI_BOOL ? 1 : step->in.type == WSI_U8 ? 255 : 65535;
    return s != NULL;
}

static int append_flip(program *p, int channels)
{
    program_step *s = append(p, CODE_FLIP, channels);
    if (s) s->mask = 1;
    return s != NULL;
}

/* A comparison with a number; of -x and -y where it is so prepared. */
static int append_compare(program *p, const wsi_compare_state *c, wsi_dtype type, int channels)
{
    const int real = type == WSI_F32;
    const int code = c->how == WSI_HOW_AT_LEAST ? CODE_AT_LEAST_F32
                     : c->how == WSI_HOW_SAME   ? (real ? CODE_SAME_F32 : CODE_SAME_INT)
                                                : (real ? CODE_ABOVE_F32 : CODE_ABOVE_INT);
    if (c->negate && !append(p, CODE_NEGATE, channels)) return 0;
    program_step *s = append(p, code, channels);
    if (s && real) s->number = c->negate ? -c->level_f32 : c->level_f32;
    if (s && !real) s->level = (int)c->level;
    return s && (!c->flip || append_flip(p, channels));
}

static int lower_threshold(program *p, const wsi_group_step *step, const void *)
{
    return append_compare(p, (const wsi_compare_state *)step->state, step->in.type, step->in.channels);
}

/* (x != 0 and keep) is not flip. */
static int append_truth(program *p, const wsi_group_step *step, bool keep, bool flip)
{
    wsi_compare_state zero = {};
    zero.how = WSI_HOW_SAME;
    zero.flip = !flip;
    if (keep) return append_compare(p, &zero, step->in.type, step->in.channels);
    program_step *s = append(p, CODE_AND, step->in.channels); /* with no bit */
    return s && (!flip || append_flip(p, step->in.channels));
}

static int lower_not(program *p, const wsi_group_step *step, const void *)
{
    return append_truth(p, step, true, true);
}

static int lower_and(program *p, const wsi_group_step *step, const void *)
{
    return append_truth(p, step, ((const wsi_arithmetic_params *)step->params)->other.value != 0, false);
}

static int lower_or(program *p, const wsi_group_step *step, const void *)
{
    const bool truth = ((const wsi_arithmetic_params *)step->params)->other.value != 0;
    return append_truth(p, step, !truth, truth);
}

static int lower_xor(program *p, const wsi_group_step *step, const void *)
{
    return append_truth(p, step, true, ((const wsi_arithmetic_params *)step->params)->other.value != 0);
}

/* 8-bit and 16-bit integers have no sign. */
static int lower_abs(program *p, const wsi_group_step *step, const void *)
{
    if (step->in.type != WSI_F32) return 1;
    program_step *s = append(p, CODE_AND, step->in.channels);
    if (s) s->mask = 0x7fffffffu;
    return s != NULL;
}

/* Values between two of the result's type, which is the step's own or float32. */
static int lower_bound(program *p, const wsi_group_step *step, const void *)
{
    const wsi_bound_state *b = (const wsi_bound_state *)step->state;
    const int real = step->out.type == WSI_F32;
    if (real && !wsi_cuda_program_load(p, step->in.type, step->in.channels)) return 0;
    program_step *s = append(p, real ? CODE_BOUND_F32 : CODE_BOUND_INT, step->in.channels);
    const size_t size = wsi_dtype_size(step->out.type);
    if (s) memcpy(&s->ends[0], b->low, size), memcpy(&s->ends[1], b->high, size); /* little-endian; float32 as it is */
    return s != NULL;
}

static int lower_unstack(program *p, const wsi_group_step *step, const void *)
{
    const wsi_gather_state *g = (const wsi_gather_state *)step->state;
    program_step *s = append(p, CODE_PICK, step->in.channels);
    for (int c = 0; s && c < step->out.channels; c++) s->pick[c] = g->channel[c];
    return s != NULL;
}

static int lower_rescale(program *p, const wsi_group_step *step, const void *)
{
    const int code = step->in.type == WSI_F32    ? CODE_RESCALE_F32
                     : step->out.type == WSI_F32 ? CODE_RESCALE_INT_TO_F32
                                                 : CODE_RESCALE_INT;
    program_step *s = append(p, code, step->in.channels);
    if (s)
        s->range =
            rescale_range_of(((const wsi_rescale_state *)step->state)->range, (int)wsi_dtype_size(step->in.type));
    return s != NULL;
}

/* An instruction on float32 values, from the step's type and to it. */
static program_step *append_number(program *p, const wsi_group_step *step, int code)
{
    if (!wsi_cuda_program_load(p, step->in.type, step->in.channels)) return NULL;
    return append(p, code, step->in.channels);
}

static int end_number(program *p, const wsi_group_step *step)
{
    return wsi_cuda_program_store(p, step->out.type, step->out.channels);
}

/* One instruction with a number, from and to float32. */
static int append_one(program *p, const wsi_group_step *step, int code, double number)
{
    program_step *s = append_number(p, step, code);
    if (!s) return 0;
    s->number = (float)number;
    return end_number(p, step);
}

static double number_of(const wsi_group_step *step)
{
    return ((const wsi_arithmetic_params *)step->params)->other.value;
}

static int lower_add(program *p, const wsi_group_step *step, const void *)
{
    return append_one(p, step, CODE_ADD, number_of(step));
}

/* x - y is x + (-y) to the bit. */
static int lower_subtract(program *p, const wsi_group_step *step, const void *)
{
    return append_one(p, step, CODE_ADD, -number_of(step));
}

static int lower_multiply(program *p, const wsi_group_step *step, const void *)
{
    return append_one(p, step, CODE_MULTIPLY, number_of(step));
}

static int lower_divide(program *p, const wsi_group_step *step, const void *)
{
    return append_one(p, step, CODE_DIVIDE, number_of(step));
}

static int lower_power(program *p, const wsi_group_step *step, const void *)
{
    return append_one(p, step, CODE_POWER, number_of(step));
}

static int lower_sqrt(program *p, const wsi_group_step *step, const void *)
{
    return append_one(p, step, CODE_SQRT, 0);
}

static int lower_log(program *p, const wsi_group_step *step, const void *)
{
    return append_one(p, step, CODE_LOG, 0);
}

static int lower_exp(program *p, const wsi_group_step *step, const void *)
{
    return append_one(p, step, CODE_EXP, 0);
}

static int lower_gray(program *p, const wsi_group_step *step, const void *)
{
    program_step *s = append_number(p, step, CODE_GRAY);
    if (!s) return 0;
    s->gray = ((const wsi_gray_state *)step->state)->weights;
    return end_number(p, step);
}

/* 8-bit images are looked up, as the operation itself does; one table a program. */
static int lower_separate(program *p, const wsi_group_step *step, const void *device_state)
{
    const wsi_stain_state *state = (const wsi_stain_state *)step->state;
    if (step->in.type == WSI_U8) {
        if (p->table_floats || !append(p, CODE_SEPARATE_TABLE, step->in.channels)) return 0;
        p->table_floats = PROGRAM_CHANNELS * PROGRAM_VALUES * LANES;
        if (device_state) p->table = (const float *)((const char *)device_state + offsetof(wsi_stain_state, table));
        return end_number(p, step);
    }
    program_step *s = append_number(p, step, CODE_SEPARATE);
    if (!s) return 0;
    s->scale = state->scale;
    memcpy(s->matrix.m, state->matrix, sizeof s->matrix.m);
    return end_number(p, step);
}

static int lower_gray_to_rgb(program *p, const wsi_group_step *step, const void *)
{
    return append(p, CODE_PICK, step->in.channels) != NULL; /* the first one three times */
}

static int lower_absorbance(program *p, const wsi_group_step *step, const void *)
{
    program_step *s = append_number(p, step, CODE_ABSORBANCE);
    if (!s) return 0;
    s->absorbance = *(const wsi_absorbance_state *)step->state;
    return end_number(p, step);
}

static int lower_intensity(program *p, const wsi_group_step *step, const void *)
{
    program_step *s = append_number(p, step, step->out.type == WSI_F32 ? CODE_INTENSITY : CODE_INTENSITY_TO_INT);
    if (s) s->intensity = *(const wsi_intensity_state *)step->state;
    return s != NULL;
}

/* Integers are looked up, as the operation itself does. */
static int lower_adjust(program *p, const wsi_group_step *step, const void *device_state)
{
    const int real = step->in.type == WSI_F32;
    program_step *s = append(p, real ? CODE_ADJUST : CODE_LOOK_UP, step->in.channels);
    if (s && real) s->adjust = ((const wsi_adjust_state *)step->state)->px;
    if (s && !real && device_state) s->values = ((const wsi_adjust_state *)device_state)->table;
    return s != NULL;
}

static const struct {
    wsi_cuda_fn op;
    program_conversion conversion;
} conversions[] = {{wsi_cuda_combine, CONVERT_COMBINE}, {wsi_cuda_hsv2rgb, CONVERT_HSV2RGB},
                   {wsi_cuda_lab2rgb, CONVERT_LAB2RGB}, {wsi_cuda_lab2xyz, CONVERT_LAB2XYZ},
                   {wsi_cuda_rgb2hsv, CONVERT_RGB2HSV}, {wsi_cuda_rgb2lab, CONVERT_RGB2LAB},
                   {wsi_cuda_rgb2xyz, CONVERT_RGB2XYZ}, {wsi_cuda_xyz2lab, CONVERT_XYZ2LAB},
                   {wsi_cuda_xyz2rgb, CONVERT_XYZ2RGB}, {wsi_cuda_ycbcr, CONVERT_YCBCR}};

/* Linear light of 8-bit images is looked up, as the operations themselves do; one table a program. */
static int lower_colour(program *p, const wsi_group_step *step, const void *device_state)
{
    const wsi_colour_state *on_device = (const wsi_colour_state *)device_state;
    program_colour c = {0, on_device};
    for (size_t i = 0; i < sizeof conversions / sizeof conversions[0]; i++)
        if (conversions[i].op == step->op->cuda) c.conversion = conversions[i].conversion;
    const bool linear = c.conversion == CONVERT_RGB2XYZ || c.conversion == CONVERT_RGB2LAB;
    const bool looked_up = linear && step->in.type == WSI_U8;
    if (looked_up && p->table_floats) return 0;
    program_step *s = looked_up ? append(p, CODE_COLOUR_TABLE, step->in.channels) : append_number(p, step, CODE_COLOUR);
    if (!s) return 0;
    s->colour = c;
    if (looked_up) {
        p->table_floats = WSI_COLOUR_VALUES * (int)(sizeof(double) / sizeof(float));
        p->space = ((const wsi_colour_state *)step->state)->space;
        if (on_device) p->table = (const float *)on_device->linear;
    }
    return end_number(p, step);
}

static const lowering lowerings[] = {{wsi_cuda_abs, lower_abs},
                                     {wsi_cuda_absorbance_to_image, lower_intensity},
                                     {wsi_cuda_add, lower_add},
                                     {wsi_cuda_adjust, lower_adjust},
                                     {wsi_cuda_cast, lower_cast},
                                     {wsi_cuda_channel, lower_channel},
                                     {wsi_cuda_clip, lower_bound},
                                     {wsi_cuda_combine, lower_colour},
                                     {wsi_cuda_compare, lower_threshold},
                                     {wsi_cuda_divide, lower_divide},
                                     {wsi_cuda_exp, lower_exp},
                                     {wsi_cuda_gray2rgb, lower_gray_to_rgb},
                                     {wsi_cuda_hsv2rgb, lower_colour},
                                     {wsi_cuda_image_to_absorbance, lower_absorbance},
                                     {wsi_cuda_invert, lower_invert},
                                     {wsi_cuda_lab2rgb, lower_colour},
                                     {wsi_cuda_lab2xyz, lower_colour},
                                     {wsi_cuda_log, lower_log},
                                     {wsi_cuda_logical_and, lower_and},
                                     {wsi_cuda_logical_not, lower_not},
                                     {wsi_cuda_logical_or, lower_or},
                                     {wsi_cuda_logical_xor, lower_xor},
                                     {wsi_cuda_maximum, lower_bound},
                                     {wsi_cuda_minimum, lower_bound},
                                     {wsi_cuda_multiply, lower_multiply},
                                     {wsi_cuda_power, lower_power},
                                     {wsi_cuda_rescale_intensity, lower_rescale},
                                     {wsi_cuda_rgb2gray, lower_gray},
                                     {wsi_cuda_rgb2hed, lower_separate},
                                     {wsi_cuda_rgb2hsv, lower_colour},
                                     {wsi_cuda_rgb2lab, lower_colour},
                                     {wsi_cuda_rgb2xyz, lower_colour},
                                     {wsi_cuda_sqrt, lower_sqrt},
                                     {wsi_cuda_subtract, lower_subtract},
                                     {wsi_cuda_threshold, lower_threshold},
                                     {wsi_cuda_unstack, lower_unstack},
                                     {wsi_cuda_xyz2lab, lower_colour},
                                     {wsi_cuda_xyz2rgb, lower_colour},
                                     {wsi_cuda_ycbcr, lower_colour}};

static lower_fn lowering_of(const wsi_op *op)
{
    for (size_t i = 0; i < sizeof lowerings / sizeof lowerings[0]; i++)
        if (lowerings[i].op == op->cuda) return lowerings[i].lower;
    return NULL;
}

extern "C" int wsi_cuda_program_add(program *p, const wsi_group_step *step, const void *device_state)
{
    const lower_fn lower = lowering_of(step->op);
    if (!lower || step->inputs != 1 || !wsi_cuda_program_takes(step->in) || !wsi_cuda_program_takes(step->out))
        return 0;
    const program before = *p;
    if (lower(p, step, device_state)) return 1;
    *p = before;
    return 0;
}
