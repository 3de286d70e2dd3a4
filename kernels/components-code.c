/* A tile's spans as bytes: for each row their number, then for each span the gap since the last one's end and a code in
 * one number, its length in another, all in base 128, least digits first, the top bit set on all but the last. The code
 * says what the span's pixels become:
 *
 *   CLOSED   what a closed component becomes: a number that has not been used yet, with `number`; with LABELS the value
 *            that follows; else 1
 *   ABOVE    what the first span that it touches in the row above becomes
 *   ITEM     what the item whose index follows becomes
 *   NODE     what the next node becomes
 *
 * CLOSED with `number`, and NODE, begin an item. Spans that are dropped are not there, but for those of nodes: what
 * becomes of these is not known when the tile is encoded. */
#include "components-private.h"

#include <string.h>

enum { CLOSED = 0, ABOVE, ITEM, NODE };

static unsigned char *put(unsigned char *to, uint64_t v)
{
    for (; v >= 128; v >>= 7) *to++ = (unsigned char)(v | 128);
    *to++ = (unsigned char)v;
    return to;
}

static size_t digits(uint64_t v)
{
    size_t n = 1;
    for (; v >= 128; v >>= 7) n++;
    return n;
}

/* Gaps and lengths sum up to w: only every 32nd and 128th pixel can cost another byte. */
size_t wsi_code_bound(const wsi_components_spec *spec, int64_t w, int64_t h)
{
    const int labels = wsi_components_valued(spec);
    const uint64_t spans = (uint64_t)wsi_spans_max(w, labels), long_ones = (uint64_t)w / 16 + 16;
    const size_t extra = labels ? 5 : digits((uint64_t)w * (uint64_t)h);
    return (size_t)h * (digits(spans) + spans * (2 + extra) + long_ones);
}

/* The encoder. Components are met in order, so that the next one to begin tells whether a span begins one. */
typedef struct encoder {
    const wsi_components_spec *spec;
    const wsi_span *spans;
    const uint32_t *of;
    const wsi_component *all;
    wsi_node *nodes;
    uint32_t *starts; /* of this row */
    uint32_t *above, *here;
    uint32_t above_count, here_count;
    uint32_t begun; /* items */
    int number;     /* closed components are items too */
    unsigned char *to;
} encoder;

/* The first kept span of the row above that span i touches has the same component. */
static int same_above(const encoder *e, uint32_t i, uint32_t *j)
{
    const uint32_t reach = e->spec->connectivity == 2;
    const wsi_span s = e->spans[i];
    while (*j < e->above_count && e->spans[e->above[*j]].end + reach <= s.start) ++*j;
    if (*j == e->above_count) return 0;
    const uint32_t k = e->above[*j];
    return e->spans[k].start < s.end + reach && e->of[k] == e->of[i];
}

/* The code of span i, and what follows it in *extra; 1 when something does. */
static int code_of(encoder *e, uint32_t i, uint32_t *j, unsigned *code, uint32_t *extra)
{
    const wsi_component *c = &e->all[e->of[i]];
    const int node = c->node != WSI_NO_COMPONENT;
    const uint32_t item = e->number ? e->of[i] : (uint32_t)c->node;
    const int listed = e->number || node;
    *code = same_above(e, i, j) ? ABOVE : listed && item < e->begun ? ITEM : node ? NODE : CLOSED;
    *extra = *code == ITEM ? item : c->value;
    return *code == ITEM || (*code == CLOSED && e->spec->input == WSI_COMPONENTS_LABELS && !e->number);
}

static void begin_item(encoder *e, uint32_t i, unsigned code)
{
    const wsi_component *c = &e->all[e->of[i]];
    if (code == NODE || (code == CLOSED && e->number)) e->begun++;
    if (!e->number) return;
    if (code == NODE) e->nodes[c->node].before = *e->starts;
    if (code == CLOSED) ++*e->starts;
}

static void put_row(encoder *e, uint32_t first, uint32_t end)
{
    uint32_t j = 0, x = 0;
    e->here_count = 0;
    for (uint32_t i = first; i < end; i++) {
        const wsi_component *c = &e->all[e->of[i]];
        if (c->node != WSI_NO_COMPONENT || wsi_component_stays(e->spec, c->size, c->flags))
            e->here[e->here_count++] = i;
    }
    e->to = put(e->to, e->here_count);
    for (uint32_t k = 0; k < e->here_count; k++) {
        const uint32_t i = e->here[k];
        unsigned code;
        uint32_t extra;
        const int follows = code_of(e, i, &j, &code, &extra);
        e->to = put(e->to, (uint64_t)(e->spans[i].start - x) << 2 | code);
        e->to = put(e->to, e->spans[i].end - e->spans[i].start);
        if (follows) e->to = put(e->to, extra);
        begin_item(e, i, code);
        x = e->spans[i].end;
    }
}

size_t wsi_code_put(const wsi_components_spec *spec, int64_t h, wsi_workspace *ws, wsi_node *nodes, uint32_t *starts,
                    unsigned char *out)
{
    const uint32_t *row = (const uint32_t *)ws->rows.p;
    uint32_t *kept = (uint32_t *)ws->kept.p;
    const size_t half = ws->kept.bytes / sizeof(uint32_t) / 2;
    encoder e = {.spec = spec,
                 .spans = (const wsi_span *)ws->spans.p,
                 .of = (const uint32_t *)ws->of.p,
                 .all = (const wsi_component *)ws->components.p,
                 .nodes = nodes,
                 .above = kept,
                 .here = kept + half,
                 .number = wsi_counts_starts(spec),
                 .to = out};
    for (int64_t y = 0; y < h; y++) {
        if (e.number) e.starts = starts + y;
        put_row(&e, row[y], row[y + 1]);
        uint32_t *const held = e.above;
        e.above = e.here;
        e.above_count = e.here_count;
        e.here = held;
    }
    return (size_t)(e.to - out);
}

/* The decoder. Its bytes are those of the encoder above, from a file that nobody else can write to. */
typedef struct decoder {
    const wsi_components_spec *spec;
    const unsigned char *from;
    wsi_painted *above, *here;
    uint32_t above_count, here_count;
    uint32_t *items, begun; /* what items become */
    const uint32_t *nodes;  /* what nodes become */
    uint32_t next_node;
    uint32_t number; /* of the next component that begins in this row */
} decoder;

static inline uint64_t get(const unsigned char **from)
{
    const unsigned char *p = *from;
    uint64_t v = *p & 127;
    for (int shift = 7; *p++ & 128; shift += 7) v |= (uint64_t)(*p & 127) << shift;
    *from = p;
    return v;
}

static uint32_t closed_value(decoder *d)
{
    if (d->spec->number) return d->items[d->begun++] = d->number++;
    return d->spec->input == WSI_COMPONENTS_LABELS ? (uint32_t)get(&d->from) : 1;
}

/* A node that begins here has the number that is next; one that began elsewhere has another. */
static uint32_t node_value(decoder *d)
{
    const uint32_t value = d->nodes[d->next_node++];
    d->number += value == d->number;
    return d->items[d->begun++] = value;
}

static uint32_t value_of(decoder *d, unsigned code, uint32_t start, uint32_t *j)
{
    const uint32_t reach = d->spec->connectivity == 2;
    switch (code) {
    case CLOSED:
        return closed_value(d);
    case ABOVE:
        while (d->above[*j].end + reach <= start) ++*j;
        return d->above[*j].value;
    case ITEM:
        return d->items[get(&d->from)];
    default:
        return node_value(d);
    }
}

static void get_row(decoder *d)
{
    const uint32_t n = (uint32_t)get(&d->from);
    uint32_t x = 0, j = 0;
    wsi_painted *const held = d->above;
    d->above = d->here;
    d->above_count = d->here_count;
    d->here = held;
    d->here_count = n;
    for (uint32_t i = 0; i < n; i++) {
        const uint64_t head = get(&d->from);
        const uint32_t start = x + (uint32_t)(head >> 2);
        x = start + (uint32_t)get(&d->from);
        d->here[i] = (wsi_painted){start, x, value_of(d, head & 3, start, &j)};
    }
}

/* n bytes of a pattern of eight, most of them few: the last store of each size reaches back over bytes that are there
 * already. Samples of 1, 2, 4 or 8 bytes begin the pattern anew wherever one of them does. */
static inline void fill(char *to, size_t n, uint64_t pattern)
{
    const uint64_t pair[2] = {pattern, pattern};
    if (n >= sizeof pair) {
        for (size_t i = 0; i + sizeof pair <= n; i += sizeof pair) memcpy(to + i, pair, sizeof pair);
        memcpy(to + n - sizeof pair, pair, sizeof pair);
    } else if (n >= 8) {
        memcpy(to, pair, 8);
        memcpy(to + n - 8, pair, 8);
    } else if (n >= 4) {
        memcpy(to, pair, 4);
        memcpy(to + n - 4, pair, 4);
    } else {
        for (size_t i = 0; i < n; i++) to[i] = ((const char *)pair)[i];
    }
}

/* A sample's bytes, again and again. */
static inline uint64_t pattern_of(uint32_t value, size_t sample)
{
    if (sample == 1) return (value & 0xff) * UINT64_C(0x0101010101010101);
    if (sample == 2) return (value & 0xffff) * UINT64_C(0x0001000100010001);
    return value * UINT64_C(0x0000000100000001);
}

static void paint_row(const decoder *d, wsi_rect at, char *row, size_t sample)
{
    const int holes = d->spec->input == WSI_COMPONENTS_HOLES && !d->spec->number;
    memset(row, holes, (size_t)at.w * sample);
    for (uint32_t i = 0; i < d->here_count; i++) {
        const wsi_painted *s = &d->here[i];
        const int64_t start = wsi_max64(s->start - at.x, 0), end = wsi_min64(s->end - at.x, at.w);
        if (s->value && start < end)
            fill(row + (size_t)start * sample, (size_t)(end - start) * sample,
                 pattern_of(holes ? 0 : s->value, sample));
    }
}

wsi_status wsi_code_paint(const wsi_components_spec *spec, wsi_workspace *ws, wsi_rect at, const wsi_image *dst,
                          wsi_error *err)
{
    const unsigned char *record = (const unsigned char *)ws->record.p;
    const wsi_stored_tile *t = (const wsi_stored_tile *)(const void *)record;
    const size_t most = (size_t)wsi_spans_max(t->w, wsi_components_valued(spec));
    const uint32_t *starts = (const uint32_t *)(const void *)(record + sizeof *t);
    WSI_FORWARD(wsi_room_for(&ws->painted, 2 * most, sizeof(wsi_painted), err));
    WSI_FORWARD(wsi_room_for(&ws->items, t->items, sizeof(uint32_t), err));
    decoder d = {.spec = spec,
                 .from = record + wsi_stored_code(spec, t->h, t->nodes),
                 .above = (wsi_painted *)ws->painted.p,
                 .here = (wsi_painted *)ws->painted.p + most,
                 .items = (uint32_t *)ws->items.p,
                 .nodes = (const uint32_t *)(const void *)(record + wsi_stored_values(spec, t->h))};
    const size_t sample = wsi_pixfmt_size(dst->fmt);
    for (int64_t y = 0; y < at.y + at.h; y++) {
        if (wsi_counts_starts(spec)) d.number = starts[y];
        get_row(&d);
        if (y >= at.y) paint_row(&d, at, (char *)wsi_image_row(dst, y - at.y), sample);
    }
    return WSI_OK;
}
