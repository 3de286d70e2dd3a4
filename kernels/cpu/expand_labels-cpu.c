/* expand_labels: two separable passes (expand_labels.h). Down and up each column distances to the last label seen are
 * counted, a row of samples at a time; along a row every column within reach is tried from left to right, so that only
 * a nearer one replaces what is there. */
#include "isa.h"

#include "kernels/expand_labels.h"
#include "kernels/footprint.h"
#include "kernels/op.h"
#include "kernels/px/expand-px.h"
#include "truth.h"

typedef struct expansion {
    const wsi_kernel_args *args;
    const wsi_expand_labels_state *state;
    int channels;
    int64_t samples;     /* of a row of results with the reach on both sides */
    int64_t lead, known; /* of those: before the crop begins, and within the crop */
    size_t stride;       /* samples from row to row of `rows` */
    int16_t *rows;       /* for each result row: offset of the nearest label's row */
    int16_t *below;
    uint8_t *truth;
    double *down, *nearest, *column;
} expansion;

static expansion lay_out(const wsi_kernel_args *args)
{
    const wsi_expand_labels_state *state = (const wsi_expand_labels_state *)args->state;
    const int64_t left = args->ox[0] - state->reach_x, end = args->ox[0] + args->dst.w + state->reach_x;
    const int64_t from = left > 0 ? left : 0, to = end < args->src[0].w ? end : args->src[0].w;
    const int channels = args->dst.fmt.channels;
    expansion e = {.args = args,
                   .state = state,
                   .channels = channels,
                   .samples = (end - left) * channels,
                   .lead = (from - left) * channels,
                   .known = (to - from) * channels,
                   .stride = wsi_expand_samples(args->dst.w, state->reach_x, channels)};
    e.down = (double *)args->scratch;
    e.nearest = e.down + e.stride;
    e.column = e.nearest + e.stride;
    e.rows = (int16_t *)(void *)(e.column + e.stride);
    e.below = e.rows + (size_t)args->dst.h * e.stride;
    e.truth = (uint8_t *)(void *)(e.below + e.stride);
    return e;
}

/* Where the labels of a crop's row lie; none beyond the crop. */
static void load_truth(const expansion *e, int64_t y)
{
    const wsi_image *src = &e->args->src[0];
    const int64_t x = e->args->ox[0] - e->state->reach_x;
    const char *row = (const char *)wsi_image_row(src, y) + (size_t)(x > 0 ? x : 0) * wsi_pixfmt_size(src->fmt);
    memset(e->truth, 0, (size_t)e->samples);
    WSI_CPU(truth_row)(e->truth + e->lead, row, src->fmt.type, e->known);
}

/* Rows since the last label of each column, for the next row. */
static void count(int16_t *restrict to, const int16_t *restrict from, const uint8_t *restrict truth, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        const int16_t further = (int16_t)(from[i] + 1);
        const int16_t most = further < WSI_EXPAND_NONE ? further : WSI_EXPAND_NONE;
        to[i] = truth[i] ? 0 : most;
    }
}

static void count_in_place(int16_t *row, const uint8_t *restrict truth, int64_t n)
{
    WSI_IVDEP for (int64_t i = 0; i < n; i++)
    {
        const int16_t further = (int16_t)(row[i] + 1);
        const int16_t most = further < WSI_EXPAND_NONE ? further : WSI_EXPAND_NONE;
        row[i] = truth[i] ? 0 : most;
    }
}

static void clear_counts(int16_t *row, int64_t n)
{
    for (int64_t i = 0; i < n; i++) row[i] = WSI_EXPAND_NONE;
}

/* Of the distances up and down the shorter one as an offset; up where they are alike. */
static void choose(int16_t *rows, const int16_t *restrict below, int64_t n)
{
    WSI_IVDEP for (int64_t i = 0; i < n; i++)
    {
        const int16_t up = rows[i], down = below[i];
        const int16_t offset = (int16_t)-up;
        rows[i] = up == WSI_EXPAND_NONE ? down : up <= down ? offset : down;
    }
}

static void down_the_columns(const expansion *e)
{
    const wsi_kernel_args *args = e->args;
    const int64_t oy = args->oy[0], first = oy - e->state->reach_y, end = oy + args->dst.h;
    clear_counts(e->below, e->samples);
    for (int64_t y = first > 0 ? first : 0; y < end; y++) {
        load_truth(e, y);
        if (y < oy)
            count_in_place(e->below, e->truth, e->samples);
        else
            count(e->rows + (size_t)(y - oy) * e->stride,
                  y == oy ? e->below : e->rows + (size_t)(y - oy - 1) * e->stride, e->truth, e->samples);
    }
}

static void up_the_columns(const expansion *e)
{
    const wsi_kernel_args *args = e->args;
    const int64_t oy = args->oy[0], end = oy + args->dst.h, last = end + e->state->reach_y - 1;
    clear_counts(e->below, e->samples);
    for (int64_t y = last < args->src[0].h ? last : args->src[0].h - 1; y >= oy; y--) {
        load_truth(e, y);
        count_in_place(e->below, e->truth, e->samples);
        if (y < end) choose(e->rows + (size_t)(y - oy) * e->stride, e->below, e->samples);
    }
}

/* Squared vertical distances of a row. */
static void square_rows(double *restrict to, const int16_t *restrict rows, double step, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        const double square = WSI_PX_SQUARE((double)rows[i], step);
        to[i] = rows[i] == WSI_EXPAND_NONE ? __builtin_inf() : square;
    }
}

/* Takes a column, `across` squared away, where it is nearer. */
static void nearer(double *restrict nearest, double *restrict column, const double *restrict down, double across,
                   double at, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        const double square = down[i] + across, held = nearest[i], from = column[i];
        nearest[i] = square < held ? square : held;
        column[i] = square < held ? at : from;
    }
}

enum { PIECE = 512 }; /* samples of a row computed at a time */

/* Distances that are whole numbers are compared together with their columns as one number: the square above
 * COLUMN_BITS bits of the column's place among those in reach. */
enum { COLUMN_BITS = 11 };
_Static_assert(2 * WSI_FOOTPRINT_RADIUS_MAX < 1 << COLUMN_BITS, "columns in reach have their bits");
#define NO_LABEL 0x80000000u /* more than any, and what is added to it does not overflow */

static void square_whole_rows(uint32_t *restrict to, const int16_t *restrict rows, int reach, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        const int dy = rows[i];
        const uint32_t square = (uint32_t)(dy * dy) << COLUMN_BITS;
        to[i] = dy >= -reach && dy <= reach ? square : NO_LABEL;
    }
}

static void nearer_whole(uint32_t *restrict nearest, const uint32_t *restrict down, uint32_t across, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        const uint32_t square = down[i] + across, held = nearest[i];
        nearest[i] = square < held ? square : held;
    }
}

/* along_the_row for steps of 1. */
static void along_the_whole_row(const expansion *e, int64_t y)
{
    uint32_t nearest[PIECE];
    const int64_t length = e->args->dst.w * e->channels, reach = e->state->reach_x;
    uint32_t *down = (uint32_t *)(void *)e->down;
    square_whole_rows(down, e->rows + (size_t)y * e->stride, (int)e->state->reach_y, e->samples);
    for (int64_t i = 0; i < length; i += PIECE) {
        const int64_t n = length - i < PIECE ? length - i : PIECE;
        memset(nearest, 0xff, sizeof nearest);
        for (int64_t dx = -reach; dx <= reach; dx++)
            nearer_whole(nearest, down + i + (dx + reach) * e->channels,
                         (uint32_t)((dx * dx) << COLUMN_BITS | (dx + reach)), n);
        for (int64_t k = 0; k < n; k++) {
            e->nearest[i + k] = (double)(int32_t)(nearest[k] >> COLUMN_BITS);
            e->column[i + k] = (double)((int32_t)(nearest[k] & ((1u << COLUMN_BITS) - 1)) - (int32_t)reach);
        }
    }
}

static void along_the_row(const expansion *e, int64_t y)
{
    const int64_t length = e->args->dst.w * e->channels, reach = e->state->reach_x;
    square_rows(e->down, e->rows + (size_t)y * e->stride, e->state->row_step, e->samples);
    for (int64_t i = 0; i < length; i += PIECE) {
        const int64_t n = length - i < PIECE ? length - i : PIECE;
        for (int64_t k = i; k < i + n; k++) e->nearest[k] = __builtin_inf();
        memset(e->column + i, 0, (size_t)n * sizeof(double));
        for (int64_t dx = -reach; dx <= reach; dx++)
            nearer(e->nearest + i, e->column + i, e->down + i + (dx + reach) * e->channels,
                   WSI_PX_SQUARE((double)dx, e->state->column_step), (double)dx, n);
    }
}

/* Row y of the results from what is nearest. */
#define TAKE(bits)                                                                                                     \
    static void take_##bits(const expansion *e, int64_t y)                                                             \
    {                                                                                                                  \
        const wsi_image *src = &e->args->src[0];                                                                       \
        const int64_t length = e->args->dst.w * e->channels, reach = e->state->reach_x;                                \
        const int16_t *rows = e->rows + (size_t)y * e->stride;                                                         \
        uint##bits##_t *out = (uint##bits##_t *)wsi_image_row(&e->args->dst, y);                                       \
        const uint##bits##_t *at = (const uint##bits##_t *)wsi_image_row(src, y + e->args->oy[0]);                     \
        at += e->args->ox[0] * e->channels;                                                                            \
        for (int64_t i = 0; i < length; i++) {                                                                         \
            const int64_t dx = (int64_t)e->column[i];                                                                  \
            out[i] = 0;                                                                                                \
            if (!(e->nearest[i] <= e->state->farthest)) continue;                                                      \
            const ptrdiff_t dy = rows[i + (dx + reach) * e->channels];                                                 \
            out[i] =                                                                                                   \
                *(const uint##bits##_t *)(const void *)((const char *)(at + i + dx * e->channels) + dy * src->stride); \
        }                                                                                                              \
    }

TAKE(8)
TAKE(16)
TAKE(32)
TAKE(64)

WSI_CPU_KERNEL(expand_labels)
{
    static void (*const take[])(const expansion *, int64_t) = {NULL, take_8, take_16, NULL,   take_32,
                                                               NULL, NULL,   NULL,    take_64};
    const expansion e = lay_out(args);
    const int whole = e.state->row_step == 1 && e.state->column_step == 1;
    down_the_columns(&e);
    up_the_columns(&e);
    for (int64_t y = 0; y < args->dst.h; y++) {
        (whole ? along_the_whole_row : along_the_row)(&e, y);
        take[wsi_dtype_size(args->dst.fmt.type)](&e, y);
    }
}
