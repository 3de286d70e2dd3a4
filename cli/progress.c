/* Progress on standard error.
 *
 * The bar is one line that is drawn over itself and wiped before anything else is printed. Plain lines come every ten
 * seconds or every ten percent (but at most one a second), so that job logs stay short. The total counts slides, for
 * the sizes of those that have not been opened are not known. */
#include "progress.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cli-file.h"
#include "cli-json.h"
#include "cli-text.h"
#include "common/mem.h"

enum { HELD_MAX = 16 };

struct wsi_display {
    pthread_mutex_t lock; /* guards everything below and standard error */
    wsi_progress_mode mode;
    wsi_log log;
    size_t slides, index;
    const wsi_slide_record *record;           /* of the slide that runs, borrowed */
    const char *path;                         /* of that slide */
    double started, last_drawn, last_percent; /* percent: negative before the first progress of the slide */
    int bar_shown, redo_told;
    char *held[HELD_MAX]; /* warnings about the slide that runs */
    size_t held_count;    /* may pass HELD_MAX: the others are only counted */
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- Lines ---- */

static void wipe_bar(wsi_display *d)
{
    if (d->bar_shown) fputs("\r\033[K", stderr);
    d->bar_shown = 0;
}

static void print_line(wsi_display *d, const char *prefix, const char *text)
{
    char line[2 * WSI_ERROR_MESSAGE_MAX];
    wsi_text_one_line(line, sizeof line, text);
    wipe_bar(d);
    fprintf(stderr, "wsiproc: %s%s\n", prefix, line);
}

/* Takes the reference. */
static void print_event(json_t *json)
{
    char *text = json ? wsi_cli_json_dump(json, JSON_COMPACT) : NULL;
    if (text) fprintf(stderr, "%s\n", text);
    wsi_free(text);
    json_decref(json);
}

static json_t *new_event(const char *name)
{
    json_t *json = json_object();
    json_object_set_new(json, "event", json_string(name));
    return json;
}

static json_t *slide_event(const wsi_display *d, const char *name)
{
    json_t *json = new_event(name);
    json_object_set_new(json, "slide", wsi_cli_json_text(d->path));
    json_object_set_new(json, "index", json_integer((json_int_t)d->index + 1));
    json_object_set_new(json, "count", json_integer((json_int_t)d->slides));
    return json;
}

/* Warnings about a slide wait for its end and are dropped when it fails: a failure is one line. With a log level
 * above warnings, everything is shown at once. */
static int hold_warning(wsi_display *d, wsi_log_level level, const char *text)
{
    if (!d->record || level != WSI_LOG_WARNING || d->log.level != WSI_LOG_WARNING) return 0;
    if (d->held_count < HELD_MAX) d->held[d->held_count] = wsi_strdup(text);
    d->held_count++;
    return 1;
}

static void release_warnings(wsi_display *d, int show)
{
    for (size_t i = 0; i < d->held_count && i < HELD_MAX; i++) {
        if (show && d->held[i]) print_line(d, "warning: ", d->held[i]);
        wsi_free(d->held[i]);
    }
    if (show && d->held_count > HELD_MAX) {
        char text[64];
        snprintf(text, sizeof text, "%zu more warnings (see --log-level info)", d->held_count - HELD_MAX);
        print_line(d, "warning: ", text);
    }
    d->held_count = 0;
}

static void write_log(void *user, wsi_log_level level, const char *text)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};
    static const char *const prefixes[] = {"error: ", "warning: ", "", "debug: "};
    wsi_display *d = user;
    pthread_mutex_lock(&d->lock);
    if (d->mode == WSI_PROGRESS_JSON) {
        json_t *json = new_event("log");
        json_object_set_new(json, "level", json_string(names[level]));
        json_object_set_new(json, "text", wsi_cli_json_text(text));
        print_event(json);
    } else if (!hold_warning(d, level, text)) {
        print_line(d, prefixes[level], text);
    }
    pthread_mutex_unlock(&d->lock);
}

/* ---- Estimates ---- */

typedef struct estimate {
    double fraction; /* of the slide, 0 to 1 */
    double rate;     /* MPix a second */
    double left;     /* seconds of the slide; negative: unknown */
    double total_fraction, total_left;
} estimate;

static double time_left(double fraction, double seconds)
{
    return fraction > 0 && seconds > 0.2 ? seconds * (1 - fraction) / fraction : -1;
}

static estimate make_estimate(const wsi_display *d, const wsi_progress *p)
{
    estimate e = {0};
    e.fraction = p->pixels_total ? (double)p->pixels_done / (double)p->pixels_total : 0;
    e.rate = p->seconds > 0 ? (double)p->pixels_done / 1e6 / p->seconds : 0;
    e.left = time_left(e.fraction, p->seconds);
    e.total_fraction = d->slides ? ((double)d->index + e.fraction) / (double)d->slides : e.fraction;
    e.total_left = time_left(e.total_fraction, now() - d->started);
    return e;
}

/* ---- Forms ---- */

static int terminal_width(void)
{
    struct winsize size;
    const int known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20;
    return known ? size.ws_col : 80;
}

/* The name gets what the rest leaves of the line. */
static void draw_bar(wsi_display *d, const estimate *e)
{
    enum { CELLS_MAX = 20, NAME_LONGEST = 40 };
    char cells[CELLS_MAX + 1], left[WSI_TEXT_SHORT], total[WSI_TEXT_SHORT], name[256], rest[256];
    const int width = terminal_width() - 1, count = width < 100 ? 8 : CELLS_MAX;
    for (int i = 0; i < count; i++) cells[i] = i < (int)(e->fraction * count + 0.5) ? '#' : '-';
    cells[count] = '\0';
    int used = snprintf(rest, sizeof rest, " [%s] %3.0f %% %6.1f MPix/s %s left", cells, 100 * e->fraction, e->rate,
                        wsi_text_duration(e->left, left));
    if (d->slides > 1) {
        used += snprintf(rest + used, sizeof rest - (size_t)used, ", all %.0f %% %s", 100 * e->total_fraction,
                         wsi_text_duration(e->total_left, total));
    }
    char head[32], line[1024];
    int room = width - used - snprintf(head, sizeof head, "[%zu/%zu] ", d->index + 1, d->slides);
    room = room < 0 ? 0 : room < NAME_LONGEST ? room : NAME_LONGEST;
    wsi_text_one_line(name, sizeof name, d->path + wsi_file_name_offset(d->path));
    snprintf(line, sizeof line, "%s%.*s%s", head, room, name, rest);
    fprintf(stderr, "\r\033[K%.*s", width, line);
    fflush(stderr);
    d->bar_shown = 1;
}

static void print_plain(wsi_display *d, const estimate *e)
{
    char left[WSI_TEXT_SHORT], total[WSI_TEXT_SHORT], line[1024];
    int used = snprintf(line, sizeof line, "[%zu/%zu] %.500s: %.0f %%, %.1f MPix/s, %s left", d->index + 1, d->slides,
                        d->path, 100 * e->fraction, e->rate, wsi_text_duration(e->left, left));
    if (d->slides > 1) {
        snprintf(line + used, sizeof line - (size_t)used, " (total %.0f %%, %s left)", 100 * e->total_fraction,
                 wsi_text_duration(e->total_left, total));
    }
    print_line(d, "", line);
}

static void print_progress_event(const wsi_display *d, const wsi_progress *p, const estimate *e)
{
    json_t *json = slide_event(d, "progress");
    json_object_set_new(json, "tiles_done", json_integer((json_int_t)p->tiles_done));
    json_object_set_new(json, "tiles_total", json_integer((json_int_t)p->tiles_total));
    json_object_set_new(json, "pixels_done", json_integer((json_int_t)p->pixels_done));
    json_object_set_new(json, "pixels_total", json_integer((json_int_t)p->pixels_total));
    json_object_set_new(json, "seconds", json_real(p->seconds));
    json_object_set_new(json, "mpix_per_second", json_real(e->rate));
    json_object_set_new(json, "seconds_left", e->left < 0 ? json_null() : json_real(e->left));
    json_object_set_new(json, "total_fraction", json_real(e->total_fraction));
    json_object_set_new(json, "bytes_read", json_integer((json_int_t)p->bytes_read));
    json_object_set_new(json, "bytes_written", json_integer((json_int_t)p->bytes_written));
    print_event(json);
}

/* Says once, as soon as it is known, why an existing output is made again. The job calls back from the thread that
 * fills its report, so that may be read here. */
static void tell_redo(wsi_display *d)
{
    const char *why = d->record->report.redone;
    if (!why || d->redo_told) return;
    d->redo_told = 1;
    if (d->mode == WSI_PROGRESS_JSON) {
        json_t *json = slide_event(d, "redoing");
        json_object_set_new(json, "reason", wsi_cli_json_text(why));
        print_event(json);
    } else if (d->mode != WSI_PROGRESS_NONE) {
        char text[2 * WSI_ERROR_MESSAGE_MAX];
        snprintf(text, sizeof text, "%s: redoing: %s", d->path, why);
        print_line(d, "", text);
    }
}

static int is_due(const wsi_display *d, const estimate *e, double time)
{
    const double since = time - d->last_drawn, percent = 100 * e->fraction;
    const int turn = d->last_percent < 0 || (percent >= 100 && d->last_percent < 100); /* first, last */
    switch (d->mode) {
    case WSI_PROGRESS_BAR:
        return turn || since >= 0.1;
    case WSI_PROGRESS_JSON:
        return turn || since >= 0.5;
    case WSI_PROGRESS_PLAIN:
        return since >= 10 || (since >= 1 && percent - d->last_percent >= 10);
    default:
        return 0;
    }
}

void wsi_display_slide_progress(void *display, const wsi_progress *progress)
{
    wsi_display *d = display;
    pthread_mutex_lock(&d->lock);
    tell_redo(d);
    const estimate e = make_estimate(d, progress);
    const double time = now();
    if (is_due(d, &e, time)) {
        if (d->mode == WSI_PROGRESS_JSON) print_progress_event(d, progress, &e);
        if (d->mode == WSI_PROGRESS_BAR) draw_bar(d, &e);
        if (d->mode == WSI_PROGRESS_PLAIN) print_plain(d, &e);
        d->last_drawn = time;
        d->last_percent = 100 * e.fraction;
    }
    pthread_mutex_unlock(&d->lock);
}

/* ---- Slides ---- */

void wsi_display_begin(wsi_display *d, size_t slides)
{
    d->slides = slides;
    d->started = now();
}

void wsi_display_slide_begin(wsi_display *d, size_t index, const wsi_slide_record *record)
{
    pthread_mutex_lock(&d->lock);
    d->index = index;
    d->record = record;
    d->path = record->input->path;
    d->last_drawn = now();
    d->last_percent = -1;
    d->redo_told = 0;
    if (d->mode == WSI_PROGRESS_JSON) print_event(slide_event(d, "start"));
    pthread_mutex_unlock(&d->lock);
}

static const char *event_name(wsi_slide_state state)
{
    return state == WSI_SLIDE_NOT_RUN ? "not_run" : wsi_slide_state_name(state);
}

/* What is up to date; in job logs of batches also what is done. */
static void print_note(wsi_display *d)
{
    const wsi_slide_record *record = d->record;
    char text[2 * WSI_ERROR_MESSAGE_MAX];
    if (record->state == WSI_SLIDE_SKIPPED) {
        snprintf(text, sizeof text, "%s: skipped: up to date", d->path);
        print_line(d, "", text);
    } else if (d->mode == WSI_PROGRESS_PLAIN && d->slides > 1) {
        snprintf(text, sizeof text, "[%zu/%zu] %s: done in %.1f s", d->index + 1, d->slides, d->path, record->seconds);
        print_line(d, "", text);
    }
}

void wsi_display_slide_end(wsi_display *d)
{
    const wsi_slide_record *record = d->record;
    pthread_mutex_lock(&d->lock);
    const int failed = record->state == WSI_SLIDE_FAILED || record->state == WSI_SLIDE_CANCELLED;
    wipe_bar(d);
    tell_redo(d);
    release_warnings(d, !failed);
    if (d->mode == WSI_PROGRESS_JSON) {
        json_t *json = slide_event(d, event_name(record->state)), *details = wsi_slide_record_json(record);
        json_object_update(json, details);
        json_decref(details);
        print_event(json);
    } else if (failed) {
        print_line(d, "", record->error ? record->error : d->path);
    } else if (d->mode != WSI_PROGRESS_NONE) {
        print_note(d);
    }
    d->record = NULL;
    pthread_mutex_unlock(&d->lock);
}

/* Takes the reference of the event. */
static void tell(wsi_display *d, json_t *event, const char *text)
{
    pthread_mutex_lock(&d->lock);
    if (d->mode == WSI_PROGRESS_JSON)
        print_event(json_incref(event));
    else if (d->mode != WSI_PROGRESS_NONE)
        print_line(d, "", text);
    pthread_mutex_unlock(&d->lock);
    json_decref(event);
}

void wsi_display_slide_lost(wsi_display *d)
{
    char text[WSI_ERROR_MESSAGE_MAX];
    pthread_mutex_lock(&d->lock);
    wipe_bar(d);
    release_warnings(d, 0);
    d->record = NULL;
    pthread_mutex_unlock(&d->lock);
    snprintf(text, sizeof text, "%.900s: another run has taken it over", d->path);
    tell(d, slide_event(d, "taken_over"), text);
}

void wsi_display_waiting(wsi_display *d, size_t slides, const char *holder)
{
    char text[WSI_ERROR_MESSAGE_MAX];
    json_t *json = new_event("waiting");
    json_object_set_new(json, "slides", json_integer((json_int_t)slides));
    json_object_set_new(json, "holder", wsi_cli_json_text(holder));
    snprintf(text, sizeof text, "waiting for %zu slide%s that other runs work on (%.300s)", slides,
             slides == 1 ? "" : "s", holder);
    tell(d, json, text);
}

void wsi_display_note(wsi_display *d, const char *fmt, ...)
{
    char text[WSI_ERROR_MESSAGE_MAX];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    json_t *json = new_event("note");
    json_object_set_new(json, "text", wsi_cli_json_text(text));
    tell(d, json, text);
}

void wsi_display_end(wsi_display *d, const wsi_batch *batch)
{
    if (d->mode != WSI_PROGRESS_JSON) return;
    const wsi_batch_totals totals = wsi_batch_total(batch);
    json_t *json = new_event("summary");
    for (int i = 0; i < WSI_SLIDE_STATES; i++) {
        json_object_set_new(json, event_name((wsi_slide_state)i), json_integer((json_int_t)totals.count[i]));
    }
    json_object_set_new(json, "seconds", json_real(batch->seconds));
    json_object_set_new(json, "pixels", json_integer((json_int_t)totals.pixels));
    json_object_set_new(json, "bytes_written", json_integer((json_int_t)totals.bytes));
    json_object_set_new(json, "exit_status", json_integer(wsi_batch_exit(batch)));
    print_event(json);
}

/* ---- Life ---- */

static wsi_progress_mode choose_mode(wsi_progress_mode mode)
{
    const char *term = getenv("TERM");
    if (mode != WSI_PROGRESS_AUTO) return mode;
    return isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0 ? WSI_PROGRESS_BAR : WSI_PROGRESS_PLAIN;
}

wsi_display *wsi_display_create(wsi_progress_mode mode, wsi_log_level level)
{
    wsi_display *d = wsi_calloc(1, sizeof *d);
    if (!d) return NULL;
    pthread_mutex_init(&d->lock, NULL);
    d->mode = choose_mode(mode);
    d->log = (wsi_log){.fn = write_log, .user = d, .level = level};
    return d;
}

void wsi_display_destroy(wsi_display **display)
{
    if (!*display) return;
    release_warnings(*display, 0);
    pthread_mutex_destroy(&(*display)->lock);
    wsi_free(*display);
    *display = NULL;
}

const wsi_log *wsi_display_log(wsi_display *display)
{
    return &display->log;
}
