/* JPEG 2000 tiles through OpenJPEG: one codec object a tile, memory stream, no threads of its own, no messages.
 *
 * Sizes in the stream's SIZ marker are checked against the tile before OpenJPEG sees them, since it allocates by
 * them. YCbCr becomes RGB with the fixed-point arithmetic of libjpeg (ITU-T T.871), as OpenSlide does it. */
#include "decode-jp2k.h"

#include <stdio.h>
#include <string.h>

#include <openjpeg.h>

enum { PADDING_MAX = 15, STREAM_TILES_MAX = 4096 };

typedef struct memory {
    const unsigned char *data;
    size_t size, position;
} memory;

static OPJ_SIZE_T read_proc(void *buf, OPJ_SIZE_T n, void *user)
{
    memory *m = user;
    if (m->position >= m->size) return (OPJ_SIZE_T)-1;
    if (n > m->size - m->position) n = m->size - m->position;
    memcpy(buf, m->data + m->position, n);
    m->position += n;
    return n;
}

static OPJ_OFF_T skip_proc(OPJ_OFF_T n, void *user)
{
    memory *m = user;
    if (n < 0) return -1;
    const size_t left = m->size - m->position;
    const size_t step = (uint64_t)n < left ? (size_t)n : left;
    m->position += step;
    return (OPJ_OFF_T)step;
}

static OPJ_BOOL seek_proc(OPJ_OFF_T n, void *user)
{
    memory *m = user;
    if (n < 0 || (uint64_t)n > m->size) return OPJ_FALSE;
    m->position = (size_t)n;
    return OPJ_TRUE;
}

static void first_message(const char *text, void *user)
{
    char *message = user;
    if (message[0] == 0) snprintf(message, 256, "%.*s", (int)strcspn(text, "\n"), text);
}

static void no_message(const char *text, void *user)
{
    (void)text;
    (void)user;
}

static uint32_t be32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

enum { SIZ_BYTES = 4 + 40 }; /* both markers, and the segment of one component but for its last bytes */

/* Where OpenJPEG will find the codestream of a JP2 file: behind the header of the first box of its kind. NULL: nowhere.
 * Boxes before it may hold anything, other codestreams too. */
static const unsigned char *find_codestream(const unsigned char *p, size_t size)
{
    for (size_t at = 0; size - at >= 16;) {
        const uint32_t length = be32(p + at);
        const size_t head = length == 1 ? 16 : 8;
        if (memcmp(p + at + 4, "jp2c", 4) == 0) return p + at + head;
        if (length == 1 && be32(p + at + 8) != 0) return NULL;
        const size_t step = length == 1 ? be32(p + at + 12) : length;
        if (step < head || step > size - at) return NULL;
        at += step;
    }
    return NULL;
}

static int is_jp2(const unsigned char *bytes, size_t size)
{
    static const unsigned char mark[8] = {0, 0, 0, 12, 'j', 'P', ' ', ' '};
    return size >= sizeof mark && memcmp(bytes, mark, sizeof mark) == 0;
}

/* The SIZ marker segment, which follows on the codestream's first marker; OpenJPEG would search for it. */
static const unsigned char *find_siz(const unsigned char *bytes, size_t size)
{
    static const unsigned char start[4] = {0xFF, 0x4F, 0xFF, 0x51};
    const unsigned char *p = is_jp2(bytes, size) ? find_codestream(bytes, size) : bytes;
    if (!p || size - (size_t)(p - bytes) < SIZ_BYTES || memcmp(p, start, sizeof start) != 0) return NULL;
    return p + sizeof start;
}

static wsi_status check_size(const unsigned char *bytes, size_t size, int64_t tile_w, int64_t tile_h,
                             const wsi_image *dst, wsi_error *err)
{
    const unsigned char *p = find_siz(bytes, size);
    WSI_RETURN_IF(!p, WSI_ERR_INPUT_CORRUPT, "jpeg2000: no codestream");
    const uint64_t x1 = be32(p + 4), y1 = be32(p + 8), x0 = be32(p + 12), y0 = be32(p + 16);
    const uint64_t tw = be32(p + 20), th = be32(p + 24);
    const int components = p[36] << 8 | p[37];
    WSI_RETURN_IF(x1 <= x0 || y1 <= y0 || tw == 0 || th == 0, WSI_ERR_INPUT_CORRUPT, "jpeg2000: impossible sizes");
    const int64_t w = (int64_t)(x1 - x0), h = (int64_t)(y1 - y0);
    WSI_RETURN_IF(w < dst->w || h < dst->h || w > tile_w + PADDING_MAX || h > tile_h + PADDING_MAX,
                  WSI_ERR_INPUT_CORRUPT, "jpeg2000: the stream is %lldx%lld, the tile %lldx%lld", (long long)w,
                  (long long)h, (long long)tile_w, (long long)tile_h);
    const uint64_t tiles = (x1 / tw + 1) * (y1 / th + 1);
    WSI_RETURN_IF(tiles > STREAM_TILES_MAX || tiles > size, WSI_ERR_INPUT_CORRUPT, "jpeg2000: %llu tiles in a tile",
                  (unsigned long long)tiles);
    WSI_RETURN_IF(components != dst->fmt.channels, WSI_ERR_INPUT_CORRUPT, "jpeg2000: %d components, expected %d",
                  components, dst->fmt.channels);
    return WSI_OK;
}

static wsi_status check_components(const opj_image_t *image, const wsi_image *dst, wsi_error *err)
{
    const unsigned depth = dst->fmt.type == WSI_U8 || dst->fmt.type == WSI_I8 ? 8 : 16;
    const unsigned want_signed = dst->fmt.type == WSI_I8 || dst->fmt.type == WSI_I16;
    WSI_RETURN_IF((int)image->numcomps != dst->fmt.channels, WSI_ERR_INPUT_CORRUPT,
                  "jpeg2000: %u components, expected %d", image->numcomps, dst->fmt.channels);
    for (unsigned i = 0; i < image->numcomps; i++) {
        const opj_image_comp_t *c = &image->comps[i];
        WSI_RETURN_IF(c->prec > depth, WSI_ERR_INPUT_UNSUPPORTED, "jpeg2000: %u bits a sample, the tag says %u",
                      c->prec, depth);
        WSI_RETURN_IF(c->sgnd != want_signed, WSI_ERR_INPUT_UNSUPPORTED, "jpeg2000: signedness differs from the tag's");
        const int good = c->data && c->dx > 0 && c->dy > 0 && c->dx <= 4 && c->dy <= 4 &&
                         (int64_t)c->w >= (dst->w + c->dx - 1) / c->dx && (int64_t)c->h >= (dst->h + c->dy - 1) / c->dy;
        WSI_RETURN_IF(!good, WSI_ERR_INPUT_CORRUPT, "jpeg2000: component %u is %ux%u", i, c->w, c->h);
    }
    return WSI_OK;
}

static int is_subsampled(const opj_image_t *image)
{
    return image->numcomps == 3 && (image->comps[1].dx > image->comps[0].dx || image->comps[1].dy > image->comps[0].dy);
}

static int is_ycc(const opj_image_t *image, int transformed, wsi_jp2k_colour container)
{
    if (image->numcomps != 3) return 0;
    if (is_subsampled(image) || image->color_space == OPJ_CLRSPC_SYCC) return 1;
    if (transformed || image->color_space == OPJ_CLRSPC_SRGB) return 0;
    return container == WSI_JP2K_SAYS_YCC;
}

static const int32_t *component_row(const opj_image_t *image, int c, int64_t y)
{
    return image->comps[c].data + (size_t)(y / image->comps[c].dy) * image->comps[c].w;
}

static void put_component(const opj_image_t *image, int c, const wsi_image *dst)
{
    const int step = dst->fmt.channels, wide = wsi_dtype_size(dst->fmt.type) == 2;
    const int64_t dx = image->comps[c].dx;
    for (int64_t y = 0; y < dst->h; y++) {
        const int32_t *src = component_row(image, c, y);
        uint8_t *to8 = (uint8_t *)wsi_image_row(dst, y) + c;
        uint16_t *to16 = (uint16_t *)wsi_image_row(dst, y) + c;
        for (int64_t x = 0; x < dst->w; x++) {
            if (wide) {
                to16[x * step] = (uint16_t)src[x / dx];
            } else {
                to8[x * step] = (uint8_t)src[x / dx];
            }
        }
    }
}

static uint8_t clamp(int32_t v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

static void ycc_to_rgb(const wsi_image *im)
{
    const int32_t half = 1 << 15;
    for (int64_t y = 0; y < im->h; y++) {
        uint8_t *p = wsi_image_row(im, y);
        for (int64_t x = 0; x < im->w; x++, p += 3) {
            const int32_t luma = p[0], cb = p[1] - 128, cr = p[2] - 128;
            p[0] = clamp(luma + ((91881 * cr + half) >> 16));
            p[1] = clamp(luma + ((-22554 * cb - 46802 * cr + half) >> 16));
            p[2] = clamp(luma + ((116130 * cb + half) >> 16));
        }
    }
}

static wsi_status put_image(const opj_image_t *image, int transformed, wsi_jp2k_colour container, const wsi_image *dst,
                            wsi_error *err)
{
    WSI_FORWARD(check_components(image, dst, err));
    const int ycc = is_ycc(image, transformed, container);
    WSI_RETURN_IF(ycc && dst->fmt.type != WSI_U8, WSI_ERR_INPUT_UNSUPPORTED, "jpeg2000: YCbCr of more than 8 bits");
    for (int c = 0; c < dst->fmt.channels; c++) put_component(image, c, dst);
    if (ycc) ycc_to_rgb(dst);
    return WSI_OK;
}

static int uses_transform(opj_codec_t *codec)
{
    opj_codestream_info_v2_t *info = opj_get_cstr_info(codec);
    const int mct = info ? (int)info->m_default_tile_info.mct : 0;
    if (info) opj_destroy_cstr_info(&info);
    return mct != 0;
}

static wsi_status decode(opj_codec_t *codec, opj_stream_t *stream, opj_image_t **image, wsi_jp2k_colour container,
                         const wsi_image *dst, wsi_error *err)
{
    char message[256] = "";
    opj_dparameters_t parameters;
    opj_set_info_handler(codec, no_message, NULL);
    opj_set_warning_handler(codec, no_message, NULL);
    opj_set_error_handler(codec, first_message, message);
    opj_set_default_decoder_parameters(&parameters);
    const int good = opj_setup_decoder(codec, &parameters) && opj_decoder_set_strict_mode(codec, OPJ_TRUE) &&
                     opj_read_header(stream, codec, image) && opj_decode(codec, stream, *image) &&
                     opj_end_decompress(codec, stream);
    WSI_RETURN_IF(!good, WSI_ERR_INPUT_CORRUPT, "jpeg2000: %s", message[0] ? message : "broken data");
    return put_image(*image, uses_transform(codec), container, dst, err);
}

wsi_status wsi_jp2k_decode(const void *bytes, size_t size, wsi_jp2k_colour container, int64_t tile_w, int64_t tile_h,
                           const wsi_image *dst, wsi_error *err)
{
    memory m = {bytes, size, 0};
    opj_image_t *image = NULL;
    WSI_FORWARD(check_size(bytes, size, tile_w, tile_h, dst, err));
    opj_codec_t *codec = opj_create_decompress(is_jp2(bytes, size) ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K);
    opj_stream_t *stream = opj_stream_create(64 << 10, OPJ_TRUE);
    wsi_status status = WSI_ERR_NO_MEMORY;
    if (codec && stream) {
        opj_stream_set_user_data(stream, &m, NULL);
        opj_stream_set_user_data_length(stream, size);
        opj_stream_set_read_function(stream, read_proc);
        opj_stream_set_skip_function(stream, skip_proc);
        opj_stream_set_seek_function(stream, seek_proc);
        status = decode(codec, stream, &image, container, dst, err);
    } else {
        wsi_error_set(err, status, "jpeg2000: no memory");
    }
    if (image) opj_image_destroy(image);
    if (stream) opj_stream_destroy(stream);
    if (codec) opj_destroy_codec(codec);
    return status;
}
