/* Planning and running: the only folder that sees readers, tiler, kernels and writers together.
 *
 * Chains and progress are what the public headers say. A job is one slide through one chain into one or more outputs.
 */
#ifndef WSI_SCHEDULER_H
#define WSI_SCHEDULER_H

#include <stdatomic.h>
#include <stdint.h>

#include <wsiproc/job.h>

#include "common/cpu.h"
#include "common/error-private.h"
#include "common/log.h"
#include "common/pool.h"
#include "common/table.h"
#include "common/team.h"
#include "common/trace.h"
#include "kernels/op.h"
#include "reader/reader.h"
#include "writer/table-sink.h"
#include "writer/writer.h"

/* ---- Jobs ---- */

/* Who decodes a slide's tiles when GPUs are used. */
typedef enum wsi_decoder {
    WSI_DECODER_AUTO = 0, /* both, as they are free, where the GPU decodes this kind of tile */
    WSI_DECODER_CPU,
    WSI_DECODER_GPU /* an error where the GPU does not decode this kind of tile */
} wsi_decoder;

enum { WSI_DEVICES_MAX = 16 };

/* What passes have in common: kept in a scratch file, or computed again. */
typedef enum wsi_keep { WSI_KEEP_AUTO = 0, WSI_KEEP_NEVER, WSI_KEEP_ALWAYS } wsi_keep;

/* Somebody who takes tables beside files, or instead of them. */
typedef struct wsi_table_taker {
    void *user;
    int shapes; /* 1: outlines too; otherwise they may be empty */
    /* Some rows of table `name`: the job's own thread, in order; of a table without rows once, with rows->count 0. */
    wsi_status (*take)(void *user, const char *name, const wsi_column *columns, int column_count, const wsi_rows *rows,
                       wsi_error *err);
} wsi_table_taker;

typedef struct wsi_job_spec {
    const char *input;       /* slide path or synthetic:...; with slide it may be NULL */
    wsi_slide *slide;        /* open already: read instead of opening input, and left open; NULL: input is opened */
    const char *output_base; /* outputs are output_base.h5, output_base.NAME.tif, ...; NULL with writer "null" */
    const wsi_chain *chain;
    const char *write; /* comma-separated result names; NULL or "" = the last step */
    const wsi_writer *writer;
    int codec;        /* wsi_codec, or -1 = the writer's default */
    int codec_level;  /* 0 = default */
    int quality;      /* JPEG; 0 = 90 */
    int subsampling;  /* wsi_subsampling, or -1 = the writer's from quality 90 up, 4:2:0 below */
    int64_t out_tile; /* 0 = the writer's default */
    int force_bigtiff;
    int level;           /* level of the slide that is processed; default 0 */
    double mpp;          /* > 0: the level whose mpp is within 5 % of it (error when there is none) */
    double mpp_override; /* > 0: the slide's mpp, whatever the file says */
    int64_t tile;        /* work tile edge; 0 = chosen from cache, halo and memory */
    int threads;         /* 0 = as many as the team has, or wsi_default_threads() */
    wsi_team *team;      /* threads shared with other jobs, of which it takes `threads` at a time; NULL: its own */
    uint64_t memory;     /* byte budget; 0 = wsi_default_memory() */
    wsi_isa isa;         /* best instruction set that may be used */
    int device_count;    /* GPUs to use; 0 = the CPU alone */
    int devices[WSI_DEVICES_MAX];
    int devices_optional;   /* 1: where they cannot be used after all the CPU does it, and log says why */
    uint64_t device_memory; /* byte budget of each GPU; 0 = a share of what is free there */
    int streams;            /* work tiles in flight on each GPU; 0 = chosen */
    wsi_decoder decoder;
    const char *scratch; /* folder for what passes keep; NULL: that of the outputs, or the system's */
    wsi_keep keep;
    const char *within;          /* step whose mask says where the slide is worked on; NULL: everywhere */
    const char *params;          /* JSON of fits that are used instead of fitting; NULL = none */
    const char *reference;       /* JSON of the reference slide's fits; NULL = none */
    const char *table_formats;   /* of tables, comma-separated; NULL = csv */
    wsi_object_type object_type; /* of shapes in GeoJSON */
    const char *host_steps;      /* operations that stay on the CPU even so, comma-separated; NULL = none */
    wsi_trace *trace;            /* may be NULL; gets every stage's intervals */
    int fill_bad_tiles;          /* 1: --on-bad-tile fill */
    const char *fingerprint;     /* the slide must still have this one, else INPUT_CORRUPT; NULL = any */
    int overwrite;               /* 1: never skip */
    wsi_progress_fn progress;    /* may be NULL */
    void *progress_user;
    const atomic_int *cancel; /* may be NULL; non-zero: stop taking tiles, remove partial outputs, CANCELLED */
    const wsi_log *log;       /* may be NULL */
    const wsi_taker *taker;   /* gets the images' tiles too, each once; NULL: nobody does. Such a job never skips */
    const wsi_table_taker *table_taker; /* gets the tables too; likewise */
} wsi_job_spec;

enum { WSI_JOB_OUTPUTS_MAX = 32, WSI_JOB_PATHS_MAX = 2 * WSI_JOB_OUTPUTS_MAX /* images and tables */ };

typedef struct wsi_job_report {
    wsi_job_outcome outcome;
    int output_count;
    char *outputs[WSI_JOB_PATHS_MAX]; /* final paths */
    char *redone;                     /* NULL, or why an existing output was redone: "chain differs", ... */
    char *params_path;                /* where the fits were saved; NULL: there are none */
    char *stats_json;                 /* the object of --stats (NULL when skipped) */
    uint64_t pixels;                  /* level-0 pixels processed */
    uint64_t bytes_written;
    uint64_t bad_tiles; /* filled */
    double seconds;
} wsi_job_report;

/* Runs a job to its end, on its own threads or those of spec->team, of which the calling one must be none. Outputs
 * appear whole under their final names or not at all. report must be zeroed by the caller and cleared afterwards, also
 * after an error. Any thread; several jobs may run at once. */
wsi_status wsi_job_execute(const wsi_job_spec *spec, wsi_job_report *report, wsi_error *err);
void wsi_job_report_clear(wsi_job_report *report);

/* Whether a text is a file of fits, as wsi_job_spec.params and reference take it. Errors: USAGE. */
wsi_status wsi_job_check_params(const char *json, wsi_error *err);

/* Fits the steps of a chain that take a reference, on this slide, for wsi_job_spec.reference of other jobs: *json is
 * freed with wsi_free. Writes nothing. Errors: as wsi_job_execute; CHAIN when no step takes one. */
wsi_status wsi_job_fit_reference(const wsi_job_spec *spec, char **json, wsi_error *err);

/* What wsi_job_execute would do, as a JSON object the caller frees with wsi_free: slide, levels, steps with formats
 * and halos, tiles, memory, outputs, bytes. Opens the slide, writes nothing. */
wsi_status wsi_job_plan(const wsi_job_spec *spec, char **json, wsi_error *err);

/* Pixels of the level that a job would process; opens the slide, reads headers alone. Any thread. Errors: as
 * wsi_job_execute. */
wsi_status wsi_job_pixels(const wsi_job_spec *spec, uint64_t *pixels, wsi_error *err);

/* Paths a job would write, without opening the slide, to find clashes before anything runs: fills paths (each
 * freed with wsi_free) and *count. */
wsi_status wsi_job_outputs(const wsi_job_spec *spec, char *paths[WSI_JOB_PATHS_MAX], int *count, wsi_error *err);

/* Whether the job's format can hold its images at all, whatever the slide; opens none. Errors: USAGE (it cannot),
 * NO_MEMORY. What else is wrong with the chain is left to others. */
wsi_status wsi_job_check_format(const wsi_job_spec *spec, wsi_error *err);

/* GPUs that "auto", "cpu", "cuda" or "cuda:I,J,..." means here; "auto" without a usable GPU means none, and log says
 * why at level info. Errors: USAGE (not such a text), DEVICE (no GPU, or none of that number). */
wsi_status wsi_devices_find(const char *text, const wsi_log *log, int devices[WSI_DEVICES_MAX], int *count,
                            wsi_error *err);

/* CPUs this process may use, at least 1: affinity mask, cgroup quota and Slurm's allocation, in whole CPUs. */
int wsi_default_threads(void);
/* The wanted number, or fewer where this process was given fewer CPUs than the machine has. Where nothing limits it,
 * any number stands. */
int wsi_allowed_threads(int wanted);
/* Bytes that cgroup, Slurm's allocation and machine leave, the system's file cache among them. */
uint64_t wsi_available_memory(void);
/* Byte budget when none is given: a share of what cgroup, Slurm, RLIMIT_AS and physical memory leave, at most 1 GiB. */
uint64_t wsi_default_memory(void);
/* The wanted byte budget, or what of the cgroup's or Slurm's limit remains beside the program itself. */
uint64_t wsi_allowed_memory(uint64_t wanted);

/* One of the things that the functions above go by, in CPUs or bytes; value 0: it sets no limit. */
typedef struct wsi_limit {
    const char *source;
    double value;
} wsi_limit;

enum { WSI_LIMITS = 5 };

/* All of them, whether or not they limit anything, for whoever asks why. */
void wsi_thread_limits(wsi_limit limits[WSI_LIMITS]);
void wsi_memory_limits(wsi_limit limits[WSI_LIMITS]);

#endif
