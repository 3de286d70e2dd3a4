/* How the tiles of an output become JPEG: all of a stream but its scan. Made by the writer, used by devices. */
#ifndef WSI_JPEG_ENCODING_H
#define WSI_JPEG_ENCODING_H

#include "jpeg-frame.h"

enum { WSI_JPEG_HEAD_MAX = 256 };

/* Of one component, or of three: YCbCr made from RGB, chroma perhaps halved both ways or in width. */
typedef struct wsi_jpeg_encoding {
    wsi_jpeg_frame frame;            /* of every tile; tables are not in the streams */
    uint8_t head[WSI_JPEG_HEAD_MAX]; /* the first frame.scan bytes of every stream; after them come scan and EOI */
} wsi_jpeg_encoding;

#endif
