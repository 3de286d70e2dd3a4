/* The kernel of the edge operators: streams three converted, edge-extended source rows. */
#include "isa.h"

#include "kernels/edges.h"
#include "kernels/op.h"
#include "kernels/px/edges-px.h"
#include "extend.h"

/* Three rows from one pixel left of the result on, and the state. */
typedef struct neighbourhood {
    const float *r0, *r1, *r2;
    const wsi_edges_state *s;
    int64_t n;
    int c; /* floats between pixels */
} neighbourhood;

/* Defines NAME_row: VALUE of a..i at each of n samples, times the scale. */
#define DEFINE_ROW(name, VALUE)                                                                                        \
    static void name##_row(float *restrict out, const neighbourhood *at)                                               \
    {                                                                                                                  \
        const float *restrict r0 = at->r0, *restrict r1 = at->r1, *restrict r2 = at->r2;                               \
        const float scale = at->s->scale, side = at->s->side, middle = at->s->middle;                                  \
        const int64_t n = at->n, c = at->c;                                                                            \
        (void)r0, (void)r1, (void)side, (void)middle;                                                                  \
        for (int64_t x = 0; x < n; x++) out[x] = (VALUE)*scale;                                                        \
    }

#define A r0[x]
#define B r0[x + c]
#define C r0[x + 2 * c]
#define D r1[x]
#define E r1[x + c]
#define F r1[x + 2 * c]
#define G r2[x]
#define H r2[x + c]
#define I r2[x + 2 * c]
#define ROWS wsi_px_edges_slope(A, B, C, G, H, I, side, middle)
#define COLUMNS wsi_px_edges_slope(A, D, G, C, F, I, side, middle)

DEFINE_ROW(magnitude, wsi_px_edges_magnitude(ROWS, COLUMNS))
DEFINE_ROW(rows, ROWS)
DEFINE_ROW(columns, COLUMNS)
DEFINE_ROW(roberts, wsi_px_edges_magnitude(I - E, H - F))
DEFINE_ROW(roberts_pos, I - E)
DEFINE_ROW(roberts_neg, H - F)
DEFINE_ROW(laplace, wsi_px_edges_laplace(B, D, E, F, H))

static void operator_row(float *out, const neighbourhood *at)
{
    static void (*const rows_of[])(float *restrict, const neighbourhood *) = {
        magnitude_row, rows_row, columns_row, roberts_row, roberts_pos_row, roberts_neg_row, laplace_row};
    rows_of[at->s->kind](out, at);
}

static void load_row(const wsi_kernel_args *args, float *to, int64_t y)
{
    const wsi_edges_state *s = (const wsi_edges_state *)args->state;
    wsi_extend_row_as(to, &args->src[0], 1, y, args->ox[0] - 1, args->dst.w + 2, (wsi_edge)s->mode, s->outside);
}

WSI_CPU_KERNEL(edges)
{
    const wsi_image *dst = &args->dst;
    const int channels = dst->fmt.channels;
    const size_t stride = wsi_edges_stride(dst->w, channels);
    float *row[3] = {(float *)args->scratch, (float *)args->scratch + stride, (float *)args->scratch + 2 * stride};
    float *out = (float *)args->scratch + 3 * stride;
    load_row(args, row[0], args->oy[0] - 1);
    load_row(args, row[1], args->oy[0]);
    for (int64_t y = 0; y < dst->h; y++) {
        load_row(args, row[2], args->oy[0] + y + 1);
        operator_row(out, &(neighbourhood){row[0], row[1], row[2], (const wsi_edges_state *)args->state,
                                           dst->w * channels, channels});
        WSI_CPU(store_row)(wsi_image_row(dst, y), dst->fmt.type, out, (size_t)(dst->w * channels));
        float *spent = row[0];
        row[0] = row[1];
        row[1] = row[2];
        row[2] = spent;
    }
}
