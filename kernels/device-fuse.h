/* Several steps of a chain as one kernel on a GPU: what lies between them never touches memory.
 *
 * A group is [point-wise steps] [filter] [point-wise steps], two steps at least, each one's only input being the result
 * of the one before it. The result has the bits of the steps one by one, conversions of intermediate types included.
 * Filters are gaussian, and laplace, prewitt, roberts, scharr and sobel with their directions. Point-wise steps, on
 * bool, uint8, uint16 and float32 of one to three channels, are
 *   - abs, add, cast, channel, clip, compare, gray2rgb, invert, logical_and, logical_not, logical_or, logical_xor,
 *     maximum, minimum, multiply, rescale_intensity, rgb2gray, rgb2hed, separate_stains, subtract, threshold and
 *     unstack;
 *   - in groups without a filter, since they take registers: absorbance_to_image, adjust_gamma, adjust_log,
 *     adjust_sigmoid, combine_stains, divide, exp, hed2rgb, image_to_absorbance, log, power, sqrt and the conversions
 *     between RGB, HSV, Lab, XYZ and YCbCr;
 * those with a second operand with a number. Steps before a filter must end in one channel; steps after it must treat
 * each sample alone (not rgb2hed). rgba2rgb has a channel too many. Ask; do not repeat these rules.
 *
 * Use: a scheduler walks its chain, asks wsi_device_group how many of the steps from here on (those whose result
 * nobody else looks at, but for the last) make one group, and runs these by wsi_device_run_group with the arguments
 * that it would give to each, except that the images between them have no memory. */
#ifndef WSI_DEVICE_FUSE_H
#define WSI_DEVICE_FUSE_H

#include "device.h"

/* A group has at most so many steps. */
enum { WSI_GROUP_STEPS_MAX = 8 };

/* What a group is judged by: a prepared step. */
typedef struct wsi_group_step {
    const wsi_op *op;
    const void *params, *state; /* as in wsi_kernel_args; only read */
    int inputs;                 /* images that the step takes */
    wsi_pixfmt in, out;         /* of its input, and of its dst: what resolve() said, or any type if op->stores_any */
} wsi_group_step;

/* How many of the steps, from the first on, one kernel takes: 2 to WSI_GROUP_STEPS_MAX, or 1 where the first is to be
 * run alone (wsi_device_run, wsi_device_supports), as always in a build without CUDA. steps[i] takes what steps[i - 1]
 * gives: formats agree. count >= 1. Any thread; depends on the arguments alone. A beginning of a group of two steps or
 * more is a group, so a shorter one may be run instead. */
int wsi_device_group(const wsi_group_step *steps, int count);

/* Queues `count` steps that wsi_device_group took for one group. args[i] as for wsi_device_run, with these differences:
 *   - args[i].call.src[0] for i > 0 and args[i].call.dst for i < count - 1 describe the same image, which is not there:
 *     data is NULL, w, h and fmt are what they would be (stride is not looked at);
 *   - scratch is not looked at;
 *   - params, state and device_state are needed, as for wsi_device_run.
 * Sizes and offsets follow the clamped-crop rule, as step by step: ox + dst.w <= src.w, and a filter finds slide edges
 * at the edges of its src[0]. Fails with USAGE where these do not hold or the steps are no group; otherwise as
 * wsi_device_run. Allocates nothing, waits for nothing. */
wsi_status wsi_device_run_group(wsi_stream *stream, const wsi_op *const *ops, const wsi_cuda_args *args, int count,
                                wsi_error *err);

#endif
