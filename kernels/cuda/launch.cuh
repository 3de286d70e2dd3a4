/* What every .cu file starts from: the registry's C declarations, views of images for kernels, and launching.
 *
 * A .cu file has named constants, __global__ kernels, and one extern "C" entry an operation (op.h, wsi_cuda_fn) that
 * only works out sizes and launches. Kernels see images through views, by value. */
#ifndef WSI_CUDA_LAUNCH_CUH
#define WSI_CUDA_LAUNCH_CUH

#include <cuda_runtime.h>

#include <stddef.h>
#include <stdint.h>
#include <string.h>

extern "C" {
#include "device-private.h"
#include "kernels/edge.h"
#include "kernels/op.h"
}

/* An image in device memory. p is its first pixel that the kernel is about. */
struct view {
    char *p;
    long long stride;
    int w, h; /* pixels */
    int channels;
    int type;   /* wsi_dtype */
    int size;   /* bytes a sample */
    int vector; /* 1: every row starts at a multiple of four samples or 16 bytes, whichever is less */

    __device__ __forceinline__ char *row(int y) const
    {
        return p + y * stride;
    }
};

static inline int vectors_fit(const void *p, ptrdiff_t stride, size_t sample)
{
    const uintptr_t unit = 4 * sample < 16 ? 4 * sample : 16;
    return (uintptr_t)p % unit == 0 && (uintptr_t)stride % unit == 0;
}

/* The whole of an image. */
static inline view view_of(const wsi_image &im)
{
    const size_t sample = wsi_dtype_size(im.fmt.type);
    return view{(char *)im.data, (long long)im.stride, (int)im.w,   (int)im.h,
                im.fmt.channels, (int)im.fmt.type,     (int)sample, vectors_fit(im.data, im.stride, sample)};
}

/* The part of source i that lies under dst: the view of point-wise operations. */
static inline view source_under(const wsi_kernel_args &call, int i)
{
    const wsi_rect under = {call.ox[i], call.oy[i], call.dst.w, call.dst.h};
    return view_of(wsi_image_crop(&call.src[i], under));
}

static inline unsigned blocks_for(long long items, int per_block)
{
    return (unsigned)((items + per_block - 1) / per_block);
}

/* Rows as the grid's y: more than its limit are walked by the kernel. */
static inline unsigned rows_for(long long rows)
{
    return (unsigned)(rows < 65535 ? rows : 65535);
}

/* The error of the launch just made, as a status. */
static inline wsi_status launched(const wsi_stream *stream, wsi_error *err)
{
    const cudaError_t code = cudaGetLastError();
    WSI_RETURN_IF(code != cudaSuccess, WSI_ERR_DEVICE, "GPU %d (%s): launch: %s", stream->device->info.index,
                  stream->device->info.name, cudaGetErrorString(code));
    return WSI_OK;
}

/* Lets a kernel have more shared memory than every kernel may. */
template <class Kernel>
static inline wsi_status allow_shared(const wsi_stream *stream, Kernel kernel, size_t bytes, wsi_error *err)
{
    if (bytes <= 48 * 1024) return WSI_OK;
    (void)cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, (int)bytes);
    return launched(stream, err);
}

#endif
