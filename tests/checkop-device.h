/* Running a step on a GPU for checkop. */
#ifndef CHECKOP_DEVICE_H
#define CHECKOP_DEVICE_H

#include "checkop-data.h"
#include "kernels/device-fuse.h"

/* Opens the first GPU; 0 and a line on stdout that says "skipped" and why where there is none. */
int checkop_device_open(void);
void checkop_device_close(void);
wsi_device *checkop_device(void);

/* As oprun_tile, on the GPU: every image in memory of its own, at any sample address, dst and scratch between guard
 * bytes. NULL, or what went wrong. */
const char *checkop_device_tile(oprun *run, rng *r, const wsi_image *src, wsi_rect rect, const wsi_halo *halo,
                                const wsi_image *dst);

/* A group of steps that wsi_device_group has taken, as one kernel: rect of the last one's result. */
const char *checkop_device_group(oprun *runs, int count, rng *r, const wsi_image *src, wsi_rect rect,
                                 const wsi_image *dst);

/* Random groups, and some given ones that must be taken, against the plain kernels step by step; gives the number of
 * failures. */
int checkop_device_groups(uint64_t seed, int rounds);

/* Speed of the operations on 4096 x 4096 images in device memory; writes JSON to path unless it is NULL. */
int checkop_device_bench(const char *only, const char *path);

#endif
