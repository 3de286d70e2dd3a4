/* From planes of samples to pixels: libjpeg's fancy upsampling (a triangle filter, rounded up and down in turn) and its
 * fixed-point YCbCr to RGB.
 *
 * Outside the component's own samples (padding of its last blocks does not count) the nearest one is repeated; with
 * that, the filter's special cases at the edges are the general one. Components of up to two columns are replicated. */
#ifndef WSI_JPEG_COLOUR_PX_H
#define WSI_JPEG_COLOUR_PX_H

#include "jpeg-px.h"

typedef struct wsi_px_jpeg_plane {
    const uint8_t *samples;
    int32_t stride, w, h; /* samples */
    int32_t half_w, half_h;
    int32_t plain; /* 1: samples are repeated, not filtered */
} wsi_px_jpeg_plane;

/* Component c of a tile whose samples begin at planes. */
static WSI_HD wsi_px_jpeg_plane wsi_px_jpeg_plane_of(const wsi_px_jpeg_tile *t, int32_t c, const uint8_t *planes)
{
    wsi_px_jpeg_plane p;
    p.samples = planes + 64 * (size_t)(t->first[c] - t->first_block);
    p.stride = 8 * t->wide[c];
    p.w = t->samples_w[c];
    p.h = t->samples_h[c];
    p.half_w = t->half_w[c];
    p.half_h = t->half_h[c];
    p.plain = p.half_w ? p.w <= 2 : !p.half_h;
    return p;
}

static WSI_HD int32_t wsi_px_jpeg_near(int32_t i, int32_t step, int32_t n)
{
    const int32_t j = i + step;
    return j < 0 ? 0 : j >= n ? n - 1 : j;
}

/* The component's value at pixel (x, y); padding past the last pixel of a row has one, too. */
static WSI_HD int32_t wsi_px_jpeg_sample(const wsi_px_jpeg_plane *p, int32_t x, int32_t y)
{
    const int32_t cx = x >> p->half_w, cy = y >> p->half_h, odd_x = x & 1, odd_y = y & 1;
    const uint8_t *row = p->samples + (ptrdiff_t)cy * p->stride;
    if (p->plain) return row[cx];
    const int32_t side = wsi_px_jpeg_near(cx, 2 * odd_x - 1, p->w);
    if (!p->half_h) return (3 * row[cx] + row[side] + 1 + odd_x) >> 2;
    const uint8_t *other = p->samples + (ptrdiff_t)wsi_px_jpeg_near(cy, 2 * odd_y - 1, p->h) * p->stride;
    const int32_t here = 3 * row[cx] + other[cx];
    if (!p->half_w) return (here + 1 + odd_y) >> 2;
    return (3 * here + 3 * row[side] + other[side] + 8 - odd_x) >> 4;
}

/* ITU-R BT.601 in 16-bit fixed point, each term rounded as libjpeg's tables are. */
static WSI_HD void wsi_px_jpeg_rgb(int32_t y, int32_t cb, int32_t cr, uint8_t *rgb)
{
    const int32_t b = cb - 128, r = cr - 128;
    const int32_t red = y + ((91881 * r + 32768) >> 16);
    const int32_t green = y + ((-22554 * b - 46802 * r + 32768) >> 16);
    const int32_t blue = y + ((116130 * b + 32768) >> 16);
    rgb[0] = (uint8_t)(red < 0 ? 0 : red > 255 ? 255 : red);
    rgb[1] = (uint8_t)(green < 0 ? 0 : green > 255 ? 255 : green);
    rgb[2] = (uint8_t)(blue < 0 ? 0 : blue > 255 ? 255 : blue);
}

#endif
