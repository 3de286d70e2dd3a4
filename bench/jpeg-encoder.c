/* The devices' JPEG encoder alone, and libjpeg-turbo beside it: blocks of a slide's pixels in device memory to streams
 * in host memory, byte for byte the same.
 *
 * usage: bench-jpeg-encoder SLIDE JSON [SECONDS]
 * SLIDE is a classic TIFF with JPEG tiles as Aperio writes them. Blocks are 4096 x 1024 RGB, made of its tiles, more of
 * them than caches hold; tiles of 256 and 512, quality 80, 4:2:0. Several blocks are under way at once, each on a
 * stream of its own, driven by one host thread that takes every tile's stream; libjpeg-turbo runs on one thread.
 * Status: 0, 1 for wrong bytes or a failure, 77 without a GPU. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/mem.h"
#include "jpeg-pixels.h"
#include "kernels/device-jpeg-encode.h"
#include "writer/encode-jpeg.h"

enum { WIDTH = 4096, HEIGHT = 1024, BLOCKS = 8, SLOTS_MAX = 8, QUALITY = 80 };
static const double pixels_a_block = (double)WIDTH * HEIGHT;
static const double warm_up = 0.05;

typedef struct bench {
    wsi_device *device;
    double seconds;
    FILE *json;
    int rows, failed;
    wsi_image blocks[BLOCKS], on_device[BLOCKS];
    wsi_jpeg_settings settings;
    wsi_jpeg_encoder *turbo;
    wsi_jpeg_encode_settings encode;
    size_t capacity;
    unsigned char *stream, *other; /* capacity bytes each */
} bench;

/* A block under way. */
typedef struct slot {
    wsi_stream *stream;
    wsi_event *begin, *end;
    wsi_device_jpeg_encoder *encoder;
} slot;

static void must(wsi_status status, const wsi_error *err)
{
    if (status == WSI_OK) return;
    fprintf(stderr, "%s\n", err->message);
    exit(1);
}

static void *need(size_t bytes)
{
    void *p = wsi_calloc(bytes, 1);
    if (!p) fprintf(stderr, "no memory\n"), exit(1);
    return p;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- Pixels ---- */

static void load_blocks(bench *b, const char *path)
{
    wsi_error err = {0};
    for (int i = 0; i < BLOCKS; i++) {
        const size_t bytes = (size_t)3 * WIDTH * HEIGHT;
        b->blocks[i] = (wsi_image){need(bytes), 3 * WIDTH, WIDTH, HEIGHT, {WSI_U8, 3}};
        if (!jpeg_pixels_load(path, 13 * i, &b->blocks[i])) fprintf(stderr, "%s: cannot be read\n", path), exit(1);
        b->on_device[i] = b->blocks[i];
        must(wsi_device_alloc(b->device, bytes, &b->on_device[i].data, &err), &err);
    }
}

static void upload_blocks(const bench *b)
{
    wsi_error err = {0};
    wsi_stream *stream = NULL;
    must(wsi_stream_create(b->device, &stream, &err), &err);
    for (int i = 0; i < BLOCKS; i++)
        must(wsi_copy_to_device(stream, b->on_device[i].data, b->blocks[i].data, (size_t)3 * WIDTH * HEIGHT, &err),
             &err);
    must(wsi_stream_finish(stream, &err), &err);
    wsi_stream_destroy(&stream);
}

/* ---- Encoding ---- */

static int tiles_of(const bench *b)
{
    return (int)(WIDTH / b->settings.tile * (HEIGHT / b->settings.tile));
}

static size_t encode_turbo(bench *b, const wsi_image *block, int i)
{
    const int64_t tile = b->settings.tile, tiles_x = WIDTH / tile;
    const wsi_image view = wsi_image_crop(block, (wsi_rect){i % tiles_x * tile, i / tiles_x * tile, tile, tile});
    wsi_error err = {0};
    size_t size;
    must(wsi_jpeg_encode(b->turbo, &view, b->other, b->capacity, &size, &err), &err);
    return size;
}

static void open_slot(const bench *b, slot *s)
{
    wsi_error err = {0};
    must(wsi_stream_create(b->device, &s->stream, &err), &err);
    must(wsi_event_create(b->device, 1, &s->begin, &err), &err);
    must(wsi_event_create(b->device, 1, &s->end, &err), &err);
    must(wsi_device_jpeg_encoder_create(b->device, &b->encode, &s->encoder, &err), &err);
}

static void close_slot(slot *s)
{
    wsi_event_destroy(&s->begin);
    wsi_event_destroy(&s->end);
    wsi_device_jpeg_encoder_destroy(&s->encoder);
    wsi_stream_destroy(&s->stream);
}

static void start(const bench *b, slot *s, int block)
{
    wsi_error err = {0};
    must(wsi_event_record(s->stream, s->begin, &err), &err);
    must(wsi_device_jpeg_encode(s->encoder, s->stream, &b->on_device[block % BLOCKS], &err), &err);
    must(wsi_event_record(s->stream, s->end, &err), &err);
}

/* Takes a finished block's streams; their bytes. */
static size_t finish(bench *b, slot *s)
{
    wsi_error err = {0};
    size_t sum = 0, size;
    must(wsi_event_wait(s->end, &err), &err);
    for (int i = 0; i < tiles_of(b); i++) {
        if (!wsi_device_jpeg_encoder_take(s->encoder, i, b->stream, b->capacity, &size)) b->failed = 1;
        sum += size;
    }
    return sum;
}

static void verify(bench *b)
{
    slot s;
    wsi_error err = {0};
    int wrong = 0;
    open_slot(b, &s);
    for (int block = 0; block < BLOCKS; block++) {
        start(b, &s, block);
        must(wsi_event_wait(s.end, &err), &err);
        for (int i = 0; i < tiles_of(b); i++) {
            size_t size;
            const int taken = wsi_device_jpeg_encoder_take(s.encoder, i, b->stream, b->capacity, &size);
            const size_t want = encode_turbo(b, &b->blocks[block], i);
            wrong += !taken || size != want || memcmp(b->stream, b->other, size) != 0;
        }
    }
    close_slot(&s);
    printf("%d: %d of %d tiles differ\n", (int)b->settings.tile, wrong, BLOCKS * tiles_of(b));
    if (wrong) b->failed = 1;
}

/* ms: of one block alone on the device, without the host; negative where there is no device. */
static void row(bench *b, const char *encoder, int slots, double gpix, double ms, double bytes)
{
    printf("%3d %-7s %d under way: %7.2f GPix/s, %.3f bytes a pixel", (int)b->settings.tile, encoder, slots, gpix,
           bytes);
    fprintf(b->json,
            "%s\n  {\"tile\": %d, \"encoder\": \"%s\", \"under_way\": %d, \"gpix_s\": %.3f, \"bytes_a_pixel\": %.4f",
            b->rows++ ? "," : "", (int)b->settings.tile, encoder, slots, gpix, bytes);
    if (ms >= 0) {
        printf(", %.3f ms a block alone", ms);
        fprintf(b->json, ", \"device_ms_a_block\": %.4f", ms);
    }
    printf("\n");
    fprintf(b->json, "}");
}

static void race_device(bench *b, int slots)
{
    slot s[SLOTS_MAX];
    wsi_error err = {0};
    float ms = 0;
    double bytes = 0, begin = 0;
    long done = 0;
    for (int i = 0; i < slots; i++) open_slot(b, &s[i]);
    for (int i = 0; i < slots; i++) start(b, &s[i], i);
    const double first = now();
    for (long n = 0;; n++) {
        slot *next = &s[n % slots];
        const size_t size = finish(b, next);
        const double time = now();
        if (begin == 0 && time - first > warm_up) begin = time;
        if (begin > 0 && time > begin) done++, bytes += (double)size;
        if (begin > 0 && time - begin > b->seconds) break;
        start(b, next, (int)(n + slots));
    }
    const double end = now();
    for (int i = 0; i < slots; i++) must(wsi_stream_finish(s[i].stream, &err), &err);
    start(b, &s[0], 0);
    must(wsi_event_wait(s[0].end, &err), &err);
    must(wsi_event_elapsed(s[0].begin, s[0].end, &ms, &err), &err);
    for (int i = 0; i < slots; i++) close_slot(&s[i]);
    row(b, "device", slots, (double)done * pixels_a_block / (end - begin) * 1e-9, ms,
        bytes / ((double)done * pixels_a_block));
}

static void race_turbo(bench *b)
{
    const double begin = now();
    double bytes = 0;
    long done = 0;
    do {
        for (int i = 0; i < tiles_of(b); i++) bytes += (double)encode_turbo(b, &b->blocks[done % BLOCKS], i);
        done++;
    } while (now() - begin < b->seconds);
    row(b, "turbo", 1, (double)done * pixels_a_block / (now() - begin) * 1e-9, -1,
        bytes / ((double)done * pixels_a_block));
}

static void compare(bench *b, int64_t tile)
{
    wsi_error err = {0};
    b->settings = (wsi_jpeg_settings){3, QUALITY, WSI_SUBSAMPLING_420, tile};
    b->capacity = wsi_jpeg_bound(&b->settings);
    b->stream = need(b->capacity);
    b->other = need(b->capacity);
    must(wsi_jpeg_encoder_create(&b->settings, &b->turbo, &err), &err);
    must(wsi_jpeg_describe(b->turbo, &b->encode.encoding, &err), &err);
    b->encode.max_tiles = tiles_of(b);
    verify(b);
    for (int slots = 1; slots <= SLOTS_MAX; slots *= 2) race_device(b, slots);
    race_turbo(b);
    wsi_jpeg_encoder_destroy(&b->turbo);
    wsi_free(b->stream);
    wsi_free(b->other);
}

int main(int argc, char **argv)
{
    static bench b;
    wsi_error err = {0};
    int count;
    if (argc < 3) return fprintf(stderr, "usage: %s SLIDE JSON [SECONDS]\n", argv[0]), 2;
    if (wsi_device_count(&count, &err) != WSI_OK) return printf("skipped: %s\n", err.message), 77;
    b.seconds = argc > 3 ? strtod(argv[3], NULL) : 0.5;
    b.json = fopen(argv[2], "w");
    if (!b.json) return perror(argv[2]), 1;
    must(wsi_device_open(0, &b.device, &err), &err);
    load_blocks(&b, argv[1]);
    upload_blocks(&b);
    fprintf(b.json, "[");
    compare(&b, 256);
    compare(&b, 512);
    fprintf(b.json, "\n]\n");
    if (fclose(b.json) != 0) b.failed = 1;
    for (int i = 0; i < BLOCKS; i++) {
        wsi_device_free(b.device, &b.on_device[i].data);
        wsi_free(b.blocks[i].data);
    }
    wsi_device_close(&b.device);
    return b.failed;
}
