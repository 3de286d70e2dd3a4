/* References of what is painted: labels as colours, contours on an image. */
#include "checkop.h"

#include <math.h>
#include <string.h>

enum { USUAL = 10 };

static const double usual[USUAL][3] = {
    {1, 0, 0},        {0, 0, 1},     {1, 1, 0}, {1, 0, 1},         {0, 0.502, 0},
    {0.294, 0, 0.51}, {1, 0.549, 0}, {0, 1, 1}, {1, 0.753, 0.796}, {0.604, 0.804, 0.196}};

/* How many labels lie below l, of all from 0 (or from the background below it) on but the background. */
static int64_t rank_of(int64_t l, int64_t background)
{
    const int64_t first = background < 0 ? background : 0;
    return l - first - (l > background);
}

/* NULL: not painted. */
static const double *colour_of(const oprun *run, int64_t label, double *into)
{
    const int64_t background = (int64_t)checkop_number(run, "bg_label");
    const char *list = label == background ? "bg_color" : "colors";
    const int size = checkop_list_size(run, list) / 3;
    if (label == background && size == 0) return NULL;
    const int64_t n = size > 0 ? size : USUAL, rank = label == background ? 0 : rank_of(label, background);
    const int64_t k = (rank % n + n) % n;
    for (int c = 0; c < 3; c++) into[c] = size > 0 ? checkop_list(run, list, (int)(3 * k + c)) : usual[k][c];
    return into;
}

/* A pixel of the image under the labels: with less saturation it nears its largest channel. */
static void base_of(const oprun *run, const plane *image, int64_t i, double *out)
{
    const double factor = checkop_number(run, "saturation"), alpha = checkop_number(run, "image_alpha");
    double top = 0;
    for (int c = 0; c < 3; c++) {
        const double sample = image->v[image->channels == 3 ? 3 * i + c : i];
        out[c] = fmax(checkop_as_float(image->type, sample), 0);
        top = fmax(top, out[c]);
    }
    for (int c = 0; c < 3; c++) {
        const double v = image->channels == 3 ? top - factor * (top - out[c]) : out[c];
        out[c] = v * alpha + (1 - alpha);
    }
}

static void ref_label2rgb(const oprun *run, const plane *in, plane *out)
{
    const int image = checkop_image(run, "image");
    const double alpha = image < 0 ? 1 : checkop_number(run, "alpha");
    for (int64_t i = 0; i < out->w * out->h; i++) {
        double base[3] = {0, 0, 0}, into[3];
        if (image >= 0) base_of(run, &in[image], i, base);
        const double *colour = colour_of(run, (int64_t)in[0].v[i], into);
        for (int c = 0; c < 3; c++) out->v[3 * i + c] = colour ? colour[c] * alpha + base[c] * (1 - alpha) : base[c];
    }
}

static double label_top(wsi_dtype type)
{
    return type == WSI_BOOL ? 255 : nearbyint(1 / checkop_as_float(type, 1));
}

/* Whether find_boundaries marks a pixel. */
static int is_boundary(const oprun *run, const plane *l, int64_t x, int64_t y)
{
    const char *mode = checkop_word(run, "mode");
    const double background = checkop_number(run, "background_label"), v = *plane_at(l, x, y, 0);
    double most = -1e18, least = 1e18;
    int differs = 0;
    for (int64_t dy = -1; dy <= 1; dy++)
        for (int64_t dx = -1; dx <= 1; dx++) {
            const double u = checkop_extended(l, x + dx, y + dy, 0, "nearest", 0);
            if (dx == 0 || dy == 0) differs |= u != v;
            most = fmax(most, u);
            least = fmin(least, u == background ? label_top(l->type) : u);
        }
    if (strcmp(mode, "inner") == 0) return differs && v != background;
    if (strcmp(mode, "outer") == 0) return differs && (v == background || most != least);
    return differs;
}

/* How far the nearest boundary is, in steps across, along or aslant; no more than `limit` is looked for. */
static int64_t distance_of(const oprun *run, const plane *l, int64_t x, int64_t y, int64_t limit)
{
    int64_t nearest = limit + 1;
    for (int64_t v = y - limit; v <= y + limit; v++)
        for (int64_t u = x - limit; u <= x + limit; u++) {
            const int64_t dx = u > x ? u - x : x - u, dy = v > y ? v - y : y - v, d = dx > dy ? dx : dy;
            if (u < 0 || v < 0 || u >= l->w || v >= l->h || d >= nearest) continue;
            if (is_boundary(run, l, u, v)) nearest = d;
        }
    return nearest;
}

static void ref_overlay(const oprun *run, const plane *in, plane *out)
{
    const plane *labels = &in[checkop_image(run, "label_img")];
    const int64_t thickness = (int64_t)checkop_number(run, "thickness");
    const int outlined = checkop_list_size(run, "outline_color") > 0;
    for (int64_t i = 0; i < out->w * out->h; i++) {
        const int64_t d = distance_of(run, labels, i % out->w, i / out->w, thickness - 1 + outlined);
        const char *colour = d < thickness ? "color" : d == thickness && outlined ? "outline_color" : NULL;
        for (int c = 0; c < 3; c++)
            out->v[3 * i + c] = colour ? checkop_list(run, colour, c)
                                       : checkop_as_float(in->type, in->v[in->channels == 3 ? 3 * i + c : i]);
    }
}

const checkop_row checkop_paint_rows[] = {
    {"label2rgb", ref_label2rgb, NULL},
    {"overlay", ref_overlay, NULL},
    {NULL, NULL, NULL},
};
