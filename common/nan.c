/* NaN is rare: rows without one are only read. */
#include "nan.h"

#include <math.h>

#define ONE_NAN(ctype)                                                                                                 \
    static void one_nan_##ctype(ctype *v, int64_t n)                                                                   \
    {                                                                                                                  \
        int any = 0;                                                                                                   \
        for (int64_t i = 0; i < n; i++) any |= v[i] != v[i];                                                           \
        for (int64_t i = 0; any && i < n; i++) v[i] = v[i] != v[i] ? (ctype)NAN : v[i];                                \
    }

ONE_NAN(float)
ONE_NAN(double)

void wsi_image_one_nan(const wsi_image *im)
{
    const int64_t n = im->w * im->fmt.channels;
    if (im->fmt.type == WSI_F32)
        for (int64_t y = 0; y < im->h; y++) one_nan_float((float *)wsi_image_row(im, y), n);
    if (im->fmt.type == WSI_F64)
        for (int64_t y = 0; y < im->h; y++) one_nan_double((double *)wsi_image_row(im, y), n);
}
