/* median of larger footprints: the largest key with at most size / 2 keys below it, built bit by bit from the top by
 * counting over the footprint; neighbouring threads count over nearly the same pixels, which stay in the caches. */
#include "median.cuh"
#include "plane.cuh"

template <class KEY>
static __global__ void __launch_bounds__(PLANE_THREADS)
    count_kernel(view dst, plane<KEY> source, const wsi_footprint *footprint)
{
    const wsi_footprint &f = *footprint;
    const int channels = dst.channels, i = blockIdx.x * PLANE_THREADS + threadIdx.x, rank = f.size / 2;
    if (i >= dst.w * channels) return;
    for (int y = blockIdx.y; y < dst.h; y += gridDim.y) {
        KEY found = 0;
        for (int b = 8 * (int)sizeof(KEY) - 1; b >= 0; b--) {
            const KEY candidate = (KEY)(found | (KEY)((KEY)1 << b));
            int below = 0;
            for (int c = 0; c < f.chords; c++) {
                const wsi_chord chord = f.chord[c];
                const int n = chord.left + chord.right + 1, start = i + (f.left - chord.left) * channels;
                for (int k = chord.first; k < chord.first + chord.count; k++) {
                    const KEY *row = source.p + (long long)(y + f.top + f.dy[k]) * source.w + start;
                    for (int x = 0; x < n; x++) below += row[x * channels] < candidate;
                }
            }
            if (below <= rank) found = candidate;
        }
        median_store(dst, y, i, found);
    }
}

template <class KEY> static wsi_status run(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_median_state *m = (const wsi_median_state *)args->call.state;
    const wsi_footprint *f = &m->footprint, *device = &((const wsi_median_state *)args->device_state)->footprint;
    const view dst = view_of(args->call.dst);
    const tile_source source = {view_of(args->call.src[0]), m->mode};
    const plane<KEY> keys = {(KEY *)args->call.scratch, (dst.w + f->left + f->right) * dst.channels,
                             dst.h + f->top + f->bottom};
    uint64_t outside;
    memcpy(&outside, m->outside, sizeof outside);
    const dim3 extend(blocks_for(keys.w, PLANE_THREADS * LANES), rows_for(keys.h));
    extend_kernel<KEY><<<extend, PLANE_THREADS, 0, stream->handle>>>(keys, source, (int)args->call.oy[0] - f->top,
                                                                     ((int)args->call.ox[0] - f->left) * dst.channels,
                                                                     KEY_RANK, outside);
    WSI_FORWARD(launched(stream, err));
    const dim3 count(blocks_for((long long)dst.w * dst.channels, PLANE_THREADS), rows_for(dst.h));
    count_kernel<KEY><<<count, PLANE_THREADS, 0, stream->handle>>>(dst, keys, device);
    return launched(stream, err);
}

wsi_status wsi_cuda_median_large(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    switch (wsi_dtype_size(args->call.dst.fmt.type)) {
    case 1:
        return run<uint8_t>(stream, args, err);
    case 2:
        return run<uint16_t>(stream, args, err);
    case 4:
        return run<uint32_t>(stream, args, err);
    default:
        return run<uint64_t>(stream, args, err);
    }
}
