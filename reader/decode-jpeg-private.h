/* The decompress object behind decode-jpeg.h, shared by decoding (decode-jpeg.c) and reading headers (jpeg-frame.c), so
 * that both see a stream through the same tables. */
#ifndef WSI_DECODE_JPEG_PRIVATE_H
#define WSI_DECODE_JPEG_PRIVATE_H

#include "decode-jpeg.h"

#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>

struct wsi_jpeg {
    struct jpeg_decompress_struct cinfo;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    jmp_buf on_error;
    char message[JMSG_LENGTH_MAX];
    wsi_status code;
    uint64_t tables_id; /* tables loaded and still pristine; 0: none */
    int alive;          /* cinfo exists */
    int ended;          /* times the decoder asked for more than the stream has: 1 means no end marker */
    int fresh;          /* cinfo has seen no stream with tables */
    JSAMPLE *rows;      /* rows for tiles that are clipped */
    size_t rows_size;
};

/* These leave by longjmp to on_error when they fail. */

_Noreturn void wsi_jpeg_fail(wsi_jpeg *jpeg, wsi_status code, const char *message);
/* Makes sure that the object holds these tables, or none, and nothing of another stream. */
void wsi_jpeg_load_tables(wsi_jpeg *jpeg, const wsi_jpeg_tables *tables);

void wsi_jpeg_set_source(wsi_jpeg *jpeg, const void *bytes, size_t size);
/* The next stream starts with a new object: this one holds tables of its own, or is in an unknown state. */
void wsi_jpeg_spoil(wsi_jpeg *jpeg);
/* Whether a stream can be the tile that dst is for. */
wsi_status wsi_jpeg_check_header(const wsi_jpeg_header *header, int has_tables, int64_t tile_w, int64_t tile_h,
                                 const wsi_image *dst, wsi_error *err);

#endif
