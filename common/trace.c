/* Timeline in the Chrome trace format: one object with the array "traceEvents" of metadata events ("M", names of lanes
 * and of their groups) and complete events ("X", one interval each, times in microseconds). Perfetto and
 * chrome://tracing open it.
 *
 * A lane belongs to one thread, so events are added without a lock, into chunks that are only chained up; the lock is
 * for new lanes. Whoever closes the trace has joined the threads that used it. */
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem.h"
#include "text.h"
#include "thread.h"

enum { CHUNK_EVENTS = 1000, FILE_BUFFER = 1 << 20 };

typedef struct event {
    const char *stage;
    double start;   /* seconds of wsi_now() */
    float duration; /* seconds: to 60 ns for one that takes a second */
    int level;
    int64_t x, y;
} event;

typedef struct chunk {
    struct chunk *next;
    int count;
    event events[CHUNK_EVENTS];
} chunk;

typedef struct heading {
    struct heading *next;
    char *name; /* a JSON string, quotes and all */
    int number;
} heading;

/* The lane's thread owns the events; the rest is set once. */
struct wsi_trace_lane {
    struct wsi_trace_lane *next;
    char *name; /* a JSON string */
    int group, number;
    chunk *first, *last;
    uint64_t dropped;
};

struct wsi_trace {
    char *path, *part; /* part: NULL where path is no regular file and is written to directly */
    FILE *file;
    char *buffer; /* of file */
    double opened;
    pthread_mutex_t lock;
    wsi_trace_lane *lanes, *last_lane; /* under lock; in the order they came */
    heading *groups;                   /* under lock; the newest first */
    int lane_count, group_count;       /* under lock */
};

/* ---- Life ---- */

static void free_lane(wsi_trace_lane *lane)
{
    while (lane->first) {
        chunk *next = lane->first->next;
        wsi_free(lane->first);
        lane->first = next;
    }
    wsi_free(lane->name);
    wsi_free(lane);
}

/* The file is closed. */
static void free_trace(wsi_trace *t)
{
    while (t->lanes) {
        wsi_trace_lane *next = t->lanes->next;
        free_lane(t->lanes);
        t->lanes = next;
    }
    while (t->groups) {
        heading *next = t->groups->next;
        wsi_free(t->groups->name);
        wsi_free(t->groups);
        t->groups = next;
    }
    pthread_mutex_destroy(&t->lock);
    wsi_free(t->buffer);
    wsi_free(t->part);
    wsi_free(t->path);
    wsi_free(t);
}

static int is_special(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

/* 0 or errno. The process number keeps two runs apart that write one trace. */
static int open_file(wsi_trace *t)
{
    if (!is_special(t->path) && !(t->part = wsi_asprintf("%s.%ld.part", t->path, (long)getpid()))) return ENOMEM;
    t->file = fopen(t->part ? t->part : t->path, "we");
    if (!t->file) return errno;
    setvbuf(t->file, t->buffer, _IOFBF, FILE_BUFFER);
    return 0;
}

wsi_status wsi_trace_open(const char *path, wsi_trace **out, wsi_error *err)
{
    *out = NULL;
    wsi_trace *t = wsi_calloc(1, sizeof *t);
    WSI_RETURN_IF(!t, WSI_ERR_NO_MEMORY, "%s: out of memory", path);
    pthread_mutex_init(&t->lock, NULL);
    t->path = wsi_strdup(path);
    t->buffer = wsi_calloc(1, FILE_BUFFER);
    const int error = t->path && t->buffer ? open_file(t) : ENOMEM;
    if (error) free_trace(t);
    WSI_RETURN_IF(error == ENOMEM, WSI_ERR_NO_MEMORY, "%s: out of memory", path);
    WSI_RETURN_IF(error, WSI_ERR_OUTPUT, "%s: %s", path, strerror(error));
    t->opened = wsi_now();
    *out = t;
    return WSI_OK;
}

/* ---- Collecting ---- */

/* Number of the group of that JSON string, new or not; 0 without memory. Takes the string. Under lock. */
static int group_number(wsi_trace *t, char *name)
{
    for (const heading *g = t->groups; g; g = g->next) {
        if (strcmp(g->name, name) != 0) continue;
        wsi_free(name);
        return g->number;
    }
    heading *g = wsi_calloc(1, sizeof *g);
    if (!g) {
        wsi_free(name);
        return 0;
    }
    *g = (heading){.next = t->groups, .name = name, .number = ++t->group_count};
    t->groups = g;
    return g->number;
}

/* 1 when there was memory for everything. */
static int insert_lane(wsi_trace *t, wsi_trace_lane *lane, char *group_name)
{
    pthread_mutex_lock(&t->lock);
    lane->group = group_number(t, group_name);
    if (lane->group) {
        lane->number = ++t->lane_count;
        if (t->last_lane) t->last_lane->next = lane;
        if (!t->lanes) t->lanes = lane;
        t->last_lane = lane;
    }
    pthread_mutex_unlock(&t->lock);
    return lane->group != 0;
}

wsi_trace_lane *wsi_trace_lane_add(wsi_trace *trace, const char *group, const char *name)
{
    if (!trace) return NULL;
    wsi_trace_lane *lane = wsi_calloc(1, sizeof *lane);
    char *group_name = wsi_text_json(group);
    if (lane) lane->name = wsi_text_json(name);
    if (!lane || !lane->name || !group_name) {
        wsi_free(group_name);
    } else if (insert_lane(trace, lane, group_name)) {
        return lane;
    }
    if (lane) free_lane(lane);
    return NULL;
}

/* A chunk with room, or NULL without memory. */
static chunk *chunk_with_room(wsi_trace_lane *lane)
{
    if (lane->last && lane->last->count < CHUNK_EVENTS) return lane->last;
    chunk *c = wsi_calloc(1, sizeof *c);
    if (!c) return NULL;
    if (lane->last) lane->last->next = c;
    if (!lane->first) lane->first = c;
    lane->last = c;
    return c;
}

void wsi_trace_add(wsi_trace_lane *lane, const char *stage, double start, double end, int level, int64_t x, int64_t y)
{
    if (!lane) return;
    chunk *c = chunk_with_room(lane);
    if (!c) {
        lane->dropped++;
        return;
    }
    const float duration = end > start ? (float)(end - start) : 0;
    c->events[c->count++] =
        (event){.stage = stage, .start = start, .duration = duration, .level = level, .x = x, .y = y};
}

/* ---- Writing ---- */

/* Microseconds with three decimals. Not by %f, whose decimal point depends on the locale. */
static void put_time(FILE *file, const char *key, double seconds)
{
    const int64_t ns = seconds > 0 ? (int64_t)llround(seconds * 1e9) : 0;
    fprintf(file, ",\"%s\":%" PRId64 ".%03d", key, ns / 1000, (int)(ns % 1000));
}

/* Lanes and groups are shown in the order they were added, which viewers otherwise choose by name. */
static void put_name(FILE *file, const char *kind, int pid, int tid, const char *name, int order)
{
    fprintf(file, "{\"ph\":\"M\",\"name\":\"%s_name\",\"pid\":%d,\"tid\":%d,\"args\":{\"name\":%s}},\n", kind, pid, tid,
            name);
    fprintf(file, "{\"ph\":\"M\",\"name\":\"%s_sort_index\",\"pid\":%d,\"tid\":%d,\"args\":{\"sort_index\":%d}},\n",
            kind, pid, tid, order);
}

static void put_place(FILE *file, const event *e)
{
    const int has_level = e->level >= 0, has_place = e->x >= 0 && e->y >= 0;
    if (!has_level && !has_place) return;
    fputs(",\"args\":{", file);
    if (has_level) fprintf(file, "\"level\":%d%s", e->level, has_place ? "," : "");
    if (has_place) fprintf(file, "\"x\":%" PRId64 ",\"y\":%" PRId64, e->x, e->y);
    fputc('}', file);
}

static void put_event(FILE *file, const wsi_trace *t, const wsi_trace_lane *lane, const event *e)
{
    fprintf(file, "{\"ph\":\"X\",\"name\":\"%s\",\"pid\":%d,\"tid\":%d", e->stage, lane->group, lane->number);
    put_time(file, "ts", e->start - t->opened);
    put_time(file, "dur", (double)e->duration);
    put_place(file, e);
    fputs("},\n", file);
}

static void put_lane(FILE *file, const wsi_trace *t, const wsi_trace_lane *lane)
{
    put_name(file, "thread", lane->group, lane->number, lane->name, lane->number);
    for (const chunk *c = lane->first; c; c = c->next)
        for (int i = 0; i < c->count; i++) put_event(file, t, lane, &c->events[i]);
}

static void put_all(const wsi_trace *t)
{
    uint64_t dropped = 0;
    fputs("{\"traceEvents\":[\n", t->file);
    for (const heading *g = t->groups; g; g = g->next) put_name(t->file, "process", g->number, 0, g->name, g->number);
    for (const wsi_trace_lane *lane = t->lanes; lane; lane = lane->next) {
        put_lane(t->file, t, lane);
        dropped += lane->dropped;
    }
    /* Every event before ends in a comma. */
    fputs("{\"ph\":\"M\",\"name\":\"trace_end\",\"pid\":0,\"tid\":0,\"args\":{}}],\n", t->file);
    fprintf(t->file, "\"displayTimeUnit\":\"ms\",\"otherData\":{\"dropped_events\":%" PRIu64 "}}\n", dropped);
}

/* 0 or errno. */
static int finish_file(wsi_trace *t)
{
    put_all(t);
    int error = fflush(t->file) != 0 || ferror(t->file) ? (errno ? errno : EIO) : 0;
    if (fclose(t->file) != 0 && !error) error = errno;
    if (!error && t->part && rename(t->part, t->path) != 0) error = errno;
    if (error && t->part) unlink(t->part);
    return error;
}

wsi_status wsi_trace_close(wsi_trace **trace, wsi_error *err)
{
    wsi_trace *t = *trace;
    if (!t) return WSI_OK;
    *trace = NULL;
    errno = 0;
    const int error = finish_file(t);
    if (error) wsi_error_set(err, WSI_ERR_OUTPUT, "%s: %s", t->path, strerror(error));
    free_trace(t);
    return error ? WSI_ERR_OUTPUT : WSI_OK;
}
