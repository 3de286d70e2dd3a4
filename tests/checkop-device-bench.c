/* checkop --backend cuda --bench: operations on whole images in device memory, timed by events around a round of calls
 * that rotate over several images, so that no call finds its input in the cache. Bytes counted are those of input and
 * output once each; their share of what a plain copy on the device moves is printed. */
#include "checkop-device.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

enum { SIDE = 4096, IMAGES = 6, ROUNDS = 15, WARM_UP = 3, BATCH = 12 };

typedef struct bench_case {
    const char *spec;
    wsi_pixfmt in;
    wsi_dtype store;  /* WSI_DTYPE_COUNT: the operation's own */
    double reference; /* GPix/s of cucim.skimage 26.10 on an H200, or 0 */
} bench_case;

#define OWN WSI_DTYPE_COUNT

static const bench_case cases[] = {
    {"downscale_local_mean", {WSI_U8, 3}, OWN, 0},
    {"downscale_local_mean:factors=4", {WSI_F32, 1}, OWN, 0},
    {"resize", {WSI_U8, 3}, OWN, 0},
    {"resize:factor=4", {WSI_F32, 1}, OWN, 0},
    {"resize:factor=2", {WSI_F32, 1}, OWN, 48.6},
    {"pyramid_reduce", {WSI_F32, 1}, OWN, 0},
    {"blur_laplacian_variance", {WSI_F32, 1}, OWN, 0},
    {"blur_tenengrad", {WSI_F32, 1}, OWN, 0},
    {"tissue_fraction", {WSI_U8, 3}, OWN, 0},
    {"rgb2gray", {WSI_U8, 3}, OWN, 46.8},
    {"rgb2hed", {WSI_U8, 3}, OWN, 22.6},
    {"gaussian:sigma=1", {WSI_F32, 1}, OWN, 42.5},
    {"gaussian:sigma=2", {WSI_F32, 1}, OWN, 41.4},
    {"gaussian:sigma=5", {WSI_F32, 1}, OWN, 21.2},
    {"sobel", {WSI_F32, 1}, OWN, 26.8},
    {"median:footprint=disk,radius=3", {WSI_U8, 1}, OWN, 7.8},
    {"median:footprint=square,width=7", {WSI_U8, 1}, OWN, 4.8},
    {"erosion:footprint=disk,radius=5", {WSI_U8, 1}, OWN, 11.3},
    {"opening:footprint=disk,radius=5", {WSI_U8, 1}, OWN, 5.8},
    {"white_tophat:footprint=disk,radius=10", {WSI_U8, 1}, OWN, 0.94},
    {"binary_dilation:footprint=disk,radius=5", {WSI_BOOL, 1}, OWN, 16.2},
    {"rescale_intensity:in_range=[0.1,0.9]", {WSI_F32, 1}, OWN, 30},
    {"equalize_adapthist", {WSI_F32, 1}, OWN, 0.88},
    {"equalize_adapthist", {WSI_U8, 3}, OWN, 0},
    {"equalize_hist", {WSI_U8, 1}, OWN, 0},
    {"equalize_hist", {WSI_F32, 1}, OWN, 0},
    {"match_histograms:channel_axis=-1", {WSI_U8, 3}, OWN, 0},
    {"rgb2hsv", {WSI_F32, 3}, OWN, 35.9},
    {"rgb2lab", {WSI_F32, 3}, OWN, 13.1},
    {"rgb2lab", {WSI_U8, 3}, OWN, 0},
    {"lab2rgb", {WSI_F32, 3}, OWN, 0},
    {"adjust_gamma:gamma=2.2", {WSI_F32, 1}, OWN, 29},
    {"threshold_sauvola:window_size=15", {WSI_F32, 1}, OWN, 3.1},
    {"structure_tensor:sigma=1", {WSI_F32, 1}, OWN, 15.6},
    {"structure_tensor:sigma=2", {WSI_F32, 1}, OWN, 0},
    {"structure_tensor:sigma=4", {WSI_F32, 1}, OWN, 0},
    {"structure_tensor_eigenvalues", {WSI_F32, 3}, OWN, 0},
    {"corner_harris:sigma=1", {WSI_F32, 1}, OWN, 0},
    {"hessian_matrix:sigma=2", {WSI_F32, 1}, OWN, 0},
    {"hessian_matrix:sigma=2,use_gaussian_derivatives=true", {WSI_F32, 1}, OWN, 0},
    {"meijering:sigmas=[2],maxima=[0.02]", {WSI_F32, 1}, OWN, 4.1},
    {"sato:sigmas=[2]", {WSI_F32, 1}, OWN, 5.5},
    {"frangi:sigmas=[2],gamma=0.02", {WSI_F32, 1}, OWN, 7.5},
    {"frangi:gamma=0.02", {WSI_F32, 1}, OWN, 0.65},
    {"hessian:sigmas=[2]", {WSI_F32, 1}, OWN, 6.8},
    {"rgb2hed", {WSI_F32, 3}, OWN, 0},
    {"rgb2hed", {WSI_U8, 3}, WSI_U8, 0},
    {"hed2rgb", {WSI_F32, 3}, WSI_U8, 0},
    {"rgb2gray", {WSI_U8, 3}, WSI_U8, 0},
    {"cast:dtype=float32", {WSI_U8, 3}, OWN, 0},
    {"cast:dtype=uint8", {WSI_F32, 3}, OWN, 0},
    {"channel:index=0", {WSI_F32, 3}, OWN, 0},
    {"channel:index=1", {WSI_U8, 3}, OWN, 0},
    {"invert", {WSI_U8, 3}, OWN, 0},
    {"invert", {WSI_F32, 1}, OWN, 0},
    {"rescale_intensity:in_range=[20,230]", {WSI_U8, 3}, OWN, 0},
    {"threshold:value=0.5", {WSI_F32, 1}, OWN, 0},
    {"threshold:value=100", {WSI_U8, 1}, OWN, 0},
    {"add:other=0.5", {WSI_F32, 1}, OWN, 0},
    {"add:other=@1", {WSI_F32, 1}, OWN, 0},
    {"multiply:other=2", {WSI_F32, 1}, OWN, 0},
    {"subtract:other=@1", {WSI_F32, 1}, OWN, 0},
    {"divide:other=@1", {WSI_F32, 1}, OWN, 0},
    {"power:other=1.5", {WSI_F32, 1}, OWN, 0},
    {"minimum:other=@1", {WSI_F32, 1}, OWN, 0},
    {"maximum:other=0.5", {WSI_F32, 1}, OWN, 0},
    {"clip:min=20,max=230", {WSI_U8, 3}, OWN, 0},
    {"clip:min=0.2,max=0.8", {WSI_F32, 1}, OWN, 0},
    {"abs", {WSI_F32, 1}, OWN, 0},
    {"sqrt", {WSI_F32, 1}, OWN, 0},
    {"log", {WSI_F32, 1}, OWN, 0},
    {"exp", {WSI_F32, 1}, OWN, 0},
    {"compare:other=@1,op=less", {WSI_F32, 1}, OWN, 0},
    {"compare:other=0.5,op=less", {WSI_F32, 1}, OWN, 0},
    {"logical_and:other=@1", {WSI_BOOL, 1}, OWN, 0},
    {"logical_not", {WSI_BOOL, 1}, OWN, 0},
    {"where:other=@1,condition=@2", {WSI_F32, 1}, OWN, 0},
    {"stack:second=@1,third=@2", {WSI_F32, 1}, OWN, 0},
    {"unstack:channels=[2,1,0]", {WSI_U8, 3}, OWN, 0},
    {"mask:mask=@1", {WSI_U8, 3}, OWN, 0},
    {"mask:mask=@1", {WSI_F32, 1}, OWN, 0},
    {"gaussian:sigma=1", {WSI_U8, 3}, WSI_U8, 0},
    {"gaussian:sigma=2", {WSI_U8, 3}, WSI_U8, 0},
    {"gaussian:sigma=5", {WSI_U8, 3}, WSI_U8, 0},
    {"gaussian:sigma=20", {WSI_F32, 1}, OWN, 0},
    {"gaussian:sigma=40", {WSI_F32, 1}, OWN, 0},
    {"sobel", {WSI_U8, 3}, WSI_U8, 0},
    {"sobel_h", {WSI_F32, 1}, OWN, 0},
    {"scharr", {WSI_F32, 1}, OWN, 25.9},
    {"laplace", {WSI_F32, 1}, OWN, 52.7},
    {"prewitt", {WSI_F32, 1}, OWN, 0},
    {"roberts", {WSI_F32, 1}, OWN, 0},
    {"farid", {WSI_F32, 1}, OWN, 0},
    {"difference_of_gaussians:low_sigma=1,high_sigma=4", {WSI_F32, 1}, OWN, 19.3},
    {"unsharp_mask:radius=2", {WSI_F32, 1}, OWN, 17.2},
    {"uniform:size=3", {WSI_F32, 1}, OWN, 0},
    {"uniform:size=15", {WSI_F32, 1}, OWN, 0},
    {"uniform:size=101", {WSI_F32, 1}, OWN, 0},
    {"convolve:kernel=[1,2,1,2,4,2,1,2,1]", {WSI_F32, 1}, OWN, 0},
    {"gabor:frequency=0.1", {WSI_F32, 1}, OWN, 0.27},
    {"gabor:frequency=0.1,output=magnitude", {WSI_F32, 1}, OWN, 0},
    {"gabor:frequency=0.2,theta=0.7,sigma_x=2,sigma_y=4", {WSI_F32, 1}, OWN, 0},
    {"median", {WSI_U8, 1}, OWN, 0},
    {"median", {WSI_U8, 3}, OWN, 0},
    {"median:footprint=disk,radius=3", {WSI_U16, 1}, OWN, 0},
    {"median:footprint=disk,radius=3", {WSI_F32, 1}, OWN, 0},
    {"median:footprint=square,width=15", {WSI_U8, 1}, OWN, 0},
    {"erosion", {WSI_U8, 1}, OWN, 0},
    {"erosion", {WSI_F32, 1}, OWN, 0},
    {"erosion:footprint=square,width=3", {WSI_U8, 1}, OWN, 0},
    {"erosion:footprint=disk,radius=2", {WSI_U8, 1}, OWN, 0},
    {"dilation:footprint=disk,radius=2", {WSI_U8, 1}, OWN, 0},
    {"erosion:footprint=disk,radius=3", {WSI_U8, 1}, OWN, 0},
    {"dilation:footprint=disk,radius=3", {WSI_U8, 1}, OWN, 0},
    {"opening:footprint=disk,radius=3", {WSI_BOOL, 1}, OWN, 0},
    {"erosion:footprint=disk,radius=5", {WSI_F32, 1}, OWN, 0},
    {"dilation:footprint=square,width=31", {WSI_U8, 1}, OWN, 0},
    {"closing:footprint=disk,radius=10", {WSI_U8, 1}, OWN, 0},
    {"erosion:footprint=disk,radius=60", {WSI_U8, 1}, OWN, 0},
    {"isotropic_erosion:radius=10", {WSI_BOOL, 1}, OWN, 0},
    {"isotropic_erosion:radius=10", {WSI_U8, 1}, OWN, 0},
    {"find_boundaries", {WSI_U8, 1}, OWN, 0},
    {"find_boundaries", {WSI_U32, 1}, OWN, 0},
    {"find_boundaries:mode=outer", {WSI_U32, 1}, OWN, 0},
    {"expand_labels:distance=5", {WSI_U32, 1}, OWN, 0},
    {"expand_labels:distance=30", {WSI_U32, 1}, OWN, 0},
};

/* Chains of which all steps make one group: timed as one kernel, and step by step. */
typedef struct bench_chain {
    wsi_pixfmt in;
    const char *steps[WSI_GROUP_STEPS_MAX];
} bench_chain;

static const bench_chain chains[] = {
    {{WSI_U8, 3}, {"rgb2hed", "channel:index=0"}},
    {{WSI_U8, 3}, {"rgb2hed", "channel:index=0", "gaussian:sigma=2", "threshold:value=0.1"}},
    {{WSI_U8, 3}, {"rgb2gray", "gaussian:sigma=1", "threshold:value=0.5"}},
    {{WSI_U8, 3}, {"rgb2gray", "sobel", "threshold:value=0.05"}},
    {{WSI_U8, 3}, {"rgb2gray", "cast:dtype=uint8", "invert", "threshold:value=100"}},
    {{WSI_F32, 1}, {"gaussian:sigma=2", "cast:dtype=uint8"}},
    {{WSI_U8, 3}, {"rgb2gray", "subtract:other=0.5", "abs", "clip:min=0.1,max=0.4"}},
    {{WSI_U8, 3}, {"rgb2lab", "channel:index=1", "compare:other=10,op=greater_equal"}},
    {{WSI_U8, 3}, {"rgb2gray", "maximum:other=0.01", "log"}},
};

typedef struct bench {
    wsi_stream *stream;
    wsi_event *from, *to;
    double copy; /* GB/s of a copy on the device, read and written */
    FILE *json;
    double log_sum;
    int references, written;
} bench;

/* Ends the program: a benchmark that cannot run has no result. */
static void must(wsi_status status, const wsi_error *err)
{
    if (status == WSI_OK) return;
    fprintf(stderr, "checkop: %s\n", err->message);
    exit(1);
}

static int by_value(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static float median_of(float *v, int n)
{
    qsort(v, (size_t)n, sizeof *v, by_value);
    return v[n / 2];
}

static void measure_copy(bench *b)
{
    const size_t bytes = (size_t)1 << 30;
    void *from, *to;
    float ms[ROUNDS];
    wsi_error err;
    must(wsi_device_alloc(checkop_device(), bytes, &from, &err), &err);
    must(wsi_device_alloc(checkop_device(), bytes, &to, &err), &err);
    must(wsi_fill_on_device(b->stream, from, 0x5A, bytes, &err), &err);
    for (int i = 0; i < ROUNDS; i++) {
        must(wsi_event_record(b->stream, b->from, &err), &err);
        for (int k = 0; k < 4; k++) must(wsi_copy_on_device(b->stream, to, from, bytes, &err), &err);
        must(wsi_event_record(b->stream, b->to, &err), &err);
        must(wsi_event_wait(b->to, &err), &err);
        must(wsi_event_elapsed(b->from, b->to, &ms[i], &err), &err);
    }
    b->copy = 4 * 2e-6 * (double)bytes / (double)median_of(ms, ROUNDS);
    wsi_device_free(checkop_device(), &from);
    wsi_device_free(checkop_device(), &to);
}

/* One operation's images in device memory. */
typedef struct bench_data {
    oprun run;
    wsi_rect frame; /* the result */
    wsi_cuda_args args[IMAGES];
    void *memory[IMAGES][WSI_OP_INPUTS_MAX + 1], *scratch, *state;
} bench_data;

/* An image with rows of whole lines, as pipelines have them. */
static wsi_image device_image_of(wsi_pixfmt fmt, int64_t w, int64_t h, void **memory)
{
    const size_t stride = ((size_t)w * wsi_pixfmt_size(fmt) + 255) / 256 * 256;
    wsi_error err;
    must(wsi_device_alloc(checkop_device(), stride * (size_t)h, memory, &err), &err);
    return (wsi_image){*memory, (ptrdiff_t)stride, w, h, fmt};
}

static wsi_image device_image(wsi_pixfmt fmt, void **memory)
{
    return device_image_of(fmt, SIDE, SIDE, memory);
}

/* Noise that repeats after a few rows, the same number of rows later in each image. */
static void send_noise(const bench *b, const wsi_image *im, uint64_t seed)
{
    enum { PERIOD = 64 };
    const size_t row = (size_t)SIDE * wsi_pixfmt_size(im->fmt);
    const wsi_image noise = oprun_image(im->fmt, SIDE, PERIOD);
    wsi_error err;
    rng r = {seed};
    fill_image(&r, &noise, FILL_NOISE);
    for (int64_t y = 0; y < SIDE; y += PERIOD)
        must(wsi_copy_rows_to_device(b->stream, wsi_image_row(im, y), (size_t)im->stride, noise.data,
                                     (size_t)noise.stride, row, PERIOD, &err),
             &err);
    must(wsi_stream_finish(b->stream, &err), &err);
    wsi_free(noise.data);
}

/* What an operation learns first it learns of noise; where it needs a reference, that is the same. */
static void learn(bench_data *d, const wsi_pixfmt *in, int inputs)
{
    wsi_image src[3];
    wsi_error err;
    rng r = {7};
    if (!d->run.op->reduction) return;
    for (int k = 0; k < inputs; k++) {
        src[k] = oprun_image(in[k], SIDE, SIDE);
        fill_image(&r, &src[k], FILL_NOISE);
    }
    d->run.reference = d->run.op->reduction->takes_target ? src : NULL;
    must(oprun_fit(&d->run, src, 0, &err), &err);
    d->run.reference = NULL;
    for (int k = 0; k < inputs; k++) wsi_free(src[k].data);
}

static void prepare(const bench *b, bench_data *d, const bench_case *c)
{
    wsi_pixfmt in[3] = {c->in, {c->in.type, 1}, {c->in.type, 1}};
    const int inputs = strstr(c->spec, "@2") ? 3 : strchr(c->spec, '@') ? 2 : 1;
    if (strstr(c->spec, "mask=@1")) in[1].type = WSI_BOOL;
    if (strstr(c->spec, "condition=@2")) in[2].type = WSI_BOOL;
    wsi_error err;
    memset(d, 0, sizeof *d);
    must(oprun_parse(&d->run, c->spec, &err), &err);
    must(oprun_prepare(&d->run, in, inputs, &err), &err);
    if (c->store != OWN) d->run.out.type = c->store;
    const wsi_op *op = d->run.op;
    learn(d, in, inputs);
    d->frame = wsi_scale_frame(wsi_op_scale(op, d->run.params), (wsi_rect){0, 0, SIDE, SIDE});
    oprun_prepare_size(&d->run, SIDE, SIDE);
    const size_t scratch = op->cuda_scratch ? op->cuda_scratch(d->run.params, in, inputs, d->frame.w, d->frame.h) : 0;
    must(wsi_device_alloc(checkop_device(), scratch, &d->scratch, &err), &err);
    must(wsi_device_alloc(checkop_device(), d->run.state_size, &d->state, &err), &err);
    must(wsi_copy_to_device(b->stream, d->state, d->run.state, d->run.state_size, &err), &err);
    for (int i = 0; i < IMAGES; i++) {
        wsi_kernel_args *call = &d->args[i].call;
        for (int k = 0; k < inputs; k++) {
            call->src[k] = device_image(in[k], &d->memory[i][k]);
            send_noise(b, &call->src[k], (uint64_t)(3 * i + k + 1));
        }
        call->dst = device_image_of(d->run.out, d->frame.w, d->frame.h, &d->memory[i][WSI_OP_INPUTS_MAX]);
        call->params = d->run.params;
        call->state = d->run.state;
        call->inputs = oprun_kernel_inputs(&d->run);
        call->scratch = d->scratch;
        d->args[i].device_state = d->state;
    }
}

static void release(bench_data *d)
{
    for (int i = 0; i < IMAGES; i++)
        for (int k = 0; k <= WSI_OP_INPUTS_MAX; k++) wsi_device_free(checkop_device(), &d->memory[i][k]);
    wsi_device_free(checkop_device(), &d->scratch);
    wsi_device_free(checkop_device(), &d->state);
    oprun_clear(&d->run);
}

/* Milliseconds a call. */
static double time_call(const bench *b, const bench_data *d)
{
    float ms[ROUNDS];
    wsi_error err;
    for (int round = -WARM_UP; round < ROUNDS; round++) {
        must(wsi_event_record(b->stream, b->from, &err), &err);
        for (int i = 0; i < BATCH; i++) must(wsi_device_run(b->stream, d->run.op, &d->args[i % IMAGES], &err), &err);
        must(wsi_event_record(b->stream, b->to, &err), &err);
        must(wsi_event_wait(b->to, &err), &err);
        if (round >= 0) must(wsi_event_elapsed(b->from, b->to, &ms[round], &err), &err);
    }
    return (double)median_of(ms, ROUNDS) / BATCH;
}

static void report(bench *b, const bench_case *c, const bench_data *d, double ms)
{
    const double pixels = (double)SIDE * SIDE, rate = pixels / ms * 1e-6;
    double bytes = (double)wsi_pixfmt_size(d->run.out) * (double)(d->frame.w * d->frame.h) / pixels;
    for (int i = 0; i < d->run.inputs; i++) bytes += (double)wsi_pixfmt_size(d->run.in[i]);
    const double share = rate * bytes / b->copy;
    printf("%-38s %8sx%d -> %-8s %8.4f ms %8.1f GPix/s %5.1f %% of copy", c->spec, wsi_dtype_name(c->in.type),
           c->in.channels, wsi_dtype_name(d->run.out.type), ms, rate, 100 * share);
    if (c->reference > 0) printf("  %5.1f x cucim", rate / c->reference);
    printf("\n");
    fflush(stdout);
    if (c->reference > 0) b->log_sum += log(rate / c->reference), b->references++;
    if (!b->json) return;
    fprintf(b->json,
            "%s\n    {\"step\": \"%s\", \"type\": \"%s\", \"channels\": %d, \"result\": \"%s\", \"ms\": %.5f, "
            "\"gpix_s\": %.2f, \"gb_s\": %.1f, \"share_of_copy\": %.4f",
            b->written++ ? "," : "", c->spec, wsi_dtype_name(c->in.type), c->in.channels,
            wsi_dtype_name(d->run.out.type), ms, rate, rate * bytes, share);
    if (c->reference > 0)
        fprintf(b->json, ", \"cucim_gpix_s\": %.1f, \"ratio\": %.2f", c->reference, rate / c->reference);
    fprintf(b->json, "}");
}

static void run_cases(bench *b, const char *only)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const size_t name = strcspn(cases[i].spec, ":");
        bench_data d;
        if (only && (strlen(only) != name || strncmp(only, cases[i].spec, name) != 0)) continue;
        prepare(b, &d, &cases[i]);
        report(b, &cases[i], &d, time_call(b, &d));
        release(&d);
    }
}

/* A chain's steps and images in device memory: those between the steps are one set for all calls. */
typedef struct chain_data {
    int count;
    oprun run[WSI_GROUP_STEPS_MAX];
    const wsi_op *ops[WSI_GROUP_STEPS_MAX];
    void *state[WSI_GROUP_STEPS_MAX], *between[WSI_GROUP_STEPS_MAX], *first[IMAGES], *last[IMAGES];
    wsi_cuda_args alone[IMAGES][WSI_GROUP_STEPS_MAX], fused[IMAGES][WSI_GROUP_STEPS_MAX];
} chain_data;

static void prepare_step(const bench *b, chain_data *d, int i, const char *spec, const wsi_pixfmt *in)
{
    oprun *run = &d->run[i];
    wsi_error err;
    must(oprun_parse(run, spec, &err), &err);
    must(oprun_prepare(run, in, 1, &err), &err);
    d->ops[i] = run->op;
    must(wsi_device_alloc(checkop_device(), run->op->state_size + 1, &d->state[i], &err), &err);
    must(wsi_copy_to_device(b->stream, d->state[i], run->state, run->op->state_size, &err), &err);
    must(wsi_stream_finish(b->stream, &err), &err);
    for (int k = 0; k < IMAGES; k++) {
        wsi_cuda_args *args = &d->alone[k][i];
        args->call.params = run->params;
        args->call.state = run->state;
        args->call.inputs = 1;
        args->device_state = d->state[i];
    }
}

static void join_steps(chain_data *d, const wsi_image *between, const wsi_image *first, const wsi_image *last)
{
    for (int k = 0; k < IMAGES; k++)
        for (int i = 0; i < d->count; i++) {
            wsi_kernel_args *call = &d->alone[k][i].call;
            call->src[0] = i == 0 ? first[k] : between[i - 1];
            call->dst = i == d->count - 1 ? last[k] : between[i];
            d->fused[k][i] = d->alone[k][i];
            if (i > 0) d->fused[k][i].call.src[0].data = NULL;
            if (i < d->count - 1) d->fused[k][i].call.dst.data = NULL;
        }
}

static void prepare_chain(const bench *b, chain_data *d, const bench_chain *c)
{
    wsi_image first[IMAGES], last[IMAGES], between[WSI_GROUP_STEPS_MAX];
    memset(d, 0, sizeof *d);
    for (; d->count < WSI_GROUP_STEPS_MAX && c->steps[d->count]; d->count++) {
        const int i = d->count;
        prepare_step(b, d, i, c->steps[i], i ? &d->run[i - 1].out : &c->in);
        between[i] = device_image(d->run[i].out, &d->between[i]);
    }
    for (int k = 0; k < IMAGES; k++) {
        first[k] = device_image(c->in, &d->first[k]);
        last[k] = device_image(d->run[d->count - 1].out, &d->last[k]);
        send_noise(b, &first[k], (uint64_t)k + 1);
    }
    join_steps(d, between, first, last);
}

static void release_chain(chain_data *d)
{
    for (int i = 0; i < d->count; i++) {
        wsi_device_free(checkop_device(), &d->state[i]);
        wsi_device_free(checkop_device(), &d->between[i]);
        oprun_clear(&d->run[i]);
    }
    for (int k = 0; k < IMAGES; k++) {
        wsi_device_free(checkop_device(), &d->first[k]);
        wsi_device_free(checkop_device(), &d->last[k]);
    }
}

/* Milliseconds a pass over the chain. */
static double time_chain(const bench *b, chain_data *d, int fused)
{
    float ms[ROUNDS];
    wsi_error err;
    for (int round = -WARM_UP; round < ROUNDS; round++) {
        must(wsi_event_record(b->stream, b->from, &err), &err);
        for (int k = 0; k < BATCH; k++) {
            if (fused) must(wsi_device_run_group(b->stream, d->ops, d->fused[k % IMAGES], d->count, &err), &err);
            for (int i = 0; i < d->count && !fused; i++)
                must(wsi_device_run(b->stream, d->ops[i], &d->alone[k % IMAGES][i], &err), &err);
        }
        must(wsi_event_record(b->stream, b->to, &err), &err);
        must(wsi_event_wait(b->to, &err), &err);
        if (round >= 0) must(wsi_event_elapsed(b->from, b->to, &ms[round], &err), &err);
    }
    return (double)median_of(ms, ROUNDS) / BATCH;
}

static void run_chains(bench *b)
{
    if (b->json) fprintf(b->json, "\n  ],\n  \"groups\": [");
    for (size_t i = 0; i < sizeof chains / sizeof chains[0]; i++) {
        const bench_chain *c = &chains[i];
        char text[256] = "";
        chain_data d;
        prepare_chain(b, &d, c);
        for (int k = 0; k < d.count; k++) {
            const size_t at = strlen(text);
            snprintf(text + at, sizeof text - at, "%s%s", k ? " | " : "", c->steps[k]);
        }
        const double pixels = (double)SIDE * SIDE, fused = time_chain(b, &d, 1), alone = time_chain(b, &d, 0);
        const double share = pixels / fused * 1e-6 *
                             (double)(wsi_pixfmt_size(c->in) + wsi_pixfmt_size(d.run[d.count - 1].out)) / b->copy;
        printf("%-72s %8.4f ms as one kernel, %8.4f ms step by step, %5.1f %% of copy\n", text, fused, alone,
               100 * share);
        if (b->json)
            fprintf(b->json,
                    "%s\n    {\"steps\": \"%s\", \"type\": \"%s\", \"channels\": %d, \"ms\": %.5f, "
                    "\"ms_step_by_step\": %.5f, \"gpix_s\": %.2f, \"share_of_copy\": %.4f}",
                    i ? "," : "", text, wsi_dtype_name(c->in.type), c->in.channels, fused, alone, pixels / fused * 1e-6,
                    share);
        release_chain(&d);
    }
}

int checkop_device_bench(const char *only, const char *path)
{
    const wsi_device_info *about = wsi_device_about(checkop_device());
    bench b = {0};
    wsi_error err;
    wsi_device_debug(checkop_device(), 0);
    must(wsi_stream_create(checkop_device(), &b.stream, &err), &err);
    must(wsi_event_create(checkop_device(), 1, &b.from, &err), &err);
    must(wsi_event_create(checkop_device(), 1, &b.to, &err), &err);
    if (path && !(b.json = fopen(path, "w"))) return fprintf(stderr, "checkop: cannot write %s\n", path), 1;
    measure_copy(&b);
    printf("%s, copy on the device %.0f GB/s read and written, images of %d x %d\n", about->name, b.copy, SIDE, SIDE);
    if (b.json)
        fprintf(b.json, "{\"device\": \"%s\", \"copy_gb_s\": %.1f, \"side\": %d, \"rows\": [", about->name, b.copy,
                SIDE);
    run_cases(&b, only);
    if (!only || strcmp(only, "groups") == 0) run_chains(&b);
    const double mean = b.references ? exp(b.log_sum / b.references) : 0;
    if (b.references) printf("geometric mean over %d rows: %.2f x cucim\n", b.references, mean);
    if (b.json) {
        fprintf(b.json, "\n  ],\n  \"geometric_mean_ratio\": %.3f}\n", mean);
        fclose(b.json);
    }
    wsi_event_destroy(&b.from);
    wsi_event_destroy(&b.to);
    wsi_stream_destroy(&b.stream);
    return 0;
}
