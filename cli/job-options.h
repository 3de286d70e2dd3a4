/* The options that `run` and `plan` share, and their translation into what the scheduler takes. */
#ifndef WSI_JOB_OPTIONS_H
#define WSI_JOB_OPTIONS_H

#include "inputs.h"
#include "options.h"
#include "scheduler/scheduler.h"

typedef enum wsi_progress_mode {
    WSI_PROGRESS_AUTO = 0,
    WSI_PROGRESS_BAR,
    WSI_PROGRESS_PLAIN,
    WSI_PROGRESS_JSON,
    WSI_PROGRESS_NONE
} wsi_progress_mode;

/* Filled by the option tables. Strings are borrowed from argv or the environment. */
typedef struct wsi_job_options {
    const char *chain, *chain_file, *write;
    int64_t level;
    double mpp, mpp_override;
    int fill_bad_tiles; /* 0 fail, 1 fill */

    const char *output;
    int format;      /* index among wsi_writers() */
    int compression; /* wsi_codec or -1 */
    int64_t compression_level, quality;
    int subsampling; /* wsi_subsampling or -1 */
    int64_t out_tile;
    int bigtiff, overwrite;
    const char *shard;

    const char *within, *params, *reference, *table_format;
    int geojson_type; /* wsi_object_type */
    const char *device, *host_steps, *scratch;
    int keep;    /* wsi_keep */
    int decoder; /* wsi_decoder */
    int cpu;     /* wsi_isa or -1 */
    int64_t threads, tile, streams;
    uint64_t memory, device_memory;

    int progress;  /* wsi_progress_mode */
    int log_level; /* wsi_log_level */
    const char *stats, *trace;
} wsi_job_options;

extern const wsi_option_table wsi_job_option_table;

/* What holds for every slide of a command. */
typedef struct wsi_job_setup {
    const wsi_job_options *options;
    const wsi_writer *writer;
    wsi_chain *chain;         /* owned */
    char *params, *reference; /* JSON of fits, owned; NULL = none */
    wsi_isa isa;
    int threads;      /* as wanted, within what this process was given; 0 = the default */
    uint64_t memory;  /* likewise */
    int device_count; /* GPUs to use, 0 = the CPU alone */
    int devices[WSI_DEVICES_MAX];
} wsi_job_setup;

/* Fits the reference slide where one was given; the log may be NULL. Before the first job. Errors: those of the slide.
 */
wsi_status wsi_job_setup_reference(wsi_job_setup *setup, const wsi_log *log, wsi_error *err);

/* Checks the options against each other, reads and parses the chain, finds the GPUs; log (may be NULL) is told why
 * there are none. Errors: USAGE, CHAIN, DEVICE (a GPU is demanded and there is none), OUTPUT (scratch), NO_MEMORY.
 * setup must be cleared by wsi_job_setup_clear, also after an error. */
wsi_status wsi_job_setup_make(const wsi_job_options *options, const wsi_arguments *args, const wsi_log *log,
                              wsi_job_setup *setup, wsi_error *err);
void wsi_job_setup_clear(wsi_job_setup *setup);

/* The job of one input; output_base is borrowed (NULL: writes nothing). */
wsi_job_spec wsi_job_setup_spec(const wsi_job_setup *setup, const wsi_input *input, const char *output_base);

/* DIR/BASE, freed by the caller with wsi_free; *out stays NULL for a writer without files. */
wsi_status wsi_job_setup_output_base(const wsi_job_setup *setup, const wsi_input *input, char **out, wsi_error *err);

#endif
