/* The table of peaks: pixels that are as large as the largest around them.
 *
 * tile() leaves runs of such pixels in a row, which all have one value. Peaks that may not both stay have the same
 * value too, since each lies in the other's window. So no threshold decides between them: as soon as a row of tiles is
 * there, runs are walked in raster order, and a pixel stays when no other has within min_distance. Cells of that size
 * hold one peak at most; two rows of cells are kept. Thresholds come at the end, when the extremes are known. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "peaks.h"
#include "points.h"
#include "samples.h"

const char *const wsi_peaks_none[] = {"none", NULL};
const char *const wsi_peaks_border[] = {"true", "false", NULL};

/* What tile() leaves: this, then the runs. */
typedef struct head {
    double least, most; /* of the tile; HUGE_VAL, -HUGE_VAL without a number */
    int64_t candidates, runs;
} head;

/* Pixels x .. x + n - 1 of row y. */
typedef struct run {
    double value;
    int32_t x, y, n, pad;
} run;

typedef struct place {
    int32_t x, y; /* y = -1: none */
} place;

typedef struct peaks {
    const wsi_whole_call *call;
    const wsi_peaks_params *params;
    wsi_point_limit limit;
    int64_t border[2]; /* rows, columns */
    double least, most;
    int64_t candidates;
    run *runs; /* of the row of tiles */
    size_t run_count, run_capacity;
    place *cells[2]; /* of the row of cells before and of this one */
    int64_t cell_row;
    wsi_points points;
} peaks;

static void close_peaks(void **self)
{
    peaks *p = (peaks *)*self;
    if (!p) return;
    wsi_points_close(&p->points);
    wsi_free(p->runs);
    for (int i = 0; i < 2; i++) wsi_free(p->cells[i]);
    wsi_free(p);
    *self = NULL;
}

static void clear_cells(peaks *p, int row)
{
    const int64_t cells = p->call->w / p->params->min_distance + 1;
    for (int64_t i = 0; i < cells; i++) p->cells[row][i].y = -1;
}

static void set_border(peaks *p)
{
    const wsi_floats *list = &p->params->exclude_border;
    for (int i = 0; i < 2; i++)
        p->border[i] = list->n ? wsi_points_border(list, i) : list->v[0] == 0 ? p->params->min_distance : 0;
}

static wsi_status open_peaks(const wsi_whole_call *call, void **self, wsi_error *err)
{
    WSI_RETURN_IF(call->w > INT32_MAX || call->h > INT32_MAX, WSI_ERR_INPUT_UNSUPPORTED,
                  "peak_local_max: takes images of less than 2^31 pixels a side");
    peaks *p = (peaks *)wsi_calloc(1, sizeof *p);
    WSI_RETURN_IF(!p, WSI_ERR_NO_MEMORY, "no memory for a table of peaks");
    *self = p;
    p->call = call;
    p->params = (const wsi_peaks_params *)call->params;
    p->limit = (wsi_point_limit){wsi_points_number(&p->params->threshold_abs, -HUGE_VAL),
                                 wsi_points_number(&p->params->threshold_rel, NAN), call->in[0].type == WSI_F32};
    p->least = HUGE_VAL;
    p->most = -HUGE_VAL;
    set_border(p);
    wsi_points_open(&p->points, "peak_local_max", call->memory);
    for (int i = 0; i < 2; i++) {
        p->cells[i] = (place *)wsi_calloc((size_t)(call->w / p->params->min_distance + 1), sizeof(place));
        WSI_RETURN_IF(!p->cells[i], WSI_ERR_NO_MEMORY, "no memory for a table of peaks");
        clear_cells(p, i);
    }
    return WSI_OK;
}

/* Runs end where a pixel does not follow, so that at most every second pixel begins one. */
static size_t bound(const void *self)
{
    const size_t edge = (size_t)((const peaks *)self)->call->tile;
    return sizeof(head) + edge * ((edge + 1) / 2) * sizeof(run);
}

static void note_row(head *h, run *runs, const double *v, const double *largest, int64_t n, wsi_rect at, int64_t y,
                     double limit)
{
    int64_t open = 0;
    for (int64_t x = 0; x < n; x++) {
        h->least = v[x] < h->least ? v[x] : h->least;
        h->most = v[x] > h->most ? v[x] : h->most;
        const int candidate = v[x] == largest[x], kept = candidate && v[x] > limit;
        h->candidates += candidate;
        if (kept && open)
            runs[h->runs - 1].n++;
        else if (kept)
            runs[h->runs++] = (run){v[x], (int32_t)(at.x + x), (int32_t)(at.y + y), 1, 0};
        open = kept;
    }
}

static wsi_status tile(void *self, const wsi_image *im, wsi_rect at, void *out, size_t capacity, size_t *size,
                       wsi_error *err)
{
    const peaks *p = (const peaks *)self;
    head *h = (head *)out;
    (void)capacity;
    double *rows = (double *)wsi_calloc(2 * (size_t)at.w, sizeof *rows);
    WSI_RETURN_IF(!rows, WSI_ERR_NO_MEMORY, "no memory for a row of a tile");
    *h = (head){HUGE_VAL, -HUGE_VAL, 0, 0};
    for (int64_t y = 0; y < at.h; y++) {
        wsi_samples_double(&im[0], y, rows);
        wsi_samples_double(&im[p->params->largest.image], y, rows + at.w);
        note_row(h, (run *)(h + 1), rows, rows + at.w, at.w, at, y, wsi_point_limit_at(&p->limit, -HUGE_VAL));
    }
    *size = sizeof *h + (size_t)h->runs * sizeof(run);
    wsi_free(rows);
    return WSI_OK;
}

/* ---- which stay ---- */

static void enter_row(peaks *p, int32_t y)
{
    const int64_t row = y / p->params->min_distance;
    if (row == p->cell_row) return;
    place *before = p->cells[0];
    p->cells[0] = p->cells[1];
    p->cells[1] = before;
    clear_cells(p, 1);
    if (row != p->cell_row + 1) clear_cells(p, 0);
    p->cell_row = row;
}

/* The peak that stands in the way of one at x, y; NULL = none. */
static const place *rival(const peaks *p, int32_t x, int32_t y)
{
    const int64_t d = p->params->min_distance, cell = x / d, last = p->call->w / d;
    for (int64_t c = wsi_max64(cell - 1, 0); c <= wsi_min64(cell + 1, last); c++)
        for (int row = 0; row < 2; row++) {
            const place *other = &p->cells[row][c];
            if (other->y >= 0 && llabs((int64_t)other->x - x) < d && (int64_t)y - other->y < d) return other;
        }
    return NULL;
}

static wsi_status walk_run(peaks *p, const run *r, wsi_error *err)
{
    const int64_t d = p->params->min_distance, end = wsi_min64((int64_t)r->x + r->n, p->call->w - p->border[1]);
    if (r->y < p->border[0] || r->y >= p->call->h - p->border[0]) return WSI_OK;
    enter_row(p, r->y);
    for (int64_t x = wsi_max64(r->x, p->border[1]); x < end;) {
        const place *other = d > 1 ? rival(p, (int32_t)x, r->y) : NULL;
        if (other) {
            x = other->x + d;
            continue;
        }
        p->cells[1][x / d] = (place){(int32_t)x, r->y};
        WSI_FORWARD(wsi_points_add(&p->points, (wsi_point){r->value, (int32_t)x, r->y, 0}, err));
        x += d;
    }
    return WSI_OK;
}

static int by_place(const void *a_, const void *b_)
{
    const run *a = (const run *)a_, *b = (const run *)b_;
    return a->y != b->y ? (a->y > b->y) - (a->y < b->y) : (a->x > b->x) - (a->x < b->x);
}

static wsi_status walk_runs(peaks *p, wsi_error *err)
{
    const double limit = wsi_point_limit_at(&p->limit, p->most);
    if (p->run_count) qsort(p->runs, p->run_count, sizeof *p->runs, by_place);
    for (size_t i = 0; i < p->run_count; i++)
        if (p->runs[i].value > limit) WSI_FORWARD(walk_run(p, &p->runs[i], err));
    p->run_count = 0;
    return WSI_OK;
}

static wsi_status keep_runs(peaks *p, const run *runs, size_t n, wsi_error *err)
{
    if (p->run_count + n > p->run_capacity) {
        const size_t capacity = 2 * (p->run_count + n);
        run *grown = (run *)wsi_realloc_array(p->runs, capacity, sizeof *grown);
        WSI_RETURN_IF(!grown, WSI_ERR_NO_MEMORY, "peak_local_max: no memory for %zu runs of pixels", capacity);
        p->runs = grown;
        p->run_capacity = capacity;
    }
    if (n) memcpy(p->runs + p->run_count, runs, n * sizeof *runs);
    p->run_count += n;
    return WSI_OK;
}

static wsi_status append(void *self, wsi_rect at, const void *bytes, size_t size, wsi_error *err)
{
    peaks *p = (peaks *)self;
    const head *h = (const head *)bytes;
    (void)size;
    p->least = h->least < p->least ? h->least : p->least;
    p->most = h->most > p->most ? h->most : p->most;
    p->candidates += h->candidates;
    WSI_FORWARD(keep_runs(p, (const run *)(h + 1), (size_t)h->runs, err));
    return at.x + at.w < p->call->w ? WSI_OK : walk_runs(p, err);
}

static wsi_status finish(void *self, wsi_error *err)
{
    peaks *p = (peaks *)self;
    (void)err;
    if (p->limit.absolute == -HUGE_VAL) p->limit.absolute = p->least;
    const int64_t pixels = p->call->w * p->call->h;
    if (p->candidates == pixels && pixels > 1) p->points.count = 0; /* an image of one value */
    wsi_points_above(&p->points, wsi_point_limit_at(&p->limit, p->most));
    wsi_points_sort(&p->points);
    if (p->params->num_peaks && p->points.count > (uint64_t)p->params->num_peaks)
        p->points.count = (size_t)p->params->num_peaks;
    return WSI_OK;
}

static int columns(const wsi_whole_call *call, wsi_column out[WSI_COLUMNS_MAX])
{
    const int n = wsi_points_columns(out);
    (void)call;
    out[n] = (wsi_column){"intensity", "", WSI_COLUMN_FLOAT};
    return n + 1;
}

static void intensity(const void *of, const wsi_point *point, double numbers[WSI_POINT_NUMBERS_MAX])
{
    (void)of;
    numbers[0] = point->value;
}

static wsi_status rows(const void *self, wsi_rows_fn take, void *user, wsi_error *err)
{
    return wsi_points_rows(&((const peaks *)self)->points, 1, intensity, NULL, take, user, err);
}

const wsi_whole wsi_whole_peaks = {
    .open = open_peaks,
    .bound = bound,
    .tile = tile,
    .append = append,
    .finish = finish,
    .columns = columns,
    .table_kind = WSI_TABLE_POINTS,
    .rows = rows,
    .close = close_peaks,
};
