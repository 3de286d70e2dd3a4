/* CPython's sets (3.8 and later, 64 bits): hash of a tuple, growth, and where a member lies when its place is taken. */
#include "pair-order.h"

#include <stdlib.h>

#include "common/mem.h"

enum { LEAST_SIZE = 8, NEIGHBOURS = 9, SHIFT = 5 };

/* Of a tuple of two whole numbers, mixed as xxHash does. */
static uint64_t hash_of(int64_t i, int64_t j)
{
    const uint64_t one = UINT64_C(11400714785074694791), two = UINT64_C(14029467366897019727);
    const uint64_t five = UINT64_C(2870177450012600261), lanes[2] = {(uint64_t)i, (uint64_t)j};
    uint64_t sum = five;
    for (int k = 0; k < 2; k++) {
        sum += lanes[k] * two;
        sum = (sum << 31 | sum >> 33) * one;
    }
    sum += 2 ^ (five ^ UINT64_C(3527539));
    return sum == UINT64_MAX ? 1546275796 : sum;
}

/* The table grows when three fifths of it are taken. */
static int is_full(uint64_t members, uint64_t mask)
{
    return members * 5 >= mask * 3;
}

static uint64_t grown(uint64_t members)
{
    const uint64_t wished = members > 50000 ? members * 2 : members * 4;
    uint64_t size = LEAST_SIZE;
    while (size <= wished) size *= 2;
    return size - 1;
}

uint64_t wsi_pairs_mask(uint64_t count)
{
    uint64_t mask = LEAST_SIZE - 1;
    for (;;) {
        const uint64_t full = (mask * 3 + 4) / 5;
        if (count < full) return mask;
        mask = grown(full);
    }
}

uint64_t wsi_pair_wants(int64_t i, int64_t j, uint64_t mask)
{
    return hash_of(i, j) & mask;
}

/* table: indices of members plus one, 0 = free. Where its place is taken a member takes one of the next, unless they
 * reach beyond the table, and then goes on elsewhere. */
static void put(uint32_t *table, uint64_t mask, const wsi_pair *pairs, uint32_t member)
{
    const uint64_t hash = hash_of(pairs[member].i, pairs[member].j);
    uint64_t at = hash & mask, rest = hash;
    for (;;) {
        const uint64_t end = at + (at + NEIGHBOURS <= mask ? NEIGHBOURS : 0);
        for (uint64_t k = at; k <= end; k++)
            if (!table[k]) {
                table[k] = member + 1;
                return;
            }
        rest >>= SHIFT;
        at = (at * 5 + 1 + rest) & mask;
    }
}

/* Members go to a larger table in the order in which they lie. */
static wsi_status grow(uint32_t **table, uint64_t *mask, const wsi_pair *pairs, uint64_t members, wsi_error *err)
{
    const uint64_t larger = grown(members);
    uint32_t *to = (uint32_t *)wsi_calloc(larger + 1, sizeof *to);
    WSI_RETURN_IF(!to, WSI_ERR_NO_MEMORY, "no memory for the order of %llu pairs", (unsigned long long)members);
    for (uint64_t k = 0; k <= *mask; k++)
        if ((*table)[k]) put(to, larger, pairs, (*table)[k] - 1);
    wsi_free(*table);
    *table = to;
    *mask = larger;
    return WSI_OK;
}

static int in_order(const void *a_, const void *b_)
{
    const wsi_pair *a = (const wsi_pair *)a_, *b = (const wsi_pair *)b_;
    if (a->place != b->place) return a->place < b->place ? -1 : 1;
    return a->i != b->i ? (a->i > b->i) - (a->i < b->i) : (a->j > b->j) - (a->j < b->j);
}

void wsi_pairs_sort(wsi_pair *pairs, size_t count)
{
    if (count) qsort(pairs, count, sizeof *pairs, in_order);
}

wsi_status wsi_pairs_order(wsi_pair *pairs, size_t count, wsi_error *err)
{
    uint64_t mask = LEAST_SIZE - 1;
    uint32_t *table = (uint32_t *)wsi_calloc(LEAST_SIZE, sizeof *table);
    WSI_RETURN_IF(!table, WSI_ERR_NO_MEMORY, "no memory for the order of %zu pairs", count);
    for (size_t n = 0; n < count; n++) pairs[n].place = 0;
    wsi_pairs_sort(pairs, count);
    wsi_status status = WSI_OK;
    for (size_t n = 0; n < count && status == WSI_OK; n++) {
        put(table, mask, pairs, (uint32_t)n);
        if (is_full(n + 1, mask)) status = grow(&table, &mask, pairs, n + 1, err);
    }
    for (uint64_t k = 0; k <= mask && status == WSI_OK; k++)
        if (table[k]) pairs[table[k] - 1].place = k;
    if (status == WSI_OK) wsi_pairs_sort(pairs, count);
    wsi_free(table);
    return status;
}
