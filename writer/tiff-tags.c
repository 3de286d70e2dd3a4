/* The tags of one page of a pyramid, by the table in TIFF 6.0 and what slide readers expect of them:
 * JPEG is tagged YCbCr with its true subsampling, resolution is in pixels a centimetre on every level, only 8- and
 * 16-bit results of three or four samples are called RGB. */
#include "tiff-pyramid.h"

#include <math.h>
#include <tiff.h>

#include <wsiproc/version.h>

static const wsi_pixfmt *fmt_of(const wsi_sink *sink)
{
    return &sink->spec.results[0].fmt;
}

wsi_jpeg_settings wsi_tiff_jpeg_settings(const wsi_sink *sink)
{
    return (wsi_jpeg_settings){fmt_of(sink)->channels, sink->spec.quality, sink->spec.subsampling, sink->spec.tile};
}

int wsi_tiff_predicts(const wsi_sink *sink)
{
    const wsi_result_spec *spec = &sink->spec.results[0];
    const wsi_dtype type = spec->fmt.type;
    const wsi_codec codec = sink->spec.codec;
    if (spec->nearest || type == WSI_BOOL || type == WSI_F32 || type == WSI_F64) return 0;
    return codec != WSI_CODEC_NONE && codec != WSI_CODEC_JPEG;
}

static uint16_t compression(wsi_codec codec)
{
    switch (codec) {
    case WSI_CODEC_NONE:
        break;
    case WSI_CODEC_DEFLATE:
        return COMPRESSION_ADOBE_DEFLATE;
    case WSI_CODEC_ZSTD:
        return COMPRESSION_ZSTD;
    case WSI_CODEC_LZW:
        return COMPRESSION_LZW;
    case WSI_CODEC_JPEG:
        return COMPRESSION_JPEG;
    }
    return COMPRESSION_NONE;
}

static uint16_t sample_format(wsi_dtype type)
{
    if (type == WSI_F32 || type == WSI_F64) return SAMPLEFORMAT_IEEEFP;
    return type == WSI_I8 || type == WSI_I16 || type == WSI_I32 ? SAMPLEFORMAT_INT : SAMPLEFORMAT_UINT;
}

static int is_rgb(wsi_pixfmt fmt)
{
    return (fmt.type == WSI_U8 || fmt.type == WSI_U16) && (fmt.channels == 3 || fmt.channels == 4);
}

static uint16_t photometric(const wsi_sink *sink)
{
    const wsi_pixfmt fmt = *fmt_of(sink);
    if (sink->spec.codec == WSI_CODEC_JPEG && fmt.channels == 3) return PHOTOMETRIC_YCBCR;
    return is_rgb(fmt) ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
}

static wsi_status add_strips(const wsi_tiff_thumbnail *thumbnail, uint16_t tag, wsi_ifd *ifd, wsi_error *err)
{
    const uint64_t *values = tag == TIFFTAG_STRIPOFFSETS ? thumbnail->offsets : thumbnail->counts;
    return wsi_ifd_add_wide(ifd, tag, WSI_TIFF_LONG, WSI_TIFF_LONG8, (uint64_t)thumbnail->strip_count, values, err);
}

static int64_t width_of(const wsi_sink *sink, const wsi_tiff_page *page)
{
    return page->thumbnail ? page->thumbnail->pixels.w : sink->spec.results[0].level_w[page->level];
}

static int64_t height_of(const wsi_sink *sink, const wsi_tiff_page *page)
{
    return page->thumbnail ? page->thumbnail->pixels.h : sink->spec.results[0].level_h[page->level];
}

static wsi_status add_shape(const wsi_sink *sink, const wsi_tiff_page *page, wsi_ifd *ifd, wsi_error *err)
{
    const wsi_result_spec *spec = &sink->spec.results[0];
    const uint16_t bits = (uint16_t)(8 * wsi_dtype_size(spec->fmt.type));
    const uint32_t subfile = page->level > 0 && !wsi_tiff_priv_of(sink)->thumbnail ? FILETYPE_REDUCEDIMAGE : 0;
    WSI_FORWARD(wsi_ifd_add_number(ifd, TIFFTAG_SUBFILETYPE, WSI_TIFF_LONG, subfile, err));
    WSI_FORWARD(wsi_ifd_add_number(ifd, TIFFTAG_IMAGEWIDTH, WSI_TIFF_LONG, (uint32_t)width_of(sink, page), err));
    WSI_FORWARD(wsi_ifd_add_number(ifd, TIFFTAG_IMAGELENGTH, WSI_TIFF_LONG, (uint32_t)height_of(sink, page), err));
    WSI_FORWARD(wsi_ifd_add_repeated(ifd, TIFFTAG_BITSPERSAMPLE, bits, spec->fmt.channels, err));
    WSI_FORWARD(wsi_ifd_add_number(ifd, TIFFTAG_COMPRESSION, WSI_TIFF_SHORT, compression(sink->spec.codec), err));
    WSI_FORWARD(wsi_ifd_add_number(ifd, TIFFTAG_PHOTOMETRIC, WSI_TIFF_SHORT, photometric(sink), err));
    if (page->description) WSI_FORWARD(wsi_ifd_add_text(ifd, TIFFTAG_IMAGEDESCRIPTION, page->description, err));
    if (page->thumbnail) WSI_FORWARD(add_strips(page->thumbnail, TIFFTAG_STRIPOFFSETS, ifd, err));
    WSI_FORWARD(wsi_ifd_add_number(ifd, TIFFTAG_ORIENTATION, WSI_TIFF_SHORT, ORIENTATION_TOPLEFT, err));
    WSI_FORWARD(wsi_ifd_add_number(ifd, TIFFTAG_SAMPLESPERPIXEL, WSI_TIFF_SHORT, (uint32_t)spec->fmt.channels, err));
    if (!page->thumbnail) return WSI_OK;
    WSI_FORWARD(wsi_ifd_add_number(ifd, TIFFTAG_ROWSPERSTRIP, WSI_TIFF_LONG, WSI_TIFF_STRIP_ROWS, err));
    return add_strips(page->thumbnail, TIFFTAG_STRIPBYTECOUNTS, ifd, err);
}

/* Unknown pixel size: no resolution tags, rather than a number that means nothing. */
static wsi_status add_resolution(const wsi_sink *sink, const wsi_tiff_page *page, wsi_ifd *ifd, wsi_error *err)
{
    const double shrink = page->thumbnail ? (double)page->thumbnail->shrink : 1;
    const double mpp_x = shrink * wsi_level_mpp_x(sink, 0, page->level);
    const double mpp_y = shrink * wsi_level_mpp_y(sink, 0, page->level);
    const int known = isfinite(mpp_x) && isfinite(mpp_y) && mpp_x > 0 && mpp_y > 0;
    uint32_t x[2], y[2];
    if (known) {
        wsi_tiff_rational(10000 / mpp_x, x);
        wsi_tiff_rational(10000 / mpp_y, y);
        WSI_FORWARD(wsi_ifd_add(ifd, TIFFTAG_XRESOLUTION, WSI_TIFF_RATIONAL, 1, x, err));
        WSI_FORWARD(wsi_ifd_add(ifd, TIFFTAG_YRESOLUTION, WSI_TIFF_RATIONAL, 1, y, err));
    }
    WSI_FORWARD(wsi_ifd_add_number(ifd, TIFFTAG_PLANARCONFIG, WSI_TIFF_SHORT, PLANARCONFIG_CONTIG, err));
    if (known) WSI_FORWARD(wsi_ifd_add_number(ifd, TIFFTAG_RESOLUTIONUNIT, WSI_TIFF_SHORT, RESUNIT_CENTIMETER, err));
    return WSI_OK;
}

static wsi_status add_tiles(const wsi_sink *sink, const wsi_tiff_page *page, wsi_ifd *ifd, wsi_error *err)
{
    const wsi_sink_level *grid = wsi_sink_level_of(sink, 0, page->level);
    const wsi_tiff_level *tiles = &wsi_tiff_priv_of(sink)->levels[page->level];
    const uint64_t n = (uint64_t)grid->tiles_x * (uint64_t)grid->tiles_y;
    const uint32_t edge = (uint32_t)sink->spec.tile;
    if (wsi_tiff_predicts(sink))
        WSI_FORWARD(wsi_ifd_add_number(ifd, TIFFTAG_PREDICTOR, WSI_TIFF_SHORT, PREDICTOR_HORIZONTAL, err));
    if (page->thumbnail) return WSI_OK;
    WSI_FORWARD(wsi_ifd_add_number(ifd, TIFFTAG_TILEWIDTH, WSI_TIFF_LONG, edge, err));
    WSI_FORWARD(wsi_ifd_add_number(ifd, TIFFTAG_TILELENGTH, WSI_TIFF_LONG, edge, err));
    WSI_FORWARD(wsi_ifd_add_wide(ifd, TIFFTAG_TILEOFFSETS, WSI_TIFF_LONG, WSI_TIFF_LONG8, n, tiles->offsets, err));
    WSI_FORWARD(wsi_ifd_add_wide(ifd, TIFFTAG_TILEBYTECOUNTS, WSI_TIFF_LONG, WSI_TIFF_LONG8, n, tiles->counts, err));
    if (page->subifd_count)
        WSI_FORWARD(wsi_ifd_add_wide(ifd, TIFFTAG_SUBIFD, WSI_TIFF_IFD, WSI_TIFF_IFD8, (uint64_t)page->subifd_count,
                                     page->subifds, err));
    return WSI_OK;
}

static wsi_status add_samples(const wsi_sink *sink, wsi_ifd *ifd, wsi_error *err)
{
    const wsi_pixfmt fmt = *fmt_of(sink);
    const int extra = fmt.channels - (is_rgb(fmt) || photometric(sink) == PHOTOMETRIC_YCBCR ? 3 : 1);
    if (extra > 0) WSI_FORWARD(wsi_ifd_add_repeated(ifd, TIFFTAG_EXTRASAMPLES, EXTRASAMPLE_UNSPECIFIED, extra, err));
    return wsi_ifd_add_repeated(ifd, TIFFTAG_SAMPLEFORMAT, sample_format(fmt.type), fmt.channels, err);
}

static wsi_status add_jpeg_tables(const wsi_sink *sink, wsi_ifd *ifd, wsi_error *err)
{
    wsi_encoder *encoder = NULL;
    wsi_encoder_pool *pool = wsi_tiff_priv_of(sink)->encoders;
    size_t size = 0;
    WSI_FORWARD(wsi_encoder_lend(pool, &encoder, err));
    const void *tables = wsi_jpeg_tables(wsi_encoder_jpeg(encoder), &size);
    const wsi_status status = wsi_ifd_add(ifd, TIFFTAG_JPEGTABLES, WSI_TIFF_UNDEFINED, size, tables, err);
    wsi_encoder_give_back(pool, encoder);
    return status;
}

/* Strips of a thumbnail bring their tables themselves. */
static wsi_status add_jpeg(const wsi_sink *sink, const wsi_tiff_page *page, wsi_ifd *ifd, wsi_error *err)
{
    static const uint32_t full_range[12] = {0, 1, 255, 1, 128, 1, 255, 1, 128, 1, 255, 1};
    const wsi_subsampling chroma = page->thumbnail ? WSI_SUBSAMPLING_444 : sink->spec.subsampling;
    const uint16_t sub[2] = {(uint16_t)wsi_jpeg_subsampling_x(chroma), (uint16_t)wsi_jpeg_subsampling_y(chroma)};
    if (!page->thumbnail) WSI_FORWARD(add_jpeg_tables(sink, ifd, err));
    if (fmt_of(sink)->channels != 3) return WSI_OK;
    WSI_FORWARD(wsi_ifd_add(ifd, TIFFTAG_YCBCRSUBSAMPLING, WSI_TIFF_SHORT, 2, sub, err));
    WSI_FORWARD(wsi_ifd_add_number(ifd, TIFFTAG_YCBCRPOSITIONING, WSI_TIFF_SHORT, YCBCRPOSITION_CENTERED, err));
    return wsi_ifd_add(ifd, TIFFTAG_REFERENCEBLACKWHITE, WSI_TIFF_RATIONAL, 6, full_range, err);
}

wsi_status wsi_tiff_add_tags(const wsi_sink *sink, const wsi_tiff_page *page, wsi_ifd *ifd, wsi_error *err)
{
    size_t icc_size = 0;
    const void *icc = wsi_result_icc(sink, 0, &icc_size);
    WSI_FORWARD(add_shape(sink, page, ifd, err));
    WSI_FORWARD(add_resolution(sink, page, ifd, err));
    WSI_FORWARD(wsi_ifd_add_text(ifd, TIFFTAG_SOFTWARE, "wsiproc " WSI_VERSION_STRING, err));
    WSI_FORWARD(add_tiles(sink, page, ifd, err));
    WSI_FORWARD(add_samples(sink, ifd, err));
    if (sink->spec.codec == WSI_CODEC_JPEG) WSI_FORWARD(add_jpeg(sink, page, ifd, err));
    if (icc) WSI_FORWARD(wsi_ifd_add(ifd, TIFFTAG_ICCPROFILE, WSI_TIFF_UNDEFINED, icc_size, icc, err));
    return WSI_OK;
}
