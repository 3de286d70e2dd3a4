/* One tile of `watershed`: runs of the mask, their components, and the flooding of those that lie within the tile. */
#include "watershed-private.h"

#include <string.h>

#include "common/mem.h"
#include "samples.h"

/* A run and its component: first the run that stands for it, then its number. */
typedef struct run {
    wsi_flood_run run;
    uint32_t parent;
} run;

typedef struct work {
    const wsi_whole_call *call;
    const wsi_watershed_params *p;
    const wsi_image *im;
    wsi_rect at;
    run *runs;
    int64_t count, room;
    uint32_t *first; /* of each component: its first run among those sorted, then one behind the last */
    int64_t components, closed;
    wsi_flood_run *sorted;
    uint32_t *order;   /* sorted run i is run order[i] */
    float *row_values; /* one row */
    uint32_t *row_labels;
    uint8_t *row_mask;
    float *values; /* of all pixels within the mask, by component */
    uint32_t *labels;
    uint64_t pixels;
} work;

wsi_watershed_layout wsi_watershed_lay(const wsi_watershed_head *h, int64_t w, int64_t rows)
{
    wsi_watershed_layout l;
    size_t at = sizeof *h;
    for (int side = 0; side < WSI_SIDES; side++) {
        l.sides[side] = at;
        at += sizeof(uint32_t) * (size_t)(side < WSI_LEFT ? w : rows);
    }
    l.parts = at;
    l.runs = l.parts + h->parts * sizeof(wsi_watershed_part);
    l.labels = l.runs + h->runs * sizeof(wsi_flood_run);
    l.values = l.labels + h->pixels * sizeof(uint32_t);
    l.end = l.values + (size_t)(h->pixels - h->closed_pixels) * sizeof(float);
    return l;
}

size_t wsi_watershed_bound(int64_t edge)
{
    const wsi_watershed_head most = {
        .parts = (uint32_t)(4 * edge), .runs = (uint32_t)(edge * ((edge + 1) / 2)), .pixels = (uint32_t)(edge * edge)};
    return wsi_watershed_lay(&most, edge, edge).end;
}

static wsi_status more_runs(work *k, wsi_error *err)
{
    const int64_t room = k->room ? 2 * k->room : 1024;
    run *runs = (run *)wsi_realloc_array(k->runs, (size_t)room, sizeof *runs);
    WSI_RETURN_IF(!runs, WSI_ERR_NO_MEMORY, "no memory for the runs of a tile");
    k->runs = runs;
    k->room = room;
    return WSI_OK;
}

static wsi_status find_runs(work *k, wsi_error *err)
{
    for (int64_t y = 0; y < k->at.h; y++) {
        if (k->p->mask.image >= 0) wsi_samples_truth(&k->im[k->p->mask.image], y, k->row_mask);
        for (int64_t x = 0; x < k->at.w;) {
            const uint8_t *next = (const uint8_t *)memchr(k->row_mask + x, 1, (size_t)(k->at.w - x));
            if (!next) break;
            x = next - k->row_mask;
            const uint8_t *end = (const uint8_t *)memchr(next, 0, (size_t)(k->at.w - x));
            const int64_t n = end ? end - next : k->at.w - x;
            if (k->count == k->room) WSI_FORWARD(more_runs(k, err));
            k->runs[k->count] = (run){{(int32_t)x, (int32_t)y, (uint32_t)n}, (uint32_t)k->count};
            k->count++;
            k->pixels += (uint64_t)n;
            x += n;
        }
    }
    return WSI_OK;
}

static uint32_t root_of(run *runs, uint32_t i)
{
    while (runs[i].parent != i) i = runs[i].parent = runs[runs[i].parent].parent;
    return i;
}

/* Roots are first runs: components come in raster order. */
static void join(run *runs, uint32_t a, uint32_t b)
{
    a = root_of(runs, a);
    b = root_of(runs, b);
    if (a < b)
        runs[b].parent = a;
    else
        runs[a].parent = b;
}

/* Runs of neighbouring rows that touch: with `reach` 1 also by a corner. */
static void join_runs(work *k)
{
    const int32_t reach = k->p->connectivity == 2;
    int64_t above = 0;
    for (int64_t i = 0; i < k->count; i++) {
        const wsi_flood_run r = k->runs[i].run;
        while (above < i && (k->runs[above].run.y < r.y - 1 ||
                             (k->runs[above].run.y == r.y - 1 &&
                              k->runs[above].run.x + (int32_t)k->runs[above].run.n - 1 + reach < r.x)))
            above++;
        for (int64_t j = above; j < i; j++) {
            const wsi_flood_run *o = &k->runs[j].run;
            if (o->y != r.y - 1 || o->x > r.x + (int32_t)r.n - 1 + reach) break;
            join(k->runs, (uint32_t)i, (uint32_t)j);
        }
    }
}

/* 1 when a run lies at a side where there is another tile. */
static int at_seam(const work *k, const wsi_flood_run *r)
{
    return (r->x == 0 && k->at.x > 0) || (r->y == 0 && k->at.y > 0) ||
           (r->x + (int64_t)r->n == k->at.w && k->at.x + k->at.w < k->call->w) ||
           (r->y == k->at.h - 1 && k->at.y + k->at.h < k->call->h);
}

/* Numbers the components, closed ones first; runs[i].parent becomes the number. open: one a run, zeroed. */
static void number_components(work *k, uint8_t *open)
{
    uint32_t next[2] = {0, 0};
    for (int64_t i = 0; i < k->count; i++) {
        const uint32_t root = root_of(k->runs, (uint32_t)i);
        if (at_seam(k, &k->runs[i].run)) open[root] = 1;
    }
    for (int64_t i = 0; i < k->count; i++) next[1] += k->runs[i].parent == (uint32_t)i && !open[i];
    k->closed = next[1];
    /* Number and root at once: numbers are kept in order[], which is not in use yet. */
    for (int64_t i = 0; i < k->count; i++) {
        const uint32_t root = root_of(k->runs, (uint32_t)i);
        if (root == i) k->order[i] = next[open[i]]++;
    }
    for (int64_t i = k->count; i-- > 0;) k->runs[i].parent = k->order[root_of(k->runs, (uint32_t)i)];
    k->components = next[1];
}

/* Sorts runs by component; each component's keep their order. */
static void sort_runs(work *k)
{
    memset(k->first, 0, sizeof *k->first * (size_t)(k->components + 1));
    for (int64_t i = 0; i < k->count; i++) k->first[k->runs[i].parent + 1]++;
    for (int64_t c = 0; c < k->components; c++) k->first[c + 1] += k->first[c];
    for (int64_t i = 0; i < k->count; i++) k->order[k->first[k->runs[i].parent]++] = (uint32_t)i;
    memmove(k->first + 1, k->first, sizeof *k->first * (size_t)k->components);
    k->first[0] = 0;
    for (int64_t i = 0; i < k->count; i++) k->sorted[i] = k->runs[k->order[i]].run;
}

static wsi_status no_nan(const work *k, const wsi_flood_run *r, wsi_error *err)
{
    for (int64_t x = r->x; x < r->x + (int64_t)r->n; x++)
        WSI_RETURN_IF(k->row_values[x] != k->row_values[x], WSI_ERR_CHAIN,
                      "NaN at pixel (%lld, %lld) has no place in an order", (long long)(k->at.x + x),
                      (long long)(k->at.y + r->y));
    return WSI_OK;
}

/* Values and markers of the mask's pixels, by component. offset[i]: where run i's pixels go. */
static wsi_status take_pixels(work *k, uint64_t *offset, wsi_error *err)
{
    uint64_t at = 0;
    for (int64_t i = 0; i < k->count; i++) {
        offset[k->order[i]] = at;
        at += k->sorted[i].n;
    }
    int32_t y = -1;
    for (int64_t i = 0; i < k->count; i++) {
        const wsi_flood_run *r = &k->runs[i].run;
        if (r->y != y) {
            y = r->y;
            wsi_samples_float(&k->im[0], y, k->row_values);
            wsi_samples_label(&k->im[k->p->markers.image], y, k->row_labels);
        }
        memcpy(k->values + offset[i], k->row_values + r->x, r->n * sizeof(float));
        memcpy(k->labels + offset[i], k->row_labels + r->x, r->n * sizeof(uint32_t));
        WSI_FORWARD(no_nan(k, r, err));
    }
    return WSI_OK;
}

/* Pixels of the sorted runs from .. to - 1. */
static uint64_t pixels_of(const work *k, uint32_t from, uint32_t to)
{
    uint64_t n = 0;
    for (uint32_t i = from; i < to; i++) n += k->sorted[i].n;
    return n;
}

/* Floods the closed components; returns their pixels. */
static wsi_status flood_closed(const work *k, uint64_t *pixels, wsi_error *err)
{
    wsi_flood f = {.connectivity = (int)k->p->connectivity, .line = k->p->watershed_line};
    wsi_status status = WSI_OK;
    *pixels = 0;
    for (int64_t c = 0; c < k->closed && status == WSI_OK; c++) {
        const uint64_t n = pixels_of(k, k->first[c], k->first[c + 1]);
        uint32_t *labels = k->labels + *pixels;
        status = wsi_flood_begin(&f, k->sorted + k->first[c], k->first[c + 1] - k->first[c], n, err);
        if (status != WSI_OK) break;
        wsi_flood_put_values(&f, 0, n, k->values + *pixels);
        wsi_flood_put_labels(&f, 0, n, labels);
        status = wsi_flood_component(&f, err);
        wsi_flood_get_labels(&f, 0, n, labels);
        *pixels += n;
    }
    wsi_flood_close(&f);
    return status;
}

/* The parts of the border's pixels. */
static void note_sides(const work *k, char *out, const wsi_watershed_layout *l)
{
    uint32_t *sides[WSI_SIDES];
    for (int i = 0; i < WSI_SIDES; i++) sides[i] = (uint32_t *)(void *)(out + l->sides[i]);
    memset(sides[0], 0, l->parts - l->sides[0]);
    for (int64_t i = 0; i < k->count; i++) {
        const wsi_flood_run *r = &k->runs[i].run;
        if (k->runs[i].parent < k->closed) continue;
        const uint32_t part = k->runs[i].parent - (uint32_t)k->closed + 1;
        if (r->x == 0) sides[WSI_LEFT][r->y] = part;
        if (r->x + (int64_t)r->n == k->at.w) sides[WSI_RIGHT][r->y] = part;
        for (uint32_t x = 0; r->y == 0 && x < r->n; x++) sides[WSI_TOP][r->x + (int32_t)x] = part;
        for (uint32_t x = 0; r->y == k->at.h - 1 && x < r->n; x++) sides[WSI_BOTTOM][r->x + (int32_t)x] = part;
    }
}

static size_t pack(const work *k, uint64_t closed_pixels, char *out)
{
    wsi_watershed_head *h = (wsi_watershed_head *)(void *)out;
    *h = (wsi_watershed_head){.parts = (uint32_t)(k->components - k->closed),
                              .runs = (uint32_t)k->count,
                              .pixels = (uint32_t)k->pixels,
                              .closed_runs = k->first[k->closed],
                              .closed_pixels = (uint32_t)closed_pixels};
    const wsi_watershed_layout l = wsi_watershed_lay(h, k->at.w, k->at.h);
    note_sides(k, out, &l);
    wsi_watershed_part *parts = (wsi_watershed_part *)(void *)(out + l.parts);
    for (int64_t c = k->closed; c < k->components; c++)
        *parts++ =
            (wsi_watershed_part){k->first[c + 1] - k->first[c], (uint32_t)pixels_of(k, k->first[c], k->first[c + 1])};
    memcpy(out + l.runs, k->sorted, h->runs * sizeof *k->sorted);
    memcpy(out + l.labels, k->labels, h->pixels * sizeof *k->labels);
    memcpy(out + l.values, k->values + closed_pixels, (h->pixels - h->closed_pixels) * sizeof *k->values);
    return l.end;
}

/* Everything after the runs are known, whose number is the size of what it works with. */
static wsi_status flood_tile(work *k, uint8_t *open, uint64_t *offset, char *out, size_t *size, wsi_error *err)
{
    uint64_t closed_pixels;
    join_runs(k);
    number_components(k, open);
    sort_runs(k);
    WSI_FORWARD(take_pixels(k, offset, err));
    WSI_FORWARD(flood_closed(k, &closed_pixels, err));
    *size = pack(k, closed_pixels, out);
    return WSI_OK;
}

static wsi_status with_runs(work *k, char *out, size_t *size, wsi_error *err)
{
    wsi_status status;
    WSI_FORWARD(find_runs(k, err));
    const size_t runs = (size_t)k->count + 1, pixels = (size_t)k->pixels + 1;
    uint8_t *open = (uint8_t *)wsi_calloc(runs, 1);
    uint64_t *offset = (uint64_t *)wsi_calloc(runs, sizeof *offset);
    k->first = (uint32_t *)wsi_calloc(runs + 1, sizeof *k->first);
    k->sorted = (wsi_flood_run *)wsi_calloc(runs, sizeof *k->sorted);
    k->order = (uint32_t *)wsi_calloc(runs, sizeof *k->order);
    k->values = (float *)wsi_calloc(pixels, sizeof *k->values);
    k->labels = (uint32_t *)wsi_calloc(pixels, sizeof *k->labels);
    if (open && offset && k->first && k->sorted && k->order && k->values && k->labels)
        status = flood_tile(k, open, offset, out, size, err);
    else
        status = wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for the runs of a tile");
    wsi_free(open);
    wsi_free(offset);
    return status;
}

wsi_status wsi_watershed_tile(const wsi_whole_call *call, const wsi_image *im, wsi_rect at, void *out, size_t *size,
                              wsi_error *err)
{
    work k = {.call = call, .p = (const wsi_watershed_params *)call->params, .im = im, .at = at};
    k.row_values = (float *)wsi_calloc((size_t)at.w, sizeof *k.row_values);
    k.row_labels = (uint32_t *)wsi_calloc((size_t)at.w, sizeof *k.row_labels);
    k.row_mask = (uint8_t *)wsi_calloc((size_t)at.w, 1);
    wsi_status status = WSI_OK;
    if (k.row_mask) memset(k.row_mask, 1, (size_t)at.w);
    if (k.row_values && k.row_labels && k.row_mask)
        status = with_runs(&k, (char *)out, size, err);
    else
        status = wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for a row of a tile");
    void *all[] = {k.row_values, k.row_labels, k.row_mask, k.runs, k.first, k.sorted, k.order, k.values, k.labels};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) wsi_free(all[i]);
    return status;
}
