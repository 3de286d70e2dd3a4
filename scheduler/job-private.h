/* A job between its steps: resolved options, names, texts. */
#ifndef WSI_JOB_PRIVATE_H
#define WSI_JOB_PRIVATE_H

#include <jansson.h>

#include "exec.h"
#include "writer/table-sink.h"

/* One output file of a job. */
typedef struct wsi_job_output {
    char *path;                     /* final; owned */
    int table;                      /* step that makes this table, or -1 */
    char *chain;                    /* of a table; owned */
    const wsi_table_format *format; /* of a table; NULL: within the sink of outputs[0] */
    int result_count;
    int results[WSI_JOB_OUTPUTS_MAX]; /* indices into graph->results */
    wsi_result_spec specs[WSI_JOB_OUTPUTS_MAX];
    char *fingerprint, *provenance; /* JSON; owned */
} wsi_job_output;

typedef struct wsi_slide_job {
    wsi_job_spec spec; /* with every default filled in */
    wsi_codec codec;
    wsi_subsampling subsampling;
    wsi_slide *slide;
    const wsi_slide_info *info;
    wsi_graph graph; /* of the whole chain: shapes and results */
    wsi_shape shapes[WSI_STEPS_MAX];
    wsi_plan plan; /* of the pass that wrote the results, or of the last one */
    wsi_gpu_set gpus;
    wsi_team *team, *own_team; /* whose threads work for the job; own_team is owned, NULL: they are the caller's */
    int steps[WSI_JOB_OUTPUTS_MAX], step_count; /* whose images are written, as graph.results */
    int tables[WSI_JOB_OUTPUTS_MAX], table_count;
    int fit_only;                             /* this is a reference slide */
    int within_step;                          /* of spec.within */
    wsi_within *within;                       /* owned; NULL: the whole slide */
    char *scratch;                            /* folder; owned */
    json_t *given, *reference;                /* fits that came with the job */
    double *targets[WSI_STEPS_MAX];           /* of the steps; owned */
    json_t *fits, *passes;                    /* what this job found; statistics */
    wsi_exec_sink sinks[WSI_JOB_OUTPUTS_MAX]; /* open */
    int sink_count;
    int output_count; /* images first, then tables */
    wsi_job_output outputs[WSI_JOB_PATHS_MAX];
} wsi_slide_job;

struct wsi_passes;
struct wsi_pass;

/* job.c */
/* Shapes of all steps that the job needs, on a level. shapes: WSI_STEPS_MAX of them, zeroed. */
wsi_status wsi_job_shapes(const wsi_slide_job *job, int level, wsi_shape *shapes, wsi_error *err);
/* Levels of an output end with the first of at most this many pixels a side. */
int64_t wsi_job_last_edge(const wsi_job_spec *spec);
/* Opens the sinks of the job's images and puts them into in. */
wsi_status wsi_job_open_sinks(wsi_slide_job *job, wsi_exec_input *in, wsi_error *err);
void wsi_job_abort_sinks(wsi_slide_job *job);

/* job-plan.c */
/* The plan of one pass; write: it writes the job's results. */
wsi_status wsi_job_make_plan(wsi_slide_job *job, const wsi_graph *graph, int level, int64_t out_tile, int write,
                             wsi_plan *plan, wsi_error *err);
void wsi_job_close_gpus(wsi_slide_job *job);

/* job-scratch.c */
/* Fills job->scratch. writes_file: the job leaves files at its output_base. */
wsi_status wsi_job_choose_scratch(wsi_slide_job *job, int writes_file, wsi_error *err);
/* Makes that folder where it is the outputs', which scratch files come before; one that was asked for must exist. */
wsi_status wsi_job_make_scratch(const wsi_slide_job *job, wsi_error *err);

/* passes-within.c: computes the mask of spec.within, where there is one. */
wsi_status wsi_job_find_within(wsi_slide_job *job, wsi_error *err);

/* job-tables.c: outputs that are tables. */
wsi_status wsi_job_describe_tables(wsi_slide_job *job, wsi_error *err);
/* Writes them; those within a sink before it is finished. passes have been run. */
wsi_status wsi_job_write_tables(wsi_slide_job *job, const struct wsi_passes *passes, const wsi_exec_stats *stats,
                                uint64_t *bytes, wsi_error *err);
/* Gives them to the job's table_taker, if there is one. */
wsi_status wsi_job_give_tables(const wsi_slide_job *job, const struct wsi_passes *passes, wsi_error *err);
/* Appends the paths of the tables to paths. job has nothing but its spec, steps and tables yet, and is of no use after
 * that. */
wsi_status wsi_job_table_paths(wsi_slide_job *job, char *paths[], int *count, wsi_error *err);
/* Saves the job's fits beside its outputs; *path gets where, NULL when there are none. */
wsi_status wsi_job_save_fits(const wsi_slide_job *job, char **path, wsi_error *err);

/* identity.c: what made an output, as JSON. Free with wsi_free; NULL: no memory.
 * The fingerprint is compared on a rerun; the provenance is for people. Both are free of times, hosts and paths. */
char *wsi_job_fingerprint(const wsi_slide_job *job, const wsi_job_output *output);
char *wsi_job_provenance(const wsi_slide_job *job, const wsi_job_output *output);
/* NULL when both say the same; else what differs, e.g. "chain differs" (wsi_free). */
char *wsi_fingerprint_difference(const char *old_json, const char *new_json);

/* job-json.c */
wsi_status wsi_job_plan_json(wsi_slide_job *job, char **json, wsi_error *err);
char *wsi_job_stats_json(const wsi_slide_job *job, const wsi_exec_stats *stats, uint64_t bytes_written);
/* Adds a pass to the job's statistics. */
wsi_status wsi_job_note_pass(struct wsi_passes *passes, const struct wsi_pass *pass, const wsi_graph *graph,
                             const wsi_plan *plan, const wsi_exec_stats *stats, int wasted, wsi_error *err);
/* JSON array of the filled tiles. */
char *wsi_job_bad_tiles_json(const wsi_slide_job *job, const wsi_exec_stats *stats);
/* Dumps and frees the value; NULL: no memory. */
char *wsi_job_json_text(json_t *value);

#endif
