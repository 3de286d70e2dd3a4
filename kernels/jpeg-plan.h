/* The host's half of encoding JPEG on a device: settings are checked, tables made ready, streams put together. No CUDA
 * here, so that tests encode by the same plans on the CPU. */
#ifndef WSI_JPEG_PLAN_H
#define WSI_JPEG_PLAN_H

#include "device-jpeg-encode.h"
#include "px/jpeg-code-px.h"

typedef struct wsi_jpeg_plan {
    wsi_px_jpeg_cut cut;
    wsi_px_jpeg_book book;
    int max_tiles;
    size_t head_size;
    uint8_t head[WSI_JPEG_HEAD_MAX];
} wsi_jpeg_plan;

/* 1, or 0 when the settings are not what device-jpeg-encode.h asks for. */
int wsi_jpeg_plan_make(const wsi_jpeg_encode_settings *settings, wsi_jpeg_plan *out);

/* Tiles of a block. */
typedef struct wsi_jpeg_grid {
    int64_t tiles_x, tiles_y;
} wsi_jpeg_grid;

/* 1, or 0 when the block is not one to be encoded by the plan. */
int wsi_jpeg_plan_grid(const wsi_jpeg_plan *plan, const wsi_image *block, wsi_jpeg_grid *out);

/* Head, scan and end marker; 0: they do not fit. */
int wsi_jpeg_plan_join(const wsi_jpeg_plan *plan, const uint8_t *scan, size_t scan_size, void *out, size_t capacity,
                       size_t *size);

#endif
