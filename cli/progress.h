/* Everything `run` says on standard error while it works: progress, notes, failures, log messages, in one of the
 * forms bar, plain lines, JSON lines or none. One lock, so that lines of several threads never mix. */
#ifndef WSI_PROGRESS_H
#define WSI_PROGRESS_H

#include "batch.h"
#include "common/log.h"
#include "job-options.h"

typedef struct wsi_display wsi_display;

/* mode AUTO: a bar when standard error is a terminal, plain lines otherwise. NULL without memory. */
wsi_display *wsi_display_create(wsi_progress_mode mode, wsi_log_level level);
void wsi_display_destroy(wsi_display **display);

/* The log of jobs and of the expansion of inputs. Owned by the display. */
const wsi_log *wsi_display_log(wsi_display *display);

/* Before the first slide. */
void wsi_display_begin(wsi_display *display, size_t slides);
/* Slides come one after another; index from 0. The record is borrowed until the slide's end. */
void wsi_display_slide_begin(wsi_display *display, size_t index, const wsi_slide_record *record);
/* A wsi_progress_fn; user is the display. */
void wsi_display_slide_progress(void *display, const wsi_progress *progress);
/* The record says what became of it. A failure is one line that starts with "wsiproc: " and the slide. */
void wsi_display_slide_end(wsi_display *display);
/* Instead of the end: another run has the slide now. */
void wsi_display_slide_lost(wsi_display *display);
/* The run waits for slides that others hold; holder is one of them in words. */
void wsi_display_waiting(wsi_display *display, size_t slides, const char *holder);
/* A line of its own in all forms but none. */
void wsi_display_note(wsi_display *display, const char *fmt, ...) WSI_PRINTF(2, 3);
/* After the last: the summary event of the JSON form. */
void wsi_display_end(wsi_display *display, const wsi_batch *batch);

#endif
