/* Whole JPEG files by libjpeg-turbo, into the caller's buffer. */
#include "jpeg-picture.h"

#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>

typedef struct encoding {
    struct jpeg_compress_struct cinfo;
    struct jpeg_error_mgr errors;
    struct jpeg_destination_mgr destination;
    jmp_buf escape;
} encoding;

static void fail(j_common_ptr cinfo)
{
    encoding *e = cinfo->client_data;
    longjmp(e->escape, 1);
}

static void drop_message(j_common_ptr cinfo)
{
    (void)cinfo;
}

static void keep_destination(j_compress_ptr cinfo)
{
    (void)cinfo;
}

static boolean refuse_more(j_compress_ptr cinfo)
{
    fail((j_common_ptr)cinfo);
    return FALSE;
}

size_t wsi_jpeg_picture_bound(int64_t w, int64_t h)
{
    return (size_t)((w + 16) * (h + 16)) * 6 + 4096;
}

static void encode(encoding *e, const wsi_image *rgb, int quality)
{
    j_compress_ptr cinfo = &e->cinfo;
    cinfo->image_width = (JDIMENSION)rgb->w;
    cinfo->image_height = (JDIMENSION)rgb->h;
    cinfo->input_components = 3;
    cinfo->in_color_space = JCS_RGB;
    jpeg_set_defaults(cinfo);
    jpeg_set_quality(cinfo, quality, TRUE);
    cinfo->dct_method = JDCT_ISLOW;
    cinfo->comp_info[0].h_samp_factor = cinfo->comp_info[0].v_samp_factor = 1; /* coloured labels have sharp edges */
    jpeg_start_compress(cinfo, TRUE);
    while (cinfo->next_scanline < cinfo->image_height) {
        JSAMPROW row = wsi_image_row(rgb, (int64_t)cinfo->next_scanline);
        jpeg_write_scanlines(cinfo, &row, 1);
    }
    jpeg_finish_compress(cinfo);
}

wsi_status wsi_jpeg_picture(const wsi_image *rgb, int quality, void *out, size_t capacity, size_t *size, wsi_error *err)
{
    encoding e = {.destination = {.next_output_byte = out, .free_in_buffer = capacity}};
    e.cinfo.err = jpeg_std_error(&e.errors);
    e.cinfo.client_data = &e;
    e.errors.error_exit = fail;
    e.errors.output_message = drop_message;
    e.destination.init_destination = keep_destination;
    e.destination.empty_output_buffer = refuse_more;
    e.destination.term_destination = keep_destination;
    if (setjmp(e.escape)) {
        jpeg_destroy_compress(&e.cinfo);
        return wsi_error_set(err, WSI_ERR_INTERNAL, "jpeg: cannot encode a picture");
    }
    jpeg_create_compress(&e.cinfo);
    e.cinfo.dest = &e.destination;
    encode(&e, rgb, quality);
    *size = capacity - e.destination.free_in_buffer;
    jpeg_destroy_compress(&e.cinfo);
    return WSI_OK;
}
