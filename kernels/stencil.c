/* The division of a tile into strips for two-dimensional weights. */
#include "stencil.h"

#include "separable.h"

wsi_stencil_layout wsi_stencil_plan(int w, int h, int kernels, int channels, int64_t columns)
{
    wsi_stencil_layout l;
    l.strip = wsi_strip_width(h, w / 2, channels, columns);
    l.stride = wsi_whole_vectors((l.strip + w) * channels) + 2 * WSI_VECTOR_FLOATS;
    l.out_stride = wsi_whole_vectors(l.strip * channels) + WSI_VECTOR_FLOATS;
    l.bytes = (size_t)(h * l.stride + kernels * l.out_stride) * sizeof(float) + (size_t)h * sizeof(float *);
    return l;
}
