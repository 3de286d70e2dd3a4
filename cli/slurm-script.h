/* The script of a Slurm job array: one task a shard of the batch. */
#ifndef WSI_SLURM_SCRIPT_H
#define WSI_SLURM_SCRIPT_H

#include <stdio.h>

#include "options.h"

/* Filled by the option table. Strings are borrowed from argv. */
typedef struct wsi_slurm_options {
    const char *partition, *time, *account, *qos, *constraint, *job_name, *raw;
    uint64_t memory;
    int64_t cpus, gpus, tasks, throttle, signal_seconds, lease; /* 0 = not given */
    int requeue, no_requeue, dry_run;
} wsi_slurm_options;

enum { WSI_SLURM_TASKS_MAX = 1000 }; /* indices 1 to 1000 fit Slurm's default MaxArraySize of 1001 */

/* One word of the command that a task runs. Words are owned by the list. */
typedef struct wsi_words {
    char **items;
    size_t count, capacity;
    int out_of_memory; /* a word was lost */
} wsi_words;

/* Appends a word made by wsi_asprintf or wsi_strdup; takes it over, NULL counts as out of memory. */
void wsi_words_add(wsi_words *words, char *word);
void wsi_words_clear(wsi_words *words);

/* Writes a word so that a shell takes it as it stands, whatever its bytes. */
void wsi_shell_word(FILE *out, const char *word);

typedef struct wsi_slurm_script {
    const wsi_slurm_options *options;
    const wsi_words *command; /* absolute paths; run as it stands, whatever its bytes */
    const char *log_folder;   /* absolute; NULL: logs go where Slurm puts them */
    int tasks;
} wsi_slurm_script;

/* What Slurm cannot be told in a script line (control characters), times that are none, options that exclude each
 * other. Errors: USAGE. */
wsi_status wsi_slurm_check(const wsi_slurm_options *options, wsi_error *err);

/* The script's text, freed with wsi_free. Errors: NO_MEMORY. */
wsi_status wsi_slurm_script_text(const wsi_slurm_script *script, char **text, wsi_error *err);

/* Hands a script to sbatch (found in PATH) and waits for its answer; *job is the job's number, freed with wsi_free.
 * Errors: INTERNAL where there is no sbatch, or it refuses: its own words on one line. */
wsi_status wsi_slurm_submit(const char *path, char **job, wsi_error *err);

#endif
