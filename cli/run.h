/* What the two halves of `wsiproc run` share: cmd-run.c prepares and reports, run-slides.c does the slides. */
#ifndef WSI_RUN_H
#define WSI_RUN_H

#include "batch.h"
#include "progress.h"
#include "shard.h"
#include "share.h"

typedef struct wsi_run {
    wsi_job_setup setup;
    wsi_shard shard;
    wsi_inputs inputs; /* of this shard, once it has been taken */
    wsi_batch batch;
    wsi_share *share; /* NULL: nothing is written that could be shared */
    wsi_display *display;
    wsi_trace *trace; /* NULL when not wanted */
    char *summary;    /* path of the summary, NULL without an output folder */
} wsi_run;

/* Sees to every slide of the batch: runs those that nobody else works on, waits for the others. Ends early for a signal
 * and for an output folder that is full or gone. */
void wsi_run_slides(wsi_run *run);

#endif
