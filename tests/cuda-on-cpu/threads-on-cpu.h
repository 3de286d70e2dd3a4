/* The threads of a kernel on a CPU: each is a coroutine of its own, those of a block take turns at barriers, blocks run
 * one after the other. So code between two barriers runs in an order that a GPU may have chosen too, and the same in
 * every run: threads and blocks in ascending order, or, with WSIPROC_CUDA_ON_CPU_ORDER=backward, in descending order,
 * which shows where a barrier is missing. A barrier that some of its threads do not reach, and more shared memory than
 * was asked for, end the program with the kernel's name. */
#ifndef CUDA_ON_CPU_THREADS_H
#define CUDA_ON_CPU_THREADS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <tuple>
#include <utility>

#include "cuda_runtime_api.h"

extern uint3 threadIdx, blockIdx;
extern dim3 blockDim, gridDim;
enum { warpSize = 32 };

/* A kernel with its arguments. */
struct wsi_launch_job {
    const char *name;
    const void *kernel;
    dim3 grid, block;
    size_t shared; /* bytes of dynamic shared memory */
    void (*call)(const void *arguments);
    const void *arguments;
};

/* Runs it; what cannot be launched is what cudaGetLastError tells next. */
void wsi_run_kernel(const wsi_launch_job *job);
/* Dynamic shared memory that the kernel may ask for; more than 48 KiB are refused without. */
cudaError_t wsi_allow_shared(const void *kernel, int bytes);
/* The block's dynamic shared memory, as the running kernel was launched; filled with NaN patterns before each block. */
void *wsi_dynamic_shared(void);

/* Barriers of the block, and of the lanes in mask of the calling thread's warp. */
void __syncthreads(void);
int __syncthreads_or(int predicate);
void __syncwarp(unsigned mask = 0xffffffffu);
unsigned __ballot_sync(unsigned mask, int predicate);
int __all_sync(unsigned mask, int predicate);

/* The 8 bytes that lane `from` of the caller's warp gives, all lanes of mask giving theirs: from may be no lane in
 * mask, which gives back the caller's own. */
uint64_t wsi_exchange(unsigned mask, uint64_t mine, int from);
int wsi_lane(void);

template <class T> static inline T wsi_shuffle(unsigned mask, T mine, int from)
{
    static_assert(sizeof(T) <= sizeof(uint64_t), "shuffles move up to 8 bytes");
    uint64_t bits = 0;
    memcpy(&bits, &mine, sizeof mine);
    bits = wsi_exchange(mask, bits, from);
    memcpy(&mine, &bits, sizeof mine);
    return mine;
}

/* `width` lanes each are a group of their own; a lane outside the group gives back the caller's. */
template <class T> static inline T wsi_shuffle_within(unsigned mask, T mine, int from, int width)
{
    const int lane = wsi_lane();
    return wsi_shuffle(mask, mine, from >= 0 && from / width == lane / width ? from : lane);
}

template <class T> static inline T __shfl_sync(unsigned mask, T mine, int from, int width = warpSize)
{
    return wsi_shuffle(mask, mine, wsi_lane() / width * width + (from & (width - 1)));
}

template <class T> static inline T __shfl_up_sync(unsigned mask, T mine, unsigned by, int width = warpSize)
{
    return wsi_shuffle_within(mask, mine, wsi_lane() - (int)by, width);
}

template <class T> static inline T __shfl_down_sync(unsigned mask, T mine, unsigned by, int width = warpSize)
{
    return wsi_shuffle_within(mask, mine, wsi_lane() + (int)by, width);
}

template <class T> static inline T __shfl_xor_sync(unsigned mask, T mine, int with, int width = warpSize)
{
    return wsi_shuffle_within(mask, mine, wsi_lane() ^ with, width);
}

/* A kernel that is ready to be called with its arguments, which are copied as the kernel declares them. */
template <class... Parameters> struct wsi_launcher {
    const char *name;
    void (*kernel)(Parameters...);
    dim3 grid, block;
    size_t shared;

    struct bound {
        void (*kernel)(Parameters...);
        std::tuple<Parameters...> arguments;
    };

    static void call(const void *arguments)
    {
        const bound &b = *(const bound *)arguments;
        std::apply(b.kernel, b.arguments);
    }

    template <class... Arguments> void operator()(Arguments &&...arguments) const
    {
        const bound b = {kernel, std::tuple<Parameters...>(static_cast<Parameters>(arguments)...)};
        const wsi_launch_job job = {name, (const void *)kernel, grid, block, shared, call, &b};
        wsi_run_kernel(&job);
    }
};

template <class... Parameters>
static inline wsi_launcher<Parameters...> wsi_launch(const char *name, void (*kernel)(Parameters...), dim3 grid,
                                                     dim3 block, size_t shared, cudaStream_t stream)
{
    (void)stream;
    return {name, kernel, grid, block, shared};
}

#endif
