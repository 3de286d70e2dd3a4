/* Totals of values; see totals.h. The table is open-addressed; blocks of the merged totals are found by the first value
 * of each, which stay in memory: a value in 1024. */
#include "totals.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

enum { BLOCK = 1024, TABLE_LEAST = 1 << 12, PARTS_MAX = 1 << 16 };

/* Sorted totals in the scratch file, and where a merge has come to. */
typedef struct part {
    uint64_t at, count, done;
    wsi_total *block; /* BLOCK of them */
} part;

struct wsi_totals {
    wsi_scratch *scratch;
    wsi_total *table; /* count 0: free */
    size_t size, used, most;
    part *parts;
    size_t part_count;
    uint64_t at, values; /* of the merged totals */
    uint32_t *firsts;    /* of each block */
    size_t blocks, firsts_room;
    wsi_total *block; /* the one looked at */
    size_t block_number;
};

static size_t power_below(uint64_t n)
{
    size_t power = TABLE_LEAST;
    while (power * 2 <= n && power < (size_t)1 << 31) power *= 2;
    return power;
}

wsi_status wsi_totals_open(wsi_scratch *scratch, uint64_t memory, wsi_totals **out, wsi_error *err)
{
    wsi_totals *t = (wsi_totals *)wsi_calloc(1, sizeof *t);
    WSI_RETURN_IF(!t, WSI_ERR_NO_MEMORY, "no memory for totals");
    *out = t;
    t->scratch = scratch;
    t->size = TABLE_LEAST;
    t->most = power_below(memory / sizeof(wsi_total));
    t->table = (wsi_total *)wsi_calloc(t->size, sizeof *t->table);
    t->block = (wsi_total *)wsi_calloc(BLOCK, sizeof *t->block);
    WSI_RETURN_IF(!t->table || !t->block, WSI_ERR_NO_MEMORY, "no memory for totals");
    t->block_number = SIZE_MAX;
    return WSI_OK;
}

static void close_parts(wsi_totals *t)
{
    for (size_t i = 0; i < t->part_count; i++) wsi_free(t->parts[i].block);
    wsi_free(t->parts);
    t->parts = NULL;
    t->part_count = 0;
}

void wsi_totals_close(wsi_totals **totals)
{
    wsi_totals *t = *totals;
    *totals = NULL;
    if (!t) return;
    close_parts(t);
    wsi_free(t->table);
    wsi_free(t->firsts);
    wsi_free(t->block);
    wsi_free(t);
}

static wsi_total *slot_of(wsi_total *table, size_t size, uint32_t value)
{
    size_t i = (size_t)((value * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (size - 1);
    while (table[i].count && table[i].value != value) i = (i + 1) & (size - 1);
    return &table[i];
}

static int by_value(const void *a, const void *b)
{
    const uint32_t x = ((const wsi_total *)a)->value, y = ((const wsi_total *)b)->value;
    return (x > y) - (x < y);
}

/* Sorts the table into a part of the file and empties it. */
static wsi_status spill(wsi_totals *t, wsi_error *err)
{
    size_t n = 0;
    for (size_t i = 0; i < t->size; i++)
        if (t->table[i].count) t->table[n++] = t->table[i];
    qsort(t->table, n, sizeof *t->table, by_value);
    WSI_RETURN_IF(t->part_count == PARTS_MAX, WSI_ERR_NO_MEMORY, "too little memory for so many values");
    part *parts = (part *)wsi_realloc_array(t->parts, t->part_count + 1, sizeof *parts);
    WSI_RETURN_IF(!parts, WSI_ERR_NO_MEMORY, "no memory for totals");
    t->parts = parts;
    part *p = &parts[t->part_count];
    *p = (part){.count = n};
    WSI_FORWARD(wsi_scratch_append(t->scratch, t->table, n * sizeof *t->table, &p->at, err));
    t->part_count++;
    memset(t->table, 0, t->size * sizeof *t->table);
    t->used = 0;
    return WSI_OK;
}

/* A table of twice the size. */
static wsi_status widen(wsi_totals *t, wsi_error *err)
{
    wsi_total *table = (wsi_total *)wsi_calloc(2 * t->size, sizeof *table);
    WSI_RETURN_IF(!table, WSI_ERR_NO_MEMORY, "no memory for totals");
    for (size_t i = 0; i < t->size; i++)
        if (t->table[i].count) *slot_of(table, 2 * t->size, t->table[i].value) = t->table[i];
    wsi_free(t->table);
    t->table = table;
    t->size *= 2;
    return WSI_OK;
}

wsi_status wsi_totals_add(wsi_totals *t, uint32_t value, uint64_t count, wsi_error *err)
{
    wsi_total *slot = slot_of(t->table, t->size, value);
    if (!slot->count) {
        if (2 * (t->used + 1) > t->size) {
            WSI_FORWARD(2 * t->size <= t->most ? widen(t, err) : spill(t, err));
            slot = slot_of(t->table, t->size, value);
        }
        t->used++;
        slot->value = value;
    }
    slot->count += count;
    return WSI_OK;
}

/* The part's next total, or NULL at its end. */
static wsi_status head(wsi_totals *t, part *p, const wsi_total **out, wsi_error *err)
{
    *out = NULL;
    if (p->done == p->count) return WSI_OK;
    if (p->done % BLOCK == 0) {
        const uint64_t n = p->count - p->done < BLOCK ? p->count - p->done : BLOCK;
        if (!p->block) p->block = (wsi_total *)wsi_calloc(BLOCK, sizeof *p->block);
        WSI_RETURN_IF(!p->block, WSI_ERR_NO_MEMORY, "no memory for totals");
        WSI_FORWARD(
            wsi_scratch_read(t->scratch, p->at + p->done * sizeof(wsi_total), p->block, n * sizeof(wsi_total), err));
    }
    *out = &p->block[p->done % BLOCK];
    return WSI_OK;
}

/* Writes a block of merged totals and remembers its first value. */
static wsi_status put_block(wsi_totals *t, size_t n, wsi_error *err)
{
    uint64_t at;
    if (n == 0) return WSI_OK;
    if (t->blocks == t->firsts_room) {
        uint32_t *firsts = (uint32_t *)wsi_realloc_array(t->firsts, 2 * t->blocks + 64, sizeof *firsts);
        WSI_RETURN_IF(!firsts, WSI_ERR_NO_MEMORY, "no memory for totals");
        t->firsts = firsts;
        t->firsts_room = 2 * t->blocks + 64;
    }
    t->firsts[t->blocks] = t->block[0].value;
    WSI_FORWARD(wsi_scratch_append(t->scratch, t->block, BLOCK * sizeof *t->block, &at, err));
    if (t->blocks++ == 0) t->at = at;
    return WSI_OK;
}

/* Takes the least value's totals from all parts; *some: 0 at the end. */
static wsi_status take_least(wsi_totals *t, wsi_total *out, int *some, wsi_error *err)
{
    const wsi_total *first;
    *some = 0;
    for (size_t i = 0; i < t->part_count; i++) {
        WSI_FORWARD(head(t, &t->parts[i], &first, err));
        if (!first || (*some && first->value >= out->value)) continue;
        *out = (wsi_total){0, first->value, 0};
        *some = 1;
    }
    for (size_t i = 0; i < t->part_count && *some; i++) {
        part *p = &t->parts[i];
        if (p->done == p->count || p->block[p->done % BLOCK].value != out->value) continue;
        out->count += p->block[p->done++ % BLOCK].count;
    }
    return WSI_OK;
}

wsi_status wsi_totals_finish(wsi_totals *t, wsi_error *err)
{
    int some = 1;
    size_t n = 0;
    WSI_FORWARD(spill(t, err));
    wsi_free(t->table);
    t->table = NULL;
    for (;;) {
        WSI_FORWARD(take_least(t, &t->block[n], &some, err));
        if (!some) break;
        t->values++;
        if (++n < BLOCK) continue;
        WSI_FORWARD(put_block(t, n, err));
        n = 0;
    }
    WSI_FORWARD(put_block(t, n, err));
    close_parts(t);
    return WSI_OK;
}

uint64_t wsi_totals_values(const wsi_totals *t)
{
    return t->values;
}

/* The block that has the value, if any has. */
static size_t block_of(const wsi_totals *t, uint32_t value)
{
    size_t low = 0, high = t->blocks;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (t->firsts[middle] <= value)
            low = middle;
        else
            high = middle;
    }
    return low;
}

wsi_status wsi_totals_find(wsi_totals *t, uint32_t value, uint64_t *count, uint64_t *place, wsi_error *err)
{
    const size_t number = block_of(t, value);
    const uint64_t before = (uint64_t)number * BLOCK;
    WSI_RETURN_IF(t->values == 0, WSI_ERR_INTERNAL, "totals: there is no value");
    const size_t n = t->values - before < BLOCK ? (size_t)(t->values - before) : BLOCK;
    if (number != t->block_number) {
        t->block_number = SIZE_MAX;
        WSI_FORWARD(
            wsi_scratch_read(t->scratch, t->at + before * sizeof(wsi_total), t->block, sizeof(wsi_total) * BLOCK, err));
        t->block_number = number;
    }
    const wsi_total key = {.value = value};
    const wsi_total *hit = (const wsi_total *)bsearch(&key, t->block, n, sizeof key, by_value);
    WSI_RETURN_IF(!hit, WSI_ERR_INTERNAL, "totals: value %u was never added", value);
    *count = hit->count;
    *place = before + (uint64_t)(hit - t->block);
    return WSI_OK;
}
