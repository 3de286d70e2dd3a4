/* Erosion and dilation in one pass over memory, and opening and closing in two. "Minimum" stands for both.
 *
 * A block holds a tile of source rows as packed words of keys. For each chord of the footprint, by rising width, a warp
 * a row takes the minimum of every run of that width, from runs of a power of two that it widens in place; then each
 * thread folds those into eight results of its word, over all rows that are at least as wide as the chord. Such rows
 * are neighbours, as footprints are convex, and the eight results share nearly all of them. So nothing grows with the
 * footprint's area. */
#include "morphology.cuh"

enum {
    ROWS = WSI_MORPHOLOGY_TILE_ROWS,
    WORDS = WSI_MORPHOLOGY_TILE_WORDS,
    WARP = 32,
    WARPS = TILE_THREADS / WARP,
    PER_LANE = WORDS / WARP,
    FOLD = 8 /* results of a thread, one below the other */
};
static_assert(WORDS % WARP == 0 && TILE_THREADS % WORDS == 0, "warps and columns of words divide evenly");
static_assert(TILE_THREADS / WORDS * FOLD == ROWS, "every result has its thread");

/* Minima of words of packed keys. */
template <class KEY> struct packed;

template <> struct packed<uint8_t> {
    typedef uint32_t word;
    static __device__ __forceinline__ word least(word a, word b)
    {
        /* Halves: the upper byte of each decides; the lower ones move up for their turn. */
        const uint32_t odd = __vminu2(a, b), even = __vminu2(a << 8, b << 8);
        return __byte_perm(even, odd, 0x7351);
    }
};

template <> struct packed<uint16_t> {
    typedef uint32_t word;
    static __device__ __forceinline__ word least(word a, word b)
    {
        return __vminu2(a, b);
    }
};

template <> struct packed<uint32_t> {
    typedef uint32_t word;
    static __device__ __forceinline__ word least(word a, word b)
    {
        return min(a, b);
    }
};

template <> struct packed<uint64_t> {
    typedef uint64_t word;
    static __device__ __forceinline__ word least(word a, word b)
    {
        return min(a, b);
    }
};

/* Rows of the footprint that are at least as wide as one of its chords. */
struct span {
    int16_t left, width; /* pixels */
    int16_t first, rows; /* dy, and how many */
};

struct spans {
    int count;
    span of[WSI_MORPHOLOGY_TILE_CHORDS];
};

struct morphology_job {
    tile_source source;
    view dst;
    int ox, oy, left, top, height; /* height: rows of the footprint */
    int use;
    uint64_t outside;
    int samples; /* across, of a block */
};

/* The word of keys that starts `by` samples after the first of word i. */
template <class KEY>
static __device__ __forceinline__ typename packed<KEY>::word shifted(const typename packed<KEY>::word *row, int i,
                                                                     int by)
{
    typedef typename packed<KEY>::word word;
    const int lanes = sizeof(word) / sizeof(KEY), at = i + by / lanes, rest = by % lanes;
    const word low = row[min(at, WORDS - 1)];
    if (lanes == 1 || rest == 0) return low;
    return (word)__funnelshift_r((uint32_t)low, (uint32_t)row[min(at + 1, WORDS - 1)], 8 * (int)sizeof(KEY) * rest);
}

/* dst[i] = minimum of row at i + a and at i + b samples, by one warp; dst may be row when a is 0: words are only
 * looked at by threads of their own and of lower ones. */
template <class KEY>
static __device__ __forceinline__ void pair_row(typename packed<KEY>::word *dst, const typename packed<KEY>::word *row,
                                                int a, int b)
{
    const int lane = threadIdx.x % WARP;
    typename packed<KEY>::word v[PER_LANE];
#pragma unroll
    for (int k = 0; k < PER_LANE; k++) {
        v[k] = shifted<KEY>(row, lane + k * WARP, a);
        if (a != b) v[k] = packed<KEY>::least(v[k], shifted<KEY>(row, lane + k * WARP, b));
    }
    __syncwarp();
#pragma unroll
    for (int k = 0; k < PER_LANE; k++) dst[lane + k * WARP] = v[k];
    __syncwarp();
}

/* Rows from .. from + FOLD - 1 of `minima`, and those below, over windows of n rows, into best. */
template <class KEY>
static __device__ __forceinline__ void fold_rows(typename packed<KEY>::word (&best)[FOLD],
                                                 const typename packed<KEY>::word *minima, int n)
{
    typedef packed<KEY> p;
    if (n < FOLD) {
        for (int i = 0; i < n + FOLD - 1; i++) {
            const typename p::word v = minima[i * WORDS];
#pragma unroll
            for (int j = 0; j < FOLD; j++)
                if (j <= i && i < j + n) best[j] = p::least(best[j], v);
        }
        return;
    }
    typename p::word common = minima[(FOLD - 1) * WORDS]; /* rows that all windows have */
    for (int i = FOLD; i < n; i++) common = p::least(common, minima[i * WORDS]);
    typename p::word above = common, below = common;
    typename p::word tail[FOLD];
    tail[0] = common;
#pragma unroll
    for (int j = 1; j < FOLD; j++) tail[j] = below = p::least(below, minima[(n - 1 + j) * WORDS]);
    best[FOLD - 1] = p::least(best[FOLD - 1], tail[FOLD - 1]);
#pragma unroll
    for (int j = FOLD - 2; j >= 0; j--) {
        above = p::least(above, minima[j * WORDS]);
        best[j] = p::least(best[j], p::least(above, tail[j]));
    }
}

template <class KEY>
static __device__ __forceinline__ void load_keys(typename packed<KEY>::word *tile, const morphology_job &job, int top,
                                                 int rows, int first)
{
    const KEY outside = key_of<KEY>(job.outside, job.source.src.type, job.use);
    load_rows<(int)(WORDS * sizeof(typename packed<KEY>::word) / sizeof(KEY) / LANES)>(
        job.source, top, rows, first, [&](int row, int column, const tile4 &four) {
            const raw4 keys = to_keys(four.r, job.source.src.type, job.use);
            KEY *at = (KEY *)(tile + row * WORDS) + column;
            if (four.outside == 0) {
                store_vector((char *)at, keys, sizeof(KEY));
            } else {
                EACH_LANE at[j] = four.outside >> j & 1 ? outside : take<KEY>(keys, j);
            }
        });
}

template <class KEY>
static __global__ void __launch_bounds__(TILE_THREADS)
    morphology_kernel(const __grid_constant__ morphology_job job, const __grid_constant__ spans spans)
{
    typedef typename packed<KEY>::word word;
    extern __shared__ uint4 shared[];
    const int channels = job.dst.channels, n = job.dst.w * channels, rows = ROWS + job.height - 1;
    word *tile = (word *)shared, *minima = tile + rows * WORDS;
    const int out = blockIdx.x * job.samples, y0 = blockIdx.y * ROWS;
    const int centre = out + job.ox * channels, first = align_down(centre - job.left * channels);
    load_keys<KEY>(tile, job, job.oy + y0 - job.top, rows, first);

    const int column = threadIdx.x % WORDS, y = threadIdx.x / WORDS * FOLD;
    word best[FOLD];
#pragma unroll
    for (int j = 0; j < FOLD; j++) best[j] = ~(word)0;
    int width = 1;
    for (int i = 0; i < spans.count; i++) {
        const span s = spans.of[i];
        const int top = s.first + job.top, used = top + s.rows + ROWS - 1;
        const int start = centre - first - s.left * channels;
        __syncthreads(); /* the tile is loaded, the last minima are folded */
        int wide = width;
        for (int row = top + threadIdx.x / WARP; row < used; row += WARPS) {
            for (wide = width; 2 * wide <= s.width; wide *= 2)
                pair_row<KEY>(tile + row * WORDS, tile + row * WORDS, 0, wide * channels);
            pair_row<KEY>(minima + row * WORDS, tile + row * WORDS, start, start + (s.width - wide) * channels);
        }
        while (2 * width <= s.width) width *= 2;
        __syncthreads();
        fold_rows<KEY>(best, minima + (top + y) * WORDS + column, s.rows);
    }

    const int lanes = sizeof(word) / sizeof(KEY);
    __syncthreads();
#pragma unroll
    for (int j = 0; j < FOLD; j++) minima[(y + j) * WORDS + column] = best[j];
    __syncthreads();
    const int groups = WORDS * lanes / LANES, at = LANES * (threadIdx.x % groups);
    if (at >= job.samples) return;
    for (int row = threadIdx.x / groups; row < min((int)ROWS, job.dst.h - y0); row += TILE_THREADS / groups) {
        raw4 keys = {};
        load_vector(keys, (const char *)(minima + row * WORDS) + at * sizeof(KEY), sizeof(KEY));
        store4(job.dst.row(y0 + row), out + at, min(n, out + job.samples), sizeof(KEY), job.dst.vector,
               from_keys(keys, job.dst.type, job.use));
    }
}

/* Chords of rising width: the rows of each and of all wider ones are neighbours. */
static void spans_of(const wsi_footprint *f, spans *out)
{
    const int rows = f->top + f->bottom + 1;
    out->count = f->chords;
    for (int i = 0; i < f->chords; i++) {
        const wsi_chord *c = &f->chord[i];
        int low = f->bottom, high = -f->top;
        for (int k = c->first; k < rows; k++) {
            low = f->dy[k] < low ? f->dy[k] : low;
            high = f->dy[k] > high ? f->dy[k] : high;
        }
        out->of[i] = span{c->left, (int16_t)(c->left + c->right + 1), (int16_t)low, (int16_t)(high - low + 1)};
    }
}

template <class KEY>
static wsi_status in_one_pass(wsi_stream *stream, const morphology_stage &stage, int samples, size_t bytes,
                              wsi_error *err)
{
    const wsi_footprint *f = stage.footprint;
    const morphology_job job = {stage.source,           stage.dst, stage.ox,      stage.oy, f->left, f->top,
                                f->top + f->bottom + 1, stage.use, stage.outside, samples};
    spans spans;
    spans_of(f, &spans);
    const dim3 grid(blocks_for((long long)job.dst.w * job.dst.channels, samples), blocks_for(job.dst.h, ROWS));
    WSI_FORWARD(allow_shared(stream, morphology_kernel<KEY>, bytes, err));
    morphology_kernel<KEY><<<grid, TILE_THREADS, bytes, stream->handle>>>(job, spans);
    return launched(stream, err);
}

static wsi_status run_stage(wsi_stream *stream, const morphology_stage &stage, wsi_error *err)
{
    const wsi_footprint *f = stage.footprint;
    const wsi_pixfmt fmt = {(wsi_dtype)stage.dst.type, stage.dst.channels};
    const int samples = wsi_morphology_tile_samples(f->left + f->right + 1, fmt);
    const size_t bytes = wsi_morphology_tile_bytes(f->top + f->bottom + 1, fmt);
    if (samples == 0 || f->chords > WSI_MORPHOLOGY_TILE_CHORDS || bytes > stream->device->info.shared_memory)
        return wsi_cuda_morphology_large(stream, stage, err);
    switch (stage.dst.size) {
    case 1:
        return in_one_pass<uint8_t>(stream, stage, samples, bytes, err);
    case 2:
        return in_one_pass<uint16_t>(stream, stage, samples, bytes, err);
    case 4:
        return in_one_pass<uint32_t>(stream, stage, samples, bytes, err);
    default:
        return in_one_pass<uint64_t>(stream, stage, samples, bytes, err);
    }
}

/* A stage from src to dst with the state's footprint, turned round or not. */
static morphology_stage stage_of(const wsi_cuda_args *args, const wsi_image &src, const wsi_image &dst, int64_t ox,
                                 int64_t oy, int maximum, int turned)
{
    const wsi_morphology_state *m = (const wsi_morphology_state *)args->call.state;
    const wsi_morphology_state *d = (const wsi_morphology_state *)args->device_state;
    morphology_stage s = {};
    s.source = tile_source{view_of(src), m->mode};
    s.dst = view_of(dst);
    s.ox = (int)ox;
    s.oy = (int)oy;
    s.use = maximum ? KEY_MAX : KEY_MIN;
    memcpy(&s.outside, maximum ? m->outside_max : m->outside_min, sizeof s.outside);
    s.footprint = turned ? &m->mirrored : &m->footprint;
    s.device_footprint = turned ? &d->mirrored : &d->footprint;
    s.scratch = args->call.scratch;
    return s;
}

static wsi_status run_one(wsi_stream *stream, const wsi_cuda_args *args, int maximum, wsi_error *err)
{
    const wsi_kernel_args *c = &args->call;
    return run_stage(stream, stage_of(args, c->src[0], c->dst, c->ox[0], c->oy[0], maximum, 0), err);
}

/* The first stage is computed where the second looks, within the source crop: beyond that lies outside the slide,
 * where the second extends the first one's result; it may then look as far to one side as it does to the other. */
static wsi_status run_two(wsi_stream *stream, const wsi_cuda_args *args, int maximum_first, wsi_error *err)
{
    const wsi_kernel_args *c = &args->call;
    const wsi_footprint *back = &((const wsi_morphology_state *)c->state)->mirrored;
    const wsi_rect result = {c->ox[0], c->oy[0], c->dst.w, c->dst.h};
    const wsi_rect wanted = wsi_rect_grow(result, back->left > back->right ? back->left : back->right,
                                          back->top > back->bottom ? back->top : back->bottom);
    const wsi_rect have = wsi_rect_intersect(wanted, wsi_rect{0, 0, c->src[0].w, c->src[0].h});
    const size_t row = wsi_morphology_middle(have.w, c->dst.fmt);
    const wsi_image middle = {c->scratch, (ptrdiff_t)row, have.w, have.h, c->dst.fmt};
    morphology_stage first = stage_of(args, c->src[0], middle, have.x, have.y, maximum_first, 0);
    morphology_stage second = stage_of(args, middle, c->dst, c->ox[0] - have.x, c->oy[0] - have.y, !maximum_first, 1);
    first.scratch = second.scratch = (char *)c->scratch + row * (size_t)have.h;
    WSI_FORWARD(run_stage(stream, first, err));
    return run_stage(stream, second, err);
}

extern "C" wsi_status wsi_cuda_erosion(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run_one(stream, args, 0, err);
}

extern "C" wsi_status wsi_cuda_dilation(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run_one(stream, args, 1, err);
}

extern "C" wsi_status wsi_cuda_opening(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run_two(stream, args, 0, err);
}

extern "C" wsi_status wsi_cuda_closing(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run_two(stream, args, 1, err);
}
