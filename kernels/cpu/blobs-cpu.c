/* The blob_response kernel. Responses of a scale cover dst and a pixel around it where the slide does; three scales are
 * kept at a time. Of Gaussians: the image is extended once for all scales, blurred down into two planes (with the
 * Gaussian and with its second derivative) and these across, each pixel's taps from the outermost pair inwards and the
 * middle first, as SciPy sums them, so that the same pixels tie. */
#include "kernels/blobs.h"

#include <math.h>

#include "doubles.h"
#include "kernels/edge.h"

typedef double vector __attribute__((vector_size(WSI_VEC), aligned(8), may_alias));
enum { LANES = WSI_VEC / 8, VECTORS = 4, BLOCK = LANES * VECTORS };

typedef struct job {
    const wsi_kernel_args *args;
    const wsi_blob_state *s;
    int64_t x0, y0, w, h;           /* in the source: what responses cover */
    int64_t stride;                 /* values a row of image and blurred */
    double *image;                  /* h + 2 reach rows of w + 2 reach pixels */
    double *smooth, *second;        /* h rows, of the pixels that the scale's taps reach */
    double *plane[WSI_BLOB_PLANES]; /* three responses, two Gaussians: h rows of w */
    double *rest;
} job;

static void round_row(double *v, int64_t n)
{
    for (int64_t i = 0; i < n; i++) v[i] = (double)(float)v[i];
}

/* ---- Gaussians ---- */

/* Row y of the image, counted from the first that taps reach. */
static void load_image_row(const job *j, int64_t y)
{
    const wsi_image *src = &j->args->src[0];
    const int64_t reach = j->s->reach, from = wsi_edge_map(WSI_EDGE_REFLECT, j->y0 - reach + y, src->h);
    const int64_t left = j->x0 - reach, columns = j->w + 2 * reach;
    const int64_t lo = wsi_max64(left, 0), hi = wsi_min64(left + columns, src->w);
    double *row = j->image + y * j->stride, *to = row + (lo - left);
    wsi_load_doubles(to, (const char *)wsi_image_row(src, from) + (size_t)lo * wsi_dtype_size(src->fmt.type),
                     src->fmt.type, 1, (size_t)(hi - lo));
    for (int64_t i = 0; i < hi - lo; i++) to[i] = to[i] * j->s->scale;
    for (int64_t i = 0; i < lo - left; i++) row[i] = to[wsi_edge_map(WSI_EDGE_REFLECT, left + i, src->w) - lo];
    for (int64_t i = hi - left; i < columns; i++) row[i] = to[wsi_edge_map(WSI_EDGE_REFLECT, left + i, src->w) - lo];
    for (int64_t i = columns; i < j->stride; i++) row[i] = 0.0;
}

/* BLOCK sums of pairs `step` values apart. */
static inline void sum_block(double *restrict out, const double *v, int64_t step, const double *taps, int radius)
{
    vector sum[VECTORS];
    for (int k = 0; k < VECTORS; k++) sum[k] = *(const vector *)(v + k * LANES) * taps[0];
    for (int t = radius; t >= 1; t--)
        for (int k = 0; k < VECTORS; k++) {
            const double *at = v + k * LANES;
            sum[k] = sum[k] + (*(const vector *)(at - t * step) + *(const vector *)(at + t * step)) * taps[t];
        }
    for (int k = 0; k < VECTORS; k++) *(vector *)(out + k * LANES) = sum[k];
}

/* n sums, rounded up to whole blocks. */
static void sum_row(const job *j, double *out, const double *v, int64_t step, const double *taps, int radius, int64_t n)
{
    for (int64_t x = 0; x < n; x += BLOCK) sum_block(out + x, v + x, step, taps, radius);
    if (j->s->rounded) round_row(out, n);
}

/* Block by block of columns, whose rows stay in the cache. */
static void blur_down(const job *j, double *out, const double *taps, int radius)
{
    const int64_t reach = j->s->reach, n = j->w + 2 * radius;
    const double *first = j->image + reach * j->stride + (reach - radius);
    for (int64_t x = 0; x < n; x += BLOCK)
        for (int64_t y = 0; y < j->h; y++)
            sum_row(j, out + y * j->stride + x, first + y * j->stride + x, j->stride, taps, radius,
                    wsi_min64(BLOCK, n - x));
}

/* From a plane that blur_down has made, into row `out`, which has room for whole blocks. */
static void blur_across(const job *j, double *out, const double *down, int64_t y, const double *taps, int radius)
{
    sum_row(j, out, down + y * j->stride + radius, 1, taps, radius, j->w);
}

static void gaussian(const job *j, const wsi_blob_taps *t, double *plane)
{
    blur_down(j, j->smooth, t->smooth, t->radius);
    for (int64_t y = 0; y < j->h; y++) {
        blur_across(j, j->rest, j->smooth, y, t->smooth, t->radius);
        memcpy(plane + y * j->w, j->rest, (size_t)j->w * sizeof *plane);
    }
}

static void laplacian(const job *j, const wsi_blob_taps *t, double factor, double *plane)
{
    double *rows = j->rest, *columns = j->rest + j->stride;
    const int rounded = j->s->rounded;
    blur_down(j, j->smooth, t->smooth, t->radius);
    blur_down(j, j->second, t->second, t->radius);
    for (int64_t y = 0; y < j->h; y++) {
        double *restrict out = plane + y * j->w;
        blur_across(j, rows, j->second, y, t->smooth, t->radius);
        blur_across(j, columns, j->smooth, y, t->second, t->radius);
        for (int64_t x = 0; x < j->w; x++) rows[x] = rows[x] + columns[x];
        if (rounded) round_row(rows, j->w);
        for (int64_t x = 0; x < j->w; x++) out[x] = -rows[x] * factor;
        if (rounded) round_row(out, j->w);
    }
}

/* Of the Gaussians i and i + 1, of which the latter is made here. */
static void difference(const job *j, int i, double *plane)
{
    const double *before = j->plane[3 + i % 2], *after = j->plane[3 + (i + 1) % 2];
    const double factor = j->s->factor[i];
    gaussian(j, &j->s->taps[i + 1], j->plane[3 + (i + 1) % 2]);
    for (int64_t k = 0; k < j->w * j->h; k++) plane[k] = before[k] - after[k];
    if (j->s->rounded) round_row(plane, j->w * j->h);
    for (int64_t k = 0; k < j->w * j->h; k++) plane[k] = plane[k] * factor;
    if (j->s->rounded) round_row(plane, j->w * j->h);
}

/* ---- the Hessian's determinant ---- */

void WSI_CPU(boxes)(const wsi_kernel_args *args);

static void determinant(const job *j, int i, double *plane)
{
    wsi_kernel_args call = *j->args;
    call.state = &j->s->boxes[i];
    call.ox[0] = j->x0;
    call.oy[0] = j->y0;
    call.dst = (wsi_image){plane, (ptrdiff_t)((size_t)j->w * sizeof *plane), j->w, j->h, {WSI_F64, 1}};
    call.scratch = j->rest;
    WSI_CPU(boxes)(&call);
    if (j->s->rounded) round_row(plane, j->w * j->h);
}

/* ---- maxima ---- */

static void raise_to(double *restrict most, const double *restrict v, int64_t n)
{
    for (int64_t i = 0; i < n; i++) most[i] = v[i] > most[i] ? v[i] : most[i];
}

/* The largest of the rows around row y, of scale i and those beside it. */
static void most_of_columns(const job *j, int i, int64_t y, double *most)
{
    for (int64_t x = 0; x < j->w; x++) most[x] = -HUGE_VAL;
    for (int k = i > 0 ? i - 1 : 0; k <= i + 1 && k < j->s->count; k++)
        for (int64_t r = wsi_max64(y - 1, 0); r <= wsi_min64(y + 1, j->h - 1); r++)
            raise_to(most, j->plane[k % 3] + r * j->w, j->w);
}

#define STORE(name, ctype)                                                                                             \
    static void store_##name(const job *j, int i, int64_t y, const double *restrict most)                              \
    {                                                                                                                  \
        const wsi_image *dst = &j->args->dst;                                                                          \
        const int64_t left = j->args->ox[0] - j->x0, row = y + j->args->oy[0] - j->y0;                                 \
        const double *v = j->plane[i % 3] + row * j->w;                                                                \
        ctype *out = (ctype *)wsi_image_row(dst, y) + i;                                                               \
        for (int64_t x = left; x < left + dst->w; x++, out += dst->fmt.channels) {                                     \
            double m = most[x];                                                                                        \
            if (x > 0) m = most[x - 1] > m ? most[x - 1] : m;                                                          \
            if (x + 1 < j->w) m = most[x + 1] > m ? most[x + 1] : m;                                                   \
            *out = (ctype)(v[x] >= m ? v[x] : NAN);                                                                    \
        }                                                                                                              \
    }

STORE(f32, float)
STORE(f64, double)

static void find_maxima(const job *j, int i)
{
    double *most = j->rest;
    for (int64_t y = 0; y < j->args->dst.h; y++) {
        most_of_columns(j, i, y + j->args->oy[0] - j->y0, most);
        if (j->args->dst.fmt.type == WSI_F32)
            store_f32(j, i, y, most);
        else
            store_f64(j, i, y, most);
    }
}

static void respond(const job *j, int i)
{
    double *plane = j->plane[i % 3];
    if (j->s->method == WSI_BLOB_LOG)
        laplacian(j, &j->s->taps[i], j->s->factor[i], plane);
    else if (j->s->method == WSI_BLOB_DOG)
        difference(j, i, plane);
    else
        determinant(j, i, plane);
}

static void lay_out(job *j)
{
    const wsi_kernel_args *args = j->args;
    double *next = (double *)args->scratch;
    j->x0 = wsi_max64(args->ox[0] - 1, 0);
    j->y0 = wsi_max64(args->oy[0] - 1, 0);
    j->w = wsi_min64(args->ox[0] + args->dst.w + 1, args->src[0].w) - j->x0;
    j->h = wsi_min64(args->oy[0] + args->dst.h + 1, args->src[0].h) - j->y0;
    for (int k = 0; k < WSI_BLOB_PLANES; k++, next += j->w * j->h) j->plane[k] = next;
    j->rest = next;
    if (!j->s->blurs) return;
    j->stride = wsi_blob_wide(args->dst.w, j->s->reach);
    j->image = next;
    j->smooth = j->image + (j->h + 2 * j->s->reach) * j->stride;
    j->second = j->smooth + j->h * j->stride;
    j->rest = j->second + j->h * j->stride;
}

WSI_CPU_KERNEL(blob_response)
{
    job j = {.args = args, .s = (const wsi_blob_state *)args->state};
    lay_out(&j);
    for (int64_t y = 0; j.s->blurs && y < j.h + 2 * j.s->reach; y++) load_image_row(&j, y);
    if (j.s->method == WSI_BLOB_DOG) gaussian(&j, &j.s->taps[0], j.plane[3]);
    for (int i = 0; i < j.s->count; i++) {
        respond(&j, i);
        if (i > 0) find_maxima(&j, i - 1);
    }
    find_maxima(&j, j.s->count - 1);
}
