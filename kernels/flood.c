/* Flooding: neighbours of the component's pixels, the heap, and the two orders of labelling. */
#include "flood.h"

#include <string.h>

#include "common/mem.h"

/* The flags of wsi_flood_node.up and .down: neighbours that there are, and what has become of the pixel. */
enum { UP_LEFT = 1, UP = 2, UP_RIGHT = 4, LEFT = 8, REACHED = 16 };
enum { DOWN_LEFT = 1, DOWN = 2, DOWN_RIGHT = 4, RIGHT = 8, ON_LINE = 16, FLAG_BITS = 5 };

/* How often lines may reach pixels again that have been reached: so many times for each pixel, and so many more. */
enum { AGAIN_EACH = 8, AGAIN_MORE = 1 << 20 };

uint64_t wsi_flood_size(uint64_t pixels)
{
    return pixels * (sizeof(wsi_flood_node) + sizeof(wsi_flood_item));
}

void wsi_flood_close(wsi_flood *f)
{
    wsi_free(f->nodes);
    wsi_free(f->x);
    wsi_free(f->heap);
    *f = (wsi_flood){.connectivity = f->connectivity, .line = f->line};
}

/* Pixels of the longest row. */
static size_t longest_row(const wsi_flood_run *runs, int64_t count)
{
    size_t longest = 0, row = 0;
    for (int64_t r = 0; r < count; r++) {
        row = r > 0 && runs[r].y == runs[r - 1].y ? row + runs[r].n : runs[r].n;
        if (row > longest) longest = row;
    }
    return longest;
}

static wsi_status make_room(wsi_flood *f, size_t pixels, size_t x, wsi_error *err)
{
    if (pixels > f->room) {
        wsi_free(f->nodes);
        f->nodes = (wsi_flood_node *)wsi_calloc(pixels, sizeof *f->nodes);
        f->room = f->nodes ? pixels : 0;
    }
    if (x > f->x_room) {
        wsi_free(f->x);
        f->x = (int32_t *)wsi_calloc(x, sizeof *f->x);
        f->x_room = f->x ? x : 0;
    }
    WSI_RETURN_IF(!f->room || !f->x_room, WSI_ERR_NO_MEMORY, "no memory for a component of %zu pixels", pixels);
    return WSI_OK;
}

/* Pixels begin .. end - 1 of one row; x: of each of them. */
typedef struct row {
    int32_t y, *x;
    uint32_t begin, end;
} row;

/* For each pixel of `own`, where its neighbours in `other` begin and which of the three there are. Flags are the same
 * in both directions. */
static void link_rows(wsi_flood *f, const row *own, const row *other, int down)
{
    const uint32_t n = own->end - own->begin, others = other->end - other->begin;
    uint32_t q = 0;
    for (uint32_t i = 0; i < n; i++) {
        const int32_t x = own->x[i];
        uint32_t *to = down ? &f->nodes[own->begin + i].down : &f->nodes[own->begin + i].up, bits = 0;
        while (q < others && other->x[q] < x - 1) q++;
        uint32_t k = q;
        if (k < others && other->x[k] == x - 1) bits |= UP_LEFT, k++;
        if (k < others && other->x[k] == x) bits |= UP, k++;
        if (k < others && other->x[k] == x + 1) bits |= UP_RIGHT;
        *to |= (other->begin + q) << FLAG_BITS | bits;
    }
}

/* Links a row's pixels to those beside them. */
static void link_within(wsi_flood *f, const row *r)
{
    const uint32_t n = r->end - r->begin;
    wsi_flood_node *node = f->nodes + r->begin;
    for (uint32_t i = 0; i < n; i++) {
        node[i].up = i > 0 && r->x[i - 1] == r->x[i] - 1 ? LEFT : 0;
        node[i].down = i + 1 < n && r->x[i + 1] == r->x[i] + 1 ? RIGHT : 0;
    }
}

static void link_pixels(wsi_flood *f)
{
    const wsi_flood_run *runs = f->runs;
    const int64_t count = f->run_count;
    const size_t longest = f->x_room / 2;
    row above = {.y = INT32_MIN, .x = f->x + longest};
    for (int64_t r = 0; r < count;) {
        row own = {runs[r].y, above.x == f->x ? f->x + longest : f->x, above.end, above.end};
        int32_t *x = own.x;
        for (; r < count && runs[r].y == own.y; r++)
            for (uint32_t i = 0; i < runs[r].n; i++) *x++ = runs[r].x + (int32_t)i;
        own.end += (uint32_t)(x - own.x);
        link_within(f, &own);
        if (above.end > above.begin && own.y - 1 == above.y) {
            link_rows(f, &own, &above, 0);
            link_rows(f, &above, &own, 1);
        }
        above = own;
    }
}

wsi_status wsi_flood_begin(wsi_flood *f, const wsi_flood_run *runs, int64_t count, uint64_t pixels, wsi_error *err)
{
    const size_t longest = longest_row(runs, count);
    WSI_RETURN_IF(pixels >= WSI_FLOOD_PIXELS_MAX, WSI_ERR_NO_MEMORY,
                  "a component of the mask has %llu pixels, 2^27 or more", (unsigned long long)pixels);
    WSI_FORWARD(make_room(f, pixels, 2 * longest, err));
    f->runs = runs;
    f->run_count = count;
    f->pixels = (uint32_t)pixels;
    return WSI_OK;
}

/* A pixel's neighbours in the order in which they are reached; returns how many. */
static inline int neighbours(const wsi_flood *f, uint32_t i, uint32_t out[8])
{
    const uint32_t above = f->nodes[i].up, below = f->nodes[i].down;
    const uint32_t up = (above >> FLAG_BITS) + (above & UP_LEFT ? 1 : 0);
    const uint32_t down = (below >> FLAG_BITS) + (below & DOWN_LEFT ? 1 : 0);
    int n = 0;
    if (above & UP) out[n++] = up;
    if (above & LEFT) out[n++] = i - 1;
    if (below & RIGHT) out[n++] = i + 1;
    if (below & DOWN) out[n++] = down;
    if (f->connectivity == 1) return n;
    if (above & UP_LEFT) out[n++] = up - 1;
    if (above & UP_RIGHT) out[n++] = up + (above & UP ? 1 : 0);
    if (below & DOWN_LEFT) out[n++] = down - 1;
    if (below & DOWN_RIGHT) out[n++] = down + (below & DOWN ? 1 : 0);
    return n;
}

/* Asks for what the next turns will look at: the neighbours of the next item's pixel, and the pixels of the two items
 * of which one comes after it. While the current item has its turn they arrive. */
static inline void fetch_next(const wsi_flood *f)
{
    if (f->items < 3) return;
    const wsi_flood_node *next = &f->nodes[f->heap[0].index];
    __builtin_prefetch(&f->nodes[next->up >> FLAG_BITS], 1);
    __builtin_prefetch(&f->nodes[next->down >> FLAG_BITS], 1);
    __builtin_prefetch(&f->nodes[f->heap[1].index], 1);
    __builtin_prefetch(&f->nodes[f->heap[2].index], 1);
}

/* A value as an unsigned integer in the same order; both zeros are one. */
static uint32_t order_of(float value)
{
    union {
        float f;
        uint32_t u;
    } v = {value + 0};
    const uint32_t sign = UINT32_C(1) << 31;
    return v.u & sign ? ~v.u : v.u | sign;
}

static wsi_status push(wsi_flood *f, wsi_flood_item item, wsi_error *err)
{
    if (f->items == f->heap_room) {
        const size_t room = f->heap_room ? 2 * f->heap_room : 256;
        wsi_flood_item *heap = (wsi_flood_item *)wsi_realloc_array(f->heap, room, sizeof *heap);
        WSI_RETURN_IF(!heap, WSI_ERR_NO_MEMORY, "no memory for a heap of %zu pixels", room);
        f->heap = heap;
        f->heap_room = room;
    }
    size_t at = f->items++;
    while (at > 0) {
        const size_t parent = (at - 1) / 2;
        if (item.key >= f->heap[parent].key) break;
        f->heap[at] = f->heap[parent];
        at = parent;
    }
    f->heap[at] = item;
    return WSI_OK;
}

/* The last item takes the first one's place and sinks while a child is less. Items that it passes rise by one; so the
 * path of least children is raised down to its end first, and then, from there, lowered again below the item: most
 * often that is a step or two, as the item came from the end. */
static wsi_flood_item pop(wsi_flood *f)
{
    wsi_flood_item *heap = f->heap;
    const size_t n = --f->items;
    const wsi_flood_item first = heap[0], moved = heap[n];
    size_t at = 0, child = 1;
    for (; child + 1 < n; child = 2 * at + 1) {
        child += heap[child + 1].key < heap[child].key;
        heap[at] = heap[child];
        at = child;
    }
    if (child < n) {
        heap[at] = heap[child];
        at = child;
    }
    while (at > 0 && heap[(at - 1) / 2].key >= moved.key) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = moved;
    return first;
}

/* Pixel i is reached from another: not below the level that the water has there. */
static wsi_status reach(wsi_flood *f, uint32_t i, const wsi_flood_item *from, wsi_error *err)
{
    const uint64_t own = f->nodes[i].level, water = from->key >> 32;
    return push(f, (wsi_flood_item){(own < water ? water : own) << 32 | ++f->age, i, from->source}, err);
}

/* Without lines a pixel gets its label as it is reached. */
static wsi_status flood(wsi_flood *f, wsi_error *err)
{
    uint32_t beside[8];
    while (f->items > 0) {
        const wsi_flood_item item = pop(f);
        const uint32_t label = f->nodes[item.index].label;
        fetch_next(f);
        const int n = neighbours(f, item.index, beside);
        for (int k = 0; k < n; k++) {
            if (f->nodes[beside[k]].label) continue;
            f->nodes[beside[k]].label = label;
            WSI_FORWARD(reach(f, beside[k], &item, err));
        }
    }
    return WSI_OK;
}

/* 1 when a neighbour has another label: the pixel is on a line from then on. */
static int meets(const wsi_flood *f, const wsi_flood_item *item, const uint32_t *beside, int n)
{
    wsi_flood_node *own = &f->nodes[item->index];
    if (own->down & ON_LINE) return 1;
    for (int k = 0; k < n; k++) {
        const wsi_flood_node *there = &f->nodes[beside[k]];
        const uint32_t other = there->down & ON_LINE ? 0 : there->label;
        if (other == 0 || other == f->nodes[item->source].label) continue;
        own->down |= ON_LINE;
        return 1;
    }
    return 0;
}

/* What the pixel of an item reaches. Pixels come up in order of level and age, so the first time that one is reached
 * decides what becomes of it: further ones only fill the heap, and matter no longer than there are markers whose order
 * its layout may decide. Lines that reach pixels again and again can double their number with every step: the reference
 * never ends then, and here that has a bound. */
static wsi_status reach_all(wsi_flood *f, const wsi_flood_item *item, const uint32_t *beside, int n, int repeated,
                            wsi_error *err)
{
    const int once = f->waiting == 0 || f->again == 0;
    for (int k = 0; k < n; k++) {
        wsi_flood_node *there = &f->nodes[beside[k]];
        if (there->down & ON_LINE || there->label || (once && there->up & REACHED)) continue;
        if (repeated && f->again > 0) f->again--;
        there->up |= REACHED;
        WSI_FORWARD(reach(f, beside[k], item, err));
    }
    return WSI_OK;
}

/* With lines it gets its label, or none, when its turn comes: by then it may have been reached more than once. */
static wsi_status flood_lines(wsi_flood *f, wsi_error *err)
{
    uint32_t beside[8];
    f->waiting = f->items;
    f->again = AGAIN_EACH * (uint64_t)f->pixels + AGAIN_MORE;
    while (f->items > 0) {
        const wsi_flood_item item = pop(f);
        wsi_flood_node *own = &f->nodes[item.index];
        fetch_next(f);
        if (item.index == item.source)
            f->waiting--;
        else if (own->label)
            continue;
        const int n = neighbours(f, item.index, beside), repeated = (own->down & ON_LINE) != 0;
        if (!meets(f, &item, beside, n)) own->label = f->nodes[item.source].label;
        WSI_FORWARD(reach_all(f, &item, beside, n, repeated, err));
    }
    return WSI_OK;
}

/* The label of all markers, 0 when there are none; *differ = 1 when they have several. */
static uint32_t only_label(const wsi_flood *f, int *differ)
{
    uint32_t only = 0;
    *differ = 0;
    for (uint32_t i = 0; i < f->pixels; i++) {
        const uint32_t label = f->nodes[i].label;
        if (label == 0 || label == only) continue;
        if (only != 0) *differ = 1;
        only = label;
    }
    return only;
}

void wsi_flood_put_values(wsi_flood *f, uint64_t at, uint64_t n, const float *value)
{
    for (uint64_t i = 0; i < n; i++) f->nodes[at + i].level = order_of(value[i]);
}

void wsi_flood_put_labels(wsi_flood *f, uint64_t at, uint64_t n, const uint32_t *label)
{
    for (uint64_t i = 0; i < n; i++) f->nodes[at + i].label = label[i];
}

void wsi_flood_get_labels(const wsi_flood *f, uint64_t at, uint64_t n, uint32_t *label)
{
    for (uint64_t i = 0; i < n; i++) label[i] = f->nodes[at + i].label;
}

wsi_status wsi_flood_component(wsi_flood *f, wsi_error *err)
{
    int differ;
    const uint32_t only = only_label(f, &differ);
    if (!differ) {
        for (uint32_t i = 0; i < f->pixels; i++) f->nodes[i].label = only;
        return WSI_OK;
    }
    link_pixels(f);
    f->items = 0;
    f->age = 0;
    for (uint32_t i = 0; i < f->pixels; i++)
        if (f->nodes[i].label) WSI_FORWARD(push(f, (wsi_flood_item){(uint64_t)f->nodes[i].level << 32, i, i}, err));
    return f->line ? flood_lines(f, err) : flood(f, err);
}
