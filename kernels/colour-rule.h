/* Which pixels of a uint8 RGB image count as tissue, for reductions. Every rule is a sum of three look-ups, one a
 * channel, below a bound. */
#ifndef WSI_COLOUR_RULE_H
#define WSI_COLOUR_RULE_H

#include "common/image.h"

enum { WSI_RULE_RUN = 512 };

typedef struct wsi_colour_rule {
    int32_t weight[3][256];
    int32_t below;
} wsi_colour_rule;

/* All pixels. */
void wsi_rule_all(wsi_colour_rule *rule);
/* Pixels with at least `channels` of their three values not above limit; -1: none. */
void wsi_rule_dark(wsi_colour_rule *rule, int limit, int channels);
/* Pixels whose CIE lightness L* is below 100 * luminosity, luminosity in 0..1. */
void wsi_rule_luminosity(wsi_colour_rule *rule, double luminosity);

static inline int wsi_rule_takes(const wsi_colour_rule *rule, const uint8_t *rgb)
{
    return rule->weight[0][rgb[0]] + rule->weight[1][rgb[1]] + rule->weight[2][rgb[2]] < rule->below;
}

/* Takes up to WSI_RULE_RUN pixels, three bytes each. */
typedef void (*wsi_rule_fn)(void *user, const uint8_t *rgb, int n);

/* Gives all pixels of im that are under mask (NULL: everywhere) and that the rule takes. */
void wsi_rule_each(const wsi_colour_rule *rule, const wsi_image *im, const wsi_image *mask, wsi_rule_fn fn, void *user);

#endif
