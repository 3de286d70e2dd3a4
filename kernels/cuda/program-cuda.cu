/* Point-wise steps to instructions (program.cuh). A row of the table for each operation that a program takes. */
#include "fuse.cuh"

#include "kernels/arithmetic.h"
#include "kernels/channel.h"
#include "kernels/invert.h"
#include "kernels/compare.h"

typedef int (*lower_fn)(program *p, const wsi_group_step *step, const void *device_state);

struct lowering {
    wsi_cuda_fn op; /* by its kernel: the registry is the only list of names */
    lower_fn lower;
};

#define DECLARE(name) extern "C" wsi_status wsi_cuda_##name(wsi_stream *, const wsi_cuda_args *, wsi_error *);
DECLARE(add)
DECLARE(cast)
DECLARE(channel)
DECLARE(hed2rgb)
DECLARE(invert)
DECLARE(multiply)
DECLARE(rescale_intensity)
DECLARE(rgb2gray)
DECLARE(rgb2hed)
DECLARE(threshold)

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

static int lower_threshold(program *p, const wsi_group_step *step, const void *)
{
    const wsi_compare_state *t = (const wsi_compare_state *)step->state;
    const int real = step->in.type == WSI_F32;
    program_step *s = append(p, real ? CODE_ABOVE_F32 : CODE_ABOVE_INT, step->in.channels);
    if (s && real) s->number = t->level_f32;
    if (s && !real) s->level = (int)t->level;
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

static int lower_arithmetic(program *p, const wsi_group_step *step, int code)
{
    const wsi_operand other = ((const wsi_arithmetic_params *)step->params)->other;
    program_step *s = other.image < 0 ? append_number(p, step, code) : NULL;
    if (!s) return 0;
    s->number = (float)other.value;
    return end_number(p, step);
}

static int lower_add(program *p, const wsi_group_step *step, const void *)
{
    return lower_arithmetic(p, step, CODE_ADD);
}

static int lower_multiply(program *p, const wsi_group_step *step, const void *)
{
    return lower_arithmetic(p, step, CODE_MULTIPLY);
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

static int lower_combine(program *p, const wsi_group_step *step, const void *)
{
    program_step *s = append_number(p, step, CODE_COMBINE);
    if (!s) return 0;
    memcpy(s->matrix.m, ((const wsi_stain_state *)step->state)->matrix, sizeof s->matrix.m);
    return end_number(p, step);
}

static const lowering lowerings[] = {{wsi_cuda_add, lower_add},
                                     {wsi_cuda_cast, lower_cast},
                                     {wsi_cuda_channel, lower_channel},
                                     {wsi_cuda_hed2rgb, lower_combine},
                                     {wsi_cuda_invert, lower_invert},
                                     {wsi_cuda_multiply, lower_multiply},
                                     {wsi_cuda_rescale_intensity, lower_rescale},
                                     {wsi_cuda_rgb2gray, lower_gray},
                                     {wsi_cuda_rgb2hed, lower_separate},
                                     {wsi_cuda_threshold, lower_threshold}};

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
