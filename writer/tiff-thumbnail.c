/* Gathering the thumbnail's pixels, and its strips. */
#include "tiff-pyramid.h"

#include "common/mem.h"
#include "jpeg-picture.h"
#include "pack.h"

#include <inttypes.h>

/* ---- Pixels ---- */

static int64_t longer_side(const wsi_result_spec *spec, int level)
{
    return wsi_max64(spec->level_w[level], spec->level_h[level]);
}

wsi_status wsi_tiff_thumbnail_create(const wsi_sink *sink, wsi_tiff_thumbnail **out, wsi_error *err)
{
    const wsi_result_spec *spec = &sink->spec.results[0];
    wsi_tiff_thumbnail *t = *out = wsi_calloc(1, sizeof *t);
    WSI_RETURN_IF(!t, WSI_ERR_NO_MEMORY, "out of memory");
    while (t->level + 1 < spec->level_count && longer_side(spec, t->level) > WSI_TIFF_THUMBNAIL_EDGE) t->level++;
    t->shrink = 1;
    while (t->shrink * WSI_TIFF_THUMBNAIL_EDGE < longer_side(spec, t->level)) t->shrink *= 2;
    wsi_image *pixels = &t->pixels;
    pixels->fmt = (wsi_pixfmt){WSI_U8, spec->fmt.channels};
    pixels->w = (spec->level_w[t->level] + t->shrink - 1) / t->shrink;
    pixels->h = (spec->level_h[t->level] + t->shrink - 1) / t->shrink;
    pixels->stride = (ptrdiff_t)(pixels->w * spec->fmt.channels);
    pixels->data = wsi_calloc((size_t)pixels->h, (size_t)pixels->stride);
    WSI_RETURN_IF(!pixels->data, WSI_ERR_NO_MEMORY, "out of memory");
    t->strip_count = (int)((pixels->h + WSI_TIFF_STRIP_ROWS - 1) / WSI_TIFF_STRIP_ROWS);
    return WSI_OK;
}

void wsi_tiff_thumbnail_destroy(wsi_tiff_thumbnail **thumbnail)
{
    if (!*thumbnail) return;
    wsi_free((*thumbnail)->pixels.data);
    wsi_free(*thumbnail);
    *thumbnail = NULL;
}

/* Mean of one channel over the part of `box` that lies within the tile, rounded half up; BOOL counts as 0 and 255. */
static uint8_t mean(const wsi_image *tile, wsi_rect box, int channel)
{
    const wsi_rect in = wsi_rect_intersect(box, (wsi_rect){0, 0, tile->w, tile->h});
    const uint64_t n = (uint64_t)(in.w * in.h);
    uint64_t sum = 0;
    for (int64_t y = in.y; y < in.y + in.h; y++) {
        const uint8_t *row = wsi_image_row(tile, y);
        for (int64_t x = in.x; x < in.x + in.w; x++) {
            const uint8_t v = row[x * tile->fmt.channels + channel];
            sum += tile->fmt.type == WSI_BOOL ? (v ? 255 : 0) : v;
        }
    }
    return (uint8_t)((2 * sum + n) / (2 * n));
}

void wsi_tiff_thumbnail_see(wsi_tiff_thumbnail *thumbnail, int64_t x, int64_t y, const wsi_image *tile)
{
    const int64_t s = thumbnail->shrink;
    const int64_t x0 = (x + s - 1) / s, x1 = (x + tile->w + s - 1) / s;
    const int64_t y0 = (y + s - 1) / s, y1 = (y + tile->h + s - 1) / s;
    for (int64_t ty = y0; ty < y1; ty++) {
        uint8_t *to = (uint8_t *)wsi_image_row(&thumbnail->pixels, ty) + x0 * tile->fmt.channels;
        for (int64_t tx = x0; tx < x1; tx++)
            for (int c = 0; c < tile->fmt.channels; c++)
                *to++ = mean(tile, (wsi_rect){tx * s - x, ty * s - y, s, s}, c);
    }
    atomic_fetch_add_explicit(&thumbnail->seen, (x1 - x0) * (y1 - y0), memory_order_relaxed);
}

/* ---- Strips ---- */

static wsi_status encode_strip(const wsi_sink *sink, wsi_encoder *encoder, const wsi_image *strip, void *out,
                               size_t capacity, size_t *size, wsi_error *err)
{
    const size_t raw = (size_t)strip->stride * (size_t)strip->h;
    const void *packed = strip->data;
    if (sink->spec.codec == WSI_CODEC_JPEG)
        return wsi_jpeg_picture(strip, sink->spec.quality, out, capacity, size, err);
    if (wsi_tiff_predicts(sink)) {
        void *scratch = wsi_encoder_scratch(encoder, 0, raw);
        WSI_RETURN_IF(!scratch, WSI_ERR_NO_MEMORY, "out of memory");
        wsi_pack_predicted(strip, strip->w, strip->h, scratch);
        packed = scratch;
    }
    return wsi_encode_packed(encoder, packed, raw, out, capacity, size, err);
}

static wsi_status write_strips(wsi_sink *sink, wsi_encoder *encoder, wsi_tiff_thumbnail *t, void *out, size_t capacity,
                               wsi_error *err)
{
    for (int i = 0; i < t->strip_count; i++) {
        const int64_t y = (int64_t)i * WSI_TIFF_STRIP_ROWS;
        const int64_t rows = wsi_min64(WSI_TIFF_STRIP_ROWS, t->pixels.h - y);
        const wsi_image strip = wsi_image_crop(&t->pixels, (wsi_rect){0, y, t->pixels.w, rows});
        size_t size = 0;
        WSI_FORWARD(encode_strip(sink, encoder, &strip, out, capacity, &size, err));
        WSI_FORWARD(wsi_tiff_put(sink, out, size, &t->offsets[i], err));
        t->counts[i] = size;
    }
    return WSI_OK;
}

wsi_status wsi_tiff_thumbnail_write(wsi_sink *sink, wsi_tiff_thumbnail *thumbnail, wsi_error *err)
{
    const wsi_image *pixels = &thumbnail->pixels;
    const size_t raw = (size_t)pixels->stride * WSI_TIFF_STRIP_ROWS;
    const size_t capacity = sink->spec.codec == WSI_CODEC_JPEG ? wsi_jpeg_picture_bound(pixels->w, WSI_TIFF_STRIP_ROWS)
                                                               : wsi_encode_bound(sink->spec.codec, raw);
    wsi_encoder_pool *pool = wsi_tiff_priv_of(sink)->encoders;
    wsi_encoder *encoder = NULL;
    const int64_t seen = atomic_load_explicit(&thumbnail->seen, memory_order_relaxed);
    WSI_RETURN_IF(seen != pixels->w * pixels->h, WSI_ERR_INTERNAL,
                  "the thumbnail has %" PRId64 " of %" PRId64 " pixels", seen, pixels->w * pixels->h);
    void *out = wsi_calloc(capacity, 1);
    WSI_RETURN_IF(!out, WSI_ERR_NO_MEMORY, "out of memory");
    wsi_status status = wsi_encoder_lend(pool, &encoder, err);
    if (status == WSI_OK) status = write_strips(sink, encoder, thumbnail, out, capacity, err);
    if (encoder) wsi_encoder_give_back(pool, encoder);
    wsi_free(out);
    return status;
}
