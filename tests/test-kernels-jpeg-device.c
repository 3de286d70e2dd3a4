/* The GPU's JPEG decoder against libjpeg-turbo and against the same functions on the CPU: equal verdicts, equal pixels,
 * nothing written outside. Two streams at once, destinations of any pitch and alignment. Exit status 77: no GPU.
 *
 * usage: test-kernels-jpeg-device [ROUNDS] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "jpeg-cpu.h"
#include "jpeg-sample.h"

enum { SIDE = 256, BATCH = 40, LANES = 2, MARGIN = 64, FILL = 0xA5 };

static const wsi_device_jpeg_limits limits = {8 * BATCH, SIDE, SIDE, 16 << 20};

/* A stream with its decoder, the tiles of one batch, and their pixels between margins. */
typedef struct lane {
    wsi_stream *stream;
    wsi_device_jpeg *decoder;
    jpeg_sample samples[BATCH];
    wsi_image dst[BATCH]; /* device */
    size_t start[BATCH];  /* of its first pixel in memory, bytes */
    int cpu_ok[8 * BATCH];
    wsi_jpeg_batch *batch; /* the same tiles for the CPU */
    void *device, *host;   /* all pixels */
    size_t used;
} lane;

static const size_t pixel_room = (size_t)BATCH * (SIDE * (3 * SIDE + MARGIN) + 2 * MARGIN);
static int failures;

static void must(wsi_status status, const wsi_error *err)
{
    if (status == WSI_OK) return;
    fprintf(stderr, "%s\n", err->message);
    exit(1);
}

static void open_lane(lane *l, wsi_device *device)
{
    wsi_error err = {0};
    memset(l, 0, sizeof *l);
    must(wsi_stream_create(device, &l->stream, &err), &err);
    must(wsi_device_jpeg_create(device, &limits, &l->decoder, &err), &err);
    must(wsi_device_alloc(device, pixel_room, &l->device, &err), &err);
    must(wsi_pinned_alloc(device, pixel_room, &l->host, &err), &err);
    l->batch = jpeg_cpu_create(&limits);
}

static void close_lane(lane *l, wsi_device *device)
{
    wsi_device_jpeg_destroy(&l->decoder);
    wsi_stream_destroy(&l->stream);
    wsi_device_free(device, &l->device);
    wsi_pinned_free(device, &l->host);
    jpeg_cpu_destroy(l->batch);
}

/* A destination of its own pitch at any byte. */
static wsi_image place(lane *l, int i, uint64_t *seed)
{
    wsi_image im = l->samples[i].want;
    im.stride += jpeg_random(seed) % 2 ? jpeg_random(seed) % MARGIN : 0;
    l->start[i] = l->used + (jpeg_random(seed) % 2 ? jpeg_random(seed) % MARGIN : 0);
    l->used = (l->start[i] + (size_t)(im.stride * im.h) + 3) / 4 * 4;
    im.data = (char *)l->device + l->start[i];
    return im;
}

static void fill_lane(lane *l, wsi_jpeg *jpeg, int damaged, uint64_t *seed)
{
    wsi_device_jpeg_clear(l->decoder);
    wsi_jpeg_batch_clear(l->batch);
    l->used = 0;
    for (int i = 0; i < BATCH; i++) {
        jpeg_sample *s = &l->samples[i];
        wsi_jpeg_frame frame;
        const jpeg_recipe r = damaged ? jpeg_small_recipe(seed) : jpeg_random_recipe(seed);
        jpeg_sample_make(s, &r, seed);
        if (damaged) jpeg_sample_damage(s, seed);
        l->dst[i] = place(l, i, seed);
        if (!jpeg_sample_read(s, jpeg, &frame)) continue;
        const int a = wsi_device_jpeg_add(l->decoder, &frame, s->stream.bytes, s->stream.size, &l->dst[i]);
        const int b = wsi_jpeg_batch_add(l->batch, &frame, s->stream.bytes, s->stream.size, &s->got);
        if (a == WSI_DEVICE_JPEG_ADDED) s->tile = l->batch->tile_count - 1;
        failures += a != b || wsi_device_jpeg_count(l->decoder) != l->batch->tile_count;
    }
}

static void start_lane(lane *l)
{
    wsi_error err = {0};
    must(wsi_fill_on_device(l->stream, l->device, FILL, l->used, &err), &err);
    must(wsi_device_jpeg_run(l->decoder, l->stream, &err), &err);
    must(wsi_copy_to_host(l->stream, l->host, l->device, l->used, &err), &err);
}

static void complain(const jpeg_sample *s, const char *what)
{
    char text[160] = "";
    (void)jpeg_sample_right(s, text, sizeof text);
    fprintf(stderr, "%s: %s\n", what, text);
    failures++;
}

/* Takes a tile's pixels out of the memory copied back, leaving the fill behind. */
static void take_pixels(lane *l, int i)
{
    const wsi_image *dst = &l->dst[i], *got = &l->samples[i].got;
    const size_t row = (size_t)got->stride;
    for (int64_t y = 0; y < dst->h; y++) {
        unsigned char *from = (unsigned char *)l->host + l->start[i] + y * dst->stride;
        memcpy(wsi_image_row(got, y), from, row);
        memset(from, FILL, row);
    }
}

static int finish_lane(lane *l)
{
    wsi_error err = {0};
    int good = 0;
    must(wsi_stream_finish(l->stream, &err), &err);
    jpeg_cpu_run(l->batch, l->cpu_ok);
    for (int i = 0; i < BATCH; i++) {
        jpeg_sample *s = &l->samples[i];
        const int ok = s->tile >= 0 && wsi_device_jpeg_ok(l->decoder, s->tile);
        if (s->tile >= 0 && ok != l->cpu_ok[s->tile]) complain(s, "verdicts differ");
        if (s->tile >= 0) take_pixels(l, i);
        char text[160];
        if (ok && !jpeg_sample_right(s, text, sizeof text)) complain(s, "pixels differ");
        good += ok;
        jpeg_sample_free(s);
    }
    for (size_t i = 0; i < l->used; i++) {
        if (((unsigned char *)l->host)[i] == FILL) continue;
        fprintf(stderr, "byte %zu was written outside every tile\n", i);
        failures++;
        break;
    }
    return good;
}

static void run(wsi_device *device, int rounds)
{
    uint64_t seed = 0xA0761D6478BD642Fu;
    wsi_jpeg *jpeg = wsi_jpeg_create(NULL);
    static lane lanes[LANES];
    int good = 0;
    for (int i = 0; i < LANES; i++) open_lane(&lanes[i], device);
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < LANES; i++) fill_lane(&lanes[i], jpeg, i == 1 && round % 2, &seed);
        for (int i = 0; i < LANES; i++) start_lane(&lanes[i]);
        for (int i = 0; i < LANES; i++) good += finish_lane(&lanes[i]);
    }
    printf("%d of %d tiles decoded on the device\n", good, rounds * LANES * BATCH);
    if (good < rounds * LANES * BATCH / 2) failures++;
    for (int i = 0; i < LANES; i++) close_lane(&lanes[i], device);
    wsi_jpeg_destroy(&jpeg);
}

int main(int argc, char **argv)
{
    const int rounds = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 20;
    wsi_device *device = NULL;
    wsi_error err = {0};
    int count;
    if (wsi_device_count(&count, &err) != WSI_OK) {
        printf("skipped: %s\n", err.message);
        return 77;
    }
    must(wsi_device_open(0, &device, &err), &err);
    run(device, rounds);
    wsi_device_close(&device);
    printf("%s: %d failures\n", failures ? "FAILED" : "ok", failures);
    return failures != 0;
}
