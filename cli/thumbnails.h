/* Pictures of a slide and of what was made of it, for reports. */
#ifndef WSI_THUMBNAILS_H
#define WSI_THUMBNAILS_H

#include <jansson.h>

enum { WSI_THUMBNAIL_EDGE = 256, WSI_THUMBNAILS_A_SLIDE = 9 };

/* What is wanted of one slide. Borrowed texts. */
typedef struct wsi_thumbnail_request {
    const char *dir;       /* output folder */
    const char *input;     /* slide, or NULL: no picture of it */
    const char *folder;    /* that input may be relative to; NULL: the working folder */
    const char *base;      /* of its outputs */
    const json_t *outputs; /* array of paths relative to dir, or NULL */
    const char *chain;     /* that made them, or NULL: then quality maps are told by the names of results */
    int pictures;          /* 0: only the values of quality maps */
} wsi_thumbnail_request;

/* An array of objects, the input first, then results in the order of the outputs:
 *     {"title", "note"?, "jpeg"? (base64), "width"?, "height"?, "quality"?: {"min", "mean", "max", "level"}}
 * What cannot be shown has a note that says why. Nothing larger than a few dozen MiB is decoded. NULL: no memory. */
json_t *wsi_thumbnails_make(const wsi_thumbnail_request *request);

/* 1 when a step of the chain measures quality, or when it does not parse, so that nothing is known. */
int wsi_thumbnails_expect_quality(const char *chain);

/* The same in processes of their own, several at once, so that a file that crashes a library costs its own pictures
 * only: calls take(user, i, array) for the requests in their order; the array is borrowed. Where nothing
 * is wanted (no pictures, no outputs) it is empty. From a process without other threads. */
void wsi_thumbnails_make_apart(const wsi_thumbnail_request *requests, size_t count,
                               void (*take)(void *user, size_t i, json_t *pictures), void *user);

#endif
