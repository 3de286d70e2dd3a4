/* Taps: what takes finished tiles of results instead of a file. A tap sees the tiles of one or more results that lie in
 * one frame, all of one place together. */
#ifndef WSI_TAP_H
#define WSI_TAP_H

#include "common/error-private.h"
#include "common/image.h"

typedef struct wsi_tap {
    void *user;
    size_t bound; /* bytes that `tile` leaves at most */
    int parts;    /* 1: takes any rectangles, leaves nothing, and wants none of what is not worked on (--within) */
    /* im[i] is rectangle `at` of result i, in the results' own frame. Any thread, many at once. */
    wsi_status (*tile)(void *user, const wsi_image *im, wsi_rect at, void *out, size_t capacity, size_t *size,
                       wsi_error *err);
    /* What tile() left; one thread at a time, in raster order. */
    wsi_status (*append)(void *user, wsi_rect at, const void *bytes, size_t size, wsi_error *err);
} wsi_tap;

#endif
