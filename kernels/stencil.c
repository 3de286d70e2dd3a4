/* The division of a tile into strips for two-dimensional weights. */
#include "stencil.h"

#include "separable.h"

static wsi_stencil_layout layout_of(int64_t strip, int w, int h, int kernels, int channels)
{
    wsi_stencil_layout l;
    l.strip = strip;
    l.stride = wsi_whole_vectors((l.strip + w) * channels) + 2 * WSI_VECTOR_FLOATS;
    l.out_stride = wsi_whole_vectors(l.strip * channels) + WSI_VECTOR_FLOATS;
    l.bytes = (size_t)(h * l.stride + kernels * l.out_stride) * sizeof(float) + (size_t)h * sizeof(float *);
    return l;
}

wsi_stencil_layout wsi_stencil_plan(int w, int h, int kernels, int channels, int64_t columns)
{
    wsi_stencil_layout l = layout_of(wsi_strip_width(h, w / 2, channels, columns), w, h, kernels, channels);
    l.bytes = layout_of(wsi_strip_widest(h, w / 2, channels, columns), w, h, kernels, channels).bytes;
    return l;
}
