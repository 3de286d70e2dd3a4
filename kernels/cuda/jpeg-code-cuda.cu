/* Coefficients to bits. First one block of threads a tile adds up the lengths of its blocks; then eight threads a
 * JPEG block find the codes of its coefficients, and a block of threads puts those of WSI_JPEG_GROUP blocks together in
 * shared memory. Words that two groups share are zeroed in the first step and joined atomically in the second. */
#include "block-sum.cuh"
#include "launch.cuh"

extern "C" {
#include "jpeg-encode-cuda.h"
}

#include "jpeg-eighth.cuh"

enum {
    PLACE_THREADS = 512,
    PLACE_ITEMS = 4, /* blocks a thread and a turn */
    WORD_THREADS = 8 * WSI_JPEG_GROUP,
    GROUP_WORDS = (WSI_JPEG_GROUP * WSI_JPEG_BLOCK_BITS + 31 + 7 + 31) / 32
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

/* Codes one block with eight lanes; its bits begin at bit `at` of words. The tile's last byte is filled with ones. All
 * lanes of the warp call it; `live` is 0 for those without a block. */
static __device__ __forceinline__ void code_block(const wsi_jpeg_encode_job &job, const uint32_t *facts, uint32_t block,
                                                  int live, uint4 packed, uint32_t *words, uint32_t at)
{
    const uint32_t place = block % (uint32_t)job.cut.blocks;
    const int which = place >= (uint32_t)job.cut.luma, n = threadIdx.x % 8;
    const uint32_t *ac = job.memory.book->ac[which], *dc = job.memory.book->dc[which];
    const eighth e = unpack_eighth(packed);
    const int32_t difference = live && n == 0 ? difference_of(job.cut, facts, block, place) : 0;
    uint32_t length = wsi_px_jpeg_length(ac, e.v, e.first, e.before), end;
    if (n == 0) length += wsi_px_jpeg_length_dc(dc, difference);
    end = length;
#pragma unroll
    for (int i = 1; i < 8; i *= 2) {
        const uint32_t lower = __shfl_up_sync(0xffffffffu, end, i, 8);
        if (n >= i) end += lower;
    }
    if (!live) return;
    wsi_px_jpeg_pen pen = wsi_px_jpeg_pen_at(words, at + end - length);
    if (n == 0) wsi_px_jpeg_write_dc(&pen, dc, difference);
    wsi_px_jpeg_write_eighth(&pen, ac, e.v, e.first, e.before);
    const uint32_t ones = (0u - pen.count) % 8;
    if (n == 7 && block + 1 == job.cut.tile_blocks && ones > 0) wsi_px_jpeg_write(&pen, (1u << ones) - 1, ones);
    wsi_px_jpeg_lift(&pen);
}

static __global__ void __launch_bounds__(WORD_THREADS) word_kernel(const wsi_jpeg_encode_job job)
{
    __shared__ uint32_t shared[GROUP_WORDS];
    const uint32_t blocks = job.cut.tile_blocks, tile = blockIdx.y, bits = job.memory.bits[tile];
    const uint32_t first = blockIdx.x * WSI_JPEG_GROUP, end = min(first + WSI_JPEG_GROUP, blocks);
    if (bits == 0) return;
    const uint32_t *facts = job.memory.facts + (size_t)tile * blocks;
    const uint32_t *places = job.memory.places + (size_t)tile * blocks;
    const uint32_t base = places[first] / 32, end_bit = end < blocks ? places[end] : bits;
    const uint32_t count = (end_bit + 31) / 32 - base;
    for (uint32_t i = threadIdx.x; i < count; i += WORD_THREADS) shared[i] = 0;
    __syncthreads();
    const uint32_t mine = first + threadIdx.x / 8, block = min(mine, end - 1);
    const uint4 packed = job.memory.coefficients[8 * ((size_t)tile * blocks + block) + threadIdx.x % 8];
    code_block(job, facts, block, mine < end, packed, shared, places[block] - 32 * base);
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
