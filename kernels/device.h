/* GPUs, as the rest of the program sees them: opaque handles and no CUDA types.
 *
 * Built with CUDA (cuda/device-cuda.c) or without (device-none.c); the calls are the same. A build with CUDA starts
 * and works on a machine without a driver: wsi_device_count then says why there is no device.
 *
 * Every call may be made from any thread, but one stream is used by one thread at a time. Calls that fail return
 * WSI_ERR_DEVICE, or WSI_ERR_NO_MEMORY where an allocation does not fit, and name the device. Work on a stream runs
 * in order and asynchronously: an error inside it may be reported by a later call. Nothing synchronises a whole
 * device. Destructors take the handle's address, null it and accept NULL; handles must go before their device. */
#ifndef WSI_DEVICE_H
#define WSI_DEVICE_H

#include <stddef.h>

#include "op.h"

typedef struct wsi_device wsi_device;
typedef struct wsi_event wsi_event;

typedef struct wsi_device_info {
    char name[256];
    int index;        /* as numbered by the driver */
    int major, minor; /* compute capability */
    int multiprocessors;
    int copy_engines;     /* 2 and more: copies both ways at once */
    size_t memory;        /* bytes in all */
    size_t shared_memory; /* most bytes that one block may have */
    size_t cache;         /* bytes of L2 */
} wsi_device_info;

/* 1 when built with CUDA. */
int wsi_device_built(void);
/* *count gets the number of usable devices; where it is 0 the call fails and err says why. */
wsi_status wsi_device_count(int *count, wsi_error *err);
/* Opens a device, 0 <= index < count. */
wsi_status wsi_device_open(int index, wsi_device **out, wsi_error *err);
void wsi_device_close(wsi_device **device);
const wsi_device_info *wsi_device_about(const wsi_device *device);
/* Bytes free at the moment. */
wsi_status wsi_device_free_memory(const wsi_device *device, size_t *bytes, wsi_error *err);
/* Debugging: with on = 1 every kernel is waited for, so that the operation that failed is the one named. Off at
 * first. Set before streams are used. */
void wsi_device_debug(wsi_device *device, int on);

/* Device memory, aligned to 256 bytes; the size is rounded up to that. */
wsi_status wsi_device_alloc(wsi_device *device, size_t bytes, void **out, wsi_error *err);
void wsi_device_free(wsi_device *device, void **memory);
/* Page-locked host memory, aligned to a page, that every device copies from and to at full speed. */
wsi_status wsi_pinned_alloc(wsi_device *device, size_t bytes, void **out, wsi_error *err);
void wsi_pinned_free(wsi_device *device, void **memory);

/* A queue of copies and kernels, independent of all other streams (also of the default one). */
wsi_status wsi_stream_create(wsi_device *device, wsi_stream **out, wsi_error *err);
void wsi_stream_destroy(wsi_stream **stream);
/* Waits on the host until all work queued so far is done. */
wsi_status wsi_stream_finish(wsi_stream *stream, wsi_error *err);

/* Asynchronous copies. Host memory should be pinned: otherwise the call itself waits. 2-D copies move `rows` rows of
 * row_bytes each, rows lying a stride apart; strides >= row_bytes. */
wsi_status wsi_copy_to_device(wsi_stream *stream, void *dst, const void *src, size_t bytes, wsi_error *err);
wsi_status wsi_copy_to_host(wsi_stream *stream, void *dst, const void *src, size_t bytes, wsi_error *err);
wsi_status wsi_copy_on_device(wsi_stream *stream, void *dst, const void *src, size_t bytes, wsi_error *err);
wsi_status wsi_copy_rows_to_device(wsi_stream *stream, void *dst, size_t dst_stride, const void *src, size_t src_stride,
                                   size_t row_bytes, size_t rows, wsi_error *err);
wsi_status wsi_copy_rows_to_host(wsi_stream *stream, void *dst, size_t dst_stride, const void *src, size_t src_stride,
                                 size_t row_bytes, size_t rows, wsi_error *err);
wsi_status wsi_copy_rows_on_device(wsi_stream *stream, void *dst, size_t dst_stride, const void *src, size_t src_stride,
                                   size_t row_bytes, size_t rows, wsi_error *err);
/* From one device's memory to another's; the stream belongs to either. */
wsi_status wsi_copy_between_devices(wsi_stream *stream, void *dst, wsi_device *dst_device, const void *src,
                                    wsi_device *src_device, size_t bytes, wsi_error *err);
wsi_status wsi_fill_on_device(wsi_stream *stream, void *dst, int byte, size_t bytes, wsi_error *err);

/* A point in a stream's work. timed = 1: usable with wsi_event_elapsed. */
wsi_status wsi_event_create(wsi_device *device, int timed, wsi_event **out, wsi_error *err);
void wsi_event_destroy(wsi_event **event);
wsi_status wsi_event_record(wsi_stream *stream, wsi_event *event, wsi_error *err);
/* Waits on the host, without using the processor. */
wsi_status wsi_event_wait(wsi_event *event, wsi_error *err);
/* Milliseconds from one to the other; both are done. */
wsi_status wsi_event_elapsed(wsi_event *from, wsi_event *to, float *ms, wsi_error *err);

/* Bytes of one tile of wsi_device_mask_tiles. */
static inline size_t wsi_mask_tile_bytes(int64_t edge)
{
    return (size_t)(edge * edge) / 8;
}

/* Queues the cutting of a mask (BOOL, one channel, in device memory) into tiles of edge x edge pixels, a multiple of
 * 64: each whole, one behind the other, row after row of tiles, one bit a pixel, the first pixel in a byte's lowest
 * bit. dst: 256-byte aligned, for all tiles. What lies beyond the image in its last tiles is any bit. */
wsi_status wsi_device_mask_tiles(wsi_stream *stream, const wsi_image *mask, int64_t edge, void *dst, wsi_error *err);

/* 1 when the operation runs on a device with these parameters and formats (out: what dst will have). */
int wsi_device_supports(const wsi_op *op, const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt out);
/* Queues one call of an operation (op.h, wsi_cuda_args). */
wsi_status wsi_device_run(wsi_stream *stream, const wsi_op *op, const wsi_cuda_args *args, wsi_error *err);

#endif
