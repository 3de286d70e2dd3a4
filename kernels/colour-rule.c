/* Rules of colour: pixels that are taken are moved together, so that whoever gets them has plain loops. */
#include "colour-rule.h"

#include <math.h>
#include <string.h>

#include "selected.h"

enum { FRACTION = 1 << 28 }; /* of luminance in fixed point */

typedef struct ruled {
    const wsi_colour_rule *rule;
    wsi_rule_fn fn;
    void *user;
} ruled;

void wsi_rule_all(wsi_colour_rule *rule)
{
    memset(rule, 0, sizeof *rule);
    rule->below = 1;
}

void wsi_rule_dark(wsi_colour_rule *rule, int limit, int channels)
{
    for (int c = 0; c < 3; c++)
        for (int v = 0; v < 256; v++) rule->weight[c][v] = v > limit;
    rule->below = 4 - channels;
}

static double linear_light(double v)
{
    return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

void wsi_rule_luminosity(wsi_colour_rule *rule, double luminosity)
{
    static const double share[3] = {0.212671, 0.715160, 0.072169};
    const double lightness = 100 * luminosity, root = (lightness + 16) / 116;
    const double bound = root > 6.0 / 29 ? root * root * root : lightness / (116 * 7.787);
    for (int c = 0; c < 3; c++)
        for (int v = 0; v < 256; v++)
            rule->weight[c][v] = (int32_t)lrint(share[c] * linear_light(v / 255.0) * FRACTION);
    rule->below = (int32_t)ceil(bound * FRACTION);
}

/* Every pixel is written, and the next one over it unless it is taken. */
static int move_together(const wsi_colour_rule *rule, uint8_t *restrict to, const uint8_t *restrict rgb, int n)
{
    const uint8_t *first = to;
    for (int i = 0; i < n; i++, rgb += 3) {
        memcpy(to, rgb, 3);
        to += wsi_rule_takes(rule, rgb) ? 3 : 0;
    }
    return (int)((to - first) / 3);
}

static void take(void *user, const void *samples, int64_t pixels)
{
    const ruled *r = (const ruled *)user;
    const uint8_t *rgb = (const uint8_t *)samples;
    uint8_t kept[3 * WSI_RULE_RUN + 3];
    for (int64_t i = 0; i < pixels; i += WSI_RULE_RUN) {
        const int n = move_together(r->rule, kept, rgb + 3 * i, (int)wsi_min64(WSI_RULE_RUN, pixels - i));
        if (n > 0) r->fn(r->user, kept, n);
    }
}

void wsi_rule_each(const wsi_colour_rule *rule, const wsi_image *im, const wsi_image *mask, wsi_rule_fn fn, void *user)
{
    ruled r = {rule, fn, user};
    wsi_each_selected(im, mask, take, &r);
}
