/* Convex hulls of objects as scikit-image has them (morphology.convex_hull_image): of the middles of the sides of all
 * pixels; the hull's pixels are those whose middles lie within or on it. And Feret's diameter: the largest distance of
 * two points of the outline that measure.find_contours draws around these pixels, which has its points half-way between
 * pixels of the hull and those beside them.
 *
 * Both point sets have, in half pixels, whole coordinates, of which the leftmost and the rightmost of each row are
 * enough; everything is exact. Chains after A. M. Andrew, 1979. */
#include <math.h>
#include <string.h>

#include "common/mem.h"
#include "measure-private.h"

/* Leftmost and rightmost points of rows y0, y0 + 1, ... in half pixels; left > right: none. */
typedef struct extents {
    wsi_measure_span *rows;
    int64_t y0, count;
} extents;

typedef struct point {
    int64_t y, x;
} point;

static void widen(wsi_measure_span *s, int64_t left, int64_t right)
{
    s->left = left < s->left ? left : s->left;
    s->right = right > s->right ? right : s->right;
}

static wsi_status make_extents(wsi_measure_room *room, int64_t y0, int64_t count, extents *out, wsi_error *err)
{
    WSI_FORWARD(wsi_measure_reserve(room, (size_t)count, sizeof(wsi_measure_span), err));
    *out = (extents){(wsi_measure_span *)room->p, y0, count};
    for (int64_t i = 0; i < count; i++) out->rows[i] = (wsi_measure_span){INT64_MAX, INT64_MIN};
    return WSI_OK;
}

/* Middles of the sides of the first and last pixels of each row: the others lie between these. */
static void add_pixels(extents *e, const wsi_measure_object *o)
{
    const wsi_measure_run *runs = (const wsi_measure_run *)o->runs.p;
    for (size_t i = 0; i < o->run_count; i++) {
        const int64_t left = 2 * (int64_t)runs[i].x0, right = 2 * ((int64_t)runs[i].x1 - 1);
        wsi_measure_span *s = &e->rows[2 * (int64_t)runs[i].y - e->y0];
        widen(&s[-1], left, right);
        widen(&s[0], left - 1, right + 1);
        widen(&s[1], left, right);
    }
}

/* > 0: from a over b to c it turns towards larger x, as seen going down. */
static wsi_int128 turn(point a, point b, point c)
{
    return (wsi_int128)(b.y - a.y) * (c.x - a.x) - (wsi_int128)(b.x - a.x) * (c.y - a.y);
}

/* One side of the hull, from the top down: side is 1 for the left, -1 for the right. Returns the number of points. */
static size_t chain(const extents *e, int side, point *to)
{
    size_t n = 0;
    for (int64_t i = 0; i < e->count; i++) {
        const wsi_measure_span s = e->rows[i];
        if (s.left > s.right) continue;
        const point p = {e->y0 + i, side > 0 ? s.left : s.right};
        while (n >= 2 && side * turn(to[n - 2], to[n - 1], p) <= 0) n--;
        to[n++] = p;
    }
    return n;
}

/* a / b rounded down; b > 0. */
static int64_t floor_div(wsi_int128 a, int64_t b)
{
    const wsi_int128 q = a / b;
    return (int64_t)(q - (q * b > a));
}

/* x of the chain at row y, times the height of the edge that is met there, which goes to *scale. */
static wsi_int128 chain_at(const point *points, size_t n, size_t *edge, int64_t y, int64_t *scale)
{
    while (*edge + 2 < n && points[*edge + 1].y < y) ++*edge;
    const point a = points[*edge], b = points[*edge + 1];
    *scale = b.y - a.y;
    return (wsi_int128)a.x * *scale + (wsi_int128)(b.x - a.x) * (y - a.y);
}

/* The hull's pixels in each row of the object; returns how many in all. */
static int64_t hull_pixels(const point *left, size_t left_count, const point *right, size_t right_count,
                           const wsi_measure_object *o, wsi_measure_span *rows)
{
    int64_t pixels = 0;
    size_t l = 0, r = 0;
    for (int64_t y = o->sums.y0; y < o->sums.y1; y++) {
        int64_t scale;
        const wsi_int128 from = chain_at(left, left_count, &l, 2 * y, &scale);
        const int64_t x0 = -floor_div(-from, 2 * scale);
        const wsi_int128 to = chain_at(right, right_count, &r, 2 * y, &scale);
        const int64_t x1 = floor_div(to, 2 * scale);
        rows[y - o->sums.y0] = (wsi_measure_span){x0, x1};
        if (x1 >= x0) pixels += x1 - x0 + 1;
    }
    return pixels;
}

/* Pixels of row y that row z does not have, at half-way row `half` between them. */
static void add_steps(extents *e, int64_t half, wsi_measure_span row, wsi_measure_span other)
{
    wsi_measure_span *s = &e->rows[half - e->y0];
    if (row.left > row.right) return;
    if (other.left > other.right || other.left > row.right || other.right < row.left) {
        widen(s, 2 * row.left, 2 * row.right);
        return;
    }
    if (row.left < other.left) widen(s, 2 * row.left, 2 * (other.left - 1));
    if (row.right > other.right) widen(s, 2 * (other.right + 1), 2 * row.right);
}

static void add_contour(extents *e, const wsi_measure_span *rows, int64_t y0, int64_t count)
{
    const wsi_measure_span none = {1, 0};
    for (int64_t i = 0; i < count; i++) {
        const int64_t y = y0 + i;
        if (rows[i].left > rows[i].right) continue;
        widen(&e->rows[2 * y - e->y0], 2 * rows[i].left - 1, 2 * rows[i].right + 1);
        add_steps(e, 2 * y - 1, rows[i], i > 0 ? rows[i - 1] : none);
        add_steps(e, 2 * y + 1, rows[i], i + 1 < count ? rows[i + 1] : none);
    }
}

static double largest_distance(const point *points, size_t n, double scale_y, double scale_x)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = i + 1; k < n; k++) {
            const double y = (double)(points[i].y - points[k].y) * scale_y / 2;
            const double x = (double)(points[i].x - points[k].x) * scale_x / 2;
            const double d = y * y + x * x;
            largest = d > largest ? d : largest;
        }
    return sqrt(largest);
}

wsi_status wsi_measure_hull(wsi_measure_shaper *shaper, const wsi_measure_object *o, double mpp_y, double mpp_x,
                            wsi_measure_convex *out, wsi_error *err)
{
    const int64_t y0 = 2 * o->sums.y0 - 1, height = o->sums.y1 - o->sums.y0, count = 2 * height + 1;
    extents e;
    WSI_FORWARD(make_extents(&shaper->extents, y0, count, &e, err));
    WSI_FORWARD(wsi_measure_reserve(&shaper->points, 2 * (size_t)count, sizeof(point), err));
    WSI_FORWARD(wsi_measure_reserve(&shaper->rows, (size_t)height, sizeof(wsi_measure_span), err));
    point *left = (point *)shaper->points.p;
    wsi_measure_span *rows = (wsi_measure_span *)shaper->rows.p;
    add_pixels(&e, o);
    size_t l = chain(&e, 1, left), r = chain(&e, -1, left + l);
    out->area = hull_pixels(left, l, left + l, r, o, rows);
    WSI_FORWARD(make_extents(&shaper->extents, y0, count, &e, err));
    add_contour(&e, rows, o->sums.y0, height);
    l = chain(&e, 1, left);
    r = chain(&e, -1, left + l);
    out->feret = largest_distance(left, l + r, 1, 1);
    out->feret_um = mpp_y > 0 && mpp_x > 0 ? largest_distance(left, l + r, mpp_y, mpp_x) : NAN;
    return WSI_OK;
}
