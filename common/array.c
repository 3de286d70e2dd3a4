/* Descriptions of pixels in a caller's memory: what they may be, and copying where strides are not those of a view.
 * Descriptions come from outside, so every sum and product of sizes is checked before it is relied upon. */
#include "array.h"

#include <string.h>

#include "error-private.h"

const char *wsi_dtype_typestr(wsi_dtype type)
{
    static const char *const names[WSI_DTYPE_COUNT] = {
        [WSI_BOOL] = "|b1", [WSI_U8] = "|u1",  [WSI_I8] = "|i1",  [WSI_U16] = "<u2", [WSI_I16] = "<i2",
        [WSI_U32] = "<u4",  [WSI_I32] = "<i4", [WSI_F32] = "<f4", [WSI_F64] = "<f8",
    };
    return wsi_dtype_size(type) ? names[type] : "";
}

int wsi_dtype_dlpack_code(wsi_dtype type)
{
    enum { INT = 0, UINT = 1, FLOAT = 2, BOOL = 6 };
    static const int codes[WSI_DTYPE_COUNT] = {
        [WSI_BOOL] = BOOL, [WSI_U8] = UINT, [WSI_I8] = INT,    [WSI_U16] = UINT,  [WSI_I16] = INT,
        [WSI_U32] = UINT,  [WSI_I32] = INT, [WSI_F32] = FLOAT, [WSI_F64] = FLOAT,
    };
    return wsi_dtype_size(type) ? codes[type] : -1;
}

wsi_array wsi_array_packed(void *data, wsi_pixfmt format, int64_t w, int64_t h)
{
    const int64_t size = (int64_t)wsi_dtype_size(format.type), pixel = size * format.channels;
    wsi_array a = {.data = data, .memory = WSI_MEMORY_HOST, .type = format.type, .ndim = format.channels == 1 ? 2 : 3};
    a.shape[0] = h;
    a.shape[1] = w;
    a.strides[0] = (int64_t)((uint64_t)w * (uint64_t)pixel); /* a wrong w is wsi_array_check's to find */
    a.strides[1] = pixel;
    if (a.ndim == 3) {
        a.shape[2] = format.channels;
        a.strides[2] = size;
    }
    return a;
}

int64_t wsi_array_channels(const wsi_array *array)
{
    return array->ndim == 3 ? array->shape[2] : 1;
}

wsi_pixfmt wsi_array_format(const wsi_array *array)
{
    const int64_t channels = wsi_array_channels(array);
    return (wsi_pixfmt){array->type, channels < 0 || channels > INT32_MAX ? 0 : (int)channels};
}

/* Whether the samples of all dimensions lie within the address space around data. */
static int span_fits(const wsi_array *a)
{
    int64_t low = 0, high = (int64_t)wsi_dtype_size(a->type);
    for (int d = 0; d < a->ndim; d++) {
        int64_t reach;
        if (__builtin_mul_overflow(a->shape[d] - 1, a->strides[d], &reach)) return 0;
        if (__builtin_add_overflow(reach < 0 ? low : high, reach, reach < 0 ? &low : &high)) return 0;
    }
    uintptr_t end;
    const uintptr_t at = (uintptr_t)a->data;
    return low >= INT64_MIN / 2 && high <= INT64_MAX / 2 && (uint64_t)-low <= at &&
           !__builtin_add_overflow(at, (uintptr_t)high, &end);
}

static wsi_status check_layout(const wsi_array *a, wsi_error *err)
{
    const int64_t size = (int64_t)wsi_dtype_size(a->type);
    WSI_RETURN_IF((uintptr_t)a->data % (uintptr_t)size, WSI_ERR_USAGE, "array: data is not aligned to its samples");
    for (int d = 0; d < a->ndim; d++) {
        WSI_RETURN_IF(a->shape[d] < 1, WSI_ERR_USAGE, "array: dimension %d has %lld elements", d,
                      (long long)a->shape[d]);
        WSI_RETURN_IF(a->strides[d] % size, WSI_ERR_USAGE,
                      "array: stride %d, %lld bytes, is no multiple of the sample's %lld", d, (long long)a->strides[d],
                      (long long)size);
    }
    WSI_RETURN_IF(!span_fits(a), WSI_ERR_USAGE, "array: sizes and strides pass the address space");
    return WSI_OK;
}

wsi_status wsi_array_check(const wsi_array *array, wsi_error *err)
{
    WSI_RETURN_IF(!array || !array->data, WSI_ERR_USAGE, "array: no data");
    WSI_RETURN_IF(array->memory < WSI_MEMORY_HOST || array->memory > WSI_MEMORY_CUDA_HOST, WSI_ERR_USAGE,
                  "array: unknown memory kind %d", (int)array->memory);
    WSI_RETURN_IF(array->device_id < 0, WSI_ERR_USAGE, "array: no device %d", array->device_id);
    WSI_RETURN_IF(!wsi_dtype_size(array->type), WSI_ERR_USAGE, "array: unknown sample type %d", (int)array->type);
    WSI_RETURN_IF(array->ndim != 2 && array->ndim != 3, WSI_ERR_USAGE, "array: %d dimensions, not 2 or 3", array->ndim);
    return check_layout(array, err);
}

static int64_t magnitude(int64_t stride)
{
    return stride < 0 ? -stride : stride; /* INT64_MIN has been refused: its span does not fit */
}

/* Dimension with the smallest stride among those in `left` (bits), or -1. Of one element there is nothing to step to.
 */
static int smallest(const wsi_array *a, unsigned left)
{
    int best = -1;
    for (int d = 0; d < a->ndim; d++) {
        if (!(left >> d & 1) || a->shape[d] == 1) continue;
        if (best < 0 || magnitude(a->strides[d]) < magnitude(a->strides[best])) best = d;
    }
    return best;
}

wsi_status wsi_array_check_writable(const wsi_array *array, wsi_error *err)
{
    WSI_FORWARD(wsi_array_check(array, err));
    int64_t reach = (int64_t)wsi_dtype_size(array->type);
    unsigned left = (1u << array->ndim) - 1;
    for (int d; (d = smallest(array, left)) >= 0; left &= ~(1u << d)) {
        WSI_RETURN_IF(magnitude(array->strides[d]) < reach, WSI_ERR_USAGE,
                      "array: samples of dimension %d share memory (stride %lld bytes)", d,
                      (long long)array->strides[d]);
        reach += (array->shape[d] - 1) * magnitude(array->strides[d]);
    }
    return WSI_OK;
}

size_t wsi_array_bytes(const wsi_array *array)
{
    if (wsi_array_check(array, NULL) != WSI_OK) return 0;
    size_t bytes = wsi_dtype_size(array->type);
    for (int d = 0; d < array->ndim; d++)
        if (!wsi_mul_size(bytes, (size_t)array->shape[d], &bytes)) return 0;
    return bytes;
}

wsi_array wsi_array_of_image(const wsi_image *im)
{
    const int64_t size = (int64_t)wsi_dtype_size(im->fmt.type);
    return (wsi_array){.data = im->data,
                       .memory = WSI_MEMORY_HOST,
                       .type = im->fmt.type,
                       .ndim = 3,
                       .shape = {im->h, im->w, im->fmt.channels},
                       .strides = {im->stride, size * im->fmt.channels, size}};
}

/* Samples of a pixel follow each other, and so do pixels. */
static int rows_packed(const wsi_array *a)
{
    const int64_t size = (int64_t)wsi_dtype_size(a->type), channels = wsi_array_channels(a);
    return (channels == 1 || a->strides[2] == size) && (a->shape[1] == 1 || a->strides[1] == size * channels);
}

int wsi_array_as_image(const wsi_array *array, wsi_image *out)
{
    if (array->memory == WSI_MEMORY_CUDA || !rows_packed(array)) return 0;
    const wsi_pixfmt fmt = wsi_array_format(array);
    const int64_t row = array->shape[1] * (int64_t)wsi_pixfmt_size(fmt);
    if (array->shape[0] > 1 && array->strides[0] < row) return 0;
    *out = (wsi_image){array->data, array->shape[0] > 1 ? (ptrdiff_t)array->strides[0] : (ptrdiff_t)row,
                       array->shape[1], array->shape[0], fmt};
    return 1;
}

wsi_array wsi_array_crop(const wsi_array *array, wsi_rect r)
{
    wsi_array out = *array;
    out.data = (char *)array->data + r.y * array->strides[0] + r.x * array->strides[1];
    out.shape[0] = r.h;
    out.shape[1] = r.w;
    return out;
}

/* Copies n samples of one row and channel. */
#define COPY(type)                                                                                                     \
    for (int64_t x = 0; x < n; x++)                                                                                    \
    *(type *)(void *)(to + x * to_step) = *(const type *)(const void *)(from + x * from_step)

static void copy_samples(char *to, int64_t to_step, const char *from, int64_t from_step, int64_t n, size_t size)
{
    if (size == 1)
        COPY(uint8_t);
    else if (size == 2)
        COPY(uint16_t);
    else if (size == 4)
        COPY(uint32_t);
    else
        COPY(uint64_t);
}

static void copy_row(const wsi_array *dst, const wsi_array *src, char *to, const char *from)
{
    const int64_t channels = wsi_array_channels(dst);
    for (int64_t c = 0; c < channels; c++) {
        const int64_t to_c = dst->ndim == 3 ? c * dst->strides[2] : 0,
                      from_c = src->ndim == 3 ? c * src->strides[2] : 0;
        copy_samples(to + to_c, dst->strides[1], from + from_c, src->strides[1], dst->shape[1],
                     wsi_dtype_size(dst->type));
    }
}

void wsi_array_copy(const wsi_array *dst, const wsi_array *src)
{
    const int packed = rows_packed(dst) && rows_packed(src);
    const size_t row = (size_t)dst->shape[1] * wsi_pixfmt_size(wsi_array_format(dst));
    for (int64_t y = 0; y < dst->shape[0]; y++) {
        char *to = (char *)dst->data + y * dst->strides[0];
        const char *from = (const char *)src->data + y * src->strides[0];
        if (packed)
            memcpy(to, from, row);
        else
            copy_row(dst, src, to, from);
    }
}
