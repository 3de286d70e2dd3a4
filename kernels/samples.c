/* Conversions of rows, one loop for each sample type. */
#include "samples.h"

#define EACH(ctype, value)                                                                                             \
    {                                                                                                                  \
        const ctype *from = (const ctype *)row;                                                                        \
        for (int64_t x = 0; x < im->w; x++) out[x] = (value);                                                          \
        break;                                                                                                         \
    }

void wsi_samples_truth(const wsi_image *im, int64_t y, uint8_t *out)
{
    const void *row = wsi_image_row(im, y);
    switch (im->fmt.type) {
    case WSI_BOOL:
    case WSI_U8:
    case WSI_I8:
        EACH(uint8_t, from[x] != 0)
    case WSI_U16:
    case WSI_I16:
        EACH(uint16_t, from[x] != 0)
    case WSI_U32:
    case WSI_I32:
        EACH(uint32_t, from[x] != 0)
    case WSI_F32:
        EACH(float, from[x] != 0)
    default:
        EACH(double, from[x] != 0)
    }
}

#define EACH_INTEGER(as)                                                                                               \
    case WSI_BOOL:                                                                                                     \
    case WSI_U8:                                                                                                       \
        EACH(uint8_t, (as)from[x])                                                                                     \
    case WSI_I8:                                                                                                       \
        EACH(int8_t, (as)from[x])                                                                                      \
    case WSI_U16:                                                                                                      \
        EACH(uint16_t, (as)from[x])                                                                                    \
    case WSI_I16:                                                                                                      \
        EACH(int16_t, (as)from[x])                                                                                     \
    case WSI_U32:                                                                                                      \
        EACH(uint32_t, (as)from[x])                                                                                    \
    case WSI_I32:                                                                                                      \
        EACH(int32_t, (as)from[x])

void wsi_samples_float(const wsi_image *im, int64_t y, float *out)
{
    const void *row = wsi_image_row(im, y);
    switch (im->fmt.type) {
        EACH_INTEGER(float)
    case WSI_F32:
        EACH(float, from[x])
    default:
        EACH(double, (float)from[x])
    }
}

void wsi_samples_double(const wsi_image *im, int64_t y, double *out)
{
    const void *row = wsi_image_row(im, y);
    switch (im->fmt.type) {
        EACH_INTEGER(double)
    case WSI_F32:
        EACH(float, (double)from[x])
    default:
        EACH(double, from[x])
    }
}

void wsi_samples_label(const wsi_image *im, int64_t y, uint32_t *out)
{
    const void *row = wsi_image_row(im, y);
    switch (im->fmt.type) {
        EACH_INTEGER(uint32_t)
    default:
        break;
    }
}

#define PUT(ctype)                                                                                                     \
    {                                                                                                                  \
        ctype *to = (ctype *)wsi_image_row(im, y) + x0;                                                                \
        for (int64_t x = 0; x < n; x++) to[x] = (ctype)labels[x];                                                      \
        break;                                                                                                         \
    }

void wsi_samples_put_label(const wsi_image *im, int64_t x0, int64_t y, const uint32_t *labels, int64_t n)
{
    switch (wsi_dtype_size(im->fmt.type)) {
    case 1:
        PUT(uint8_t)
    case 2:
        PUT(uint16_t)
    default:
        PUT(uint32_t)
    }
}
