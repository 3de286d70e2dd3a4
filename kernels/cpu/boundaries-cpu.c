/* find_boundaries: three source rows at a time with the edge pixel repeated on each side, so that a pixel's neighbours
 * stand at fixed distances. Beyond the image a row stands for its neighbour inside. */
#include "isa.h"

#include "kernels/boundaries.h"
#include "kernels/edge.h"
#include "kernels/op.h"
#include "kernels/px/morphology-px.h"

/* A row of results: n samples; pixels are `step` samples apart; rows begin one pixel to the left of the first result.
 */
typedef struct labels {
    const void *up, *mid, *down;
    int64_t n;
    int step, corners;
    int has_background; /* the type holds that label */
    int64_t background;
} labels;

typedef struct label_type {
    void (*differ)(uint8_t *restrict out, const labels *l);     /* out = a neighbour has another label */
    void (*background)(uint8_t *restrict out, const labels *l); /* out = is background */
    void (*touch)(uint8_t *restrict out, const labels *l);      /* out = two objects meet in the 3x3 neighbourhood */
    int64_t least, greatest;
} label_type;

#define ROWS(ctype)                                                                                                    \
    const ctype *up = (const ctype *)l->up, *mid = (const ctype *)l->mid, *down = (const ctype *)l->down;              \
    const int64_t n = l->n, s = l->step

#define LABELS(name, ctype, lowest, highest)                                                                           \
    static void differ_##name(uint8_t *restrict out, const labels *l)                                                  \
    {                                                                                                                  \
        ROWS(ctype);                                                                                                   \
        for (int64_t i = 0; i < n; i++) {                                                                              \
            const ctype v = mid[i + s];                                                                                \
            out[i] = (up[i + s] != v) | (mid[i] != v) | (mid[i + 2 * s] != v) | (down[i + s] != v);                    \
        }                                                                                                              \
        if (!l->corners) return;                                                                                       \
        for (int64_t i = 0; i < n; i++) {                                                                              \
            const ctype v = mid[i + s];                                                                                \
            out[i] |= (up[i] != v) | (up[i + 2 * s] != v) | (down[i] != v) | (down[i + 2 * s] != v);                   \
        }                                                                                                              \
    }                                                                                                                  \
    static void background_##name(uint8_t *restrict out, const labels *l)                                              \
    {                                                                                                                  \
        const ctype *v = (const ctype *)l->mid + l->step, b = (ctype)l->background;                                    \
        const int64_t n = l->has_background ? l->n : 0;                                                                \
        memset(out, 0, (size_t)l->n);                                                                                  \
        for (int64_t i = 0; i < n; i++) out[i] = v[i] == b;                                                            \
    }                                                                                                                  \
    static inline ctype inverted_##name(ctype v, ctype b, int has)                                                     \
    {                                                                                                                  \
        return (has & (v == b)) ? (ctype)(highest) : v;                                                                \
    }                                                                                                                  \
    static void touch_##name(uint8_t *restrict out, const labels *l)                                                   \
    {                                                                                                                  \
        ROWS(ctype);                                                                                                   \
        const ctype *const rows[3] = {up, mid, down}, b = (ctype)l->background;                                        \
        const int has = l->has_background;                                                                             \
        for (int64_t i = 0; i < n; i++) {                                                                              \
            ctype most = up[i], least = inverted_##name(up[i], b, has);                                                \
            for (int k = 1; k < 9; k++) {                                                                              \
                const ctype v = rows[k / 3][i + k % 3 * s], w = inverted_##name(v, b, has);                            \
                most = WSI_PX_MAX(most, v);                                                                            \
                least = WSI_PX_MIN(least, w);                                                                          \
            }                                                                                                          \
            out[i] = most != least;                                                                                    \
        }                                                                                                              \
    }                                                                                                                  \
    static const label_type type_##name = {differ_##name, background_##name, touch_##name, lowest, highest};

LABELS(u8, uint8_t, 0, 255)
LABELS(i8, int8_t, -128, 127)
LABELS(u16, uint16_t, 0, 65535)
LABELS(i16, int16_t, -32768, 32767)
LABELS(u32, uint32_t, 0, 4294967295)
LABELS(i32, int32_t, -2147483647 - 1, 2147483647)

static const label_type *const types[] = {&type_u8, &type_u8, &type_i8, &type_u16, &type_i16, &type_u32, &type_i32};

enum { PIECE = 512 }; /* samples of a row computed at a time */

static void boundary_piece(uint8_t *restrict out, const labels *l, const label_type *type, wsi_boundaries_mode mode)
{
    uint8_t differs[PIECE], background[PIECE] = {0}, touches[PIECE] = {0};
    type->differ(differs, l);
    if (mode != WSI_BOUNDARIES_THICK) type->background(background, l);
    if (mode == WSI_BOUNDARIES_OUTER) type->touch(touches, l);
    for (int64_t i = 0; i < l->n; i++) out[i] = (uint8_t)wsi_px_boundary(mode, differs[i], background[i], touches[i]);
}

static void boundary_row(uint8_t *out, const char *const rows[3], const wsi_kernel_args *args)
{
    const wsi_boundaries_params *p = (const wsi_boundaries_params *)args->params;
    const wsi_pixfmt fmt = args->src[0].fmt;
    const label_type *type = types[fmt.type];
    const int64_t length = args->dst.w * fmt.channels;
    labels l = {.step = fmt.channels, .corners = p->connectivity == 2, .background = p->background};
    l.has_background = p->background >= type->least && p->background <= type->greatest;
    for (int64_t i = 0; i < length; i += PIECE) {
        const size_t at = (size_t)i * wsi_dtype_size(fmt.type);
        l.up = rows[0] + at;
        l.mid = rows[1] + at;
        l.down = rows[2] + at;
        l.n = length - i < PIECE ? length - i : PIECE;
        boundary_piece(out + i, &l, type, (wsi_boundaries_mode)p->mode);
    }
}

WSI_CPU_KERNEL(find_boundaries)
{
    const wsi_image *src = &args->src[0], *dst = &args->dst;
    const size_t bytes = wsi_boundaries_row(dst->w, src->fmt);
    char *window = (char *)args->scratch;
    int64_t next = args->oy[0] > 0 ? args->oy[0] - 1 : 0; /* the first row that is not in the window */
    for (int64_t y = 0; y < dst->h; y++) {
        const char *rows[3];
        for (int k = 0; k < 3; k++) {
            const int64_t from = wsi_edge_map(WSI_EDGE_NEAREST, y + args->oy[0] + k - 1, src->h);
            char *slot = window + (size_t)(from % 3) * bytes;
            rows[k] = slot;
            if (from < next) continue;
            wsi_edge_row(slot, wsi_image_row(src, from), wsi_pixfmt_size(src->fmt), args->ox[0] - 1, dst->w + 2, src->w,
                         WSI_EDGE_NEAREST, NULL);
            next = from + 1;
        }
        boundary_row((uint8_t *)wsi_image_row(dst, y), rows, args);
    }
}
