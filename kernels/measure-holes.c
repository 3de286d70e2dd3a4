/* Filled areas: the gaps of background between the runs of an object's bounding box are joined by union-find where they
 * touch, at sides or corners, as scipy.ndimage.binary_fill_holes does with a 3 x 3 structure; what joins no gap that
 * ends at the box is enclosed. */
#include <string.h>

#include "common/mem.h"
#include "measure-private.h"

/* Pixels x0 .. x1 - 1; gap 0 stands for all that lies outside. */
typedef struct gap {
    int32_t x0, x1;
    uint32_t parent; /* with a smaller number, or itself */
} gap;

static uint32_t root_of(gap *gaps, uint32_t i)
{
    while (gaps[i].parent != i) i = gaps[i].parent = gaps[gaps[i].parent].parent;
    return i;
}

static void join(gap *gaps, uint32_t a, uint32_t b)
{
    a = root_of(gaps, a);
    b = root_of(gaps, b);
    if (a < b)
        gaps[b].parent = a;
    else
        gaps[a].parent = b;
}

/* Appends the gaps of one row, whose runs are [*run, ...); returns the number of gaps then. */
static uint32_t add_row(gap *gaps, uint32_t count, const wsi_measure_object *o, int64_t y, size_t *run)
{
    const wsi_measure_run *runs = (const wsi_measure_run *)o->runs.p;
    int32_t x = (int32_t)o->sums.x0;
    for (int last = 0; !last;) {
        last = *run == o->run_count || runs[*run].y != y;
        const int32_t end = last ? (int32_t)o->sums.x1 : runs[*run].x0;
        if (end > x) {
            const int outside = x == o->sums.x0 || last || y == o->sums.y0 || y == o->sums.y1 - 1;
            gaps[count] = (gap){x, end, outside ? 0 : count};
            count++;
        }
        if (!last) x = runs[(*run)++].x1;
    }
    return count;
}

/* Joins the gaps from `here` on with those from `above` to `here`, where they touch. */
static void join_rows(gap *gaps, uint32_t above, uint32_t here, uint32_t end)
{
    for (uint32_t i = above, k = here; i < here && k < end;) {
        if (gaps[i].x1 >= gaps[k].x0 && gaps[k].x1 >= gaps[i].x0) join(gaps, i, k);
        if (gaps[i].x1 < gaps[k].x1)
            i++;
        else
            k++;
    }
}

wsi_status wsi_measure_holes(wsi_measure_shaper *shaper, const wsi_measure_object *o, int64_t *pixels, wsi_error *err)
{
    const size_t most = o->run_count + (size_t)(o->sums.y1 - o->sums.y0) + 1;
    WSI_FORWARD(wsi_measure_reserve(&shaper->gaps, most, sizeof(gap), err));
    gap *gaps = (gap *)shaper->gaps.p;
    uint32_t above = 1, here = 1, end = 1;
    size_t run = 0;
    gaps[0] = (gap){0, 0, 0};
    for (int64_t y = o->sums.y0; y < o->sums.y1; y++) {
        above = here;
        here = end;
        end = add_row(gaps, end, o, y, &run);
        join_rows(gaps, above, here, end);
    }
    *pixels = 0;
    for (uint32_t i = 1; i < end; i++)
        if (root_of(gaps, i) != 0) *pixels += gaps[i].x1 - gaps[i].x0;
    return WSI_OK;
}
