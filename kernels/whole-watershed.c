/* Watershed out of core. Components of the mask do not influence one another, so each is flooded on its own: those that
 * lie within one tile in tile(), on all threads; those that cross seams are kept in pieces in the scratch file, joined
 * in append() by union-find over the pieces, and put together and flooded in finish(), one a thread. */
#include "watershed-private.h"

#include <pthread.h>
#include <string.h>

#include "common/mem.h"
#include "crew.h"
#include "samples.h"

/* Where a tile's runs and labels lie in the scratch file; runs 0: nothing does. */
typedef struct cell {
    uint64_t runs_at, labels_at;
    uint32_t runs, pixels;
} cell;

typedef struct watershed {
    const wsi_whole_call *call;
    int corners;
    int64_t tiles_x, tiles_y;
    wsi_scratch *scratch;
    cell *cells;
    wsi_watershed_piece *pieces;
    uint32_t *parents; /* of pieces; the smallest of a component is its root */
    int64_t piece_count, room;
    /* Pieces + 1 along the seams, 0: none, with a 0 before and behind: the line over the row of tiles, the one that
     * will be over the next, and the column left of the next tile. */
    uint32_t *above, *next_above, *left;
    /* finish() */
    const wsi_watershed_piece **grouped;
    wsi_watershed_group *groups;
    int64_t group_count;
    pthread_mutex_t lock; /* of used */
    pthread_cond_t freed;
    uint64_t used; /* bytes of memory that groups being flooded take */
} watershed;

static void close_watershed(void **self)
{
    watershed *s = (watershed *)*self;
    if (!s) return;
    wsi_scratch_close(&s->scratch);
    void *all[] = {s->cells, s->pieces, s->parents, s->above, s->next_above, s->left, s->grouped, s->groups};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) wsi_free(all[i]);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->freed);
    wsi_free(s);
    *self = NULL;
}

static wsi_status open_watershed(const wsi_whole_call *call, void **self, wsi_error *err)
{
    watershed *s = (watershed *)wsi_calloc(1, sizeof *s);
    WSI_RETURN_IF(!s, WSI_ERR_NO_MEMORY, "no memory for a watershed");
    *self = s;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->freed, NULL);
    s->call = call;
    s->corners = ((const wsi_watershed_params *)call->params)->connectivity == 2;
    s->tiles_x = (call->w + call->tile - 1) / call->tile;
    s->tiles_y = (call->h + call->tile - 1) / call->tile;
    s->cells = (cell *)wsi_calloc((size_t)(s->tiles_x * s->tiles_y), sizeof *s->cells);
    s->above = (uint32_t *)wsi_calloc((size_t)call->w + 2, sizeof *s->above);
    s->next_above = (uint32_t *)wsi_calloc((size_t)call->w + 2, sizeof *s->next_above);
    s->left = (uint32_t *)wsi_calloc((size_t)call->tile + 2, sizeof *s->left);
    WSI_RETURN_IF(!s->cells || !s->above || !s->next_above || !s->left, WSI_ERR_NO_MEMORY, "no memory for a watershed");
    return wsi_scratch_open(call->scratch, &s->scratch, err);
}

/* Tiles that are larger than the image are not: what a tile is at most decides how many bytes it leaves. */
static size_t bound(const void *self)
{
    const wsi_whole_call *call = ((const watershed *)self)->call;
    return wsi_watershed_bound(wsi_min64(call->tile, wsi_max64(call->w, call->h)));
}

static wsi_status tile(void *self, const wsi_image *im, wsi_rect at, void *out, size_t capacity, size_t *size,
                       wsi_error *err)
{
    (void)capacity;
    return wsi_watershed_tile(((const watershed *)self)->call, im, at, out, size, err);
}

static uint32_t root_of(uint32_t *parents, uint32_t i)
{
    while (parents[i] != i) i = parents[i] = parents[parents[i]];
    return i;
}

/* a, b: pieces + 1, or 0. */
static void join(watershed *s, uint32_t a, uint32_t b)
{
    if (a == 0 || b == 0 || a == b) return;
    a = root_of(s->parents, a - 1);
    b = root_of(s->parents, b - 1);
    if (a < b)
        s->parents[b] = a;
    else
        s->parents[a] = b;
}

/* Joins a line of n pixels to the one beside it, beside[-1 .. n]. */
static void join_lines(watershed *s, const uint32_t *line, const uint32_t *beside, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        if (line[i] == 0) continue;
        join(s, line[i], beside[i]);
        if (!s->corners) continue;
        join(s, line[i], beside[i - 1]);
        join(s, line[i], beside[i + 1]);
    }
}

static wsi_status more_pieces(watershed *s, int64_t count, wsi_error *err)
{
    int64_t room = s->room ? s->room : 1024;
    if (count <= s->room) return WSI_OK;
    WSI_RETURN_IF(count >= UINT32_MAX, WSI_ERR_NO_MEMORY,
                  "watershed: components of the mask cross seams between tiles in more than 2^32 places");
    while (room < count) room *= 2;
    wsi_watershed_piece *pieces = (wsi_watershed_piece *)wsi_realloc_array(s->pieces, (size_t)room, sizeof *s->pieces);
    if (pieces) s->pieces = pieces;
    uint32_t *parents = (uint32_t *)wsi_realloc_array(s->parents, (size_t)room, sizeof *s->parents);
    if (parents) s->parents = parents;
    WSI_RETURN_IF(!pieces || !parents, WSI_ERR_NO_MEMORY, "no memory for %lld pieces of components", (long long)room);
    s->room = room;
    return WSI_OK;
}

/* Puts the bytes into the scratch file and notes where its pieces lie there. */
static wsi_status note_pieces(watershed *s, int64_t index, const wsi_watershed_head *h, const wsi_watershed_layout *l,
                              wsi_error *err)
{
    const char *bytes = (const char *)h;
    const wsi_watershed_part *parts = (const wsi_watershed_part *)(const void *)(bytes + l->parts);
    cell *c = &s->cells[index];
    uint64_t at;
    WSI_FORWARD(more_pieces(s, s->piece_count + h->parts, err));
    WSI_FORWARD(wsi_scratch_append(s->scratch, bytes + l->runs, l->end - l->runs, &at, err));
    *c = (cell){at, at + (l->labels - l->runs), h->runs, h->pixels};
    uint64_t runs_at = c->runs_at + h->closed_runs * sizeof(wsi_flood_run);
    uint64_t labels_at = c->labels_at + h->closed_pixels * sizeof(uint32_t), values_at = at + (l->values - l->runs);
    for (uint32_t i = 0; i < h->parts; i++) {
        const uint32_t piece = (uint32_t)s->piece_count++;
        s->parents[piece] = piece;
        s->pieces[piece] =
            (wsi_watershed_piece){(uint64_t)index, runs_at, labels_at, values_at, parts[i].runs, parts[i].pixels};
        runs_at += parts[i].runs * sizeof(wsi_flood_run);
        labels_at += parts[i].pixels * sizeof(uint32_t);
        values_at += parts[i].pixels * sizeof(float);
    }
    return WSI_OK;
}

/* A side's parts as pieces. */
static void to_pieces(uint32_t *to, const uint32_t *parts, int64_t n, uint32_t before)
{
    for (int64_t i = 0; i < n; i++) to[i] = parts[i] ? parts[i] + before : 0;
}

/* Joins the tile to those above and left of it, and keeps its borders for those below and right of it. line: room for
 * the tile's edge. */
static void join_tile(watershed *s, wsi_rect at, const char *bytes, const wsi_watershed_layout *l, uint32_t before,
                      uint32_t *line)
{
    const uint32_t *sides[WSI_SIDES];
    for (int i = 0; i < WSI_SIDES; i++) sides[i] = (const uint32_t *)(const void *)(bytes + l->sides[i]);
    to_pieces(line, sides[WSI_TOP], at.w, before);
    join_lines(s, line, s->above + 1 + at.x, at.w);
    to_pieces(line, sides[WSI_LEFT], at.h, before);
    if (at.x > 0) join_lines(s, line, s->left + 1, at.h);
    to_pieces(s->left + 1, sides[WSI_RIGHT], at.h, before);
    s->left[at.h + 1] = 0;
    to_pieces(s->next_above + 1 + at.x, sides[WSI_BOTTOM], at.w, before);
}

static wsi_status append(void *self, wsi_rect at, const void *bytes, size_t size, wsi_error *err)
{
    watershed *s = (watershed *)self;
    const wsi_watershed_head *h = (const wsi_watershed_head *)bytes;
    const wsi_watershed_layout l = wsi_watershed_lay(h, at.w, at.h);
    const uint32_t before = (uint32_t)s->piece_count;
    (void)size;
    uint32_t *line = (uint32_t *)wsi_calloc((size_t)wsi_max64(at.w, at.h), sizeof *line);
    WSI_RETURN_IF(!line, WSI_ERR_NO_MEMORY, "no memory for a line of a tile");
    const int64_t index = at.y / s->call->tile * s->tiles_x + at.x / s->call->tile;
    const wsi_status status = h->runs > 0 ? note_pieces(s, index, h, &l, err) : WSI_OK;
    if (status == WSI_OK) join_tile(s, at, (const char *)bytes, &l, before, line);
    wsi_free(line);
    if (at.x + at.w < s->call->w) return status;
    uint32_t *swap = s->above;
    s->above = s->next_above;
    s->next_above = swap;
    return status;
}

/* Pieces in order of their roots: components in order of their first pieces. */
static wsi_status group_pieces(watershed *s, wsi_error *err)
{
    const size_t n = (size_t)s->piece_count;
    s->grouped = (const wsi_watershed_piece **)wsi_calloc(n, sizeof *s->grouped);
    s->groups = (wsi_watershed_group *)wsi_calloc(n, sizeof *s->groups);
    uint32_t *number = (uint32_t *)wsi_calloc(n, sizeof *number); /* a root's group */
    const wsi_status status =
        s->grouped && s->groups && number ? WSI_OK : wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for components");
    for (uint32_t i = 0; status == WSI_OK && i < n; i++) {
        const uint32_t root = root_of(s->parents, i);
        if (root == i) number[i] = (uint32_t)s->group_count++;
        s->groups[number[root]].count++;
    }
    const wsi_watershed_piece **to = s->grouped;
    for (int64_t g = 0; g < s->group_count; g++) {
        s->groups[g].pieces = to;
        to += s->groups[g].count;
        s->groups[g].count = 0;
    }
    for (uint32_t i = 0; status == WSI_OK && i < n; i++) {
        wsi_watershed_group *g = &s->groups[number[root_of(s->parents, i)]];
        s->grouped[g->pieces - (const wsi_watershed_piece *const *)s->grouped + g->count++] = &s->pieces[i];
    }
    wsi_free(number);
    return status;
}

/* Waits until others have left room for so many bytes; one alone may always. */
static void take_memory(watershed *s, uint64_t bytes)
{
    pthread_mutex_lock(&s->lock);
    while (s->used > 0 && s->used + bytes > s->call->memory) pthread_cond_wait(&s->freed, &s->lock);
    s->used += bytes;
    pthread_mutex_unlock(&s->lock);
}

static void give_memory(watershed *s, uint64_t bytes)
{
    pthread_mutex_lock(&s->lock);
    s->used -= bytes;
    pthread_cond_broadcast(&s->freed);
    pthread_mutex_unlock(&s->lock);
}

static wsi_status flood_group(void *self, int worker, int64_t i, wsi_error *err)
{
    watershed *s = (watershed *)self;
    const uint64_t bytes = wsi_watershed_flood_size(&s->groups[i]);
    (void)worker;
    if (bytes <= s->call->memory) take_memory(s, bytes);
    const wsi_status status = wsi_watershed_flood(s->call, s->tiles_x, s->scratch, &s->groups[i], err);
    if (bytes <= s->call->memory) give_memory(s, bytes);
    return status;
}

static wsi_status finish(void *self, wsi_error *err)
{
    watershed *s = (watershed *)self;
    if (s->piece_count == 0) return WSI_OK;
    WSI_FORWARD(group_pieces(s, err));
    const wsi_crew crew = {.threads = s->call->threads,
                           .count = s->group_count,
                           .cancel = s->call->cancel,
                           .item = flood_group,
                           .user = s,
                           .team = s->call->team};
    return wsi_crew_run(&crew, err);
}

/* The part of a tile's runs within `part`, both in pixels of the tile, into dst, which is that part. */
static void paint(const wsi_flood_run *runs, uint32_t count, const uint32_t *labels, wsi_rect part,
                  const wsi_image *dst)
{
    for (uint32_t i = 0; i < count; i++) {
        const wsi_flood_run *r = &runs[i];
        const int64_t from = wsi_max64(r->x, part.x), to = wsi_min64(r->x + (int64_t)r->n, part.x + part.w);
        if (r->y >= part.y && r->y < part.y + part.h && from < to)
            wsi_samples_put_label(dst, from - part.x, r->y - part.y, labels + (from - r->x), to - from);
        labels += r->n;
    }
}

static wsi_status read_tile(const watershed *s, const cell *c, wsi_rect part, const wsi_image *dst, wsi_error *err)
{
    if (c->runs == 0) return WSI_OK;
    wsi_flood_run *runs = (wsi_flood_run *)wsi_calloc(c->runs, sizeof *runs);
    uint32_t *labels = (uint32_t *)wsi_calloc(c->pixels, sizeof *labels);
    wsi_status status =
        runs && labels ? WSI_OK : wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for a part of a tile");
    if (status == WSI_OK) status = wsi_scratch_read(s->scratch, c->runs_at, runs, c->runs * sizeof *runs, err);
    if (status == WSI_OK) status = wsi_scratch_read(s->scratch, c->labels_at, labels, c->pixels * sizeof *labels, err);
    if (status == WSI_OK) paint(runs, c->runs, labels, part, dst);
    wsi_free(runs);
    wsi_free(labels);
    return status;
}

static wsi_status read_watershed(const void *self, wsi_rect at, const wsi_image *dst, wsi_error *err)
{
    const watershed *s = (const watershed *)self;
    const int64_t edge = s->call->tile;
    for (int64_t y = 0; y < at.h; y++) memset(wsi_image_row(dst, y), 0, (size_t)at.w * wsi_pixfmt_size(dst->fmt));
    for (int64_t j = at.y / edge; j * edge < at.y + at.h; j++)
        for (int64_t i = at.x / edge; i * edge < at.x + at.w; i++) {
            const wsi_rect part = wsi_rect_intersect((wsi_rect){i * edge, j * edge, edge, edge}, at);
            const wsi_image to = wsi_image_crop(dst, (wsi_rect){part.x - at.x, part.y - at.y, part.w, part.h});
            const wsi_rect within = {part.x - i * edge, part.y - j * edge, part.w, part.h};
            WSI_FORWARD(read_tile(s, &s->cells[j * s->tiles_x + i], within, &to, err));
        }
    return WSI_OK;
}

const wsi_whole wsi_whole_watershed = {
    .open = open_watershed,
    .bound = bound,
    .tile = tile,
    .append = append,
    .finish = finish,
    .read = read_watershed,
    .close = close_watershed,
};
