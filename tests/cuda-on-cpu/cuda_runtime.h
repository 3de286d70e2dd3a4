/* CUDA's C++ for a CPU: what the sources in kernels/cuda see of the compiler and the runtime when a C++ compiler makes
 * functions of their kernels (tests/cuda-on-cpu.cmake). launches.py has put wsi_launch() where `<<<` was. */
#ifndef CUDA_ON_CPU_RUNTIME_H
#define CUDA_ON_CPU_RUNTIME_H

#include "cuda_runtime_api.h"

#define __device__
#define __host__
#define __global__
#define __constant__ static
#define __shared__ static /* blocks run one after the other */
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __align__(bytes) __attribute__((aligned(bytes)))
#define __launch_bounds__(...)
#define __grid_constant__

#include "threads-on-cpu.h"

#include "words-on-cpu.h"

template <class Kernel>
static inline cudaError_t cudaFuncSetAttribute(Kernel *kernel, cudaFuncAttribute what, int value)
{
    (void)what;
    return wsi_allow_shared((void *)kernel, value);
}

#endif
