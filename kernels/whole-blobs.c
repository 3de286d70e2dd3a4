/* The table of blobs: maxima of scale space from all tiles, those above the threshold that do not overlap larger ones.
 * tile() leaves the maxima that an absolute threshold lets pass; what is relative to the slide's largest response is
 * applied to those known so far as the tiles come, and to all at the end. */
#include <math.h>
#include <string.h>

#include "blob-prune.h"
#include "blobs-private.h"
#include "common/mem.h"
#include "samples.h"

/* What tile() leaves: this, then the points. */
typedef struct head {
    double most; /* -HUGE_VAL without a maximum */
    int64_t maxima, points;
} head;

typedef struct blobs {
    const wsi_whole_call *call;
    const wsi_blob_params *params;
    wsi_blob_scales scales;
    wsi_point_limit limit;
    double most;
    double maxima;  /* of all pixels and scales: exact up to 2^53 */
    size_t thinned; /* points when the limit was last applied to them */
    wsi_points points;
} blobs;

static void close_blobs(void **self)
{
    blobs *b = (blobs *)*self;
    if (!b) return;
    wsi_points_close(&b->points);
    wsi_free(b);
    *self = NULL;
}

static wsi_status open_blobs(const wsi_whole_call *call, void **self, wsi_error *err)
{
    WSI_RETURN_IF(call->w > INT32_MAX || call->h > INT32_MAX, WSI_ERR_INPUT_UNSUPPORTED,
                  "blobs: takes images of less than 2^31 pixels a side");
    blobs *b = (blobs *)wsi_calloc(1, sizeof *b);
    WSI_RETURN_IF(!b, WSI_ERR_NO_MEMORY, "no memory for a table of blobs");
    *self = b;
    b->call = call;
    b->params = (const wsi_blob_params *)call->params;
    b->limit = (wsi_point_limit){wsi_points_number(&b->params->threshold, -HUGE_VAL),
                                 wsi_points_number(&b->params->threshold_rel, NAN), call->in[0].type == WSI_F32};
    b->most = -HUGE_VAL;
    wsi_points_open(&b->points, "blobs", call->memory / 2);
    return wsi_blob_scales_of(b->params, call->in[0].type, &b->scales, err);
}

static size_t bound(const void *self)
{
    const blobs *b = (const blobs *)self;
    return sizeof(head) + (size_t)(b->call->tile * b->call->tile * b->scales.count) * sizeof(wsi_point);
}

static int bordered(const blobs *b, int64_t x, int64_t y)
{
    const wsi_floats *border = &b->params->exclude_border;
    const int64_t rows = wsi_points_border(border, 0), columns = wsi_points_border(border, 1);
    return y < rows || y >= b->call->h - rows || x < columns || x >= b->call->w - columns;
}

static void note_pixel(const blobs *b, head *h, wsi_point *points, const double *v, int64_t x, int64_t y, double limit)
{
    for (int k = 0; k < b->scales.count; k++) {
        if (v[k] != v[k]) continue;
        h->maxima++;
        h->most = v[k] > h->most ? v[k] : h->most;
        if (v[k] > limit && !bordered(b, x, y)) points[h->points++] = (wsi_point){v[k], (int32_t)x, (int32_t)y, k};
    }
}

/* A row of a pixel's channels is a row of as many samples. */
static wsi_status tile(void *self, const wsi_image *im, wsi_rect at, void *out, size_t capacity, size_t *size,
                       wsi_error *err)
{
    const blobs *b = (const blobs *)self;
    const int channels = b->scales.count;
    const double limit = wsi_point_limit_at(&b->limit, -HUGE_VAL);
    const wsi_image samples = {im[0].data, im[0].stride, im[0].w * channels, im[0].h, {im[0].fmt.type, 1}};
    head *h = (head *)out;
    (void)capacity;
    double *row = (double *)wsi_calloc((size_t)samples.w, sizeof *row);
    WSI_RETURN_IF(!row, WSI_ERR_NO_MEMORY, "no memory for a row of a tile");
    *h = (head){-HUGE_VAL, 0, 0};
    for (int64_t y = 0; y < at.h; y++) {
        wsi_samples_double(&samples, y, row);
        for (int64_t x = 0; x < at.w; x++)
            note_pixel(b, h, (wsi_point *)(h + 1), row + x * channels, at.x + x, at.y + y, limit);
    }
    *size = sizeof *h + (size_t)h->points * sizeof(wsi_point);
    wsi_free(row);
    return WSI_OK;
}

static wsi_status append(void *self, wsi_rect at, const void *bytes, size_t size, wsi_error *err)
{
    blobs *b = (blobs *)self;
    const head *h = (const head *)bytes;
    const wsi_point *points = (const wsi_point *)(h + 1);
    (void)at, (void)size;
    b->most = h->most > b->most ? h->most : b->most;
    b->maxima += (double)h->maxima;
    const double limit = wsi_point_limit_at(&b->limit, b->most);
    for (int64_t i = 0; i < h->points; i++)
        if (points[i].value > limit) WSI_FORWARD(wsi_points_add(&b->points, points[i], err));
    if (b->points.count > 2 * b->thinned + 1024) {
        wsi_points_above(&b->points, limit);
        b->thinned = b->points.count;
    }
    return WSI_OK;
}

static wsi_status finish(void *self, wsi_error *err)
{
    blobs *b = (blobs *)self;
    const double all = (double)b->call->w * (double)b->call->h * b->scales.count;
    if (b->maxima == all && all > 1) b->points.count = 0; /* responses of one value */
    wsi_points_above(&b->points, wsi_point_limit_at(&b->limit, b->most));
    wsi_points_sort(&b->points);
    const int single = b->call->in[0].type == WSI_F32 && b->params->method != WSI_BLOB_DOH;
    return wsi_blob_prune(&b->points, b->scales.sigma, b->params->overlap, single, b->call->memory / 2, err);
}

static int columns(const wsi_whole_call *call, wsi_column out[WSI_COLUMNS_MAX])
{
    int n = wsi_points_columns(out);
    (void)call;
    out[n++] = (wsi_column){"sigma", "px", WSI_COLUMN_FLOAT};
    out[n++] = (wsi_column){"radius", "px", WSI_COLUMN_FLOAT};
    out[n++] = (wsi_column){"intensity", "", WSI_COLUMN_FLOAT};
    return n;
}

static void size_and_response(const void *of, const wsi_point *point, double numbers[WSI_POINT_NUMBERS_MAX])
{
    const blobs *b = (const blobs *)of;
    const double radius = b->params->method == WSI_BLOB_DOH ? 1 : sqrt(2);
    numbers[0] = b->scales.sigma[point->k];
    numbers[1] = radius * numbers[0];
    numbers[2] = point->value;
}

static wsi_status rows(const void *self, wsi_rows_fn take, void *user, wsi_error *err)
{
    const blobs *b = (const blobs *)self;
    return wsi_points_rows(&b->points, 3, size_and_response, b, take, user, err);
}

const wsi_whole wsi_whole_blobs = {
    .open = open_blobs,
    .bound = bound,
    .tile = tile,
    .append = append,
    .finish = finish,
    .columns = columns,
    .table_kind = WSI_TABLE_POINTS,
    .rows = rows,
    .close = close_blobs,
};
