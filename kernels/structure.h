/* Parameters, prepared taps and scratch of structure_tensor and corner_harris, seen by their rows and kernels. */
#ifndef WSI_STRUCTURE_H
#define WSI_STRUCTURE_H

#include "common/param.h"
#include "op.h"
#include "separable.h"

enum {
    WSI_STRUCTURE_SIGMA_MAX = 100,
    WSI_STRUCTURE_MARCH = 8 /* reach of windows that a GPU's threads hold in registers */
};

typedef struct wsi_structure_params {
    wsi_floats sigma;
    int mode;  /* wsi_edge */
    int order; /* 1: xy */
    double cval;
    int method; /* corner_harris: 0 k, 1 eps */
    double k, eps;
} wsi_structure_params;

typedef struct wsi_structure_state {
    int mode;
    int columns_first;
    int harris, by_eps;
    float k;     /* of the method */
    float scale; /* of img_as_float */
    float cval;  /* CONSTANT: beyond the input after that factor, and beyond what is made of it */
    wsi_tap_table y, x;
} wsi_structure_state;

/* All of state from parameters, for an input of this type. */
void wsi_structure_prepare(const wsi_structure_params *p, wsi_dtype type, int harris, wsi_structure_state *s);
wsi_halo wsi_structure_halo(const void *params);
size_t wsi_structure_scratch(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h);
size_t wsi_structure_cuda_scratch(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h);

/* Scratch of the CPU, in bytes from its start, for results of w x h pixels. */
typedef struct wsi_structure_layout {
    size_t rows;     /* four rows of the source, extended by a pixel on each side */
    size_t stride;   /* floats from one to the next */
    size_t products; /* plane of (rr, rc, cc) or, in order xy, (cc, rc, rr) */
    size_t bytes;    /* the sums' own scratch lies at 0 */
} wsi_structure_layout;
wsi_structure_layout wsi_structure_plan(int ry, int rx, int64_t w, int64_t h);

/* 1 where a GPU needs no scratch, but one pass over memory. */
static inline int wsi_structure_marches(int ry, int rx)
{
    return ry <= WSI_STRUCTURE_MARCH && rx <= WSI_STRUCTURE_MARCH;
}

/* Scratch of the GPU otherwise: planes of the three products and of two smoothed ones, then that of large sums; in
 * floats. Rows are wsi_plane_pitch apart. */
typedef struct wsi_structure_planes {
    size_t product[3], smooth[2], sums, floats;
} wsi_structure_planes;
wsi_structure_planes wsi_structure_device_plan(int ry, int rx, int64_t w, int64_t h);

/* The part of both rows that is about the tensor. */
#define WSI_STRUCTURE_ROW                                                                                              \
    .halo = wsi_structure_halo, .scratch = wsi_structure_scratch, .cuda = WSI_CUDA(structure),                         \
    .cuda_scratch = wsi_structure_cuda_scratch

#define WSI_STRUCTURE_SIGMA                                                                                            \
    {                                                                                                                  \
        .name = "sigma", .unit = "px",                                                                                 \
        .help = "Standard deviation of the window that weights the sums: one value, or [rows, columns].",              \
        .offset = offsetof(wsi_structure_params, sigma), .type = WSI_PARAM_FLOATS, .def = "1", .min = 0,               \
        .max = WSI_STRUCTURE_SIGMA_MAX, .min_count = 1, .max_count = 2                                                 \
    }

#endif
