/* Between the files that make and run fused groups. */
#ifndef WSI_CUDA_FUSE_CUH
#define WSI_CUDA_FUSE_CUH

#include "program.cuh"

extern "C" {
#include "kernels/device-fuse.h"
}

/* A filter with what precedes and follows it. */
struct fused_filter {
    view src;       /* what the steps before it read: as large as what the filter reads */
    view dst;       /* of the last step */
    int ox, oy;     /* dst (x, y) stands at (x + ox, y + oy) of src */
    int channels;   /* of the filter's input and output */
    program before; /* from src to the filter's input as float32, unscaled */
    program after;  /* from its float32 results to dst, sample by sample */
};

/* Point-wise steps alone. */
struct fused_job {
    view src, dst;
    program p;
};

/* 1 where a job is one of those for whole lines (fuse-lines-cuda.cu), which is faster; and running it. */
extern "C" int wsi_cuda_lines_take(const fused_job *job);
extern "C" wsi_status wsi_cuda_lines_run(wsi_stream *stream, const fused_job *job, wsi_error *err);

/* 1 where a program begins with the grey of 8-bit colours: two instructions, the second with the weights. */
static inline int wsi_cuda_program_is_gray(const program &p, const view &src)
{
    return src.type == WSI_U8 && src.channels == PROGRAM_CHANNELS && p.count > 1 &&
           p.step[0].code == CODE_INT_TO_NUMBER && p.step[1].code == CODE_GRAY;
}

/* 1 for the types and channels of a program. */
extern "C" int wsi_cuda_program_takes(wsi_pixfmt fmt);
/* Appends a step; 1, or 0 where it is no point-wise step that a program takes, or where there is no room.
 * device_state may be NULL where the program is not run. */
extern "C" int wsi_cuda_program_add(program *p, const wsi_group_step *step, const void *device_state);
/* Appends the conversion from a type to float32 values as filters take them, and from their float32 to a type. */
extern "C" int wsi_cuda_program_load(program *p, wsi_dtype type, int channels);
extern "C" int wsi_cuda_program_store(program *p, wsi_dtype type, int channels);

/* 1 where the filter can be part of a group. */
extern "C" int wsi_cuda_gaussian_fusible(const wsi_group_step *step);
/* args: the filter's own; only params and state are looked at. */
extern "C" wsi_status wsi_cuda_gaussian_fused(wsi_stream *stream, const wsi_cuda_args *args, const fused_filter *f,
                                              wsi_error *err);
extern "C" wsi_status wsi_cuda_edges_fused(wsi_stream *stream, const wsi_cuda_args *args, const fused_filter *f,
                                           wsi_error *err);

#endif
