/* Pixel formats, rectangles and views. Pure functions. */
#include "image.h"

#include <string.h>

static const struct {
    const char *name;
    size_t size;
} dtypes[WSI_DTYPE_COUNT] = {
    [WSI_BOOL] = {"bool", 1},  [WSI_U8] = {"uint8", 1},    [WSI_I8] = {"int8", 1},
    [WSI_U16] = {"uint16", 2}, [WSI_I16] = {"int16", 2},   [WSI_U32] = {"uint32", 4},
    [WSI_I32] = {"int32", 4},  [WSI_F32] = {"float32", 4}, [WSI_F64] = {"float64", 8},
};

static int known(wsi_dtype type)
{
    return (int)type >= 0 && type < WSI_DTYPE_COUNT;
}

size_t wsi_dtype_size(wsi_dtype type)
{
    return known(type) ? dtypes[type].size : 0;
}

const char *wsi_dtype_name(wsi_dtype type)
{
    return known(type) ? dtypes[type].name : "?";
}

int wsi_dtype_parse(const char *name, wsi_dtype *out)
{
    for (int i = 0; i < WSI_DTYPE_COUNT; i++)
        if (strcmp(name, dtypes[i].name) == 0) {
            *out = (wsi_dtype)i;
            return 1;
        }
    return 0;
}

size_t wsi_pixfmt_size(wsi_pixfmt fmt)
{
    return wsi_dtype_size(fmt.type) * (size_t)fmt.channels;
}

int wsi_rect_empty(wsi_rect r)
{
    return r.w <= 0 || r.h <= 0;
}

wsi_rect wsi_rect_intersect(wsi_rect a, wsi_rect b)
{
    wsi_rect r = {wsi_max64(a.x, b.x), wsi_max64(a.y, b.y), 0, 0};
    r.w = wsi_min64(a.x + a.w, b.x + b.w) - r.x;
    r.h = wsi_min64(a.y + a.h, b.y + b.h) - r.y;
    if (r.w <= 0 || r.h <= 0) r.w = r.h = 0;
    return r;
}

wsi_rect wsi_rect_union(wsi_rect a, wsi_rect b)
{
    if (wsi_rect_empty(a)) return b;
    if (wsi_rect_empty(b)) return a;
    wsi_rect r = {wsi_min64(a.x, b.x), wsi_min64(a.y, b.y), 0, 0};
    r.w = wsi_max64(a.x + a.w, b.x + b.w) - r.x;
    r.h = wsi_max64(a.y + a.h, b.y + b.h) - r.y;
    return r;
}

wsi_rect wsi_rect_grow(wsi_rect r, int64_t dx, int64_t dy)
{
    return (wsi_rect){r.x - dx, r.y - dy, r.w + 2 * dx, r.h + 2 * dy};
}

int wsi_rect_contains(wsi_rect outer, wsi_rect inner)
{
    return wsi_rect_empty(inner) || (inner.x >= outer.x && inner.y >= outer.y &&
                                     inner.x + inner.w <= outer.x + outer.w && inner.y + inner.h <= outer.y + outer.h);
}

wsi_image wsi_image_crop(const wsi_image *im, wsi_rect r)
{
    wsi_image out = *im;
    out.data = (char *)im->data + r.y * im->stride + r.x * (ptrdiff_t)wsi_pixfmt_size(im->fmt);
    out.w = r.w;
    out.h = r.h;
    return out;
}

void wsi_image_copy(const wsi_image *dst, const wsi_image *src)
{
    const size_t bytes = (size_t)dst->w * wsi_pixfmt_size(dst->fmt);
    for (int64_t y = 0; y < dst->h; y++) memcpy(wsi_image_row(dst, y), wsi_image_row(src, y), bytes);
}

void wsi_image_fill(const wsi_image *im, const void *pixel)
{
    const size_t px = wsi_pixfmt_size(im->fmt);
    const size_t bytes = (size_t)im->w * px;
    if (wsi_rect_empty((wsi_rect){0, 0, im->w, im->h})) return;
    char *first = wsi_image_row(im, 0);
    for (size_t i = 0; i < bytes; i += px) memcpy(first + i, pixel, px);
    for (int64_t y = 1; y < im->h; y++) memcpy(wsi_image_row(im, y), first, bytes);
}

int wsi_mul_size(size_t a, size_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}
