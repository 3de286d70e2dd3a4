/* Erosion and dilation of 8-bit images of one channel by small footprints, in one pass over memory and without shared
 * memory. "Minimum" stands for both.
 *
 * A thread has sixteen pixels across, four words, and marches down. Of each source row it takes the minima over runs of
 * every width that the footprint has, from runs of 1, 2, 4 and 8 pixels, and folds them into the results that see the
 * row, all of which lie in registers: as many as the footprint is high. The loop is unrolled that often and once more,
 * so that each turn knows where each result lies, and which of two rows on their way is next. Shapes are compiled in:
 * R, the reach, and HALVES, the half-width of row dy in bits 4 dy to 4 dy + 3. */
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
    WORD = 4, /* pixels */
    EDGES = 3 /* cells of a warp that look beyond a row, at most: one to the left, two to the right */
};
static_assert(SEEN * WORD == WARP, "an edge cell's pixels are as many as lanes");

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

/* Rows of results of a thread: more of them for higher footprints, whose rows above and below are read as well. */
template <int R> struct strip {
    enum { ROWS = R == 1 ? 8 : R <= 3 ? 16 : 24, SEEN_ROWS = ROWS + 2 * R };
};

/* What a warp prepares in shared memory: where its source rows are, -1 for outside; what its cells at side edges see of
 * them; and room for a cell that is not stored as a whole. */
template <int R> struct __align__(16) warp_memory
{
    uint32_t edge[EDGES][strip<R>::SEEN_ROWS][SEEN];
    uint8_t result[WARP][CELL];
    int row[strip<R>::SEEN_ROWS];
};

/* A cell's place in the source. */
struct cell {
    int x;    /* of the first word that is looked at */
    int edge; /* which of the warp's cells at side edges; -1: all that is loaded lies within rows */
};

template <int R>
static __device__ __forceinline__ void map_strip(warp_memory<R> &m, const march_job &job, int top, int rows)
{
    for (int i = threadIdx.x % WARP; i < rows; i += WARP)
        m.row[i] = (int)wsi_edge_map((wsi_edge)job.source.mode, top + i, job.source.src.h);
    __syncwarp();
}

/* A lane has a column of the pixels that a cell at a side edge sees, from x on. */
template <int R>
static __device__ __forceinline__ void load_edge_cell(warp_memory<R> &m, const march_job &job, int edge, int x,
                                                      int rows)
{
    const int lane = threadIdx.x % WARP;
    const int from = (int)wsi_edge_map((wsi_edge)job.source.mode, x + lane, job.source.src.w);
    uint8_t *to = (uint8_t *)m.edge[edge][0] + lane;
#pragma unroll 12
    for (int i = 0; i < rows; i++) {
        const int row = m.row[i];
        to[i * WARP] = row < 0 || from < 0 ? (uint8_t)job.outside : (uint8_t)job.source.src.row(row)[from];
    }
}

/* The warp's cells at side edges, one after the other. */
template <int R>
static __device__ __forceinline__ void load_edges(warp_memory<R> &m, const march_job &job, cell &c, bool active,
                                                  int rows)
{
    const int lane = threadIdx.x % WARP;
    const bool inside = c.x >= WORD && c.x + (SEEN + 1) * WORD <= job.source.src.w;
    unsigned mine = __ballot_sync(0xffffffffu, active && !inside);
    c.edge = active && !inside ? __popc(mine & ((1u << lane) - 1)) : -1;
    for (int edge = 0; mine; edge++, mine &= mine - 1)
        load_edge_cell(m, job, edge, __shfl_sync(0xffffffffu, c.x, __ffs((int)mine) - 1), rows);
    __syncwarp();
}

/* What a cell sees of a source row, on its way from memory; the wanted pixels begin at byte `by` of the first word. */
struct row_words {
    uint32_t w[SEEN + 1];
    unsigned by;
};

/* Row i of those that the strip sees. WORDS: on each side that are looked at. */
template <int R, int WORDS>
static __device__ __forceinline__ void load_row(row_words &r, const warp_memory<R> &m, const march_job &job,
                                                const cell &c, int i)
{
    const int from = m.row[i];
    r.by = 0;
    if (c.edge >= 0) {
#pragma unroll
        for (int k = 0; k < SEEN; k += 4) {
            const uint4 four = *(const uint4 *)&m.edge[c.edge][i][k];
            r.w[k] = four.x, r.w[k + 1] = four.y, r.w[k + 2] = four.z, r.w[k + 3] = four.w;
        }
    } else if (from < 0) {
#pragma unroll
        for (int k = 0; k <= SEEN; k++) r.w[k] = job.outside;
    } else {
        const char *p = job.source.src.row(from) + c.x;
        r.by = (unsigned)((uintptr_t)p % WORD);
#pragma unroll
        for (int k = SIDE - WORDS; k <= SEEN - SIDE + WORDS; k++) r.w[k] = ((const uint32_t *)(p - r.by))[k];
    }
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
#pragma unroll
        for (int i = 0; i <= SEEN; i++) w[i] = r.w[i];
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

/* Whole, or byte by byte through the lane's room. */
static __device__ __forceinline__ void store_cell(const march_job &job, uint8_t *room, int x, int y,
                                                  const uint32_t (&w)[OWN])
{
    char *to = job.dst.row(y) + x;
    if (job.lines && x + CELL <= job.dst.w) {
        *(uint4 *)to = make_uint4(w[0], w[1], w[2], w[3]);
        return;
    }
    *(uint4 *)room = make_uint4(w[0], w[1], w[2], w[3]);
#pragma unroll 1
    for (int i = 0; i < min((int)CELL, job.dst.w - x); i++) to[i] = (char)room[i];
}

template <class P, int R, unsigned HALVES>
static __global__ void __launch_bounds__(THREADS, R == 1   ? TILE_BLOCKS(8)
                                                  : R == 2 ? TILE_BLOCKS(8)
                                                  : R == 3 ? 6
                                                           : 4)
    morphology_march_kernel(const __grid_constant__ march_job job)
{
    enum { RING = 2 * R + 2, WORDS = R > WORD ? 2 : 1, STRIP = strip<R>::ROWS };
    __shared__ __align__(16) warp_memory<R> memory[STRIPS];
    warp_memory<R> &m = memory[threadIdx.x / WARP];
    const int lane = threadIdx.x % WARP, x = blockIdx.x * ACROSS + lane * CELL;
    const int y0 = (blockIdx.y * STRIPS + threadIdx.x / WARP) * STRIP, rows = min((int)STRIP, job.dst.h - y0);
    const int seen = rows + 2 * R;
    if (rows <= 0) return;
    cell c = {job.ox + x - SIDE * WORD, -1};
    map_strip(m, job, job.oy + y0 - R, seen);
    load_edges(m, job, c, x < job.dst.w, seen);
    if (x >= job.dst.w) return;
    P best[RING][OWN] = {};
    row_words next[2] = {};
    load_row<R, WORDS>(next[0], m, job, c, 0);
    load_row<R, WORDS>(next[1], m, job, c, 1);
#pragma unroll 1
    for (int first = 0; first < seen; first += RING) {
#pragma unroll
        for (int turn = 0; turn < RING; turn++) {
            const int row = first + turn; /* of those that the strip sees */
            if (row >= seen) break;
            row_minima<P, R> minima;
            minima.make(next[turn % 2], job.flip);
            if (row + 2 < seen) load_row<R, WORDS>(next[turn % 2], m, job, c, row + 2);
            uint32_t done[OWN];
#pragma unroll
            for (int i = 0; i < OWN; i++) {
#pragma unroll
                for (int dy = -R; dy <= R; dy++) {
                    P &to = best[(turn - dy - R + RING) % RING][i];
                    const P least = minima.over(i, HALVES >> 4 * (dy < 0 ? -dy : dy) & 15);
                    to = dy == -R ? least : P::least(to, least);
                }
                done[i] = best[(turn + 2) % RING][i].close() ^ job.flip;
            }
            if (row >= 2 * R) store_cell(job, m.result[lane], x, y0 + row - 2 * R, done);
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

template <class P>
static wsi_status march_shape(wsi_stream *stream, const march_job &job, int reach, unsigned halves, wsi_error *err)
{
#define RUN(r, h)                                                                                                      \
    if (reach == (r) && halves == (h)) return march<P, r, h>(stream, job, err);
    EACH_SHAPE(RUN)
#undef RUN
    return wsi_error_set(err, WSI_ERR_INTERNAL, "no kernel for this footprint");
}

int wsi_cuda_morphology_marches(const morphology_stage &stage)
{
    const int reach = stage.footprint->top;
    const unsigned halves = wsi_cuda_morphology_halves(stage.footprint);
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
    const unsigned halves = wsi_cuda_morphology_halves(stage.footprint);
    if (stage.dst.type == WSI_BOOL) return march_shape<mask_pixels>(stream, job, stage.footprint->top, halves, err);
    return march_shape<grey_pixels>(stream, job, stage.footprint->top, halves, err);
}
