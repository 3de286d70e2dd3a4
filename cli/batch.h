/* A batch: the slides of one `run`, what became of each, and the reports made of that. */
#ifndef WSI_BATCH_H
#define WSI_BATCH_H

#include <jansson.h>
#include <stdio.h>

#include "cli.h"
#include "inputs.h"
#include "job-options.h"
#include "scheduler/scheduler.h"

typedef enum wsi_slide_state {
    WSI_SLIDE_DONE = 0,
    WSI_SLIDE_SKIPPED, /* up to date */
    WSI_SLIDE_FAILED,
    WSI_SLIDE_CANCELLED, /* a signal came while it ran */
    WSI_SLIDE_NOT_RUN,   /* the batch ended before its turn */
    WSI_SLIDE_STATES
} wsi_slide_state;

typedef struct wsi_slide_record {
    const wsi_input *input;
    wsi_slide_state state;
    wsi_status code; /* of a failure */
    char *error;     /* one line that starts with the slide, or NULL */
    double seconds;  /* wall time of the slide */
    wsi_job_report report;
} wsi_slide_record;

typedef struct wsi_batch {
    size_t count;
    wsi_slide_record *records; /* in the order of the inputs */
    double seconds;
    wsi_status stopped_by; /* the failure that ended the batch early, or WSI_OK */
} wsi_batch;

typedef struct wsi_batch_totals {
    size_t count[WSI_SLIDE_STATES];
    uint64_t pixels, bytes, bad_tiles;
} wsi_batch_totals;

const char *wsi_slide_state_name(wsi_slide_state state);

/* One record a slide, all NOT_RUN; inputs are borrowed. Errors: NO_MEMORY. */
wsi_status wsi_batch_create(wsi_batch *batch, const wsi_inputs *inputs, wsi_error *err);
void wsi_batch_clear(wsi_batch *batch);
wsi_batch_totals wsi_batch_total(const wsi_batch *batch);

/* Takes the failure of one slide into its record; the text is made to start with the slide's path. */
void wsi_slide_record_fail(wsi_slide_record *record, wsi_status code, const char *message);

/* As it was before the slide's turn. */
void wsi_slide_record_reset(wsi_slide_record *record);

/* What the program ends with: 0 nothing failed; one slide: its own status; several: 3 when some are done, the common
 * status when all failed alike, else 1. A failure that stopped the batch (output folder full or gone) wins. */
wsi_exit wsi_batch_exit(const wsi_batch *batch);

/* The object of one slide in summary.json and in progress events. */
json_t *wsi_slide_record_json(const wsi_slide_record *record);
/* summary.json: what ran, totals, slides. */
json_t *wsi_batch_json(const wsi_batch *batch, const wsi_job_setup *setup);
/* What --stats writes: the slide's object, or {"slides": [...]} for several. */
json_t *wsi_batch_stats_json(const wsi_batch *batch);
/* The table for people. */
void wsi_batch_print(const wsi_batch *batch, FILE *out);

/* Refuses, before anything runs, outputs that two slides (or two results) would write and outputs that are inputs.
 * Errors: USAGE, naming both; those of wsi_job_outputs; NO_MEMORY. */
wsi_status wsi_batch_check_outputs(const wsi_inputs *inputs, const wsi_job_setup *setup, const char *summary,
                                   wsi_error *err);

#endif
