/* The gaussian kernel: streams down a strip of columns. A window of 2*ry+1 source rows, converted to float32 once,
 * lies in scratch (and in L1); each output row is the vertical sum of the window, extended at slide edges, then the
 * horizontal sum, then stored in the output's type. No intermediate image exists.
 *
 * The two sums are written with compiler vectors: sixteen running sums of a block must stay in registers over the
 * loop of taps, which the vectoriser does not manage from plain loops. */
#include "isa.h"

#include "kernels/gaussian.h"
#include "kernels/op.h"
#include "kernels/px/gaussian-px.h"
#include "rows.h"

enum { STEP = 4 * WSI_VF_LANES }; /* floats a turn; divides WSI_GAUSSIAN_BLOCK */
_Static_assert(WSI_GAUSSIAN_BLOCK % STEP == 0, "rows are padded to whole steps");

static inline wsi_vf load(const float *p)
{
    return *(const wsi_vf *)p;
}

/* out[i] = sum over taps of rows[r +- k][i]. */
static void sum_rows(float *restrict out, const float *const *rows, const float *w, int r, int64_t n)
{
    for (int64_t i = 0; i < n; i += STEP) {
        const float *c = rows[r] + i;
        wsi_vf s0 = load(c) * w[0], s1 = load(c + WSI_VF_LANES) * w[0], s2 = load(c + 2 * WSI_VF_LANES) * w[0],
               s3 = load(c + 3 * WSI_VF_LANES) * w[0];
        for (int k = 1; k <= r; k++) {
            const float *a = rows[r - k] + i, *b = rows[r + k] + i;
            s0 = WSI_PX_FOLD(s0, w[k], load(a), load(b));
            s1 = WSI_PX_FOLD(s1, w[k], load(a + WSI_VF_LANES), load(b + WSI_VF_LANES));
            s2 = WSI_PX_FOLD(s2, w[k], load(a + 2 * WSI_VF_LANES), load(b + 2 * WSI_VF_LANES));
            s3 = WSI_PX_FOLD(s3, w[k], load(a + 3 * WSI_VF_LANES), load(b + 3 * WSI_VF_LANES));
        }
        *(wsi_vf *)(out + i) = s0;
        *(wsi_vf *)(out + i + WSI_VF_LANES) = s1;
        *(wsi_vf *)(out + i + 2 * WSI_VF_LANES) = s2;
        *(wsi_vf *)(out + i + 3 * WSI_VF_LANES) = s3;
    }
}

/* out[i] = sum over taps of in[i +- k * channels]; in points at the first output pixel. */
static void sum_columns(float *restrict out, const float *restrict in, const float *w, int r, int channels, int64_t n)
{
    for (int64_t i = 0; i < n; i += STEP) {
        const float *c = in + i, *a = c, *b = c;
        wsi_vf s0 = load(c) * w[0], s1 = load(c + WSI_VF_LANES) * w[0], s2 = load(c + 2 * WSI_VF_LANES) * w[0],
               s3 = load(c + 3 * WSI_VF_LANES) * w[0];
        for (int k = 1; k <= r; k++) {
            a -= channels;
            b += channels;
            s0 = WSI_PX_FOLD(s0, w[k], load(a), load(b));
            s1 = WSI_PX_FOLD(s1, w[k], load(a + WSI_VF_LANES), load(b + WSI_VF_LANES));
            s2 = WSI_PX_FOLD(s2, w[k], load(a + 2 * WSI_VF_LANES), load(b + 2 * WSI_VF_LANES));
            s3 = WSI_PX_FOLD(s3, w[k], load(a + 3 * WSI_VF_LANES), load(b + 3 * WSI_VF_LANES));
        }
        *(wsi_vf *)(out + i) = s0;
        *(wsi_vf *)(out + i + WSI_VF_LANES) = s1;
        *(wsi_vf *)(out + i + 2 * WSI_VF_LANES) = s2;
        *(wsi_vf *)(out + i + 3 * WSI_VF_LANES) = s3;
    }
}

/* What filtering one strip needs. Columns lo..hi of the source are in the window; `pad` pixels to the left of lo
 * lie beyond the slide's edge. */
typedef struct strip {
    const wsi_kernel_args *args;
    const wsi_gaussian_state *state;
    wsi_edge mode;
    int symmetric;
    wsi_gaussian_layout layout;
    int64_t x, w;   /* dst columns x .. x+w-1 */
    int64_t lo, hi; /* source columns in the window */
    float *window, *row, *out;
    const float **rows;
} strip;

/* Converts source row y (mapped when beyond the slide) into its slot of the window. */
static void load_window_row(const strip *s, int64_t y)
{
    const wsi_image *src = &s->args->src[0];
    const int64_t slots = 2 * s->state->ry + 1, slot = ((y % slots) + slots) % slots;
    float *to = s->window + slot * s->layout.stride;
    const int64_t n = (s->hi - s->lo) * src->fmt.channels, from = wsi_edge_map(s->mode, y, src->h);
    if (from < 0) {
        for (int64_t i = 0; i < n; i++) to[i] = s->state->outside;
    } else {
        const char *pixels = (const char *)wsi_image_row(src, from) + (size_t)s->lo * wsi_pixfmt_size(src->fmt);
        WSI_CPU(load_row)(to, pixels, src->fmt.type, s->symmetric, (size_t)n);
    }
    for (int64_t i = n; i < s->layout.stride; i++) to[i] = 0.0f; /* slack: read by whole blocks, never used */
}

/* Extends the vertical sums of columns lo..hi to the left and right of the slide. */
static void extend_row(const strip *s, float *sums)
{
    const int channels = s->args->dst.fmt.channels, rx = s->state->rx;
    const int64_t w = s->args->src[0].w, first = s->args->ox[0] + s->x - rx, last = first + s->w + 2 * rx;
    const float cval = (float)((const wsi_gaussian_params *)s->args->params)->cval;
    for (int64_t x = first; x < last; x++) {
        if (x == s->lo) x = s->hi;
        if (x >= last) break;
        const int64_t from = wsi_edge_map(s->mode, x, w);
        for (int c = 0; c < channels; c++)
            sums[(x - s->lo) * channels + c] = from < 0 ? cval : sums[(from - s->lo) * channels + c];
    }
}

static void filter_row(const strip *s, int64_t y)
{
    const wsi_gaussian_state *g = s->state;
    const wsi_image *dst = &s->args->dst;
    const int channels = dst->fmt.channels, slots = 2 * g->ry + 1;
    const int64_t first = y + s->args->oy[0] - g->ry; /* source row of rows[0] */
    int64_t slot = ((first % slots) + slots) % slots;
    for (int k = 0; k < slots; k++) {
        s->rows[k] = s->window + slot * s->layout.stride;
        slot = slot + 1 == slots ? 0 : slot + 1;
    }
    float *centre = s->row + g->rx * channels;                         /* first output pixel */
    float *sums = centre + (s->lo - s->args->ox[0] - s->x) * channels; /* source column lo */
    sum_rows(sums, s->rows, g->wy, g->ry, (s->hi - s->lo) * channels);
    extend_row(s, sums);
    sum_columns(s->out, centre, g->wx, g->rx, channels, s->w * channels);
    char *to = (char *)wsi_image_row(dst, y) + (size_t)s->x * wsi_pixfmt_size(dst->fmt);
    WSI_CPU(store_row)(to, dst->fmt.type, s->out, (size_t)(s->w * channels));
}

static void filter_strip(const strip *s)
{
    const int64_t oy = s->args->oy[0], ry = s->state->ry;
    for (int64_t y = oy - ry; y < oy + ry; y++) load_window_row(s, y);
    for (int64_t y = 0; y < s->args->dst.h; y++) {
        load_window_row(s, y + oy + ry);
        filter_row(s, y);
    }
}

WSI_CPU_KERNEL(gaussian)
{
    const wsi_gaussian_params *p = (const wsi_gaussian_params *)args->params;
    const wsi_gaussian_state *g = (const wsi_gaussian_state *)args->state;
    const wsi_image *dst = &args->dst, *src = &args->src[0];
    float *scratch = (float *)args->scratch;
    strip s = {.args = args, .state = g, .mode = (wsi_edge)p->mode, .symmetric = !p->preserve_range};
    s.layout = wsi_gaussian_plan(g->ry, g->rx, dst->fmt.channels, dst->w);
    s.window = scratch + s.layout.window;
    s.row = scratch + s.layout.row;
    s.out = scratch + s.layout.out;
    s.rows = (const float **)(void *)(scratch + s.layout.pointers);
    memset(s.row, 0, (size_t)(s.layout.out - s.layout.row) * sizeof(float));
    for (s.x = 0; s.x < dst->w; s.x += s.layout.strip) {
        s.w = dst->w - s.x < s.layout.strip ? dst->w - s.x : s.layout.strip;
        const int64_t first = args->ox[0] + s.x - g->rx, last = first + s.w + 2 * (int64_t)g->rx;
        s.lo = first < 0 ? 0 : first;
        s.hi = last > src->w ? src->w : last;
        filter_strip(&s);
    }
}
