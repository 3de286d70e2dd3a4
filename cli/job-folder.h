/* The job folder, DIR/.wsiproc: what the runs that share the output folder DIR tell one another and `status`.
 *
 *   batches/HASH.json  the list of slides of a batch, before sharding; made once, HASH of its content
 *   runs/RUN.json      one `run` process
 *   slides/HASH.json   the latest state of one slide, HASH of the base of its outputs
 *   leases/HASH.GEN    who works on a slide (lease.h)
 *
 * It is history, never the truth: what is up to date is decided by the outputs and their fingerprints, and a folder
 * that is lost is made anew. Records are replaced whole but not made durable, and anybody may have put files there:
 * readers take what is well-formed, within limits and names no path outside DIR, and warn of the rest.
 *
 * Records are views: when they were read, `json` owns their texts; when they are written, it is NULL and the texts are
 * the caller's. Optional texts are NULL. Times are UNIX seconds of the writing host. Any thread. */
#ifndef WSI_JOB_FOLDER_H
#define WSI_JOB_FOLDER_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error-private.h"
#include "common/log.h"

#define WSI_JOB_FOLDER ".wsiproc"

enum { WSI_FOLDER_HASH_MAX = 33 }; /* 128 bits of SHA-256 in lower-case hexadecimal digits, terminated */

typedef enum wsi_folder_state {
    WSI_FOLDER_RUNNING = 0,
    WSI_FOLDER_DONE,
    WSI_FOLDER_SKIPPED, /* was up to date */
    WSI_FOLDER_FAILED,
    WSI_FOLDER_CANCELLED, /* a signal ended the run */
    WSI_FOLDER_STATES
} wsi_folder_state;

/* One slide of a batch. */
typedef struct wsi_folder_entry {
    char hash[WSI_FOLDER_HASH_MAX]; /* of its base: the name of its record */
    const char *base;               /* path of the outputs below DIR, without extension */
    const char *input;              /* path of the slide, as the run named it */
    const char *id;                 /* of the manifest */
    uint64_t cost;                  /* of some unit that is the same for the whole batch */
} wsi_folder_entry;

typedef struct wsi_folder_batch {
    json_t *json;
    char hash[WSI_FOLDER_HASH_MAX];
    wsi_folder_entry *entries; /* owned when it was read */
    size_t count;
} wsi_folder_batch;

typedef struct wsi_folder_run {
    json_t *json;
    const char *run;                 /* name of the run: host, process number, random digits */
    char batch[WSI_FOLDER_HASH_MAX]; /* its list of slides */
    char work[WSI_FOLDER_HASH_MAX];  /* hash of everything but the slides that decides what the outputs are */
    const char *shard;               /* "i/n" */
    const char *host;
    int64_t pid;
    const char *slurm_job, *slurm_array_job, *slurm_array_task; /* numbers as Slurm gives them */
    int64_t slurm_restart;                                      /* times that Slurm has started it again */
    const char *chain, *write, *format_name;                    /* canonical chain, --write, --format */
    const char *folder; /* working folder, which inputs may be relative to; may be NULL */
    double started, updated;
    double ended; /* 0: it runs, or was killed */
    int exit;     /* exit status, 128 + N for signal N; -1 while it has not ended */
} wsi_folder_run;

typedef struct wsi_folder_slide {
    json_t *json;
    char hash[WSI_FOLDER_HASH_MAX];
    const char *base, *input, *id;
    wsi_folder_state state;
    wsi_status code;   /* of a failure */
    const char *error; /* one line that names the slide */
    const char *run, *host;
    int64_t pid;
    char work[WSI_FOLDER_HASH_MAX]; /* of the run */
    double started, updated;
    double seconds;  /* wall time so far, or of all */
    int64_t attempt; /* from 1: how often the slide was begun */
    double progress; /* 0 to 1 */
    uint64_t pixels, bytes, bad_tiles;
    const json_t *outputs; /* array of paths relative to DIR, or NULL */
    const json_t *stats;   /* the object of --stats, or NULL */
} wsi_folder_slide;

/* Everything there is, in an order that does not depend on the file system. */
typedef struct wsi_folder_contents {
    wsi_folder_batch *batches; /* by hash */
    wsi_folder_run *runs;      /* by start, then by name */
    wsi_folder_slide *slides;  /* by hash */
    size_t batch_count, run_count, slide_count;
} wsi_folder_contents;

/* "running", "done", "skipped", "failed", "cancelled". */
const char *wsi_folder_state_name(wsi_folder_state state);

/* Hash of a text. Errors: NO_MEMORY. */
wsi_status wsi_folder_hash(const char *text, char hash[WSI_FOLDER_HASH_MAX], wsi_error *err);

/* UNIX time in seconds. */
double wsi_folder_time(void);

/* ---- Reading ---- */

/* Reads all of DIR/.wsiproc. Files that are none of ours, torn or hostile are left out with a warning to log (may be
 * NULL). *out is zeroed here and cleared by wsi_folder_contents_clear, also after an error. Errors: INPUT_OPEN (dir has
 * no job folder, or it cannot be read), NO_MEMORY. */
wsi_status wsi_job_folder_read(const char *dir, const wsi_log *log, wsi_folder_contents *out, wsi_error *err);
void wsi_folder_contents_clear(wsi_folder_contents *contents);

/* The record, batch or run of that hash or name, or NULL. */
const wsi_folder_slide *wsi_folder_find_slide(const wsi_folder_contents *contents, const char *hash);
const wsi_folder_batch *wsi_folder_find_batch(const wsi_folder_contents *contents, const char *hash);
const wsi_folder_run *wsi_folder_find_run(const wsi_folder_contents *contents, const char *run);

/* Reads one slide's record; cleared by wsi_folder_slide_clear, also after an error. Errors: INPUT_OPEN (there is none),
 * INPUT_FORMAT (torn or not ours), NO_MEMORY. */
wsi_status wsi_folder_read_slide(const char *dir, const char *hash, wsi_folder_slide *out, wsi_error *err);
void wsi_folder_slide_clear(wsi_folder_slide *slide);

/* ---- Writing ---- */

/* Makes DIR/.wsiproc and what is in it, where it is missing. Errors: OUTPUT, OUTPUT_FULL, NO_MEMORY. */
wsi_status wsi_job_folder_make(const char *dir, wsi_error *err);

/* Writes the list of a batch unless it is there, and tells its hash. The entries' own hashes are filled in here.
 * Errors: OUTPUT, OUTPUT_FULL, NO_MEMORY. */
wsi_status wsi_folder_write_batch(const char *dir, wsi_folder_batch *batch, wsi_error *err);

/* Replaces a record. Not durable: a rerun finds out again what a crash has lost. Errors: the same. */
wsi_status wsi_folder_write_run(const char *dir, const wsi_folder_run *run, wsi_error *err);
wsi_status wsi_folder_write_slide(const char *dir, const wsi_folder_slide *slide, wsi_error *err);

#endif
