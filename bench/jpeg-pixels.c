/* Images laid out with a slide's tiles. */
#include "jpeg-pixels.h"

#include "common/mem.h"
#include "jpeg-tiles.h"

static int fill(wsi_jpeg *jpeg, const jpeg_tiles *tiles, int first, unsigned char *pixels, const wsi_image *to)
{
    const int side = tiles->side;
    const ptrdiff_t row = 3 * (ptrdiff_t)side;
    const wsi_image tile = {pixels, row, side, side, to->fmt};
    const wsi_rect whole = {0, 0, to->w, to->h};
    int n = first;
    for (int64_t y = 0; y < to->h; y += side) {
        for (int64_t x = 0; x < to->w; x += side, n++) {
            const wsi_rect r = wsi_rect_intersect((wsi_rect){x, y, side, side}, whole);
            const wsi_image dst = wsi_image_crop(to, r), src = wsi_image_crop(&tile, (wsi_rect){0, 0, r.w, r.h});
            if (!jpeg_tiles_decode(jpeg, tiles, n % tiles->distinct, pixels, (size_t)row)) return 0;
            wsi_image_copy(&dst, &src);
        }
    }
    return 1;
}

int jpeg_pixels_load(const char *path, int first, const wsi_image *to)
{
    jpeg_tiles tiles;
    if (!jpeg_tiles_load(path, 1, &tiles)) return 0;
    wsi_jpeg *jpeg = wsi_jpeg_create(NULL);
    unsigned char *pixels = wsi_calloc((size_t)tiles.side * (size_t)tiles.side, 3);
    const int good = jpeg && pixels && fill(jpeg, &tiles, first, pixels, to);
    wsi_free(pixels);
    wsi_jpeg_destroy(&jpeg);
    jpeg_tiles_free(&tiles);
    return good;
}
