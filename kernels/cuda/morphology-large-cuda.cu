/* Erosion and dilation with footprints that no tile holds: the tile's method with planes of keys in scratch. The
 * source is extended once; runs are widened from one plane to another; each chord's minima are folded into the plane
 * of results, over the chord's own rows. A rectangle's rows are widened likewise, so its height costs its logarithm. */
#include "morphology.cuh"
#include "plane.cuh"

/* to(x, y) = minimum of from(x + ax, y) and from(x + bx, y + by), as far as there is such a place. */
template <class KEY>
static __global__ void __launch_bounds__(PLANE_THREADS)
    pair_kernel(plane<KEY> to, plane<KEY> from, int ax, int bx, int by)
{
    const int x = blockIdx.x * PLANE_THREADS + threadIdx.x;
    if (x >= to.w) return;
    const int xa = min(x + ax, from.w - 1), xb = min(x + bx, from.w - 1);
    for (int y = blockIdx.y; y < to.h; y += gridDim.y) {
        const int yb = min(y + by, from.h - 1);
        to.p[(long long)y * to.w + x] = min(from.p[(long long)y * from.w + xa], from.p[(long long)yb * from.w + xb]);
    }
}

/* Folds rows y + top + dy[0..n) of the minima into best. */
template <class KEY>
static __global__ void __launch_bounds__(PLANE_THREADS)
    fold_kernel(plane<KEY> best, plane<KEY> minima, const int16_t *dy, int n, int top, int begin)
{
    const int x = blockIdx.x * PLANE_THREADS + threadIdx.x;
    if (x >= best.w) return;
    for (int y = blockIdx.y; y < best.h; y += gridDim.y) {
        KEY *to = best.p + (long long)y * best.w + x, v = begin ? (KEY) ~(KEY)0 : *to;
        for (int k = 0; k < n; k++) v = min(v, minima.p[(long long)(y + top + dy[k]) * minima.w + x]);
        *to = v;
    }
}

template <class KEY>
static __global__ void __launch_bounds__(PLANE_THREADS) store_kernel(view dst, plane<KEY> best, int use)
{
    const int i = LANES * (blockIdx.x * PLANE_THREADS + threadIdx.x);
    if (i >= best.w) return;
    for (int y = blockIdx.y; y < best.h; y += gridDim.y) {
        const raw4 keys = load4((const char *)(best.p + (long long)y * best.w), i, best.w, sizeof(KEY), 0);
        store4(dst.row(y), i, best.w, sizeof(KEY), dst.vector, from_keys(keys, dst.type, use));
    }
}

/* The planes of a stage, and launches on them; the first error stays. */
template <class KEY> struct planes {
    wsi_stream *stream;
    const morphology_stage *stage;
    plane<KEY> runs, spare, minima, best;
    wsi_status status;
    wsi_error *err;

    dim3 grid(const plane<KEY> &p, int per_thread) const
    {
        return dim3(blocks_for(p.w, PLANE_THREADS * per_thread), rows_for(p.h));
    }

    void note()
    {
        if (status == WSI_OK) status = launched(stream, err);
    }

    void pair(const plane<KEY> &to, const plane<KEY> &from, int ax, int bx, int by)
    {
        pair_kernel<KEY><<<grid(to, 1), PLANE_THREADS, 0, stream->handle>>>(to, from, ax, bx, by);
        note();
    }

    /* Doubles windows of `from` until they are at most n long, leaving the widest in runs. */
    int widen(int from, int n, int step_x, int step_y)
    {
        int width = from;
        for (; 2 * width <= n; width *= 2) {
            pair(spare, runs, 0, width * step_x, width * step_y);
            const plane<KEY> widened = spare;
            spare = runs;
            runs = widened;
        }
        return width;
    }

    void fold(const int16_t *dy, int n, int begin)
    {
        fold_kernel<KEY>
            <<<grid(best, 1), PLANE_THREADS, 0, stream->handle>>>(best, minima, dy, n, stage->footprint->top, begin);
        note();
    }
};

template <class KEY> static planes<KEY> lay_out(wsi_stream *stream, const morphology_stage &stage, wsi_error *err)
{
    const wsi_footprint *f = stage.footprint;
    const view &dst = stage.dst;
    const int columns = f->left + f->right + 1, rows = f->top + f->bottom + 1;
    const wsi_pixfmt fmt = {(wsi_dtype)dst.type, dst.channels};
    const size_t bytes = wsi_morphology_plane(columns, rows, dst.w, dst.h, fmt);
    char *scratch = (char *)stage.scratch;
    const plane<KEY> whole = {(KEY *)scratch, (dst.w + columns - 1) * dst.channels, dst.h + rows - 1};
    planes<KEY> p = {stream, &stage, whole, whole, whole, {(KEY *)(scratch + 3 * bytes), dst.w * dst.channels, dst.h},
                     WSI_OK, err};
    p.spare.p = (KEY *)(scratch + bytes);
    p.minima.p = (KEY *)(scratch + 2 * bytes);
    return p;
}

template <class KEY> static wsi_status run(wsi_stream *stream, const morphology_stage &stage, wsi_error *err)
{
    const wsi_footprint *f = stage.footprint;
    planes<KEY> p = lay_out<KEY>(stream, stage, err);
    const int c = stage.dst.channels;
    extend_kernel<KEY><<<p.grid(p.runs, LANES), PLANE_THREADS, 0, stream->handle>>>(
        p.runs, stage.source, stage.oy - f->top, (stage.ox - f->left) * c, stage.use, stage.outside);
    p.note();
    for (int i = 0, width = 1; i < f->chords && p.status == WSI_OK; i++) {
        const wsi_chord *chord = &f->chord[i];
        const int wanted = chord->left + chord->right + 1, start = (f->left - chord->left) * c;
        width = p.widen(width, wanted, c, 0);
        p.pair(p.minima, p.runs, start, start + (wanted - width) * c, 0);
        if (f->chords > 1) {
            p.fold(stage.device_footprint->dy + chord->first, chord->count, i == 0);
            continue;
        }
        const plane<KEY> across = p.minima;
        p.minima = p.runs;
        p.runs = across;
        const int height = p.widen(1, chord->count, 0, 1);
        p.pair(p.best, p.runs, 0, 0, chord->count - height);
    }
    if (p.status != WSI_OK) return p.status;
    store_kernel<KEY><<<p.grid(p.best, LANES), PLANE_THREADS, 0, stream->handle>>>(stage.dst, p.best, stage.use);
    return launched(stream, err);
}

wsi_status wsi_cuda_morphology_large(wsi_stream *stream, const morphology_stage &stage, wsi_error *err)
{
    switch (stage.dst.size) {
    case 1:
        return run<uint8_t>(stream, stage, err);
    case 2:
        return run<uint16_t>(stream, stage, err);
    case 4:
        return run<uint32_t>(stream, stage, err);
    default:
        return run<uint64_t>(stream, stage, err);
    }
}
