/* Separable filters with odd taps and a step on their outputs: derivatives, of a small reach, and waves. */
#include "linear.cuh"

enum { DERIVATIVE_REACH = 4 };

wsi_status wsi_cuda_linear_pair(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    typedef single_shape<WSI_TAPS_ODD, WSI_TAPS_EVEN> rows_shape;
    typedef single_shape<WSI_TAPS_EVEN, WSI_TAPS_ODD> columns_shape;
    switch (((const wsi_linear_state *)args->call.state)->shape) {
    case WSI_LINEAR_ROWS:
        return run_linear<rows_shape, DERIVATIVE_REACH>(stream, args, err);
    case WSI_LINEAR_COLUMNS:
        return run_linear<columns_shape, DERIVATIVE_REACH>(stream, args, err);
    case WSI_LINEAR_GRADIENT:
        return run_linear<gradient_shape, DERIVATIVE_REACH>(stream, args, err);
    default:
        return run_linear<wave_shape>(stream, args, err);
    }
}
