/* A JPEG stream of any bytes, with or without tables that come apart from it, decoded three times: by libjpeg-turbo
 * through the reader, by the same decoder again, and as devices decode it. What the second and third call good must be
 * the first one's pixels.
 *
 * Input: size of the tables (2 bytes), how (1 byte), tables, stream. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "jpeg-cpu.h"
#include "reader/decode-jpeg.h"

enum { SIDE = 128, HEAD = 3, CLIPPED = 1, SAYS_YCC = 2 };

typedef struct stream {
    const uint8_t *bytes;
    size_t size;
    wsi_jpeg_tables tables;
    wsi_jpeg_colour colour;
    int64_t w, h;
} stream;

static wsi_image make_view(const stream *s, int channels, int fill)
{
    const wsi_image view = {
        malloc((size_t)(s->w * s->h) * (size_t)channels), s->w * channels, s->w, s->h, {WSI_U8, channels}};
    if (!view.data) exit(1);
    memset(view.data, fill, (size_t)(view.stride * view.h));
    return view;
}

static wsi_status decode(wsi_jpeg *jpeg, const stream *s, const wsi_image *view)
{
    wsi_error err = {0};
    const wsi_status status =
        wsi_jpeg_decode(jpeg, s->tables.size ? &s->tables : NULL, s->colour, s->bytes, s->size, s->w, s->h, view, &err);
    fuzz_expect(status, &err);
    return status;
}

/* 1 when a device would decode the stream, and would call it good. */
static int decode_as_devices(wsi_jpeg *jpeg, const stream *s, const wsi_image *view)
{
    static const wsi_device_jpeg_limits limits = {4, SIDE, SIDE, 1 << 20};
    static wsi_jpeg_batch *batch;
    wsi_error err = {0};
    wsi_jpeg_frame frame;
    int usable = 0, ok = 0;
    if (!batch) batch = jpeg_cpu_create(&limits);
    fuzz_expect(wsi_jpeg_read_frame(jpeg, s->tables.size ? &s->tables : NULL, s->colour, s->bytes, s->size, s->w, s->h,
                                    view, &frame, &usable, &err),
                &err);
    if (!usable) return 0;
    wsi_jpeg_batch_clear(batch);
    if (wsi_jpeg_batch_add(batch, &frame, s->bytes, s->size, view) != WSI_DEVICE_JPEG_ADDED) return 0;
    jpeg_cpu_run(batch, &ok);
    return ok;
}

static void compare(const wsi_image *want, wsi_status want_status, const wsi_image *got, wsi_status status,
                    const char *who)
{
    if (status != want_status) fuzz_fail(who, "another status than the first time");
    if (status == WSI_OK && memcmp(want->data, got->data, (size_t)(want->stride * want->h)) != 0)
        fuzz_fail(who, "other pixels than the first time");
}

static void decode_all(const stream *s, int channels)
{
    const wsi_image want = make_view(s, channels, 0x55), again = make_view(s, channels, 0xAA),
                    device = make_view(s, channels, 0x33);
    wsi_jpeg *jpeg = wsi_jpeg_create(NULL);
    if (!jpeg) exit(1);
    const wsi_status status = decode(jpeg, s, &want);
    if (decode_as_devices(jpeg, s, &device)) compare(&want, status, &device, WSI_OK, "as devices decode");
    compare(&want, status, &again, decode(jpeg, s, &again), "the same decoder");
    wsi_jpeg_destroy(&jpeg);
    free(want.data);
    free(again.data);
    free(device.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wsi_jpeg_header header;
    if (size < HEAD) return 0;
    const size_t claimed = (size_t)data[0] | (size_t)data[1] << 8, rest = size - HEAD;
    const size_t tables = claimed < rest ? claimed : rest;
    stream s = {.bytes = data + HEAD + tables, .size = rest - tables, .tables = {data + HEAD, tables, 1}};
    if (!wsi_jpeg_parse(s.bytes, s.size, &header) || header.w > SIDE || header.h > SIDE || header.w < 1) return 0;
    s.colour = wsi_jpeg_decide_colour(&header, data[2] & SAYS_YCC);
    s.w = data[2] & CLIPPED ? (header.w + 1) / 2 : header.w;
    s.h = data[2] & CLIPPED ? (header.h + 2) / 3 : header.h;
    if (header.w > s.w + 15 || header.h > s.h + 15) s.w = header.w, s.h = header.h;
    decode_all(&s, header.components);
    return 0;
}
