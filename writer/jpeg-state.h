/* A libjpeg compressor that writes into memory of a fixed size and reports failures by a jump. */
#ifndef WSI_JPEG_STATE_H
#define WSI_JPEG_STATE_H

#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>

#include <jpeglib.h>

typedef struct wsi_jpeg_state {
    struct jpeg_compress_struct cinfo;
    struct jpeg_error_mgr errors;
    struct jpeg_destination_mgr destination;
    jmp_buf escape; /* set by the caller before each use of cinfo; too small a memory is a failure as well */
} wsi_jpeg_state;

/* Connects the parts; the state must stay where it is. cinfo is created after this, and then given its destination. */
void wsi_jpeg_state_prepare(wsi_jpeg_state *state);
/* Where the next bytes go; what is left of capacity is destination.free_in_buffer. */
void wsi_jpeg_state_aim(wsi_jpeg_state *state, void *out, size_t capacity);

#endif
