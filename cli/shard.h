/* Shards: the part of a batch that one task of an array works on, the same on every node without any talk. */
#ifndef WSI_SHARD_H
#define WSI_SHARD_H

#include "inputs.h"
#include "job-options.h"

typedef struct wsi_shard {
    int64_t index, count; /* 1 to count; count 0: all slides */
    char text[48];        /* "2/8"; empty for all */
} wsi_shard;

enum { WSI_SHARDS_MAX = 1000000 };

/* Reads "i/n", or "auto": the place of this task in its Slurm array (SLURM_ARRAY_TASK_ID, _MIN, _MAX, _STEP, _COUNT).
 * NULL: all slides. Errors: USAGE (no such text; not a task of an array, or of one that is no plain range). */
wsi_status wsi_shard_parse(const char *text, wsi_shard *out, wsi_error *err);

/* Fills costs, one a slide and none 0: those of the manifest when it has one for every slide; else, with `open`, the
 * pixels of the level that is processed, found by opening the slides (headers alone) on several threads, and the size
 * of the file where that fails. Without `open` only synthetic slides are opened. */
void wsi_shard_costs(const wsi_inputs *inputs, const wsi_job_setup *setup, int open, uint64_t *costs);

/* Bytes of a slide's file, at least 1: the cost of one that cannot be opened. */
uint64_t wsi_shard_file_size(const wsi_input *input);

/* Deals slides to shards 1 to count: the costliest first, each to the shard that has least so far, ties by name and by
 * number. So no shard's cost is above the mean by more than one slide. Errors: NO_MEMORY. */
wsi_status wsi_shard_deal(const wsi_inputs *inputs, const uint64_t *costs, int64_t count, int64_t *shard_of,
                          wsi_error *err);

/* Leaves the slides of one shard in the list. costs (of all) is made to fit. */
wsi_status wsi_shard_take(const wsi_shard *shard, wsi_inputs *inputs, uint64_t *costs, wsi_error *err);

#endif
