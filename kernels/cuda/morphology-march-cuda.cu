/* Erosion and dilation of 8-bit images of one channel by small footprints, in one pass over memory and without shared
 * memory. "Minimum" stands for both.
 *
 * A thread has sixteen pixels across, four words, and marches down. Of each source row it takes the minima over runs of
 * every width that the footprint has, from runs of 1, 2, 4 and 8 pixels, and folds them into the results that see the
 * row, all of which lie in registers: as many as the footprint is high. The loop is unrolled that often, so that each
 * turn knows where each result lies. Shapes are compiled in: R, the reach, and HALVES, the half-width of row dy in
 * bits 4 dy to 4 dy + 3. */
#include "morphology.cuh"
#include "packed.cuh"

enum {
    WARP = 32,
    STRIPS = 2, /* of a block: one a warp */
    THREADS = WARP * STRIPS,
    CELL = 16, /* pixels across of a thread */
    OWN = 4,   /* words of a cell, */
    SIDE = 2,  /* and words on each side that its results look at */
    SEEN = OWN + 2 * SIDE,
    ACROSS = WARP * CELL,
    WORD = 4 /* pixels */
};

struct march_job {
    tile_source source;
    view dst;
    int ox, oy;
    uint32_t flip;    /* makes keys of four pixels, and pixels of keys */
    uint32_t outside; /* four pixels of CONSTANT's value */
    int lines;        /* 1: results of a cell start at a multiple of 16 bytes */
};

/* Four pixels of any values: each as the upper byte of a half, the lower of which does not matter. Pixels 0 and 2, and
 * 1 and 3. */
struct grey_pixels {
    uint32_t even, odd;

    /* From two words, beginning at byte `by`. */
    static __device__ __forceinline__ grey_pixels open(uint32_t low, uint32_t high, unsigned by)
    {
        return grey_pixels{__byte_perm(low, high, 0x2200 + by * 0x1111), __byte_perm(low, high, 0x3311 + by * 0x1111)};
    }

    __device__ __forceinline__ uint32_t close() const
    {
        return __byte_perm(even, odd, 0x7351);
    }

    static __device__ __forceinline__ grey_pixels least(grey_pixels a, grey_pixels b)
    {
        return grey_pixels{__vminu2(a.even, b.even), __vminu2(a.odd, b.odd)};
    }

    /* The four pixels that begin `by` after the first of a; b follows a. */
    static __device__ __forceinline__ grey_pixels shifted(grey_pixels a, grey_pixels b, int by)
    {
        if (by == 0) return a;
        if (by == 1) return grey_pixels{a.odd, __byte_perm(a.even, b.even, 0x5432)};
        if (by == 2) return grey_pixels{__byte_perm(a.even, b.even, 0x5432), __byte_perm(a.odd, b.odd, 0x5432)};
        return grey_pixels{__byte_perm(a.odd, b.odd, 0x5432), b.even};
    }
};

/* Four pixels of a mask: the minimum of 0 and 1, and of their complements, is their conjunction. */
struct mask_pixels {
    uint32_t word;

    static __device__ __forceinline__ mask_pixels open(uint32_t low, uint32_t high, unsigned by)
    {
        return mask_pixels{__byte_perm(low, high, 0x3210 + by * 0x1111)};
    }

    __device__ __forceinline__ uint32_t close() const
    {
        return word;
    }

    static __device__ __forceinline__ mask_pixels least(mask_pixels a, mask_pixels b)
    {
        return mask_pixels{a.word & b.word};
    }

    static __device__ __forceinline__ mask_pixels shifted(mask_pixels a, mask_pixels b, int by)
    {
        return by == 0 ? a : mask_pixels{__funnelshift_r(a.word, b.word, 8 * by)};
    }
};

/* What a cell looks at of a source row, on its way from memory: words, the wanted pixels beginning at byte `by` of the
 * first; or, at a side edge, pixels one by one. Nothing looks at them before they are needed. */
struct row_words {
    uint32_t w[SEEN * WORD];
    unsigned by;
    int bytes; /* 1: pixels */
};

/* A cell's place in the source. */
struct cell {
    int x;              /* of the first word that is looked at */
    int inside;         /* 1: all that is loaded lies within rows */
    const int *columns; /* in shared memory: where the pixels from x on are; -1 outside */
};

/* WORDS: on each side that are looked at. */
template <int WORDS>
static __device__ __forceinline__ void load_bytes(row_words &r, const char *row, const int *columns, uint32_t outside)
{
#pragma unroll
    for (int i = SIDE - WORDS; i < SEEN - SIDE + WORDS; i++) {
        const int4 at = *(const int4 *)(columns + WORD * i);
        const int from[WORD] = {at.x, at.y, at.z, at.w};
#pragma unroll
        for (int j = 0; j < WORD; j++)
            r.w[WORD * i + j] = from[j] < 0 ? outside & 255 : (uint32_t)(uint8_t)row[from[j]];
    }
}

template <int WORDS>
static __device__ __forceinline__ void load_row(row_words &r, const march_job &job, const cell &c, int y)
{
    const tile_source &s = job.source;
    const int from = (unsigned)y < (unsigned)s.src.h ? y : (int)wsi_edge_map((wsi_edge)s.mode, y, s.src.h);
    r.by = r.bytes = 0;
    if (from < 0) {
#pragma unroll
        for (int i = 0; i <= SEEN; i++) r.w[i] = job.outside;
        return;
    }
    const char *row = s.src.row(from);
    if (!c.inside) {
        load_bytes<WORDS>(r, row, c.columns, job.outside);
        r.bytes = 1;
        return;
    }
    r.by = (unsigned)((uintptr_t)(row + c.x) % WORD);
    const uint32_t *p = (const uint32_t *)(row + c.x - r.by);
#pragma unroll
    for (int i = SIDE - WORDS; i <= SEEN - SIDE + WORDS; i++) r.w[i] = p[i];
}

/* The words themselves, and one more. */
static __device__ __forceinline__ void words_of(uint32_t (&w)[SEEN + 1], const row_words &r)
{
#pragma unroll
    for (int i = 0; i <= SEEN; i++) w[i] = r.w[i];
    if (!r.bytes) return;
#pragma unroll
    for (int i = 0; i < SEEN; i++)
        w[i] = r.w[WORD * i] | r.w[WORD * i + 1] << 8 | r.w[WORD * i + 2] << 16 | r.w[WORD * i + 3] << 24;
}

/* Run minima of the words that are seen: of[i] holds those over runs that start at the word's pixels. */
template <class P> struct runs {
    P of[SEEN + 1];

    __device__ __forceinline__ P from(int word, int pixels) const
    {
        const int at = word * WORD + pixels, i = at / WORD;
        return P::shifted(of[i], of[i + 1 < SEEN ? i + 1 : i], at % WORD);
    }

    /* From runs half as long. Those that begin in the last word look beyond what is loaded, and nobody at them. */
    __device__ __forceinline__ void widen(const runs &half, int length)
    {
#pragma unroll
        for (int i = 0; i < SEEN; i++)
            of[i] = (i * WORD + length) / WORD < SEEN ? P::least(half.of[i], half.from(i, length)) : half.of[i];
    }
};

/* A row's minima over all widths of the footprint, of the cell's own words. */
template <class P, int R> struct row_minima {
    runs<P> of1, of2, of4, of8;

    __device__ __forceinline__ void make(const row_words &r, uint32_t flip)
    {
        uint32_t w[SEEN + 1];
        words_of(w, r);
        if (flip)
#pragma unroll
            for (int i = 0; i <= SEEN; i++) w[i] ^= flip;
#pragma unroll
        for (int i = 0; i < SEEN; i++) of1.of[i] = P::open(w[i], w[i + 1], r.by);
        of2.widen(of1, 1);
        of4.widen(of2, 2);
        of8.widen(of4, 4);
    }

    /* Over the run from -half to half. Constants once loops are unrolled, so that what is not asked is not made. */
    __device__ __forceinline__ P over(int word, int half) const
    {
        const int i = word + SIDE;
        if (half == 0) return of1.from(i, 0);
        if (half == 1) return P::least(of2.from(i, -1), of2.from(i, 0));
        if (half == 2) return P::least(of4.from(i, -2), of4.from(i, -1));
        if (half == 3) return P::least(of4.from(i, -3), of4.from(i, 0));
        if (half == 4) return P::least(of8.from(i, -4), of8.from(i, -3));
        return P::least(of8.from(i, -5), of8.from(i, -2));
    }
};

static __device__ __forceinline__ void store_cell(const march_job &job, int x, int y, const uint32_t (&w)[OWN])
{
    char *to = job.dst.row(y) + x;
    if (job.lines && x + CELL <= job.dst.w) {
        *(uint4 *)to = make_uint4(w[0], w[1], w[2], w[3]);
        return;
    }
#pragma unroll
    for (int i = 0; i < OWN; i++) {
        raw4_narrow four = {};
        four.w[0] = w[i];
        store4(to, WORD * i, job.dst.w - x, 1, job.dst.vector, four);
    }
}

/* Where the block's columns of source pixels are, for its cells at side edges. */
static __device__ __forceinline__ void map_columns(int *columns, const march_job &job, int first)
{
    for (int i = threadIdx.x; i < ACROSS + 2 * SIDE * WORD; i += THREADS)
        columns[i] = (int)wsi_edge_map((wsi_edge)job.source.mode, first + i, job.source.src.w);
    __syncthreads();
}

/* Rows of results of a thread: more of them for higher footprints, whose rows above and below are read as well. */
template <int R> struct strip {
    enum { ROWS = R <= 2 ? 16 : R == 3 ? 24 : 32 };
};

template <class P, int R, unsigned HALVES>
static __global__ void __launch_bounds__(THREADS, R <= 2   ? 8
                                                  : R == 3 ? 6
                                                           : 4)
    morphology_march_kernel(const __grid_constant__ march_job job)
{
    enum { HEIGHT = 2 * R + 1, WORDS = R > WORD ? 2 : 1, STRIP = strip<R>::ROWS };
    __shared__ __align__(16) int columns[ACROSS + 2 * SIDE * WORD];
    const int lane = threadIdx.x % WARP, x = blockIdx.x * ACROSS + lane * CELL;
    const int y0 = (blockIdx.y * STRIPS + threadIdx.x / WARP) * STRIP, rows = min((int)STRIP, job.dst.h - y0);
    map_columns(columns, job, job.ox + blockIdx.x * ACROSS - SIDE * WORD);
    if (x >= job.dst.w || rows <= 0) return;
    cell c = {job.ox + x - SIDE * WORD, 0, columns + lane * CELL};
    c.inside = c.x >= WORD && c.x + (SEEN + 1) * WORD <= job.source.src.w;
    P best[HEIGHT][OWN] = {};
    row_words next = {};
    load_row<WORDS>(next, job, c, job.oy + y0 - R);
#pragma unroll 1
    for (int first = 0; first < rows + 2 * R; first += HEIGHT) {
#pragma unroll
        for (int turn = 0; turn < HEIGHT; turn++) {
            const int row = first + turn; /* of those that the strip looks at */
            if (row >= rows + 2 * R) break;
            row_minima<P, R> minima;
            minima.make(next, job.flip);
            if (row + 1 < rows + 2 * R) load_row<WORDS>(next, job, c, job.oy + y0 - R + row + 1);
            uint32_t done[OWN];
#pragma unroll
            for (int i = 0; i < OWN; i++) {
#pragma unroll
                for (int dy = -R; dy <= R; dy++) {
                    P &to = best[(turn - dy + R + 1) % HEIGHT][i];
                    const P m = minima.over(i, HALVES >> 4 * (dy < 0 ? -dy : dy) & 15);
                    to = dy == -R ? m : P::least(to, m);
                }
                done[i] = best[(turn + 1) % HEIGHT][i].close() ^ job.flip;
            }
            if (row >= 2 * R) store_cell(job, x, y0 + row - 2 * R, done);
        }
    }
}

template <class P, int R, unsigned HALVES>
static wsi_status march(wsi_stream *stream, const march_job &job, wsi_error *err)
{
    const dim3 grid(blocks_for(job.dst.w, ACROSS), blocks_for(job.dst.h, strip<R>::ROWS * STRIPS));
    morphology_march_kernel<P, R, HALVES><<<grid, THREADS, 0, stream->handle>>>(job);
    return launched(stream, err);
}

/* The shapes: reach, half-widths, whose they are. */
#define EACH_SHAPE(SHAPE)                                                                                              \
    SHAPE(1, 0x01u)     /* disk and diamond of radius 1 */                                                             \
    SHAPE(1, 0x11u)     /* square of 3 */                                                                              \
    SHAPE(2, 0x012u)    /* disk and diamond of 2 */                                                                    \
    SHAPE(2, 0x222u)    /* square of 5 */                                                                              \
    SHAPE(3, 0x0223u)   /* disk of 3 */                                                                                \
    SHAPE(3, 0x0123u)   /* diamond of 3 */                                                                             \
    SHAPE(3, 0x3333u)   /* square of 7 */                                                                              \
    SHAPE(4, 0x02334u)  /* disk of 4 */                                                                                \
    SHAPE(5, 0x034445u) /* disk of 5 */

/* The footprint's half-widths as in HALVES; ~0 where they are not of such a form. */
static unsigned halves_of(const wsi_footprint *f)
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

template <class P>
static wsi_status march_shape(wsi_stream *stream, const march_job &job, int reach, unsigned halves, wsi_error *err)
{
#define RUN(r, h)                                                                                                      \
    if (reach == (r) && halves == (h)) return march<P, r, h>(stream, job, err);
    EACH_SHAPE(RUN)
#undef RUN
    WSI_RETURN_IF(1, WSI_ERR_INTERNAL, "no kernel for this footprint");
}

int wsi_cuda_morphology_marches(const morphology_stage &stage)
{
    const int reach = stage.footprint->top;
    const unsigned halves = halves_of(stage.footprint);
    if (stage.dst.size != 1 || stage.dst.channels != 1) return 0;
#define KNOWN(r, h)                                                                                                    \
    if (reach == (r) && halves == (h)) return 1;
    EACH_SHAPE(KNOWN)
#undef KNOWN
    return 0;
}

wsi_status wsi_cuda_morphology_march(wsi_stream *stream, const morphology_stage &stage, wsi_error *err)
{
    const uint32_t sign = stage.dst.type == WSI_I8 ? 0x80808080u : 0, all = stage.use == KEY_MAX ? ~0u : 0;
    const uint32_t outside = (uint32_t)(stage.outside & 255) * 0x01010101u;
    const march_job job = {stage.source,
                           stage.dst,
                           stage.ox,
                           stage.oy,
                           sign ^ all,
                           outside,
                           ((uintptr_t)stage.dst.p | (uintptr_t)stage.dst.stride) % CELL == 0};
    const unsigned halves = halves_of(stage.footprint);
    if (stage.dst.type == WSI_BOOL) return march_shape<mask_pixels>(stream, job, stage.footprint->top, halves, err);
    return march_shape<grey_pixels>(stream, job, stage.footprint->top, halves, err);
}
