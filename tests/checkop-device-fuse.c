/* Groups of steps as one kernel on a GPU, against the plain CPU kernels one after the other, bit for bit: random chains
 * of operations that may be grouped, of all types and with results stored in any type, whole images and tiles of them;
 * and chains that must make groups of a given length. */
#include "checkop-device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

enum { STEPS = WSI_GROUP_STEPS_MAX, SPEC_MAX = 160, TRIES = 20 };

typedef struct chain {
    oprun run[STEPS];
    char spec[STEPS][SPEC_MAX];
    int count, grouped; /* steps; of these, in the first group */
} chain;

typedef struct given {
    wsi_pixfmt in;
    int grouped; /* 1: nothing to group */
    const char *steps[STEPS];
} given;

static const given givens[] = {
    {{WSI_U8, 3}, 2, {"rgb2hed", "channel:index=0"}},
    {{WSI_U8, 3}, 3, {"rgb2hed", "channel:index=2", "threshold:value=0.05"}},
    {{WSI_U8, 3}, 4, {"rgb2hed", "channel:index=0", "gaussian:sigma=2", "threshold:value=0.1"}},
    {{WSI_U8, 3}, 4, {"rgb2gray", "gaussian:sigma=1,mode=constant,cval=0.3", "cast:dtype=uint8", "invert"}},
    {{WSI_U8, 3}, 3, {"rgb2gray", "sobel:mode=constant,cval=0.7", "threshold:value=0.05"}},
    {{WSI_U8, 3}, 2, {"sobel", "cast:dtype=uint8"}},
    {{WSI_U8, 1}, 3, {"gaussian:sigma=5", "rescale_intensity:in_range=[0.1,0.9]", "cast:dtype=uint16"}},
    {{WSI_U16, 1}, 2, {"gaussian:sigma=0.4,preserve_range=true", "multiply:other=0.5"}},
    {{WSI_F32, 3}, 2, {"hed2rgb", "cast:dtype=uint8"}},
    {{WSI_U8, 3}, 2, {"rescale_intensity:in_range=[20,230]", "invert"}},
    {{WSI_F32, 1}, 8, {"add:other=1", "invert", "invert", "invert", "invert", "invert", "invert", "invert"}},
    {{WSI_U8, 3}, 1, {"median", "invert"}},
    {{WSI_F64, 1}, 1, {"cast:dtype=float32", "invert"}},
    {{WSI_U8, 3}, 1, {"gaussian:sigma=2", "invert"}},
    {{WSI_F32, 1}, 1, {"gaussian:sigma=30", "invert"}},
    {{WSI_U8, 3}, 2, {"rgb2gray", "invert", "median"}},
    {{WSI_U8, 3}, 4, {"rgb2gray", "compare:other=0.5,op=less_equal", "logical_not", "logical_xor:other=1"}},
    {{WSI_U8, 3}, 4, {"rgb2gray", "gaussian:sigma=1", "subtract:other=0.5", "abs"}},
    {{WSI_U8, 3}, 3, {"unstack:channels=[2,1,0]", "clip:min=20,max=200", "minimum:other=100.5"}},
    {{WSI_U8, 3}, 5, {"rgb2gray", "maximum:other=0.01", "log", "exp", "sqrt"}},
    {{WSI_U8, 3}, 3, {"rgb2gray", "power:other=1.5", "divide:other=3"}},
    {{WSI_U8, 3}, 2, {"rgb2gray", "log", "gaussian:sigma=1", "invert"}},
    {{WSI_U8, 3}, 2, {"rgb2gray", "gaussian:sigma=1", "sqrt"}},
    {{WSI_U8, 3}, 3, {"rgb2lab", "channel:index=1", "threshold:value=10"}},
    {{WSI_U8, 3}, 4, {"rgb2hsv", "hsv2rgb", "cast:dtype=uint8", "adjust_gamma:gamma=0.7"}},
    {{WSI_U16, 3}, 4, {"adjust_sigmoid", "rgb2xyz", "xyz2lab", "lab2rgb"}},
    {{WSI_F32, 3}, 3, {"rgb2ycbcr", "ycbcr2rgb", "rgb2lab"}},
    {{WSI_U8, 3}, 3, {"separate_stains:stains=hdx", "combine_stains:stains=hdx", "adjust_log"}},
    {{WSI_U8, 3}, 2, {"image_to_absorbance", "absorbance_to_image"}},
    {{WSI_U8, 3}, 3, {"rgb2gray", "gray2rgb", "rgb2hed"}},
    {{WSI_U8, 3}, 2, {"rgb2lab", "lab2rgb:illuminant=A", "gaussian:sigma=1"}},
};

static void chain_clear(chain *c)
{
    for (int i = 0; i < c->count; i++) oprun_clear(&c->run[i]);
    c->count = 0;
}

static wsi_pixfmt chain_format(const chain *c, wsi_pixfmt in)
{
    return c->count ? c->run[c->count - 1].out : in;
}

/* What a step must learn before it can be grouped, it learns of a few pixels. */
static int learn(oprun *run, wsi_pixfmt in)
{
    wsi_error err;
    if (!run->op->reduction) return 1;
    const wsi_image im = oprun_image(in, 4, 4);
    memset(im.data, 1, (size_t)im.h * (size_t)im.stride);
    const int learnt = oprun_fit(run, &im, 0, &err) == WSI_OK;
    wsi_free(im.data);
    return learnt;
}

/* Appends c->spec[c->count]; 0 when the operation refuses it. */
static int chain_add(chain *c, wsi_pixfmt in)
{
    oprun *run = &c->run[c->count];
    const wsi_pixfmt fmt = chain_format(c, in);
    wsi_error err;
    memset(run, 0, sizeof *run);
    if (oprun_parse(run, c->spec[c->count], &err) == WSI_OK && oprun_prepare(run, &fmt, 1, &err) == WSI_OK &&
        learn(run, fmt))
        return ++c->count;
    oprun_clear(run);
    return 0;
}

static int group_of(const chain *c)
{
    wsi_group_step steps[STEPS];
    for (int i = 0; i < c->count; i++) {
        const oprun *r = &c->run[i];
        steps[i] = (wsi_group_step){r->op, r->params, r->state, r->inputs, r->in[0], r->out};
    }
    return wsi_device_group(steps, c->count);
}

static void report(const chain *c, const wsi_image *src, const char *what)
{
    fprintf(stderr, "FAILED");
    for (int i = 0; i < c->count; i++)
        fprintf(stderr, " %s %s (%s)", i ? "|" : "", c->spec[i], wsi_dtype_name(c->run[i].out.type));
    fprintf(stderr, ": %s (%s x %d, %lldx%lld)\n", what, wsi_dtype_name(src->fmt.type), src->fmt.channels,
            (long long)src->w, (long long)src->h);
}

/* The whole result of the first group, step by step on the CPU. */
static wsi_image expected(chain *c, const wsi_image *src)
{
    wsi_image im = *src;
    for (int i = 0; i < c->grouped; i++) {
        const wsi_image next = oprun_image(c->run[i].out, src->w, src->h);
        oprun_tile(&c->run[i], WSI_ISA_PLAIN, &im, (wsi_rect){0, 0, src->w, src->h}, NULL, &next);
        if (i) wsi_free(im.data);
        im = next;
    }
    return im;
}

static int check_tile(chain *c, rng *r, const wsi_image *src, wsi_rect rect, const wsi_image *whole)
{
    const wsi_image want = wsi_image_crop(whole, rect), got = oprun_image(whole->fmt, rect.w, rect.h);
    const char *wrong = checkop_device_group(c->run, c->grouped, r, src, rect, &got);
    if (!wrong && !same_images(&got, &want)) wrong = "as one kernel differs from step by step";
    if (wrong) report(c, src, wrong);
    wsi_free(got.data);
    return wrong != NULL;
}

static int check_group(chain *c, rng *r, wsi_pixfmt in)
{
    static const int64_t sizes[] = {1, 2, 7, 33, 64, 131, 260, 517};
    const int64_t w = sizes[rng_below(r, 8)], h = sizes[rng_below(r, 8)];
    const wsi_image src = oprun_image(in, w, h);
    fill_image(r, &src, rng_below(r, 2) ? FILL_NOISE : (fill)rng_below(r, FILL_COUNT));
    const wsi_image whole = expected(c, &src);
    int failures = check_tile(c, r, &src, (wsi_rect){0, 0, w, h}, &whole);
    for (int i = 0; i < 3; i++) {
        wsi_rect rect = {rng_below(r, w), rng_below(r, h), 0, 0};
        rect.w = 1 + rng_below(r, w - rect.x);
        rect.h = 1 + rng_below(r, h - rect.y);
        failures += check_tile(c, r, &src, rect, &whole);
    }
    wsi_free(src.data);
    wsi_free(whole.data);
    return failures;
}

static int check_given(const given *g, rng *r)
{
    chain c = {.count = 0};
    const wsi_image none = {NULL, 0, 0, 0, g->in};
    int failures = 0;
    for (int i = 0; i < STEPS && g->steps[i]; i++) {
        snprintf(c.spec[i], SPEC_MAX, "%s", g->steps[i]);
        if (!chain_add(&c, g->in)) break;
    }
    c.grouped = group_of(&c);
    if (c.grouped != g->grouped) {
        report(&c, &none, "is not grouped as it should be");
        failures++;
    } else if (c.grouped > 1) {
        failures += check_group(&c, r, g->in);
    }
    chain_clear(&c);
    return failures;
}

/* A random step that takes one image; its result is stored as any type now and then, where it can be. */
static int add_random(chain *c, rng *r, wsi_pixfmt in)
{
    static const char *const names[] = {"abs",
                                        "absorbance_to_image",
                                        "add",
                                        "adjust_gamma",
                                        "adjust_log",
                                        "adjust_sigmoid",
                                        "cast",
                                        "cast",
                                        "channel",
                                        "clip",
                                        "combine_stains",
                                        "compare",
                                        "divide",
                                        "exp",
                                        "gaussian",
                                        "gray2rgb",
                                        "hed2rgb",
                                        "hsv2rgb",
                                        "image_to_absorbance",
                                        "invert",
                                        "lab2rgb",
                                        "lab2xyz",
                                        "laplace",
                                        "log",
                                        "logical_and",
                                        "logical_not",
                                        "logical_or",
                                        "logical_xor",
                                        "maximum",
                                        "minimum",
                                        "multiply",
                                        "power",
                                        "prewitt_h",
                                        "rescale_intensity",
                                        "rgb2gray",
                                        "rgb2hed",
                                        "rgb2hsv",
                                        "rgb2lab",
                                        "rgb2xyz",
                                        "rgb2ycbcr",
                                        "roberts",
                                        "scharr",
                                        "separate_stains",
                                        "sobel",
                                        "sqrt",
                                        "subtract",
                                        "threshold",
                                        "unstack",
                                        "xyz2lab",
                                        "xyz2rgb",
                                        "ycbcr2rgb"};
    static const wsi_dtype stored[] = {WSI_BOOL, WSI_U8, WSI_U16, WSI_F32, WSI_F32, WSI_F64};
    const wsi_op *op = wsi_op_find(names[rng_below(r, (int64_t)(sizeof names / sizeof names[0]))]);
    int images;
    random_spec(r, op, chain_format(c, in), c->spec[c->count], SPEC_MAX, &images);
    if (images != 1 || !chain_add(c, in)) return 0;
    oprun *run = &c->run[c->count - 1];
    if (op->stores_any) run->out.type = stored[rng_below(r, 6)];
    return 1;
}

static int check_random(rng *r, long *groups)
{
    static const wsi_dtype types[] = {WSI_BOOL, WSI_U8, WSI_U8, WSI_U8, WSI_U16, WSI_F32, WSI_F32, WSI_I16};
    const wsi_pixfmt in = {types[rng_below(r, 8)], rng_below(r, 2) ? 3 : 1 + (int)rng_below(r, 4)};
    const int wanted = 2 + (int)rng_below(r, STEPS - 1);
    chain c = {.count = 0};
    int failures = 0;
    for (int tries = 0; c.count < wanted && tries < TRIES; tries++) (void)add_random(&c, r, in);
    c.grouped = c.count ? group_of(&c) : 1;
    if (c.grouped > 1) {
        failures = check_group(&c, r, in);
        ++*groups;
    }
    chain_clear(&c);
    return failures;
}

int checkop_device_groups(uint64_t seed, int rounds)
{
    rng r = {seed * UINT64_C(0x9E3779B97F4A7C15) + 77};
    long groups = 0;
    int failures = 0;
    for (size_t i = 0; i < sizeof givens / sizeof givens[0]; i++) failures += check_given(&givens[i], &r);
    for (int i = 0; i < 16 * rounds; i++) failures += check_random(&r, &groups);
    printf("%-20s %ld random and %zu given, %d failures\n", "groups", groups, sizeof givens / sizeof givens[0],
           failures);
    return failures || !groups;
}
