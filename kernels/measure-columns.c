/* The columns of the table, in scikit-image's names, and their values for one object.
 *
 * Central moments are quotients of whole numbers, n S2 - S1 S1 over n, whose numerators are computed exactly, so that
 * nothing is lost where an object lies far from the slide's origin. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "measure-private.h"

static const double PI = 3.14159265358979323846;
static const double largest_anisotropy = 0.05; /* of pixels whose perimeter is given in micrometres */

typedef enum value_id {
    LABEL,
    NUM_PIXELS,
    AREA,
    BBOX0,
    BBOX1,
    BBOX2,
    BBOX3,
    AREA_BBOX,
    CENTROID0,
    CENTROID1,
    DIAMETER,
    EXTENT,
    MAJOR,
    MINOR,
    ECCENTRICITY,
    ORIENTATION,
    PERIMETER,
    CROFTON,
    EULER,
    MOMENT00,
    MOMENT01,
    MOMENT02,
    MOMENT10,
    MOMENT11,
    MOMENT20,
    AREA_CONVEX,
    SOLIDITY,
    FERET,
    AREA_FILLED,
    AREA_UM,
    CENTROID0_UM,
    CENTROID1_UM,
    DIAMETER_UM,
    MAJOR_UM,
    MINOR_UM,
    PERIMETER_UM,
    CROFTON_UM,
    AREA_CONVEX_UM,
    FERET_UM,
    AREA_FILLED_UM,
    VALUES
} value_id;

enum { SHAPE = 1, MOMENTS = 2, CONVEX = 4, FILLED = 8, MICROMETRES = 16 };

typedef struct definition {
    const char *name, *unit;
    wsi_column_type type;
    unsigned needs; /* all of these */
} definition;

static const definition definitions[VALUES] = {
    [LABEL] = {"label", "", WSI_COLUMN_INT, 0},
    [NUM_PIXELS] = {"num_pixels", "px", WSI_COLUMN_INT, 0},
    [AREA] = {"area", "px2", WSI_COLUMN_FLOAT, 0},
    [BBOX0] = {"bbox-0", "px", WSI_COLUMN_INT, 0},
    [BBOX1] = {"bbox-1", "px", WSI_COLUMN_INT, 0},
    [BBOX2] = {"bbox-2", "px", WSI_COLUMN_INT, 0},
    [BBOX3] = {"bbox-3", "px", WSI_COLUMN_INT, 0},
    [AREA_BBOX] = {"area_bbox", "px2", WSI_COLUMN_FLOAT, 0},
    [CENTROID0] = {"centroid-0", "px", WSI_COLUMN_FLOAT, 0},
    [CENTROID1] = {"centroid-1", "px", WSI_COLUMN_FLOAT, 0},
    [DIAMETER] = {"equivalent_diameter_area", "px", WSI_COLUMN_FLOAT, 0},
    [EXTENT] = {"extent", "", WSI_COLUMN_FLOAT, 0},
    [MAJOR] = {"axis_major_length", "px", WSI_COLUMN_FLOAT, SHAPE},
    [MINOR] = {"axis_minor_length", "px", WSI_COLUMN_FLOAT, SHAPE},
    [ECCENTRICITY] = {"eccentricity", "", WSI_COLUMN_FLOAT, SHAPE},
    [ORIENTATION] = {"orientation", "rad", WSI_COLUMN_FLOAT, SHAPE},
    [PERIMETER] = {"perimeter", "px", WSI_COLUMN_FLOAT, SHAPE},
    [CROFTON] = {"perimeter_crofton", "px", WSI_COLUMN_FLOAT, SHAPE},
    [EULER] = {"euler_number", "", WSI_COLUMN_INT, SHAPE},
    [MOMENT00] = {"moments-0-0", "px2", WSI_COLUMN_FLOAT, MOMENTS},
    [MOMENT01] = {"moments-0-1", "px3", WSI_COLUMN_FLOAT, MOMENTS},
    [MOMENT02] = {"moments-0-2", "px4", WSI_COLUMN_FLOAT, MOMENTS},
    [MOMENT10] = {"moments-1-0", "px3", WSI_COLUMN_FLOAT, MOMENTS},
    [MOMENT11] = {"moments-1-1", "px4", WSI_COLUMN_FLOAT, MOMENTS},
    [MOMENT20] = {"moments-2-0", "px4", WSI_COLUMN_FLOAT, MOMENTS},
    [AREA_CONVEX] = {"area_convex", "px2", WSI_COLUMN_FLOAT, CONVEX},
    [SOLIDITY] = {"solidity", "", WSI_COLUMN_FLOAT, CONVEX},
    [FERET] = {"feret_diameter_max", "px", WSI_COLUMN_FLOAT, CONVEX},
    [AREA_FILLED] = {"area_filled", "px2", WSI_COLUMN_FLOAT, FILLED},
    [AREA_UM] = {"area_um2", "um2", WSI_COLUMN_FLOAT, MICROMETRES},
    [CENTROID0_UM] = {"centroid_um-0", "um", WSI_COLUMN_FLOAT, MICROMETRES},
    [CENTROID1_UM] = {"centroid_um-1", "um", WSI_COLUMN_FLOAT, MICROMETRES},
    [DIAMETER_UM] = {"equivalent_diameter_area_um", "um", WSI_COLUMN_FLOAT, MICROMETRES},
    [MAJOR_UM] = {"axis_major_length_um", "um", WSI_COLUMN_FLOAT, MICROMETRES | SHAPE},
    [MINOR_UM] = {"axis_minor_length_um", "um", WSI_COLUMN_FLOAT, MICROMETRES | SHAPE},
    [PERIMETER_UM] = {"perimeter_um", "um", WSI_COLUMN_FLOAT, MICROMETRES | SHAPE},
    [CROFTON_UM] = {"perimeter_crofton_um", "um", WSI_COLUMN_FLOAT, MICROMETRES | SHAPE},
    [AREA_CONVEX_UM] = {"area_convex_um2", "um2", WSI_COLUMN_FLOAT, MICROMETRES | CONVEX},
    [FERET_UM] = {"feret_diameter_max_um", "um", WSI_COLUMN_FLOAT, MICROMETRES | CONVEX},
    [AREA_FILLED_UM] = {"area_filled_um2", "um2", WSI_COLUMN_FLOAT, MICROMETRES | FILLED},
};

/* ---- Which columns ---- */

wsi_measure_plan wsi_measure_plan_of(const wsi_whole_call *call)
{
    const wsi_measure_params *p = (const wsi_measure_params *)call->params;
    const int all = p->properties == WSI_MEASURE_ALL;
    wsi_measure_plan plan = {.shape = p->properties >= WSI_MEASURE_SHAPE,
                             .moments = p->moments || all,
                             .convex = p->convex || all,
                             .filled = p->filled || all,
                             .outline = p->outline,
                             .micrometres = p->units == 1};
    if (p->intensity.image >= 0) {
        plan.intensity = call->in[p->intensity.image];
        plan.channels = plan.intensity.channels;
        plan.exact = plan.intensity.type == WSI_F32 || plan.intensity.type == WSI_F64;
        plan.median = p->median || all;
    }
    plan.trace = plan.outline && !call->no_shapes;
    plan.runs = plan.convex || plan.filled || plan.trace;
    plan.windows = plan.runs || plan.shape;
    return plan;
}

static unsigned wanted(const wsi_measure_plan *plan)
{
    return (plan->shape ? SHAPE : 0u) | (plan->moments ? MOMENTS : 0u) | (plan->convex ? CONVEX : 0u) |
           (plan->filled ? FILLED : 0u) | (plan->micrometres ? MICROMETRES : 0u);
}

static const char *const statistics[] = {"intensity_mean", "intensity_max", "intensity_min", "intensity_std",
                                         "intensity_median"};

static void add_column(wsi_column *column, const char *name, int index, const char *unit, wsi_column_type type)
{
    memset(column, 0, sizeof *column);
    if (index < 0)
        snprintf(column->name, sizeof column->name, "%s", name);
    else
        snprintf(column->name, sizeof column->name, "%s-%d", name, index);
    snprintf(column->unit, sizeof column->unit, "%s", unit);
    column->type = type;
}

int wsi_measure_columns(const wsi_whole_call *call, wsi_column columns[WSI_COLUMNS_MAX])
{
    const wsi_measure_plan plan = wsi_measure_plan_of(call);
    const unsigned want = wanted(&plan);
    int n = 0;
    for (int i = 0; i < VALUES; i++)
        if ((definitions[i].needs & ~want) == 0)
            add_column(&columns[n++], definitions[i].name, -1, definitions[i].unit, definitions[i].type);
    for (int k = 0; plan.channels && k < 4 + plan.median; k++)
        for (int c = 0; c < plan.channels; c++)
            add_column(&columns[n++], statistics[k], plan.channels > 1 ? c : -1, "", WSI_COLUMN_FLOAT);
    if (plan.outline) add_column(&columns[n++], "outline", -1, "px", WSI_COLUMN_OUTLINE);
    return n;
}

/* ---- Values ---- */

/* Sums relative to the bounding box. */
typedef struct local_sums {
    wsi_int128 n, y, x, yy, xy, xx;
} local_sums;

static local_sums local_of(const wsi_measure_sums *s)
{
    const wsi_int128 n = s->pixels, y0 = s->y0, x0 = s->x0, y = s->y - n * y0, x = s->x - n * x0;
    return (local_sums){n,
                        y,
                        x,
                        s->yy - 2 * y0 * y - n * y0 * y0,
                        s->xy - y0 * x - x0 * y - n * y0 * x0,
                        s->xx - 2 * x0 * x - n * x0 * x0};
}

static void place(const wsi_measure_sums *s, const local_sums *l, double *v)
{
    const double n = (double)s->pixels, h = (double)(s->y1 - s->y0), w = (double)(s->x1 - s->x0);
    v[NUM_PIXELS] = v[AREA] = n;
    v[BBOX0] = (double)s->y0;
    v[BBOX1] = (double)s->x0;
    v[BBOX2] = (double)s->y1;
    v[BBOX3] = (double)s->x1;
    v[AREA_BBOX] = h * w;
    v[CENTROID0] = (double)s->y0 + (double)l->y / n;
    v[CENTROID1] = (double)s->x0 + (double)l->x / n;
    v[DIAMETER] = sqrt(4 * n / PI);
    v[EXTENT] = n / (h * w);
    v[MOMENT00] = n;
    v[MOMENT01] = (double)l->x;
    v[MOMENT02] = (double)l->xx;
    v[MOMENT10] = (double)l->y;
    v[MOMENT11] = (double)l->xy;
    v[MOMENT20] = (double)l->yy;
}

/* Axes of the ellipse with the same second moments: 4 times the roots of the eigenvalues of the inertia tensor, of
 * which a and c stand on the diagonal and b beside it. */
typedef struct axes {
    double major, minor, eccentricity;
} axes;

static axes axes_of(double a, double b, double c)
{
    const double half = (a - c) / 2, root = sqrt(half * half + b * b), large = (a + c) / 2 + root;
    /* The small eigenvalue from the determinant, which loses less than a difference. */
    const double product = a * c - b * b, small = large > 0 && product > 0 ? product / large : 0;
    const double least = small < large ? small : large;
    return (axes){4 * sqrt(large), 4 * sqrt(least), large > 0 ? sqrt(1 - least / large) : 0};
}

static void ellipse(const wsi_whole_call *call, const local_sums *l, double *v)
{
    /* Central moments times n. */
    const wsi_int128 yy = l->n * l->yy - l->y * l->y, xx = l->n * l->xx - l->x * l->x, xy = l->n * l->xy - l->y * l->x;
    const double n2 = (double)l->n * (double)l->n, a = (double)xx / n2, b = -(double)xy / n2, c = (double)yy / n2;
    const axes px = axes_of(a, b, c);
    const double my = call->mpp_y, mx = call->mpp_x;
    const axes um = axes_of(a * mx * mx, b * mx * my, c * my * my);
    v[MAJOR] = px.major;
    v[MINOR] = px.minor;
    v[ECCENTRICITY] = px.eccentricity;
    v[ORIENTATION] = xx == yy ? (xy > 0 ? PI / 4 : -PI / 4) : 0.5 * atan2(-2 * b, c - a);
    v[MAJOR_UM] = um.major;
    v[MINOR_UM] = um.minor;
}

static void perimeters(const wsi_measure_counts *c, double *v)
{
    const double root = sqrt(2);
    v[PERIMETER] = (double)c->perimeter[0] + (double)c->perimeter[1] * root + (double)c->perimeter[2] * (1 + root) / 2;
    v[CROFTON] = PI / 4 * (1 + 1 / root) * (double)c->crofton[0] + PI / (4 * root) * (double)c->crofton[1] +
                 PI / (2 * root) * (double)c->crofton[2] + PI / 4 * (double)c->crofton[3] +
                 PI / 2 * (double)c->crofton[4];
    v[EULER] = (double)c->euler;
}

/* What needs the object's runs; NaN where there are too many. */
static wsi_status shape(const wsi_whole_call *call, const wsi_measure_plan *plan, wsi_measure_shaper *shaper,
                        const wsi_measure_object *o, double *v, wsi_error *err)
{
    wsi_measure_convex hull;
    int64_t holes = 0;
    v[AREA_CONVEX] = v[SOLIDITY] = v[FERET] = v[FERET_UM] = v[AREA_FILLED] = NAN;
    if (o->too_many_runs) return WSI_OK;
    if (plan->convex) {
        WSI_FORWARD(wsi_measure_hull(shaper, o, call->mpp_y, call->mpp_x, &hull, err));
        v[AREA_CONVEX] = (double)hull.area;
        v[SOLIDITY] = (double)o->sums.pixels / (double)hull.area;
        v[FERET] = hull.feret;
        v[FERET_UM] = hull.feret_um;
    }
    if (!plan->filled) return WSI_OK;
    WSI_FORWARD(wsi_measure_holes(shaper, o, &holes, err));
    v[AREA_FILLED] = (double)(o->sums.pixels + holes);
    return WSI_OK;
}

/* After the values in pixels. */
static void micrometres(const wsi_whole_call *call, double *v)
{
    const double my = call->mpp_y > 0 && call->mpp_x > 0 ? call->mpp_y : NAN, mx = my > 0 ? call->mpp_x : NAN;
    const double length = fabs(mx / my - 1) <= largest_anisotropy ? sqrt(mx * my) : NAN;
    v[AREA_UM] = v[AREA] * mx * my;
    v[AREA_CONVEX_UM] = v[AREA_CONVEX] * mx * my;
    v[AREA_FILLED_UM] = v[AREA_FILLED] * mx * my;
    v[CENTROID0_UM] = v[CENTROID0] * my;
    v[CENTROID1_UM] = v[CENTROID1] * mx;
    v[DIAMETER_UM] = v[DIAMETER] * sqrt(mx * my);
    v[PERIMETER_UM] = v[PERIMETER] * length;
    v[CROFTON_UM] = v[CROFTON] * length;
    if (my > 0) return;
    v[MAJOR_UM] = v[MINOR_UM] = NAN;
}

static wsi_status intensities(const wsi_measure_plan *plan, const wsi_measure_object *o, double *to, wsi_error *err)
{
    const int channels = plan->channels;
    for (int c = 0; c < channels; c++) {
        const wsi_measure_statistics s = wsi_measure_channel_statistics(&o->sums.channel[c], o->sums.pixels);
        to[c] = s.mean;
        to[channels + c] = s.most;
        to[2 * channels + c] = s.least;
        to[3 * channels + c] = s.deviation;
        if (!plan->median) continue;
        to[4 * channels + c] = NAN;
        if (!o->too_many_samples)
            WSI_FORWARD(
                wsi_measure_median(o->samples.p, plan->intensity, c, o->sums.pixels, &to[4 * channels + c], err));
    }
    return WSI_OK;
}

wsi_status wsi_measure_values(const wsi_whole_call *call, const wsi_measure_plan *plan, wsi_measure_shaper *shaper,
                              const wsi_measure_object *o, wsi_measure_outline *memory, wsi_measure_row_values *row,
                              wsi_error *err)
{
    const unsigned want = wanted(plan);
    const local_sums local = local_of(&o->sums);
    double v[VALUES] = {[LABEL] = o->label};
    int n = 0;
    place(&o->sums, &local, v);
    ellipse(call, &local, v);
    perimeters(&o->sums.counts, v);
    WSI_FORWARD(shape(call, plan, shaper, o, v, err));
    micrometres(call, v);
    for (int i = 0; i < VALUES; i++)
        if ((definitions[i].needs & ~want) == 0) row->value[n++] = v[i];
    WSI_FORWARD(intensities(plan, o, row->value + n, err));
    row->outline = (wsi_outline){0};
    return plan->trace ? wsi_measure_trace(shaper, o, memory, &row->outline, err) : WSI_OK;
}
