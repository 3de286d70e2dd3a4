/* Batches of JPEG tiles decoded on the CPU with the very functions that devices run: what a device's kernels are, as
 * plain loops. For tests. */
#ifndef JPEG_CPU_H
#define JPEG_CPU_H

#include "kernels/jpeg-batch.h"

/* A batch with its arrays; exits the program when there is no memory. */
wsi_jpeg_batch *jpeg_cpu_create(const wsi_device_jpeg_limits *limits);
void jpeg_cpu_destroy(wsi_jpeg_batch *batch);
/* Decodes all tiles to their dst (host memory here). ok[i] gets what wsi_device_jpeg_ok would say. */
void jpeg_cpu_run(wsi_jpeg_batch *batch, int *ok);

#endif
