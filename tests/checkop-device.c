/* A step on a GPU; see checkop-device.h. */
#include "checkop-device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

enum { GUARD = 512, GUARD_BYTE = 0x5A, LINE = 256 };

static wsi_device *device;
static wsi_stream *stream;
static char failure[WSI_ERROR_MESSAGE_MAX + 64];

int checkop_device_open(void)
{
    wsi_error err;
    if (wsi_device_open(0, &device, &err) == WSI_OK) {
        wsi_device_debug(device, 1);
        if (wsi_stream_create(device, &stream, &err) == WSI_OK) return 1;
    }
    printf("skipped: %s\n", err.message);
    return 0;
}

void checkop_device_close(void)
{
    wsi_stream_destroy(&stream);
    wsi_device_close(&device);
}

wsi_device *checkop_device(void)
{
    return device;
}

static const char *fail(const char *what, const wsi_error *err)
{
    snprintf(failure, sizeof failure, "%s%s%s", what, err ? ": " : "", err ? err->message : "");
    return failure;
}

/* A block of device memory and its twin on the host. */
typedef struct block {
    void *memory;
    unsigned char *host;
    size_t bytes;
} block;

static int block_make(block *b, size_t bytes, wsi_error *err)
{
    b->bytes = bytes;
    b->host = (unsigned char *)wsi_calloc(bytes + 1, 1);
    if (!b->host) abort();
    memset(b->host, GUARD_BYTE, bytes);
    return wsi_device_alloc(device, bytes, &b->memory, err) == WSI_OK;
}

static int block_send(const block *b, wsi_error *err)
{
    return wsi_copy_to_device(stream, b->memory, b->host, b->bytes, err) == WSI_OK &&
           wsi_stream_finish(stream, err) == WSI_OK;
}

static int block_fetch(const block *b, wsi_error *err)
{
    return wsi_copy_to_host(stream, b->host, b->memory, b->bytes, err) == WSI_OK &&
           wsi_stream_finish(stream, err) == WSI_OK;
}

static void block_free(block *b)
{
    wsi_device_free(device, &b->memory);
    wsi_free(b->host);
}

/* A place for an image in a block with `guard` bytes on both sides: every other one starts on a line, with rows of
 * whole lines, and the others lie anywhere and end with the block. */
static wsi_image place(rng *r, wsi_pixfmt fmt, int64_t w, int64_t h, size_t guard, size_t *start, size_t *bytes)
{
    const size_t sample = wsi_dtype_size(fmt.type), row = (size_t)w * wsi_pixfmt_size(fmt);
    const int aligned = rng_below(r, 2) == 0;
    const size_t stride = aligned ? (row + 15) / 16 * 16 : row + (size_t)rng_below(r, 5) * sample;
    const size_t body = stride * (size_t)(h - 1) + row;
    *start = guard + (aligned ? 0 : (size_t)rng_below(r, 16) * sample);
    *bytes = *start + body + guard;
    if (!aligned) {
        const size_t slack = (LINE - *bytes % LINE) % LINE / sample * sample;
        *start += slack;
        *bytes += slack;
    }
    return (wsi_image){NULL, (ptrdiff_t)stride, w, h, fmt};
}

typedef struct device_call {
    block src[WSI_OP_INPUTS_MAX], dst, scratch, state;
    wsi_cuda_args args;
    wsi_image result; /* dst on the host */
} device_call;

static int send_source(device_call *c, rng *r, int i, const wsi_image *crop, wsi_error *err)
{
    size_t start, bytes;
    wsi_image im = place(r, crop->fmt, crop->w, crop->h, 0, &start, &bytes);
    if (!block_make(&c->src[i], bytes, err)) return 0;
    im.data = c->src[i].host + start;
    wsi_image_copy(&im, crop);
    im.data = (char *)c->src[i].memory + start;
    c->args.call.src[i] = im;
    return block_send(&c->src[i], err);
}

static int send_dst(device_call *c, rng *r, const wsi_image *dst, wsi_error *err)
{
    size_t start, bytes;
    wsi_image im = place(r, dst->fmt, dst->w, dst->h, GUARD, &start, &bytes);
    if (!block_make(&c->dst, bytes, err)) return 0;
    c->result = im;
    c->result.data = c->dst.host + start;
    im.data = (char *)c->dst.memory + start;
    c->args.call.dst = im;
    return block_send(&c->dst, err);
}

static int send_scratch(device_call *c, size_t bytes, wsi_error *err)
{
    block *s = &c->scratch;
    if (!block_make(s, bytes + 2 * GUARD, err)) return 0;
    c->args.call.scratch = (char *)s->memory + GUARD;
    return wsi_fill_on_device(stream, s->memory, GUARD_BYTE, GUARD, err) == WSI_OK &&
           wsi_fill_on_device(stream, (char *)s->memory + s->bytes - GUARD, GUARD_BYTE, GUARD, err) == WSI_OK;
}

/* What a step was prepared with; *state gets a copy of its state. */
static int send_state(wsi_cuda_args *args, block *state, const oprun *run, wsi_error *err)
{
    args->call.params = run->params;
    args->call.state = run->state;
    args->call.inputs = oprun_kernel_inputs(run);
    if (!block_make(state, run->state_size, err)) return 0;
    args->device_state = run->state_size ? state->memory : NULL;
    if (run->state_size) memcpy(state->host, run->state, run->state_size);
    return block_send(state, err);
}

/* Everything the kernel gets besides its sources. */
static int send_rest(device_call *c, rng *r, const oprun *run, const wsi_image *dst, wsi_error *err)
{
    const size_t scratch = run->op->cuda_scratch
                               ? run->op->cuda_scratch(run->params, run->in, oprun_kernel_inputs(run), dst->w, dst->h)
                               : 0;
    return send_dst(c, r, dst, err) && send_scratch(c, scratch, err) && send_state(&c->args, &c->state, run, err);
}

static int guards_hold(const device_call *c)
{
    const wsi_image *im = &c->result;
    const size_t row = (size_t)im->w * wsi_pixfmt_size(im->fmt);
    for (size_t i = 0; i < c->dst.bytes; i++) {
        const ptrdiff_t at = c->dst.host + i - (const unsigned char *)im->data;
        const int inside = at >= 0 && at < im->stride * im->h && (size_t)(at % im->stride) < row;
        if (!inside && c->dst.host[i] != GUARD_BYTE) return 0;
    }
    return 1;
}

static int scratch_holds(device_call *c, wsi_error *err)
{
    const block *s = &c->scratch;
    unsigned char edge[2 * GUARD];
    if (wsi_copy_to_host(stream, edge, s->memory, GUARD, err) != WSI_OK ||
        wsi_copy_to_host(stream, edge + GUARD, (char *)s->memory + s->bytes - GUARD, GUARD, err) != WSI_OK ||
        wsi_stream_finish(stream, err) != WSI_OK)
        return 0;
    for (int i = 0; i < 2 * GUARD; i++)
        if (edge[i] != GUARD_BYTE) return 0;
    return 1;
}

static const char *run_call(device_call *c, oprun *run, const wsi_image *dst)
{
    wsi_error err = {0};
    if (wsi_device_run(stream, run->op, &c->args, &err) != WSI_OK) return fail("on the GPU", &err);
    if (!block_fetch(&c->dst, &err)) return fail("fetching", &err);
    if (!guards_hold(c)) return fail("writes outside its output on the GPU", NULL);
    if (!scratch_holds(c, &err)) return fail("writes outside its scratch on the GPU", NULL);
    wsi_image_copy(dst, &c->result);
    return NULL;
}

const char *checkop_device_tile(oprun *run, rng *r, const wsi_image *src, wsi_rect rect, const wsi_halo *halo,
                                const wsi_image *dst)
{
    const wsi_halo reach = halo ? *halo : oprun_halo(run);
    const char *wrong = NULL;
    wsi_error err = {0};
    device_call c;
    memset(&c, 0, sizeof c);
    if (!wsi_device_supports(run->op, run->params, run->in, oprun_kernel_inputs(run), dst->fmt))
        return "is not for the GPU";
    oprun_prepare_size(run, src[0].w, src[0].h);
    c.args.call.at_x = rect.x;
    c.args.call.at_y = rect.y;
    for (int i = 0; i < oprun_kernel_inputs(run) && !wrong; i++) {
        const wsi_rect crop = oprun_crop(run, &src[i], rect, reach, &c.args.call.ox[i], &c.args.call.oy[i]);
        const wsi_image im = wsi_image_crop(&src[i], crop);
        if (!send_source(&c, r, i, &im, &err)) wrong = fail("sending", &err);
    }
    if (!wrong && !send_rest(&c, r, run, dst, &err)) wrong = fail("sending", &err);
    if (!wrong) wrong = run_call(&c, run, dst);
    for (int i = 0; i < run->inputs; i++) block_free(&c.src[i]);
    block_free(&c.dst);
    block_free(&c.scratch);
    block_free(&c.state);
    return wrong;
}

/* Fills the arguments of each step, from the last to the first, as if every step were to run on its own, with now and
 * then more of an image than is needed; *crop gets the part of the source that the first one reads. */
static void lay_out_group(wsi_cuda_args *args, const oprun *runs, int count, rng *r, const wsi_image *src,
                          wsi_rect rect, wsi_rect *crop)
{
    const wsi_rect all = {0, 0, src->w, src->h};
    for (int i = count - 1; i >= 0; i--) {
        const wsi_halo halo = oprun_halo(&runs[i]);
        *crop = wsi_rect_intersect(wsi_rect_grow(rect, halo.x + rng_below(r, 3), halo.y + rng_below(r, 3)), all);
        wsi_kernel_args *call = &args[i].call;
        call->src[0] = (wsi_image){NULL, 0, crop->w, crop->h, runs[i].in[0]};
        call->dst = (wsi_image){NULL, 0, rect.w, rect.h, runs[i].out};
        call->ox[0] = rect.x - crop->x;
        call->oy[0] = rect.y - crop->y;
        rect = *crop;
    }
}

const char *checkop_device_group(oprun *runs, int count, rng *r, const wsi_image *src, wsi_rect rect,
                                 const wsi_image *dst)
{
    wsi_cuda_args args[WSI_GROUP_STEPS_MAX];
    const wsi_op *ops[WSI_GROUP_STEPS_MAX];
    block states[WSI_GROUP_STEPS_MAX];
    wsi_error err = {0};
    wsi_rect crop;
    device_call c;
    memset(&c, 0, sizeof c);
    memset(args, 0, sizeof args);
    memset(states, 0, sizeof states);
    lay_out_group(args, runs, count, r, src, rect, &crop);
    const wsi_image part = wsi_image_crop(src, crop);
    int sent = send_source(&c, r, 0, &part, &err) && send_dst(&c, r, dst, &err);
    args[0].call.src[0] = c.args.call.src[0];
    args[count - 1].call.dst = c.args.call.dst;
    for (int i = 0; i < count && sent; i++) {
        ops[i] = runs[i].op;
        sent = send_state(&args[i], &states[i], &runs[i], &err);
    }
    const char *wrong = sent ? NULL : fail("sending", &err);
    if (!wrong && wsi_device_run_group(stream, ops, args, count, &err) != WSI_OK) wrong = fail("on the GPU", &err);
    if (!wrong && !block_fetch(&c.dst, &err)) wrong = fail("fetching", &err);
    if (!wrong && !guards_hold(&c)) wrong = fail("writes outside its output on the GPU", NULL);
    if (!wrong) wsi_image_copy(dst, &c.result);
    block_free(&c.src[0]);
    block_free(&c.dst);
    for (int i = 0; i < count; i++) block_free(&states[i]);
    return wrong;
}
