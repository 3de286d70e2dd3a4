/* A whole operation over images in memory; see whole-run.h. */
#include "whole-run.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

enum { THREADS_MAX = 16, READ_TWICE_MAX = 1 << 22 };

/* One tile's bytes on their way from tile() to append(). */
typedef struct slot {
    wsi_rect at;
    void *bytes;
    size_t size;
    int done; /* under job.lock */
} slot;

typedef struct job {
    const wsi_whole *whole;
    void *self;
    const wsi_image *src, *dst;
    int inputs;
    slot *slots;
    int64_t count;
    int64_t *order;            /* of the slots that threads take */
    atomic_int_fast64_t next;  /* index into order, or the next rectangle to read */
    pthread_mutex_t lock;      /* of slots[].done and error */
    pthread_cond_t appendable; /* a slot is done, or there is an error */
    wsi_error error;           /* the first one; code 0 = none */
} job;

static void *must(void *p)
{
    if (p) return p;
    fputs("whole-run: out of memory\n", stderr);
    abort();
}

static uint64_t draw(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545F4914F6CDD1D);
}

static void note_error(job *j, const wsi_error *err)
{
    pthread_mutex_lock(&j->lock);
    if (j->error.code == WSI_OK) j->error = *err;
    pthread_cond_broadcast(&j->appendable);
    pthread_mutex_unlock(&j->lock);
}

static int failed(job *j)
{
    pthread_mutex_lock(&j->lock);
    const int code = (int)j->error.code;
    pthread_mutex_unlock(&j->lock);
    return code != WSI_OK;
}

/* The tile's bytes in memory of exactly their size, so that sanitizers see who reads beyond. */
static wsi_status make_tile(job *j, slot *s, wsi_error *err)
{
    const size_t bound = j->whole->bound(j->self), room = (bound + 63) / 64 * 64 + 64;
    wsi_image crop[WSI_OP_INPUTS_MAX];
    void *out = must(aligned_alloc(64, room));
    memset((char *)out + bound, 0xA5, room - bound);
    for (int i = 0; i < j->inputs; i++) crop[i] = wsi_image_crop(&j->src[i], s->at);
    const wsi_status status = j->whole->tile(j->self, crop, s->at, out, bound, &s->size, err);
    for (size_t k = bound; k < room; k++)
        if (((unsigned char *)out)[k] != 0xA5) abort();
    if (status == WSI_OK) {
        if (s->size > bound) abort();
        s->bytes = must(aligned_alloc(16, (s->size + 16) / 16 * 16));
        memcpy(s->bytes, out, s->size);
    }
    free(out);
    return status;
}

static void *tile_worker(void *job_)
{
    job *j = (job *)job_;
    for (;;) {
        const int64_t k = atomic_fetch_add(&j->next, 1);
        wsi_error err = {0};
        if (k >= j->count || failed(j)) return NULL;
        slot *s = &j->slots[j->order[k]];
        if (make_tile(j, s, &err) != WSI_OK) {
            note_error(j, &err);
            return NULL;
        }
        pthread_mutex_lock(&j->lock);
        s->done = 1;
        pthread_cond_broadcast(&j->appendable);
        pthread_mutex_unlock(&j->lock);
    }
}

/* 1 when the slot's bytes are there, 0 when there was an error. */
static int wait_for(job *j, const slot *s)
{
    pthread_mutex_lock(&j->lock);
    while (!s->done && j->error.code == WSI_OK) pthread_cond_wait(&j->appendable, &j->lock);
    const int ok = j->error.code == WSI_OK;
    pthread_mutex_unlock(&j->lock);
    return ok;
}

static void append_all(job *j)
{
    for (int64_t i = 0; i < j->count && wait_for(j, &j->slots[i]); i++) {
        slot *s = &j->slots[i];
        wsi_error err = {0};
        if (j->whole->append(j->self, s->at, s->bytes, s->size, &err) != WSI_OK) note_error(j, &err);
        free(s->bytes);
        s->bytes = NULL;
    }
}

static void *read_worker(void *job_)
{
    job *j = (job *)job_;
    for (;;) {
        const int64_t k = atomic_fetch_add(&j->next, 1);
        wsi_error err = {0};
        if (k >= j->count || failed(j)) return NULL;
        const wsi_rect at = j->slots[k].at;
        const wsi_image part = wsi_image_crop(j->dst, at);
        if (j->whole->read(j->self, at, &part, &err) != WSI_OK) note_error(j, &err);
    }
}

/* Runs fn on `threads` threads, and `also` beside them. */
static void run_threads(job *j, int threads, void *(*fn)(void *), void (*also)(job *))
{
    pthread_t thread[THREADS_MAX];
    atomic_store(&j->next, 0);
    for (int i = 0; i < threads; i++)
        if (pthread_create(&thread[i], NULL, fn, j) != 0) abort();
    if (also) also(j);
    for (int i = 0; i < threads; i++) pthread_join(thread[i], NULL);
}

static void shuffle(job *j, uint64_t *state)
{
    for (int64_t i = j->count - 1; i > 0; i--) {
        const int64_t k = (int64_t)(draw(state) % (uint64_t)(i + 1)), held = j->order[i];
        j->order[i] = j->order[k];
        j->order[k] = held;
    }
}

/* Fills the slots with a grid of that pitch over w x h. */
static void lay_grid(job *j, int64_t w, int64_t h, int64_t step_x, int64_t step_y)
{
    const int64_t across = (w + step_x - 1) / step_x, down = (h + step_y - 1) / step_y;
    j->count = across * down;
    j->slots = (slot *)must(wsi_calloc((size_t)j->count, sizeof *j->slots));
    j->order = (int64_t *)must(wsi_calloc((size_t)j->count, sizeof *j->order));
    for (int64_t i = 0; i < j->count; i++) {
        const wsi_rect at = {i % across * step_x, i / across * step_y, step_x, step_y};
        j->slots[i].at = wsi_rect_intersect(at, (wsi_rect){0, 0, w, h});
        j->order[i] = i;
    }
}

static void clear_grid(job *j)
{
    for (int64_t i = 0; i < j->count; i++) free(j->slots[i].bytes);
    wsi_free(j->slots);
    wsi_free(j->order);
    j->slots = NULL;
    j->order = NULL;
    j->count = 0;
}

/* In rectangles of a random pitch, and where that is quick, all at once as well. */
static wsi_status read_all(job *j, int threads, uint64_t *state, wsi_error *err)
{
    const wsi_image *dst = j->dst;
    const wsi_rect all = {0, 0, dst->w, dst->h};
    const int64_t step_x = 1 + dst->w / 8 + (int64_t)(draw(state) % (uint64_t)dst->w);
    lay_grid(j, dst->w, dst->h, step_x, 1 + dst->h / 8 + (int64_t)(draw(state) % (uint64_t)dst->h));
    run_threads(j, threads, read_worker, NULL);
    clear_grid(j);
    if (j->error.code != WSI_OK) return j->error.code;
    if (dst->w * dst->h > READ_TWICE_MAX) return WSI_OK;
    const wsi_image once = oprun_image(dst->fmt, dst->w, dst->h);
    const size_t row = (size_t)dst->w * wsi_pixfmt_size(dst->fmt);
    const wsi_status status = j->whole->read(j->self, all, &once, err);
    for (int64_t y = 0; y < dst->h && status == WSI_OK; y++) {
        if (memcmp(wsi_image_row(&once, y), wsi_image_row(dst, y), row) == 0) continue;
        fprintf(stderr, "whole-run: row %lld read at once and in pieces differs\n", (long long)y);
        abort();
    }
    wsi_free(once.data);
    return status;
}

static size_t cell_size(wsi_column_type type)
{
    return type == WSI_COLUMN_OUTLINE ? sizeof(wsi_outline) : 8;
}

static void *copy_of(const void *bytes, size_t size)
{
    void *copy = must(wsi_calloc(size + 1, 1));
    if (size) memcpy(copy, bytes, size);
    return copy;
}

static wsi_outline outline_copy(const wsi_outline *o)
{
    const size_t rings = (size_t)o->ring_count;
    size_t points = 0;
    for (size_t i = 0; i < rings; i++) points += (size_t)o->ring_points[i];
    return (wsi_outline){o->ring_count, (const int32_t *)copy_of(o->ring_points, rings * sizeof(int32_t)),
                         (const uint8_t *)copy_of(o->ring_hole, rings),
                         (const double *)copy_of(o->xy, 2 * points * sizeof(double))};
}

static wsi_status take_rows(void *user, const wsi_rows *rows, wsi_error *err)
{
    whole_table *t = (whole_table *)user;
    (void)err;
    for (int c = 0; c < t->columns; c++) {
        const size_t size = cell_size(t->column[c].type);
        char *all = (char *)must(wsi_realloc_array(t->cells[c], (size_t)(t->count + rows->count) + 1, size));
        t->cells[c] = all;
        memcpy(all + (size_t)t->count * size, rows->cells[c], (size_t)rows->count * size);
        if (t->column[c].type != WSI_COLUMN_OUTLINE) continue;
        for (int64_t i = 0; i < rows->count; i++)
            ((wsi_outline *)(void *)all)[t->count + i] = outline_copy(&((const wsi_outline *)rows->cells[c])[i]);
    }
    t->count += rows->count;
    return WSI_OK;
}

static wsi_status run_all(job *j, const wsi_whole_call *call, uint64_t *state, whole_table *table, wsi_error *err)
{
    lay_grid(j, call->w, call->h, call->tile, call->tile);
    shuffle(j, state);
    run_threads(j, call->threads, tile_worker, append_all);
    clear_grid(j);
    if (j->error.code != WSI_OK) return j->error.code;
    WSI_FORWARD(j->whole->finish(j->self, err));
    if (j->dst && j->whole->read) WSI_FORWARD(read_all(j, call->threads, state, err));
    if (table && j->whole->rows) {
        table->columns = j->whole->columns(call, table->column);
        return j->whole->rows(j->self, take_rows, table, err);
    }
    return WSI_OK;
}

static const char *temporary_folder(void)
{
    const char *folder = getenv("TMPDIR");
    return folder && folder[0] ? folder : "/tmp";
}

wsi_status whole_run(const oprun *run, const wsi_image *src, const whole_options *options, const wsi_image *dst,
                     whole_table *table, wsi_error *err)
{
    const whole_options *o = options;
    const int64_t largest = wsi_max64(src[0].w, src[0].h), edge = o->tile > 0 ? o->tile : largest;
    const wsi_whole_call call = {
        .params = run->params,
        .in = run->in,
        .inputs = run->inputs,
        .w = src[0].w,
        .h = src[0].h,
        .tile = (edge + 15) / 16 * 16,
        .mpp_x = o->mpp_x,
        .mpp_y = o->mpp_y,
        .threads = o->threads < 1             ? 1
                   : o->threads > THREADS_MAX ? THREADS_MAX
                                              : o->threads,
        .memory = o->memory ? o->memory : UINT64_C(64) << 20,
        .scratch = o->scratch ? o->scratch : temporary_folder(),
    };
    job j = {.whole = run->op->whole, .src = src, .dst = dst, .inputs = run->inputs};
    uint64_t state = o->seed ? o->seed : 1;
    if (table) memset(table, 0, sizeof *table);
    pthread_mutex_init(&j.lock, NULL);
    pthread_cond_init(&j.appendable, NULL);
    wsi_status status = j.whole->open(&call, &j.self, err);
    if (status == WSI_OK) status = run_all(&j, &call, &state, table, err);
    if (j.error.code != WSI_OK && err) *err = j.error;
    j.whole->close(&j.self);
    if (j.self) abort();
    pthread_cond_destroy(&j.appendable);
    pthread_mutex_destroy(&j.lock);
    return status;
}

void whole_table_clear(whole_table *t)
{
    for (int c = 0; c < t->columns; c++) {
        for (int64_t i = 0; i < t->count && t->column[c].type == WSI_COLUMN_OUTLINE; i++) {
            const wsi_outline *o = &((const wsi_outline *)t->cells[c])[i];
            wsi_free((void *)(uintptr_t)o->ring_points);
            wsi_free((void *)(uintptr_t)o->ring_hole);
            wsi_free((void *)(uintptr_t)o->xy);
        }
        wsi_free(t->cells[c]);
    }
    memset(t, 0, sizeof *t);
}

static void write_outline(FILE *f, const wsi_outline *o)
{
    const double *xy = o->xy;
    fputc('[', f);
    for (int r = 0; r < o->ring_count; r++) {
        fprintf(f, "%s[%d, [", r ? ", " : "", o->ring_hole[r]);
        for (int32_t k = 0; k < 2 * o->ring_points[r]; k++) fprintf(f, "%s%.17g", k ? ", " : "", *xy++);
        fputs("]]", f);
    }
    fputc(']', f);
}

static void write_cell(FILE *f, const whole_table *t, int c, int64_t i)
{
    const double *floats = (const double *)t->cells[c];
    if (t->column[c].type == WSI_COLUMN_OUTLINE)
        write_outline(f, &((const wsi_outline *)t->cells[c])[i]);
    else if (t->column[c].type == WSI_COLUMN_INT)
        fprintf(f, "%lld", (long long)((const int64_t *)t->cells[c])[i]);
    else if (__builtin_isnan(floats[i]))
        fputs("NaN", f);
    else if (__builtin_isinf(floats[i]))
        fputs(floats[i] < 0 ? "-Infinity" : "Infinity", f);
    else
        fprintf(f, "%.17g", floats[i]);
}

int whole_table_write(const whole_table *t, const char *path)
{
    static const char *const types[] = {"int", "float", "outline"};
    FILE *f = fopen(path, "w");
    if (!f) return 0;
    fputs("{\"columns\": {", f);
    for (int c = 0; c < t->columns; c++) {
        fprintf(f, "%s\n\"%s\": {\"type\": \"%s\", \"unit\": \"%s\", \"values\": [", c ? "," : "", t->column[c].name,
                types[t->column[c].type], t->column[c].unit);
        for (int64_t i = 0; i < t->count; i++) {
            if (i) fputs(", ", f);
            write_cell(f, t, c, i);
        }
        fputs("]}", f);
    }
    fputs("}}\n", f);
    return fclose(f) == 0;
}
