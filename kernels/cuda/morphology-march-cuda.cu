/* Erosion and dilation of unsigned 8-bit images of one channel by small footprints, in one pass over memory. "Minimum"
 * stands for both.
 *
 * The hardware takes minima of halves of a register, so a pixel is the upper byte of a half, the lower of which does
 * not matter. A thread's N registers hold pixels i and i + N of its cell: a step across is then the next register, and
 * no run of pixels needs to be shifted into place. Shapes are compiled in.
 *
 * A block's warps stand one below the other, each with as many rows of the source. Where two meet, neither looks at the
 * other's rows: the upper one's last results, and the lower one's first, are minima over their own rows alone, and come
 * together in shared memory. So a row is looked at twice only where two blocks meet. */
#include "morphology-bytes.cuh"

enum {
    STACK = 4, /* warps of a block */
    STACK_THREADS = STACK * WARP,
    STACK_LEAST = 12, /* source rows of a warp; always even, and twice the reach at least */
    STACK_MOST = 32,
    STACK_COST = 6 /* rows' time that a warp takes beside them */
};

/* Pixels i and i + N. MAX: their greatest instead of the least. */
template <bool MAX> struct two_pixels {
    uint32_t halves;

    static __device__ __forceinline__ two_pixels greatest()
    {
        return two_pixels{MAX ? 0 : ~0u};
    }

    static __device__ __forceinline__ two_pixels least(two_pixels a, two_pixels b)
    {
        return two_pixels{MAX ? __vmaxu2(a.halves, b.halves) : __vminu2(a.halves, b.halves)};
    }

    static __device__ __forceinline__ two_pixels least(two_pixels a, two_pixels b, two_pixels c)
    {
        return two_pixels{MAX ? __vimax3_u16x2(a.halves, b.halves, c.halves)
                              : __vimin3_u16x2(a.halves, b.halves, c.halves)};
    }
};

/* The shape of a launch. Higher footprints need more registers, and longer strips, which fewer blocks have. */
template <int R> struct grey {
    typedef cells<4, (R <= WORD ? 1 : 2)> shape;
    enum {
        N = shape::CELL / 2,
        AT_ONCE = R == 1   ? 6
                  : R <= 3 ? 4
                           : 3 /* blocks of a multiprocessor */
    };
    static_assert(STACK_LEAST >= 2 * R, "results look at the rows of two warps, not of three");
};

/* A row's minima over runs from -h to h of the cell's own pixels, least[h]. Those over five and more are made of runs
 * of three; what no shape asks for is never made. */
template <int R, bool MAX> struct row_minima {
    enum { N = grey<R>::N, SIDE = grey<R>::shape::SIDE };
    typedef two_pixels<MAX> pixels;
    pixels least[6][N];

    __device__ __forceinline__ void make(const uint32_t (&w)[grey<R>::shape::SEEN])
    {
        pixels pixel[N + 2 * R], three[N + 2 * R]; /* from -R on */
#pragma unroll
        for (int i = 0; i < N + 2 * R; i++) {
            const int at = i - R + SIDE * WORD;
            pixel[i] = pixels{__byte_perm(w[at / WORD], w[at / WORD + N / WORD], 0x4400 + at % WORD * 0x1111)};
        }
#pragma unroll
        for (int i = 1; i < N + 2 * R - 1; i++) three[i] = pixels::least(pixel[i - 1], pixel[i], pixel[i + 1]);
        wider(pixel + R, three + R);
    }

    /* From pixels and runs of three about the cell's own. */
    __device__ __forceinline__ void wider(const pixels *pixel, const pixels *three)
    {
        pixels nine[N + 2];
#pragma unroll
        for (int i = 0; i < N; i++) {
            least[0][i] = pixel[i];
            least[1][i] = three[i];
            if constexpr (R >= 2) least[2][i] = pixels::least(three[i - 1], three[i + 1]);
            if constexpr (R >= 3) least[3][i] = pixels::least(three[i - 2], three[i], three[i + 2]);
            if constexpr (R == 4) least[4][i] = pixels::least(three[i - 3], three[i], three[i + 3]);
        }
        if constexpr (R >= 5) {
#pragma unroll
            for (int i = 0; i < N + 2; i++) nine[i] = pixels::least(three[i - 4], three[i - 1], three[i + 2]);
#pragma unroll
            for (int i = 0; i < N; i++) {
                least[4][i] = nine[i + 1];
                least[5][i] = pixels::least(nine[i], nine[i + 2]);
            }
        }
    }
};

/* Back to words. */
template <int N, bool MAX>
static __device__ __forceinline__ void close(uint32_t (&w)[N / 2], const two_pixels<MAX> (&v)[N])
{
#pragma unroll
    for (int i = 0; i < N / WORD; i++) {
        const two_pixels<MAX> *four = v + i * WORD;
        const uint32_t low = __byte_perm(four[0].halves, four[1].halves, 0x7351);
        const uint32_t high = __byte_perm(four[2].halves, four[3].halves, 0x7351);
        w[i] = __byte_perm(low, high, 0x5410);
        w[i + N / WORD] = __byte_perm(low, high, 0x7632);
    }
}

/* Of each warp but the first of a block: its first results, as far as its own rows make them. */
template <int R> struct stack_memory {
    enum { FOURS = grey<R>::N / 4 };
    warp_memory<typename grey<R>::shape, STACK_MOST> warp[STACK];
    uint4 part[STACK - 1][2 * R][FOURS][WARP];

    template <bool MAX> __device__ __forceinline__ void put(int warp, int row, const two_pixels<MAX> (&v)[grey<R>::N])
    {
#pragma unroll
        for (int i = 0; i < FOURS; i++)
            part[warp - 1][row][i][threadIdx.x % WARP] =
                make_uint4(v[4 * i].halves, v[4 * i + 1].halves, v[4 * i + 2].halves, v[4 * i + 3].halves);
    }

    /* Takes them into what the warp above has of these results. */
    template <bool MAX> __device__ __forceinline__ void add(two_pixels<MAX> (&v)[grey<R>::N], int warp, int row) const
    {
        typedef two_pixels<MAX> pixels;
#pragma unroll
        for (int i = 0; i < FOURS; i++) {
            const uint4 four = part[warp - 1][row][i][threadIdx.x % WARP];
            v[4 * i] = pixels::least(v[4 * i], pixels{four.x});
            v[4 * i + 1] = pixels::least(v[4 * i + 1], pixels{four.y});
            v[4 * i + 2] = pixels::least(v[4 * i + 2], pixels{four.z});
            v[4 * i + 3] = pixels::least(v[4 * i + 3], pixels{four.w});
        }
    }
};

/* A thread's part of a block. */
template <int R, unsigned HALVES, bool MAX> struct march_thread {
    typedef typename grey<R>::shape shape;
    enum { N = grey<R>::N };
    stack_memory<R> &memory;
    cell_sink<shape> sink;
    int warp, strip, left; /* strip: source rows of a warp; left: results from the warp's first whole one to the last */
    unfinished<two_pixels<MAX>, R, HALVES, N> results;

    /* Source rows of the warp, in pairs; none: the block has results enough without them. */
    __device__ __forceinline__ int seen() const
    {
        return min(strip, seen_rows(left, 2 * R));
    }

    /* A result as stored; done: how many came before it. whole: as of inner_rows. */
    __device__ __forceinline__ void store(const two_pixels<MAX> (&v)[N], int done, bool whole)
    {
        uint32_t w[shape::OWN];
        if (!whole && done >= left) return;
        close(w, v);
        sink.put(w, whole);
    }

    template <class Rows> __device__ __forceinline__ void march(Rows source)
    {
        const int rows = seen();
        row_words<shape> next[PAIR] = {};
#pragma unroll
        for (int k = 0; k < 2 * R; k++)
#pragma unroll
            for (int i = 0; i < N; i++) results.of[k][i] = two_pixels<MAX>::greatest();
#pragma unroll
        for (int k = 0; k < PAIR; k++) source.load(next[k]);
#pragma unroll 1
        for (int row = 0; row < rows; row += PAIR) {
            row_minima<R, MAX> minima[PAIR];
            two_pixels<MAX> done[PAIR][N];
#pragma unroll
            for (int k = 0; k < PAIR; k++) {
                uint32_t w[shape::SEEN];
                source.take(w, next[k]);
                minima[k].make(w);
                if (row + PAIR < rows) source.load(next[k]);
            }
            results.add(done, minima[0].least, minima[1].least);
#pragma unroll
            for (int k = 0; k < PAIR; k++) {
                if (row >= 2 * R)
                    store(done[k], row + k - 2 * R, Rows::WHOLE);
                else if (warp > 0)
                    memory.put(warp, row + k, done[k]);
            }
        }
    }

    /* The last results, which the warp below has seen as well. */
    __device__ __forceinline__ void finish()
    {
#pragma unroll
        for (int k = 0; k < 2 * R; k++) {
            memory.add(results.of[k], warp + 1, k);
            store(results.of[k], strip - 2 * R + k, false);
        }
    }
};

template <int R, unsigned HALVES, bool MAX>
static __global__ void __launch_bounds__(STACK_THREADS, TILE_BLOCKS(grey<R>::AT_ONCE))
    morphology_march_kernel(const __grid_constant__ byte_job job)
{
    typedef typename grey<R>::shape shape;
    __shared__ stack_memory<R> memory;
    const int warp = threadIdx.x / WARP, lane = threadIdx.x % WARP, above = warp * job.strip;
    const int x = blockIdx.x * shape::ACROSS + lane * shape::CELL;
    const int y0 = blockIdx.y * (STACK * job.strip - 2 * R), rows = min(STACK * job.strip - 2 * R, job.dst.h - y0);
    const int top = job.oy + y0 + above - R;
    warp_memory<shape, STACK_MOST> &m = memory.warp[warp];
    march_thread<R, HALVES, MAX> mine = {memory, cell_sink<shape>(job, m.result[lane], x, y0 + above), warp, job.strip,
                                         rows - above};
    if (mine.seen() > 0) {
        cell c = {job.ox + x - shape::SIDE * WORD, -1, 0, 0, 0};
        const bool plain = prepare_rows(m, c, job, x < job.dst.w, top, mine.seen());
        const bool within = plain && !c.any && top >= 0 && top + job.strip <= job.source.src.h;
        if (within && __all_sync(0xffffffffu, mine.sink.pixels > 0 && mine.left >= job.strip))
            mine.march(inner_rows<shape>(job, c, top));
        else if (plain && x < job.dst.w)
            mine.march(plain_rows<shape>(m, job, c, top));
        else if (x < job.dst.w)
            mine.march(mapped_rows<shape, STACK_MOST>{m, job, c, 0});
    }
    __syncthreads();
    if (warp + 1 < STACK && x < job.dst.w && mine.left > job.strip - 2 * R) mine.finish();
}

/* Source rows of a warp: those with which the multiprocessor that has most blocks ends first. */
template <int R> static int stack_strip(const wsi_stream *stream, int rows, unsigned across)
{
    long long least = -1;
    int best = STACK_LEAST;
    for (int strip = STACK_LEAST; strip <= STACK_MOST; strip += PAIR) {
        const long long blocks = (long long)across * blocks_for(rows, STACK * strip - 2 * R);
        const long long time =
            (long long)blocks_for(blocks, stream->device->info.multiprocessors) * (strip + STACK_COST);
        if (least < 0 || time < least) least = time, best = strip;
    }
    return best;
}

template <int R, unsigned HALVES>
static wsi_status march(wsi_stream *stream, const morphology_stage &stage, wsi_error *err)
{
    byte_job job = byte_job_of<typename grey<R>::shape>(stage);
    const unsigned across = blocks_for(job.dst.w, grey<R>::shape::ACROSS);
    job.strip = stack_strip<R>(stream, job.dst.h, across);
    const dim3 grid(across, blocks_for(job.dst.h, STACK * job.strip - 2 * R));
    const auto kernel =
        stage.use == KEY_MAX ? morphology_march_kernel<R, HALVES, true> : morphology_march_kernel<R, HALVES, false>;
    kernel<<<grid, STACK_THREADS, 0, stream->handle>>>(job);
    return launched(stream, err);
}

unsigned wsi_cuda_morphology_halves(const wsi_footprint *f)
{
    unsigned halves = 0;
    if (f->top != f->bottom || f->left != f->right || f->top > 5 || f->left > 5) return ~0u;
    for (int i = 0; i < f->chords; i++) {
        const wsi_chord *c = &f->chord[i];
        if (c->left != c->right) return ~0u;
        for (int k = c->first; k < c->first + c->count; k++)
            if (f->dy[k] >= 0) halves |= (unsigned)c->left << (4 * f->dy[k]);
    }
    return halves;
}

int wsi_cuda_morphology_marches(const morphology_stage &stage)
{
    const int reach = stage.footprint->top;
    const unsigned halves = wsi_cuda_morphology_halves(stage.footprint);
    if ((stage.dst.type != WSI_U8 && stage.dst.type != WSI_BOOL) || stage.dst.channels != 1) return 0;
#define KNOWN(r, h)                                                                                                    \
    if (reach == (r) && halves == (h)) return 1;
    EACH_BYTE_SHAPE(KNOWN)
#undef KNOWN
    return 0;
}

wsi_status wsi_cuda_morphology_march(wsi_stream *stream, const morphology_stage &stage, wsi_error *err)
{
    const int reach = stage.footprint->top;
    const unsigned halves = wsi_cuda_morphology_halves(stage.footprint);
    if (stage.dst.type == WSI_BOOL) return wsi_cuda_morphology_mask(stream, stage, err);
#define RUN(r, h)                                                                                                      \
    if (reach == (r) && halves == (h)) return march<r, h>(stream, stage, err);
    EACH_BYTE_SHAPE(RUN)
#undef RUN
    return wsi_error_set(err, WSI_ERR_INTERNAL, "no kernel for this footprint");
}
