/* Parts of objects as bytes, mostly in base 128 (varint.h): pixels; unless these are 0 the bounding box, the sums,
 * those of each channel, the runs, the samples; the counts. The label is the store's. */
#include <string.h>

#include "measure.h"
#include "varint.h"

enum {
    PLACE_BYTES = 18,   /* of one pixel: its number, place and sums */
    COUNTS_BYTES = 10,  /* of one pixel */
    INTEGER_BYTES = 24, /* of a channel of whole numbers: range, sum, and a square of up to 64 bits */
    EXACT_BYTES = 92,   /* of a channel of floats: range, two sums, two chunks for each of three numbers a pixel */
    RUN_BYTES = 10      /* of a run, with its part of their number */
};

size_t wsi_measure_code_bound(const wsi_measure_plan *plan)
{
    const size_t samples = plan->median ? wsi_pixfmt_size(plan->intensity) : 0;
    return PLACE_BYTES + COUNTS_BYTES + (plan->runs ? RUN_BYTES : 0) + samples +
           (size_t)plan->channels * (plan->exact ? EXACT_BYTES : INTEGER_BYTES);
}

/* ---- Writing ---- */

static unsigned char *put_counts(const wsi_measure_counts *c, unsigned char *to)
{
    for (int i = 0; i < 3; i++) to = wsi_varint_put(to, (uint64_t)c->perimeter[i]);
    for (int i = 0; i < 5; i++) to = wsi_varint_put(to, (uint64_t)c->crofton[i]);
    to = wsi_varint_put_signed(to, c->euler);
    return wsi_varint_put(to, (uint64_t)c->runs);
}

static unsigned char *put_sums(const wsi_measure_sums *s, unsigned char *to)
{
    to = wsi_varint_put(to, (uint64_t)s->y0);
    to = wsi_varint_put(to, (uint64_t)s->x0);
    to = wsi_varint_put(to, (uint64_t)(s->y1 - s->y0));
    to = wsi_varint_put(to, (uint64_t)(s->x1 - s->x0));
    to = wsi_varint_put(to, (uint64_t)s->y);
    to = wsi_varint_put(to, (uint64_t)s->x);
    to = wsi_varint_put(to, (uint64_t)s->yy);
    to = wsi_varint_put(to, (uint64_t)s->xy);
    return wsi_varint_put(to, (uint64_t)s->xx);
}

/* Its chunks that are not 0, each after 1 + its number; 0 ends them. */
static unsigned char *put_exact(const wsi_exact_sum *sum, unsigned char *to)
{
    *to++ = (unsigned char)sum->special;
    for (int i = 0; i < WSI_EXACT_CHUNKS; i++) {
        if (sum->chunk[i] == 0) continue;
        *to++ = (unsigned char)(i + 1);
        to = wsi_varint_put_signed(to, sum->chunk[i]);
    }
    *to++ = 0;
    return to;
}

static unsigned char *put_channel(const wsi_measure_plan *plan, const wsi_measure_channel *c, unsigned char *to)
{
    if (plan->exact) {
        memcpy(to, &c->least, sizeof c->least);
        memcpy(to + sizeof c->least, &c->most, sizeof c->most);
        to += sizeof c->least + sizeof c->most;
        return put_exact(&c->sums[1], put_exact(&c->sums[0], to));
    }
    to = wsi_varint_put_signed(to, (int64_t)c->least);
    to = wsi_varint_put(to, (uint64_t)(c->most - c->least));
    to = wsi_varint_put_signed(to, (int64_t)c->sum);
    to = wsi_varint_put(to, (uint64_t)(c->squares >> 64));
    return wsi_varint_put(to, (uint64_t)c->squares);
}

/* Rows and gaps, each from where the last run left off. */
static unsigned char *put_runs(const wsi_measure_run *runs, size_t count, unsigned char *to)
{
    int32_t y = 0, x = 0;
    to = wsi_varint_put(to, count);
    for (size_t i = 0; i < count; i++) {
        if (runs[i].y != y) x = 0;
        to = wsi_varint_put(to, (uint64_t)(runs[i].y - y));
        to = wsi_varint_put(to, (uint64_t)(runs[i].x0 - x));
        to = wsi_varint_put(to, (uint64_t)(runs[i].x1 - runs[i].x0));
        y = runs[i].y;
        x = runs[i].x1;
    }
    return to;
}

unsigned char *wsi_measure_code_put(const wsi_measure_plan *plan, const wsi_measure_part *part, unsigned char *to)
{
    const wsi_measure_sums *s = part->sums;
    to = put_counts(&s->counts, wsi_varint_put(to, (uint64_t)s->pixels));
    if (s->pixels == 0) return to;
    to = put_sums(s, to);
    for (int c = 0; c < plan->channels; c++) to = put_channel(plan, &s->channel[c], to);
    if (plan->runs) to = put_runs(part->runs, part->run_count, to);
    if (!plan->median) return to;
    const size_t size = (size_t)s->pixels * wsi_pixfmt_size(plan->intensity);
    memcpy(to, part->samples, size);
    return to + size;
}

/* ---- Reading: adding a part to an object ---- */

static const unsigned char *add_counts(wsi_measure_counts *c, const unsigned char *from)
{
    uint64_t v;
    int64_t euler;
    for (int i = 0; i < 3; i++) {
        from = wsi_varint_get(from, &v);
        c->perimeter[i] += (int64_t)v;
    }
    for (int i = 0; i < 5; i++) {
        from = wsi_varint_get(from, &v);
        c->crofton[i] += (int64_t)v;
    }
    from = wsi_varint_get_signed(from, &euler);
    c->euler += euler;
    from = wsi_varint_get(from, &v);
    c->runs += (int64_t)v;
    return from;
}

/* A part's bounding box. */
typedef struct box {
    int64_t y, x;
} box;

/* Sums over (y + by), (x + bx) from those over y, x. */
static const unsigned char *add_sums(wsi_measure_sums *s, int64_t pixels, box *at, const unsigned char *from)
{
    uint64_t v[9];
    for (int i = 0; i < 9; i++) from = wsi_varint_get(from, &v[i]);
    const int64_t y0 = (int64_t)v[0], x0 = (int64_t)v[1], y1 = y0 + (int64_t)v[2], x1 = x0 + (int64_t)v[3];
    const wsi_int128 n = pixels, by = y0, bx = x0, y = v[4], x = v[5];
    s->y0 = s->pixels ? wsi_min64(s->y0, y0) : y0;
    s->x0 = s->pixels ? wsi_min64(s->x0, x0) : x0;
    s->y1 = wsi_max64(s->y1, y1);
    s->x1 = wsi_max64(s->x1, x1);
    s->y += y + n * by;
    s->x += x + n * bx;
    s->yy += v[6] + 2 * by * y + n * by * by;
    s->xy += v[7] + by * x + bx * y + n * by * bx;
    s->xx += v[8] + 2 * bx * x + n * bx * bx;
    *at = (box){y0, x0};
    return from;
}

static const unsigned char *add_exact(wsi_exact_sum *sum, const unsigned char *from)
{
    wsi_exact_sum part = {{0}, 0, 0};
    part.special = *from++;
    part.pending = WSI_EXACT_PENDING - 1; /* of its chunks nothing is known but that */
    while (*from) {
        const int i = *from++ - 1;
        from = wsi_varint_get_signed(from, &part.chunk[i]);
    }
    wsi_exact_merge(sum, &part);
    return from + 1;
}

static void widen(wsi_measure_channel *c, double least, double most, int first)
{
    c->least = first || least < c->least ? least : c->least;
    c->most = first || most > c->most ? most : c->most;
}

static const unsigned char *add_channel(const wsi_measure_plan *plan, wsi_measure_channel *c, int first,
                                        const unsigned char *from)
{
    double range[2];
    if (plan->exact) {
        memcpy(range, from, sizeof range);
        widen(c, range[0], range[1], first);
        return add_exact(&c->sums[1], add_exact(&c->sums[0], from + sizeof range));
    }
    int64_t least, sum;
    uint64_t most, high, low;
    from = wsi_varint_get_signed(from, &least);
    from = wsi_varint_get(from, &most);
    from = wsi_varint_get_signed(from, &sum);
    from = wsi_varint_get(from, &high);
    from = wsi_varint_get(from, &low);
    widen(c, (double)least, (double)(least + (int64_t)most), first);
    c->sum += sum;
    c->squares += (wsi_int128)high << 64 | low;
    return from;
}

static int by_place(const wsi_measure_run *a, const wsi_measure_run *b)
{
    return a->y != b->y ? a->y < b->y : a->x0 < b->x0;
}

/* Joins runs that touch, from run `from` on. */
static void join_runs(wsi_measure_object *o, size_t from)
{
    wsi_measure_run *runs = (wsi_measure_run *)o->runs.p;
    size_t count = from;
    for (size_t i = from; i < o->run_count; i++) {
        wsi_measure_run *last = count ? &runs[count - 1] : NULL;
        if (last && last->y == runs[i].y && last->x1 == runs[i].x0)
            last->x1 = runs[i].x1;
        else
            runs[count++] = runs[i];
    }
    o->run_count = count;
}

/* Merges two sorted lists that lie one behind the other. Parts come tile by tile, so that only the runs of one row of
 * tiles are moved. */
static wsi_status merge_runs(wsi_measure_object *o, size_t sorted, wsi_error *err)
{
    wsi_measure_run *runs = (wsi_measure_run *)o->runs.p;
    const size_t added = o->run_count - sorted;
    size_t kept = sorted; /* runs before the first one that moves */
    if (sorted > 0 && added > 0 && !by_place(&runs[sorted - 1], &runs[sorted])) {
        WSI_FORWARD(wsi_measure_reserve(&o->merge, added, sizeof *runs, err));
        wsi_measure_run *held = (wsi_measure_run *)o->merge.p;
        memcpy(held, runs + sorted, added * sizeof *runs);
        for (size_t to = o->run_count, b = added; b > 0;)
            runs[--to] = kept > 0 && by_place(&held[b - 1], &runs[kept - 1]) ? runs[--kept] : held[--b];
    }
    join_runs(o, kept);
    return WSI_OK;
}

static const unsigned char *get_run(wsi_measure_run *run, box at, int32_t *y, int32_t *x, const unsigned char *from)
{
    uint64_t v[3];
    for (int i = 0; i < 3; i++) from = wsi_varint_get(from, &v[i]);
    *x = v[0] ? (int32_t)v[1] : *x + (int32_t)v[1];
    *y += (int32_t)v[0];
    run->y = (int32_t)at.y + *y;
    run->x0 = (int32_t)at.x + *x;
    *x += (int32_t)v[2];
    run->x1 = (int32_t)at.x + *x;
    return from;
}

static wsi_status add_runs(wsi_measure_object *o, box at, const unsigned char **from_, wsi_error *err)
{
    uint64_t count;
    const unsigned char *from = wsi_varint_get(*from_, &count);
    const size_t before = o->run_count;
    int32_t y = 0, x = 0;
    WSI_FORWARD(wsi_measure_reserve(&o->runs, before + (size_t)count, sizeof(wsi_measure_run), err));
    wsi_measure_run *runs = (wsi_measure_run *)o->runs.p + before;
    for (uint64_t i = 0; i < count; i++) from = get_run(&runs[i], at, &y, &x, from);
    *from_ = from;
    o->run_count = before + (size_t)count;
    WSI_FORWARD(merge_runs(o, before, err));
    /* What later parts may still join is at the seams of the last row of tiles alone. */
    o->too_many_runs |= o->run_count > (size_t)WSI_MEASURE_RUNS_MAX + 4 * WSI_MEASURE_TILE_MAX;
    if (o->too_many_runs) o->run_count = 0;
    return WSI_OK;
}

static wsi_status add_samples(const wsi_measure_plan *plan, wsi_measure_object *o, int64_t pixels, const void *from,
                              wsi_error *err)
{
    const size_t size = (size_t)pixels * wsi_pixfmt_size(plan->intensity);
    o->too_many_samples |= o->sample_bytes + size > WSI_MEASURE_SAMPLES_MAX;
    if (o->too_many_samples) return WSI_OK;
    WSI_FORWARD(wsi_measure_reserve(&o->samples, o->sample_bytes + size, 1, err));
    memcpy((char *)o->samples.p + o->sample_bytes, from, size);
    o->sample_bytes += size;
    return WSI_OK;
}

wsi_status wsi_measure_object_add(const wsi_measure_plan *plan, wsi_measure_object *o, const void *bytes,
                                  wsi_error *err)
{
    uint64_t pixels;
    box at;
    const unsigned char *from = wsi_varint_get((const unsigned char *)bytes, &pixels);
    from = add_counts(&o->sums.counts, from);
    if (pixels == 0) return WSI_OK;
    from = add_sums(&o->sums, (int64_t)pixels, &at, from);
    for (int c = 0; c < plan->channels; c++) from = add_channel(plan, &o->sums.channel[c], o->sums.pixels == 0, from);
    o->sums.pixels += (int64_t)pixels;
    if (plan->runs) WSI_FORWARD(add_runs(o, at, &from, err));
    return plan->median ? add_samples(plan, o, (int64_t)pixels, from, err) : WSI_OK;
}
