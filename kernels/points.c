/* Lists of points. */
#include "points.h"

#include <math.h>
#include <stdlib.h>

#include "common/mem.h"

void wsi_points_open(wsi_points *p, const char *what, uint64_t memory)
{
    *p = (wsi_points){.most = (size_t)(memory / 2 / sizeof(wsi_point)), .what = what};
}

static wsi_status grow(wsi_points *p, wsi_error *err)
{
    size_t capacity = p->capacity ? p->capacity + p->capacity / 2 : 1024;
    if (capacity > p->most) capacity = p->most;
    WSI_RETURN_IF(capacity <= p->count, WSI_ERR_NO_MEMORY,
                  "%s: more than %zu points, as many as the memory allows: raise the threshold", p->what, p->most);
    wsi_point *at = (wsi_point *)wsi_realloc_array(p->at, capacity, sizeof *at);
    WSI_RETURN_IF(!at, WSI_ERR_NO_MEMORY, "%s: no memory for %zu points", p->what, capacity);
    p->at = at;
    p->capacity = capacity;
    return WSI_OK;
}

wsi_status wsi_points_add(wsi_points *p, wsi_point point, wsi_error *err)
{
    if (p->count == p->capacity) WSI_FORWARD(grow(p, err));
    p->at[p->count++] = point;
    return WSI_OK;
}

double wsi_point_limit_at(const wsi_point_limit *limit, double largest)
{
    const double share = limit->single ? (double)((float)limit->relative * (float)largest) : limit->relative * largest;
    const double most = share > limit->absolute ? share : limit->absolute;
    return limit->single ? (double)(float)most : most;
}

void wsi_points_above(wsi_points *p, double limit)
{
    size_t kept = 0;
    for (size_t i = 0; i < p->count; i++)
        if (p->at[i].value > limit) p->at[kept++] = p->at[i];
    p->count = kept;
}

static int in_order(const void *a_, const void *b_)
{
    const wsi_point *a = (const wsi_point *)a_, *b = (const wsi_point *)b_;
    if (a->value != b->value) return a->value > b->value ? -1 : 1;
    if (a->y != b->y) return a->y < b->y ? -1 : 1;
    if (a->x != b->x) return a->x < b->x ? -1 : 1;
    return (a->k > b->k) - (a->k < b->k);
}

void wsi_points_sort(wsi_points *p)
{
    if (p->count) qsort(p->at, p->count, sizeof *p->at, in_order);
}

void wsi_points_close(wsi_points *p)
{
    wsi_free(p->at);
    *p = (wsi_points){0};
}

double wsi_points_number(const wsi_floats *list, double none)
{
    return list->n ? list->v[0] : none;
}

int wsi_points_columns(wsi_column out[WSI_COLUMNS_MAX])
{
    out[0] = (wsi_column){"centroid-0", "px", WSI_COLUMN_INT};
    out[1] = (wsi_column){"centroid-1", "px", WSI_COLUMN_INT};
    return 2;
}

wsi_status wsi_points_rows(const wsi_points *p, int count, wsi_point_numbers_fn numbers, const void *of,
                           wsi_rows_fn take, void *user, wsi_error *err)
{
    enum { CHUNK = 4096 };
    int64_t place[2][CHUNK];
    double column[WSI_POINT_NUMBERS_MAX][CHUNK];
    for (size_t at = 0; at < p->count; at += CHUNK) {
        const size_t left = p->count - at, n = left < CHUNK ? left : CHUNK;
        for (size_t i = 0; i < n; i++) {
            double row[WSI_POINT_NUMBERS_MAX] = {0};
            numbers(of, &p->at[at + i], row);
            place[0][i] = p->at[at + i].y;
            place[1][i] = p->at[at + i].x;
            for (int c = 0; c < count; c++) column[c][i] = row[c];
        }
        wsi_rows given = {(int64_t)n, {place[0], place[1]}};
        for (int c = 0; c < count; c++) given.cells[2 + c] = column[c];
        WSI_FORWARD(take(user, &given, err));
    }
    return WSI_OK;
}
