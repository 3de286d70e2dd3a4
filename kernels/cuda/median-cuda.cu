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
    PITCH = WORDS + 1,   /* words of a row of a plane: the last for the halo */
    FOUND = THREADS + 4, /* words of a plane of results: byte by byte, they lie in different banks */
    LEVELS = 6,          /* bits of a count */
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

/* Where the block's source pixels are: mapped once at slide edges. */
template <int ROWS_IN> struct pixel_map {
    const char *row[ROWS_IN]; /* NULL outside */
    int sample[PITCH * WARP]; /* of the block's channel in a row; -1 outside */

    __device__ __forceinline__ void fill(const median_job &job, int x0, int y0, int channel)
    {
        const view &src = job.source.src;
        for (int i = threadIdx.x; i < ROWS_IN; i += THREADS) {
            const int y = (int)wsi_edge_map((wsi_edge)job.source.mode, y0 + i, src.h);
            row[i] = y < 0 ? NULL : src.row(y);
        }
        for (int i = threadIdx.x; i < PITCH * WARP; i += THREADS) {
            const int x = (int)wsi_edge_map((wsi_edge)job.source.mode, x0 + i, src.w);
            sample[i] = x < 0 ? -1 : x * src.channels + channel;
        }
    }
};

template <class KEY, int ROWS_IN>
static __device__ __forceinline__ KEY pixel_key(const median_job &job, const pixel_map<ROWS_IN> &map, KEY outside,
                                                int y, int x)
{
    const view &src = job.source.src;
    const char *row = map.row[y];
    const int sample = map.sample[x];
    raw_words<sizeof(KEY) == 8 ? 2 *LANES : LANES> r = {};
    if (!row || sample < 0) return outside;
    load_sample(r, 0, row + (long long)sample * src.size, src.size);
    r = to_keys(r, src.type, KEY_RANK);
    if constexpr (sizeof(KEY) == 8) return take<KEY>(r, 0);
    return r.w[0]; /* bits above the sample's are not looked at */
}

/* Bit planes of the block's source pixels; plane b, row r, word w at planes[(b * ROWS_IN + r) * PITCH + w]. */
template <class KEY, int ROWS_IN>
static __device__ __forceinline__ void make_planes(uint32_t *planes, const median_job &job,
                                                   const pixel_map<ROWS_IN> &map)
{
    const int lane = threadIdx.x % WARP, words = ROWS_IN * PITCH, bits = BYTE * job.dst.size;
    const KEY outside = key_of<KEY>(job.outside, job.dst.type, KEY_RANK);
    for (int first = threadIdx.x / WARP; first < words; first += BATCH * WARPS) {
        KEY key[BATCH];
#pragma unroll
        for (int k = 0; k < BATCH; k++) {
            const int at = min(first + k * WARPS, words - 1);
            key[k] = pixel_key<KEY, ROWS_IN>(job, map, outside, at / PITCH, at % PITCH * WARP + lane);
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
                if (lane < BYTE && first + k * WARPS < words) planes[(b + lane) * words + at] = mine;
            }
        }
    }
}

/* Results of the thread's word, plane by plane, to found[b * FOUND]. */
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
        found[b * FOUND] = ~borrow;
    }
}

/* Four pixels of 8 bits from the planes of a word: a multiplication spreads four bits over four bytes. */
static __device__ __forceinline__ uint32_t four_bytes(const uint32_t (&plane)[BYTE], int first)
{
    uint32_t bytes = 0;
#pragma unroll
    for (int b = 0; b < BYTE; b++) bytes |= ((plane[b] >> first & 15) * 0x00204081u & 0x01010101u) << b;
    return bytes;
}

/* Stores results of 8 bits: each thread turns its planes into bytes, in the planes' own places, and then all store
 * neighbouring ones. */
static __device__ __forceinline__ void store_bytes(uint32_t *found, const view &dst, int x0, int y0, int channel)
{
    enum { GROUPS = WORDS * BYTE }; /* of four pixels across */
    uint32_t plane[BYTE];
#pragma unroll
    for (int b = 0; b < BYTE; b++) plane[b] = found[b * FOUND + threadIdx.x];
#pragma unroll
    for (int i = 0; i < BYTE; i++) found[i * FOUND + threadIdx.x] = four_bytes(plane, LANES * i);
    __syncthreads();
    const int group = threadIdx.x % GROUPS, x = x0 + LANES * group;
    for (int y = threadIdx.x / GROUPS; y < ROWS && y0 + y < dst.h; y += THREADS / GROUPS) {
        raw4_narrow keys = {};
        keys.w[0] = found[group % BYTE * FOUND + y * WORDS + group / BYTE];
        keys = from_keys(keys, dst.type, KEY_RANK);
        char *row = dst.row(y0 + y);
        if (dst.channels == 1) {
            store4(row, x, dst.w, 1, dst.vector, keys);
        } else {
            EACH_LANE if (x + j < dst.w) store_sample(row + (x + j) * dst.channels + channel, keys, j, 1);
        }
    }
}

/* Stores results of any size: a lane gathers the bits of a pixel. */
template <class KEY>
static __device__ __forceinline__ void store_wide(const uint32_t *found, const view &dst, int x0, int y0, int channel)
{
    const int lane = threadIdx.x % WARP;
    for (int word = threadIdx.x / WARP; word < THREADS; word += WARPS) {
        const int x = x0 + word % WORDS * WARP + lane, y = y0 + word / WORDS;
        KEY key = 0;
        for (int b = BYTE * dst.size - 1; b >= 0; b--) key = key << 1 | (found[b * FOUND + word] >> lane & 1);
        if (x < dst.w && y < dst.h) median_store(dst, y, (long long)x * dst.channels + channel, key);
    }
}

template <int BOX, class KEY>
static __global__ void __launch_bounds__(THREADS) median_kernel(const __grid_constant__ median_job job)
{
    extern __shared__ uint32_t planes[];
    __shared__ pixel_map<ROWS + BOX - 1> map;
    const int rows = ROWS + BOX - 1, channel = blockIdx.z, x0 = blockIdx.x * WORDS * WARP, y0 = blockIdx.y * ROWS;
    uint32_t *found = planes + BYTE * job.dst.size * rows * PITCH;
    map.fill(job, job.ox + x0 - job.left, job.oy + y0 - job.top, channel);
    __syncthreads();
    make_planes<KEY>(planes, job, map);
    __syncthreads();
    select<BOX>(found + threadIdx.x, planes + threadIdx.x / WORDS * PITCH + threadIdx.x % WORDS, job, rows);
    if (job.dst.size == 1) {
        store_bytes(found, job.dst, x0, y0, channel);
    } else {
        __syncthreads();
        store_wide<KEY>(found, job.dst, x0, y0, channel);
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

template <int BOX, class KEY> static wsi_status in_planes(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
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
    WSI_FORWARD(allow_shared(stream, median_kernel<BOX, KEY>, bytes, err));
    median_kernel<BOX, KEY><<<grid, THREADS, bytes, stream->handle>>>(job);
    return launched(stream, err);
}

template <int BOX> static wsi_status in_box(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return args->call.dst.fmt.type == WSI_F64 ? in_planes<BOX, uint64_t>(stream, args, err)
                                              : in_planes<BOX, uint32_t>(stream, args, err);
}

extern "C" wsi_status wsi_cuda_median(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_footprint *f = &((const wsi_median_state *)args->call.state)->footprint;
    const int columns = f->left + f->right + 1, rows = f->top + f->bottom + 1, size = columns > rows ? columns : rows;
    const int box = size <= 3 ? 3 : size <= 5 ? 5 : MEDIAN_BOX;
    if (size > MEDIAN_BOX && wsi_cuda_median_marches(stream, args)) return wsi_cuda_median_march(stream, args, err);
    if (size > MEDIAN_BOX ||
        median_planes_bytes(box, (int)wsi_dtype_size(args->call.dst.fmt.type)) > stream->device->info.shared_memory)
        return wsi_cuda_median_large(stream, args, err);
    switch (box) {
    case 3:
        return in_box<3>(stream, args, err);
    case 5:
        return in_box<5>(stream, args, err);
    default:
        return in_box<MEDIAN_BOX>(stream, args, err);
    }
}
