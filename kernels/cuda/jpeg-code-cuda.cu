/* Coefficients to bits. First one block of threads a tile adds up the lengths of its blocks; then a warp a JPEG block
 * finds the codes of its coefficients, two a lane, and a block of threads puts those of WSI_JPEG_GROUP blocks together
 * in shared memory. Words that two groups share are zeroed in the first step and joined atomically in the second. */
#include "block-sum.cuh"
#include "launch.cuh"

extern "C" {
#include "jpeg-encode-cuda.h"
}

#include "kernels/px/jpeg-code-px.h"

enum {
    PLACE_THREADS = 512,
    PLACE_ITEMS = 4, /* blocks a thread and a turn */
    WORD_WARPS = 8,
    WORD_THREADS = 32 * WORD_WARPS,
    GROUP_WORDS = (WSI_JPEG_GROUP * WSI_JPEG_BLOCK_BITS + 31 + 7 + 31) / 32,
    SPREAD = 2 /* words that spreading a code may touch past its own, with zeros */
};

/* A word of the stream's order as it lies in memory. */
static __device__ __forceinline__ uint32_t in_memory(uint32_t word)
{
    return __byte_perm(word, 0, 0x0123);
}

/* The mean of a block less that of the last one of its component. facts: the tile's. */
static __device__ __forceinline__ int32_t difference_of(const wsi_px_jpeg_cut &cut, const uint32_t *facts,
                                                        uint32_t block, uint32_t place)
{
    const int64_t before = wsi_px_jpeg_before(&cut, block, place);
    return (int16_t)facts[block] - (before < 0 ? 0 : (int16_t)facts[before]);
}

static __device__ __forceinline__ uint32_t length_of(const wsi_jpeg_encode_job &job, const uint32_t *facts,
                                                     uint32_t block)
{
    const uint32_t place = block % (uint32_t)job.cut.blocks;
    const uint32_t *dc = job.memory.book->dc[place >= (uint32_t)job.cut.luma];
    return (facts[block] >> 16) + wsi_px_jpeg_length_dc(dc, difference_of(job.cut, facts, block, place));
}

static __global__ void __launch_bounds__(PLACE_THREADS) place_kernel(const wsi_jpeg_encode_job job)
{
    __shared__ uint32_t sums[PLACE_THREADS / 32];
    const uint32_t blocks = job.cut.tile_blocks, tile = blockIdx.x, most = 8 * job.cut.room;
    const uint32_t *facts = job.memory.facts + (size_t)tile * blocks;
    uint32_t *places = job.memory.places + (size_t)tile * blocks;
    uint32_t *words = job.memory.words + (size_t)tile * (job.cut.room / 4);
    uint32_t at = 0, all;
    for (uint32_t turn = 0; turn < blocks; turn += PLACE_THREADS * PLACE_ITEMS) {
        const uint32_t first = turn + threadIdx.x * PLACE_ITEMS;
        uint32_t lengths[PLACE_ITEMS], sum = 0;
#pragma unroll
        for (uint32_t i = 0; i < PLACE_ITEMS; i++) {
            lengths[i] = first + i < blocks ? length_of(job, facts, first + i) : 0;
            sum += lengths[i];
        }
        uint32_t place = at + block_sum_before<PLACE_THREADS>(sum, sums, &all);
#pragma unroll
        for (uint32_t i = 0; i < PLACE_ITEMS; i++) {
            const uint32_t block = first + i;
            if (block >= blocks) break;
            places[block] = place;
            if (block % WSI_JPEG_GROUP == 0 && place < most) words[place / 32] = 0;
            place += lengths[i];
        }
        at += all;
    }
    if (threadIdx.x == 0) job.memory.bits[tile] = at <= most ? at : 0;
}

/* Adds a code's bits at bit `at` of the group's words. */
static __device__ __forceinline__ void put(uint32_t *words, wsi_px_jpeg_code code, uint32_t at)
{
    uint32_t part[3];
    wsi_px_jpeg_spread(code, at, part);
#pragma unroll
    for (int i = 0; i < 3; i++) {
        if (part[i]) atomicOr(&words[at / 32 + i], part[i]);
    }
}

/* Codes one block; its bits begin at bit `at` of words. last: it is the tile's, so its last byte is filled with ones.
 */
static __device__ __forceinline__ void code_block(const wsi_jpeg_encode_job &job, const uint32_t *facts, uint32_t block,
                                                  uint32_t pair, uint32_t *words, uint32_t at, int last)
{
    const uint32_t place = block % (uint32_t)job.cut.blocks, lane = threadIdx.x % 32;
    const int which = place >= (uint32_t)job.cut.luma;
    const uint32_t *ac = job.memory.book->ac[which];
    wsi_px_jpeg_mask m;
    m.even = __ballot_sync(0xffffffffu, (pair & 0xFFFF) != 0) | 1;
    m.odd = __ballot_sync(0xffffffffu, pair >> 16 != 0);
    const wsi_px_jpeg_code even =
        lane == 0 ? wsi_px_jpeg_code_dc(job.memory.book->dc[which], difference_of(job.cut, facts, block, place))
                  : wsi_px_jpeg_code_ac(ac, (int16_t)pair, wsi_px_jpeg_run(m, 2 * lane));
    const wsi_px_jpeg_code odd = wsi_px_jpeg_code_ac(ac, (int32_t)pair >> 16, wsi_px_jpeg_run(m, 2 * lane + 1));
    uint32_t end = warp_sum_up_to(even.length + odd.length);
    at += end - even.length - odd.length;
    if (even.length) put(words, even, at);
    if (odd.length) put(words, odd, at + even.length);
    if (lane != 31) return;
    at += even.length + odd.length;
    wsi_px_jpeg_code closing = {ac[WSI_JPEG_END] & 0xFFFF, wsi_px_jpeg_length_end(ac, m)};
    if (closing.length == 0) closing.bits = 0;
    if (last) {
        const uint32_t ones = (0u - (at + closing.length)) & 7;
        wsi_px_jpeg_append(&closing, (1u << ones) - 1, ones);
    }
    if (closing.length) put(words, closing, at);
}

static __global__ void __launch_bounds__(WORD_THREADS) word_kernel(const wsi_jpeg_encode_job job)
{
    __shared__ uint32_t shared[GROUP_WORDS + SPREAD];
    const uint32_t blocks = job.cut.tile_blocks, tile = blockIdx.y, bits = job.memory.bits[tile];
    const uint32_t first = blockIdx.x * WSI_JPEG_GROUP, end = min(first + WSI_JPEG_GROUP, blocks);
    if (bits == 0) return;
    const uint32_t *facts = job.memory.facts + (size_t)tile * blocks;
    const uint32_t *places = job.memory.places + (size_t)tile * blocks;
    const uint32_t base = places[first] / 32, end_bit = end < blocks ? places[end] : bits;
    const uint32_t count = (end_bit + 31) / 32 - base;
    for (uint32_t i = threadIdx.x; i < count + SPREAD; i += WORD_THREADS) shared[i] = 0;
    __syncthreads();
    for (uint32_t block = first + threadIdx.x / 32; block < end; block += WORD_WARPS) {
        const uint32_t pair = job.memory.coefficients[32 * ((size_t)tile * blocks + block) + threadIdx.x % 32];
        code_block(job, facts, block, pair, shared, places[block] - 32 * base, block + 1 == blocks);
    }
    __syncthreads();
    uint32_t *words = job.memory.words + (size_t)tile * (job.cut.room / 4) + base;
    for (uint32_t i = threadIdx.x; i < count; i += WORD_THREADS) {
        const uint32_t word = in_memory(shared[i]);
        if (i == 0 || (i + 1 == count && end < blocks && end_bit % 32 != 0))
            atomicOr(&words[i], word);
        else
            words[i] = word;
    }
}

extern "C" wsi_status wsi_cuda_jpeg_places(wsi_stream *stream, const wsi_jpeg_encode_job *job, wsi_error *err)
{
    place_kernel<<<(unsigned)job->tiles, PLACE_THREADS, 0, stream->handle>>>(*job);
    return launched(stream, err);
}

extern "C" wsi_status wsi_cuda_jpeg_words(wsi_stream *stream, const wsi_jpeg_encode_job *job, wsi_error *err)
{
    const dim3 grid(blocks_for(job->cut.tile_blocks, WSI_JPEG_GROUP), (unsigned)job->tiles);
    word_kernel<<<grid, WORD_THREADS, 0, stream->handle>>>(*job);
    return launched(stream, err);
}
