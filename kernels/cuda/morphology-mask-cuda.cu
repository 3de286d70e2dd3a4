/* Erosion, dilation, opening and closing of masks of one channel by small footprints, in one pass over memory.
 * "Minimum" stands for both, and is the conjunction of bits.
 *
 * A thread sees 32 pixels of each row as the bits of a word, of which its own cell is the middle 16. Minima across are
 * then shifts, and those down take a register a row, so that the second of two stages follows in the same thread: the
 * first one's outer bits are wrong by the footprint's reach, the second's by twice that, which leaves the cell. What a
 * first stage would give beyond an edge is what symmetric extensions give by themselves; elsewhere CONSTANT's value
 * stands there. */
#include "morphology-bytes.cuh"

typedef cells<4, 2> mask_cells;
enum { MASK_AT_ONCE = 12, BYTE = 8, TWICE_REACH = mask_cells::SIDE * WORD / 2 /* of two stages in one pass */ };

/* 32 pixels of a row. */
struct mask_bits {
    uint32_t word;

    static __device__ __forceinline__ mask_bits least(mask_bits a, mask_bits b)
    {
        return mask_bits{a.word & b.word};
    }

    static __device__ __forceinline__ mask_bits least(mask_bits a, mask_bits b, mask_bits c)
    {
        return mask_bits{a.word & b.word & c.word};
    }

    /* From bytes of 0 and 1. Eight bytes are two words with bits 0 and 4 of each byte; a multiplication brings those to
     * the top without a carry. */
    static __device__ __forceinline__ mask_bits of(const uint32_t (&w)[mask_cells::SEEN])
    {
        uint32_t eight[mask_cells::SEEN / 2];
#pragma unroll
        for (int i = 0; i < mask_cells::SEEN / 2; i++) eight[i] = (w[2 * i] + 16 * w[2 * i + 1]) * 0x01020408u;
        return mask_bits{
            __byte_perm(__byte_perm(eight[0], eight[1], 0x73), __byte_perm(eight[2], eight[3], 0x73), 0x5410)};
    }

    /* The cell as bytes: a multiplication spreads four bits over four bytes. */
    __device__ __forceinline__ void bytes(uint32_t (&w)[mask_cells::OWN]) const
    {
#pragma unroll
        for (int i = 0; i < mask_cells::OWN; i++)
            w[i] = (word >> (mask_cells::SIDE + i) * WORD & 15) * 0x00204081u & 0x01010101u;
    }
};

/* A row's minima over runs from -h to h, least[h]. */
struct mask_minima {
    mask_bits least[6][1];

    __device__ __forceinline__ void make(mask_bits row)
    {
        const uint32_t v = row.word, three = v & v << 1 & v >> 1, nine = three << 3 & three & three >> 3;
        least[0][0] = row;
        least[1][0].word = three;
        least[2][0].word = three << 1 & three >> 1;
        least[3][0].word = three << 2 & three & three >> 2;
        least[4][0].word = nine;
        least[5][0].word = nine << 1 & nine >> 1;
    }
};

struct mask_job : byte_job {
    uint32_t flip;     /* all bits for a dilation, the minimum of complements */
    uint32_t outside2; /* all bits: what the second stage sees instead of the first one's results beyond an edge */
};

/* What the second stage sees of the first one's row y. beyond: the pixels outside rows, for CONSTANT alone. */
static __device__ __forceinline__ mask_bits between(const mask_job &job, mask_bits row, int y, uint32_t beyond)
{
    if (job.source.mode != WSI_EDGE_CONSTANT) return mask_bits{~row.word};
    if ((unsigned)y >= (unsigned)job.source.src.h) beyond = ~0u;
    return mask_bits{(~row.word & ~beyond) | (job.outside2 & beyond)};
}

/* Bits of the 32 pixels from x on that lie outside a row of w. */
static __device__ __forceinline__ uint32_t outside_bits(int x, int w)
{
    const int before = min(max(-x, 0), WARP), within = min(max(w - x, 0), WARP);
    const uint32_t low = before == WARP ? ~0u : (1u << before) - 1, high = within == WARP ? 0 : ~0u << within;
    return low | high;
}

/* A strip of results for a thread's cell. */
struct mask_strip {
    cell_sink<mask_cells> sink;
    int rows, top;   /* top: the source row that is seen first */
    uint32_t beyond; /* pixels that are seen outside rows */
};

template <int R, unsigned HALVES, int STAGES, class Rows>
static __device__ __forceinline__ void march_strip(const mask_job &job, Rows source, mask_strip strip)
{
    enum { MORE = 2 * R * STAGES };
    const int seen = seen_rows(strip.rows, MORE);
    const uint32_t back = STAGES == 2 ? ~job.flip : job.flip; /* the last stage's flip */
    unfinished<mask_bits, R, HALVES, 1> first = {}, second = {};
    row_words<mask_cells> next[PAIR] = {};
#pragma unroll
    for (int k = 0; k < PAIR; k++) source.load(next[k]);
#pragma unroll 1
    for (int row = 0; row < seen; row += PAIR) {
        mask_minima minima[PAIR];
        mask_bits done[PAIR][1];
#pragma unroll
        for (int k = 0; k < PAIR; k++) {
            uint32_t w[mask_cells::SEEN];
            source.take(w, next[k]);
            minima[k].make(mask_bits{mask_bits::of(w).word ^ job.flip});
            if (row + PAIR < seen) source.load(next[k]);
        }
        first.add(done, minima[0].least, minima[1].least);
        if constexpr (STAGES == 2) {
#pragma unroll
            for (int k = 0; k < PAIR; k++)
                minima[k].make(between(job, done[k][0], strip.top + row + k - R, strip.beyond));
            second.add(done, minima[0].least, minima[1].least);
        }
        if (row < MORE) continue;
#pragma unroll
        for (int k = 0; k < PAIR; k++) {
            uint32_t w[mask_cells::OWN];
            mask_bits{done[k][0].word ^ back}.bytes(w);
            if (k == 0 || row + k - MORE < strip.rows) strip.sink.put(w);
        }
    }
}

template <int R, unsigned HALVES, int STAGES>
static __global__ void __launch_bounds__(THREADS, TILE_BLOCKS(MASK_AT_ONCE))
    morphology_mask_kernel(const __grid_constant__ mask_job job)
{
    enum { MORE = 2 * R * STAGES, ROWS = STRIP_MOST + MORE };
    __shared__ warp_memory<mask_cells, ROWS> memory[STRIPS];
    warp_memory<mask_cells, ROWS> &m = memory[threadIdx.x / WARP];
    const int lane = threadIdx.x % WARP, x = blockIdx.x * mask_cells::ACROSS + lane * mask_cells::CELL;
    const int y0 = (blockIdx.y * STRIPS + threadIdx.x / WARP) * job.strip, rows = min(job.strip, job.dst.h - y0);
    const int top = job.oy + y0 - MORE / 2;
    if (rows <= 0) return;
    cell c = {job.ox + x - mask_cells::SIDE * WORD, -1, 0, 0, 0};
    const bool plain = prepare_rows(m, c, job, x < job.dst.w, top, seen_rows(rows, MORE));
    if (x >= job.dst.w) return;
    const uint32_t beyond = STAGES == 2 ? outside_bits(c.x, job.source.src.w) : 0;
    const mask_strip strip = {cell_sink<mask_cells>(job, m.result[lane], x, y0), rows, top, beyond};
    if (plain)
        march_strip<R, HALVES, STAGES>(job, plain_rows<mask_cells>(job, c, top), strip);
    else
        march_strip<R, HALVES, STAGES>(job, mapped_rows<mask_cells, ROWS>{m, job, c, 0}, strip);
}

template <int R, unsigned HALVES, int STAGES>
static wsi_status march(wsi_stream *stream, const morphology_stage &stage, uint32_t outside2, wsi_error *err)
{
    mask_job job = {byte_job_of<mask_cells>(stage), stage.use == KEY_MAX ? ~0u : 0, outside2};
    const unsigned across = blocks_for(job.dst.w, mask_cells::ACROSS);
    job.strip = strip_of(stream, job.dst.h, across, MASK_AT_ONCE, 2 * R * STAGES);
    const dim3 grid(across, blocks_for(job.dst.h, job.strip * STRIPS));
    morphology_mask_kernel<R, HALVES, STAGES><<<grid, THREADS, 0, stream->handle>>>(job);
    return launched(stream, err);
}

wsi_status wsi_cuda_morphology_mask(wsi_stream *stream, const morphology_stage &stage, wsi_error *err)
{
    const int reach = stage.footprint->top;
    const unsigned halves = wsi_cuda_morphology_halves(stage.footprint);
#define RUN(r, h)                                                                                                      \
    if (reach == (r) && halves == (h)) return march<r, h, 1>(stream, stage, 0, err);
    EACH_BYTE_SHAPE(RUN)
#undef RUN
    return wsi_error_set(err, WSI_ERR_INTERNAL, "no kernel for this footprint");
}

int wsi_cuda_morphology_pairs(const morphology_stage &first)
{
    return first.dst.type == WSI_BOOL && first.footprint->top <= TWICE_REACH && first.source.mode != WSI_EDGE_NEAREST &&
           wsi_cuda_morphology_marches(first);
}

wsi_status wsi_cuda_morphology_pair(wsi_stream *stream, const morphology_stage &first, uint64_t outside, wsi_error *err)
{
    const int reach = first.footprint->top;
    const unsigned halves = wsi_cuda_morphology_halves(first.footprint);
    const int one = (outside & 255) != 0, maximum = first.use != KEY_MAX;
    const uint32_t outside2 = one != maximum ? ~0u : 0; /* as a key */
#define RUN(r, h)                                                                                                      \
    if (reach == (r) && halves == (h)) return march<r, h, 2>(stream, first, outside2, err);
    EACH_BYTE_SHAPE_TO_4(RUN)
#undef RUN
    return wsi_error_set(err, WSI_ERR_INTERNAL, "no kernel for this footprint");
}
