/* GPUs made of threads: device.h, device-jpeg.h and device-fuse.h over host memory and the CPU's kernels, so that what
 * drives GPUs is tested on machines without one, under the sanitizers too. Streams are threads that work through
 * their queue, so a program that looks at results before its event is done is found, by ThreadSanitizer at the latest.
 * Memory of devices is filled with noise at first. Linked before the libraries, it takes the place of their own
 * device layer; for builds without CUDA. */
#ifndef DEVICE_EMULATED_H
#define DEVICE_EMULATED_H

#include "kernels/device.h"

/* What the emulation does from now on; zeros at first, but for devices = 2 and memory = 1 GiB. */
typedef struct device_emulation {
    int devices;
    size_t memory;       /* of each device; an allocation beyond it fails */
    long lost_after;     /* > 0: after so many calls that queue work every call fails, as on a lost device */
    int wrong_jpeg;      /* 1: a decoder that changes pixels */
    int irregular_every; /* > 0: every n-th tile is found irregular */
    int groups;          /* 1: fuses up to three steps */
} device_emulation;

extern device_emulation wsi_device_emulation;

/* Bytes of device memory allocated now, on all devices. */
size_t wsi_device_emulation_used(void);

/* For the parts of the emulation: queues a call like any other work of a stream. */
typedef void device_emulation_fn(void *what, const wsi_image *image);
wsi_status wsi_device_emulation_queue(wsi_stream *stream, device_emulation_fn *call, void *what, const wsi_image *image,
                                      wsi_error *err);

#endif
