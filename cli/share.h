/* A run's side of the job folder: which slides it may work on while other runs do so too, and what it tells them.
 *
 * One slide at a time is claimed, worked on and finished. Claiming costs a few calls to the file system; a slide that
 * is up to date and known to be so leaves nothing behind. Not thread-safe but where it says so. */
#ifndef WSI_SHARE_H
#define WSI_SHARE_H

#include <stdatomic.h>

#include "batch.h"
#include "shard.h"

typedef struct wsi_share wsi_share;

typedef enum wsi_claim {
    WSI_CLAIM_OURS = 0,
    WSI_CLAIM_HELD,  /* another run works on it */
    WSI_CLAIM_FAILED /* for another run, since this one began, in the same work: the record was filled in */
} wsi_claim;

/* Makes the job folder where it is missing and enters this run and its batch: all slides, with their costs, before
 * sharding. setup, shard and log are borrowed. Errors: OUTPUT, OUTPUT_FULL, NO_MEMORY. */
wsi_status wsi_share_open(const wsi_job_setup *setup, double lease_seconds, const wsi_shard *shard,
                          const wsi_inputs *inputs, const uint64_t *costs, const wsi_log *log, wsi_share **out,
                          wsi_error *err);

/* Notes what is known of the slides that this run will see to. Before the first claim. Errors: NO_MEMORY. */
wsi_status wsi_share_watch(wsi_share *share, const wsi_batch *batch, wsi_error *err);

/* Tries to take slide i of the batch. Errors: OUTPUT, OUTPUT_FULL, NO_MEMORY. */
wsi_status wsi_share_claim(wsi_share *share, size_t i, wsi_slide_record *record, wsi_claim *claim, wsi_error *err);

/* Of the slide that is claimed: 1 when another run has made it since this one began, so that it need not be made again
 * even with --overwrite. */
int wsi_share_is_made(const wsi_share *share);

/* Of the slide that is claimed: 1 when another run held it and went silent. */
int wsi_share_is_taken_over(const wsi_share *share);

/* For wsi_job_spec.cancel: set by a signal, and when another run has taken the slide over. */
const atomic_int *wsi_share_cancel(const wsi_share *share);

/* Tells, every few seconds, how far the slide is. From the job's thread. */
void wsi_share_progress(wsi_share *share, const wsi_progress *progress);

/* Enters what became of the slide and gives it back. 0 when another run has taken it over before it was done: nothing
 * became of it here. */
int wsi_share_finish(wsi_share *share, const wsi_slide_record *record);

/* Waits a moment for other runs; a signal ends it. */
void wsi_share_wait(wsi_share *share);

/* Who held slide i when it was last looked at, in words. */
const char *wsi_share_holder(const wsi_share *share, size_t i);

/* Enters the run's end with its exit status, 128 + N for a signal. NULL is accepted. */
void wsi_share_close(wsi_share **share, int exit);

#endif
