/* Erosion and dilation in one pass over memory. "Minimum" stands for both.
 *
 * A block holds a tile of source rows as packed words of keys. For each chord of the footprint, by rising width, a warp
 * a row takes the minimum of every run of that width, from runs of a power of two that it widens in place; then each
 * thread folds those into eight results of its word, over all rows that are at least as wide as the chord. Such rows
 * are neighbours, as footprints are convex, and the eight results share nearly all of them. So nothing grows with the
 * footprint's area. */
#include "morphology.cuh"
#include "packed.cuh"

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

/* The word of keys that starts `by` samples after the first of word i. Beyond the row's end lies only what nobody looks
 * at. */
template <class KEY>
static __device__ __forceinline__ typename packed<KEY>::open_word shifted(const typename packed<KEY>::word *row, int i,
                                                                          unsigned by)
{
    constexpr unsigned lanes = sizeof(typename packed<KEY>::word) / sizeof(KEY);
    const int at = i + (int)(by / lanes);
    const typename packed<KEY>::word low = row[min(at, WORDS - 1)];
    if constexpr (lanes > 1) {
        const unsigned rest = by % lanes;
        if (rest)
            return packed<KEY>::open(
                __funnelshift_r(low, row[min(at + 1, WORDS - 1)], 8 * (unsigned)sizeof(KEY) * rest));
    }
    return packed<KEY>::open(low);
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
        typename p::open_word m = p::least(shifted<KEY>(row, i, a), shifted<KEY>(row, i, b));
        if (b != c) m = p::least(m, shifted<KEY>(row, i, c));
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
    enum { WIDTH = sizeof(KEY) == 8 ? 2 * LANES : LANES };
    typedef raw_words<WIDTH> raw;
    typedef typename packed<KEY>::word word;
    word *tile;
    coding<KEY> code;
    KEY outside;

    template <int GROUPS>
    __device__ __forceinline__ void load_all(const tile_source &from, int top, int rows, int i) const
    {
        load_vectors<sizeof(KEY), GROUPS>(from, top, rows, i, *this);
    }

    __device__ __forceinline__ raw keys_of(const raw4 &four) const
    {
        raw r;
#pragma unroll
        for (int k = 0; k < WIDTH; k++) r.w[k] = four.w[k];
        return code.encode(r);
    }

    __device__ __forceinline__ void put(int row, int column, const raw4 &four) const
    {
        store_vector((char *)((KEY *)(tile + row * WORDS) + column), keys_of(four), sizeof(KEY));
    }

    __device__ __forceinline__ void put_edge(int row, int column, const edge4 &edge) const
    {
        const raw keys = keys_of(edge.r);
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
static __global__ void __launch_bounds__(TILE_THREADS, TILE_BLOCKS(5))
    morphology_kernel(const __grid_constant__ morphology_job job, const __grid_constant__ spans spans)
{
    typedef packed<KEY> p;
    extern __shared__ uint4 shared[];
    typename p::word *tile = (typename p::word *)shared;
    const int channels = job.dst.channels, n = job.dst.w * channels, rows = ROWS + job.height - 1;
    const int out = blockIdx.x * job.samples, y0 = blockIdx.y * ROWS, lanes = sizeof(typename p::word) / sizeof(KEY);
    const int centre = out + job.ox * channels, first = tile_start(centre, job.left * channels);
    const coding<KEY> code(job.source.src.type, job.use);
    load_rows<WORDS * lanes / LANES>(job.source, job.oy + y0 - job.top, rows, first,
                                     key_sink<KEY>{tile, code, code.encode_one(job.outside)});
    typename p::open_word best[FOLD];
#pragma unroll
    for (int j = 0; j < FOLD; j++) best[j] = p::open(greatest<KEY>());
    fold_chords<KEY>(best, tile, job, spans, centre - first);

    __syncthreads();
    typename p::word *results = tile + threadIdx.x / WORDS * FOLD * WORDS + threadIdx.x % WORDS;
#pragma unroll
    for (int j = 0; j < FOLD; j++) results[j * WORDS] = p::close(best[j]);
    __syncthreads();
    const int groups = WORDS * lanes / LANES, at = LANES * (threadIdx.x % groups);
    if (at >= job.samples) return;
    const int step = TILE_THREADS / groups;
    int row = threadIdx.x / groups;
    char *to = job.dst.row(y0 + row);
#pragma unroll 4
    for (; row < min((int)ROWS, job.dst.h - y0); row += step, to += step * job.dst.stride) {
        typename key_sink<KEY>::raw keys = {};
        load_vector(keys, (const char *)((const KEY *)(tile + row * WORDS) + at), sizeof(KEY));
        store4(to, out + at, min(n, out + job.samples), sizeof(KEY), job.dst.vector, code.decode(keys));
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

wsi_status wsi_cuda_morphology_tile(wsi_stream *stream, const morphology_stage &stage, int samples, size_t bytes,
                                    wsi_error *err)
{
    switch (stage.dst.size) {
    case 1:
        return in_one_pass<uint8_t>(stream, stage, samples, bytes, err);
    case 2:
        return in_one_pass<uint16_t>(stream, stage, samples, bytes, err);
    case 4:
        return stage.dst.type == WSI_F32 ? in_one_pass<float>(stream, stage, samples, bytes, err)
                                         : in_one_pass<uint32_t>(stream, stage, samples, bytes, err);
    default:
        return in_one_pass<uint64_t>(stream, stage, samples, bytes, err);
    }
}
