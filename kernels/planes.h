/* Planes of float32 in a step's scratch, for operations that keep intermediate images there. */
#ifndef WSI_PLANES_H
#define WSI_PLANES_H

#include <stddef.h>
#include <stdint.h>

#include "common/image.h"

enum { WSI_PLANE_LINE = 64 /* bytes: what begins at a multiple of these is aligned for every vector */ };

/* bytes, rounded up to whole lines. */
static inline size_t wsi_plane_lines(size_t bytes)
{
    return (bytes + WSI_PLANE_LINE - 1) / WSI_PLANE_LINE * WSI_PLANE_LINE;
}

/* Floats from a row of a plane on a GPU to the next: rows start where a warp's loads do. */
static inline int64_t wsi_plane_pitch(int64_t w)
{
    return (w + 31) / 32 * 32;
}

/* The plane of w x h that lies so many floats into scratch, its rows wsi_plane_pitch apart. */
static inline wsi_image wsi_plane_at(void *scratch, size_t offset, int64_t w, int64_t h)
{
    const wsi_pixfmt fmt = {WSI_F32, 1};
    const wsi_image plane = {(float *)scratch + offset, (ptrdiff_t)sizeof(float) * wsi_plane_pitch(w), w, h, fmt};
    return plane;
}

#endif
