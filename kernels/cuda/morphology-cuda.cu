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

/* Minima of words of packed keys, in a form that suits the hardware: `open` words. */
template <class KEY> struct packed {
    typedef KEY word;
    typedef KEY open_word;

    static __device__ __forceinline__ KEY open(KEY v)
    {
        return v;
    }

    static __device__ __forceinline__ KEY close(KEY v)
    {
        return v;
    }

    static __device__ __forceinline__ KEY least(KEY a, KEY b)
    {
        return min(a, b);
    }
};

/* Four bytes: as the upper bytes of halves, of which the lower ones do not matter. */
struct open_bytes {
    uint32_t odd, even;
};

template <> struct packed<uint8_t> {
    typedef uint32_t word;
    typedef open_bytes open_word;

    static __device__ __forceinline__ open_bytes open(uint32_t v)
    {
        return open_bytes{v, v << 8};
    }

    static __device__ __forceinline__ uint32_t close(open_bytes v)
    {
        return __byte_perm(v.even, v.odd, 0x7351);
    }

    static __device__ __forceinline__ open_bytes least(open_bytes a, open_bytes b)
    {
        return open_bytes{__vminu2(a.odd, b.odd), __vminu2(a.even, b.even)};
    }
};

template <> struct packed<uint16_t> {
    typedef uint32_t word;
    typedef uint32_t open_word;

    static __device__ __forceinline__ uint32_t open(uint32_t v)
    {
        return v;
    }

    static __device__ __forceinline__ uint32_t close(uint32_t v)
    {
        return v;
    }

    static __device__ __forceinline__ uint32_t least(uint32_t a, uint32_t b)
    {
        return __vminu2(a, b);
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

/* dst[i] = minimum of row at i + a, i + b and i + c samples (b = c: of two), by one warp; dst may be row: all its words
 * are read before any is written. */
template <class KEY>
static __device__ __forceinline__ void least_row(typename packed<KEY>::word *dst, const typename packed<KEY>::word *row,
                                                 int a, int b, int c)
{
    typedef packed<KEY> p;
    const int lane = threadIdx.x % WARP;
    typename p::word v[PER_LANE];
#pragma unroll
    for (int k = 0; k < PER_LANE; k++) {
        const int i = lane + k * WARP;
        typename p::open_word m = p::least(p::open(shifted<KEY>(row, i, a)), p::open(shifted<KEY>(row, i, b)));
        if (b != c) m = p::least(m, p::open(shifted<KEY>(row, i, c)));
        v[k] = p::close(m);
    }
    __syncwarp();
#pragma unroll
    for (int k = 0; k < PER_LANE; k++) dst[lane + k * WARP] = v[k];
    __syncwarp();
}

/* Minima over windows of N rows that start at rows 0 .. FOLD - 1, into best: by windows of powers of two. */
template <class KEY, int N>
static __device__ __forceinline__ void fold_few(typename packed<KEY>::open_word (&best)[FOLD],
                                                const typename packed<KEY>::word *minima)
{
    typedef packed<KEY> p;
    typename p::open_word v[FOLD + N - 1];
#pragma unroll
    for (int i = 0; i < FOLD + N - 1; i++) v[i] = p::open(minima[i * WORDS]);
    constexpr int wide = N >= 4 ? 4 : N >= 2 ? 2 : 1;
#pragma unroll
    for (int half = 1; half < wide; half *= 2)
#pragma unroll
        for (int i = 0; i + half < FOLD + N - 1; i++) v[i] = p::least(v[i], v[i + half]);
#pragma unroll
    for (int j = 0; j < FOLD; j++) {
        if (N > wide) v[j] = p::least(v[j], v[j + N - wide]);
        best[j] = p::least(best[j], v[j]);
    }
}

/* The same for n >= FOLD rows: what all windows share is taken once. */
template <class KEY>
static __device__ __forceinline__ void fold_many(typename packed<KEY>::open_word (&best)[FOLD],
                                                 const typename packed<KEY>::word *minima, int n)
{
    typedef packed<KEY> p;
    typename p::open_word common = p::open(minima[(FOLD - 1) * WORDS]), below[FOLD];
#pragma unroll 4
    for (int i = FOLD; i < n; i++) common = p::least(common, p::open(minima[i * WORDS]));
    below[0] = common;
#pragma unroll
    for (int j = 1; j < FOLD; j++) below[j] = p::least(below[j - 1], p::open(minima[(n - 1 + j) * WORDS]));
    best[FOLD - 1] = p::least(best[FOLD - 1], below[FOLD - 1]);
#pragma unroll
    for (int j = FOLD - 2; j >= 0; j--) {
        common = p::least(common, p::open(minima[j * WORDS]));
        best[j] = p::least(best[j], p::least(common, below[j]));
    }
}

template <class KEY>
static __device__ __forceinline__ void fold_rows(typename packed<KEY>::open_word (&best)[FOLD],
                                                 const typename packed<KEY>::word *minima, int n)
{
    switch (n) {
    case 1:
        return fold_few<KEY, 1>(best, minima);
    case 2:
        return fold_few<KEY, 2>(best, minima);
    case 3:
        return fold_few<KEY, 3>(best, minima);
    case 4:
        return fold_few<KEY, 4>(best, minima);
    case 5:
        return fold_few<KEY, 5>(best, minima);
    case 6:
        return fold_few<KEY, 6>(best, minima);
    case 7:
        return fold_few<KEY, 7>(best, minima);
    default:
        return fold_many<KEY>(best, minima, n);
    }
}

/* Puts a tile's samples into shared memory as packed keys. */
template <class KEY> struct key_sink {
    typedef raw_words<sizeof(KEY) == 8 ? 2 * LANES : LANES> raw;
    typedef typename packed<KEY>::word word;
    word *tile;
    const tile_source &s;
    int use;
    KEY outside;

    __device__ __forceinline__ raw load(const char *row, int i, int n) const
    {
        return load4<sizeof(raw) / sizeof(uint32_t)>(row, i, n, sizeof(KEY), s.src.vector);
    }

    __device__ __forceinline__ void put(int row, int column, const raw &four) const
    {
        store_vector((char *)((KEY *)(tile + row * WORDS) + column), to_keys(four, s.src.type, use), sizeof(KEY));
    }

    __device__ __forceinline__ void put_edge(int row, int column, const edge4 &edge) const
    {
        const raw4 keys = to_keys(edge.r, s.src.type, use);
        KEY *at = (KEY *)(tile + row * WORDS) + column;
        EACH_LANE at[j] = edge.outside >> j & 1 ? outside : take<KEY>(keys, j);
    }
};

/* Runs of `width` samples' pixels from runs of `wide`: widened in place while three of them do not cover a chord. Rows
 * are those that the chord and all wider ones look at. Returns the new width. */
template <class KEY>
static __device__ __forceinline__ int widen_rows(typename packed<KEY>::word *tile, int wide, int width, int channels,
                                                 int top, int end)
{
    for (; 3 * wide < width; wide *= 2)
        for (int row = top + threadIdx.x / WARP; row < end; row += WARPS)
            least_row<KEY>(tile + row * WORDS, tile + row * WORDS, 0, wide * channels, wide * channels);
    return wide;
}

/* Where the tile starts for results from sample `centre` on: the sample at the middle of the footprint then lies at a
 * multiple of four in the tile whenever it does in the image. */
static __device__ __forceinline__ int tile_start(int centre, int left)
{
    return align_down(centre) - align_down(left + LANES - 1);
}

/* All chords of the footprint for the thread's results. */
template <class KEY>
static __device__ __forceinline__ void fold_chords(typename packed<KEY>::open_word (&best)[FOLD],
                                                   typename packed<KEY>::word *tile, const morphology_job &job,
                                                   const spans &spans, int centre)
{
    typedef typename packed<KEY>::word word;
    const int channels = job.dst.channels, lanes = sizeof(word) / sizeof(KEY);
    const int mine = threadIdx.x / WORDS * FOLD * WORDS + threadIdx.x % WORDS;
    word *minima = tile + (ROWS + job.height - 1) * WORDS;
    int wide = 1;
    for (int i = 0; i < spans.count; i++) {
        const span s = spans.of[i];
        const int top = s.first + job.top, end = top + s.rows + ROWS - 1, start = centre - s.left * channels;
        __syncthreads(); /* the tile is loaded, the last minima are folded */
        wide = widen_rows<KEY>(tile, wide, s.width, channels, top, end);
        if (wide == s.width && start % lanes == 0) {
            __syncthreads();
            fold_rows<KEY>(best, tile + top * WORDS + start / lanes + mine, s.rows);
            continue;
        }
        const int last = start + (s.width - wide) * channels;
        const int middle = s.width > 2 * wide ? start + wide * channels : last;
        for (int row = top + threadIdx.x / WARP; row < end; row += WARPS)
            least_row<KEY>(minima + row * WORDS, tile + row * WORDS, start, middle, last);
        __syncthreads();
        fold_rows<KEY>(best, minima + top * WORDS + mine, s.rows);
    }
}

template <class KEY>
static __global__ void __launch_bounds__(TILE_THREADS)
    morphology_kernel(const __grid_constant__ morphology_job job, const __grid_constant__ spans spans)
{
    typedef packed<KEY> p;
    extern __shared__ uint4 shared[];
    typename p::word *tile = (typename p::word *)shared;
    const int channels = job.dst.channels, n = job.dst.w * channels, rows = ROWS + job.height - 1;
    const int out = blockIdx.x * job.samples, y0 = blockIdx.y * ROWS, lanes = sizeof(typename p::word) / sizeof(KEY);
    const int centre = out + job.ox * channels, first = tile_start(centre, job.left * channels);
    const KEY outside = key_of<KEY>(job.outside, job.source.src.type, job.use);
    load_rows<WORDS * lanes / LANES>(job.source, job.oy + y0 - job.top, rows, first,
                                     key_sink<KEY>{tile, job.source, job.use, outside});
    typename p::open_word best[FOLD];
#pragma unroll
    for (int j = 0; j < FOLD; j++) best[j] = p::open(~(typename p::word)0);
    fold_chords<KEY>(best, tile, job, spans, centre - first);

    __syncthreads();
    typename p::word *results = tile + threadIdx.x / WORDS * FOLD * WORDS + threadIdx.x % WORDS;
#pragma unroll
    for (int j = 0; j < FOLD; j++) results[j * WORDS] = p::close(best[j]);
    __syncthreads();
    const int groups = WORDS * lanes / LANES, at = LANES * (threadIdx.x % groups);
    if (at >= job.samples) return;
    for (int row = threadIdx.x / groups; row < min((int)ROWS, job.dst.h - y0); row += TILE_THREADS / groups) {
        typename key_sink<KEY>::raw keys = {};
        load_vector(keys, (const char *)((const KEY *)(tile + row * WORDS) + at), sizeof(KEY));
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
