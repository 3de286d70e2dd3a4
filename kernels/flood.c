/* Flooding: neighbours of the component's pixels, the heap, and the two orders of labelling. */
#include "flood.h"

#include <string.h>

#include "common/mem.h"

/* Bits of wsi_flood.near. */
enum { UP_LEFT = 1, UP = 2, UP_RIGHT = 4, LEFT = 8, RIGHT = 16, DOWN_LEFT = 32, DOWN = 64, DOWN_RIGHT = 128 };

/* Bits of wsi_flood.seen. */
enum { REACHED = 1, ON_LINE = 2 };

/* How often lines may reach pixels again that have been reached: so many times for each pixel, and so many more. */
enum { AGAIN_EACH = 8, AGAIN_MORE = 1 << 20 };

uint64_t wsi_flood_size(uint64_t pixels)
{
    return pixels * (sizeof(int32_t) + 2 * sizeof(uint32_t) + 2 + sizeof(wsi_flood_item));
}

void wsi_flood_close(wsi_flood *f)
{
    wsi_free(f->x);
    wsi_free(f->up);
    wsi_free(f->down);
    wsi_free(f->near);
    wsi_free(f->seen);
    wsi_free(f->heap);
    *f = (wsi_flood){.connectivity = f->connectivity, .line = f->line};
}

static wsi_status make_room(wsi_flood *f, size_t pixels, wsi_error *err)
{
    if (pixels <= f->room) return WSI_OK;
    wsi_flood_close(f);
    f->x = (int32_t *)wsi_calloc(pixels, sizeof *f->x);
    f->up = (uint32_t *)wsi_calloc(pixels, sizeof *f->up);
    f->down = (uint32_t *)wsi_calloc(pixels, sizeof *f->down);
    f->near = (uint8_t *)wsi_calloc(pixels, 1);
    f->seen = (uint8_t *)wsi_calloc(pixels, 1);
    if (f->x && f->up && f->down && f->near && f->seen) {
        f->room = pixels;
        return WSI_OK;
    }
    wsi_flood_close(f);
    return wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for a component of %zu pixels", pixels);
}

/* Pixels begin .. end - 1 of one row. */
typedef struct row {
    int32_t y;
    uint32_t begin, end;
} row;

/* For each pixel of `own`, where its neighbours in `other` begin and which of the three there are. */
static void link_rows(const wsi_flood *f, const row *own, const row *other, uint32_t *to, int left, int middle,
                      int right)
{
    uint32_t q = other->begin;
    for (uint32_t i = own->begin; i < own->end; i++) {
        const int32_t x = f->x[i];
        int bits = 0;
        while (q < other->end && f->x[q] < x - 1) q++;
        uint32_t k = q;
        if (k < other->end && f->x[k] == x - 1) bits |= left, k++;
        if (k < other->end && f->x[k] == x) bits |= middle, k++;
        if (k < other->end && f->x[k] == x + 1) bits |= right;
        to[i] = q;
        f->near[i] |= (uint8_t)bits;
    }
}

static void link_within(const wsi_flood *f, const row *r)
{
    for (uint32_t i = r->begin; i < r->end; i++) {
        f->near[i] = 0;
        f->seen[i] = 0;
        if (i > r->begin && f->x[i - 1] == f->x[i] - 1) f->near[i] |= LEFT;
        if (i + 1 < r->end && f->x[i + 1] == f->x[i] + 1) f->near[i] |= RIGHT;
    }
}

static void link_pixels(const wsi_flood *f, const wsi_flood_run *runs, int64_t count)
{
    row above = {.y = INT32_MIN};
    for (int64_t r = 0; r < count;) {
        row own = {runs[r].y, above.end, above.end};
        for (; r < count && runs[r].y == own.y; r++)
            for (uint32_t i = 0; i < runs[r].n; i++) f->x[own.end++] = runs[r].x + (int32_t)i;
        link_within(f, &own);
        if (above.end > above.begin && own.y - 1 == above.y) {
            link_rows(f, &own, &above, f->up, UP_LEFT, UP, UP_RIGHT);
            link_rows(f, &above, &own, f->down, DOWN_LEFT, DOWN, DOWN_RIGHT);
        }
        above = own;
    }
}

/* A pixel's neighbours in the order in which they are reached; returns how many. */
static int neighbours(const wsi_flood *f, uint32_t i, uint32_t out[8])
{
    const int near = f->near[i];
    const uint32_t up = f->up[i] + (near & UP_LEFT ? 1 : 0), down = f->down[i] + (near & DOWN_LEFT ? 1 : 0);
    int n = 0;
    if (near & UP) out[n++] = up;
    if (near & LEFT) out[n++] = i - 1;
    if (near & RIGHT) out[n++] = i + 1;
    if (near & DOWN) out[n++] = down;
    if (f->connectivity == 1) return n;
    if (near & UP_LEFT) out[n++] = up - 1;
    if (near & UP_RIGHT) out[n++] = up + (near & UP ? 1 : 0);
    if (near & DOWN_LEFT) out[n++] = down - 1;
    if (near & DOWN_RIGHT) out[n++] = down + (near & DOWN ? 1 : 0);
    return n;
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
static wsi_status reach(wsi_flood *f, uint32_t i, const float *value, const wsi_flood_item *from, wsi_error *err)
{
    const uint64_t own = order_of(value[i]), water = from->key >> 32;
    return push(f, (wsi_flood_item){(own < water ? water : own) << 32 | ++f->age, i, from->source}, err);
}

/* Without lines a pixel gets its label as it is reached. */
static wsi_status flood(wsi_flood *f, const float *value, uint32_t *label, wsi_error *err)
{
    uint32_t beside[8];
    while (f->items > 0) {
        const wsi_flood_item item = pop(f);
        const int n = neighbours(f, item.index, beside);
        for (int k = 0; k < n; k++) {
            if (label[beside[k]]) continue;
            label[beside[k]] = label[item.index];
            WSI_FORWARD(reach(f, beside[k], value, &item, err));
        }
    }
    return WSI_OK;
}

/* 1 when a neighbour has another label: the pixel is on a line from then on. */
static int meets(const wsi_flood *f, const wsi_flood_item *item, const uint32_t *beside, int n, const uint32_t *label)
{
    if (f->seen[item->index] & ON_LINE) return 1;
    for (int k = 0; k < n; k++) {
        const uint32_t other = f->seen[beside[k]] & ON_LINE ? 0 : label[beside[k]];
        if (other == 0 || other == label[item->source]) continue;
        f->seen[item->index] |= ON_LINE;
        return 1;
    }
    return 0;
}

/* What the pixel of an item reaches. Pixels come up in order of level and age, so the first time that one is reached
 * decides what becomes of it: further ones only fill the heap, and matter no longer than there are markers whose order
 * its layout may decide. Lines that reach pixels again and again can double their number with every step: the reference
 * never ends then, and here that has a bound. */
static wsi_status reach_all(wsi_flood *f, const wsi_flood_item *item, const uint32_t *beside, int n, const float *value,
                            const uint32_t *label, int repeated, wsi_error *err)
{
    const int once = f->waiting == 0 || f->again == 0;
    for (int k = 0; k < n; k++) {
        uint8_t *seen = &f->seen[beside[k]];
        if (*seen & ON_LINE || label[beside[k]] || (once && *seen & REACHED)) continue;
        if (repeated && f->again > 0) f->again--;
        *seen |= REACHED;
        WSI_FORWARD(reach(f, beside[k], value, item, err));
    }
    return WSI_OK;
}

/* With lines it gets its label, or none, when its turn comes: by then it may have been reached more than once. */
static wsi_status flood_lines(wsi_flood *f, uint64_t pixels, const float *value, uint32_t *label, wsi_error *err)
{
    uint32_t beside[8];
    f->waiting = f->items;
    f->again = AGAIN_EACH * pixels + AGAIN_MORE;
    while (f->items > 0) {
        const wsi_flood_item item = pop(f);
        if (item.index == item.source)
            f->waiting--;
        else if (label[item.index])
            continue;
        const int n = neighbours(f, item.index, beside), repeated = f->seen[item.index] & ON_LINE;
        if (!meets(f, &item, beside, n, label)) label[item.index] = label[item.source];
        WSI_FORWARD(reach_all(f, &item, beside, n, value, label, repeated, err));
    }
    return WSI_OK;
}

/* The label of all markers, 0 when there are none; *differ = 1 when they have several. */
static uint32_t only_label(const uint32_t *label, uint64_t pixels, int *differ)
{
    uint32_t only = 0;
    *differ = 0;
    for (uint64_t i = 0; i < pixels; i++) {
        if (label[i] == 0 || label[i] == only) continue;
        if (only != 0) *differ = 1;
        only = label[i];
    }
    return only;
}

wsi_status wsi_flood_component(wsi_flood *f, const wsi_flood_run *runs, int64_t run_count, uint64_t pixels,
                               const float *value, uint32_t *label, wsi_error *err)
{
    int differ;
    WSI_RETURN_IF(pixels >= WSI_FLOOD_PIXELS_MAX, WSI_ERR_NO_MEMORY,
                  "a component of the mask has %llu pixels, 2^27 or more", (unsigned long long)pixels);
    const uint32_t only = only_label(label, pixels, &differ);
    if (!differ) {
        for (uint64_t i = 0; i < pixels; i++) label[i] = only;
        return WSI_OK;
    }
    WSI_FORWARD(make_room(f, pixels, err));
    link_pixels(f, runs, run_count);
    f->items = 0;
    f->age = 0;
    for (uint32_t i = 0; i < pixels; i++)
        if (label[i]) WSI_FORWARD(push(f, (wsi_flood_item){(uint64_t)order_of(value[i]) << 32, i, i}, err));
    return f->line ? flood_lines(f, pixels, value, label, err) : flood(f, value, label, err);
}
