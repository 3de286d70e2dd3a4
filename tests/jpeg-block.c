/* Blocks: random settings, five kinds of pixels, and the writer's encoder as the judge. */
#include "jpeg-block.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "jpeg-maker.h"

static void *need(size_t n, size_t size)
{
    void *p = wsi_calloc(n, size);
    if (!p) fprintf(stderr, "no memory\n"), exit(1);
    return p;
}

static void must(wsi_status status, const wsi_error *err)
{
    if (status == WSI_OK) return;
    fprintf(stderr, "%s\n", err->message);
    exit(1);
}

/* ---- Pixels ---- */

static uint8_t clamp(int v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

static uint8_t smooth(int64_t x, int64_t y, int c, uint64_t *seed)
{
    const int ring = (int)((x * x + 2 * y * y) / 16 % 160), wave = (int)((x * (2 + c) + y) % 60);
    return clamp(90 + 25 * c + abs(ring - 80) + abs(wave - 30) - (int)(jpeg_random(seed) % 12));
}

/* Black or white as one basis function of the 8x8 block is negative or not; another one in every block. In half of them
 * green is the other way round, for the chroma. */
static uint8_t basis(int64_t x, int64_t y, int c, uint32_t salt)
{
    const double pi = 3.14159265358979323846;
    const uint32_t hash = ((uint32_t)(x / 8) * 73856093u ^ (uint32_t)(y / 8) * 19349663u ^ salt) * 2654435761u;
    const int u = (int)(hash >> 29), v = (int)(hash >> 26 & 7);
    const double wave = cos((2 * (double)(x % 8) + 1) * u * pi / 16) * cos((2 * (double)(y % 8) + 1) * v * pi / 16);
    const int turned = (int)(hash >> 25 & 1) ^ (c == 1 && (hash >> 24 & 1));
    return (wave < 0) == turned ? 255 : 0;
}

static void paint(jpeg_block *b, uint64_t *seed)
{
    const uint32_t salt = jpeg_random(seed);
    const int channels = b->image.fmt.channels;
    for (int64_t y = 0; y < b->image.h; y++) {
        uint8_t *row = wsi_image_row(&b->image, y);
        for (int64_t i = 0; i < b->image.w * channels; i++) {
            const int64_t x = i / channels;
            const int c = (int)(i % channels);
            switch (b->subject) {
            case JPEG_RANDOM:
                row[i] = (uint8_t)jpeg_random(seed);
                break;
            case JPEG_ONE_COLOUR:
                row[i] = (uint8_t)(salt >> 8 * c);
                break;
            case JPEG_BLACK_WHITE:
                row[i] = ((x / 3 + y / 5 + c) & 1) || jpeg_random(seed) % 9 == 0 ? 255 : 0;
                break;
            case JPEG_BASIS:
                row[i] = basis(x, y, c, salt);
                break;
            default:
                row[i] = smooth(x, y, c, seed);
            }
        }
    }
}

/* ---- Blocks ---- */

static void find_judge(jpeg_block *b)
{
    wsi_error err = {0};
    b->capacity = wsi_jpeg_bound(&b->settings);
    b->stream = need(b->capacity, 1);
    must(wsi_jpeg_encoder_create(&b->settings, &b->judge, &err), &err);
    must(wsi_jpeg_describe(b->judge, &b->device.encoding, &err), &err);
    b->device.max_tiles = jpeg_block_tiles(b);
    b->device.scan_bytes = b->capacity;
}

static void find_room(jpeg_block *b, int64_t w, int64_t h, size_t before, size_t pad)
{
    const int channels = b->settings.channels;
    const size_t stride = (size_t)(w * channels) + pad;
    b->start = before;
    b->bytes = before + stride * (size_t)h;
    b->memory = need(b->bytes, 1);
    b->image = (wsi_image){(char *)b->memory + before, (ptrdiff_t)stride, w, h, {WSI_U8, channels}};
}

void jpeg_block_make(jpeg_block *b, int64_t most, uint64_t *seed)
{
    memset(b, 0, sizeof *b);
    b->subject = (jpeg_subject)(jpeg_random(seed) % JPEG_SUBJECTS);
    b->settings.channels = jpeg_random(seed) % 4 ? 3 : 1;
    b->settings.quality = (int)(1 + jpeg_random(seed) % 100);
    b->settings.subsampling = (wsi_subsampling)(jpeg_random(seed) % 3);
    b->settings.tile = 16 * (1 + jpeg_random(seed) % (uint32_t)(most / 16));
    const uint32_t edge = 3 * (uint32_t)b->settings.tile;
    const size_t before = jpeg_random(seed) % 2 ? jpeg_random(seed) % 64 : 0;
    const size_t pad = jpeg_random(seed) % 2 ? jpeg_random(seed) % 64 : 0;
    const int64_t w = 1 + jpeg_random(seed) % edge, h = 1 + jpeg_random(seed) % edge;
    find_room(b, w, h, before, pad);
    paint(b, seed);
    find_judge(b);
}

void jpeg_block_paint(jpeg_block *b, const wsi_jpeg_settings *settings, jpeg_subject subject, int64_t w, int64_t h,
                      uint64_t *seed)
{
    memset(b, 0, sizeof *b);
    b->settings = *settings;
    b->subject = subject;
    find_room(b, w, h, 0, 0);
    paint(b, seed);
    find_judge(b);
}

void jpeg_block_of(jpeg_block *b, const wsi_jpeg_settings *settings, const wsi_image *pixels)
{
    memset(b, 0, sizeof *b);
    b->settings = *settings;
    find_room(b, pixels->w, pixels->h, 0, 0);
    wsi_image_copy(&b->image, pixels);
    find_judge(b);
}

void jpeg_block_free(jpeg_block *b)
{
    wsi_jpeg_encoder_destroy(&b->judge);
    wsi_free(b->memory);
    wsi_free(b->stream);
}

int jpeg_block_tiles(const jpeg_block *b)
{
    const int64_t tile = b->settings.tile;
    return (int)((b->image.w + tile - 1) / tile * ((b->image.h + tile - 1) / tile));
}

int jpeg_block_right(jpeg_block *b, int i, const void *bytes, size_t size, char *text, size_t text_size)
{
    const int64_t tile = b->settings.tile, tiles_x = (b->image.w + tile - 1) / tile;
    const wsi_rect whole = {0, 0, b->image.w, b->image.h}, r = {i % tiles_x * tile, i / tiles_x * tile, tile, tile};
    const wsi_image view = wsi_image_crop(&b->image, wsi_rect_intersect(r, whole));
    wsi_error err = {0};
    must(wsi_jpeg_encode(b->judge, &view, b->stream, b->capacity, &b->size, &err), &err);
    if (size == b->size && memcmp(bytes, b->stream, size) == 0) return 1;
    snprintf(text, text_size,
             "tile %d (%dx%d) of %d, %d channels, subject %d, quality %d, subsampling %d: %zu bytes, not %zu", i,
             (int)view.w, (int)view.h, (int)tile, b->settings.channels, (int)b->subject, b->settings.quality,
             (int)b->settings.subsampling, size, b->size);
    return 0;
}
