/* median, for footprints within a box of 7 x 7: bit by bit from the top, 32 pixels at a time in the bits of a word.
 *
 * A block turns its source pixels into bit planes: bit i of a word is one bit of the key of pixel i. A thread has a
 * word of results. It keeps, for every place of the footprint, which of its 32 neighbours are still candidates; counts
 * the candidates whose next bit is 0, with full adders on words; and keeps those, or, where they are no more than
 * the wanted rank, the others, counting the rank down. So a bit of a neighbour costs a 32nd of six instructions, and
 * the method is the same for every type. Each channel is a launch's own plane of blocks. */
#include "median.cuh"

enum {
    WARP = 32,
    WORDS = 8, /* of results across a block */
    ROWS = 32, /* and down */
    THREADS = WORDS * ROWS,
    WARPS = THREADS / WARP,
    PITCH = WORDS + 1, /* words of a row of a plane: the last for the halo */
    LEVELS = 6,        /* bits of a count */
    BATCH = 4,
    BYTE = 8
};
static_assert(MEDIAN_BOX * MEDIAN_BOX < 1 << LEVELS, "counts fit");
static_assert(MEDIAN_BOX - 1 <= WARP, "the halo is one word");

struct median_job {
    tile_source source;
    view dst;
    int ox, oy, left, top;
    int rank;
    uint64_t outside; /* bytes of CONSTANT's sample */
    uint64_t members; /* of the box: bit BOX * y + x */
};

/* Adds up words bit by bit. A level holds a sum and, after every other word, one that waits: with the next, three
 * become a sum and a carry to the next level. What is held follows from the number of words alone, which is known to
 * the compiler. */
struct bit_counter {
    uint32_t sum[LEVELS], waiting[LEVELS];

    /* Word number i, from 0. */
    __device__ __forceinline__ void add(int i, uint32_t v)
    {
#pragma unroll
        for (int l = 0; l < LEVELS; l++) {
            if (i == 0) sum[l] = v;
            if (i % 2 == 1) waiting[l] = v;
            if (i == 0 || i % 2 == 1) return;
            const uint32_t s = sum[l], w = waiting[l];
            sum[l] = s ^ w ^ v;
            v = (s & w) | (v & (s | w));
            i = i / 2 - 1;
        }
    }

    /* After n words: sum[l] is bit l of the counts. */
    __device__ __forceinline__ void settle(int n)
    {
        uint32_t carry = 0;
#pragma unroll
        for (int l = 0; l < LEVELS; l++) {
            const uint32_t s = n > 0 ? sum[l] : 0, w = n > 0 && n % 2 == 0 ? waiting[l] : 0;
            sum[l] = s ^ w ^ carry;
            carry = (s & w) | (carry & (s | w));
            n = n > 0 ? (n - 1) / 2 : 0;
        }
    }
};

/* The key of one source pixel of the block's channel, anywhere. */
static __device__ __forceinline__ uint64_t pixel_key(const median_job &job, uint64_t outside, int y, int x, int channel)
{
    const view &src = job.source.src;
    const int row = (int)wsi_edge_map((wsi_edge)job.source.mode, y, src.h);
    const int column = (int)wsi_edge_map((wsi_edge)job.source.mode, x, src.w);
    if (row < 0 || column < 0) return outside;
    raw4 r = {};
    load_sample(r, 0, src.row(row) + ((long long)column * src.channels + channel) * src.size, src.size);
    return median_key(to_keys(r, src.type, KEY_RANK), src.size);
}

/* Bit planes of the block's source pixels; plane b, row r, word w at planes[(b * rows + r) * PITCH + w]. */
static __device__ __forceinline__ void make_planes(uint32_t *planes, const median_job &job, int x0, int y0, int rows,
                                                   int channel)
{
    const int lane = threadIdx.x % WARP, words = rows * PITCH, bits = BYTE * job.dst.size;
    const uint64_t outside = median_outside(job.outside, job.dst.type, job.dst.size);
    for (int first = threadIdx.x / WARP; first < words; first += BATCH * WARPS) {
        uint64_t key[BATCH];
#pragma unroll
        for (int k = 0; k < BATCH; k++) {
            const int at = min(first + k * WARPS, words - 1);
            key[k] = pixel_key(job, outside, y0 + at / PITCH, x0 + at % PITCH * WARP + lane, channel);
        }
#pragma unroll
        for (int k = 0; k < BATCH; k++) {
            const int at = min(first + k * WARPS, words - 1);
            for (int b = 0; b < bits; b += BYTE, key[k] >>= BYTE) {
                uint32_t mine = 0;
#pragma unroll
                for (int i = 0; i < BYTE; i++) {
                    const uint32_t plane = __ballot_sync(0xffffffffu, (uint32_t)key[k] >> i & 1);
                    if (lane == i) mine = plane;
                }
                if (lane < BYTE) planes[(b + lane) * words + at] = mine;
            }
        }
    }
}

/* Results of the thread's word, plane by plane, to found[b * THREADS]. */
template <int BOX>
static __device__ __forceinline__ void select(uint32_t *found, const uint32_t *planes, const median_job &job, int rows)
{
    uint32_t candidates[BOX * BOX], rank[LEVELS];
#pragma unroll
    for (int i = 0; i < BOX * BOX; i++) candidates[i] = job.members >> i & 1 ? ~0u : 0;
#pragma unroll
    for (int l = 0; l < LEVELS; l++) rank[l] = job.rank >> l & 1 ? ~0u : 0;
#pragma unroll 1
    for (int b = BYTE * job.dst.size - 1; b >= 0; b--) {
        const uint32_t *plane = planes + b * rows * PITCH;
        bit_counter zeros;
#pragma unroll
        for (int i = 0; i < BOX * BOX; i++) {
            const uint32_t *at = plane + i / BOX * PITCH;
            zeros.add(i, candidates[i] & ~__funnelshift_r(at[0], at[1], i % BOX));
        }
        zeros.settle(BOX * BOX);
        uint32_t borrow = 0, less[LEVELS]; /* rank - zeros; a borrow in the end: the rank lies among the zeros */
#pragma unroll
        for (int l = 0; l < LEVELS; l++) {
            const uint32_t z = zeros.sum[l];
            less[l] = rank[l] ^ z ^ borrow;
            borrow = (~rank[l] & (z | borrow)) | (z & borrow);
        }
#pragma unroll
        for (int l = 0; l < LEVELS; l++) rank[l] = (borrow & rank[l]) | (~borrow & less[l]);
#pragma unroll
        for (int i = 0; i < BOX * BOX; i++) {
            const uint32_t *at = plane + i / BOX * PITCH;
            candidates[i] &= borrow ^ __funnelshift_r(at[0], at[1], i % BOX);
        }
        found[b * THREADS] = ~borrow;
    }
}

template <int BOX>
static __global__ void __launch_bounds__(THREADS) median_kernel(const __grid_constant__ median_job job)
{
    extern __shared__ uint32_t planes[];
    const int rows = ROWS + BOX - 1, bits = BYTE * job.dst.size, channel = blockIdx.z;
    const int x0 = blockIdx.x * WORDS * WARP, y0 = blockIdx.y * ROWS;
    uint32_t *found = planes + bits * rows * PITCH;
    make_planes(planes, job, job.ox + x0 - job.left, job.oy + y0 - job.top, rows, channel);
    __syncthreads();
    select<BOX>(found + threadIdx.x, planes + threadIdx.x / WORDS * PITCH + threadIdx.x % WORDS, job, rows);
    __syncthreads();
    const int lane = threadIdx.x % WARP;
    for (int word = threadIdx.x / WARP; word < THREADS; word += WARPS) {
        const int x = x0 + word % WORDS * WARP + lane, y = y0 + word / WORDS;
        uint64_t key = 0;
        for (int b = bits - 1; b >= 0; b--) key = key << 1 | (found[b * THREADS + word] >> lane & 1);
        if (x < job.dst.w && y < job.dst.h) median_store(job.dst, y, (long long)x * job.dst.channels + channel, key);
    }
}

/* Places of a box whose top left is the footprint's. */
static uint64_t members_of(const wsi_footprint *f, int box)
{
    uint64_t members = 0;
    for (int i = 0; i < f->chords; i++) {
        const wsi_chord *c = &f->chord[i];
        for (int k = c->first; k < c->first + c->count; k++)
            for (int x = f->left - c->left; x <= f->left + c->right; x++)
                members |= UINT64_C(1) << (box * (f->dy[k] + f->top) + x);
    }
    return members;
}

template <int BOX> static wsi_status in_planes(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_median_state *m = (const wsi_median_state *)args->call.state;
    const wsi_footprint *f = &m->footprint;
    median_job job = {{view_of(args->call.src[0]), m->mode},
                      view_of(args->call.dst),
                      (int)args->call.ox[0],
                      (int)args->call.oy[0],
                      f->left,
                      f->top,
                      f->size / 2,
                      0,
                      members_of(f, BOX)};
    memcpy(&job.outside, m->outside, sizeof job.outside);
    const size_t bytes = median_planes_bytes(BOX, job.dst.size);
    const dim3 grid(blocks_for(job.dst.w, WORDS * WARP), blocks_for(job.dst.h, ROWS), (unsigned)job.dst.channels);
    WSI_FORWARD(allow_shared(stream, median_kernel<BOX>, bytes, err));
    median_kernel<BOX><<<grid, THREADS, bytes, stream->handle>>>(job);
    return launched(stream, err);
}

extern "C" wsi_status wsi_cuda_median(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_footprint *f = &((const wsi_median_state *)args->call.state)->footprint;
    const int columns = f->left + f->right + 1, rows = f->top + f->bottom + 1, size = columns > rows ? columns : rows;
    const int box = size <= 3 ? 3 : size <= 5 ? 5 : MEDIAN_BOX;
    if (size > MEDIAN_BOX ||
        median_planes_bytes(box, (int)wsi_dtype_size(args->call.dst.fmt.type)) > stream->device->info.shared_memory)
        return wsi_cuda_median_large(stream, args, err);
    switch (box) {
    case 3:
        return in_planes<3>(stream, args, err);
    case 5:
        return in_planes<5>(stream, args, err);
    default:
        return in_planes<MEDIAN_BOX>(stream, args, err);
    }
}
