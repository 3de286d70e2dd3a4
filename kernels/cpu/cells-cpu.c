/* Cells of pixels that become one: a run of columns at a time, summed down the cell's rows while it is in the L1 cache
 * and then along x. Stencils stream three converted rows, extended by one pixel at slide edges. */
#include "isa.h"

#include "kernels/cells.h"
#include "kernels/op.h"
#include "kernels/px/cells-px.h"
#include "kernels/px/edges-px.h"
#include "extend.h"

enum {
    RUN = 768, /* samples of a run of columns */
    SUMS = 2,
    SMALL_CELL = 16 /* columns */
};

/* Sums of the columns of a run; what a kind of cell adds of one source row. */
typedef struct run {
    const wsi_kernel_args *args;
    int64_t x;    /* first column, in the crop */
    int64_t n;    /* columns */
    int64_t y;    /* row that is being added */
    int channels; /* of the source */
    int samples;  /* sums a column: its channels, or 1 */
    float rows[3][RUN + 2 * WSI_CHANNELS_MAX];
    double sum[SUMS][RUN];
} run;

typedef struct cells {
    int loads;   /* 1: looks at rows in float32 */
    int margin;  /* rows and columns beyond the cell that it reads */
    int single;  /* 1: one sum a pixel, whatever the channels */
    int squares; /* 1: the second sum is used */
    void (*add)(run *r, const float *const rows[3]);
    float (*finish)(const double *sum, double present, const wsi_cells_state *s);
    void (*finish_many)(float *restrict out, const double *restrict sum, int64_t n, double present,
                        const wsi_cells_state *s);
} cells;

/* Row y of the crop, `margin` columns more on both sides. Stencils take signed integers as img_as_float does. */
static void load_row(run *r, float *to, int64_t y, int margin)
{
    wsi_extend_row_as(to, &r->args->src[0], margin, y, r->x - margin, r->n + 2 * margin, WSI_EDGE_REFLECT, 0);
}

/* Adds rows y0 .. y1 - 1 of the run's columns. */
static void sum_columns(run *r, const cells *kind, int64_t y0, int64_t y1)
{
    const int64_t n = r->n * r->samples;
    float *rows[3] = {r->rows[0], r->rows[1], r->rows[2]};
    for (int64_t i = 0; i < n; i++) r->sum[0][i] = 0.0;
    for (int64_t i = 0; i < n && kind->squares; i++) r->sum[1][i] = 0.0;
    if (kind->margin) load_row(r, rows[0], y0 - 1, 1);
    if (kind->margin) load_row(r, rows[1], y0, 1);
    for (int64_t y = y0; y < y1; y++) {
        if (kind->margin)
            load_row(r, rows[2], y + 1, 1);
        else if (kind->loads)
            load_row(r, rows[1], y, 0);
        const float *const window[3] = {rows[0], rows[1], rows[2]};
        r->y = y;
        kind->add(r, window);
        if (!kind->margin) continue;
        float *spent = rows[0];
        rows[0] = rows[1];
        rows[1] = rows[2];
        rows[2] = spent;
    }
}

/* A row of cells: the columns of the run go on where the last run ended within a cell. */
typedef struct cell_row {
    const cells *kind;
    const wsi_cells_state *state;
    double total[SUMS][WSI_CHANNELS_MAX];
    int64_t column; /* next of the row, from the first cell's own */
    int64_t columns, rows;
    float *out;
} cell_row;

static void finish_cell(cell_row *c, int samples, int64_t width)
{
    const int64_t cell = (c->column - 1) / c->state->fx;
    for (int k = 0; k < samples; k++) {
        const double sum[SUMS] = {c->total[0][k], c->total[1][k]};
        c->out[cell * samples + k] = c->kind->finish(sum, (double)width * (double)c->rows, c->state);
        c->total[0][k] = c->total[1][k] = 0.0;
    }
}

/* Whole cells from the run's first column on, as long as they are small: their sums in place of the columns', which are
 * done with then. Returns the columns. */
static int64_t sum_small_cells(cell_row *c, run *r)
{
    const int64_t fx = c->state->fx, count = r->n / fx, n = count * r->samples;
    const int samples = r->samples;
    if (fx > SMALL_CELL || c->kind->squares) return 0;
    double *restrict total = r->sum[1];
    const double *restrict sum = r->sum[0];
    if (samples == 1)
        for (int64_t i = 0; i < count; i++) {
            double t = sum[i * fx];
            for (int64_t j = 1; j < fx; j++) t += sum[i * fx + j];
            total[i] = t;
        }
    else
        for (int64_t i = 0; i < count; i++)
            for (int k = 0; k < samples; k++) {
                double t = sum[i * fx * samples + k];
                for (int64_t j = 1; j < fx; j++) t += sum[(i * fx + j) * samples + k];
                total[i * samples + k] = t;
            }
    c->kind->finish_many(c->out + c->column / fx * samples, total, n, (double)fx * (double)c->rows, c->state);
    c->column += count * fx;
    return count * fx;
}

static void sum_cells(cell_row *c, run *r)
{
    const int64_t fx = c->state->fx;
    for (int64_t i = sum_small_cells(c, r); i < r->n;) {
        const int64_t left = fx - c->column % fx, n = left < r->n - i ? left : r->n - i;
        for (int s = 0; s <= c->kind->squares; s++)
            for (int k = 0; k < r->samples; k++) {
                const double *from = r->sum[s] + i * r->samples + k;
                double total = c->total[s][k];
                for (int64_t j = 0; j < n; j++) total += from[j * r->samples];
                c->total[s][k] = total;
            }
        i += n;
        c->column += n;
        if (c->column % fx == 0 || c->column == c->columns) finish_cell(c, r->samples, (c->column - 1) % fx + 1);
    }
}

/* Columns of a run: whole cells where some fit. */
static int64_t run_columns(int64_t fx, int channels)
{
    const int64_t most = RUN / channels;
    return fx < most ? most / fx * fx : most;
}

static void each_cell(const wsi_kernel_args *args, const cells *kind)
{
    const wsi_cells_state *s = (const wsi_cells_state *)args->state;
    const wsi_image *src = &args->src[0], *dst = &args->dst;
    const int channels = src->fmt.channels;
    const int64_t right = args->ox[0] + dst->w * s->fx, end = right < src->w ? right : src->w;
    const int64_t step = run_columns(s->fx, channels);
    run r;
    r.args = args;
    r.channels = channels;
    r.samples = kind->single ? 1 : channels;
    for (int64_t y = 0; y < dst->h; y++) {
        const int64_t y0 = args->oy[0] + y * s->fy, y1 = y0 + s->fy < src->h ? y0 + s->fy : src->h;
        cell_row row = {
            .kind = kind, .state = s, .columns = end - args->ox[0], .rows = y1 - y0, .out = (float *)args->scratch};
        for (r.x = args->ox[0]; r.x < end; r.x += step) {
            r.n = end - r.x < step ? end - r.x : step;
            sum_columns(&r, kind, y0, y1);
            sum_cells(&row, &r);
        }
        WSI_CPU(store_row)(wsi_image_row(dst, y), dst->fmt.type, (float *)args->scratch, (size_t)(dst->w * r.samples));
    }
}

/* ---- Kinds of cells ---- */

static float finish_mean(const double *sum, double present, const wsi_cells_state *s)
{
    return wsi_px_cell_mean(sum[0], present, s);
}

static void finish_means(float *restrict out, const double *restrict sum, int64_t n, double present,
                         const wsi_cells_state *s)
{
    const wsi_cells_state state = *s;
    for (int64_t i = 0; i < n; i++) out[i] = wsi_px_cell_mean(sum[i], present, &state);
}

static float finish_variance(const double *sum, double present, const wsi_cells_state *s)
{
    return wsi_px_cell_variance(sum[0], sum[1], present, s);
}

#define ADD_ROW(name, type)                                                                                            \
    static void name(double *restrict sum, const void *row, int64_t n)                                                 \
    {                                                                                                                  \
        const type *restrict v = (const type *)row;                                                                    \
        for (int64_t i = 0; i < n; i++) sum[i] += (double)v[i];                                                        \
    }

ADD_ROW(add_u8, uint8_t)
ADD_ROW(add_i8, int8_t)
ADD_ROW(add_u16, uint16_t)
ADD_ROW(add_i16, int16_t)
ADD_ROW(add_u32, uint32_t)
ADD_ROW(add_i32, int32_t)
ADD_ROW(add_f32, float)
ADD_ROW(add_f64, double)

static void add_bool(double *restrict sum, const void *row, int64_t n)
{
    const uint8_t *restrict v = (const uint8_t *)row;
    for (int64_t i = 0; i < n; i++) sum[i] += v[i] != 0 ? 1.0 : 0.0;
}

static void add_values(run *r, const float *const rows[3])
{
    static void (*const add[WSI_DTYPE_COUNT])(double *restrict, const void *, int64_t) = {
        [WSI_BOOL] = add_bool, [WSI_U8] = add_u8,   [WSI_I8] = add_i8,   [WSI_U16] = add_u16, [WSI_I16] = add_i16,
        [WSI_U32] = add_u32,   [WSI_I32] = add_i32, [WSI_F32] = add_f32, [WSI_F64] = add_f64};
    const wsi_image *src = &r->args->src[0];
    (void)rows;
    add[src->fmt.type](r->sum[0], (const char *)wsi_image_row(src, r->y) + (size_t)r->x * wsi_pixfmt_size(src->fmt),
                       r->n * r->channels);
}

static void add_laplacian(run *r, const float *const rows[3])
{
    const float *restrict a = rows[0], *restrict b = rows[1], *restrict d = rows[2];
    double *restrict sum = r->sum[0], *restrict squares = r->sum[1];
    const int c = r->channels;
    for (int64_t i = 0; i < r->n * c; i++) {
        const double v = (double)wsi_px_edges_laplace(a[i + c], b[i], b[i + c], b[i + 2 * c], d[i + c]);
        sum[i] += v;
        squares[i] += v * v;
    }
}

static void add_gradient(run *r, const float *const rows[3])
{
    const float *restrict a = rows[0], *restrict b = rows[1], *restrict d = rows[2];
    double *restrict sum = r->sum[0];
    const int c = r->channels;
    for (int64_t i = 0; i < r->n * c; i++) {
        const float gy = wsi_px_edges_slope(a[i], a[i + c], a[i + 2 * c], d[i], d[i + c], d[i + 2 * c], 1, 2);
        const float gx = wsi_px_edges_slope(a[i], b[i], d[i], a[i + 2 * c], b[i + 2 * c], d[i + 2 * c], 1, 2);
        sum[i] += (double)wsi_px_gradient_squared(gy, gx);
    }
}

static void add_tissue(run *r, const float *const rows[3])
{
    const wsi_cells_state *s = (const wsi_cells_state *)r->args->state;
    const float *restrict v = rows[1];
    double *restrict sum = r->sum[0];
    const double threshold = s->threshold;
    if (s->method == WSI_TISSUE_MASK)
        for (int64_t i = 0; i < r->n; i++) sum[i] += v[i] != 0.0f ? 1.0 : 0.0;
    else if (s->method == WSI_TISSUE_SATURATION)
        for (int64_t i = 0; i < r->n; i++)
            sum[i] += wsi_px_is_saturated(v[3 * i], v[3 * i + 1], v[3 * i + 2], threshold) ? 1.0 : 0.0;
    else
        for (int64_t i = 0; i < r->n; i++)
            sum[i] += wsi_px_is_absorbing(v[3 * i], v[3 * i + 1], v[3 * i + 2], threshold) ? 1.0 : 0.0;
}

WSI_CPU_KERNEL(downscale_local_mean)
{
    static const cells kind = {0, 0, 0, 0, add_values, finish_mean, finish_means};
    each_cell(args, &kind);
}

WSI_CPU_KERNEL(blur_laplacian_variance)
{
    static const cells kind = {1, 1, 0, 1, add_laplacian, finish_variance, NULL};
    each_cell(args, &kind);
}

WSI_CPU_KERNEL(blur_tenengrad)
{
    static const cells kind = {1, 1, 0, 0, add_gradient, finish_mean, finish_means};
    each_cell(args, &kind);
}

WSI_CPU_KERNEL(tissue_fraction)
{
    static const cells kind = {1, 0, 1, 0, add_tissue, finish_mean, finish_means};
    each_cell(args, &kind);
}
