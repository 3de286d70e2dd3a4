/* Keeping an image: appended tile by tile, read by rows of tiles. */
#include "store.h"

#include <pthread.h>
#include <string.h>

#include "common/mem.h"
#include "common/scale.h"
#include "common/scratch.h"
#include "writer/encode-zstd.h"

/* Where a tile lies: its offset in the file and its bytes there, or the one value all of its pixels have. */
typedef struct place {
    uint64_t at;
    uint32_t size; /* 0: all pixels have the value */
    unsigned char value[36];
} place;

/* A compressor nobody uses. */
typedef struct idle {
    struct idle *next;
    wsi_zstd *zstd;
    char *rows; /* a tile's pixels */
} idle;

struct wsi_store {
    wsi_scratch *file;
    int64_t w, h, tile, tiles_x;
    wsi_pixfmt fmt;
    size_t pixel; /* bytes */
    int packed;
    place *places;
    pthread_mutex_t lock; /* of the list */
    idle *idle;
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

static void free_idle(idle *i)
{
    if (i->zstd) wsi_zstd_destroy(&i->zstd);
    wsi_free(i->rows);
    wsi_free(i);
}

static wsi_status take_idle(wsi_store *s, idle **out, wsi_error *err)
{
    pthread_mutex_lock(&s->lock);
    idle *i = s->idle;
    if (i) s->idle = i->next;
    pthread_mutex_unlock(&s->lock);
    *out = i;
    if (i) return WSI_OK;
    i = wsi_calloc(1, sizeof *i);
    WSI_RETURN_IF(!i, WSI_ERR_NO_MEMORY, "no memory for what is kept between passes");
    i->rows = wsi_calloc(1, tile_bytes(s));
    const wsi_status status = i->rows ? wsi_zstd_create(WSI_ZSTD_LEVEL_DEFAULT, &i->zstd, err)
                                      : wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for a tile");
    if (status != WSI_OK) free_idle(i);
    *out = status == WSI_OK ? i : NULL;
    return status;
}

static void put_idle(wsi_store *s, idle *i)
{
    pthread_mutex_lock(&s->lock);
    i->next = s->idle;
    s->idle = i;
    pthread_mutex_unlock(&s->lock);
}

static void gather(const wsi_store *s, const wsi_image *im, wsi_rect at, char *rows)
{
    const size_t row = (size_t)at.w * s->pixel;
    for (int64_t y = 0; y < at.h; y++) memcpy(rows + (size_t)y * row, (const char *)im->data + y * im->stride, row);
}

static int fits_in_place(const wsi_store *s, const void *rows, size_t all)
{
    return s->pixel <= sizeof s->places->value && is_constant(rows, all, s->pixel);
}

static wsi_status pack_tile(wsi_store *s, const wsi_image *im, wsi_rect at, void *out, size_t capacity, size_t *size,
                            wsi_error *err)
{
    const size_t all = (size_t)at.w * (size_t)at.h * s->pixel;
    idle *i;
    wsi_status status = WSI_OK;
    WSI_FORWARD(take_idle(s, &i, err));
    gather(s, im, at, i->rows);
    *size = s->pixel;
    if (fits_in_place(s, i->rows, all))
        memcpy(out, i->rows, s->pixel);
    else
        status = wsi_zstd_encode(i->zstd, i->rows, all, out, capacity, size, err);
    put_idle(s, i);
    return status;
}

/* A tile whose bytes are as many as a pixel's has one value: no frame of zstd is that short. What is not compressed has
 * its place in the file, so that whoever computed it can write it. */
static wsi_status put_tile(void *user, const wsi_image *im, wsi_rect at, void *out, size_t capacity, size_t *size,
                           wsi_error *err)
{
    wsi_store *s = user;
    const size_t all = (size_t)at.w * (size_t)at.h * s->pixel;
    if (s->packed) return pack_tile(s, im, at, out, capacity, size, err);
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
    if (size == s->pixel && s->pixel <= sizeof p->value) {
        p->size = 0;
        memcpy(p->value, bytes, size);
        return WSI_OK;
    }
    if (!s->packed) return WSI_OK; /* it is there */
    p->size = (uint32_t)size;
    return wsi_scratch_append(s->file, bytes, size, &p->at, err);
}

static wsi_status init(wsi_store *s, const char *folder, wsi_error *err)
{
    const int64_t rows = wsi_ceil_div(s->h, s->tile);
    s->tiles_x = wsi_ceil_div(s->w, s->tile);
    s->places = wsi_calloc((size_t)(rows * s->tiles_x), sizeof *s->places);
    WSI_RETURN_IF(!s->places, WSI_ERR_NO_MEMORY, "no memory for what is kept between passes");
    return wsi_scratch_open(folder, &s->file, err);
}

wsi_status wsi_store_open(const char *folder, int64_t w, int64_t h, wsi_pixfmt fmt, int64_t tile, wsi_store **out,
                          wsi_tap *tap, wsi_error *err)
{
    wsi_store *s = wsi_calloc(1, sizeof *s);
    WSI_RETURN_IF(!s, WSI_ERR_NO_MEMORY, "no memory for what is kept between passes");
    *s = (wsi_store){.w = w, .h = h, .tile = tile, .fmt = fmt, .pixel = wsi_pixfmt_size(fmt)};
    s->packed = fmt.type == WSI_BOOL || fmt.type == WSI_U32;
    pthread_mutex_init(&s->lock, NULL);
    const wsi_status status = init(s, folder, err);
    *tap = (wsi_tap){.user = s,
                     .bound = s->packed ? wsi_zstd_bound(tile_bytes(s)) : tile_bytes(s),
                     .tile = put_tile,
                     .append = append_tile};
    if (status != WSI_OK) wsi_store_close(&s);
    *out = s;
    return status;
}

static void fill(const wsi_image *dst, const unsigned char *value, size_t pixel)
{
    char *first = dst->data;
    for (int64_t x = 0; x < dst->w; x++) memcpy(first + (size_t)x * pixel, value, pixel);
    for (int64_t y = 1; y < dst->h; y++) memcpy(first + y * dst->stride, first, (size_t)dst->w * pixel);
}

static void scatter(const wsi_store *s, const char *rows, wsi_rect tile, wsi_rect part, const wsi_image *dst)
{
    const size_t row = (size_t)tile.w * s->pixel, left = (size_t)(part.x - tile.x) * s->pixel;
    for (int64_t y = 0; y < part.h; y++)
        memcpy((char *)dst->data + y * dst->stride, rows + (size_t)y * row + left, (size_t)part.w * s->pixel);
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
    if (p->size) return (s->packed ? read_packed : read_rows)(s, p, tile, part, dst, err);
    fill(dst, p->value, s->pixel);
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
    for (idle *i = s->idle, *next; i; i = next) {
        next = i->next;
        free_idle(i);
    }
    pthread_mutex_destroy(&s->lock);
    wsi_free(s->places);
    wsi_free(s);
    *store = NULL;
}
