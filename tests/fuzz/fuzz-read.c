/* A slide read in parts. What two ways of reading give must be the same. */
#include "fuzz-read.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "reader/reader.h"

/* Bytes: of one view, and of all views of one slide together. */
enum { VIEW_MAX = 4 << 20, ALL_MAX = 16 << 20, SPAN_MAX = 1 << 20 };

static size_t budget;

/* A view to decode into; no data where it would be too large. */
static wsi_image make_view(int64_t w, int64_t h, wsi_pixfmt fmt)
{
    const size_t row = (size_t)w * wsi_pixfmt_size(fmt);
    wsi_image view = {NULL, (ptrdiff_t)row, w, h, fmt};
    if (row > VIEW_MAX || row * (size_t)h > VIEW_MAX || row * (size_t)h > budget) return view;
    budget -= row * (size_t)h;
    view.data = malloc(row * (size_t)h); /* not cleared: what a reader leaves out differs between two views */
    if (!view.data) exit(1);
    return view;
}

static wsi_status read_tile(wsi_slide *slide, int level, int64_t tx, int64_t ty, const void *bytes, size_t size,
                            const wsi_image *view)
{
    wsi_error err = {0};
    memset(view->data, bytes ? 0x55 : 0xAA, (size_t)(view->stride * view->h));
    const wsi_status status = wsi_slide_read_tile(slide, level, tx, ty, bytes, size, view, &err);
    fuzz_expect(status, &err);
    return status;
}

static void read_frame(wsi_slide *slide, int level, int64_t tx, int64_t ty, const void *bytes, size_t size)
{
    wsi_error err = {0};
    wsi_jpeg_frame frame;
    int usable = -1;
    if (!wsi_slide_level_is_jpeg(slide, level)) return;
    fuzz_expect(wsi_slide_jpeg_frame(slide, level, tx, ty, bytes, size, &frame, &usable, &err), &err);
    if (usable && (frame.scan > size || frame.components < 1 || frame.components > 3))
        fuzz_fail("a frame beyond its stream", "jpeg_frame");
}

static void same_pixels(int level, int64_t tx, int64_t ty, const wsi_image *a, const wsi_image *b)
{
    char place[128];
    for (int64_t y = 0; y < a->h; y++) {
        if (memcmp(wsi_image_row(a, y), wsi_image_row(b, y), (size_t)a->stride) == 0) continue;
        snprintf(place, sizeof place, "in level %d tile (%" PRId64 ",%" PRId64 ") row %" PRId64, level, tx, ty, y);
        fuzz_fail("fetched bytes make a difference", place);
    }
}

/* The same tile from bytes that were fetched before. */
static void read_fetched(wsi_slide *slide, int level, int64_t tx, int64_t ty, const wsi_image *first, wsi_status want)
{
    const wsi_tile_span span = wsi_slide_tile_span(slide, level, tx, ty);
    wsi_error err = {0};
    if (span.size == 0 || span.size > SPAN_MAX) return;
    const wsi_image view = make_view(first->w, first->h, first->fmt);
    void *bytes = malloc((size_t)span.size);
    if (!bytes) exit(1);
    if (view.data && wsi_slide_read_bytes(slide, span.offset, (size_t)span.size, bytes, &err) == WSI_OK) {
        read_frame(slide, level, tx, ty, bytes, (size_t)span.size);
        const wsi_status status = read_tile(slide, level, tx, ty, bytes, (size_t)span.size, &view);
        if (status != want) fuzz_fail("fetched bytes make a difference", wsi_status_name(status));
        if (status == WSI_OK) same_pixels(level, tx, ty, &view, first);
    }
    fuzz_expect(err.code, &err);
    free(bytes);
    free(view.data);
}

static void try_tile(wsi_slide *slide, int level, int64_t tx, int64_t ty)
{
    const wsi_rect r = wsi_slide_tile_rect(slide, level, tx, ty);
    const wsi_image view = make_view(r.w, r.h, wsi_slide_get_info(slide)->fmt);
    if (!view.data) return;
    const wsi_status status = read_tile(slide, level, tx, ty, NULL, 0, &view);
    read_fetched(slide, level, tx, ty, &view, status);
    free(view.data);
}

/* Some pixels about the middle of the level, across tile borders where there are any. */
static void try_region(wsi_slide *slide, int level)
{
    enum { EDGE = 40 };
    const wsi_slide_info *info = wsi_slide_get_info(slide);
    const wsi_level *l = &info->levels[level];
    const wsi_rect whole = {0, 0, l->w, l->h};
    const wsi_rect r = wsi_rect_intersect((wsi_rect){l->w / 2 - EDGE / 2, l->h / 2 - EDGE / 2, EDGE, EDGE}, whole);
    const wsi_image tile = make_view(l->tile_w, l->tile_h, info->fmt);
    wsi_error err = {0};
    if (!tile.data) return; /* each of its tiles is decoded whole */
    const wsi_image view = make_view(r.w, r.h, info->fmt);
    if (view.data) fuzz_expect(wsi_slide_decode_rect(slide, level, r, &view, &err), &err);
    free(view.data);
    free(tile.data);
}

static void try_level(wsi_slide *slide, int level)
{
    const wsi_level *l = &wsi_slide_get_info(slide)->levels[level];
    if (l->tiles_x < 1 || l->tiles_y < 1 || l->w < 1 || l->h < 1) fuzz_fail("a level without pixels", l->compression);
    try_tile(slide, level, 0, 0);
    try_tile(slide, level, l->tiles_x - 1, l->tiles_y - 1);
    try_tile(slide, level, l->tiles_x / 2, l->tiles_y / 3);
    try_region(slide, level);
}

static void try_associated(wsi_slide *slide, int index)
{
    const wsi_associated *a = &wsi_slide_get_info(slide)->associated[index];
    const wsi_image view = make_view(a->w, a->h, (wsi_pixfmt){WSI_U8, 3});
    wsi_error err = {0};
    if (view.data) fuzz_expect(wsi_slide_decode_associated(slide, index, &view, &err), &err);
    free(view.data);
}

static void check_texts(const wsi_slide_info *info)
{
    for (int i = 0; i < info->property_count; i++) {
        for (const char *c = info->properties[i].value; *c; c++)
            if ((unsigned char)*c < 0x20) fuzz_fail("a control character in a property", info->properties[i].key);
    }
    if (!(info->mpp_x >= 0 && info->mpp_y >= 0)) fuzz_fail("a resolution that is no number", info->vendor);
}

void fuzz_read_slide(const char *path)
{
    wsi_error err = {0};
    wsi_slide *slide = NULL;
    budget = ALL_MAX;
    fuzz_expect(wsi_slide_open(path, NULL, &slide, &err), &err);
    if (!slide) return;
    const wsi_slide_info *info = wsi_slide_get_info(slide);
    check_texts(info);
    for (int i = 0; i < info->level_count; i++) try_level(slide, i);
    for (int i = 0; i < info->associated_count; i++) try_associated(slide, i);
    wsi_slide_close(&slide);
}
