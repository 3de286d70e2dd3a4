/* Separable filters with a step on their outputs: means and differences of blurs here, derivatives and waves in
 * linear-pair-cuda.cu. */
#include "linear.cuh"

extern "C" wsi_status wsi_cuda_linear(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const int shape = ((const wsi_linear_state *)args->call.state)->shape;
    if (shape == WSI_LINEAR_ANY) return run_linear<single_shape<WSI_TAPS_ANY, WSI_TAPS_ANY>>(stream, args, err);
    if (shape == WSI_LINEAR_SUM) return run_linear<sum_shape>(stream, args, err);
    return wsi_cuda_linear_pair(stream, args, err);
}
