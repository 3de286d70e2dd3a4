/* What the rank filters' two files share: scratch, pixels inside the image, and percentiles by histogram. */
#ifndef WSI_CPU_RANK_H
#define WSI_CPU_RANK_H

#include "isa.h"
#include "kernels/op.h"
#include "kernels/rank.h"

/* Scratch cut up; see wsi_rank_scratch. */
typedef struct rank_job {
    const wsi_kernel_args *args;
    const wsi_footprint *footprint;
    int64_t slots; /* rows of the ring */
    size_t stride; /* words of one */
    uint32_t *ring, *result, *pixels, *histogram;
    const void **rows; /* of the ring, for one row of results: footprint row k at rows[k + top] */
} rank_job;

static inline rank_job rank_job_of(const wsi_kernel_args *args, const wsi_footprint *f)
{
    const wsi_pixfmt fmt = args->src[0].fmt;
    rank_job j = {.args = args, .footprint = f, .slots = f->top + f->bottom + 1};
    j.stride = wsi_rank_stride(args->dst.w, f->left + f->right, fmt.channels);
    j.rows = (const void **)args->scratch;
    j.ring = (uint32_t *)(void *)(j.rows + j.slots);
    j.result = j.ring + j.stride * (size_t)j.slots;
    j.pixels = j.result + j.stride;
    j.histogram = j.pixels + wsi_rank_stride(args->dst.w, 0, 1);
    return j;
}

/* Ring slot of output row y's source row. */
static inline uint32_t *rank_slot(const rank_job *j, int64_t y)
{
    return j->ring + (size_t)((y + j->footprint->top) % j->slots) * j->stride;
}

/* Points j->rows at the window of output row y. */
static inline void rank_window(const rank_job *j, int64_t y)
{
    for (int64_t k = 0; k < j->slots; k++) j->rows[k] = rank_slot(j, y - j->footprint->top + k);
}

/* j->pixels: how many of the footprint's pixels lie inside the image, for each pixel of output row y. */
static inline void rank_count_pixels(const rank_job *j, int64_t y)
{
    const wsi_footprint *f = j->footprint;
    const wsi_image *src = &j->args->src[0];
    const int64_t w = j->args->dst.w, ox = j->args->ox[0];
    memset(j->pixels, 0, (size_t)w * sizeof *j->pixels);
    for (int i = 0; i < f->chords; i++) {
        const wsi_chord *c = &f->chord[i];
        uint32_t rows = 0;
        for (int k = c->first; k < c->first + c->count; k++) {
            const int64_t from = y + j->args->oy[0] + f->dy[k];
            rows += from >= 0 && from < src->h;
        }
        for (int64_t x = 0; x < w; x++) {
            const int64_t first = x + ox - c->left, last = x + ox + c->right;
            const int64_t lo = first < 0 ? 0 : first, hi = last >= src->w ? src->w - 1 : last;
            j->pixels[x] += rows * (uint32_t)(hi - lo + 1);
        }
    }
}

/* Percentiles of 8-bit images by a sliding histogram: any footprint. */
void WSI_CPU(rank_percentile_histogram)(const wsi_kernel_args *args);

#endif
