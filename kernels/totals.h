/* How many pixels have each value, for images of any size and any number of values: counts are collected in a table in
 * memory, which goes to the scratch file, sorted, whenever it is full; at the end the sorted parts are merged into one,
 * in which values are looked up block by block. */
#ifndef WSI_TOTALS_H
#define WSI_TOTALS_H

#include "common/scratch.h"

typedef struct wsi_totals wsi_totals;

/* A value and its pixels. */
typedef struct wsi_total {
    uint64_t count;
    uint32_t value, unused;
} wsi_total;

/* memory: bytes that the table may take, about; scratch is borrowed until close. Errors: NO_MEMORY. */
wsi_status wsi_totals_open(wsi_scratch *scratch, uint64_t memory, wsi_totals **out, wsi_error *err);
/* `count` more pixels of that value. One thread. Errors: OUTPUT, OUTPUT_FULL. */
wsi_status wsi_totals_add(wsi_totals *totals, uint32_t value, uint64_t count, wsi_error *err);
/* After the last add. Errors: NO_MEMORY, OUTPUT, OUTPUT_FULL. */
wsi_status wsi_totals_finish(wsi_totals *totals, wsi_error *err);
/* Different values. After finish. */
uint64_t wsi_totals_values(const wsi_totals *totals);
/* Total of a value that was added, and its place among all in ascending order, from 0. After finish; one thread; quick
 * when values come in ascending order. Errors: OUTPUT; INTERNAL for a value that was never added. */
wsi_status wsi_totals_find(wsi_totals *totals, uint32_t value, uint64_t *count, uint64_t *place, wsi_error *err);
void wsi_totals_close(wsi_totals **totals);

#endif
