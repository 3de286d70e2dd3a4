/* A hash table from labels to numbers 0, 1, 2, ... with the counts of each: see measure.h. */
#include <string.h>

#include "common/mem.h"
#include "measure.h"

enum { SLOTS_MIN = 256 };

void wsi_measure_labels_reset(wsi_measure_labels *set)
{
    set->count = 0;
    set->last = UINT32_MAX;
    if (set->slots.p) memset(set->slots.p, 0, ((size_t)set->mask + 1) * sizeof(uint32_t));
}

void wsi_measure_labels_clear(wsi_measure_labels *set)
{
    wsi_free(set->slots.p);
    wsi_free(set->labels.p);
    wsi_free(set->counts.p);
    memset(set, 0, sizeof *set);
}

/* The slot that holds the label, or the free one where it belongs. */
static uint32_t *slot_of(const wsi_measure_labels *set, uint32_t label)
{
    uint32_t *slots = (uint32_t *)set->slots.p;
    const uint32_t *labels = (const uint32_t *)set->labels.p;
    const uint64_t hash = label * UINT64_C(0x9e3779b97f4a7c15);
    for (uint32_t i = (uint32_t)(hash >> 32) & set->mask;; i = (i + 1) & set->mask)
        if (slots[i] == 0 || labels[slots[i] - 1] == label) return &slots[i];
}

/* Makes room for one more: at most half of the slots are taken. */
static int grow(wsi_measure_labels *set)
{
    const size_t count = (size_t)set->count + 1;
    const size_t slots = set->slots.p ? (size_t)set->mask + 1 : 0;
    if (wsi_measure_reserve(&set->labels, count, sizeof(uint32_t), NULL) != WSI_OK ||
        wsi_measure_reserve(&set->counts, count, sizeof(wsi_measure_counts), NULL) != WSI_OK)
        return 0;
    if (2 * count <= slots) return 1;
    const size_t more = slots ? 2 * slots : SLOTS_MIN;
    if (more > UINT32_MAX || wsi_measure_reserve(&set->slots, more, sizeof(uint32_t), NULL) != WSI_OK) return 0;
    set->mask = (uint32_t)(more - 1);
    memset(set->slots.p, 0, more * sizeof(uint32_t));
    for (uint32_t i = 0; i < set->count; i++) *slot_of(set, ((const uint32_t *)set->labels.p)[i]) = i + 1;
    return 1;
}

uint32_t wsi_measure_labels_find(wsi_measure_labels *set, uint32_t label)
{
    if (set->last < set->count && ((const uint32_t *)set->labels.p)[set->last] == label) return set->last;
    if (!set->slots.p && !grow(set)) return UINT32_MAX;
    uint32_t *slot = slot_of(set, label);
    if (*slot == 0) {
        if (!grow(set)) return UINT32_MAX;
        ((uint32_t *)set->labels.p)[set->count] = label;
        memset((wsi_measure_counts *)set->counts.p + set->count, 0, sizeof(wsi_measure_counts));
        *slot_of(set, label) = ++set->count;
        return set->last = set->count - 1;
    }
    return set->last = *slot - 1;
}

wsi_measure_counts *wsi_measure_labels_counts(void *set_, uint32_t label)
{
    wsi_measure_labels *set = (wsi_measure_labels *)set_;
    const uint32_t number = wsi_measure_labels_find(set, label);
    return number == UINT32_MAX ? NULL : (wsi_measure_counts *)set->counts.p + number;
}
