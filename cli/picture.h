/* Small pictures of results for people: any image becomes 8-bit RGB of at most so many pixels. */
#ifndef WSI_PICTURE_H
#define WSI_PICTURE_H

#include "common/error-private.h"
#include "common/image.h"

typedef enum wsi_picture_kind {
    WSI_PICTURE_PHOTO = 0, /* 8-bit colour or grey, as it is */
    WSI_PICTURE_MASK,      /* two colours */
    WSI_PICTURE_LABELS,    /* a colour a label */
    WSI_PICTURE_VALUES,    /* grey from the least to the greatest value */
    WSI_PICTURE_MAP        /* the same on a colour scale */
} wsi_picture_kind;

/* Of all finite samples of the first channel. */
typedef struct wsi_picture_range {
    double min, mean, max; /* 0 where there is none */
    int64_t finite;        /* how many */
} wsi_picture_range;

wsi_picture_range wsi_picture_measure(const wsi_image *image);

/* What an image looks like: by its type, and for 8 bits by its values. */
wsi_picture_kind wsi_picture_kind_of(const wsi_image *image);

/* Size of a picture of w x h pixels whose longer side is at most `edge`. */
void wsi_picture_size(int64_t w, int64_t h, int64_t edge, int64_t *pw, int64_t *ph);

/* Colours of an image, averaged over the area of each pixel of rgb, which is 8-bit RGB and at most as large. Errors:
 * NO_MEMORY. Any thread. */
wsi_status wsi_picture_render(const wsi_image *image, wsi_picture_kind kind, const wsi_picture_range *range,
                              const wsi_image *rgb, wsi_error *err);

/* Colour of the scale of WSI_PICTURE_MAP at 0 to 1. */
void wsi_picture_scale_colour(double at, unsigned char rgb[3]);

#endif
