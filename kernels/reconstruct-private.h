/* What the two halves of the reconstruction engine share: whole-reconstruct.c takes tiles in and gives results out,
 * reconstruct-visits.c lets tiles rise by their neighbours.
 *
 * The scratch file holds of each tile its border lines (marker and mask, top, bottom, left, right), then the marker's
 * plane, then the mask's. Tiles of one marker and one mask value take no bytes. The marker of a rule that goes by steps
 * is the mask or the step below it: of that plane there is a byte a pixel, 1 for the latter, which is the result too.
 */
#ifndef WSI_RECONSTRUCT_PRIVATE_H
#define WSI_RECONSTRUCT_PRIVATE_H

#include <pthread.h>
#include <string.h>

#include "rise.h"
#include "whole-reconstruct.h"

enum { LOCKS = 64, SPARE = 64, TOP = 0, BOTTOM, LEFT, RIGHT, SIDES };

typedef struct record {
    uint64_t at;           /* of its bytes; 0: one marker and one mask value */
    uint64_t marker, mask; /* those values */
} record;

typedef struct engine {
    const wsi_whole_call *call;
    const wsi_reconstruct_rule *rule;
    size_t key;
    int corners;
    int64_t tiles_x, tiles_y;
    wsi_scratch *scratch;
    uint64_t least, most; /* of the mask */
    int nothing;
    record *records;
    atomic_uint_fast64_t where; /* the scratch file's next free byte, in finish() */
    pthread_mutex_t locks[LOCKS];
    int lock_count; /* of those that were made */
    /* The queue of tiles, under `lock`. */
    pthread_mutex_t lock;
    pthread_cond_t change;
    uint8_t *states;
    int64_t *queue, head, count;
    int running, stop;
    wsi_rise spare[SPARE]; /* of tile(), under `lock` */
    int spare_count;
    struct worker *workers;
    int worker_count;
} engine;

typedef struct place {
    int64_t index, i, j, w, h;
} place;

static inline place place_of(const engine *e, int64_t i, int64_t j)
{
    const int64_t edge = e->call->tile;
    return (place){j * e->tiles_x + i, i, j, wsi_min64(edge, e->call->w - i * edge),
                   wsi_min64(edge, e->call->h - j * edge)};
}

/* Keys before a side's line among the four of a plane; of SIDES: how many they are. */
static inline size_t side_at(const place *p, int side)
{
    const size_t at[] = {0, (size_t)p->w, 2 * (size_t)p->w, 2 * (size_t)p->w + (size_t)p->h, 2 * (size_t)(p->w + p->h)};
    return at[side];
}

static inline size_t plane_bytes(const engine *e, const place *p)
{
    return (size_t)(p->w * p->h) * e->key;
}

static inline size_t marker_bytes(const engine *e, const place *p)
{
    return e->rule->steps ? (size_t)(p->w * p->h) : plane_bytes(e, p);
}

static inline size_t lines_bytes(const engine *e, const place *p)
{
    return side_at(p, SIDES) * e->key;
}

/* A plane without its ring. */
static inline void copy_plane(const wsi_rise *r, void *plane, const place *p, void *to)
{
    const size_t line = (size_t)p->w * r->key_size;
    for (int64_t y = 0; y < p->h; y++) memcpy((char *)to + (size_t)y * line, wsi_rise_at(r, plane, 0, y), line);
}

static inline void pack_marker(const engine *e, const wsi_rise *r, const place *p, void *to)
{
    if (!e->rule->steps) {
        copy_plane(r, r->marker, p, to);
        return;
    }
    for (int64_t y = 0; y < p->h; y++)
        r->rows->below((uint8_t *)to + y * p->w, wsi_rise_at(r, r->marker, 0, y), wsi_rise_at(r, r->mask, 0, y), p->w,
                       1);
}

/* 1 when all pixels have the first one's value. */
static inline int is_flat(const wsi_rise *r, void *plane, const place *p)
{
    const size_t line = (size_t)p->w * r->key_size;
    const char *first = (const char *)wsi_rise_at(r, plane, 0, 0);
    if (memcmp(first, first + r->key_size, line - r->key_size) != 0) return 0;
    for (int64_t y = 1; y < p->h; y++)
        if (memcmp(first, wsi_rise_at(r, plane, 0, y), line) != 0) return 0;
    return 1;
}

/* A plane's four border lines. */
static inline void copy_lines(const wsi_rise *r, void *plane, const place *p, void *to)
{
    char *line = (char *)to;
    const size_t key = r->key_size, w = (size_t)p->w * key, h = (size_t)p->h * key;
    memcpy(line, wsi_rise_at(r, plane, 0, 0), w);
    memcpy(line + w, wsi_rise_at(r, plane, 0, p->h - 1), w);
    for (int64_t y = 0; y < p->h; y++) {
        memcpy(line + 2 * w + (size_t)y * key, wsi_rise_at(r, plane, 0, y), key);
        memcpy(line + 2 * w + h + (size_t)y * key, wsi_rise_at(r, plane, p->w - 1, y), key);
    }
}

#endif
