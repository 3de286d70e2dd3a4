/* Entropy decoding: one thread a segment, a symbol an iteration. A warp runs as long as its slowest lane and takes
 * every branch that any lane takes, while a device has thousands of warps to fill: so few lanes of each are in use, as
 * many as the batch needs. All threads of a block make the lookup tables of its set. */
#include "launch.cuh"

extern "C" {
#include "jpeg-cuda.h"
}

#include "kernels/px/jpeg-huffman-px.h"

enum { SCAN_THREADS = 32 * WSI_JPEG_WARPS };

__constant__ uint8_t zigzag_by_columns[WSI_JPEG_ORDER_SIZE] = WSI_JPEG_ORDER;

struct scan_shared {
    wsi_px_jpeg_codes codes[WSI_JPEG_SLOTS];
    uint16_t look[WSI_JPEG_SLOTS * WSI_JPEG_LOOK_SIZE];
    uint8_t order[WSI_JPEG_ORDER_SIZE];
};

static __device__ void load_tables(scan_shared *shared, const wsi_px_jpeg_set *set)
{
    const int distinct = set->distinct, words = distinct * (int)(sizeof(wsi_px_jpeg_codes) / 4);
    const uint32_t *from = (const uint32_t *)set->codes;
    uint32_t *to = (uint32_t *)shared->codes;
    for (int i = threadIdx.x; i < words; i += SCAN_THREADS) to[i] = from[i];
    for (int i = threadIdx.x; i < WSI_JPEG_ORDER_SIZE; i += SCAN_THREADS) shared->order[i] = zigzag_by_columns[i];
    __syncthreads();
    for (int i = threadIdx.x; i < distinct * WSI_JPEG_LOOK_SIZE; i += SCAN_THREADS) {
        shared->look[i] = wsi_px_jpeg_look(&shared->codes[i / WSI_JPEG_LOOK_SIZE], i % WSI_JPEG_LOOK_SIZE);
    }
    __syncthreads();
}

static __global__ void __launch_bounds__(SCAN_THREADS) scan_kernel(const wsi_jpeg_memory m, int lanes)
{
    __shared__ scan_shared shared;
    extern __shared__ wsi_px_jpeg_step plans[]; /* of each lane in use, WSI_JPEG_MCU_BLOCKS steps */
    const wsi_jpeg_group group = m.groups[blockIdx.x];
    load_tables(&shared, &m.sets[group.set]);
    /* Warps share a group that is not full. */
    const int lane = threadIdx.x % 32, i = lane * WSI_JPEG_WARPS + (int)threadIdx.x / 32;
    if (lane >= lanes || i >= group.count) return;
    const wsi_px_jpeg_segment segment = m.segments[group.segment + i];
    const wsi_px_jpeg_tile *t = &m.tiles[segment.tile];
    wsi_px_jpeg_step *steps = plans + i * WSI_JPEG_MCU_BLOCKS;
    const int mcus_x = t->mcus_x, blocks = t->blocks;
    for (int n = 0; n < blocks; n++) steps[n] = wsi_px_jpeg_plan(t, &m.sets[group.set], n);
    const int good = wsi_px_jpeg_decode(m.words, &segment, mcus_x, blocks, steps, shared.codes, shared.look,
                                        shared.order, m.coefficients);
    if (!good) m.bad[segment.tile] = 1;
}

extern "C" wsi_status wsi_cuda_jpeg_scans(wsi_stream *stream, const wsi_jpeg_memory *memory, int groups, int lanes,
                                          wsi_error *err)
{
    const size_t plans = (size_t)(lanes * WSI_JPEG_WARPS * WSI_JPEG_MCU_BLOCKS) * sizeof(wsi_px_jpeg_step);
    scan_kernel<<<groups, SCAN_THREADS, plans, stream->handle>>>(*memory, lanes);
    return launched(stream, err);
}
