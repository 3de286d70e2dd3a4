/* Luminance of scikit-image's rgb2gray: Y = 0.2125 R + 0.7154 G + 0.0721 B, summed in this order. */
#ifndef WSI_GRAY_PX_H
#define WSI_GRAY_PX_H

#include "px.h"

/* The three weights, already times the factor of img_as_float. */
typedef struct wsi_px_gray {
    float r, g, b;
} wsi_px_gray;

static WSI_HD float wsi_px_gray_of(wsi_px_gray w, float r, float g, float b)
{
    return (w.r * r + w.g * g) + w.b * b;
}

#endif
