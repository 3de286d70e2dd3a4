/* A deterministic picture for the writer's tests, in every pixel format and at every level, and the loop that writes
 * it through a sink. tests/writer_oracle.py has the same formula. */
#ifndef WSI_TEST_WRITER_PATTERN_H
#define WSI_TEST_WRITER_PATTERN_H

#include "writer/writer.h"

#include "common/mem.h"

#include <string.h>

/* Triangle wave of 0..255, smooth enough for JPEG. Level L shows every 2^L-th pixel. */
static inline int pattern_wave(int64_t x, int64_t y, int c)
{
    const int64_t t = (x * 2 + y * 3 + c * 29) % 511;
    return (int)(t < 256 ? t : 510 - t);
}

static inline void pattern_pixel(const wsi_image *im, int64_t col, int64_t row, int64_t x, int64_t y)
{
    for (int c = 0; c < im->fmt.channels; c++) {
        const int wave = pattern_wave(x, y, c);
        const size_t i = (size_t)col * (size_t)im->fmt.channels + (size_t)c;
        void *p = wsi_image_row(im, row);
        switch (im->fmt.type) {
        case WSI_BOOL:
            ((uint8_t *)p)[i] = wave > 127;
            break;
        case WSI_U8:
            ((uint8_t *)p)[i] = (uint8_t)wave;
            break;
        case WSI_I8:
            ((int8_t *)p)[i] = (int8_t)(wave - 128);
            break;
        case WSI_U16:
            ((uint16_t *)p)[i] = (uint16_t)(wave * 257);
            break;
        case WSI_I16:
            ((int16_t *)p)[i] = (int16_t)(wave * 100 - 12800);
            break;
        case WSI_U32:
            ((uint32_t *)p)[i] = (uint32_t)(x * 70000 + y + c);
            break;
        case WSI_I32:
            ((int32_t *)p)[i] = (int32_t)(y - x * 70000 - c);
            break;
        case WSI_F32:
            ((float *)p)[i] = (float)wave / 255.0f;
            break;
        case WSI_F64:
            ((double *)p)[i] = (double)wave / 255.0;
            break;
        case WSI_DTYPE_COUNT:
            break;
        }
    }
}

/* Level sizes halve, rounded up, until one tile holds the level, `levels_max` at most. */
static inline void pattern_levels(wsi_result_spec *r, int64_t w, int64_t h, int64_t tile, int levels_max)
{
    r->level_count = 0;
    double downsample = 1;
    for (;;) {
        r->level_w[r->level_count] = w;
        r->level_h[r->level_count] = h;
        r->downsample[r->level_count++] = downsample;
        if ((w <= tile && h <= tile) || r->level_count == levels_max) return;
        w = (w + 1) / 2;
        h = (h + 1) / 2;
        downsample *= 2;
    }
}

static inline wsi_status pattern_tile(wsi_sink *sink, const wsi_result_spec *r, int result, int level, int64_t edge,
                                      int64_t tx, int64_t ty, void *pixels, void *out, size_t capacity, wsi_error *err)
{
    const int64_t w = r->level_w[level] - tx * edge, h = r->level_h[level] - ty * edge;
    wsi_image view = {pixels, 0, w < edge ? w : edge, h < edge ? h : edge, r->fmt};
    view.stride = (ptrdiff_t)((size_t)(edge + 3) * wsi_pixfmt_size(r->fmt)); /* rows do not touch */
    for (int64_t y = 0; y < view.h; y++)
        for (int64_t x = 0; x < view.w; x++)
            pattern_pixel(&view, x, y, (tx * edge + x) << level, (ty * edge + y) << level);
    size_t size = 0;
    if (wsi_sink_sees(sink, result, level)) WSI_FORWARD(wsi_sink_see(sink, result, level, tx, ty, &view, err));
    WSI_FORWARD(wsi_sink_encode(sink, result, level, &view, out, capacity, &size, err));
    return wsi_sink_append(sink, result, level, tx, ty, out, size, err);
}

/* Writes all tiles of all levels of one result. */
static inline wsi_status pattern_write(wsi_sink *sink, const wsi_sink_spec *spec, int result, wsi_error *err)
{
    const wsi_result_spec *r = &spec->results[result];
    const size_t capacity = wsi_sink_bound(sink, result);
    void *pixels = wsi_calloc((size_t)(spec->tile + 3) * (size_t)spec->tile, wsi_pixfmt_size(r->fmt));
    void *out = wsi_calloc(capacity + 1, 1);
    wsi_status status = pixels && out ? WSI_OK : wsi_error_set(err, WSI_ERR_NO_MEMORY, "out of memory");
    for (int l = 0; l < r->level_count; l++)
        for (int64_t ty = 0; ty * spec->tile < r->level_h[l]; ty++)
            for (int64_t tx = 0; tx * spec->tile < r->level_w[l] && status == WSI_OK; tx++)
                status = pattern_tile(sink, r, result, l, spec->tile, tx, ty, pixels, out, capacity, err);
    wsi_free(pixels);
    wsi_free(out);
    return status;
}

/* Opens, writes every result and finishes; the sink is gone afterwards in every case. */
static inline wsi_status pattern_file(const wsi_writer *writer, const wsi_sink_spec *spec, wsi_error *err)
{
    wsi_sink *sink = NULL;
    WSI_FORWARD(wsi_sink_open(writer, spec, &sink, err));
    for (int r = 0; r < spec->result_count; r++) {
        const wsi_status status = pattern_write(sink, spec, r, err);
        if (status == WSI_OK) continue;
        wsi_sink_abort(&sink);
        return status;
    }
    return wsi_sink_finish(&sink, err);
}

#endif
