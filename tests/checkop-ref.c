/* Helpers of the references: parameters, edges, footprints. */
#include "checkop.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

static const wsi_param *row_of(const oprun *run, const char *name)
{
    return &run->op->params[wsi_param_find(run->op->params, run->op->param_count, name)];
}

static const void *field(const oprun *run, const char *name)
{
    return (const char *)run->params + row_of(run, name)->offset;
}

double checkop_number(const oprun *run, const char *name)
{
    const void *p = field(run, name);
    switch (row_of(run, name)->type) {
    case WSI_PARAM_INT:
        return (double)*(const int64_t *)p;
    case WSI_PARAM_BOOL:
        return *(const int *)p;
    case WSI_PARAM_OPERAND:
        return ((const wsi_operand *)p)->value;
    default:
        return *(const double *)p;
    }
}

double checkop_list(const oprun *run, const char *name, int index)
{
    return ((const wsi_floats *)field(run, name))->v[index];
}

int checkop_list_size(const oprun *run, const char *name)
{
    return ((const wsi_floats *)field(run, name))->n;
}

const char *checkop_word(const oprun *run, const char *name)
{
    return row_of(run, name)->names[*(const int *)field(run, name)];
}

int checkop_image(const oprun *run, const char *name)
{
    return ((const wsi_operand *)field(run, name))->image;
}

/* One line a file of references. */
static const checkop_row *const tables[] = {
    checkop_arithmetic_rows, checkop_blob_rows,      checkop_canny_rows,      checkop_clahe_rows,
    checkop_colour_rows,     checkop_exposure_rows,  checkop_feature_rows,    checkop_filter_rows,
    checkop_linear_rows,     checkop_local_rows,     checkop_morphology_rows, checkop_paint_rows,
    checkop_point_rows,      checkop_rank_rows,      checkop_ridge_rows,      checkop_segmentation_rows,
    checkop_stain_rows,      checkop_threshold_rows, checkop_transform_rows,
};

const checkop_row *checkop_find_row(const char *op)
{
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
        for (const checkop_row *row = tables[t]; row->op; row++)
            if (strcmp(row->op, op) == 0) return row;
    return NULL;
}

/* Steps back inside one reflection at a time. */
static int64_t inside(int64_t i, int64_t n, const char *mode)
{
    const int repeat = strcmp(mode, "reflect") == 0; /* the edge pixel counts twice */
    if (strcmp(mode, "nearest") == 0) return i < 0 ? 0 : i >= n ? n - 1 : i;
    if (n == 1) return 0;
    while (i < 0 || i >= n) {
        if (i < 0) i = -i - repeat;
        if (i >= n) i = 2 * (n - 1) - i + repeat;
    }
    return i;
}

double checkop_extended(const plane *p, int64_t x, int64_t y, int c, const char *mode, double cval)
{
    const int out = x < 0 || y < 0 || x >= p->w || y >= p->h;
    if (out && strcmp(mode, "constant") == 0) return cval;
    return *plane_at(p, inside(x, p->w, mode), inside(y, p->h, mode), c);
}

double checkop_as_float(wsi_dtype type, double v)
{
    switch (type) {
    case WSI_U8:
        return v / 255;
    case WSI_U16:
        return v / 65535;
    case WSI_U32:
        return v / 4294967295.0;
    case WSI_I8:
        return fmax(v / 127, -1);
    case WSI_I16:
        return fmax(v / 32767, -1);
    case WSI_I32:
        return fmax(v / 2147483647.0, -1);
    default:
        return v;
    }
}

static int in_run(int64_t d, int64_t n, int before)
{
    const int64_t first = before ? -(n / 2) : -((n - 1) / 2);
    return d >= first && d < first + n;
}

static int64_t whole(const oprun *run, const char *name)
{
    return (int64_t)checkop_number(run, name);
}

/* A square of m + 2 n whose corners are cut off by straight lines between the ends of sides of length m. */
static int in_octagon(int64_t dx, int64_t dy, int64_t m, int64_t n, int before)
{
    const int64_t side = m + 2 * n, first = before ? -(side / 2) : -((side - 1) / 2);
    const int64_t x = dx - first, y = dy - first, ends = m > 0 ? n : n - 1;
    const int64_t left = x < side - 1 - x ? x : side - 1 - x, top = y < side - 1 - y ? y : side - 1 - y;
    return left >= 0 && top >= 0 && left + top >= ends;
}

static int in_star(int64_t dx, int64_t dy, int64_t a)
{
    if (llabs(dx) <= a && llabs(dy) <= a) return 1;
    return a != 1 && llabs(dx) + llabs(dy) <= a + a / 2;
}

static int in_ellipse(double dx, double dy, double w, double h)
{
    return dy / (h + 1) * (dy / (h + 1)) + dx / (w + 1) * (dx / (w + 1)) < 1;
}

static int in_disk(int64_t dx, int64_t dy, double r)
{
    return (double)(dx * dx + dy * dy) <= r * r;
}

static int in_footprint(const oprun *run, int64_t dx, int64_t dy, int before)
{
    const char *shape = checkop_word(run, "footprint");
    const int64_t r = whole(run, "radius"), w = whole(run, "width");
    const int64_t h = strcmp(shape, "square") == 0 ? w : whole(run, "height");
    const double longer = checkop_number(run, "strict_radius") != 0 ? 0 : 0.5;
    if (strcmp(shape, "disk") == 0) return in_disk(dx, dy, (double)r + longer) && llabs(dx) <= r && llabs(dy) <= r;
    if (strcmp(shape, "diamond") == 0) return llabs(dx) + llabs(dy) <= r;
    if (strcmp(shape, "ellipse") == 0) return in_ellipse((double)dx, (double)dy, (double)w, (double)h);
    if (strcmp(shape, "octagon") == 0) return in_octagon(dx, dy, whole(run, "m"), whole(run, "n"), before);
    if (strcmp(shape, "star") == 0) return in_star(dx, dy, whole(run, "a"));
    return in_run(dx, w, before) && in_run(dy, h, before);
}

/* No footprint reaches farther. */
static int64_t farthest(const oprun *run)
{
    static const char *const names[] = {"radius", "width", "height", "m", "n", "n", "a", "a"};
    const char *shape = checkop_word(run, "footprint");
    int64_t reach = 0;
    const int from = strcmp(shape, "star") == 0 ? 6 : strcmp(shape, "octagon") == 0 ? 3 : 0;
    const int to = from == 6 ? 8 : from == 3 ? 6 : 3;
    for (int i = from; i < to; i++) reach += whole(run, names[i]);
    return reach;
}

offset *checkop_offsets(const oprun *run, int before, int turned, int *n)
{
    const int64_t reach = farthest(run);
    offset *list = (offset *)wsi_calloc((size_t)((2 * reach + 1) * (2 * reach + 1)), sizeof *list);
    *n = 0;
    for (int64_t dy = -reach; dy <= reach; dy++)
        for (int64_t dx = -reach; dx <= reach; dx++)
            if (in_footprint(run, dx, dy, before)) list[(*n)++] = turned ? (offset){-dx, -dy} : (offset){dx, dy};
    return list;
}
