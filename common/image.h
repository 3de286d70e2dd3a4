/* Pixel formats, rectangles and strided image views: the types in which the folders meet.
 *
 * Frame: x to the right, y down, origin at the top-left pixel of the level in question. Sizes in pixels,
 * strides in bytes. Pixels are interleaved (channel last), as scikit-image has them. */
#ifndef WSI_IMAGE_H
#define WSI_IMAGE_H

#include <stddef.h>
#include <stdint.h>

typedef enum wsi_dtype {
    WSI_BOOL = 0, /* one byte, 0 or 1 (NumPy's bool); written to files as uint8 0/255 unless said otherwise */
    WSI_U8,
    WSI_I8,
    WSI_U16,
    WSI_I16,
    WSI_U32,
    WSI_I32,
    WSI_F32,
    WSI_F64,
    WSI_DTYPE_COUNT
} wsi_dtype;

/* Bytes a sample; 0 for an unknown value. */
size_t wsi_dtype_size(wsi_dtype type);
/* NumPy's name ("uint8", "float32", "bool"); "?" for an unknown value. */
const char *wsi_dtype_name(wsi_dtype type);
/* 1 and *out set when name is one of them; 0 otherwise. */
int wsi_dtype_parse(const char *name, wsi_dtype *out);

/* Pixel format: sample type and samples per pixel (1 to WSI_CHANNELS_MAX). */
typedef struct wsi_pixfmt {
    wsi_dtype type;
    int channels;
} wsi_pixfmt;

enum { WSI_CHANNELS_MAX = 64 };

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

/* Half-open: covers x .. x+w-1. Empty when w or h is 0 or less. */
typedef struct wsi_rect {
    int64_t x, y, w, h;
} wsi_rect;

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
