/* An external merge sort of records by label: see label-store.h.
 *
 * A run in the scratch file is one piece: each record as a frame (label, size) and its bytes. */
#include "label-store.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

enum { PIECE = 1 << 20, ALIGN = 16, PENDING_MIN = 1 << 22, PENDING_MAX = 1 << 26, WINDOW_MIN = 1 << 14 };

typedef struct frame {
    uint32_t label, size;
} frame;

/* A record in memory. */
typedef struct entry {
    uint32_t label, size;
    uint64_t at; /* in the bytes pending */
} entry;

typedef struct run {
    uint64_t at, end; /* in the scratch file */
} run;

struct wsi_label_store {
    wsi_scratch *scratch;
    uint64_t memory;
    unsigned char *pending;
    size_t pending_size, pending_room;
    entry *entries;
    size_t entry_count, entry_room;
    run *runs;
    size_t run_count, run_room;
    unsigned char *piece; /* on its way to the scratch file */
    size_t piece_size;
};

static wsi_status no_memory(wsi_error *err)
{
    return wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for records of objects");
}

/* Makes an array hold `count` elements. */
static wsi_status reserve(void **array, size_t *room, size_t count, size_t size, wsi_error *err)
{
    if (count <= *room) return WSI_OK;
    const size_t more = count + count / 2 + 64;
    void *p = wsi_realloc_array(*array, more, size);
    if (!p) return no_memory(err);
    *array = p;
    *room = more;
    return WSI_OK;
}

wsi_status wsi_label_store_open(const char *folder, uint64_t memory, wsi_label_store **out, wsi_error *err)
{
    wsi_label_store *s = wsi_calloc(1, sizeof *s);
    *out = s;
    if (!s) return no_memory(err);
    s->memory = memory;
    s->pending_room = memory / 4 < PENDING_MIN   ? PENDING_MIN
                      : memory / 4 > PENDING_MAX ? PENDING_MAX
                                                 : (size_t)(memory / 4);
    s->pending = wsi_calloc(1, s->pending_room);
    s->piece = wsi_calloc(1, PIECE);
    wsi_status status = s->pending && s->piece ? wsi_scratch_open(folder, &s->scratch, err) : no_memory(err);
    if (status != WSI_OK) wsi_label_store_close(out);
    return status;
}

/* ---- Writing ---- */

static wsi_status flush_piece(wsi_label_store *s, wsi_error *err)
{
    uint64_t at;
    const size_t size = s->piece_size;
    s->piece_size = 0;
    return size ? wsi_scratch_append(s->scratch, s->piece, size, &at, err) : WSI_OK;
}

/* Whole pieces are a multiple of the scratch file's alignment, so that a run lies in one piece. */
static wsi_status put(wsi_label_store *s, const void *bytes, size_t size, wsi_error *err)
{
    _Static_assert(PIECE % ALIGN == 0, "pieces of a run would not touch");
    for (const unsigned char *from = bytes; size > 0;) {
        const size_t room = PIECE - s->piece_size, n = size < room ? size : room;
        memcpy(s->piece + s->piece_size, from, n);
        s->piece_size += n;
        from += n;
        size -= n;
        if (s->piece_size == PIECE) WSI_FORWARD(flush_piece(s, err));
    }
    return WSI_OK;
}

static int by_label(const void *a_, const void *b_)
{
    const entry *a = a_, *b = b_;
    if (a->label != b->label) return a->label < b->label ? -1 : 1;
    return (a->at > b->at) - (a->at < b->at);
}

/* Writes what is pending as a run. */
static wsi_status flush(wsi_label_store *s, wsi_error *err)
{
    if (s->entry_count == 0) return WSI_OK;
    WSI_FORWARD(reserve((void **)&s->runs, &s->run_room, s->run_count + 1, sizeof *s->runs, err));
    run *r = &s->runs[s->run_count++];
    r->at = r->end = wsi_scratch_size(s->scratch);
    qsort(s->entries, s->entry_count, sizeof *s->entries, by_label);
    for (size_t i = 0; i < s->entry_count; i++) {
        const frame f = {s->entries[i].label, s->entries[i].size};
        WSI_FORWARD(put(s, &f, sizeof f, err));
        WSI_FORWARD(put(s, s->pending + s->entries[i].at, f.size, err));
        r->end += sizeof f + f.size;
    }
    s->entry_count = s->pending_size = 0;
    return flush_piece(s, err);
}

wsi_status wsi_label_store_add(wsi_label_store *s, uint32_t label, const void *bytes, uint32_t size, wsi_error *err)
{
    const size_t limit = (size_t)PENDING_MAX > s->pending_room ? s->pending_room : (size_t)PENDING_MAX;
    if (s->pending_size + size > limit) WSI_FORWARD(flush(s, err));
    WSI_FORWARD(reserve((void **)&s->pending, &s->pending_room, s->pending_size + size, 1, err));
    WSI_FORWARD(reserve((void **)&s->entries, &s->entry_room, s->entry_count + 1, sizeof *s->entries, err));
    s->entries[s->entry_count++] = (entry){label, size, s->pending_size};
    memcpy(s->pending + s->pending_size, bytes, size);
    s->pending_size += size;
    return WSI_OK;
}

wsi_status wsi_label_store_finish(wsi_label_store *s, wsi_error *err)
{
    WSI_FORWARD(flush(s, err));
    wsi_free(s->pending);
    wsi_free(s->entries);
    wsi_free(s->piece);
    s->pending = s->piece = NULL;
    s->entries = NULL;
    return WSI_OK;
}

void wsi_label_store_close(wsi_label_store **store)
{
    wsi_label_store *s = *store;
    if (!s) return;
    wsi_scratch_close(&s->scratch);
    wsi_free(s->pending);
    wsi_free(s->entries);
    wsi_free(s->runs);
    wsi_free(s->piece);
    wsi_free(s);
    *store = NULL;
}

/* ---- Reading ---- */

/* A run being read: bytes [at, at + have) of the scratch file lie in memory. */
typedef struct source {
    uint64_t at, end;
    unsigned char *bytes;
    size_t have, room, used; /* used: up to the end of the record given last */
    frame next;
    uint32_t number; /* of the run */
} source;

struct wsi_label_cursor {
    const wsi_label_store *store;
    size_t window, count;
    source *sources;
    source **heap; /* the first has the next record */
    size_t heap_count;
    int started;
};

/* Makes `size` bytes behind those used lie in memory. */
static wsi_status need(wsi_label_cursor *c, source *s, size_t size, wsi_error *err)
{
    if (s->have - s->used >= size) return WSI_OK;
    if (s->have > s->used) memmove(s->bytes, s->bytes + s->used, s->have - s->used);
    s->at += s->used;
    s->have -= s->used;
    s->used = 0;
    const size_t wanted = size > c->window ? size : c->window;
    WSI_FORWARD(reserve((void **)&s->bytes, &s->room, wanted, 1, err));
    const uint64_t left = s->end - s->at - s->have;
    const size_t more = wanted - s->have < left ? wanted - s->have : (size_t)left;
    WSI_FORWARD(wsi_scratch_read(c->store->scratch, s->at + s->have, s->bytes + s->have, more, err));
    s->have += more;
    return WSI_OK;
}

static int earlier(const source *a, const source *b)
{
    return a->next.label != b->next.label ? a->next.label < b->next.label : a->number < b->number;
}

static void sift_down(wsi_label_cursor *c, size_t i)
{
    source *moved = c->heap[i];
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= c->heap_count) break;
        if (child + 1 < c->heap_count && earlier(c->heap[child + 1], c->heap[child])) child++;
        if (!earlier(c->heap[child], moved)) break;
        c->heap[i] = c->heap[child];
        i = child;
    }
    c->heap[i] = moved;
}

/* Reads the frame of the source's next record; *more is 0 when it has none. */
static wsi_status read_frame(wsi_label_cursor *c, source *s, int *more, wsi_error *err)
{
    *more = s->at + s->used < s->end;
    if (!*more) return WSI_OK;
    WSI_FORWARD(need(c, s, sizeof s->next, err));
    memcpy(&s->next, s->bytes + s->used, sizeof s->next);
    return WSI_OK;
}

static wsi_status start(wsi_label_cursor *c, wsi_error *err)
{
    for (size_t i = 0; i < c->count; i++) {
        int more;
        WSI_FORWARD(read_frame(c, &c->sources[i], &more, err));
        if (more) c->heap[c->heap_count++] = &c->sources[i];
    }
    for (size_t i = c->heap_count; i-- > 0;) sift_down(c, i);
    c->started = 1;
    return WSI_OK;
}

/* Puts the source that gave the last record where its next one belongs. */
static wsi_status advance(wsi_label_cursor *c, wsi_error *err)
{
    int more;
    WSI_FORWARD(read_frame(c, c->heap[0], &more, err));
    if (!more) c->heap[0] = c->heap[--c->heap_count];
    if (c->heap_count > 0) sift_down(c, 0);
    return WSI_OK;
}

wsi_status wsi_label_cursor_open(const wsi_label_store *store, wsi_label_cursor **out, wsi_error *err)
{
    wsi_label_cursor *c = wsi_calloc(1, sizeof *c);
    *out = c;
    if (!c) return no_memory(err);
    c->store = store;
    c->count = store->run_count;
    const uint64_t share = store->memory / 4 / (c->count + 1);
    c->window = share < WINDOW_MIN ? WINDOW_MIN : share > PIECE ? PIECE : (size_t)share;
    c->sources = wsi_calloc(c->count + 1, sizeof *c->sources);
    c->heap = wsi_calloc(c->count + 1, sizeof(source *));
    if (!c->sources || !c->heap) {
        wsi_label_cursor_close(out);
        return no_memory(err);
    }
    for (size_t i = 0; i < c->count; i++)
        c->sources[i] = (source){.at = store->runs[i].at, .end = store->runs[i].end, .number = (uint32_t)i};
    return WSI_OK;
}

wsi_status wsi_label_cursor_next(wsi_label_cursor *c, uint32_t *label, const void **bytes, uint32_t *size,
                                 wsi_error *err)
{
    *bytes = NULL;
    WSI_FORWARD(c->started ? c->heap_count ? advance(c, err) : WSI_OK : start(c, err));
    if (c->heap_count == 0) return WSI_OK;
    source *s = c->heap[0];
    const size_t whole = sizeof s->next + s->next.size;
    WSI_FORWARD(need(c, s, whole, err));
    *label = s->next.label;
    *size = s->next.size;
    *bytes = s->bytes + s->used + sizeof s->next;
    s->used += whole;
    return WSI_OK;
}

void wsi_label_cursor_close(wsi_label_cursor **cursor)
{
    wsi_label_cursor *c = *cursor;
    if (!c) return;
    for (size_t i = 0; c->sources && i < c->count; i++) wsi_free(c->sources[i].bytes);
    wsi_free(c->sources);
    wsi_free(c->heap);
    wsi_free(c);
    *cursor = NULL;
}
