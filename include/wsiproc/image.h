/* Pixel formats, rectangles and arrays of pixels: the plain data in which slides, chains and jobs speak of images.
 *
 * Frame: x to the right, y down, origin at the top-left pixel of the level in question. Pixels are indexed
 * [row][column][channel], as NumPy and scikit-image have them. Samples have the machine's byte order. */
#ifndef WSIPROC_IMAGE_H
#define WSIPROC_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include <wsiproc/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Type of a sample. Values are pinned. */
typedef enum wsi_dtype {
    WSI_BOOL = 0, /* one byte, 0 or 1 (NumPy's bool); written to files as uint8 0/255 unless said otherwise */
    WSI_U8,
    WSI_I8,
    WSI_U16,
    WSI_I16,
    WSI_U32,
    WSI_I32,
    WSI_F32,
    WSI_F64,
    WSI_DTYPE_COUNT
} wsi_dtype;

/* Bytes a sample; 0 for an unknown value. Any thread, as all functions here. */
WSI_API size_t wsi_dtype_size(wsi_dtype type);
/* NumPy's name ("uint8", "float32", "bool"); "?" for an unknown value. */
WSI_API const char *wsi_dtype_name(wsi_dtype type);
/* 1 and *out set when name is one of them; 0 otherwise. */
WSI_API int wsi_dtype_parse(const char *name, wsi_dtype *out);
/* The type as array interfaces write it, "|u1" or "<f4", for `typestr` of __array_interface__ and
 * __cuda_array_interface__; "" for an unknown value. Static storage. */
WSI_API const char *wsi_dtype_typestr(wsi_dtype type);
/* The type as DLPack writes it: DLDataType.code (0 int, 1 uint, 2 float, 6 bool), bits = 8 * wsi_dtype_size(), lanes 1.
 * -1 for an unknown value. */
WSI_API int wsi_dtype_dlpack_code(wsi_dtype type);

enum { WSI_CHANNELS_MAX = 64 };

/* Pixel format: sample type and samples per pixel (1 to WSI_CHANNELS_MAX). */
typedef struct wsi_pixfmt {
    wsi_dtype type;
    int channels;
} wsi_pixfmt;

/* Half-open: covers x .. x+w-1. Empty when w or h is 0 or less. */
typedef struct wsi_rect {
    int64_t x, y, w, h;
} wsi_rect;

/* Where memory lies. The values are those of DLPack's DLDeviceType. */
typedef enum wsi_memory_kind {
    WSI_MEMORY_HOST = 1,
    WSI_MEMORY_CUDA = 2,     /* of the GPU whose number is device_id */
    WSI_MEMORY_CUDA_HOST = 3 /* host memory, page-locked */
} wsi_memory_kind;

enum { WSI_ARRAY_DIMS = 3 };

/* An array of pixels that somebody else owns. It holds what DLPack's DLTensor and NumPy's array interfaces need, one to
 * one (docs/library.md has the table). Sample (y, x, c) lies at
 *     (char *)data + y * strides[0] + x * strides[1] + c * strides[2]
 * so that interleaved, planar, cropped and flipped images are all described without copying. A stride may be negative
 * or 0 (repeated); of an array that is written, no two samples may share memory. Every sample is aligned to its size.
 *
 * The structure is plain data: copy it freely. */
typedef struct wsi_array {
    void *data; /* sample (0, 0, 0) */
    wsi_memory_kind memory;
    int device_id; /* of the GPU; 0 in host memory */
    wsi_dtype type;
    int ndim;                        /* 3: rows, columns, channels; 2: rows, columns, one channel */
    int64_t shape[WSI_ARRAY_DIMS];   /* of the first ndim: rows, columns, channels; each at least 1 */
    int64_t strides[WSI_ARRAY_DIMS]; /* of the first ndim: bytes */
} wsi_array;

/* Describes w x h interleaved pixels in host memory, row after row without gaps; with one channel the array has two
 * dimensions. Nothing is checked or touched. */
WSI_API wsi_array wsi_array_packed(void *data, wsi_pixfmt format, int64_t w, int64_t h);
/* Type and channels. array may not be NULL. */
WSI_API wsi_pixfmt wsi_array_format(const wsi_array *array);
/* Bytes of its samples without gaps; 0 where the description is wrong (see wsi_array_check) or the number does not fit.
 */
WSI_API size_t wsi_array_bytes(const wsi_array *array);
/* Whether a description is possible at all: data, known memory and type, dimensions, sizes, strides that are multiples
 * of the sample's size and whose span fits the address space. The memory itself is not touched. Errors: USAGE. */
WSI_API wsi_status wsi_array_check(const wsi_array *array, wsi_error *err);

#ifdef __cplusplus
}
#endif
#endif
