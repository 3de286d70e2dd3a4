/* The GPU's JPEG encoder against libjpeg-turbo, through the writer's encoder, and against the same functions on the
 * CPU: equal verdicts, equal bytes. Two streams at once, blocks of any pitch and alignment. Exit status 77: no GPU.
 *
 * usage: test-kernels-jpeg-encode-device [ROUNDS] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "jpeg-block.h"
#include "jpeg-encode-cpu.h"
#include "jpeg-maker.h"

enum { LANES = 2, REPEATS = 2 };

/* A block under way on a stream of its own. */
typedef struct lane {
    wsi_stream *stream;
    wsi_device_jpeg_encoder *encoder;
    jpeg_block block;
    void *device; /* the block's memory */
} lane;

static int failures;

static void must(wsi_status status, const wsi_error *err)
{
    if (status == WSI_OK) return;
    fprintf(stderr, "%s\n", err->message);
    exit(1);
}

static void start_lane(lane *l, wsi_device *device, int round, uint64_t *seed)
{
    wsi_error err = {0};
    jpeg_block *b = &l->block;
    jpeg_block_make(b, round % 4 ? 128 : 512, seed);
    if (round % 3 == 0) b->device.scan_bytes = round % 2 ? 0 : 256 * (1 + jpeg_random(seed) % 32);
    must(wsi_stream_create(device, &l->stream, &err), &err);
    must(wsi_device_jpeg_encoder_create(device, &b->device, &l->encoder, &err), &err);
    must(wsi_device_alloc(device, b->bytes, &l->device, &err), &err);
    must(wsi_copy_to_device(l->stream, l->device, b->memory, b->bytes, &err), &err);
}

static void queue_lane(lane *l)
{
    wsi_error err = {0};
    wsi_image on_device = l->block.image;
    on_device.data = (char *)l->device + l->block.start;
    must(wsi_device_jpeg_encode(l->encoder, l->stream, &on_device, &err), &err);
}

static void complain(const char *text)
{
    fprintf(stderr, "%s\n", text);
    failures++;
}

/* Tiles that came out. */
static int judge_lane(lane *l)
{
    wsi_jpeg_plan plan;
    wsi_error err = {0};
    jpeg_block *b = &l->block;
    char text[256];
    int good = 0;
    const int tiles = jpeg_block_tiles(b);
    if (!wsi_jpeg_plan_make(&b->device, &plan)) abort();
    uint8_t *scans = wsi_calloc((size_t)tiles, plan.cut.room), *stream = wsi_calloc(b->capacity, 1);
    uint32_t *sizes = wsi_calloc((size_t)tiles, sizeof *sizes);
    if (!scans || !stream || !sizes) abort();
    jpeg_encode_cpu(&plan, &b->image, scans, sizes);
    must(wsi_stream_finish(l->stream, &err), &err);
    for (int i = 0; i < tiles; i++) {
        size_t size;
        const int taken = wsi_device_jpeg_encoder_take(l->encoder, i, stream, b->capacity, &size);
        if (taken != (sizes[i] > 0)) complain("verdicts differ");
        if (taken && !jpeg_block_right(b, i, stream, size, text, sizeof text)) complain(text);
        good += taken;
    }
    if (wsi_device_jpeg_encoder_take(l->encoder, tiles, stream, b->capacity, &(size_t){0})) complain("one tile more");
    wsi_free(scans);
    wsi_free(stream);
    wsi_free(sizes);
    return good;
}

static void end_lane(lane *l, wsi_device *device)
{
    wsi_device_jpeg_encoder_destroy(&l->encoder);
    wsi_stream_destroy(&l->stream);
    wsi_device_free(device, &l->device);
    jpeg_block_free(&l->block);
}

static void run(wsi_device *device, int rounds)
{
    uint64_t seed = 0xA0761D6478BD642Fu;
    lane lanes[LANES];
    int good = 0, made = 0;
    for (int round = 0; round < rounds && failures < 20; round++) {
        for (int i = 0; i < LANES; i++) start_lane(&lanes[i], device, round, &seed);
        for (int repeat = 0; repeat < REPEATS; repeat++) {
            for (int i = 0; i < LANES; i++) queue_lane(&lanes[i]);
            for (int i = 0; i < LANES; i++) good += judge_lane(&lanes[i]);
            for (int i = 0; i < LANES; i++) made += jpeg_block_tiles(&lanes[i].block);
        }
        for (int i = 0; i < LANES; i++) end_lane(&lanes[i], device);
    }
    printf("%d of %d tiles encoded on the device\n", good, made);
    if (good < made / 2) failures++;
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
