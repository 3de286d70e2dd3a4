/* Strided image views and what the folders do with rectangles and formats, which the public header defines.
 *
 * Sizes in pixels, strides in bytes. Pixels of a view are interleaved (channel last), as scikit-image has them. */
#ifndef WSI_IMAGE_H
#define WSI_IMAGE_H

#include <wsiproc/image.h>

/* Bytes a pixel. */
size_t wsi_pixfmt_size(wsi_pixfmt fmt);

static inline int64_t wsi_min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t wsi_max64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int wsi_rect_empty(wsi_rect r);
wsi_rect wsi_rect_intersect(wsi_rect a, wsi_rect b);        /* w = h = 0 where they do not meet */
wsi_rect wsi_rect_union(wsi_rect a, wsi_rect b);            /* bounding box; an empty one does not count */
wsi_rect wsi_rect_grow(wsi_rect r, int64_t dx, int64_t dy); /* dx to the left and right, dy up and down */
int wsi_rect_contains(wsi_rect outer, wsi_rect inner);

/* A view of pixels somebody else owns. Row y starts at data + y * stride; stride >= w * bytes a pixel.
 * data has the sample type's alignment, no more. */
typedef struct wsi_image {
    void *data;
    ptrdiff_t stride;
    int64_t w, h;
    wsi_pixfmt fmt;
} wsi_image;

static inline void *wsi_image_row(const wsi_image *im, int64_t y)
{
    return (char *)im->data + y * im->stride;
}

/* The view of r (which must lie inside) within im. */
wsi_image wsi_image_crop(const wsi_image *im, wsi_rect r);
/* Copies w x h pixels of the same format; the views must not overlap. */
void wsi_image_copy(const wsi_image *dst, const wsi_image *src);
/* Fills with one pixel given as bytes in im's format. */
void wsi_image_fill(const wsi_image *im, const void *pixel);

/* a * b into *out; 0 when it does not fit. For sizes read from files. */
int wsi_mul_size(size_t a, size_t b, size_t *out);

#endif
