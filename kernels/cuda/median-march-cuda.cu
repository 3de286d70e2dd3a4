/* median of larger footprints on samples of 8 bits: a histogram that moves (Huang, Yang and Tang 1979).
 *
 * A thread has a column of results and marches down it. Its histogram lies in shared memory, four bytes of it in the
 * thread's own bank; from row to row one pixel of each column of the footprint leaves and one enters, and the median
 * moves from word to word, with the number of pixels before it at hand. Source pixels lie beside the histograms as
 * slots, the offsets of their bins, which have the order of the pixels. */
#include "median.cuh"

enum {
    WARP = 32,
    THREADS = 128,
    WARPS = THREADS / WARP,
    BINS = 256,
    WORD = 4,
    BATCH = 8, /* rows on their way at once */
    MOVES = 5, /* pixels that enter or leave, likewise */
    STRIP_MOST = 64,
    STRIP_LEAST = 16,
    COLUMNS_MOST = 256 /* of a footprint: their offsets fit beside a launch's arguments */
};

struct slot_job {
    tile_source source;
    view dst;
    int ox, oy;        /* of the footprint's box about the first result */
    int strip;         /* rows of results of a block */
    int columns, rows; /* of the box */
    int rank;
    uint64_t outside;
};

/* A column of the footprint, as offsets into the block's pixels from those of the thread's box: its first pixel, and
 * the one below its last. */
struct footprint_columns {
    struct {
        int first, end;
    } of[COLUMNS_MOST];
};

/* Where the bin of a value lies from the thread's first one on, in bytes, and back. COUNT: of pixels in a bin. */
template <class COUNT> struct bins {
    enum { IN_A_WORD = WORD / sizeof(COUNT), BYTES = BINS * THREADS * sizeof(COUNT) };
    static_assert(BINS / IN_A_WORD * THREADS * WORD <= 1 << 16, "slots have 16 bits");

    static __device__ __forceinline__ int slot(int value)
    {
        return value / IN_A_WORD * (THREADS * WORD) + value % IN_A_WORD * (int)sizeof(COUNT);
    }

    static __device__ __forceinline__ COUNT &at(char *mine, int slot)
    {
        return *(COUNT *)(mine + slot);
    }

    /* Pixels in a word's bins. */
    static __device__ __forceinline__ int sum(uint32_t word)
    {
        if (sizeof(COUNT) == 1) return (int)__dp4a(word, 0x01010101u, 0u);
        return (int)((word & 0xffff) + (word >> 16));
    }

    /* The word's bin behind `before` of its pixels: all sums of its first bins come from one multiplication. */
    static __device__ __forceinline__ int bin(uint32_t word, int before)
    {
        const uint32_t sums = word * (sizeof(COUNT) == 1 ? 0x01010101u : 0x00010001u);
        int found = 0;
#pragma unroll
        for (int i = 0; i < IN_A_WORD - 1; i++) found += (int)(COUNT)(sums >> 8 * (int)sizeof(COUNT) * i) <= before;
        return found;
    }
};

/* Puts the block's source pixels into shared memory; `from` holds where its rows are in the source. */
template <class COUNT>
static __device__ __forceinline__ void load_slots(uint16_t *slots, int *from, const slot_job &job, int x0, int y0,
                                                  int across, int down)
{
    const view &src = job.source.src;
    const int lane = threadIdx.x % WARP;
    const uint8_t outside = key_of<uint8_t>(job.outside, src.type, KEY_RANK);
    const uint8_t flip = src.type == WSI_I8 ? 0x80 : 0;
    for (int i = threadIdx.x; i < down; i += THREADS)
        from[i] = (int)wsi_edge_map((wsi_edge)job.source.mode, y0 + i, src.h);
    __syncthreads();
    for (int i = lane; i < across; i += WARP) {
        const int x = (int)wsi_edge_map((wsi_edge)job.source.mode, x0 + i, src.w);
        const char *column = src.p + (long long)max(x, 0) * src.channels + blockIdx.z;
        for (int first = threadIdx.x / WARP; first < down; first += WARPS * BATCH) {
            uint8_t key[BATCH];
#pragma unroll
            for (int k = 0; k < BATCH; k++) {
                const int y = from[min(first + k * WARPS, down - 1)];
                key[k] = x < 0 || y < 0 ? outside : (uint8_t)column[y * src.stride] ^ flip;
            }
#pragma unroll
            for (int k = 0; k < BATCH; k++)
                if (first + k * WARPS < down)
                    slots[(first + k * WARPS) * across + i] = (uint16_t)bins<COUNT>::slot(key[k]);
        }
    }
}

/* A thread's histogram. */
template <class COUNT> struct histogram {
    char *mine;
    int word, below; /* offset of the word with the median's bin, and pixels in words before it */

    __device__ __forceinline__ void fill(const uint16_t *box, const slot_job &job, const footprint_columns &f,
                                         int across)
    {
        for (int i = 0; i < BINS / bins<COUNT>::IN_A_WORD; i++) *(uint32_t *)(mine + i * THREADS * WORD) = 0;
        for (int c = 0; c < job.columns; c++) {
            int at = f.of[c].first;
#pragma unroll 1
            for (; at + (MOVES - 1) * across < f.of[c].end; at += MOVES * across) enter<MOVES>(box + at, across);
#pragma unroll 1
            for (; at < f.of[c].end; at += across) enter<1>(box + at, across);
        }
        word = below = 0;
    }

    /* N pixels of a column. */
    template <int N> __device__ __forceinline__ void enter(const uint16_t *pixel, int across)
    {
        int slot[N];
#pragma unroll
        for (int k = 0; k < N; k++) slot[k] = pixel[k * across];
#pragma unroll
        for (int k = 0; k < N; k++) bins<COUNT>::at(mine, slot[k])++;
    }

    /* Moves on to the median, before which `rank` pixels lie, and returns it. */
    __device__ __forceinline__ int settle(int rank)
    {
        enum { NEXT = THREADS * WORD };
        uint32_t here = *(const uint32_t *)(mine + word);
        while (below > rank) {
            word -= NEXT;
            here = *(const uint32_t *)(mine + word);
            below -= bins<COUNT>::sum(here);
        }
        for (int n; below + (n = bins<COUNT>::sum(here)) <= rank; here = *(const uint32_t *)(mine + word)) {
            below += n;
            word += NEXT;
        }
        return word / NEXT * bins<COUNT>::IN_A_WORD + bins<COUNT>::bin(here, rank - below);
    }

    /* N columns: a pixel leaves and one enters. */
    template <int N> __device__ __forceinline__ void move(const uint16_t *box, const footprint_columns &f, int column)
    {
        int out[N], in[N];
#pragma unroll
        for (int k = 0; k < N; k++) out[k] = box[f.of[column + k].first], in[k] = box[f.of[column + k].end];
#pragma unroll
        for (int k = 0; k < N; k++) {
            COUNT &fewer = bins<COUNT>::at(mine, out[k]), &more = bins<COUNT>::at(mine, in[k]);
            const COUNT a = (COUNT)(fewer - 1), b = (COUNT)(more + 1);
            below += (in[k] < word) - (out[k] < word);
            if (out[k] != in[k]) fewer = a, more = b;
        }
    }

    __device__ __forceinline__ void move_down(const uint16_t *box, const slot_job &job, const footprint_columns &f)
    {
        int c = 0;
#pragma unroll 1
        for (; c + MOVES <= job.columns; c += MOVES) move<MOVES>(box, f, c);
#pragma unroll 1
        for (; c < job.columns; c++) move<1>(box, f, c);
    }
};

template <class COUNT>
static __global__ void __launch_bounds__(THREADS)
    median_march_kernel(const __grid_constant__ slot_job job, const __grid_constant__ footprint_columns f)
{
    extern __shared__ uint4 shared[];
    char *const counts = (char *)shared;
    int *const from = (int *)(counts + bins<COUNT>::BYTES);
    const int across = THREADS + job.columns - 1, x0 = blockIdx.x * THREADS, y0 = blockIdx.y * job.strip;
    const int rows = min(job.strip, job.dst.h - y0), down = rows + job.rows - 1, x = x0 + (int)threadIdx.x;
    uint16_t *const slots = (uint16_t *)(from + job.strip + job.rows - 1);
    load_slots<COUNT>(slots, from, job, job.ox + x0, job.oy + y0, across, down);
    __syncthreads();
    if (x >= job.dst.w) return;
    histogram<COUNT> h = {counts + threadIdx.x * WORD, 0, 0};
    const uint16_t *box = slots + threadIdx.x;
    h.fill(box, job, f, across);
    for (int row = 0;; row++, box += across) {
        const int median = h.settle(job.rank);
        median_store(job.dst, y0 + row, (long long)x * job.dst.channels + blockIdx.z, (uint64_t)median);
        if (row + 1 == rows) return;
        h.move_down(box, job, f);
    }
}

/* Bytes of shared memory of a block with so many rows of results. */
template <class COUNT> static size_t shared_bytes(const slot_job &job, int strip)
{
    const size_t down = (size_t)(strip + job.rows - 1), across = (size_t)(THREADS + job.columns - 1);
    return bins<COUNT>::BYTES + down * sizeof(int) + down * across * sizeof(uint16_t);
}

/* Each column of a footprint, which is convex, from its first row to its last. */
static void columns_of(footprint_columns *out, const wsi_footprint *f)
{
    const int columns = f->left + f->right + 1, across = THREADS + columns - 1;
    for (int x = 0; x < columns; x++) {
        int first = f->bottom, last = -f->top;
        for (int i = 0; i < f->chords; i++) {
            const wsi_chord *c = &f->chord[i];
            if (x < f->left - c->left || x > f->left + c->right) continue;
            for (int k = c->first; k < c->first + c->count; k++) {
                first = f->dy[k] < first ? f->dy[k] : first;
                last = f->dy[k] > last ? f->dy[k] : last;
            }
        }
        out->of[x].first = (first + f->top) * across + x;
        out->of[x].end = (last + f->top + 1) * across + x;
    }
}

template <class COUNT> static wsi_status run(wsi_stream *stream, slot_job job, const wsi_footprint *f, wsi_error *err)
{
    footprint_columns columns;
    columns_of(&columns, f);
    for (job.strip = STRIP_MOST; shared_bytes<COUNT>(job, job.strip) > stream->device->info.shared_memory;)
        job.strip /= 2;
    const size_t bytes = shared_bytes<COUNT>(job, job.strip);
    const dim3 grid(blocks_for(job.dst.w, THREADS), blocks_for(job.dst.h, job.strip), (unsigned)job.dst.channels);
    WSI_FORWARD(allow_shared(stream, median_march_kernel<COUNT>, bytes, err));
    median_march_kernel<COUNT><<<grid, THREADS, bytes, stream->handle>>>(job, columns);
    return launched(stream, err);
}

static slot_job job_of(const wsi_cuda_args *args)
{
    const wsi_median_state *m = (const wsi_median_state *)args->call.state;
    const wsi_footprint *f = &m->footprint;
    slot_job job = {{view_of(args->call.src[0]), m->mode},
                    view_of(args->call.dst),
                    (int)args->call.ox[0] - f->left,
                    (int)args->call.oy[0] - f->top,
                    0,
                    f->left + f->right + 1,
                    f->top + f->bottom + 1,
                    f->size / 2,
                    0};
    memcpy(&job.outside, m->outside, sizeof job.outside);
    return job;
}

int wsi_cuda_median_marches(const wsi_stream *stream, const wsi_cuda_args *args)
{
    const slot_job job = job_of(args);
    const size_t bytes = ((const wsi_median_state *)args->call.state)->footprint.size < BINS
                             ? shared_bytes<uint8_t>(job, STRIP_LEAST)
                             : shared_bytes<uint16_t>(job, STRIP_LEAST);
    return job.dst.size == 1 && job.columns <= COLUMNS_MOST && bytes <= stream->device->info.shared_memory;
}

wsi_status wsi_cuda_median_march(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_footprint *f = &((const wsi_median_state *)args->call.state)->footprint;
    const slot_job job = job_of(args);
    return f->size < BINS ? run<uint8_t>(stream, job, f, err) : run<uint16_t>(stream, job, f, err);
}
