/* The manifest that `plan` writes: every slide with what is known and estimated of it, for `run` to take. */
#ifndef WSI_PLAN_MANIFEST_H
#define WSI_PLAN_MANIFEST_H

#include <jansson.h>
#include <stdint.h>

#include "inputs.h"
#include "job-options.h"

/* What the manifest says of one slide besides its names. */
typedef struct wsi_planned {
    int level;            /* that is processed; -1: not known */
    uint64_t cost;        /* pixels of that level; bytes of the file where the slide cannot be planned */
    uint64_t memory;      /* bytes, of the pass that needs most */
    double seconds;       /* estimate: decoding and computing on this machine's threads, all passes */
    double bytes;         /* of the results before compression */
    char fingerprint[65]; /* of the slide; empty where it is not known */
    char *error;          /* why it cannot be planned, owned; NULL: it can */
} wsi_planned;

/* From the plan of one slide (wsi_job_plan). */
wsi_planned wsi_planned_of(const json_t *plan);

/* 1 when a file of this name is read back as a table: *.csv or *.tsv. */
int wsi_plan_manifest_is_name(const char *path);

/* Writes the manifest whole: one row a slide, in order. Reading it gives the same slides and the same output names.
 * Errors: OUTPUT, OUTPUT_FULL, NO_MEMORY. */
wsi_status wsi_plan_manifest_write(const char *path, const wsi_inputs *inputs, const wsi_planned *planned,
                                   const wsi_job_options *options, wsi_error *err);

#endif
