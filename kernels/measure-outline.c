/* Outlines of objects along the corners of pixels.
 *
 * The sides of runs are vertical edges: those on the right are walked down, those on the left up, so that the object
 * always lies to the right hand. On the line between two rows, where exactly one of them belongs to the object a
 * horizontal edge leads from one vertical edge to the next; a sweep over the ends of both rows' runs links them. Where
 * pixels touch at a corner alone, the rings part so that each goes around its own pixel; a ring that comes by such a
 * corner twice is cut there, so that rings are simple: an outer ring that closes on itself encloses a hole, and a hole
 * becomes two. So polygons are valid: each part, whose pixels touch at sides, is one with holes. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "measure-private.h"

enum { NONE = -1 };

/* Edge 2 i is the left side of run i, edge 2 i + 1 the right. Arrays over edges. */
typedef struct tracer {
    const wsi_measure_run *runs;
    int32_t *next;   /* the edge that is walked after it; ~next once that was walked */
    int32_t *at_end; /* number of the corner where it ends, when two pixels touch there alone; or NONE */
    int32_t *at_start;
    int32_t *part; /* of runs: a run with a smaller number of the same part, or itself */
    int32_t corners;
    wsi_measure_room *ring, *rings; /* int32_t pairs of all rings so far, ring */
    size_t point_count, ring_count;
} tracer;

typedef struct ring {
    size_t first;
    int32_t points, part, hole;
    uint32_t number;
} ring;

/* ---- Linking ---- */

static int32_t part_of(int32_t *part, int32_t i)
{
    while (part[i] != i) i = part[i] = part[part[i]];
    return i;
}

static void join(int32_t *part, int32_t a, int32_t b)
{
    a = part_of(part, a);
    b = part_of(part, b);
    if (a < b)
        part[b] = a;
    else
        part[a] = b;
}

/* The sweep over the line between row a, above, and row b: runs [a, a_end) and [b, b_end). */
typedef struct sweep {
    int32_t a, a_end, b, b_end;
    int in_a, in_b; /* what lies left of the place belongs to the object */
    int32_t open;   /* edge at the left end of the horizontal edge under way */
} sweep;

/* The edges that meet the line at one place, or NONE. */
typedef struct ends {
    int32_t a_left, a_right, b_left, b_right;
} ends;

static int32_t side(const tracer *t, int32_t run, int32_t end, int inside)
{
    if (run >= end) return INT32_MAX;
    return inside ? t->runs[run].x1 : t->runs[run].x0;
}

/* Takes the next place; 0 at the end of the line. */
static int next_place(const tracer *t, sweep *s, ends *e)
{
    const int32_t xa = side(t, s->a, s->a_end, s->in_a), xb = side(t, s->b, s->b_end, s->in_b);
    const int32_t x = xa < xb ? xa : xb;
    *e = (ends){NONE, NONE, NONE, NONE};
    if (x == INT32_MAX) return 0;
    if (xa == x) *(s->in_a ? &e->a_right : &e->a_left) = 2 * s->a + s->in_a;
    if (xb == x) *(s->in_b ? &e->b_right : &e->b_left) = 2 * s->b + s->in_b;
    return 1;
}

/* Closes the horizontal edge under way, or opens one; a row alone covers it. */
static void close_edge(tracer *t, const sweep *s, const ends *e)
{
    if (s->in_b)
        t->next[s->open] = e->b_right != NONE ? e->b_right : e->a_left;
    else
        t->next[e->a_right != NONE ? e->a_right : e->b_left] = s->open;
}

static void open_edge(sweep *s, const ends *e)
{
    if (s->in_b)
        s->open = e->b_left != NONE ? e->b_left : e->a_right;
    else
        s->open = e->a_left != NONE ? e->a_left : e->b_right;
}

static void go_straight(tracer *t, const ends *e)
{
    if (e->a_right != NONE) t->next[e->a_right] = e->b_right;
    if (e->b_left != NONE) t->next[e->b_left] = e->a_left;
}

static void note_corner(tracer *t, const ends *e)
{
    if (e->a_right != NONE && e->b_left != NONE) t->at_end[e->a_right] = t->at_end[e->b_left] = t->corners++;
    if (e->a_left != NONE && e->b_right != NONE) t->at_start[e->a_left] = t->at_start[e->b_right] = t->corners++;
}

/* Steps over a place: what lies right of it comes under way. */
static void pass_place(sweep *s, const ends *e)
{
    s->in_a = e->a_left != NONE || (s->in_a && e->a_right == NONE);
    s->in_b = e->b_left != NONE || (s->in_b && e->b_right == NONE);
    s->a += e->a_right != NONE;
    s->b += e->b_right != NONE;
}

static void link_line(tracer *t, sweep s)
{
    ends e;
    while (next_place(t, &s, &e)) {
        const int was_edge = s.in_a != s.in_b;
        if (was_edge) close_edge(t, &s, &e);
        pass_place(&s, &e);
        if (s.in_a && s.in_b) join(t->part, s.a, s.b);
        if (s.in_a != s.in_b)
            open_edge(&s, &e);
        else if (!was_edge)
            go_straight(t, &e);
        note_corner(t, &e);
    }
}

/* The first run of another row than that of run i. */
static int32_t row_end(const tracer *t, int32_t i, int32_t count)
{
    const int32_t y = t->runs[i].y;
    while (i < count && t->runs[i].y == y) i++;
    return i;
}

static void link_all(tracer *t, int32_t count)
{
    int32_t a = 0, a_end = 0;
    for (int32_t b = 0; b < count;) {
        const int32_t b_end = row_end(t, b, count);
        const int touch = a_end > a && t->runs[a].y + 1 == t->runs[b].y;
        if (!touch && a_end > a) link_line(t, (sweep){.a = a, .a_end = a_end});
        link_line(t, (sweep){.a = touch ? a : 0, .a_end = touch ? a_end : 0, .b = b, .b_end = b_end});
        a = b;
        a_end = b_end;
        b = b_end;
    }
    link_line(t, (sweep){.a = a, .a_end = a_end});
}

/* ---- Rings ---- */

/* Twice the area of the points from `first` on; negative: walked around a hole. */
static int64_t doubled_area(const int32_t *xy, size_t points)
{
    const int64_t x0 = xy[0], y0 = xy[1];
    int64_t area = 0;
    for (size_t i = 0, k = points - 1; i < points; k = i++)
        area += (xy[2 * k] - x0) * (xy[2 * i + 1] - y0) - (xy[2 * i] - x0) * (xy[2 * k + 1] - y0);
    return area;
}

static wsi_status add_ring(tracer *t, size_t first, size_t points, int32_t part, wsi_error *err)
{
    WSI_FORWARD(wsi_measure_reserve(t->rings, t->ring_count + 1, sizeof(ring), err));
    const int hole = doubled_area((const int32_t *)t->ring->p + 2 * first, points) < 0;
    ((ring *)t->rings->p)[t->ring_count] = (ring){first, (int32_t)points, part, hole, (uint32_t)t->ring_count};
    t->ring_count++;
    return WSI_OK;
}

/* The points of the ring being walked, on a stack; where a corner comes again, what lies between becomes a ring. */
typedef struct walk {
    int32_t *xy;     /* of the ring */
    int32_t *corner; /* of each point, or NONE */
    int32_t *place;  /* of corners: where on the stack, or NONE */
    size_t count;
    int32_t part;
} walk;

static wsi_status keep_ring(tracer *t, const walk *w, size_t from, wsi_error *err)
{
    const size_t points = w->count - from, first = t->point_count;
    WSI_FORWARD(wsi_measure_reserve(t->ring, 2 * (first + points), sizeof(int32_t), err));
    memcpy((int32_t *)t->ring->p + 2 * first, w->xy + 2 * from, 2 * points * sizeof(int32_t));
    t->point_count += points;
    return add_ring(t, first, points, w->part, err);
}

static wsi_status add_point(tracer *t, walk *w, int32_t x, int32_t y, int32_t corner, wsi_error *err)
{
    if (corner != NONE && w->place[corner] != NONE) {
        const size_t from = (size_t)w->place[corner];
        WSI_FORWARD(keep_ring(t, w, from, err));
        while (w->count > from)
            if (w->corner[--w->count] != NONE) w->place[w->corner[w->count]] = NONE;
    }
    if (corner != NONE) w->place[corner] = (int32_t)w->count;
    w->xy[2 * w->count] = x;
    w->xy[2 * w->count + 1] = y;
    w->corner[w->count++] = corner;
    return WSI_OK;
}

static int32_t edge_x(const tracer *t, int32_t edge)
{
    return edge & 1 ? t->runs[edge / 2].x1 : t->runs[edge / 2].x0;
}

/* Walks the ring that an edge belongs to. */
static wsi_status walk_ring(tracer *t, walk *w, int32_t edge, wsi_error *err)
{
    w->count = 0;
    w->part = part_of(t->part, edge / 2);
    while (t->next[edge] >= 0) {
        const int32_t to = t->next[edge], x = edge_x(t, edge), y = t->runs[edge / 2].y + (edge & 1);
        t->next[edge] = ~to;
        if (edge_x(t, to) != x) {
            WSI_FORWARD(add_point(t, w, x, y, t->at_end[edge], err));
            WSI_FORWARD(add_point(t, w, edge_x(t, to), y, t->at_start[to], err));
        }
        edge = to;
    }
    for (size_t i = 0; i < w->count; i++)
        if (w->corner[i] != NONE) w->place[w->corner[i]] = NONE;
    return keep_ring(t, w, 0, err);
}

static int by_part(const void *a_, const void *b_)
{
    const ring *a = (const ring *)a_, *b = (const ring *)b_;
    if (a->part != b->part) return a->part < b->part ? -1 : 1;
    if (a->hole != b->hole) return a->hole ? 1 : -1;
    return (a->number > b->number) - (a->number < b->number);
}

static wsi_status hand_over(const tracer *t, wsi_measure_outline *memory, wsi_outline *out, wsi_error *err)
{
    ring *rings = (ring *)t->rings->p;
    WSI_FORWARD(wsi_measure_reserve(&memory->counts, t->ring_count, sizeof(int32_t), err));
    WSI_FORWARD(wsi_measure_reserve(&memory->holes, t->ring_count, sizeof(uint8_t), err));
    WSI_FORWARD(wsi_measure_reserve(&memory->xy, 2 * t->point_count, sizeof(double), err));
    double *xy = (double *)memory->xy.p;
    qsort(rings, t->ring_count, sizeof *rings, by_part);
    for (size_t i = 0; i < t->ring_count; i++) {
        const int32_t *from = (const int32_t *)t->ring->p + 2 * rings[i].first;
        ((int32_t *)memory->counts.p)[i] = rings[i].points;
        ((uint8_t *)memory->holes.p)[i] = (uint8_t)rings[i].hole;
        for (int32_t k = 0; k < 2 * rings[i].points; k++) *xy++ = from[k];
    }
    *out = (wsi_outline){(int)t->ring_count, (const int32_t *)memory->counts.p, (const uint8_t *)memory->holes.p,
                         (const double *)memory->xy.p};
    return WSI_OK;
}

static wsi_status walk_all(tracer *t, walk *w, int32_t edges, wsi_error *err)
{
    for (int32_t i = 0; i < t->corners; i++) w->place[i] = NONE;
    for (int32_t edge = 0; edge < edges; edge++)
        if (t->next[edge] >= 0) WSI_FORWARD(walk_ring(t, w, edge, err));
    return WSI_OK;
}

wsi_status wsi_measure_trace(wsi_measure_shaper *shaper, const wsi_measure_object *o, wsi_measure_outline *memory,
                             wsi_outline *out, wsi_error *err)
{
    const size_t n = o->run_count, edges = 2 * n;
    *out = (wsi_outline){0};
    if (n == 0) return WSI_OK;
    WSI_FORWARD(wsi_measure_reserve(&shaper->next, 3 * edges, sizeof(int32_t), err));
    WSI_FORWARD(wsi_measure_reserve(&shaper->part, n, sizeof(int32_t), err));
    /* Each edge ends in two points at most; each corner belongs to two edges. */
    WSI_FORWARD(wsi_measure_reserve(&shaper->saddle, 6 * edges + edges, sizeof(int32_t), err));
    int32_t *next = (int32_t *)shaper->next.p, *points = (int32_t *)shaper->saddle.p;
    tracer t = {(const wsi_measure_run *)o->runs.p,
                next,
                next + edges,
                next + 2 * edges,
                (int32_t *)shaper->part.p,
                0,
                &shaper->ring,
                &shaper->rings,
                0,
                0};
    walk w = {points, points + 4 * edges, points + 6 * edges, 0, 0};
    for (size_t i = 0; i < 2 * edges; i++) t.at_end[i] = NONE;
    for (size_t i = 0; i < n; i++) t.part[i] = (int32_t)i;
    link_all(&t, (int32_t)n);
    WSI_FORWARD(walk_all(&t, &w, (int32_t)edges, err));
    return hand_over(&t, memory, out, err);
}

void wsi_measure_outline_clear(wsi_measure_outline *memory)
{
    wsi_free(memory->counts.p);
    wsi_free(memory->holes.p);
    wsi_free(memory->xy.p);
    memset(memory, 0, sizeof *memory);
}

void wsi_measure_shaper_clear(wsi_measure_shaper *s)
{
    wsi_measure_room *rooms[] = {&s->extents, &s->points, &s->rows, &s->gaps, &s->next,
                                 &s->part,    &s->saddle, &s->ring, &s->rings};
    for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++) wsi_free(rooms[i]->p);
    memset(s, 0, sizeof *s);
}
