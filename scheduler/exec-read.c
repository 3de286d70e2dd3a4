/* Reading ahead and decoding into the ring.
 *
 * A reader thread (with several GPUs: as many) fetches the compressed tiles of each batch in raster order, which is
 * file order in practice; tiles that lie one behind the other in the file are read in one call. Drivers without raw
 * access read inside the decode task. */
#include "exec-gpu.h"

#include "common/mem.h"
#include "kernels/device-range.h"

int64_t wsi_exec_unit_rows(const wsi_exec *x, int64_t unit)
{
    return wsi_min64(x->plan->unit_tiles, x->source_level->tiles_y - unit * x->plan->unit_tiles);
}

void wsi_exec_batch_tile(const wsi_exec *x, const wsi_batch *b, int i, int64_t *tx, int64_t *ty)
{
    *tx = b->tx + i % b->nx;
    *ty = b->unit * x->plan->unit_tiles + i / b->nx;
}

int64_t wsi_exec_batch_tiles(const wsi_exec *x, const wsi_batch *b)
{
    return b->nx * wsi_exec_unit_rows(x, b->unit);
}

void wsi_exec_pop_batch(wsi_exec *x, wsi_batch *b)
{
    *b = x->fifo[x->fifo_head];
    x->fifo_head = (x->fifo_head + 1) % x->fifo_capacity;
    x->fifo_count--;
    x->fifo_planned--;
    x->fifo_tiles -= wsi_exec_batch_tiles(x, b);
}

int wsi_exec_take_batch(wsi_exec *x, wsi_batch *b)
{
    const wsi_plan *p = x->plan;
    if (x->next_batch_unit == p->units) return 0;
    b->unit = x->next_batch_unit;
    b->tx = x->next_batch_x * p->batch_tiles;
    b->nx = wsi_min64(p->batch_tiles, x->source_level->tiles_x - b->tx);
    b->bytes = NULL;
    b->size = 0;
    if (++x->next_batch_x == p->batches_x) {
        x->next_batch_x = 0;
        x->next_batch_unit++;
    }
    return 1;
}

/* ---- Fetching ---- */

/* With a mask, tiles that nothing worked on reaches are left as they are in memory, or background. */
int wsi_exec_tile_needed(const wsi_exec *x, int64_t tx, int64_t ty)
{
    const wsi_within *w = x->in->within;
    return !w || w->need[ty * w->tiles_x + tx] != WSI_NEED_NONE;
}

/* Places the batch's tiles in one buffer; returns its size. */
static uint64_t lay_out(const wsi_exec *x, wsi_batch *b, wsi_tile_span *spans)
{
    uint64_t size = 0;
    int i = 0;
    for (int64_t r = 0; r < wsi_exec_unit_rows(x, b->unit); r++)
        for (int64_t c = 0; c < b->nx; c++, i++) {
            const int64_t ty = b->unit * x->plan->unit_tiles + r;
            spans[i] = wsi_slide_tile_span(x->in->slide, x->plan->level, b->tx + c, ty);
            if (!wsi_exec_tile_needed(x, b->tx + c, ty)) spans[i].size = 0;
            b->at[i] = (uint32_t)size;
            b->length[i] = (uint32_t)spans[i].size;
            size += spans[i].size;
        }
    return size;
}

/* Reads spans into the buffer, neighbours in one call. */
static wsi_status fetch(wsi_exec *x, const wsi_batch *b, const wsi_tile_span *spans, int count, wsi_error *err)
{
    for (int i = 0; i < count;) {
        if (!spans[i].size) {
            i++;
            continue;
        }
        uint64_t size = spans[i].size;
        int j = i + 1;
        while (j < count && spans[j].size && spans[j].offset == spans[i].offset + size) size += spans[j++].size;
        WSI_FORWARD(wsi_slide_read_bytes(x->in->slide, spans[i].offset, size, (char *)b->bytes + b->at[i], err));
        i = j;
    }
    return WSI_OK;
}

/* Batches that are read for one round of the lock, with their places in the file. */
typedef struct reading {
    wsi_batch batches[WSI_READ_ROUND_MAX];
    wsi_tile_span spans[WSI_READ_ROUND_MAX][WSI_BATCH_MAX];
    int count;
    uint64_t bytes;
    int64_t number; /* of the round */
} reading;

static int has_room(const wsi_exec *x, const reading *r)
{
    if (x->fifo_planned + r->count > x->fifo_capacity) return 0;
    return !x->raw_used || x->raw_used + r->bytes <= x->plan->raw_cap;
}

/* Waits for room in the read-ahead, which rounds get in their order: a later one must not keep an earlier one's. 0 when
 * the run is over. */
static int wait_for_room(wsi_exec *x, const reading *r)
{
    const double start = wsi_now();
    while (!x->failed && (x->rounds_with_room != r->number || !has_room(x, r)))
        pthread_cond_wait(&x->raw_room, &x->lock);
    x->stats.read_wait += wsi_now() - start;
    if (x->failed) return 0;
    x->rounds_with_room++;
    x->fifo_planned += r->count;
    x->raw_used += r->bytes;
    if (x->raw_used > x->stats.raw_high) x->stats.raw_high = x->raw_used;
    return 1;
}

/* Waits until all earlier rounds are queued: batches are taken in file order. 0 when the run is over. */
static int wait_for_turn(wsi_exec *x, const reading *r)
{
    while (!x->failed && x->rounds_queued != r->number) pthread_cond_wait(&x->raw_room, &x->lock);
    return !x->failed;
}

void wsi_exec_wake_for_batch(wsi_exec *x)
{
    if (x->fifo_count && (!x->gpu_count || wsi_gpu_leaves_batch(x))) wsi_team_wake(x->in->team);
}

static void queue_batches(wsi_exec *x, const reading *r)
{
    for (int i = 0; i < r->count; i++) {
        x->fifo[(x->fifo_head + x->fifo_count++) % x->fifo_capacity] = r->batches[i];
        x->fifo_tiles += wsi_exec_batch_tiles(x, &r->batches[i]);
    }
    if ((uint64_t)x->fifo_count > x->stats.raw_batches_high) x->stats.raw_batches_high = (uint64_t)x->fifo_count;
    x->stats.bytes_read += r->bytes;
    x->rounds_queued++;
    if (x->reader_count > 1) pthread_cond_broadcast(&x->raw_room);
    if (x->gpu_count) wsi_gpu_wake_decoders(x);
    wsi_exec_wake_for_batch(x);
}

/* Reads batches whose bytes are counted already. */
static wsi_status read_batches(wsi_reader *reader, reading *r, wsi_error *err)
{
    wsi_exec *x = reader->exec;
    for (int i = 0; i < r->count; i++) {
        wsi_batch *b = &r->batches[i];
        const double start = wsi_now();
        if (b->size) WSI_FORWARD(wsi_pool_get(x->pool, WSI_MEM_RAW, b->size, &b->bytes, err));
        WSI_FORWARD(fetch(x, b, r->spans[i], (int)wsi_exec_batch_tiles(x, b), err));
        wsi_trace_add(reader->lane, "read", start, wsi_now(), x->plan->level, b->tx, b->unit);
    }
    return WSI_OK;
}

/* Under lock: takes the next batches; 0 when there are none. */
static int take_round(wsi_exec *x, reading *r)
{
    r->count = 0;
    r->bytes = 0;
    while (r->count < x->read_round && wsi_exec_take_batch(x, &r->batches[r->count])) r->count++;
    if (r->count) r->number = x->rounds_taken++;
    return r->count > 0;
}

/* One round: 1 = queued, 0 = over or failed. Called and left with the lock held. */
static int read_round(wsi_reader *reader)
{
    wsi_exec *x = reader->exec;
    reading r;
    if (x->failed || !take_round(x, &r)) return 0;
    pthread_mutex_unlock(&x->lock);
    for (int i = 0; i < r.count; i++) {
        r.batches[i].size = lay_out(x, &r.batches[i], r.spans[i]);
        r.bytes += r.batches[i].size;
    }
    pthread_mutex_lock(&x->lock);
    if (!wait_for_room(x, &r)) return 0;
    pthread_mutex_unlock(&x->lock);
    wsi_error err = {WSI_OK, ""};
    const double start = wsi_now();
    wsi_range_begin("read");
    const wsi_status status = read_batches(reader, &r, &err);
    wsi_range_end();
    const double busy = wsi_now() - start;
    pthread_mutex_lock(&x->lock);
    x->stats.read_busy += busy;
    if (status == WSI_OK && wait_for_turn(x, &r)) {
        queue_batches(x, &r);
        return 1;
    }
    for (int i = 0; i < r.count; i++) wsi_pool_put(x->pool, r.batches[i].bytes);
    if (status != WSI_OK) wsi_exec_fail(x, &err);
    return 0;
}

void *wsi_exec_reader_main(void *arg)
{
    wsi_reader *reader = arg;
    wsi_exec *x = reader->exec;
    pthread_mutex_lock(&x->lock);
    while (read_round(reader)) continue;
    if (x->rounds_queued == x->rounds_taken) x->read_all = 1;
    if (x->gpu_count) wsi_gpu_wake_decoders(x);
    pthread_mutex_unlock(&x->lock);
    return NULL;
}

/* ---- Decoding ---- */

/* The tile's place in the ring. A unit never crosses the ring's end. */
static wsi_image ring_tile(const wsi_exec *x, wsi_rect r)
{
    const wsi_plan *p = x->plan;
    wsi_image im = {x->ring + (size_t)(r.y % p->ring_rows) * p->ring_stride +
                        (size_t)r.x * wsi_pixfmt_size(x->graph->source),
                    (ptrdiff_t)p->ring_stride, r.w, r.h, x->graph->source};
    return im;
}

static void store_sample(void *at, wsi_dtype type, double v)
{
    switch (type) {
    case WSI_BOOL:
        *(uint8_t *)at = v != 0;
        break;
    case WSI_U8:
        *(uint8_t *)at = (uint8_t)v;
        break;
    case WSI_I8:
        *(int8_t *)at = (int8_t)v;
        break;
    case WSI_U16:
        *(uint16_t *)at = (uint16_t)v;
        break;
    case WSI_I16:
        *(int16_t *)at = (int16_t)v;
        break;
    case WSI_U32:
        *(uint32_t *)at = (uint32_t)v;
        break;
    case WSI_I32:
        *(int32_t *)at = (int32_t)v;
        break;
    case WSI_F32:
        *(float *)at = (float)v;
        break;
    default:
        *(double *)at = v;
        break;
    }
}

static void fill_background(const wsi_exec *x, const wsi_image *im)
{
    _Alignas(8) char pixel[WSI_CHANNELS_MAX * 8];
    const size_t size = wsi_dtype_size(im->fmt.type);
    for (int c = 0; c < im->fmt.channels; c++)
        store_sample(pixel + (size_t)c * size, im->fmt.type, x->info->background[c]);
    wsi_image_fill(im, pixel);
}

/* --on-bad-tile fill: records the tile. */
static wsi_status note_bad(wsi_exec *x, int64_t tx, int64_t ty, const wsi_error *cause, wsi_error *err)
{
    wsi_log_write(x->in->spec->log, WSI_LOG_WARNING, "filled with background: %s", cause->message);
    pthread_mutex_lock(&x->lock);
    wsi_status status = WSI_OK;
    if (x->bad_count == x->bad_capacity) {
        const int64_t capacity = x->bad_capacity ? 2 * x->bad_capacity : 64;
        wsi_bad_tile *more = wsi_realloc_array(x->bad, (size_t)capacity, sizeof *more);
        if (more) {
            x->bad = more;
            x->bad_capacity = capacity;
        } else {
            status = wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for the list of bad tiles");
        }
    }
    if (status == WSI_OK) x->bad[x->bad_count++] = (wsi_bad_tile){tx, ty};
    pthread_mutex_unlock(&x->lock);
    return status;
}

wsi_status wsi_exec_decode_tile(wsi_worker *w, int64_t tx, int64_t ty, const void *bytes, size_t size,
                                const wsi_image *dst, wsi_error *err)
{
    wsi_exec *x = w->exec;
    if (!wsi_exec_tile_needed(x, tx, ty)) {
        fill_background(x, dst);
        return WSI_OK;
    }
    w->tiles_decoded++;
    w->pixels_decoded += (uint64_t)dst->w * (uint64_t)dst->h;
    if (!bytes) w->bytes_read += wsi_slide_tile_span(x->in->slide, x->plan->level, tx, ty).size;
    const wsi_status status = wsi_slide_read_tile(x->in->slide, x->plan->level, tx, ty, bytes, size, dst, err);
    if (status == WSI_OK || !x->in->spec->fill_bad_tiles || status == WSI_ERR_NO_MEMORY) return status;
    fill_background(x, dst);
    return note_bad(x, tx, ty, err, err);
}

static wsi_status decode_batch_tile(wsi_worker *w, const wsi_batch *b, int i, int64_t tx, int64_t ty, wsi_error *err)
{
    const wsi_exec *x = w->exec;
    if (!wsi_exec_tile_needed(x, tx, ty)) return WSI_OK; /* what is computed from it is thrown away */
    wsi_image dst = ring_tile(x, wsi_slide_tile_rect(x->in->slide, x->plan->level, tx, ty));
    if (x->in->within && wsi_slide_level_is_jpeg(x->in->slide, x->plan->level))
        dst.h = wsi_min64(dst.h, wsi_within_rows(x->in->within, tx, ty));
    const void *bytes = b->bytes && b->length[i] ? (const char *)b->bytes + b->at[i] : NULL;
    return wsi_exec_decode_tile(w, tx, ty, bytes, bytes ? b->length[i] : 0, &dst, err);
}

wsi_status wsi_exec_decode(wsi_worker *w, wsi_task *task, wsi_error *err)
{
    wsi_exec *x = w->exec;
    if (x->gpu_count) return wsi_gpu_decode_on_cpu(w, task, err);
    const wsi_batch *b = &task->batch;
    const double start = wsi_now();
    wsi_status status = WSI_OK;
    int i = 0;
    wsi_range_begin("decode");
    for (int64_t r = 0; r < wsi_exec_unit_rows(x, b->unit); r++)
        for (int64_t c = 0; c < b->nx && status == WSI_OK; c++, i++)
            status = decode_batch_tile(w, b, i, b->tx + c, b->unit * x->plan->unit_tiles + r, err);
    wsi_range_end();
    wsi_pool_put(x->pool, b->bytes);
    task->batch.bytes = NULL;
    const double end = wsi_now();
    w->decode_busy += end - start;
    wsi_trace_add(w->lane, "decode", start, end, x->plan->level, b->tx, b->unit);
    return status;
}

/* ---- Without a ring ---- */

/* Decodes the part of one tile that lies in r: in place when all of it does, else by way of the arena. */
static wsi_status decode_into(wsi_worker *w, int64_t tx, int64_t ty, wsi_rect r, const wsi_image *crop, wsi_error *err)
{
    wsi_exec *x = w->exec;
    if (!wsi_exec_tile_needed(x, tx, ty)) return WSI_OK; /* what is computed from it is thrown away */
    const wsi_rect tile = wsi_slide_tile_rect(x->in->slide, x->plan->level, tx, ty);
    const wsi_rect both = wsi_rect_intersect(tile, r);
    const wsi_image to = wsi_image_crop(crop, (wsi_rect){both.x - r.x, both.y - r.y, both.w, both.h});
    if (wsi_rect_contains(r, tile)) return wsi_exec_decode_tile(w, tx, ty, NULL, 0, &to, err);
    const wsi_image whole = {w->arena + x->plan->tile_offset, (ptrdiff_t)((size_t)tile.w * wsi_pixfmt_size(crop->fmt)),
                             tile.w, tile.h, crop->fmt};
    WSI_FORWARD(wsi_exec_decode_tile(w, tx, ty, NULL, 0, &whole, err));
    const wsi_image part = wsi_image_crop(&whole, (wsi_rect){both.x - tile.x, both.y - tile.y, both.w, both.h});
    wsi_image_copy(&to, &part);
    return WSI_OK;
}

wsi_status wsi_exec_decode_crop(wsi_worker *w, wsi_rect r, const wsi_image *crop, wsi_error *err)
{
    const wsi_level *l = w->exec->source_level;
    const double start = wsi_now();
    for (int64_t ty = r.y / l->tile_h; ty * l->tile_h < r.y + r.h; ty++)
        for (int64_t tx = r.x / l->tile_w; tx * l->tile_w < r.x + r.w; tx++)
            WSI_FORWARD(decode_into(w, tx, ty, r, crop, err));
    const double end = wsi_now();
    w->decode_busy += end - start;
    wsi_trace_add(w->lane, "decode", start, end, w->exec->plan->level, r.x, r.y);
    return WSI_OK;
}
