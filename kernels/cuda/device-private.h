/* The handles of device.h, seen by kernels/cuda/ alone. */
#ifndef WSI_DEVICE_PRIVATE_H
#define WSI_DEVICE_PRIVATE_H

#include <cuda_runtime_api.h>

#include "kernels/device.h"

struct wsi_device {
    wsi_device_info info;
    int debug; /* set before streams are used */
};

struct wsi_stream {
    wsi_device *device;
    cudaStream_t handle;
};

struct wsi_event {
    wsi_device *device;
    cudaEvent_t handle;
};

#endif
