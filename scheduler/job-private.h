/* A job between its steps: resolved options, names, texts. */
#ifndef WSI_JOB_PRIVATE_H
#define WSI_JOB_PRIVATE_H

#include <jansson.h>

#include "exec.h"

/* One output file of a job. */
typedef struct wsi_job_output {
    char *path; /* final; owned */
    int result_count;
    int results[WSI_JOB_OUTPUTS_MAX]; /* indices into graph->results */
    wsi_result_spec specs[WSI_JOB_OUTPUTS_MAX];
    char *fingerprint, *provenance; /* JSON; owned */
} wsi_job_output;

typedef struct wsi_job {
    wsi_job_spec spec; /* with every default filled in */
    wsi_codec codec;
    wsi_subsampling subsampling;
    wsi_slide *slide;
    const wsi_slide_info *info;
    wsi_graph graph;
    wsi_plan plan;
    wsi_gpu_set gpus;
    int output_count;
    wsi_job_output outputs[WSI_JOB_OUTPUTS_MAX];
} wsi_job;

/* identity.c: what made an output, as JSON. Free with wsi_free; NULL: no memory.
 * The fingerprint is compared on a rerun; the provenance is for people. Both are free of times, hosts and paths. */
char *wsi_job_fingerprint(const wsi_job *job, const wsi_job_output *output);
char *wsi_job_provenance(const wsi_job *job, const wsi_job_output *output);
/* NULL when both say the same; else what differs, e.g. "chain differs" (wsi_free). */
char *wsi_fingerprint_difference(const char *old_json, const char *new_json);

/* job-json.c */
char *wsi_job_plan_json(const wsi_job *job);
char *wsi_job_stats_json(const wsi_job *job, const wsi_exec_stats *stats, uint64_t bytes_written);
/* JSON array of the filled tiles. */
char *wsi_job_bad_tiles_json(const wsi_job *job, const wsi_exec_stats *stats);
/* Dumps and frees the value; NULL: no memory. */
char *wsi_job_json_text(json_t *value);

#endif
