/* JPEG tiles through libjpeg-turbo.
 *
 * One decompress object lives as long as the decoder. Tables of the container stay loaded between tiles; after a
 * stream that brought tables of its own, the object is made anew before the next one, so that no tile can depend on
 * which tile was decoded before it. libjpeg pads damaged data with grey and warns: those warnings are errors here. */
#include "decode-jpeg-private.h"

#include <string.h>

#include <jerror.h>

#include "common/mem.h"

/* Scans of a progressive stream beyond this are an attack on the decoder's time, not a picture. */
enum { SCANS_MAX = 100, PADDING_MAX = 15, ROWS = 16 };

static wsi_jpeg *owner_of(j_common_ptr cinfo)
{
    return cinfo->client_data;
}

static wsi_status status_of(int code)
{
    switch (code) {
    case JERR_OUT_OF_MEMORY:
        return WSI_ERR_NO_MEMORY;
#if JPEG_LIB_VERSION < 70 /* libraries with the interface of libjpeg 8 (Ubuntu's) always have arithmetic coding */
    case JERR_ARITH_NOTIMPL:
#endif
    case JERR_BAD_PRECISION:
    case JERR_SOF_UNSUPPORTED:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_NOTIMPL:
        return WSI_ERR_INPUT_UNSUPPORTED;
    default:
        return WSI_ERR_INPUT_CORRUPT;
    }
}

static _Noreturn void error_exit(j_common_ptr cinfo)
{
    wsi_jpeg *j = owner_of(cinfo);
    cinfo->err->format_message(cinfo, j->message);
    j->code = status_of(cinfo->err->msg_code);
    longjmp(j->on_error, 1);
}

_Noreturn void wsi_jpeg_fail(wsi_jpeg *j, wsi_status code, const char *message)
{
    snprintf(j->message, sizeof j->message, "%s", message);
    j->code = code;
    longjmp(j->on_error, 1);
}

/* Level -1 is a warning: those that mean missing or damaged pixels end the decoding. */
static void emit_message(j_common_ptr cinfo, int level)
{
    if (level >= 0) return;
    switch (cinfo->err->msg_code) {
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_JPEG_EOF:
    case JWRN_MUST_RESYNC:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_NOT_SEQUENTIAL:
    case JWRN_BOGUS_PROGRESSION:
        error_exit(cinfo);
    default:
        break;
    }
}

static void output_message(j_common_ptr cinfo)
{
    (void)cinfo;
}

static void source_nothing(j_decompress_ptr cinfo)
{
    (void)cinfo;
}

/* Some writers leave the end marker out. The decoder gets one; if it still wants data, it warns and the tile fails. */
static boolean source_fill(j_decompress_ptr cinfo)
{
    static const JOCTET end[2] = {0xFF, JPEG_EOI};
    owner_of((j_common_ptr)cinfo)->ended++;
    cinfo->src->next_input_byte = end;
    cinfo->src->bytes_in_buffer = sizeof end;
    return TRUE;
}

static void source_skip(j_decompress_ptr cinfo, long n)
{
    struct jpeg_source_mgr *src = cinfo->src;
    const size_t skip = n < 0 ? 0 : (size_t)n;
    if (skip > src->bytes_in_buffer) {
        source_fill(cinfo);
        return;
    }
    src->next_input_byte += skip;
    src->bytes_in_buffer -= skip;
}

static void check_progress(j_common_ptr cinfo)
{
    if (((j_decompress_ptr)cinfo)->input_scan_number > SCANS_MAX) {
        wsi_jpeg_fail(owner_of(cinfo), WSI_ERR_INPUT_CORRUPT, "too many scans");
    }
}

wsi_jpeg *wsi_jpeg_create(wsi_error *err)
{
    wsi_jpeg *j = wsi_calloc(1, sizeof *j);
    if (!j) {
        wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for a JPEG decoder");
        return NULL;
    }
    jpeg_std_error(&j->errors);
    j->errors.error_exit = error_exit;
    j->errors.emit_message = emit_message;
    j->errors.output_message = output_message;
    j->source.init_source = source_nothing;
    j->source.term_source = source_nothing;
    j->source.fill_input_buffer = source_fill;
    j->source.skip_input_data = source_skip;
    j->source.resync_to_restart = jpeg_resync_to_restart;
    j->progress.progress_monitor = check_progress;
    return j;
}

void wsi_jpeg_destroy(wsi_jpeg **jpeg_ptr)
{
    if (!jpeg_ptr || !*jpeg_ptr) return;
    wsi_jpeg *j = *jpeg_ptr;
    *jpeg_ptr = NULL;
    if (j->alive) jpeg_destroy_decompress(&j->cinfo);
    wsi_free(j->rows);
    wsi_free(j);
}

/* The functions below run under setjmp (in wsi_jpeg_decode) and may leave by longjmp. */

void wsi_jpeg_set_source(wsi_jpeg *j, const void *bytes, size_t size)
{
    j->ended = 0;
    j->source.next_input_byte = bytes;
    j->source.bytes_in_buffer = size;
}

static void renew(wsi_jpeg *j)
{
    if (j->alive) jpeg_destroy_decompress(&j->cinfo);
    memset(&j->cinfo, 0, sizeof j->cinfo);
    j->cinfo.err = &j->errors;
    j->cinfo.client_data = j;
    j->alive = 0;
    jpeg_create_decompress(&j->cinfo);
    j->alive = 1;
    j->cinfo.client_data = j;
    j->cinfo.src = &j->source;
    j->cinfo.progress = &j->progress;
    j->tables_id = 0;
    j->fresh = 1;
}

void wsi_jpeg_load_tables(wsi_jpeg *j, const wsi_jpeg_tables *tables)
{
    const uint64_t id = tables ? tables->id : 0;
    if (!j->alive || !(id ? j->tables_id == id : j->fresh)) renew(j);
    if (!id || j->tables_id == id) return;
    j->fresh = 0;
    wsi_jpeg_set_source(j, tables->bytes, tables->size);
    if (jpeg_read_header(&j->cinfo, FALSE) != JPEG_HEADER_TABLES_ONLY) {
        wsi_jpeg_fail(j, WSI_ERR_INPUT_CORRUPT, "the shared tables hold an image");
    }
    if (j->ended > 1) wsi_jpeg_fail(j, WSI_ERR_INPUT_CORRUPT, "the shared tables end early");
    j->tables_id = id;
}

void wsi_jpeg_spoil(wsi_jpeg *j)
{
    j->fresh = 0;
    j->tables_id = 0;
}

static void set_colour(struct jpeg_decompress_struct *cinfo, wsi_jpeg_colour colour)
{
    if (cinfo->num_components == 1) {
        cinfo->jpeg_color_space = cinfo->out_color_space = JCS_GRAYSCALE;
    } else if (cinfo->num_components == 3) {
        cinfo->jpeg_color_space = colour == WSI_JPEG_YCC_TO_RGB ? JCS_YCbCr : JCS_RGB;
        cinfo->out_color_space = JCS_RGB;
    } else {
        cinfo->jpeg_color_space = cinfo->out_color_space = JCS_UNKNOWN;
    }
}

static void read_rows(wsi_jpeg *j, const wsi_image *dst)
{
    JSAMPROW rows[ROWS];
    while (j->cinfo.output_scanline < dst->h) {
        const int64_t y = j->cinfo.output_scanline;
        const int n = dst->h - y < ROWS ? (int)(dst->h - y) : ROWS;
        for (int i = 0; i < n; i++) rows[i] = wsi_image_row(dst, y + i);
        jpeg_read_scanlines(&j->cinfo, rows, (JDIMENSION)n);
    }
}

/* Rows wider than dst go through rows of our own. */
static void read_clipped_rows(wsi_jpeg *j, const wsi_image *dst)
{
    const size_t want = (size_t)dst->w * (size_t)j->cinfo.output_components;
    while (j->cinfo.output_scanline < dst->h) {
        const int64_t y = j->cinfo.output_scanline;
        JSAMPROW row = j->rows;
        if (jpeg_read_scanlines(&j->cinfo, &row, 1) == 1) memcpy(wsi_image_row(dst, y), row, want);
    }
}

static int make_room(wsi_jpeg *j)
{
    const size_t need = (size_t)j->cinfo.output_width * (size_t)j->cinfo.output_components;
    if (j->rows_size >= need) return 1;
    JSAMPLE *grown = wsi_realloc_array(j->rows, need, 1);
    if (!grown) return 0;
    j->rows = grown;
    j->rows_size = need;
    return 1;
}

static void decode(wsi_jpeg *j, wsi_jpeg_colour colour, const void *bytes, size_t size, const wsi_image *dst)
{
    wsi_jpeg_set_source(j, bytes, size);
    jpeg_read_header(&j->cinfo, TRUE);
    set_colour(&j->cinfo, colour);
    jpeg_start_decompress(&j->cinfo);
    /* With several scans, nothing else tells that the last ones are missing. */
    if (j->ended && jpeg_has_multiple_scans(&j->cinfo))
        wsi_jpeg_fail(j, WSI_ERR_INPUT_CORRUPT, "the stream ends early");
    if (j->cinfo.output_width == dst->w) {
        read_rows(j, dst);
    } else if (make_room(j)) {
        read_clipped_rows(j, dst);
    } else {
        wsi_jpeg_fail(j, WSI_ERR_NO_MEMORY, "no memory for a row");
    }
    jpeg_abort_decompress(&j->cinfo);
}

wsi_status wsi_jpeg_check_header(const wsi_jpeg_header *h, int has_tables, int64_t tile_w, int64_t tile_h,
                                 const wsi_image *dst, wsi_error *err)
{
    WSI_RETURN_IF(h->w <= 0 || h->h <= 0, WSI_ERR_INPUT_CORRUPT, "jpeg: no frame header");
    WSI_RETURN_IF(h->precision != 8, WSI_ERR_INPUT_UNSUPPORTED, "jpeg: %d bits a sample", h->precision);
    WSI_RETURN_IF(h->components != dst->fmt.channels, WSI_ERR_INPUT_CORRUPT, "jpeg: %d components, expected %d",
                  h->components, dst->fmt.channels);
    WSI_RETURN_IF(h->w < dst->w || h->h < dst->h || h->w > tile_w + PADDING_MAX || h->h > tile_h + PADDING_MAX,
                  WSI_ERR_INPUT_CORRUPT, "jpeg: the stream is %dx%d, the tile %lldx%lld", h->w, h->h, (long long)tile_w,
                  (long long)tile_h);
    WSI_RETURN_IF(!has_tables && !h->own_tables, WSI_ERR_INPUT_CORRUPT, "jpeg: no tables");
    return WSI_OK;
}

wsi_status wsi_jpeg_decode(wsi_jpeg *j, const wsi_jpeg_tables *tables, wsi_jpeg_colour colour, const void *bytes,
                           size_t size, int64_t tile_w, int64_t tile_h, const wsi_image *dst, wsi_error *err)
{
    wsi_jpeg_header header;
    WSI_RETURN_IF(!wsi_jpeg_parse(bytes, size, &header), WSI_ERR_INPUT_CORRUPT, "jpeg: the stream has no valid header");
    WSI_FORWARD(wsi_jpeg_check_header(&header, tables != NULL, tile_w, tile_h, dst, err));
    if (setjmp(j->on_error) == 0) {
        wsi_jpeg_load_tables(j, tables);
        decode(j, colour, bytes, size, dst);
        if (header.own_tables) wsi_jpeg_spoil(j);
        return WSI_OK;
    }
    wsi_jpeg_spoil(j);
    return wsi_error_set(err, j->code, "jpeg: %s", j->message);
}
