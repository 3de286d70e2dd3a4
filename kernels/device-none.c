/* device.h in a build without CUDA: no device exists, and no other call can be reached with a handle. */
#include "device-jpeg-encode.h"
#include "device-jpeg.h"
#include "device-fuse.h"

static wsi_status refuse(wsi_error *err)
{
    return wsi_error_set(err, WSI_ERR_DEVICE, "no GPU: built without CUDA");
}

int wsi_device_built(void)
{
    return 0;
}

wsi_status wsi_device_count(int *count, wsi_error *err)
{
    *count = 0;
    return refuse(err);
}

wsi_status wsi_device_open(int index, wsi_device **out, wsi_error *err)
{
    (void)index;
    *out = NULL;
    return refuse(err);
}

void wsi_device_close(wsi_device **device)
{
    *device = NULL;
}

const wsi_device_info *wsi_device_about(const wsi_device *device)
{
    static const wsi_device_info none = {.index = -1};
    (void)device;
    return &none;
}

wsi_status wsi_device_free_memory(const wsi_device *device, size_t *bytes, wsi_error *err)
{
    (void)device;
    *bytes = 0;
    return refuse(err);
}

void wsi_device_debug(wsi_device *device, int on)
{
    (void)device, (void)on;
}

wsi_status wsi_device_alloc(wsi_device *device, size_t bytes, void **out, wsi_error *err)
{
    (void)device, (void)bytes;
    *out = NULL;
    return refuse(err);
}

void wsi_device_free(wsi_device *device, void **memory)
{
    (void)device;
    *memory = NULL;
}

wsi_status wsi_pinned_alloc(wsi_device *device, size_t bytes, void **out, wsi_error *err)
{
    (void)device, (void)bytes;
    *out = NULL;
    return refuse(err);
}

void wsi_pinned_free(wsi_device *device, void **memory)
{
    (void)device;
    *memory = NULL;
}

wsi_status wsi_stream_create(wsi_device *device, wsi_stream **out, wsi_error *err)
{
    (void)device;
    *out = NULL;
    return refuse(err);
}

void wsi_stream_destroy(wsi_stream **stream)
{
    *stream = NULL;
}

wsi_status wsi_stream_finish(wsi_stream *stream, wsi_error *err)
{
    (void)stream;
    return refuse(err);
}

wsi_status wsi_copy_to_device(wsi_stream *stream, void *dst, const void *src, size_t bytes, wsi_error *err)
{
    (void)stream, (void)dst, (void)src, (void)bytes;
    return refuse(err);
}

wsi_status wsi_copy_to_host(wsi_stream *stream, void *dst, const void *src, size_t bytes, wsi_error *err)
{
    return wsi_copy_to_device(stream, dst, src, bytes, err);
}

wsi_status wsi_copy_on_device(wsi_stream *stream, void *dst, const void *src, size_t bytes, wsi_error *err)
{
    return wsi_copy_to_device(stream, dst, src, bytes, err);
}

wsi_status wsi_copy_rows_to_device(wsi_stream *stream, void *dst, size_t dst_stride, const void *src, size_t src_stride,
                                   size_t row_bytes, size_t rows, wsi_error *err)
{
    (void)dst_stride, (void)src_stride, (void)rows;
    return wsi_copy_to_device(stream, dst, src, row_bytes, err);
}

wsi_status wsi_copy_rows_to_host(wsi_stream *stream, void *dst, size_t dst_stride, const void *src, size_t src_stride,
                                 size_t row_bytes, size_t rows, wsi_error *err)
{
    return wsi_copy_rows_to_device(stream, dst, dst_stride, src, src_stride, row_bytes, rows, err);
}

wsi_status wsi_copy_rows_on_device(wsi_stream *stream, void *dst, size_t dst_stride, const void *src, size_t src_stride,
                                   size_t row_bytes, size_t rows, wsi_error *err)
{
    return wsi_copy_rows_to_device(stream, dst, dst_stride, src, src_stride, row_bytes, rows, err);
}

wsi_status wsi_copy_between_devices(wsi_stream *stream, void *dst, wsi_device *dst_device, const void *src,
                                    wsi_device *src_device, size_t bytes, wsi_error *err)
{
    (void)stream, (void)dst, (void)dst_device, (void)src, (void)src_device, (void)bytes;
    return refuse(err);
}

wsi_status wsi_device_mask_tiles(wsi_stream *stream, const wsi_image *mask, int64_t edge, void *dst, wsi_error *err)
{
    (void)stream, (void)mask, (void)edge, (void)dst;
    return refuse(err);
}

wsi_status wsi_fill_on_device(wsi_stream *stream, void *dst, int byte, size_t bytes, wsi_error *err)
{
    (void)stream, (void)dst, (void)byte, (void)bytes;
    return refuse(err);
}

wsi_status wsi_event_create(wsi_device *device, int timed, wsi_event **out, wsi_error *err)
{
    (void)device, (void)timed;
    *out = NULL;
    return refuse(err);
}

void wsi_event_destroy(wsi_event **event)
{
    *event = NULL;
}

wsi_status wsi_event_record(wsi_stream *stream, wsi_event *event, wsi_error *err)
{
    (void)stream, (void)event;
    return refuse(err);
}

wsi_status wsi_event_wait(wsi_event *event, wsi_error *err)
{
    (void)event;
    return refuse(err);
}

wsi_status wsi_event_elapsed(wsi_event *from, wsi_event *to, float *ms, wsi_error *err)
{
    (void)from, (void)to;
    *ms = 0;
    return refuse(err);
}

int wsi_device_supports(const wsi_op *op, const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt out)
{
    (void)op, (void)params, (void)in, (void)inputs, (void)out;
    return 0;
}

wsi_status wsi_device_run(wsi_stream *stream, const wsi_op *op, const wsi_cuda_args *args, wsi_error *err)
{
    (void)stream, (void)op, (void)args;
    return refuse(err);
}

int wsi_device_group(const wsi_group_step *steps, int count)
{
    (void)steps, (void)count;
    return 1;
}

wsi_status wsi_device_run_group(wsi_stream *stream, const wsi_op *const *ops, const wsi_cuda_args *args, int count,
                                wsi_error *err)
{
    (void)stream, (void)ops, (void)args, (void)count;
    return refuse(err);
}

void wsi_device_jpeg_memory(const wsi_device_jpeg_limits *limits, size_t *device_bytes, size_t *pinned_bytes)
{
    (void)limits;
    *device_bytes = *pinned_bytes = 0;
}

wsi_status wsi_device_jpeg_create(wsi_device *device, const wsi_device_jpeg_limits *limits, wsi_device_jpeg **out,
                                  wsi_error *err)
{
    (void)device, (void)limits;
    *out = NULL;
    return refuse(err);
}

void wsi_device_jpeg_destroy(wsi_device_jpeg **decoder)
{
    *decoder = NULL;
}

wsi_device_jpeg_added wsi_device_jpeg_add(wsi_device_jpeg *decoder, const wsi_jpeg_frame *frame, const void *bytes,
                                          size_t size, const wsi_image *dst)
{
    (void)decoder, (void)frame, (void)bytes, (void)size, (void)dst;
    return WSI_DEVICE_JPEG_REFUSED;
}

int wsi_device_jpeg_count(const wsi_device_jpeg *decoder)
{
    (void)decoder;
    return 0;
}

wsi_status wsi_device_jpeg_run(wsi_device_jpeg *decoder, wsi_stream *stream, wsi_error *err)
{
    (void)decoder, (void)stream;
    return refuse(err);
}

int wsi_device_jpeg_ok(const wsi_device_jpeg *decoder, int i)
{
    (void)decoder, (void)i;
    return 0;
}

void wsi_device_jpeg_clear(wsi_device_jpeg *decoder)
{
    (void)decoder;
}

void wsi_device_jpeg_encoder_memory(const wsi_jpeg_encode_settings *settings, size_t *device_bytes,
                                    size_t *pinned_bytes)
{
    (void)settings;
    *device_bytes = *pinned_bytes = 0;
}

wsi_status wsi_device_jpeg_encoder_create(wsi_device *device, const wsi_jpeg_encode_settings *settings,
                                          wsi_device_jpeg_encoder **out, wsi_error *err)
{
    (void)device, (void)settings;
    *out = NULL;
    return refuse(err);
}

void wsi_device_jpeg_encoder_destroy(wsi_device_jpeg_encoder **encoder)
{
    *encoder = NULL;
}

wsi_status wsi_device_jpeg_encode(wsi_device_jpeg_encoder *encoder, wsi_stream *stream, const wsi_image *block,
                                  wsi_error *err)
{
    (void)encoder, (void)stream, (void)block;
    return refuse(err);
}

int wsi_device_jpeg_encoder_take(const wsi_device_jpeg_encoder *encoder, int i, void *out, size_t capacity,
                                 size_t *size)
{
    (void)encoder, (void)i, (void)out, (void)capacity;
    *size = 0;
    return 0;
}
