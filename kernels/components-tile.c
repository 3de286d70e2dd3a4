/* One tile's components: spans, joined with those they touch in the row above by union-find in which a parent never
 * comes after its child, so that one pass in raster order numbers components by their first pixels. */
#include "components-private.h"

#include <string.h>

enum { ROWS_AHEAD = 16 /* that room is made for at once */ };

typedef struct tile {
    const wsi_components *c;
    const wsi_image *im;
    wsi_rect at;
    wsi_workspace *ws;
    wsi_span *spans;
    uint32_t *values, *of, *row;
    uint32_t roots; /* spans that are their own parents */
} tile;

/* Row y as bytes that are 0 or not. */
static const uint8_t *truth_row(const tile *t, int64_t y)
{
    const void *row = wsi_image_row(t->im, y);
    const wsi_dtype type = t->im->fmt.type;
    uint8_t *truth = (uint8_t *)t->ws->truth.p;
    if (t->c->spec.input == WSI_COMPONENTS_LEVELS)
        t->c->kernel->levels(truth, row, type, t->at.w, t->c->spec.low, t->c->spec.high);
    else if (wsi_dtype_size(type) == 1)
        return (const uint8_t *)row;
    else
        t->c->kernel->truth(truth, row, type, t->at.w);
    return truth;
}

/* Which spans have a pixel above the high level. */
static void note_high(const tile *t, uint32_t first, uint32_t count)
{
    const uint8_t *levels = (const uint8_t *)t->ws->truth.p;
    for (uint32_t i = first; i < first + count; i++) {
        const wsi_span s = t->spans[i];
        t->values[i] = memchr(levels + s.start, 3, s.end - s.start) ? WSI_COMPONENTS_HIGH : 0;
    }
}

/* Cuts row y into spans from index `first` on; returns how many. */
static uint32_t cut_row(const tile *t, int64_t y, uint32_t first)
{
    const wsi_components_spec *spec = &t->c->spec;
    if (wsi_components_valued(spec))
        return (uint32_t)t->c->kernel->labels(wsi_image_row(t->im, y), t->im->fmt.type, t->at.w, spec->background,
                                              t->spans + first, t->values + first);
    const int holes = spec->input == WSI_COMPONENTS_HOLES;
    const uint32_t n = (uint32_t)t->c->kernel->mask(truth_row(t, y), t->at.w, holes, t->spans + first);
    if (spec->input == WSI_COMPONENTS_LEVELS) note_high(t, first, n);
    return n;
}

/* Span i, whose component is that of the span k above it. */
static void join(tile *t, uint32_t i, uint32_t k)
{
    const uint32_t above = wsi_root_of(t->of, k);
    if (t->of[i] == i) {
        t->of[i] = above;
        t->roots--;
        return;
    }
    const uint32_t mine = wsi_root_of(t->of, i);
    if (mine == above) return;
    t->roots--;
    if (mine < above)
        t->of[above] = mine;
    else
        t->of[mine] = above;
}

/* Joins the spans of row y with those of the row above. */
static void join_row(tile *t, int64_t y)
{
    const uint32_t reach = t->c->spec.connectivity == 2;
    const int labels = t->c->spec.input == WSI_COMPONENTS_LABELS;
    const uint32_t above_end = t->row[y], end = t->row[y + 1];
    uint32_t j = y > 0 ? t->row[y - 1] : above_end;
    for (uint32_t i = above_end; i < end; i++) {
        const wsi_span s = t->spans[i];
        t->of[i] = i;
        t->roots++;
        while (j < above_end && t->spans[j].end + reach <= s.start) j++;
        for (uint32_t k = j; k < above_end && t->spans[k].start < s.end + reach; k++)
            if (!labels || t->values[k] == t->values[i]) join(t, i, k);
    }
}

static wsi_status make_room(tile *t, size_t spans, wsi_error *err)
{
    const int valued = t->c->spec.input >= WSI_COMPONENTS_LEVELS;
    WSI_RETURN_IF(spans >= UINT32_MAX, WSI_ERR_NO_MEMORY, "components: a tile of more than 2^32 spans");
    WSI_FORWARD(wsi_room_for(&t->ws->spans, spans, sizeof(wsi_span), err));
    WSI_FORWARD(wsi_room_for(&t->ws->of, spans, sizeof(uint32_t), err));
    if (valued) WSI_FORWARD(wsi_room_for(&t->ws->values, spans, sizeof(uint32_t), err));
    t->spans = (wsi_span *)t->ws->spans.p;
    t->of = (uint32_t *)t->ws->of.p;
    t->values = (uint32_t *)t->ws->values.p;
    return WSI_OK;
}

/* Spans of one value are one component, wherever they are. ws->items: a table of each value's first span + 1. */
static wsi_status join_values(tile *t, wsi_error *err)
{
    const uint32_t n = t->row[t->at.h];
    uint32_t size = 64;
    while (size < 2 * (uint64_t)n && size < UINT32_C(1) << 31) size *= 2;
    WSI_FORWARD(wsi_room_for(&t->ws->items, size, sizeof(uint32_t), err));
    uint32_t *table = (uint32_t *)t->ws->items.p;
    memset(table, 0, size * sizeof(uint32_t));
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t value = t->values[i];
        uint32_t k = (uint32_t)((value * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (size - 1);
        while (table[k] && t->values[table[k] - 1] != value) k = (k + 1) & (size - 1);
        if (!table[k]) {
            table[k] = i + 1;
            t->roots++;
        }
        t->of[i] = table[k] - 1;
    }
    return WSI_OK;
}

/* Labels are not negative; of signed types the greatest 32-bit values are those. */
static wsi_status refuse_negative(const tile *t, wsi_error *err)
{
    const wsi_dtype type = t->im->fmt.type;
    if (t->c->spec.input != WSI_COMPONENTS_VALUES || type == WSI_U32) return WSI_OK;
    for (uint32_t i = 0; i < t->row[t->at.h]; i++)
        WSI_RETURN_IF(t->values[i] > INT32_MAX, WSI_ERR_INPUT_UNSUPPORTED, "takes labels that are not negative, not %d",
                      (int)(int32_t)t->values[i]);
    return WSI_OK;
}

static wsi_status cut_and_join(tile *t, wsi_error *err)
{
    const wsi_components_spec *spec = &t->c->spec;
    const size_t most = (size_t)wsi_spans_max(t->at.w, wsi_components_valued(spec)) + 1;
    WSI_FORWARD(wsi_room_for(&t->ws->rows, (size_t)t->at.h + 1, sizeof(uint32_t), err));
    WSI_FORWARD(wsi_room_for(&t->ws->truth, (size_t)t->at.w, 1, err));
    WSI_FORWARD(wsi_room_for(&t->ws->kept, 2 * most, sizeof(uint32_t), err));
    t->row = (uint32_t *)t->ws->rows.p;
    t->row[0] = 0;
    size_t room = 0;
    for (int64_t y = 0; y < t->at.h; y++) {
        if (t->row[y] + most > room) {
            room = t->row[y] + ROWS_AHEAD * most;
            WSI_FORWARD(make_room(t, room, err));
        }
        t->row[y + 1] = t->row[y] + cut_row(t, y, t->row[y]);
        if (spec->input != WSI_COMPONENTS_VALUES) join_row(t, y);
    }
    return spec->input == WSI_COMPONENTS_VALUES ? join_values(t, err) : WSI_OK;
}

/* Flags of all of row y, and of the pixels to its left of `left` and from `right` on. */
typedef struct margins {
    int row;
    int64_t left, right;
} margins;

static margins margins_of(const tile *t, int64_t y)
{
    const int64_t m = t->c->spec.margin, at = t->at.y + y;
    const wsi_whole_call *call = t->c->call;
    return (margins){at < m || at >= call->h - m, m - t->at.x, call->w - m - t->at.x};
}

static uint32_t flags_of(const tile *t, uint32_t i, const margins *m)
{
    const wsi_span s = t->spans[i];
    const int margin = m->row || s.start < m->left || s.end > m->right;
    const uint32_t high = t->c->spec.input == WSI_COMPONENTS_LEVELS ? t->values[i] : 0;
    return high | (margin ? WSI_COMPONENTS_MARGIN : 0);
}

/* Span i of row y becomes part of its component, a new one if it is the first. */
static inline wsi_component *gather(tile *t, uint32_t i, uint32_t y, wsi_component *all)
{
    const wsi_span s = t->spans[i];
    if (t->of[i] == i) {
        const uint32_t value = wsi_components_valued(&t->c->spec) ? t->values[i] : 0;
        all[t->ws->count] = (wsi_component){.x = s.start, .y = y, .value = value, .node = WSI_NO_COMPONENT};
        t->of[i] = t->ws->count++;
    } else {
        t->of[i] = t->of[t->of[i]];
    }
    wsi_component *c = &all[t->of[i]];
    c->size += s.end - s.start;
    return c;
}

/* Notes which components touch a seam in row y: with the whole of it, or at its ends. */
static void note_seams(tile *t, int64_t y, wsi_component *all, const wsi_sides *sides)
{
    const uint32_t first = t->row[y], end = t->row[y + 1];
    if (first == end) return;
    if ((y == 0 && sides->top) || (y == t->at.h - 1 && sides->bottom))
        for (uint32_t i = first; i < end; i++) all[t->of[i]].seam = 1;
    if (t->spans[first].start == 0 && sides->left) all[t->of[first]].seam = 1;
    if (t->spans[end - 1].end == (uint32_t)t->at.w && sides->right) all[t->of[end - 1]].seam = 1;
}

/* Parents become components: a span's parent comes before it, so that its component is known. */
static wsi_status gather_all(tile *t, wsi_error *err)
{
    const wsi_sides sides = wsi_sides_of(t->c, t->at);
    const int flagged = t->c->spec.margin > 0 || t->c->spec.input == WSI_COMPONENTS_LEVELS;
    WSI_RETURN_IF(t->roots > INT32_MAX, WSI_ERR_NO_MEMORY, "components: a tile of more than 2^31 components");
    WSI_FORWARD(wsi_room_for(&t->ws->components, t->roots, sizeof(wsi_component), err));
    wsi_component *all = (wsi_component *)t->ws->components.p;
    t->ws->count = 0;
    for (int64_t y = 0; y < t->at.h; y++) {
        const margins m = margins_of(t, y);
        for (uint32_t i = t->row[y]; i < t->row[y + 1]; i++) {
            wsi_component *c = gather(t, i, (uint32_t)y, all);
            if (flagged) c->flags |= flags_of(t, i, &m);
        }
        note_seams(t, y, all, &sides);
    }
    return WSI_OK;
}

wsi_status wsi_components_label(const wsi_components *c, const wsi_image *im, wsi_rect at, wsi_workspace *ws,
                                wsi_error *err)
{
    tile t = {.c = c, .im = im, .at = at, .ws = ws};
    WSI_FORWARD(cut_and_join(&t, err));
    WSI_FORWARD(refuse_negative(&t, err));
    WSI_FORWARD(gather_all(&t, err));
    wsi_component *all = (wsi_component *)ws->components.p;
    ws->nodes = 0;
    for (uint32_t i = 0; i < ws->count; i++)
        if (all[i].seam || c->spec.input == WSI_COMPONENTS_VALUES) all[i].node = (int32_t)ws->nodes++;
    return WSI_OK;
}
