/* The Euclidean distance transform out of core.
 *
 * Two phases. Along columns: tile() leaves one bit a pixel and, for each column, the first and the last background row;
 * append() carries the distance to the background above from one row of tiles to the next, finish() that to the
 * background below the other way. Along rows: finish() takes a row of tiles at a time, works out the distance along the
 * column for sixteen pixel rows (a band) and then the lower envelope over the slide's whole width. What it gives goes
 * to the scratch file by tile and band: nothing where all is background, 16-bit squared distances where they fit,
 * distances as float32 elsewhere. Memory is proportional to the slide's width.
 *
 * A slide without any background gives what SciPy gives: the distance to the pixel at row -1, column 0. */
#include "distance.h"

#include <math.h>
#include <string.h>

#include "common/mem.h"
#include "crew.h"
#include "distance-lines.h"
#include "footprint-private.h"
#include "samples.h"

enum { BAND = 16, ROWS_MAX = 1 << 29 };

typedef enum content { EMPTY = 0, FULL, MIXED } content; /* of a tile: background only, none, both */

/* What tile() leaves: this, then for each column the distances of the rows next to the tile to its first and from its
 * last background pixel (WSI_DISTANCE_NONE: there is none), then the rows' bits. */
typedef struct head {
    content content;
    char pad[60];
} head;

typedef struct cell {
    content content;
    uint64_t bits; /* in the scratch file, MIXED alone */
} cell;

typedef struct distance {
    const wsi_whole_call *call;
    const wsi_distance_lines *lines;
    double step_x, step_y;
    int64_t tiles_x, tiles_y, bands; /* bands of a tile */
    wsi_scratch *scratch;
    cell *cells;
    uint64_t *columns; /* in the scratch file, for each row of tiles: distances above it, then below it */
    int32_t *above;    /* of the row over the current row of tiles, and of that over the next */
    int32_t *next_above, *first;
    int any_background;
    uint64_t *results;          /* by tile and band: 0 = zeros, else offset * 2 + (1: float32, 0: 16-bit squares) */
    atomic_uint_fast64_t where; /* the scratch file's next free byte, in finish() */
    struct strip *strips;       /* one a thread, in finish() */
    int strip_count;
} distance;

/* What one thread needs for a row of tiles. */
typedef struct strip {
    uint8_t *bits, *foreground; /* all rows; one row, a byte a pixel */
    int32_t *above, *below;     /* distances of a row */
    int32_t *below_band;        /* of the row under each band */
    int32_t *below_row;         /* of each row of a band */
    double *f, *squares;        /* one row; the rows of a band */
    wsi_distance_site *sites;
    void *out; /* a tile's bits, then what is stored of a tile and band */
} strip;

static size_t bits_of(int64_t w)
{
    return (size_t)(w + 7) / 8;
}

static void close_distance(void **self)
{
    distance *d = (distance *)*self;
    if (!d) return;
    wsi_scratch_close(&d->scratch);
    wsi_free(d->cells);
    wsi_free(d->columns);
    wsi_free(d->above);
    wsi_free(d->next_above);
    wsi_free(d->first);
    wsi_free(d->results);
    wsi_free(d);
    *self = NULL;
}

static wsi_status open_distance(const wsi_whole_call *call, void **self, wsi_error *err)
{
    const wsi_distance_params *p = (const wsi_distance_params *)call->params;
    WSI_RETURN_IF(call->h > ROWS_MAX || call->w > ROWS_MAX, WSI_ERR_NO_MEMORY,
                  "distance_transform_edt: takes images of up to %d pixels a side", ROWS_MAX);
    distance *d = (distance *)wsi_calloc(1, sizeof *d);
    WSI_RETURN_IF(!d, WSI_ERR_NO_MEMORY, "no memory for a distance transform");
    *self = d;
    d->call = call;
    d->lines = wsi_distance_lines_for(wsi_cpu_best());
    d->step_y = wsi_spacing_of(&p->sampling, 0);
    d->step_x = wsi_spacing_of(&p->sampling, 1);
    d->tiles_x = (call->w + call->tile - 1) / call->tile;
    d->tiles_y = (call->h + call->tile - 1) / call->tile;
    d->bands = (call->tile + BAND - 1) / BAND;
    const size_t tiles = (size_t)(d->tiles_x * d->tiles_y), w = (size_t)call->w;
    d->cells = (cell *)wsi_calloc(tiles, sizeof *d->cells);
    d->columns = (uint64_t *)wsi_calloc((size_t)d->tiles_y, sizeof *d->columns);
    d->above = (int32_t *)wsi_calloc(w, sizeof *d->above);
    d->next_above = (int32_t *)wsi_calloc(w, sizeof *d->next_above);
    d->first = (int32_t *)wsi_calloc(w, sizeof *d->first);
    d->results = (uint64_t *)wsi_calloc(tiles * (size_t)d->bands, sizeof *d->results);
    WSI_RETURN_IF(!d->cells || !d->columns || !d->above || !d->next_above || !d->first || !d->results,
                  WSI_ERR_NO_MEMORY, "no memory for a distance transform");
    for (size_t x = 0; x < w; x++) d->above[x] = WSI_DISTANCE_NONE;
    return wsi_scratch_open(call->scratch, &d->scratch, err);
}

static size_t bound(const void *self)
{
    const size_t edge = (size_t)((const distance *)self)->call->tile;
    return sizeof(head) + 2 * edge * sizeof(int32_t) + edge * bits_of((int64_t)edge);
}

static wsi_status tile(void *self, const wsi_image *im, wsi_rect at, void *out, size_t capacity, size_t *size,
                       wsi_error *err)
{
    const wsi_distance_lines *lines = ((const distance *)self)->lines;
    head *h = (head *)out;
    int32_t *first = (int32_t *)(h + 1), *last = first + at.w;
    uint8_t *bits = (uint8_t *)(last + at.w);
    int64_t count = 0;
    (void)capacity;
    uint8_t *foreground = (uint8_t *)wsi_calloc((size_t)at.w, 1);
    WSI_RETURN_IF(!foreground, WSI_ERR_NO_MEMORY, "no memory for a row of a tile");
    for (int64_t x = 0; x < at.w; x++) first[x] = last[x] = WSI_DISTANCE_NONE;
    for (int64_t y = 0; y < at.h; y++) {
        wsi_samples_truth(im, y, foreground);
        count +=
            lines->note(foreground, at.w, (int32_t)y, (int32_t)at.h, first, last, bits + (size_t)y * bits_of(at.w));
    }
    wsi_free(foreground);
    h->content = count == 0 ? EMPTY : count == at.w * at.h ? FULL : MIXED;
    *size = h->content == MIXED ? (size_t)(bits - (uint8_t *)out) + (size_t)at.h * bits_of(at.w) : sizeof *h;
    return WSI_OK;
}

/* A tile's part of what the rows of tiles above and below need. */
static void note_columns(distance *d, wsi_rect at, content has, const int32_t *first, const int32_t *last)
{
    const int32_t rows = (int32_t)at.h;
    for (int64_t x = 0; x < at.w; x++) {
        int32_t *above = &d->next_above[at.x + x];
        const int32_t f = has == EMPTY ? 0 : has == FULL ? WSI_DISTANCE_NONE : first[x];
        const int32_t l = has == EMPTY ? 0 : has == FULL ? WSI_DISTANCE_NONE : last[x];
        d->first[at.x + x] = f;
        *above = l != WSI_DISTANCE_NONE                    ? l
                 : d->above[at.x + x] >= WSI_DISTANCE_NONE ? WSI_DISTANCE_NONE
                                                           : d->above[at.x + x] + rows;
    }
}

/* The row of tiles is complete: distances above it, and for now those of its first background pixels. */
static wsi_status end_row(distance *d, int64_t row, wsi_error *err)
{
    const size_t size = (size_t)d->call->w * sizeof(int32_t);
    uint64_t unused;
    WSI_FORWARD(wsi_scratch_append(d->scratch, d->above, size, &d->columns[row], err));
    WSI_FORWARD(wsi_scratch_append(d->scratch, d->first, size, &unused, err));
    int32_t *swap = d->above;
    d->above = d->next_above;
    d->next_above = swap;
    return WSI_OK;
}

/* Of the second of the two lines that end_row() appended. */
static uint64_t below_of(const distance *d, int64_t row)
{
    return d->columns[row] + ((uint64_t)d->call->w * sizeof(int32_t) + 15) / 16 * 16;
}

static wsi_status append(void *self, wsi_rect at, const void *bytes, size_t size, wsi_error *err)
{
    distance *d = (distance *)self;
    const head *h = (const head *)bytes;
    const int32_t *first = (const int32_t *)(h + 1), *last = first + at.w;
    const int64_t row = at.y / d->call->tile;
    cell *c = &d->cells[row * d->tiles_x + at.x / d->call->tile];
    const size_t before = sizeof *h + 2 * (size_t)at.w * sizeof(int32_t);
    c->content = h->content;
    if (c->content != FULL) d->any_background = 1;
    if (c->content == MIXED)
        WSI_FORWARD(wsi_scratch_append(d->scratch, (const char *)bytes + before, size - before, &c->bits, err));
    note_columns(d, at, c->content, first, last);
    return at.x + at.w == d->call->w ? end_row(d, row, err) : WSI_OK;
}

static int64_t rows_of(const distance *d, int64_t row)
{
    return wsi_min64(d->call->tile, d->call->h - row * d->call->tile);
}

/* From the last row of tiles to the first: the distances below each, in place of those of its first background. */
static wsi_status sweep_up(distance *d, wsi_error *err)
{
    const size_t w = (size_t)d->call->w;
    int32_t *below = d->above, *first = d->first;
    for (size_t x = 0; x < w; x++) below[x] = WSI_DISTANCE_NONE;
    for (int64_t row = d->tiles_y; row-- > 0;) {
        const int32_t rows = (int32_t)rows_of(d, row);
        WSI_FORWARD(wsi_scratch_read(d->scratch, below_of(d, row), first, w * sizeof *first, err));
        WSI_FORWARD(wsi_scratch_write(d->scratch, below_of(d, row), below, w * sizeof *below, err));
        for (size_t x = 0; x < w; x++)
            below[x] = first[x] != WSI_DISTANCE_NONE   ? first[x]
                       : below[x] >= WSI_DISTANCE_NONE ? WSI_DISTANCE_NONE
                                                       : below[x] + rows;
    }
    return WSI_OK;
}

static size_t out_size(const distance *d)
{
    const size_t edge = (size_t)d->call->tile, bits = edge * bits_of((int64_t)edge);
    const size_t band = edge * BAND * sizeof(float);
    return bits > band ? bits : band;
}

static void free_strips(distance *d)
{
    for (int i = 0; i < d->strip_count; i++) {
        strip *s = &d->strips[i];
        void *all[] = {s->bits,      s->foreground, s->above,   s->below, s->below_band,
                       s->below_row, s->f,          s->squares, s->sites, s->out};
        for (size_t k = 0; k < sizeof all / sizeof all[0]; k++) wsi_free(all[k]);
    }
    wsi_free(d->strips);
    d->strips = NULL;
}

static wsi_status make_strip(const distance *d, strip *s, wsi_error *err)
{
    const size_t w = (size_t)d->call->w, edge = (size_t)d->call->tile;
    s->bits = (uint8_t *)wsi_calloc(edge, bits_of((int64_t)w));
    s->foreground = (uint8_t *)wsi_calloc(w + 8, 1);
    s->above = (int32_t *)wsi_calloc(w, sizeof(int32_t));
    s->below = (int32_t *)wsi_calloc(w, sizeof(int32_t));
    s->below_band = (int32_t *)wsi_calloc(w * (size_t)d->bands, sizeof(int32_t));
    s->below_row = (int32_t *)wsi_calloc(w * BAND, sizeof(int32_t));
    s->f = (double *)wsi_calloc(w, sizeof(double));
    s->squares = (double *)wsi_calloc(w * BAND, sizeof(double));
    s->sites = (wsi_distance_site *)wsi_calloc(w, sizeof(wsi_distance_site));
    s->out = wsi_calloc(out_size(d), 1);
    WSI_RETURN_IF(!s->bits || !s->foreground || !s->above || !s->below || !s->below_band || !s->below_row || !s->f ||
                      !s->squares || !s->sites || !s->out,
                  WSI_ERR_NO_MEMORY, "no memory for a row of tiles");
    return WSI_OK;
}

/* Bytes of a strip. */
static uint64_t strip_size(const distance *d)
{
    const uint64_t w = (uint64_t)d->call->w, edge = (uint64_t)d->call->tile;
    const uint64_t column = edge / 8 + 2 + 8 + 4 * (uint64_t)d->bands + 12 * BAND + 8 + sizeof(wsi_distance_site);
    return w * column + out_size(d);
}

/* All rows' bits, side by side. */
static wsi_status load_bits(const distance *d, int64_t row, strip *s, wsi_error *err)
{
    const int64_t edge = d->call->tile, rows = rows_of(d, row);
    const size_t line = bits_of(d->call->w);
    for (int64_t i = 0; i < d->tiles_x; i++) {
        const cell *c = &d->cells[row * d->tiles_x + i];
        const size_t n = bits_of(wsi_min64(edge, d->call->w - i * edge));
        uint8_t *to = s->bits + (size_t)i * bits_of(edge);
        if (c->content == MIXED) WSI_FORWARD(wsi_scratch_read(d->scratch, c->bits, s->out, n * (size_t)rows, err));
        for (int64_t y = 0; y < rows; y++, to += line) {
            if (c->content == MIXED)
                memcpy(to, (const char *)s->out + (size_t)y * n, n);
            else
                memset(to, c->content == FULL ? 0xFF : 0, n);
        }
    }
    return WSI_OK;
}

static void step_row(const distance *d, strip *s, int64_t y, int32_t *rows)
{
    d->lines->step(s->bits + (size_t)y * bits_of(d->call->w), d->call->w, s->foreground, rows);
}

/* Distances of the row under each band. */
static void note_bands(const distance *d, int64_t rows, strip *s)
{
    const int64_t w = d->call->w;
    for (int64_t band = (rows - 1) / BAND; band >= 0; band--) {
        memcpy(s->below_band + band * w, s->below, (size_t)w * sizeof(int32_t));
        for (int64_t y = wsi_min64(rows, (band + 1) * BAND); y-- > band * BAND;) step_row(d, s, y, s->below);
    }
}

static void compute_band(const distance *d, int64_t y0, int64_t rows, strip *s)
{
    const int64_t w = d->call->w;
    memcpy(s->below, s->below_band + y0 / BAND * w, (size_t)w * sizeof(int32_t));
    for (int64_t y = rows; y-- > 0;) {
        step_row(d, s, y0 + y, s->below);
        memcpy(s->below_row + y * w, s->below, (size_t)w * sizeof(int32_t));
    }
    for (int64_t y = 0; y < rows; y++) {
        d->lines->step_squares(s->bits + (size_t)(y0 + y) * bits_of(w), w, s->foreground, s->above,
                               s->below_row + y * w, d->step_y, s->f);
        wsi_distance_row(s->f, w, d->step_x, s->sites, s->squares + y * w);
    }
}

/* As 16-bit squares where all of them fit, else as distances; returns the bytes, 0 when all are 0. */
static size_t pack(const distance *d, const strip *s, int64_t x0, int64_t w, int64_t rows, int *floats)
{
    double most = 0;
    uint16_t *squares = (uint16_t *)s->out;
    float *far = (float *)s->out;
    for (int64_t y = 0; y < rows; y++) most = fmax(most, d->lines->most(s->squares + y * d->call->w + x0, w));
    *floats = d->step_x != 1 || d->step_y != 1 || most > UINT16_MAX;
    if (most == 0) return 0;
    for (int64_t y = 0; y < rows; y++) {
        const double *from = s->squares + y * d->call->w + x0;
        if (*floats)
            for (int64_t x = 0; x < w; x++) far[y * w + x] = (float)sqrt(from[x]);
        else
            for (int64_t x = 0; x < w; x++) squares[y * w + x] = (uint16_t)from[x];
    }
    return (size_t)(rows * w) * (*floats ? sizeof *far : sizeof *squares);
}

static wsi_status store_band(distance *d, int64_t row, int64_t band, int64_t rows, const strip *s, wsi_error *err)
{
    const int64_t edge = d->call->tile;
    for (int64_t i = 0; i < d->tiles_x; i++) {
        int floats;
        const size_t size = pack(d, s, i * edge, wsi_min64(edge, d->call->w - i * edge), rows, &floats);
        if (size == 0) continue;
        const uint64_t where = atomic_fetch_add(&d->where, size);
        WSI_FORWARD(wsi_scratch_write(d->scratch, where, s->out, size, err));
        d->results[(row * d->tiles_x + i) * d->bands + band] = where * 2 + (uint64_t)floats;
    }
    return WSI_OK;
}

static int all_empty(const distance *d, int64_t row)
{
    for (int64_t i = 0; i < d->tiles_x; i++)
        if (d->cells[row * d->tiles_x + i].content != EMPTY) return 0;
    return 1;
}

static wsi_status compute_row(void *self, int worker, int64_t row, wsi_error *err)
{
    distance *d = (distance *)self;
    strip *s = &d->strips[worker];
    const int64_t rows = rows_of(d, row);
    const size_t size = (size_t)d->call->w * sizeof(int32_t);
    if (all_empty(d, row)) return WSI_OK;
    WSI_FORWARD(load_bits(d, row, s, err));
    WSI_FORWARD(wsi_scratch_read(d->scratch, d->columns[row], s->above, size, err));
    WSI_FORWARD(wsi_scratch_read(d->scratch, below_of(d, row), s->below, size, err));
    note_bands(d, rows, s);
    for (int64_t band = 0; band * BAND < rows; band++) {
        const int64_t n = wsi_min64(BAND, rows - band * BAND);
        compute_band(d, band * BAND, n, s);
        WSI_FORWARD(store_band(d, row, band, n, s, err));
    }
    return WSI_OK;
}

static wsi_status finish(void *self, wsi_error *err)
{
    distance *d = (distance *)self;
    int threads;
    if (!d->any_background) return WSI_OK;
    WSI_FORWARD(sweep_up(d, err));
    atomic_store(&d->where, wsi_scratch_size(d->scratch) + 16);
    WSI_FORWARD(
        wsi_crew_afford("distance_transform_edt", d->call->threads, strip_size(d), d->call->memory, &threads, err));
    d->strip_count = (int)wsi_min64(threads, d->tiles_y);
    d->strips = (strip *)wsi_calloc((size_t)d->strip_count, sizeof *d->strips);
    wsi_status status = d->strips ? WSI_OK : wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for rows of tiles");
    if (!d->strips) d->strip_count = 0;
    for (int i = 0; i < d->strip_count && status == WSI_OK; i++) status = make_strip(d, &d->strips[i], err);
    const wsi_crew crew = {.threads = d->strip_count,
                           .count = d->tiles_y,
                           .cancel = d->call->cancel,
                           .item = compute_row,
                           .user = d,
                           .team = d->call->team};
    if (status == WSI_OK) status = wsi_crew_run(&crew, err);
    free_strips(d);
    return status;
}

static void read_endless(const distance *d, wsi_rect at, const wsi_image *dst)
{
    for (int64_t y = 0; y < at.h; y++) {
        float *to = (float *)wsi_image_row(dst, y);
        const double dy = (double)(at.y + y + 1) * d->step_y;
        for (int64_t x = 0; x < at.w; x++) {
            const double dx = (double)(at.x + x) * d->step_x;
            to[x] = (float)sqrt(dy * dy + dx * dx);
        }
    }
}

/* Of one tile and band: `part` of the slide into dst, whose first pixel is at x0, y0 of the slide. */
static wsi_status read_band(const distance *d, wsi_rect band, wsi_rect part, uint64_t result, void *buffer,
                            const wsi_image *dst, wsi_error *err)
{
    const int floats = (int)(result & 1);
    const size_t sample = floats ? sizeof(float) : sizeof(uint16_t), line = (size_t)band.w * sample;
    const uint64_t where = result / 2 + (uint64_t)(part.y - band.y) * line;
    if (result != 0) WSI_FORWARD(wsi_scratch_read(d->scratch, where, buffer, (size_t)part.h * line, err));
    for (int64_t y = 0; y < part.h; y++) {
        float *to = (float *)wsi_image_row(dst, y);
        const char *from = (const char *)buffer + (size_t)y * line + (size_t)(part.x - band.x) * sample;
        const uint16_t *squares = (const uint16_t *)from;
        if (result == 0)
            memset(to, 0, (size_t)part.w * sizeof *to);
        else if (floats)
            memcpy(to, from, (size_t)part.w * sizeof *to);
        else
            for (int64_t x = 0; x < part.w; x++) to[x] = sqrtf((float)squares[x]);
    }
    return WSI_OK;
}

static wsi_status read_tiles(const distance *d, wsi_rect at, void *buffer, const wsi_image *dst, wsi_error *err)
{
    const int64_t edge = d->call->tile;
    for (int64_t y = at.y / BAND * BAND; y < at.y + at.h; y += BAND)
        for (int64_t x = at.x / edge * edge; x < at.x + at.w; x += edge) {
            const int64_t end = wsi_min64((y / edge + 1) * edge, d->call->h); /* of the tile's rows */
            const wsi_rect band = {x, y, wsi_min64(edge, d->call->w - x), wsi_min64(BAND, end - y)};
            const wsi_rect part = wsi_rect_intersect(band, at);
            const int64_t tile_index = y / edge * d->tiles_x + x / edge;
            const wsi_image to = wsi_image_crop(dst, (wsi_rect){part.x - at.x, part.y - at.y, part.w, part.h});
            WSI_FORWARD(
                read_band(d, band, part, d->results[tile_index * d->bands + y % edge / BAND], buffer, &to, err));
        }
    return WSI_OK;
}

static wsi_status read_distance(const void *self, wsi_rect at, const wsi_image *dst, wsi_error *err)
{
    const distance *d = (const distance *)self;
    if (!d->any_background) {
        read_endless(d, at, dst);
        return WSI_OK;
    }
    void *buffer = wsi_calloc((size_t)d->call->tile * BAND, sizeof(float));
    WSI_RETURN_IF(!buffer, WSI_ERR_NO_MEMORY, "no memory for a part of a tile");
    const wsi_status status = read_tiles(d, at, buffer, dst, err);
    wsi_free(buffer);
    return status;
}

const wsi_whole wsi_whole_distance = {
    .open = open_distance,
    .bound = bound,
    .tile = tile,
    .append = append,
    .finish = finish,
    .read = read_distance,
    .close = close_distance,
};
