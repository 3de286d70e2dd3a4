/* Colours of labels over an image, as scikit-image 0.26's label2rgb with kind='overlay'. */
#ifndef WSI_LABEL_PX_H
#define WSI_LABEL_PX_H

#include "colour-px.h"

enum { WSI_LABEL_COLOURS_MAX = 32 };

typedef struct wsi_px_labels {
    double background; /* label */
    double lowest;     /* label that has the first colour, unless it is the background: 0, or the background below it */
    double colours, reciprocal; /* how many; 1 over that */
    float alpha;                /* of colours over the image */
    int paints_background;
    float image_alpha;
    double saturation;
    double scale; /* of img_as_float of the image */
    float background_colour[3];
    float colour[WSI_LABEL_COLOURS_MAX][3];
} wsi_px_labels;

/* Which colour a label that is not the background has: labels count on from the lowest one, without the background, and
 * colours repeat. The quotient may be off by one for its rounding, which the remainder tells. */
static WSI_HD int wsi_px_label_index(double label, double background, double lowest, double colours, double reciprocal)
{
    const double k = label - lowest - (label > background ? 1.0 : 0.0);
    const double r = k - wsi_px_floor_f64(k * reciprocal) * colours;
    return (int)(r < 0.0 ? r + colours : r >= colours ? r - colours : r);
}

/* A pixel with its saturation times a factor. */
static WSI_HD wsi_px_colour wsi_px_saturate(wsi_px_triple rgb, double factor)
{
    wsi_px_space none = {{{0.0, 0.0, 0.0}, {0.0, 0.0, 0.0}, {0.0, 0.0, 0.0}}, {0.0, 0.0, 0.0}, {0.0, 0.0, 0.0}, 0};
    const wsi_px_colour hsv = wsi_px_rgb2hsv(none, rgb);
    return wsi_px_hsv2rgb(none, wsi_px_triple_of((double)hsv.a, (double)hsv.b * factor, (double)hsv.c));
}

/* Opacity of the image over white. */
static WSI_HD float wsi_px_over_white(float v, float alpha)
{
    return v * alpha + (1.0f - alpha);
}

static WSI_HD float wsi_px_label_blend(float colour, float image, float alpha)
{
    return colour * alpha + image * (1.0f - alpha);
}

#endif
