/* Erosion and dilation of unsigned 8-bit images of one channel by small footprints, in one pass over memory. "Minimum"
 * stands for both.
 *
 * The hardware takes minima of halves of a register, so a pixel is the upper byte of a half, the lower of which does
 * not matter. A thread's N registers hold pixels i and i + N of its cell: a step across is then the next register, and
 * no run of pixels needs to be shifted into place. Shapes are compiled in. */
#include "morphology-bytes.cuh"

/* Pixels i and i + N. MAX: their greatest instead of the least. */
template <bool MAX> struct two_pixels {
    uint32_t halves;

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
        AT_ONCE = R == 1   ? 12
                  : R == 2 ? 10
                  : R == 3 ? 8
                           : 6, /* blocks of a multiprocessor */
        ROWS = STRIP_MOST + 2 * R
    };
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

/* A thread's results of so many rows. */
template <int R, unsigned HALVES, bool MAX, class Rows>
static __device__ __forceinline__ void march_strip(Rows source, cell_sink<typename grey<R>::shape> sink, int rows)
{
    typedef typename grey<R>::shape shape;
    enum { N = grey<R>::N };
    const int seen = seen_rows(rows, 2 * R);
    unfinished<two_pixels<MAX>, R, HALVES, N> results = {};
    row_words<shape> next[PAIR] = {};
#pragma unroll
    for (int k = 0; k < PAIR; k++) source.load(next[k]);
#pragma unroll 1
    for (int row = 0; row < seen; row += PAIR) {
        row_minima<R, MAX> minima[PAIR];
        two_pixels<MAX> done[PAIR][N];
#pragma unroll
        for (int k = 0; k < PAIR; k++) {
            uint32_t w[shape::SEEN];
            source.take(w, next[k]);
            minima[k].make(w);
            if (row + PAIR < seen) source.load(next[k]);
        }
        results.add(done, minima[0].least, minima[1].least);
        if (row < 2 * R) continue;
#pragma unroll
        for (int k = 0; k < PAIR; k++) {
            uint32_t w[shape::OWN];
            close(w, done[k]);
            if (k == 0 || row + k - 2 * R < rows) sink.put(w);
        }
    }
}

template <int R, unsigned HALVES, bool MAX>
static __global__ void __launch_bounds__(THREADS, TILE_BLOCKS(grey<R>::AT_ONCE))
    morphology_march_kernel(const __grid_constant__ byte_job job)
{
    typedef typename grey<R>::shape shape;
    enum { ROWS = grey<R>::ROWS };
    __shared__ warp_memory<shape, ROWS> memory[STRIPS];
    warp_memory<shape, ROWS> &m = memory[threadIdx.x / WARP];
    const int lane = threadIdx.x % WARP, x = blockIdx.x * shape::ACROSS + lane * shape::CELL;
    const int y0 = (blockIdx.y * STRIPS + threadIdx.x / WARP) * job.strip, rows = min(job.strip, job.dst.h - y0);
    const int top = job.oy + y0 - R;
    if (rows <= 0) return;
    cell c = {job.ox + x - shape::SIDE * WORD, -1, 0, 0, 0};
    const bool plain = prepare_rows(m, c, job, x < job.dst.w, top, seen_rows(rows, 2 * R));
    if (x >= job.dst.w) return;
    const cell_sink<shape> sink(job, m.result[lane], x, y0);
    if (plain)
        march_strip<R, HALVES, MAX>(plain_rows<shape>(job, c, top), sink, rows);
    else
        march_strip<R, HALVES, MAX>(mapped_rows<shape, ROWS>{m, job, c, 0}, sink, rows);
}

template <int R, unsigned HALVES>
static wsi_status march(wsi_stream *stream, const morphology_stage &stage, wsi_error *err)
{
    byte_job job = byte_job_of<typename grey<R>::shape>(stage);
    const unsigned across = blocks_for(job.dst.w, grey<R>::shape::ACROSS);
    job.strip = strip_of(stream, job.dst.h, across, grey<R>::AT_ONCE, 2 * R);
    const dim3 grid(across, blocks_for(job.dst.h, job.strip * STRIPS));
    const auto kernel =
        stage.use == KEY_MAX ? morphology_march_kernel<R, HALVES, true> : morphology_march_kernel<R, HALVES, false>;
    kernel<<<grid, THREADS, 0, stream->handle>>>(job);
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
