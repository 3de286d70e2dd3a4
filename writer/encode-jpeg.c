/* JPEG by libjpeg-turbo: one compress object a thread, writing straight into the caller's buffer.
 *
 * Tables are written once (and marked as sent), so every tile is an abbreviated stream. Rows are handed over as
 * pointers into the caller's pixels; only tiles cut by the right edge are copied, to repeat their last column. */
#include "encode-jpeg.h"

#include "common/mem.h"
#include "jpeg-state.h"

#include <stdio.h>
#include <string.h>

enum { TABLES_MAX = 2048 };

struct wsi_jpeg_encoder {
    wsi_jpeg_state state;
    int started; /* state.cinfo has been created */
    wsi_jpeg_settings settings;
    JSAMPROW *rows;        /* tile pointers */
    unsigned char *padded; /* tile x tile pixels for tiles at the right edge */
    unsigned char tables[TABLES_MAX];
    size_t tables_size;
};

int wsi_jpeg_subsampling_x(wsi_subsampling s)
{
    return s == WSI_SUBSAMPLING_444 ? 1 : 2;
}

int wsi_jpeg_subsampling_y(wsi_subsampling s)
{
    return s == WSI_SUBSAMPLING_420 ? 2 : 1;
}

/* ---- Set-up ---- */

static void configure(wsi_jpeg_encoder *encoder)
{
    const wsi_jpeg_settings *s = &encoder->settings;
    j_compress_ptr cinfo = &encoder->state.cinfo;
    jpeg_create_compress(cinfo);
    encoder->started = 1;
    cinfo->dest = &encoder->state.destination;
    cinfo->image_width = cinfo->image_height = (JDIMENSION)s->tile;
    cinfo->input_components = s->channels;
    cinfo->in_color_space = s->channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
    jpeg_set_defaults(cinfo);
    jpeg_set_quality(cinfo, s->quality, TRUE);
    cinfo->dct_method = JDCT_ISLOW;
    cinfo->write_JFIF_header = FALSE;
    cinfo->write_Adobe_marker = FALSE;
    if (s->channels == 3) {
        cinfo->comp_info[0].h_samp_factor = wsi_jpeg_subsampling_x(s->subsampling);
        cinfo->comp_info[0].v_samp_factor = wsi_jpeg_subsampling_y(s->subsampling);
    }
    wsi_jpeg_state_aim(&encoder->state, encoder->tables, TABLES_MAX);
    jpeg_write_tables(cinfo);
    encoder->tables_size = TABLES_MAX - encoder->state.destination.free_in_buffer;
}

static wsi_status set_up(wsi_jpeg_encoder *encoder, wsi_error *err)
{
    const size_t tile = (size_t)encoder->settings.tile;
    encoder->rows = wsi_calloc(tile, sizeof *encoder->rows);
    encoder->padded = wsi_calloc(tile, tile * (size_t)encoder->settings.channels);
    WSI_RETURN_IF(!encoder->rows || !encoder->padded, WSI_ERR_NO_MEMORY, "out of memory");
    wsi_jpeg_state_prepare(&encoder->state);
    WSI_RETURN_IF(setjmp(encoder->state.escape), WSI_ERR_INTERNAL, "jpeg: cannot set up the encoder");
    configure(encoder);
    return WSI_OK;
}

wsi_status wsi_jpeg_encoder_create(const wsi_jpeg_settings *settings, wsi_jpeg_encoder **out, wsi_error *err)
{
    wsi_jpeg_encoder *encoder = wsi_calloc(1, sizeof *encoder);
    WSI_RETURN_IF(!encoder, WSI_ERR_NO_MEMORY, "out of memory");
    encoder->settings = *settings;
    const wsi_status status = set_up(encoder, err);
    if (status != WSI_OK) {
        wsi_jpeg_encoder_destroy(&encoder);
        return status;
    }
    *out = encoder;
    return WSI_OK;
}

void wsi_jpeg_encoder_destroy(wsi_jpeg_encoder **encoder)
{
    wsi_jpeg_encoder *e = *encoder;
    if (!e) return;
    if (e->started) jpeg_destroy_compress(&e->state.cinfo);
    wsi_free(e->rows);
    wsi_free(e->padded);
    wsi_free(e);
    *encoder = NULL;
}

size_t wsi_jpeg_bound(const wsi_jpeg_settings *settings)
{
    /* TurboJPEG's own bound: two bytes a sample, plus room for markers. */
    const size_t edge = ((size_t)settings->tile + 15) / 16 * 16;
    const size_t x = (size_t)wsi_jpeg_subsampling_x(settings->subsampling);
    const size_t y = (size_t)wsi_jpeg_subsampling_y(settings->subsampling);
    const size_t bytes = settings->channels == 1 ? 2 : 2 + 4 / (x * y);
    return edge * edge * bytes + 2048;
}

const void *wsi_jpeg_tables(const wsi_jpeg_encoder *encoder, size_t *size)
{
    *size = encoder->tables_size;
    return encoder->tables;
}

/* ---- Encoding ---- */

static void pad_right(wsi_jpeg_encoder *encoder, const wsi_image *view)
{
    const size_t pixel = (size_t)encoder->settings.channels, row = (size_t)encoder->settings.tile * pixel;
    const size_t used = (size_t)view->w * pixel;
    for (int64_t y = 0; y < view->h; y++) {
        unsigned char *to = encoder->padded + (size_t)y * row;
        memcpy(to, wsi_image_row(view, y), used);
        for (size_t i = used; i < row; i++) to[i] = to[i - pixel];
        encoder->rows[y] = to;
    }
}

wsi_status wsi_jpeg_encode(wsi_jpeg_encoder *encoder, const wsi_image *view, void *out, size_t capacity, size_t *size,
                           wsi_error *err)
{
    const int64_t tile = encoder->settings.tile;
    if (view->w < tile)
        pad_right(encoder, view);
    else
        for (int64_t y = 0; y < view->h; y++) encoder->rows[y] = wsi_image_row(view, y);
    for (int64_t y = view->h; y < tile; y++) encoder->rows[y] = encoder->rows[view->h - 1];
    if (setjmp(encoder->state.escape)) {
        char text[JMSG_LENGTH_MAX];
        encoder->state.errors.format_message((j_common_ptr)&encoder->state.cinfo, text);
        jpeg_abort_compress(&encoder->state.cinfo);
        return wsi_error_set(err, WSI_ERR_INTERNAL, "jpeg: %s",
                             encoder->state.destination.free_in_buffer == 0 ? "the buffer is too small" : text);
    }
    wsi_jpeg_state_aim(&encoder->state, out, capacity);
    jpeg_start_compress(&encoder->state.cinfo, FALSE);
    while (encoder->state.cinfo.next_scanline < encoder->state.cinfo.image_height)
        jpeg_write_scanlines(&encoder->state.cinfo, encoder->rows + encoder->state.cinfo.next_scanline,
                             encoder->state.cinfo.image_height - encoder->state.cinfo.next_scanline);
    jpeg_finish_compress(&encoder->state.cinfo);
    *size = capacity - encoder->state.destination.free_in_buffer;
    return WSI_OK;
}

/* ---- What the streams have in common ---- */

/* Where the scan begins: behind the SOS segment, libjpeg's last before it. 0: there is none. */
static size_t scan_offset(const unsigned char *stream, size_t size)
{
    for (size_t at = 2; at + 4 <= size;) {
        const int is_scan = stream[at + 1] == 0xDA;
        at += 2 + ((size_t)stream[at + 2] << 8 | stream[at + 3]);
        if (is_scan) return at;
    }
    return 0;
}

static void copy_codes(const JHUFF_TBL *from, wsi_jpeg_huffman *to)
{
    memcpy(to->bits, from->bits, sizeof to->bits);
    memcpy(to->values, from->huffval, sizeof to->values);
}

static wsi_jpeg_frame describe_frame(const struct jpeg_compress_struct *cinfo)
{
    wsi_jpeg_frame frame = {.w = (int)cinfo->image_width, .h = (int)cinfo->image_height};
    frame.components = cinfo->num_components;
    frame.ycc = cinfo->jpeg_color_space == JCS_YCbCr;
    frame.restart_interval = (int)cinfo->restart_interval;
    for (int c = 0; c < frame.components; c++) {
        const jpeg_component_info *component = &cinfo->comp_info[c];
        frame.h_samp[c] = component->h_samp_factor;
        frame.v_samp[c] = component->v_samp_factor;
        memcpy(frame.quant[c], cinfo->quant_tbl_ptrs[component->quant_tbl_no]->quantval, sizeof frame.quant[c]);
        copy_codes(cinfo->dc_huff_tbl_ptrs[component->dc_tbl_no], &frame.dc[c]);
        copy_codes(cinfo->ac_huff_tbl_ptrs[component->ac_tbl_no], &frame.ac[c]);
    }
    return frame;
}

wsi_status wsi_jpeg_describe(wsi_jpeg_encoder *encoder, wsi_jpeg_encoding *out, wsi_error *err)
{
    const wsi_jpeg_settings *s = &encoder->settings;
    const size_t capacity = wsi_jpeg_bound(s);
    const wsi_image blank = {encoder->padded, s->tile * s->channels, s->tile, s->tile, {WSI_U8, s->channels}};
    unsigned char *stream = wsi_calloc(capacity, 1);
    size_t size = 0;
    WSI_RETURN_IF(!stream, WSI_ERR_NO_MEMORY, "out of memory");
    wsi_status status = wsi_jpeg_encode(encoder, &blank, stream, capacity, &size, err);
    const size_t scan = status == WSI_OK ? scan_offset(stream, size) : 0;
    if (status == WSI_OK && (scan == 0 || scan > sizeof out->head))
        status = wsi_error_set(err, WSI_ERR_INTERNAL, "jpeg: a head of %zu bytes", scan);
    if (status == WSI_OK) {
        memset(out, 0, sizeof *out);
        out->frame = describe_frame(&encoder->state.cinfo);
        out->frame.scan = scan;
        memcpy(out->head, stream, scan);
    }
    wsi_free(stream);
    return status;
}
