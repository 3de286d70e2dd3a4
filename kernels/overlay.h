/* Parameters and prepared state of `overlay`, and its planes of marks, seen by its row and its kernels. */
#ifndef WSI_OVERLAY_H
#define WSI_OVERLAY_H

#include "boundaries.h"
#include "common/image.h"
#include "common/param.h"

typedef struct wsi_overlay_params {
    wsi_operand label_img;
    wsi_floats color, outline_color;
    wsi_boundaries_params boundaries; /* connectivity is not a parameter here: 1 */
    int64_t thickness;
} wsi_overlay_params;

typedef struct wsi_overlay_state {
    float scale; /* of img_as_float */
    int outlined;
    float color[3], outline[3];
    wsi_boundaries_params boundaries;
} wsi_overlay_state;

/* Marks of a pixel in a plane. */
enum { WSI_OVERLAY_LINE = 1, WSI_OVERLAY_OUTLINE = 2 };

/* How far marks spread from a boundary. */
static inline int64_t wsi_overlay_reach(const wsi_overlay_params *p)
{
    return p->thickness - 1 + (p->outline_color.n > 0);
}

/* A plane of marks: a byte a pixel of a rectangle of the labels' crop, with one more on each side, which is 0. */
static inline int64_t wsi_overlay_stride(int64_t w, int64_t reach)
{
    return w + 2 * reach + 2;
}

static inline size_t wsi_overlay_plane_bytes(int64_t w, int64_t h, int64_t reach)
{
    return ((size_t)wsi_overlay_stride(w, reach) * (size_t)(h + 2 * reach + 2) + 255) / 256 * 256;
}

/* What of the labels' crop the planes hold: what lies under dst, grown by the reach, but no more than there is. */
static inline wsi_rect wsi_overlay_rect(const wsi_image *labels, int64_t ox, int64_t oy, const wsi_image *dst,
                                        int64_t reach)
{
    wsi_rect r;
    r.x = ox > reach ? ox - reach : 0;
    r.y = oy > reach ? oy - reach : 0;
    r.w = (ox + dst->w + reach < labels->w ? ox + dst->w + reach : labels->w) - r.x;
    r.h = (oy + dst->h + reach < labels->h ? oy + dst->h + reach : labels->h) - r.y;
    return r;
}

#endif
