/* References of segmentation: whole neighbourhoods, and a search of the whole image for the nearest label. */
#include "checkop.h"

#include <math.h>
#include <string.h>

static double type_maximum(wsi_dtype type)
{
    static const double max[] = {255, 255, 127, 65535, 32767, 4294967295.0, 2147483647.0}; /* bool counts as uint8 */
    return max[type];
}

/* The labels around a pixel: 1 when one of those within `corners` of it (the four beside it without) is another. */
static int has_other(const plane *in, int64_t x, int64_t y, int c, int corners)
{
    for (int64_t dy = -1; dy <= 1; dy++)
        for (int64_t dx = -1; dx <= 1; dx++)
            if ((corners || dx == 0 || dy == 0) &&
                checkop_extended(in, x + dx, y + dy, c, "reflect", 0) != *plane_at(in, x, y, c))
                return 1;
    return 0;
}

static int objects_meet(const plane *in, int64_t x, int64_t y, int c, double background)
{
    double most = -INFINITY, least = INFINITY;
    for (int64_t dy = -1; dy <= 1; dy++)
        for (int64_t dx = -1; dx <= 1; dx++) {
            const double v = checkop_extended(in, x + dx, y + dy, c, "reflect", 0);
            most = fmax(most, v);
            least = fmin(least, v == background ? type_maximum(in->type) : v);
        }
    return most != least;
}

static void ref_find_boundaries(const oprun *run, const plane *in, plane *out)
{
    const char *mode = checkop_word(run, "mode");
    const double background = checkop_number(run, "background");
    for (int64_t y = 0; y < in->h; y++)
        for (int64_t x = 0; x < in->w; x++)
            for (int c = 0; c < in->channels; c++) {
                const int behind = *plane_at(in, x, y, c) == background;
                int v = has_other(in, x, y, c, checkop_number(run, "connectivity") == 2);
                if (strcmp(mode, "inner") == 0) v = v && !behind;
                if (strcmp(mode, "outer") == 0) v = v && (behind || objects_meet(in, x, y, c, background));
                *plane_at(out, x, y, c) = v;
            }
}

/* Columns from the left, rows from above: the first of equally near labels stays. */
static double nearest_label(const plane *in, int64_t x, int64_t y, int c, const double step[2], double distance)
{
    double nearest = INFINITY, label = 0;
    for (int64_t u = 0; u < in->w; u++)
        for (int64_t v = 0; v < in->h; v++) {
            const double dy = (double)(v - y) * step[0], dx = (double)(u - x) * step[1];
            if (*plane_at(in, u, v, c) == 0 || !(dy * dy + dx * dx < nearest)) continue;
            nearest = dy * dy + dx * dx;
            label = *plane_at(in, u, v, c);
        }
    return sqrt(nearest) <= distance ? label : 0;
}

static void ref_expand_labels(const oprun *run, const plane *in, plane *out)
{
    const double distance = checkop_number(run, "distance");
    const int last = checkop_list_size(run, "spacing") - 1;
    const double step[2] = {checkop_list(run, "spacing", 0), checkop_list(run, "spacing", last)};
    for (int64_t y = 0; y < in->h; y++)
        for (int64_t x = 0; x < in->w; x++)
            for (int c = 0; c < in->channels; c++) *plane_at(out, x, y, c) = nearest_label(in, x, y, c, step, distance);
}

/* Reaches far beyond the image. */
static const char *const expand_large[] = {"expand_labels:distance=40", "expand_labels:distance=9,spacing=[3,0.25]",
                                           "expand_labels:distance=300.5,spacing=[40,1]", NULL};

const checkop_row checkop_segmentation_rows[] = {
    {"find_boundaries", ref_find_boundaries, NULL},
    {"expand_labels", ref_expand_labels, expand_large},
    {NULL, NULL, NULL},
};
