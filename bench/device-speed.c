/* The time that operations take on a GPU on one whole image, for gpu/vessels.py: with the image in device memory, and
 * with copies from and to page-locked host memory around each call.
 *
 *   bench-device-speed ROUNDS PATH:TYPE:WxHxC FOLDER SPEC...
 *
 * SPEC as in the chain language, an operation of one input that needs no fit. Of each, a round of calls is timed by
 * events and divided by their number, and then single calls with both copies by the clock; after a round that is thrown
 * away medians over ROUNDS are printed, a line of JSON each. FOLDER/0.raw and so on get the results, rows without gaps.
 * Status: 0, 1 for a failure, 2 for wrong arguments, 77 without a GPU. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/thread.h"
#include "kernels/device.h"
#include "tests/oprun.h"

enum { ROUNDS_MAX = 200, BATCH = 10 /* calls between two events */, LINE = 256 };

typedef struct bench {
    wsi_device *device;
    wsi_stream *stream;
    wsi_event *from, *to;
    int rounds;
    const char *folder;
    wsi_image input;     /* pinned, rows without gaps */
    wsi_image on_device; /* its copy */
} bench;

/* One operation; the result is pinned as well. */
typedef struct step {
    oprun run;
    void *state, *scratch;
    wsi_image result;
    wsi_cuda_args args;
} step;

static _Noreturn void fail(int status, const char *what)
{
    fprintf(stderr, "bench-device-speed: %s\n", what);
    exit(status);
}

static void must(wsi_status status, const wsi_error *err)
{
    if (status != WSI_OK) fail(1, err->message);
}

static size_t row_bytes(const wsi_image *im)
{
    return (size_t)im->w * wsi_pixfmt_size(im->fmt);
}

static wsi_image pinned_image(const bench *b, wsi_pixfmt fmt, int64_t w, int64_t h)
{
    wsi_error err;
    wsi_image im = {NULL, (ptrdiff_t)((size_t)w * wsi_pixfmt_size(fmt)), w, h, fmt};
    must(wsi_pinned_alloc(b->device, (size_t)im.stride * (size_t)h, &im.data, &err), &err);
    return im;
}

/* Rows of whole lines, as pipelines have them. */
static wsi_image device_image(const bench *b, wsi_pixfmt fmt, int64_t w, int64_t h)
{
    wsi_error err;
    const size_t stride = ((size_t)w * wsi_pixfmt_size(fmt) + LINE - 1) / LINE * LINE;
    wsi_image im = {NULL, (ptrdiff_t)stride, w, h, fmt};
    must(wsi_device_alloc(b->device, stride * (size_t)h, &im.data, &err), &err);
    return im;
}

static void send(const bench *b, const wsi_image *to, const wsi_image *from)
{
    wsi_error err;
    must(wsi_copy_rows_to_device(b->stream, to->data, (size_t)to->stride, from->data, (size_t)from->stride,
                                 row_bytes(from), (size_t)from->h, &err),
         &err);
}

static void fetch(const bench *b, const wsi_image *to, const wsi_image *from)
{
    wsi_error err;
    must(wsi_copy_rows_to_host(b->stream, to->data, (size_t)to->stride, from->data, (size_t)from->stride, row_bytes(to),
                               (size_t)to->h, &err),
         &err);
}

static void finish(const bench *b)
{
    wsi_error err;
    must(wsi_stream_finish(b->stream, &err), &err);
}

static void call(const bench *b, const step *s)
{
    wsi_error err;
    must(wsi_device_run(b->stream, s->run.op, &s->args, &err), &err);
}

/* PATH:TYPE:WxHxC, into pinned memory and the device's. */
static void read_input(bench *b, char *text)
{
    char *shape = strrchr(text, ':'), *type = NULL;
    long long w, h;
    wsi_pixfmt fmt;
    if (shape) *shape = '\0', type = strrchr(text, ':');
    if (!type) fail(2, "the input is PATH:TYPE:WxHxC");
    *type = '\0';
    if (sscanf(shape + 1, "%lldx%lldx%d", &w, &h, &fmt.channels) != 3 || !wsi_dtype_parse(type + 1, &fmt.type))
        fail(2, "the input is PATH:TYPE:WxHxC");
    b->input = pinned_image(b, fmt, w, h);
    b->on_device = device_image(b, fmt, w, h);
    const size_t bytes = row_bytes(&b->input) * (size_t)h;
    FILE *f = fopen(text, "rb");
    if (!f || fread(b->input.data, 1, bytes, f) != bytes) fail(1, "cannot read the input");
    fclose(f);
    send(b, &b->on_device, &b->input);
    finish(b);
}

static void prepare(const bench *b, step *s, const char *spec)
{
    wsi_error err = {0};
    const wsi_image *in = &b->on_device;
    memset(s, 0, sizeof *s);
    if (oprun_parse(&s->run, spec, &err) != WSI_OK || oprun_prepare(&s->run, &in->fmt, 1, &err) != WSI_OK)
        fail(2, err.message);
    const wsi_op *op = s->run.op;
    if (!wsi_device_supports(op, s->run.params, &in->fmt, 1, s->run.out)) fail(2, "an operation is not for the GPU");
    oprun_prepare_size(&s->run, in->w, in->h);
    const wsi_rect frame = oprun_frame(&s->run, in);
    const size_t scratch = op->cuda_scratch ? op->cuda_scratch(s->run.params, &in->fmt, 1, frame.w, frame.h) : 0;
    must(wsi_device_alloc(b->device, scratch + 1, &s->scratch, &err), &err);
    must(wsi_device_alloc(b->device, op->state_size + 1, &s->state, &err), &err);
    must(wsi_copy_to_device(b->stream, s->state, s->run.state, op->state_size, &err), &err);
    s->result = pinned_image(b, s->run.out, frame.w, frame.h);
    s->args.device_state = s->state;
    s->args.call.src[0] = *in;
    s->args.call.dst = device_image(b, s->run.out, frame.w, frame.h);
    s->args.call.params = s->run.params;
    s->args.call.state = s->run.state;
    s->args.call.inputs = 1;
    s->args.call.scratch = s->scratch;
    finish(b);
}

static void release(const bench *b, step *s)
{
    wsi_device_free(b->device, &s->scratch);
    wsi_device_free(b->device, &s->state);
    wsi_device_free(b->device, &s->args.call.dst.data);
    wsi_pinned_free(b->device, &s->result.data);
    oprun_clear(&s->run);
}

/* Milliseconds a call, the image being there. */
static double resident(const bench *b, const step *s)
{
    wsi_error err;
    float ms;
    must(wsi_event_record(b->stream, b->from, &err), &err);
    for (int i = 0; i < BATCH; i++) call(b, s);
    must(wsi_event_record(b->stream, b->to, &err), &err);
    must(wsi_event_wait(b->to, &err), &err);
    must(wsi_event_elapsed(b->from, b->to, &ms, &err), &err);
    return (double)ms / BATCH;
}

/* Milliseconds with both copies. */
static double with_copies(const bench *b, const step *s)
{
    const double start = wsi_now();
    send(b, &b->on_device, &b->input);
    call(b, s);
    fetch(b, &s->result, &s->args.call.dst);
    finish(b);
    return 1e3 * (wsi_now() - start);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const bench *b, const step *s, double (*round)(const bench *, const step *))
{
    double ms[ROUNDS_MAX];
    (void)round(b, s);
    for (int i = 0; i < b->rounds; i++) ms[i] = round(b, s);
    qsort(ms, (size_t)b->rounds, sizeof *ms, by_value);
    return ms[b->rounds / 2];
}

static void write_result(const bench *b, const step *s, int index)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%d.raw", b->folder, index) >= (int)sizeof path) fail(2, "FOLDER is too long");
    FILE *f = fopen(path, "wb");
    const size_t bytes = row_bytes(&s->result) * (size_t)s->result.h;
    if (!f || fwrite(s->result.data, 1, bytes, f) != bytes || fclose(f) != 0) fail(1, "cannot write a result");
}

static void measure(const bench *b, const char *spec, int index)
{
    step s;
    prepare(b, &s, spec);
    const double there = median(b, &s, resident), copied = median(b, &s, with_copies);
    write_result(b, &s, index);
    printf("{\"step\": \"%s\", \"gpu\": \"%s\", \"type\": \"%s\", \"channels\": %d, \"resident_ms\": %.5f, "
           "\"copies_ms\": %.5f}\n",
           spec, wsi_device_about(b->device)->name, wsi_dtype_name(s.run.out.type), s.run.out.channels, there, copied);
    release(b, &s);
}

static void open_device(bench *b)
{
    wsi_error err;
    if (wsi_device_open(0, &b->device, &err) != WSI_OK) {
        printf("skipped: %s\n", err.message);
        exit(77);
    }
    must(wsi_stream_create(b->device, &b->stream, &err), &err);
    must(wsi_event_create(b->device, 1, &b->from, &err), &err);
    must(wsi_event_create(b->device, 1, &b->to, &err), &err);
}

int main(int argc, char **argv)
{
    bench b = {0};
    if (argc < 5) fail(2, "usage: bench-device-speed ROUNDS PATH:TYPE:WxHxC FOLDER SPEC...");
    b.rounds = (int)strtol(argv[1], NULL, 10);
    b.folder = argv[3];
    if (b.rounds < 1 || b.rounds > ROUNDS_MAX) fail(2, "rounds must be 1 to 200");
    open_device(&b);
    read_input(&b, argv[2]);
    for (int i = 4; i < argc; i++) measure(&b, argv[i], i - 4);
    wsi_device_free(b.device, &b.on_device.data);
    wsi_pinned_free(b.device, &b.input.data);
    wsi_event_destroy(&b.from);
    wsi_event_destroy(&b.to);
    wsi_stream_destroy(&b.stream);
    wsi_device_close(&b.device);
    return 0;
}
