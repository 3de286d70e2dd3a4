/* The reconstruction engine's second half: tiles whose neighbours rose are visited until none rises any more. Any order
 * gives the same result, so tiles are handed to whatever thread is free.
 *
 * A visit first looks at the lines around a tile and at its own: the planes are read when a pixel of the border can
 * rise. A tile's record and bytes are under its lock; a thread holds one lock at a time. Markers only rise, so a line
 * read too early is read again: whoever changes one queues the neighbour after that. */
#include "common/mem.h"
#include "crew.h"
#include "order.h"
#include "reconstruct-private.h"

typedef enum state { IDLE = 0, QUEUED, RUNNING, AGAIN } state; /* AGAIN: queued by a neighbour while running */

/* What one thread has. */
typedef struct worker {
    wsi_rise rise;
    void *lines;   /* the tile's: marker's four, then mask's four */
    void *changed; /* its marker's, after it rose */
    void *outside; /* four lines around it, corners included */
    void *plane;
} worker;

static pthread_mutex_t *lock_of(engine *e, int64_t index)
{
    return &e->locks[index % LOCKS];
}

static void fill_plane(const wsi_rise *r, void *plane, const place *p, const void *from)
{
    const size_t line = (size_t)p->w * r->key_size;
    for (int64_t y = 0; y < p->h; y++) memcpy(wsi_rise_at(r, plane, 0, y), (const char *)from + (size_t)y * line, line);
}

static void fill_value(const wsi_rise *r, void *plane, const place *p, uint64_t value)
{
    for (int64_t y = 0; y < p->h; y++)
        for (int64_t x = 0; x < p->w; x++) wsi_order_put(wsi_rise_at(r, plane, 0, y), r->key_size, x, value);
}

/* n keys of a tile's line from key `from` on; plane 0 is the marker, 1 the mask. Under the tile's lock. */
static wsi_status read_line(engine *e, const place *p, int plane, size_t from, size_t n, void *to, wsi_error *err)
{
    const record *r = &e->records[p->index];
    if (r->at != 0)
        return wsi_scratch_read(e->scratch, r->at + (uint64_t)plane * lines_bytes(e, p) + from * e->key, to, n * e->key,
                                err);
    for (size_t i = 0; i < n; i++) wsi_order_put(to, e->key, (int64_t)i, plane ? r->mask : r->marker);
    return WSI_OK;
}

/* Where the ring's keys come from: which neighbour, which of its lines, from its end or beginning, and where in
 * `outside` they go: the line over the tile, under it, left and right of it, each with room for two corners. */
typedef struct seam {
    int dx, dy, side, last; /* last: the line's last key alone (1), its first (-1), all (0) */
    int into;
} seam;

static const seam seams[] = {{0, -1, BOTTOM, 0, TOP}, {0, 1, TOP, 0, BOTTOM},   {-1, 0, RIGHT, 0, LEFT},
                             {1, 0, LEFT, 0, RIGHT},  {-1, -1, BOTTOM, 1, TOP}, {1, -1, BOTTOM, -1, TOP},
                             {-1, 1, TOP, 1, BOTTOM}, {1, 1, TOP, -1, BOTTOM}};

static int inside(const engine *e, int64_t i, int64_t j)
{
    return i >= 0 && j >= 0 && i < e->tiles_x && j < e->tiles_y;
}

/* Puts one seam into the ring of the marker. */
static void set_ring(const wsi_rise *r, const seam *q, const void *keys)
{
    const size_t key = r->key_size;
    if (q->into == TOP || q->into == BOTTOM) {
        const int64_t y = q->into == TOP ? -1 : r->h, x = q->last == 0 ? 0 : q->dx < 0 ? -1 : r->w;
        memcpy(wsi_rise_at(r, r->marker, x, y), keys, (q->last == 0 ? (size_t)r->w : 1) * key);
        return;
    }
    for (int64_t y = 0; y < r->h; y++)
        memcpy(wsi_rise_at(r, r->marker, q->into == LEFT ? -1 : r->w, y), (const char *)keys + (size_t)y * key, key);
}

/* The tile's own lines, and its neighbours' in the ring. */
static wsi_status gather(engine *e, const place *p, worker *w, wsi_error *err)
{
    const int count = e->corners ? 8 : 4;
    wsi_rise_resize(&w->rise, p->w, p->h);
    pthread_mutex_lock(lock_of(e, p->index));
    wsi_status status = read_line(e, p, 0, 0, side_at(p, SIDES), w->lines, err);
    if (status == WSI_OK) status = read_line(e, p, 1, 0, side_at(p, SIDES), (char *)w->lines + lines_bytes(e, p), err);
    pthread_mutex_unlock(lock_of(e, p->index));
    for (int k = 0; k < count && status == WSI_OK; k++) {
        const seam *q = &seams[k];
        if (!inside(e, p->i + q->dx, p->j + q->dy)) continue;
        const place n = place_of(e, p->i + q->dx, p->j + q->dy);
        const size_t begin = side_at(&n, q->side), length = side_at(&n, q->side + 1) - begin;
        const size_t from = q->last == 1 ? begin + length - 1 : begin;
        pthread_mutex_lock(lock_of(e, n.index));
        status = read_line(e, &n, 0, from, q->last ? 1 : length, w->outside, err);
        pthread_mutex_unlock(lock_of(e, n.index));
        if (status == WSI_OK) set_ring(&w->rise, q, w->outside);
    }
    return status;
}

/* 1 when a pixel of a side can rise by the ring beside it, which has a stride of `step` keys. */
static int side_rises(const engine *e, const place *p, const worker *w, int side)
{
    const wsi_rise *r = &w->rise;
    const int flat = side == TOP || side == BOTTOM;
    const int64_t n = flat ? p->w : p->h, step = flat ? 1 : r->pitch;
    const void *ring = flat ? wsi_rise_at(r, r->marker, 0, side == TOP ? -1 : r->h)
                            : wsi_rise_at(r, r->marker, side == LEFT ? -1 : r->w, 0);
    const size_t at = side_at(p, side);
    const char *marker = (const char *)w->lines + at * e->key, *mask = marker + lines_bytes(e, p);
    for (int64_t i = 0; i < n; i++) {
        uint64_t high = wsi_order_at(ring, e->key, i * step);
        if (e->corners) {
            const uint64_t a = wsi_order_at(ring, e->key, (i - 1) * step),
                           b = wsi_order_at(ring, e->key, (i + 1) * step);
            high = high > a ? high : a;
            high = high > b ? high : b;
        }
        const uint64_t own = wsi_order_at(marker, e->key, i);
        if (own < high && own < wsi_order_at(mask, e->key, i)) return 1;
    }
    return 0;
}

/* From its plane's bytes; the mask is there. */
static void unpack_marker(const engine *e, worker *w, const place *p)
{
    const wsi_rise *r = &w->rise;
    if (!e->rule->steps) fill_plane(r, r->marker, p, w->plane);
    for (int64_t y = 0; y < p->h && e->rule->steps; y++)
        r->rows->raise(wsi_rise_at(r, r->marker, 0, y), wsi_rise_at(r, r->mask, 0, y),
                       (const uint8_t *)w->plane + y * p->w, p->w);
}

static wsi_status load(engine *e, const place *p, worker *w, wsi_error *err)
{
    const record *r = &e->records[p->index]; /* its own thread alone changes it */
    if (r->at == 0) {
        fill_value(&w->rise, w->rise.marker, p, r->marker);
        fill_value(&w->rise, w->rise.mask, p, r->mask);
        return WSI_OK;
    }
    const uint64_t at = r->at + 2 * lines_bytes(e, p);
    WSI_FORWARD(wsi_scratch_read(e->scratch, at + marker_bytes(e, p), w->plane, plane_bytes(e, p), err));
    fill_plane(&w->rise, w->rise.mask, p, w->plane);
    WSI_FORWARD(wsi_scratch_read(e->scratch, at, w->plane, marker_bytes(e, p), err));
    unpack_marker(e, w, p);
    return WSI_OK;
}

/* A tile that was flat and is not any more gets bytes. */
static wsi_status give_bytes(engine *e, const place *p, const worker *w, wsi_error *err)
{
    const size_t size = 2 * lines_bytes(e, p) + marker_bytes(e, p) + plane_bytes(e, p);
    const uint64_t at = atomic_fetch_add(&e->where, (size + 15) / 16 * 16);
    copy_plane(&w->rise, w->rise.mask, p, w->plane);
    WSI_FORWARD(wsi_scratch_write(e->scratch, at + lines_bytes(e, p), (const char *)w->lines + lines_bytes(e, p),
                                  lines_bytes(e, p), err));
    WSI_FORWARD(wsi_scratch_write(e->scratch, at + 2 * lines_bytes(e, p) + marker_bytes(e, p), w->plane,
                                  plane_bytes(e, p), err));
    e->records[p->index].at = at;
    return WSI_OK;
}

/* What has risen, under the tile's lock. */
static wsi_status store(engine *e, const place *p, worker *w, wsi_error *err)
{
    record *r = &e->records[p->index];
    if (r->at == 0 && is_flat(&w->rise, w->rise.marker, p)) {
        r->marker = wsi_order_at(wsi_rise_at(&w->rise, w->rise.marker, 0, 0), e->key, 0);
        return WSI_OK;
    }
    if (r->at == 0) WSI_FORWARD(give_bytes(e, p, w, err));
    WSI_FORWARD(wsi_scratch_write(e->scratch, r->at, w->changed, lines_bytes(e, p), err));
    pack_marker(e, &w->rise, p, w->plane);
    return wsi_scratch_write(e->scratch, r->at + 2 * lines_bytes(e, p), w->plane, marker_bytes(e, p), err);
}

/* Queues a tile, unless it is; under e->lock. */
static void enqueue(engine *e, int64_t index)
{
    const uint8_t was = e->states[index];
    if (was == QUEUED || was == AGAIN) return;
    e->states[index] = was == RUNNING ? AGAIN : QUEUED;
    if (was == RUNNING) return;
    e->queue[(e->head + e->count++) % (e->tiles_x * e->tiles_y)] = index;
    pthread_cond_signal(&e->change);
}

/* Neighbours whose side of the border changed may rise now. */
static void queue_neighbours(engine *e, const place *p, const worker *w)
{
    /* The side of this tile that seam k's neighbour sees. */
    static const int facing[] = {TOP, BOTTOM, LEFT, RIGHT, TOP, TOP, BOTTOM, BOTTOM};
    pthread_mutex_lock(&e->lock);
    for (int k = 0; k < (e->corners ? 8 : 4); k++) {
        const size_t begin = side_at(p, facing[k]), end = side_at(p, facing[k] + 1);
        const size_t from = k >= 4 && seams[k].dx > 0 ? end - 1 : begin, n = k >= 4 ? 1 : end - begin;
        if (!inside(e, p->i + seams[k].dx, p->j + seams[k].dy)) continue;
        if (memcmp((const char *)w->lines + from * e->key, (const char *)w->changed + from * e->key, n * e->key) != 0)
            enqueue(e, place_of(e, p->i + seams[k].dx, p->j + seams[k].dy).index);
    }
    pthread_mutex_unlock(&e->lock);
}

static wsi_status visit(engine *e, int64_t index, worker *w, wsi_error *err)
{
    const place p = place_of(e, index % e->tiles_x, index / e->tiles_x);
    int rose = 0;
    WSI_FORWARD(gather(e, &p, w, err));
    for (int side = 0; side < SIDES && !rose; side++) rose = side_rises(e, &p, w, side);
    if (!rose) return WSI_OK;
    WSI_FORWARD(load(e, &p, w, err));
    WSI_FORWARD(wsi_rise_ring(&w->rise, &rose, err));
    copy_lines(&w->rise, w->rise.marker, &p, w->changed);
    pthread_mutex_lock(lock_of(e, index));
    const wsi_status status = store(e, &p, w, err);
    pthread_mutex_unlock(lock_of(e, index));
    if (status == WSI_OK) queue_neighbours(e, &p, w);
    return status;
}

/* The next tile; -1 when none is left, none can come, or somebody failed. */
static int64_t take(engine *e)
{
    int64_t index = -1;
    pthread_mutex_lock(&e->lock);
    while (e->count == 0 && e->running > 0 && !e->stop) pthread_cond_wait(&e->change, &e->lock);
    if (e->count > 0 && !e->stop) {
        index = e->queue[e->head];
        e->head = (e->head + 1) % (e->tiles_x * e->tiles_y);
        e->count--;
        e->running++;
        e->states[index] = RUNNING;
    }
    pthread_mutex_unlock(&e->lock);
    return index;
}

static void give_back(engine *e, int64_t index, int failed)
{
    pthread_mutex_lock(&e->lock);
    const int again = e->states[index] == AGAIN;
    e->states[index] = IDLE;
    e->running--;
    if (failed) e->stop = 1;
    if (again) enqueue(e, index);
    pthread_cond_broadcast(&e->change);
    pthread_mutex_unlock(&e->lock);
}

/* One thread's work: tiles as long as there are any. */
static wsi_status work(void *self, int worker_index, int64_t unused, wsi_error *err)
{
    engine *e = (engine *)self;
    int64_t index;
    (void)unused;
    while ((index = take(e)) >= 0) {
        const int cancelled = e->call->cancel && atomic_load_explicit(e->call->cancel, memory_order_relaxed);
        const wsi_status status = cancelled ? wsi_error_set(err, WSI_ERR_CANCELLED, "cancelled")
                                            : visit(e, index, &e->workers[worker_index], err);
        give_back(e, index, status != WSI_OK);
        if (status != WSI_OK) return status;
    }
    return WSI_OK;
}

static wsi_status make_worker(const engine *e, worker *w, wsi_error *err)
{
    const place p = {.w = e->call->tile, .h = e->call->tile};
    WSI_FORWARD(wsi_rise_open(&w->rise, e->key, e->corners, p.w, p.h, err));
    w->lines = wsi_calloc(2, lines_bytes(e, &p));
    w->changed = wsi_calloc(1, lines_bytes(e, &p));
    w->outside = wsi_calloc((size_t)p.w, e->key);
    w->plane = wsi_calloc(1, plane_bytes(e, &p));
    WSI_RETURN_IF(!w->lines || !w->changed || !w->outside || !w->plane, WSI_ERR_NO_MEMORY, "no memory for a tile");
    return WSI_OK;
}

static void free_workers(engine *e)
{
    for (int i = 0; i < e->worker_count; i++) {
        worker *w = &e->workers[i];
        wsi_rise_close(&w->rise);
        wsi_free(w->lines);
        wsi_free(w->changed);
        wsi_free(w->outside);
        wsi_free(w->plane);
    }
    wsi_free(e->workers);
    e->workers = NULL;
}

static wsi_status make_workers(engine *e, wsi_error *err)
{
    const place p = {.w = e->call->tile, .h = e->call->tile};
    const uint64_t each = wsi_rise_size(e->key, p.w, p.h) + plane_bytes(e, &p) + 4 * lines_bytes(e, &p);
    int threads;
    WSI_FORWARD(wsi_crew_afford(e->rule->name, e->call->threads, each, e->call->memory, &threads, err));
    e->workers = (worker *)wsi_calloc((size_t)threads, sizeof *e->workers);
    WSI_RETURN_IF(!e->workers, WSI_ERR_NO_MEMORY, "no memory for %s", e->rule->name);
    e->worker_count = threads;
    for (int i = 0; i < threads; i++) WSI_FORWARD(make_worker(e, &e->workers[i], err));
    return WSI_OK;
}

wsi_status wsi_reconstruct_finish(void *self, wsi_error *err)
{
    engine *e = (engine *)self;
    const int64_t tiles = e->tiles_x * e->tiles_y;
    while (e->spare_count > 0) wsi_rise_close(&e->spare[--e->spare_count]);
    e->nothing = e->rule->nothing && e->rule->nothing(e->call, e->least, e->most);
    if (e->nothing || tiles == 1) return WSI_OK;
    atomic_store(&e->where, wsi_scratch_size(e->scratch) + 16);
    wsi_status status = make_workers(e, err);
    for (int64_t i = 0; i < tiles; i++) enqueue(e, i);
    const wsi_crew crew = {
        .threads = e->worker_count, .count = e->worker_count, .item = work, .user = e, .team = e->call->team};
    if (status == WSI_OK) status = wsi_crew_run(&crew, err);
    free_workers(e);
    return status;
}
