/* Whole JPEG files by libjpeg-turbo, into the caller's buffer. */
#include "jpeg-picture.h"

#include "jpeg-state.h"

size_t wsi_jpeg_picture_bound(int64_t w, int64_t h)
{
    return (size_t)((w + 16) * (h + 16)) * 6 + 4096;
}

static void encode(wsi_jpeg_state *e, const wsi_image *image, int quality)
{
    j_compress_ptr cinfo = &e->cinfo;
    cinfo->image_width = (JDIMENSION)image->w;
    cinfo->image_height = (JDIMENSION)image->h;
    cinfo->input_components = image->fmt.channels;
    cinfo->in_color_space = image->fmt.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(cinfo);
    jpeg_set_quality(cinfo, quality, TRUE);
    cinfo->dct_method = JDCT_ISLOW;
    cinfo->comp_info[0].h_samp_factor = cinfo->comp_info[0].v_samp_factor = 1; /* coloured labels have sharp edges */
    jpeg_start_compress(cinfo, TRUE);
    while (cinfo->next_scanline < cinfo->image_height) {
        JSAMPROW row = wsi_image_row(image, (int64_t)cinfo->next_scanline);
        jpeg_write_scanlines(cinfo, &row, 1);
    }
    jpeg_finish_compress(cinfo);
}

wsi_status wsi_jpeg_picture(const wsi_image *image, int quality, void *out, size_t capacity, size_t *size,
                            wsi_error *err)
{
    wsi_jpeg_state e = {0};
    wsi_jpeg_state_prepare(&e);
    wsi_jpeg_state_aim(&e, out, capacity);
    if (setjmp(e.escape)) {
        jpeg_destroy_compress(&e.cinfo);
        return wsi_error_set(err, WSI_ERR_INTERNAL, "jpeg: cannot encode a picture");
    }
    jpeg_create_compress(&e.cinfo);
    e.cinfo.dest = &e.destination;
    encode(&e, image, quality);
    *size = capacity - e.destination.free_in_buffer;
    jpeg_destroy_compress(&e.cinfo);
    return WSI_OK;
}
