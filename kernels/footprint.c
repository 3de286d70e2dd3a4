/* Footprints: scikit-image's shapes, row by row. x and y count from the centre.
 *
 *   disk        x^2 + y^2 <= radius^2, or (radius + 1/2)^2 with strict_radius off
 *   diamond     |x| + |y| <= radius
 *   square      width x width                rectangle   width x height
 *   ellipse     (x / (width + 1))^2 + (y / (height + 1))^2 < 1
 *   octagon     a square of m + 2 n with its corners cut off by n
 *   star        |x|, |y| <= a, or |x| + |y| <= a + floor(a / 2); a = 1 is the square alone */
#include "footprint.h"

#include <math.h>

const char *const wsi_footprint_names[] = {"disk",    "diamond", "square", "rectangle",
                                           "ellipse", "octagon", "star",   NULL};

/* An octagon without straight sides is the one with sides of two pixels and shorter slanted ones. */
static int64_t octagon_slant(const wsi_footprint_params *p)
{
    return p->m == 0 ? p->n - 1 : p->n;
}

static int64_t star_reach(const wsi_footprint_params *p)
{
    return p->a == 1 ? 1 : p->a + p->a / 2;
}

void wsi_footprint_extent(const wsi_footprint_params *p, int64_t *columns, int64_t *rows)
{
    int64_t w = 2 * p->radius + 1, h = w;
    switch (p->shape) {
    case WSI_FOOTPRINT_SQUARE:
        w = h = p->width;
        break;
    case WSI_FOOTPRINT_RECTANGLE:
        w = p->width;
        h = p->height;
        break;
    case WSI_FOOTPRINT_ELLIPSE:
        w = 2 * p->width + 1;
        h = 2 * p->height + 1;
        break;
    case WSI_FOOTPRINT_OCTAGON:
        w = h = p->m + 2 * p->n;
        break;
    case WSI_FOOTPRINT_STAR:
        w = h = 2 * star_reach(p) + 1;
        break;
    default:
        break;
    }
    *columns = w;
    *rows = h;
}

void wsi_footprint_reach(const wsi_footprint_params *p, int64_t *x, int64_t *y)
{
    int64_t columns, rows;
    wsi_footprint_extent(p, &columns, &rows);
    *x = columns / 2;
    *y = rows / 2;
}

wsi_status wsi_footprint_check(const wsi_footprint_params *p, int64_t side, wsi_error *err)
{
    int64_t columns, rows;
    wsi_footprint_extent(p, &columns, &rows);
    WSI_RETURN_IF(columns < 1, WSI_ERR_CHAIN, "footprint octagon: m and n are both 0");
    WSI_RETURN_IF(columns > side || rows > side, WSI_ERR_CHAIN,
                  "footprint %s of %lld x %lld pixels: at most %lld x %lld", wsi_footprint_names[p->shape],
                  (long long)columns, (long long)rows, (long long)side, (long long)side);
    return WSI_OK;
}

/* Half-width of row dy of a shape that is its own mirror image: how many of 0 .. reach the row covers, less one. */
static int64_t disk_half(int64_t r, int strict, int64_t dy)
{
    const int64_t square = r * r + (strict ? 0 : r); /* (r + 1/2)^2 without its fraction */
    int64_t half = r;
    while (half * half + dy * dy > square) half--;
    return half;
}

/* In float64, as the reference: a point may lie on the curve. */
static int64_t ellipse_half(int64_t width, int64_t height, int64_t dy)
{
    const double v = (double)dy / (double)(height + 1);
    int64_t half = width;
    for (; half > 0; half--) {
        const double u = (double)half / (double)(width + 1);
        if (v * v + u * u < 1) break;
    }
    return half;
}

static int64_t star_half(const wsi_footprint_params *p, int64_t dy)
{
    const int64_t diamond = star_reach(p) - dy;
    return dy <= p->a && diamond < p->a ? p->a : diamond;
}

/* Pixels that row i (from the top) of so many lacks on each side of the footprint's box. */
static int64_t inset(const wsi_footprint_params *p, int64_t rows, int64_t i)
{
    const int64_t r = rows / 2, dy = i < r ? r - i : i - r, from_edge = i < rows - 1 - i ? i : rows - 1 - i;
    switch (p->shape) {
    case WSI_FOOTPRINT_DISK:
        return p->radius - disk_half(p->radius, p->strict_radius, dy);
    case WSI_FOOTPRINT_DIAMOND:
        return dy;
    case WSI_FOOTPRINT_ELLIPSE:
        return p->width - ellipse_half(p->width, p->height, dy);
    case WSI_FOOTPRINT_OCTAGON:
        return from_edge < octagon_slant(p) ? octagon_slant(p) - from_edge : 0;
    case WSI_FOOTPRINT_STAR:
        return star_reach(p) - star_half(p, dy);
    default:
        return 0;
    }
}

/* Pixels before the centre of a run of n. */
static int before(int64_t n, wsi_footprint_even even)
{
    return (int)(even == WSI_EVEN_AFTER ? (n - 1) / 2 : n / 2);
}

/* Groups rows of the same width; left of a row is its run's. */
static void group(wsi_footprint *f, const int16_t *width, const int16_t *left)
{
    const int rows = f->top + f->bottom + 1;
    f->size = f->chords = 0;
    for (int w = 1, used = 0; used < rows; w++) {
        const int first = used;
        for (int i = 0; i < rows; i++)
            if (width[i] == w) f->dy[used++] = (int16_t)(i - f->top);
        if (used == first) continue;
        const int16_t l = left[f->dy[first] + f->top];
        f->chord[f->chords++] = (wsi_chord){l, (int16_t)(w - 1 - l), (int16_t)first, (int16_t)(used - first)};
        f->size += w * (used - first);
    }
}

void wsi_footprint_make(const wsi_footprint_params *p, wsi_footprint_even even, wsi_footprint *out)
{
    int16_t width[WSI_FOOTPRINT_ROWS_MAX], left[WSI_FOOTPRINT_ROWS_MAX];
    int64_t columns, rows;
    wsi_footprint_extent(p, &columns, &rows);
    out->top = before(rows, even);
    out->bottom = (int)rows - 1 - out->top;
    out->left = before(columns, even);
    out->right = (int)columns - 1 - out->left;
    for (int64_t i = 0; i < rows; i++) {
        const int64_t lacks = inset(p, rows, i);
        width[i] = (int16_t)(columns - 2 * lacks);
        left[i] = (int16_t)(out->left - lacks);
    }
    group(out, width, left);
}

int wsi_footprint_is_box(const wsi_footprint_params *p)
{
    int64_t columns, rows;
    wsi_footprint_extent(p, &columns, &rows);
    return inset(p, rows, 0) == 0;
}

int wsi_footprint_reaches(double distance, double dy, double dx)
{
    return sqrt(dy * dy + dx * dx) <= distance;
}

int64_t wsi_footprint_steps(double distance, double step)
{
    int64_t n = 0;
    while (n <= WSI_FOOTPRINT_RADIUS_MAX && wsi_footprint_reaches(distance, 0, (double)(n + 1) * step)) n++;
    return n;
}

void wsi_footprint_within(double radius, double row_step, double column_step, wsi_footprint *out)
{
    int16_t width[WSI_FOOTPRINT_ROWS_MAX], left[WSI_FOOTPRINT_ROWS_MAX];
    out->top = out->bottom = (int)wsi_footprint_steps(radius, row_step);
    out->left = out->right = (int)wsi_footprint_steps(radius, column_step);
    for (int i = 0, half = out->left; i <= out->top; i++, half = out->left) {
        const double dy = (double)(out->top - i) * row_step;
        while (half > 0 && !wsi_footprint_reaches(radius, dy, (double)half * column_step)) half--;
        const int across = i, below = out->top + out->bottom - i;
        width[across] = width[below] = (int16_t)(2 * half + 1);
        left[across] = left[below] = (int16_t)half;
    }
    group(out, width, left);
}

void wsi_footprint_mirror(const wsi_footprint *f, wsi_footprint *out)
{
    *out = *f;
    out->top = f->bottom;
    out->bottom = f->top;
    out->left = f->right;
    out->right = f->left;
    for (int i = 0; i < f->chords; i++) {
        out->chord[i].left = f->chord[i].right;
        out->chord[i].right = f->chord[i].left;
    }
    for (int i = 0; i < f->top + f->bottom + 1; i++) out->dy[i] = (int16_t)-f->dy[i];
}
