/* Turns samples into colours and averages these down.
 *
 * Colours are averaged, not samples: the mean of two labels would be a third. Floating-point images show their finite
 * values between least and greatest; what is not finite is dark red. */
#include "picture.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "common/mem.h"

/* ---- Samples ---- */

static double sample_at(const void *row, wsi_dtype type, int64_t i)
{
    switch (type) {
    case WSI_BOOL:
    case WSI_U8:
        return ((const uint8_t *)row)[i];
    case WSI_I8:
        return ((const int8_t *)row)[i];
    case WSI_U16:
        return ((const uint16_t *)row)[i];
    case WSI_I16:
        return ((const int16_t *)row)[i];
    case WSI_U32:
        return ((const uint32_t *)row)[i];
    case WSI_I32:
        return ((const int32_t *)row)[i];
    case WSI_F32:
        return (double)((const float *)row)[i];
    case WSI_F64:
        return ((const double *)row)[i];
    case WSI_DTYPE_COUNT:
        break;
    }
    return 0;
}

wsi_picture_range wsi_picture_measure(const wsi_image *image)
{
    wsi_picture_range r = {0};
    double sum = 0;
    for (int64_t y = 0; y < image->h; y++) {
        const void *row = wsi_image_row(image, y);
        for (int64_t x = 0; x < image->w; x++) {
            const double v = sample_at(row, image->fmt.type, x * image->fmt.channels);
            if (!isfinite(v)) continue;
            if (!r.finite || v < r.min) r.min = v;
            if (!r.finite || v > r.max) r.max = v;
            sum += v;
            r.finite++;
        }
    }
    if (r.finite) r.mean = sum / (double)r.finite;
    return r;
}

static int is_two_valued(const wsi_image *image)
{
    int whites = 0;
    for (int64_t y = 0; y < image->h; y++) {
        const uint8_t *row = wsi_image_row(image, y);
        for (int64_t x = 0; x < image->w; x++) {
            if (row[x] != 0 && row[x] != 255) return 0;
            whites |= row[x] == 255;
        }
    }
    return whites;
}

wsi_picture_kind wsi_picture_kind_of(const wsi_image *image)
{
    const wsi_dtype type = image->fmt.type;
    if (type == WSI_BOOL) return WSI_PICTURE_MASK;
    if (image->fmt.channels == 1 && (type == WSI_U32 || type == WSI_I32)) return WSI_PICTURE_LABELS;
    if (type != WSI_U8) return WSI_PICTURE_VALUES;
    return image->fmt.channels == 1 && is_two_valued(image) ? WSI_PICTURE_MASK : WSI_PICTURE_PHOTO;
}

/* ---- Colours ---- */

void wsi_picture_scale_colour(double at, unsigned char rgb[3])
{
    static const double stops[5][3] = {{68, 1, 84}, {59, 82, 139}, {33, 145, 140}, {94, 201, 98}, {253, 231, 37}};
    const double place = 4 * (at > 0 ? at < 1 ? at : 1 : 0);
    const int i = place >= 4 ? 3 : (int)place;
    for (int c = 0; c < 3; c++) {
        const double colour = stops[i][c] + (place - i) * (stops[i + 1][c] - stops[i][c]);
        rgb[c] = (unsigned char)lround(colour);
    }
}

/* Colours of neighbouring numbers are far apart; never dark, so that the background stands off. */
static void label_colour(uint32_t label, unsigned char rgb[3])
{
    uint32_t h = label * 2654435761u;
    h ^= h >> 15;
    h *= 2246822519u;
    h ^= h >> 13;
    rgb[0] = (unsigned char)(64 + (h & 0xff) * 191 / 255);
    rgb[1] = (unsigned char)(64 + (h >> 8 & 0xff) * 191 / 255);
    rgb[2] = (unsigned char)(64 + (h >> 16 & 0xff) * 191 / 255);
    if (label == 0) memset(rgb, 0, 3);
}

static void value_colour(double v, const wsi_picture_range *range, int map, unsigned char rgb[3])
{
    static const unsigned char none[3] = {96, 0, 0};
    const double width = range->max - range->min, at = width > 0 ? (v - range->min) / width : 0;
    if (!isfinite(v)) {
        memcpy(rgb, none, 3);
    } else if (map) {
        wsi_picture_scale_colour(at, rgb);
    } else {
        memset(rgb, (int)lround(255 * at), 3);
    }
}

static void colour_of(const void *row, wsi_pixfmt fmt, int64_t x, wsi_picture_kind kind, const wsi_picture_range *range,
                      unsigned char rgb[3])
{
    static const unsigned char inside[3] = {196, 32, 96}, outside[3] = {236, 236, 236};
    const int64_t first = x * fmt.channels;
    const double v = sample_at(row, fmt.type, first);
    switch (kind) {
    case WSI_PICTURE_PHOTO:
        for (int c = 0; c < 3; c++) rgb[c] = ((const uint8_t *)row)[first + (fmt.channels >= 3 ? c : 0)];
        break;
    case WSI_PICTURE_MASK:
        memcpy(rgb, v > 0 ? inside : outside, 3);
        break;
    case WSI_PICTURE_LABELS:
        label_colour((uint32_t)(int64_t)v, rgb);
        break;
    case WSI_PICTURE_VALUES:
    case WSI_PICTURE_MAP:
        value_colour(v, range, kind == WSI_PICTURE_MAP, rgb);
        break;
    }
}

/* ---- Pictures ---- */

void wsi_picture_size(int64_t w, int64_t h, int64_t edge, int64_t *pw, int64_t *ph)
{
    const int64_t longer = wsi_max64(w, h);
    *pw = longer <= edge ? w : wsi_max64(1, (int64_t)((double)w * (double)edge / (double)longer + 0.5));
    *ph = longer <= edge ? h : wsi_max64(1, (int64_t)((double)h * (double)edge / (double)longer + 0.5));
}

/* Sums of colours over one row of the picture. */
typedef struct sums {
    uint64_t *rgb; /* 3 a pixel */
    uint64_t *count;
} sums;

static void add_row(const wsi_image *image, int64_t y, wsi_picture_kind kind, const wsi_picture_range *range, int64_t w,
                    sums *s)
{
    const void *row = wsi_image_row(image, y);
    for (int64_t x = 0; x < image->w; x++) {
        unsigned char rgb[3] = {0, 0, 0};
        const int64_t to = x * w / image->w;
        colour_of(row, image->fmt, x, kind, range, rgb);
        for (int c = 0; c < 3; c++) s->rgb[3 * to + c] += rgb[c];
        s->count[to]++;
    }
}

static void flush_row(sums *s, int64_t w, unsigned char *out)
{
    for (int64_t x = 0; x < w; x++) {
        const uint64_t n = s->count[x] ? s->count[x] : 1;
        for (int c = 0; c < 3; c++) out[3 * x + c] = (unsigned char)((s->rgb[3 * x + c] + n / 2) / n);
    }
    memset(s->rgb, 0, (size_t)w * 3 * sizeof *s->rgb);
    memset(s->count, 0, (size_t)w * sizeof *s->count);
}

wsi_status wsi_picture_render(const wsi_image *image, wsi_picture_kind kind, const wsi_picture_range *range,
                              const wsi_image *rgb, wsi_error *err)
{
    sums s = {wsi_calloc((size_t)rgb->w, 3 * sizeof *s.rgb), wsi_calloc((size_t)rgb->w, sizeof *s.count)};
    const int made = s.rgb && s.count;
    for (int64_t y = 0; made && y < image->h; y++) {
        const int64_t to = y * rgb->h / image->h;
        add_row(image, y, kind, range, rgb->w, &s);
        if ((y + 1) * rgb->h / image->h != to) flush_row(&s, rgb->w, wsi_image_row(rgb, to));
    }
    wsi_free(s.rgb);
    wsi_free(s.count);
    WSI_RETURN_IF(!made, WSI_ERR_NO_MEMORY, "out of memory");
    return WSI_OK;
}
