/* Keeping an image: appended tile by tile, read by rows of tiles. */
#include "store.h"

#include <string.h>

#include "common/mem.h"
#include "common/scale.h"
#include "common/scratch.h"
#include "writer/encode.h"
#include "writer/encode-zstd.h"

enum { FRAME_MIN = 9 }; /* bytes of a zstd frame, at least */

/* Where a tile lies: its offset in the file and its bytes there, or the one value all of its pixels have. */
typedef struct place {
    uint64_t at;
    uint32_t size; /* 0: all pixels have the value */
    unsigned char value[36];
} place;

struct wsi_store {
    wsi_scratch *file;
    int64_t w, h, tile, tiles_x;
    wsi_pixfmt fmt;
    size_t pixel;               /* bytes */
    wsi_encoder_pool *encoders; /* NULL: tiles are not compressed */
    place *places;
};

static int64_t tile_index(const wsi_store *s, wsi_rect at)
{
    return at.y / s->tile * s->tiles_x + at.x / s->tile;
}

/* 1 when all pixels of a tile are alike. */
static int is_constant(const unsigned char *bytes, size_t size, size_t pixel)
{
    return size <= pixel || memcmp(bytes, bytes + pixel, size - pixel) == 0;
}

static size_t tile_bytes(const wsi_store *s)
{
    return (size_t)(s->tile * s->tile) * s->pixel;
}

/* A tile's pixels one behind the other. */
static wsi_image in_a_row(const wsi_store *s, wsi_rect tile, void *bytes)
{
    return (wsi_image){bytes, (ptrdiff_t)((size_t)tile.w * s->pixel), tile.w, tile.h, s->fmt};
}

static void gather(const wsi_store *s, const wsi_image *im, wsi_rect at, void *bytes)
{
    const wsi_image to = in_a_row(s, at, bytes);
    wsi_image_copy(&to, im);
}

/* 1 when the bytes of one pixel can stand for a tile: a compressed tile is never that short. */
static int pixel_is_short(const wsi_store *s)
{
    return s->pixel < FRAME_MIN || (!s->encoders && s->pixel <= sizeof s->places->value);
}

static int fits_in_place(const wsi_store *s, const void *rows, size_t all)
{
    return pixel_is_short(s) && is_constant(rows, all, s->pixel);
}

static wsi_status pack_with(wsi_store *s, wsi_encoder *encoder, const wsi_image *im, wsi_rect at, void *out,
                            size_t capacity, size_t *size, wsi_error *err)
{
    const size_t all = (size_t)at.w * (size_t)at.h * s->pixel;
    void *rows = wsi_encoder_scratch(encoder, 0, all);
    WSI_RETURN_IF(!rows, WSI_ERR_NO_MEMORY, "no memory for what is kept between passes");
    gather(s, im, at, rows);
    if (!fits_in_place(s, rows, all)) return wsi_encode_packed(encoder, rows, all, out, capacity, size, err);
    *size = s->pixel;
    memcpy(out, rows, s->pixel);
    return WSI_OK;
}

static wsi_status pack_tile(wsi_store *s, const wsi_image *im, wsi_rect at, void *out, size_t capacity, size_t *size,
                            wsi_error *err)
{
    wsi_encoder *encoder;
    WSI_FORWARD(wsi_encoder_lend(s->encoders, &encoder, err));
    const wsi_status status = pack_with(s, encoder, im, at, out, capacity, size, err);
    wsi_encoder_give_back(s->encoders, encoder);
    return status;
}

/* A tile of one value leaves a pixel's bytes. What is not compressed has its place in the file, so that whoever
 * computed it can write it. */
static wsi_status put_tile(void *user, const wsi_image *im, wsi_rect at, void *out, size_t capacity, size_t *size,
                           wsi_error *err)
{
    wsi_store *s = user;
    const size_t all = (size_t)at.w * (size_t)at.h * s->pixel;
    if (s->encoders) return pack_tile(s, im, at, out, capacity, size, err);
    WSI_RETURN_IF(all > capacity, WSI_ERR_INTERNAL, "a kept tile has %zu bytes, room is for %zu", all, capacity);
    gather(s, im, at, out);
    *size = fits_in_place(s, out, all) ? s->pixel : 0;
    if (*size) return WSI_OK;
    place *p = &s->places[tile_index(s, at)];
    p->at = (uint64_t)tile_index(s, at) * tile_bytes(s);
    p->size = (uint32_t)all;
    return wsi_scratch_write(s->file, p->at, out, all, err);
}

static wsi_status append_tile(void *user, wsi_rect at, const void *bytes, size_t size, wsi_error *err)
{
    wsi_store *s = user;
    place *p = &s->places[tile_index(s, at)];
    if (size == s->pixel && pixel_is_short(s)) {
        p->size = 0;
        memcpy(p->value, bytes, size);
        return WSI_OK;
    }
    if (!s->encoders) return WSI_OK; /* it is there */
    p->size = (uint32_t)size;
    return wsi_scratch_append(s->file, bytes, size, &p->at, err);
}

static wsi_status init(wsi_store *s, const char *folder, wsi_error *err)
{
    const int64_t rows = wsi_ceil_div(s->h, s->tile);
    s->tiles_x = wsi_ceil_div(s->w, s->tile);
    s->places = wsi_calloc((size_t)(rows * s->tiles_x), sizeof *s->places);
    WSI_RETURN_IF(!s->places, WSI_ERR_NO_MEMORY, "no memory for what is kept between passes");
    if (s->fmt.type == WSI_BOOL || s->fmt.type == WSI_U32)
        WSI_FORWARD(wsi_encoder_pool_create(WSI_CODEC_ZSTD, 0, NULL, &s->encoders, err));
    return wsi_scratch_open(folder, &s->file, err);
}

wsi_status wsi_store_open(const char *folder, int64_t w, int64_t h, wsi_pixfmt fmt, int64_t tile, wsi_store **out,
                          wsi_tap *tap, wsi_error *err)
{
    wsi_store *s = wsi_calloc(1, sizeof *s);
    WSI_RETURN_IF(!s, WSI_ERR_NO_MEMORY, "no memory for what is kept between passes");
    *s = (wsi_store){.w = w, .h = h, .tile = tile, .fmt = fmt, .pixel = wsi_pixfmt_size(fmt)};
    const wsi_status status = init(s, folder, err);
    *tap = (wsi_tap){.user = s,
                     .bound = wsi_encode_bound(s->encoders ? WSI_CODEC_ZSTD : WSI_CODEC_NONE, tile_bytes(s)),
                     .tile = put_tile,
                     .append = append_tile};
    if (status != WSI_OK) wsi_store_close(&s);
    *out = s;
    return status;
}

/* The part of a tile of which `rows` are the rows from its first one on. */
static void scatter(const wsi_store *s, void *rows, wsi_rect tile, wsi_rect part, const wsi_image *dst)
{
    const wsi_image from = in_a_row(s, (wsi_rect){tile.x, part.y, tile.w, part.h}, rows);
    const wsi_image im = wsi_image_crop(&from, (wsi_rect){part.x - tile.x, 0, part.w, part.h});
    wsi_image_copy(dst, &im);
}

/* Rows of one tile, whole rows of it: they lie in one piece of the file. */
static wsi_status read_rows(const wsi_store *s, const place *p, wsi_rect tile, wsi_rect part, const wsi_image *dst,
                            wsi_error *err)
{
    const size_t row = (size_t)tile.w * s->pixel;
    char *rows = wsi_realloc_array(NULL, (size_t)part.h, row);
    WSI_RETURN_IF(!rows, WSI_ERR_NO_MEMORY, "no memory for what is kept between passes");
    const wsi_status status =
        wsi_scratch_read(s->file, p->at + (uint64_t)(part.y - tile.y) * row, rows, (size_t)part.h * row, err);
    if (status == WSI_OK) scatter(s, rows, tile, part, dst);
    wsi_free(rows);
    return status;
}

static wsi_status read_packed(const wsi_store *s, const place *p, wsi_rect tile, wsi_rect part, const wsi_image *dst,
                              wsi_error *err)
{
    const size_t all = (size_t)tile.w * (size_t)tile.h * s->pixel;
    char *both = wsi_realloc_array(NULL, all + p->size, 1);
    WSI_RETURN_IF(!both, WSI_ERR_NO_MEMORY, "no memory for what is kept between passes");
    wsi_status status = wsi_scratch_read(s->file, p->at, both + all, p->size, err);
    if (status == WSI_OK) status = wsi_zstd_decode(both + all, p->size, both, all, err);
    if (status == WSI_OK) scatter(s, both + (size_t)(part.y - tile.y) * (size_t)tile.w * s->pixel, tile, part, dst);
    wsi_free(both);
    return status;
}

static wsi_status read_part(const wsi_store *s, const place *p, wsi_rect tile, wsi_rect part, const wsi_image *dst,
                            wsi_error *err)
{
    if (p->size) return (s->encoders ? read_packed : read_rows)(s, p, tile, part, dst, err);
    wsi_image_fill(dst, p->value);
    return WSI_OK;
}

wsi_status wsi_store_read(const void *store, wsi_rect at, const wsi_image *dst, wsi_error *err)
{
    const wsi_store *s = store;
    const int64_t t = s->tile;
    for (int64_t ty = at.y / t; ty * t < at.y + at.h; ty++)
        for (int64_t tx = at.x / t; tx * t < at.x + at.w; tx++) {
            const wsi_rect tile = wsi_rect_intersect((wsi_rect){tx * t, ty * t, t, t}, (wsi_rect){0, 0, s->w, s->h});
            const wsi_rect part = wsi_rect_intersect(tile, at);
            const wsi_image to = wsi_image_crop(dst, (wsi_rect){part.x - at.x, part.y - at.y, part.w, part.h});
            WSI_FORWARD(read_part(s, &s->places[ty * s->tiles_x + tx], tile, part, &to, err));
        }
    return WSI_OK;
}

void wsi_store_close(wsi_store **store)
{
    wsi_store *s = *store;
    if (!s) return;
    wsi_scratch_close(&s->file);
    if (s->encoders) wsi_encoder_pool_destroy(&s->encoders);
    wsi_free(s->places);
    wsi_free(s);
    *store = NULL;
}
