/* Pixels under a mask: those of a run are moved together in a buffer, so that whoever takes them has plain loops. */
#include "selected.h"

#include <string.h>

#include "samples.h"

enum { RUN = 256, PIXEL_MAX = 8 * WSI_CHANNELS_MAX };

/* Every pixel is written, and the next one over it unless it is kept. */
static inline void move(unsigned char *to, const unsigned char *from, const uint8_t *keep, int64_t n, size_t size)
{
    for (int64_t i = 0; i < n; i++) {
        memcpy(to, from + (size_t)i * size, size);
        to += keep[i] ? size : 0;
    }
}

static void move_together(unsigned char *to, const unsigned char *from, const uint8_t *keep, int64_t n, size_t size)
{
    switch (size) { /* constants, so that a pixel is moved without a call */
    case 1:
        move(to, from, keep, n, 1);
        break;
    case 3:
        move(to, from, keep, n, 3);
        break;
    case 4:
        move(to, from, keep, n, 4);
        break;
    default:
        move(to, from, keep, n, size);
        break;
    }
}

/* One row. */
static void under_mask(const wsi_image *im, const wsi_image *mask, wsi_selected_fn fn, void *user)
{
    const size_t size = wsi_pixfmt_size(im->fmt);
    uint8_t keep[RUN];
    _Alignas(64) unsigned char together[RUN * PIXEL_MAX + PIXEL_MAX];
    for (int64_t x = 0; x < im->w; x += RUN) {
        const int64_t n = im->w - x < RUN ? im->w - x : RUN;
        const wsi_image of_run = wsi_image_crop(mask, (wsi_rect){x, 0, n, 1});
        const unsigned char *from = (const unsigned char *)im->data + (size_t)x * size;
        int64_t kept = 0;
        wsi_samples_truth(&of_run, 0, keep);
        for (int64_t i = 0; i < n; i++) kept += keep[i];
        if (kept > 0 && kept < n) move_together(together, from, keep, n, size);
        if (kept > 0) fn(user, kept < n ? together : from, kept);
    }
}

void wsi_each_selected(const wsi_image *im, const wsi_image *mask, wsi_selected_fn fn, void *user)
{
    for (int64_t y = 0; y < im->h; y++) {
        const wsi_rect row = {0, y, im->w, 1};
        const wsi_image pixels = wsi_image_crop(im, row);
        const wsi_image of_row = mask ? wsi_image_crop(mask, row) : pixels;
        if (mask)
            under_mask(&pixels, &of_row, fn, user);
        else
            fn(user, pixels.data, im->w);
    }
}
