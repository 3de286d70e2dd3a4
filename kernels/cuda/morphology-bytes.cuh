/* What the kernels share that march over images of bytes: how a warp gets at its source rows, and, for morphology on
 * one channel, how rows become results. "Minimum" stands for both, erosion and dilation. With more channels, what is
 * said of pixels across holds for samples.
 *
 * A thread has a cell of a few words across and takes two rows a turn. A footprint is given by its reach R and by
 * HALVES, the half-width of row dy in bits 4 dy to 4 dy + 3. Of each row the minima over runs of these widths are
 * taken, and then folded into all results that see the two rows: a minimum of three values for each. */
#ifndef WSI_CUDA_MORPHOLOGY_BYTES_CUH
#define WSI_CUDA_MORPHOLOGY_BYTES_CUH

#include "morphology.cuh"

enum {
    WARP = 32,
    STRIPS = 2, /* of a block: one a warp */
    THREADS = WARP * STRIPS,
    STRIP_LEAST = 8, /* rows of results of a strip; always even */
    STRIP_MOST = 32,
    PAIR = 2,   /* rows a turn */
    BATCH = 24, /* rows of an edge cell that are loaded at once */
    WORD = 4    /* pixels */
};

struct byte_job {
    tile_source source;
    view dst;
    int ox, oy;
    uint32_t outside; /* four pixels of CONSTANT's value */
    int aligned;      /* 1: what cells see of the source starts at a multiple of their own bytes */
    int lines;        /* 1: results of a cell do */
    int strip;        /* rows of results of a warp */
};

/* OWN: words of a thread's cell. SIDE: words on each side that its results look at. */
template <int OWN_, int SIDE_> struct cells {
    enum {
        OWN = OWN_,
        SIDE = SIDE_,
        SEEN = OWN + 2 * SIDE,
        CELL = OWN * WORD, /* pixels */
        ACROSS = WARP * CELL,
        REACH = (SIDE + 1) * WORD, /* pixels beside a cell that are loaded, at most */
        EDGES = (REACH + CELL - 1) / CELL + (CELL + REACH + CELL - 1) / CELL /* cells of a warp that see beyond a row */
    };
    static_assert(SEEN * WORD <= WARP && SEEN % 2 == 0, "a lane loads a column of what an edge cell sees");
};

/* Rows of the source behind a strip's results: `more` than them, and in pairs. */
static __host__ __device__ constexpr int seen_rows(int rows, int more)
{
    return (rows + more + PAIR - 1) / PAIR * PAIR;
}

/* What a warp prepares in shared memory: where its source rows are, -1 for outside; what its cells at side edges see of
 * them; and room for a cell that is not stored as a whole. */
template <class Cells, int ROWS> struct __align__(16) warp_memory
{
    uint32_t edge[Cells::EDGES][ROWS][Cells::SEEN];
    uint8_t result[WARP][Cells::CELL];
    int row[ROWS];
};

/* A cell's place in the source. */
struct cell {
    int x;           /* of the first word that is seen */
    int edge;        /* which of the warp's cells at side edges; -1: all that is loaded lies within rows */
    int first, last; /* 1: the cell's own pixels begin or end its rows, and what it sees beyond follows from them */
    int any;         /* 1: so it is with one of the warp's cells */
};

/* Column `from` of the source, which may be -1, as the lane's pixels of an edge cell: many loads at once. */
template <class Cells, int ROWS>
static __device__ __forceinline__ void load_column(warp_memory<Cells, ROWS> &m, const byte_job &job, int edge, int from,
                                                   int rows)
{
#pragma unroll 1
    for (int first = 0; first < rows; first += BATCH) {
        uint8_t v[BATCH];
#pragma unroll
        for (int k = 0; k < BATCH; k++) {
            const int row = m.row[min(first + k, rows - 1)];
            v[k] = row < 0 || from < 0 ? (uint8_t)job.outside : (uint8_t)job.source.src.row(row)[from];
        }
#pragma unroll
        for (int k = 0; k < BATCH; k++)
            if (first + k < rows) ((uint8_t *)m.edge[edge][first + k])[threadIdx.x % WARP] = v[k];
    }
}

/* Where the source has sample i of a row; negative for CONSTANT's value. */
static __device__ __forceinline__ int sample_of(const tile_source &s, int i)
{
    const int channels = s.src.channels, x = (i < 0 ? i - channels + 1 : i) / channels; /* floor */
    const int from = (int)wsi_edge_map((wsi_edge)s.mode, x, s.src.w);
    return from < 0 ? from : (from - x) * channels + i;
}

/* Rows of the source from `top` on, by the whole warp. 1: all that its cells see lies within the source, and nothing is
 * prepared. Otherwise a lane has a column of the pixels that a cell at a side edge sees; one such cell after the other.
 */
template <class Cells, int ROWS>
static __device__ __forceinline__ bool prepare_rows(warp_memory<Cells, ROWS> &m, cell &c, const byte_job &job,
                                                    bool active, int top, int rows)
{
    const int lane = threadIdx.x % WARP;
    const view &src = job.source.src;
    const int slack = job.aligned ? 0 : WORD; /* words are loaded from before and to behind what is wanted */
    const int own = c.x + Cells::SIDE * WORD, end = own + Cells::CELL, width = src.w * src.channels;
    const bool before = c.x<slack, behind = c.x + Cells::SEEN * WORD + slack> width;
    unsigned mine = __ballot_sync(0xffffffffu, active && (before || behind));
    const bool folds = job.aligned && src.channels == 1 && job.source.mode != WSI_EDGE_NEAREST;
    const bool plain = !(before || behind) || (folds && (!before || own == 0) && (!behind || end == width));
    c.first = before, c.last = behind, c.any = mine != 0;
    if (__all_sync(0xffffffffu, !active || plain) && job.aligned && top >= 0 && top + rows <= src.h) return true;
    for (int i = lane; i < rows; i += WARP) m.row[i] = (int)wsi_edge_map((wsi_edge)job.source.mode, top + i, src.h);
    __syncwarp();
    c.edge = active && (before || behind) ? __popc(mine & ((1u << lane) - 1)) : -1;
    for (int edge = 0; mine; edge++, mine &= mine - 1) {
        const int x = __shfl_sync(0xffffffffu, c.x, __ffs((int)mine) - 1) + lane;
        const int from = sample_of(job.source, x);
        if (lane < Cells::SEEN * WORD) load_column(m, job, edge, from, rows);
    }
    __syncwarp();
    return false;
}

/* What a cell sees of a source row, on its way from memory; the wanted pixels begin at byte `by` of the first word. */
template <class Cells> struct row_words {
    uint32_t w[Cells::SEEN + 1];
    unsigned by;

    template <int FIRST, int COUNT> __device__ __forceinline__ void load_words(const uint32_t *p)
    {
        if constexpr (COUNT == 4) {
            const uint4 v = *(const uint4 *)p;
            w[FIRST] = v.x, w[FIRST + 1] = v.y, w[FIRST + 2] = v.z, w[FIRST + 3] = v.w;
        } else if constexpr (COUNT == 2) {
            const uint2 v = *(const uint2 *)p;
            w[FIRST] = v.x, w[FIRST + 1] = v.y;
        } else {
            w[FIRST] = *p;
        }
    }

    /* Without what lies before a first cell, or behind a last one. */
    __device__ __forceinline__ void load_aligned(const char *at, bool first, bool last)
    {
        enum { SIDE = Cells::SIDE, OWN = Cells::OWN };
        const uint32_t *p = (const uint32_t *)at;
        if (!first) load_words<0, SIDE>(p);
        load_words<SIDE, OWN>(p + SIDE);
        if (!last) load_words<SIDE + OWN, SIDE>(p + SIDE + OWN);
    }
};

/* Rows one after the other, all of them within the source; cells may begin and end them. */
template <class Cells> struct plain_rows {
    const char *next;
    long long stride;
    bool first, last, any; /* as in cell */
    int mode;
    uint32_t outside;

    __device__ __forceinline__ plain_rows(const byte_job &job, const cell &c, int top)
        : next(job.source.src.row(top) + c.x), stride(job.source.src.stride), first(c.first), last(c.last), any(c.any),
          mode(job.source.mode), outside(job.outside)
    {
    }

    __device__ __forceinline__ void load(row_words<Cells> &r)
    {
        r.load_aligned(next, first, last);
        next += stride;
    }

    /* REFLECT and MIRROR turn round neighbouring words of the cell. */
    __device__ __forceinline__ void fold(uint32_t (&w)[Cells::SEEN]) const
    {
        enum { SIDE = Cells::SIDE, END = Cells::SIDE + Cells::OWN };
        const bool constant = mode == WSI_EDGE_CONSTANT;
        const unsigned before = mode == WSI_EDGE_MIRROR ? 0x1234 : 0x0123;
        const unsigned behind = mode == WSI_EDGE_MIRROR ? 0x3456 : 0x4567;
#pragma unroll
        for (int k = 0; k < SIDE; k++) {
            const uint32_t left = __byte_perm(w[SIDE + k], w[SIDE + k + 1], before);
            const uint32_t right = __byte_perm(w[END - k - 2], w[END - k - 1], behind);
            if (first) w[SIDE - k - 1] = constant ? outside : left;
            if (last) w[END + k] = constant ? outside : right;
        }
    }

    __device__ __forceinline__ void take(uint32_t (&to)[Cells::SEEN], const row_words<Cells> &r) const
    {
#pragma unroll
        for (int k = 0; k < Cells::SEEN; k++) to[k] = r.w[k];
        if (any) fold(to);
    }
};

/* Any rows, prepared. */
template <class Cells, int ROWS> struct mapped_rows {
    const warp_memory<Cells, ROWS> &m;
    const byte_job &job;
    cell c;
    int next;

    __device__ __forceinline__ void load(row_words<Cells> &r)
    {
        const int i = next++, from = m.row[i];
        r.by = 0;
        if (c.edge >= 0) {
#pragma unroll
            for (int k = 0; k < Cells::SEEN; k += 2) {
                const uint2 two = *(const uint2 *)&m.edge[c.edge][i][k];
                r.w[k] = two.x, r.w[k + 1] = two.y;
            }
        } else if (from < 0) {
#pragma unroll
            for (int k = 0; k <= Cells::SEEN; k++) r.w[k] = job.outside;
        } else if (job.aligned) {
            r.load_aligned(job.source.src.row(from) + c.x, false, false);
        } else {
            const char *p = job.source.src.row(from) + c.x;
            r.by = (unsigned)((uintptr_t)p % WORD);
#pragma unroll
            for (int k = 0; k <= Cells::SEEN; k++) r.w[k] = ((const uint32_t *)(p - r.by))[k];
        }
    }

    __device__ __forceinline__ void take(uint32_t (&to)[Cells::SEEN], const row_words<Cells> &r) const
    {
#pragma unroll
        for (int k = 0; k < Cells::SEEN; k++) to[k] = __funnelshift_r(r.w[k], r.w[k + 1], 8 * r.by);
    }
};

static __device__ __forceinline__ void store_words(void *to, const uint32_t (&w)[4])
{
    *(uint4 *)to = make_uint4(w[0], w[1], w[2], w[3]);
}

static __device__ __forceinline__ void store_words(void *to, const uint32_t (&w)[2])
{
    *(uint2 *)to = make_uint2(w[0], w[1]);
}

/* Where a thread's results go, row after row. */
template <class Cells> struct cell_sink {
    char *next;
    long long stride;
    uint8_t *room; /* for a cell that is not stored as a whole */
    int pixels;    /* CELL: stored as a whole; negative: so many one by one */

    __device__ __forceinline__ cell_sink(const byte_job &job, uint8_t *room_, int x, int y0)
        : next(job.dst.row(y0) + x), stride(job.dst.stride), room(room_)
    {
        const int left = job.dst.w * job.dst.channels - x;
        pixels = job.lines && left >= Cells::CELL ? Cells::CELL : -min((int)Cells::CELL, left);
    }

    __device__ __forceinline__ void put(const uint32_t (&w)[Cells::OWN])
    {
        if (pixels > 0) {
            store_words(next, w);
        } else {
            store_words(room, w);
#pragma unroll 1
            for (int i = 0; i < -pixels; i++) next[i] = (char)room[i];
        }
        next += stride;
    }
};

/* Results of which the last rows are still to come, N keys of type KEY each. KEY::least takes two or three. */
template <class KEY, int R, unsigned HALVES, int N> struct unfinished {
    KEY of[2 * R][N]; /* by row */

    static __device__ __forceinline__ constexpr int half(int dy)
    {
        return HALVES >> 4 * (dy < 0 ? -dy : dy) & 15;
    }

    /* Two more rows, given as minima over each width, a[half][i] and b[half][i], finish two results. */
    __device__ __forceinline__ void add(KEY (&done)[PAIR][N], const KEY (&a)[6][N], const KEY (&b)[6][N])
    {
#pragma unroll
        for (int i = 0; i < N; i++) {
            done[0][i] = KEY::least(of[0][i], a[half(R)][i]);
            done[1][i] = KEY::least(of[1][i], a[half(R - 1)][i], b[half(R)][i]);
#pragma unroll
            for (int k = 2; k < 2 * R; k++)
                of[k - 2][i] = KEY::least(of[k][i], a[half(R - k)][i], b[half(R - k + 1)][i]);
            of[2 * R - 2][i] = KEY::least(a[half(R)][i], b[half(R - 1)][i]);
            of[2 * R - 1][i] = b[half(R)][i];
        }
    }
};

/* Disks, diamonds and squares: reach, half-widths. */
#define EACH_BYTE_SHAPE_TO_4(SHAPE)                                                                                    \
    SHAPE(1, 0x01u)    /* disk and diamond of radius 1 */                                                              \
    SHAPE(1, 0x11u)    /* square of 3 */                                                                               \
    SHAPE(2, 0x012u)   /* disk and diamond of 2 */                                                                     \
    SHAPE(2, 0x222u)   /* square of 5 */                                                                               \
    SHAPE(3, 0x0223u)  /* disk of 3 */                                                                                 \
    SHAPE(3, 0x0123u)  /* diamond of 3 */                                                                              \
    SHAPE(3, 0x3333u)  /* square of 7 */                                                                               \
    SHAPE(4, 0x02334u) /* disk of 4 */                                                                                 \
    SHAPE(4, 0x01234u) /* diamond of 4 */                                                                              \
    SHAPE(4, 0x44444u) /* square of 9 */
#define EACH_BYTE_SHAPE(SHAPE)                                                                                         \
    EACH_BYTE_SHAPE_TO_4(SHAPE)                                                                                        \
    SHAPE(5, 0x034445u) /* disk of 5 */                                                                                \
    SHAPE(5, 0x012345u) /* diamond of 5 */                                                                             \
    SHAPE(5, 0x555555u) /* square of 11 */

/* A job without its strip. */
template <class Cells> static inline byte_job byte_job_of(const morphology_stage &stage)
{
    const uintptr_t from = (uintptr_t)stage.source.src.p + (uintptr_t)(stage.ox * stage.dst.channels);
    const uintptr_t stride = (uintptr_t)stage.source.src.stride;
    return byte_job{stage.source,
                    stage.dst,
                    stage.ox,
                    stage.oy,
                    (uint32_t)(stage.outside & 255) * 0x01010101u,
                    (from | stride) % Cells::CELL == 0,
                    ((uintptr_t)stage.dst.p | (uintptr_t)stage.dst.stride) % Cells::CELL == 0,
                    0};
}

/* Rows of a strip: those with which the last block ends first, where at_once blocks share a multiprocessor and each
 * strip sees `more` rows than it has. */
static inline int strip_of(const wsi_stream *stream, int rows, unsigned across, int at_once, int more)
{
    const unsigned room = (unsigned)(stream->device->info.multiprocessors * at_once);
    long long least = -1;
    int best = STRIP_LEAST;
    for (int strip = STRIP_LEAST; strip <= STRIP_MOST; strip += PAIR) {
        const unsigned blocks = across * blocks_for(rows, strip * STRIPS);
        const long long turns = (long long)blocks_for(blocks, (int)room) * (strip + more);
        if (least < 0 || turns < least) least = turns, best = strip;
    }
    return best;
}

#endif
