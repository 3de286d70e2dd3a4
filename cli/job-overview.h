/* A batch as a whole, put together from the job folder: what `status` shows and `merge` reports on. */
#ifndef WSI_JOB_OVERVIEW_H
#define WSI_JOB_OVERVIEW_H

#include "job-folder.h"

typedef enum wsi_overview_state {
    WSI_OVERVIEW_DONE = 0, /* made, or found up to date */
    WSI_OVERVIEW_RUNNING,
    WSI_OVERVIEW_FAILED,
    WSI_OVERVIEW_WAITING, /* not begun, cut short, or made another way than the latest run would */
    WSI_OVERVIEW_STATES
} wsi_overview_state;

/* One slide. Texts are borrowed from the contents. */
typedef struct wsi_overview_slide {
    const char *base, *input, *id;  /* id may be NULL */
    uint64_t cost;                  /* at least 1 */
    const wsi_folder_slide *record; /* NULL: never begun */
    const wsi_folder_run *run;      /* of the record; NULL: none, or it is not known */
    wsi_overview_state state;
    double silence; /* RUNNING: seconds since the last sign of life; negative: unknown */
    int lost;       /* RUNNING: it looks dead */
} wsi_overview_slide;

typedef struct wsi_overview {
    wsi_folder_contents contents;
    wsi_overview_slide *slides; /* of all batches, each once, by base */
    size_t count;
    size_t counts[WSI_OVERVIEW_STATES];
    size_t skipped, cancelled, lost;   /* some of DONE, WAITING, RUNNING */
    uint64_t pixels, bytes, bad_tiles; /* of DONE */
    /* What the runs at work have done so far; all 0 where none is. */
    size_t active_runs;
    double slides_per_hour, mpix_per_second;
    double seconds_left; /* negative: unknown */
    double time;         /* UNIX seconds of the look */
} wsi_overview;

/* "done", "running", "failed", "waiting". */
const char *wsi_overview_state_name(wsi_overview_state state);

/* Looks at DIR/.wsiproc, or where that is lost at the summaries of runs; safe while jobs run. Cleared by
 * wsi_overview_clear, also after an error. Errors: those of wsi_job_folder_read; INPUT_OPEN also where the folder knows
 * no slide. */
wsi_status wsi_overview_read(const char *dir, const wsi_log *log, wsi_overview *out, wsi_error *err);
void wsi_overview_clear(wsi_overview *overview);

#endif
