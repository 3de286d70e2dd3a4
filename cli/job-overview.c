/* Joins batches, runs and records of the job folder into one list of slides, and judges what is alive.
 *
 * A slide that is said to run is believed while its lease or its record is being rewritten: both ages are taken by the
 * file system's own clock, that of a file made in the same folder, for the clocks of hosts differ. */
#include "job-overview.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli-folder.h"
#include "common/mem.h"
#include "summary-records.h"

/* Holders rewrite a lease every few seconds; this long without, and others take the slide over. */
static const double silence_max = 60;

const char *wsi_overview_state_name(wsi_overview_state state)
{
    static const char *const names[] = {"done", "running", "failed", "waiting"};
    return state < WSI_OVERVIEW_STATES ? names[state] : "?";
}

/* ---- The union of the batches ---- */

/* An entry of one batch, and when the latest run over that batch began. */
typedef struct listed {
    const wsi_folder_entry *entry;
    const wsi_folder_run *latest; /* NULL: none is known */
} listed;

static int compare_listed(const void *a, const void *b)
{
    const listed *x = a, *y = b;
    const int order = strcmp(x->entry->base, y->entry->base);
    const double began_x = x->latest ? x->latest->started : 0, began_y = y->latest ? y->latest->started : 0;
    if (order) return order;
    return began_x < began_y ? 1 : began_x > began_y ? -1 : strcmp(x->entry->input, y->entry->input);
}

static const wsi_folder_run *latest_run(const wsi_folder_contents *c, const char *batch)
{
    for (size_t i = c->run_count; i-- > 0;) {
        if (strcmp(c->runs[i].batch, batch) == 0) return &c->runs[i];
    }
    return NULL;
}

/* All entries by base, the one of the latest run first. NULL without memory. */
static listed *list_entries(const wsi_folder_contents *c, size_t *count)
{
    size_t total = 0, n = 0;
    for (size_t i = 0; i < c->batch_count; i++) total += c->batches[i].count;
    listed *list = wsi_calloc(total + 1, sizeof *list);
    for (size_t i = 0; list && i < c->batch_count; i++) {
        const wsi_folder_run *latest = latest_run(c, c->batches[i].hash);
        for (size_t k = 0; k < c->batches[i].count; k++) list[n++] = (listed){&c->batches[i].entries[k], latest};
    }
    if (n) qsort(list, n, sizeof *list, compare_listed);
    *count = n;
    return list;
}

static wsi_overview_state state_of(const wsi_folder_slide *record, const wsi_folder_run *latest)
{
    if (!record || record->state == WSI_FOLDER_CANCELLED) return WSI_OVERVIEW_WAITING;
    if (record->state == WSI_FOLDER_RUNNING) return WSI_OVERVIEW_RUNNING;
    if (latest && strcmp(latest->work, record->work) != 0) return WSI_OVERVIEW_WAITING;
    return record->state == WSI_FOLDER_FAILED ? WSI_OVERVIEW_FAILED : WSI_OVERVIEW_DONE;
}

static wsi_overview_slide make_slide(const wsi_folder_contents *c, const listed *from, const wsi_folder_slide *record)
{
    wsi_overview_slide s = {.record = record, .cost = 1, .silence = -1};
    if (from)
        s = (wsi_overview_slide){.base = from->entry->base,
                                 .input = from->entry->input,
                                 .id = from->entry->id,
                                 .cost = from->entry->cost ? from->entry->cost : 1,
                                 .record = record,
                                 .silence = -1};
    if (!from) {
        s.base = record->base;
        s.input = record->input;
        s.id = record->id;
    }
    if (record) s.run = wsi_folder_find_run(c, record->run);
    s.state = state_of(record, from ? from->latest : NULL);
    return s;
}

static int compare_slides(const void *a, const void *b)
{
    const wsi_overview_slide *x = a, *y = b;
    return strcmp(x->base, y->base);
}

/* Records of slides that no batch lists: their batch was lost. */
static void add_orphans(wsi_overview *o, size_t listed_count)
{
    const wsi_folder_contents *c = &o->contents;
    for (size_t i = 0; i < c->slide_count; i++) {
        const wsi_overview_slide key = {.base = c->slides[i].base};
        if (listed_count && bsearch(&key, o->slides, listed_count, sizeof key, compare_slides)) continue;
        o->slides[o->count++] = make_slide(c, NULL, &c->slides[i]);
    }
    if (o->count) qsort(o->slides, o->count, sizeof *o->slides, compare_slides);
    size_t kept = 0; /* files by the name of another slide may tell of the same one */
    for (size_t i = 0; i < o->count; i++) {
        if (!kept || compare_slides(&o->slides[kept - 1], &o->slides[i]) != 0) o->slides[kept++] = o->slides[i];
    }
    o->count = kept;
}

static wsi_status join(wsi_overview *o, wsi_error *err)
{
    size_t entries = 0;
    listed *list = list_entries(&o->contents, &entries);
    o->slides = list ? wsi_calloc(entries + o->contents.slide_count + 1, sizeof *o->slides) : NULL;
    for (size_t i = 0; o->slides && i < entries; i++) {
        if (i && strcmp(list[i].entry->base, list[i - 1].entry->base) == 0) continue;
        const wsi_folder_slide *record = wsi_folder_find_slide(&o->contents, list[i].entry->hash);
        o->slides[o->count++] = make_slide(&o->contents, &list[i], record);
    }
    wsi_free(list);
    WSI_RETURN_IF(!o->slides, WSI_ERR_NO_MEMORY, "out of memory");
    add_orphans(o, o->count);
    return WSI_OK;
}

/* ---- Signs of life ---- */

typedef struct pulse {
    int folder; /* descriptor of DIR/.wsiproc */
    double now; /* of its file system */
    char host[256];
    wsi_cli_names leases;
} pulse;

static double seconds_of(struct timespec t)
{
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The time of a file made there and removed at once; of this host where none can be made. */
static double file_system_time(int folder)
{
    char name[64];
    struct stat st;
    snprintf(name, sizeof name, ".clock-%ld", (long)getpid());
    const int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    double time = wsi_folder_time();
    if (fd < 0) return time;
    if (fstat(fd, &st) == 0) time = seconds_of(st.st_mtim);
    close(fd);
    unlinkat(folder, name, 0);
    return time;
}

/* Seconds since a file below the job folder was written; negative where there is none. */
static double age_of(const pulse *p, const char *folder, const char *name)
{
    char path[512];
    struct stat st;
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) return -1;
    if (fstatat(p->folder, path, &st, AT_SYMLINK_NOFOLLOW) != 0) return -1;
    const double age = p->now - seconds_of(st.st_mtim);
    return age > 0 ? age : 0;
}

static int is_gone(const pulse *p, const char *host, int64_t pid)
{
    return strcmp(host, p->host) == 0 && pid > 0 && pid < INT32_MAX && kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

/* Age of the youngest of a slide's leases; their names are HASH.GENERATION. */
static double lease_age(const pulse *p, const char *hash)
{
    const size_t length = strlen(hash);
    size_t low = 0, high = p->leases.count;
    double youngest = -1;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (strncmp(p->leases.items[middle], hash, length) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < p->leases.count && strncmp(p->leases.items[low], hash, length) == 0; low++) {
        const double age = age_of(p, "leases", p->leases.items[low]);
        if (age >= 0 && (youngest < 0 || age < youngest)) youngest = age;
    }
    return youngest;
}

static void look_at_slide(const pulse *p, wsi_overview_slide *s)
{
    char name[WSI_FOLDER_HASH_MAX + 8];
    const wsi_folder_slide *record = s->record;
    snprintf(name, sizeof name, "%s.json", record->hash);
    const double lease = lease_age(p, record->hash), written = age_of(p, "slides", name);
    s->silence = lease >= 0 && lease < written ? lease : written;
    s->lost = s->silence > silence_max || is_gone(p, record->host, record->pid) || (s->run && s->run->ended > 0);
}

/* A run that has not said that it ended, and was heard of lately. */
static int is_active(const pulse *p, const wsi_folder_run *run)
{
    char name[300];
    if (run->ended > 0 || is_gone(p, run->host, run->pid)) return 0;
    snprintf(name, sizeof name, "%.280s.json", run->run);
    const double age = age_of(p, "runs", name);
    return age >= 0 && age <= silence_max;
}

/* ---- Counts and rates ---- */

static void count(wsi_overview *o)
{
    for (size_t i = 0; i < o->count; i++) {
        const wsi_overview_slide *s = &o->slides[i];
        o->counts[s->state]++;
        o->lost += (size_t)s->lost;
        if (s->state == WSI_OVERVIEW_WAITING && s->record) o->cancelled += s->record->state == WSI_FOLDER_CANCELLED;
        if (s->state != WSI_OVERVIEW_DONE) continue;
        o->skipped += s->record->state == WSI_FOLDER_SKIPPED;
        o->pixels += s->record->pixels;
        o->bytes += s->record->bytes;
        o->bad_tiles += s->record->bad_tiles;
    }
}

/* What was done since `start`, in slides, pixels and estimated cost, and what is left. */
static void rate(wsi_overview *o, double start)
{
    const double elapsed = o->time - start;
    double slides = 0, pixels = 0, cost = 0, left = 0;
    for (size_t i = 0; i < o->count; i++) {
        const wsi_overview_slide *s = &o->slides[i];
        double part = 0;
        if (s->state == WSI_OVERVIEW_RUNNING && !s->lost) part = s->record->progress;
        if (s->state == WSI_OVERVIEW_DONE && s->record->state == WSI_FOLDER_DONE && s->record->updated >= start)
            part = 1;
        slides += part;
        cost += part * (double)s->cost;
        if (part > 0) pixels += (double)s->record->pixels;
        if (s->state == WSI_OVERVIEW_WAITING || s->state == WSI_OVERVIEW_RUNNING) left += (1 - part) * (double)s->cost;
    }
    if (!(elapsed > 0.5)) return;
    o->slides_per_hour = slides / elapsed * 3600;
    o->mpix_per_second = pixels / 1e6 / elapsed;
    if (cost > 0) o->seconds_left = left * elapsed / cost;
}

/* Runs at work: what each has a living slide of, or was heard of lately. */
static wsi_status look_at_runs(wsi_overview *o, const pulse *p, wsi_error *err)
{
    double start = o->time;
    const wsi_folder_contents *c = &o->contents;
    char *active = wsi_calloc(c->run_count + 1, 1);
    WSI_RETURN_IF(!active, WSI_ERR_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < o->count; i++) {
        const wsi_overview_slide *s = &o->slides[i];
        if (s->run && s->state == WSI_OVERVIEW_RUNNING && !s->lost) active[s->run - c->runs] = 1;
    }
    for (size_t i = 0; i < c->run_count; i++) {
        if (!active[i] && !is_active(p, &c->runs[i])) continue;
        o->active_runs++;
        if (c->runs[i].started < start) start = c->runs[i].started;
    }
    wsi_free(active);
    if (o->active_runs) rate(o, start);
    return WSI_OK;
}

/* ---- All of it ---- */

static wsi_status look(wsi_overview *o, pulse *p, wsi_error *err)
{
    if (gethostname(p->host, sizeof p->host - 1) != 0) p->host[0] = '\0';
    p->now = file_system_time(p->folder);
    for (size_t i = 0; i < o->count; i++) {
        if (o->slides[i].state == WSI_OVERVIEW_RUNNING) look_at_slide(p, &o->slides[i]);
    }
    count(o);
    return look_at_runs(o, p, err);
}

/* A folder without leases is as good as one with an empty list of them. */
static wsi_status open_pulse(const char *dir, pulse *p, wsi_error *err)
{
    char *path = wsi_asprintf("%s/" WSI_JOB_FOLDER, dir), *leases = wsi_asprintf("%s/" WSI_JOB_FOLDER "/leases", dir);
    *p = (pulse){.folder = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1};
    const int error = errno;
    const int no_memory = !path || !leases || wsi_cli_folder_list(leases, &p->leases) == ENOMEM;
    wsi_free(path);
    wsi_free(leases);
    WSI_RETURN_IF(no_memory, WSI_ERR_NO_MEMORY, "%s: out of memory", dir);
    WSI_RETURN_IF(p->folder < 0, WSI_ERR_INPUT_OPEN, "%s/" WSI_JOB_FOLDER ": %s", dir, strerror(error));
    return WSI_OK;
}

static int has_job_folder(const char *dir)
{
    struct stat st;
    char *path = wsi_asprintf("%s/" WSI_JOB_FOLDER, dir);
    const int there = path && lstat(path, &st) == 0;
    wsi_free(path);
    return there;
}

/* Without a job folder the summaries of runs still tell of those that came to their end. */
static wsi_status read_summaries(const char *dir, const wsi_log *log, wsi_overview *out, wsi_error *err)
{
    WSI_FORWARD(wsi_summary_records_read(dir, log, &out->contents, err));
    WSI_RETURN_IF(out->contents.run_count == 0, WSI_ERR_INPUT_OPEN,
                  "%s: no job folder (" WSI_JOB_FOLDER ") here: not an output folder of run or submit", dir);
    wsi_log_write(log, WSI_LOG_WARNING, "%s: no job folder (" WSI_JOB_FOLDER ") here; from the summaries of runs alone",
                  dir);
    WSI_FORWARD(join(out, err));
    count(out);
    return WSI_OK;
}

static wsi_status read_job_folder(const char *dir, const wsi_log *log, wsi_overview *out, wsi_error *err)
{
    pulse p;
    WSI_FORWARD(wsi_job_folder_read(dir, log, &out->contents, err));
    WSI_FORWARD(join(out, err));
    wsi_status status = open_pulse(dir, &p, err);
    if (status == WSI_OK) status = look(out, &p, err);
    wsi_cli_names_clear(&p.leases);
    if (p.folder >= 0) close(p.folder);
    return status;
}

wsi_status wsi_overview_read(const char *dir, const wsi_log *log, wsi_overview *out, wsi_error *err)
{
    *out = (wsi_overview){.seconds_left = -1, .time = wsi_folder_time()};
    WSI_FORWARD(has_job_folder(dir) ? read_job_folder(dir, log, out, err) : read_summaries(dir, log, out, err));
    WSI_RETURN_IF(out->count == 0, WSI_ERR_INPUT_OPEN, "%s: its job folder knows no slide", dir);
    return WSI_OK;
}

void wsi_overview_clear(wsi_overview *overview)
{
    wsi_free(overview->slides);
    wsi_folder_contents_clear(&overview->contents);
    *overview = (wsi_overview){0};
}
