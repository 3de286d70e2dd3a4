/* What a directory's decoded pixels are: codec, sample type, meaning of the channels, or a plain reason why they are
 * not read. The JPEG colour transform is decided here, once for a directory, by the first stream in it. */
#include "tiff-private.h"

#include <stdio.h>
#include <string.h>

#include "common/mem.h"

typedef struct codec_row {
    uint16_t code;
    wsi_tiff_codec codec;
    const char *name;
} codec_row;

static const codec_row codecs[] = {
    {COMPRESSION_NONE, WSI_TIFF_RAW, "none"},
    {COMPRESSION_LZW, WSI_TIFF_LIBTIFF, "lzw"},
    {COMPRESSION_ADOBE_DEFLATE, WSI_TIFF_LIBTIFF, "deflate"},
    {COMPRESSION_DEFLATE, WSI_TIFF_LIBTIFF, "deflate"},
    {COMPRESSION_ZSTD, WSI_TIFF_LIBTIFF, "zstd"},
    {COMPRESSION_PACKBITS, WSI_TIFF_LIBTIFF, "packbits"},
    {COMPRESSION_LZMA, WSI_TIFF_LIBTIFF, "lzma"},
    {COMPRESSION_WEBP, WSI_TIFF_LIBTIFF, "webp"},
    {COMPRESSION_JPEG, WSI_TIFF_JPEG, "jpeg"},
    {WSI_TIFF_J2K_YCC, WSI_TIFF_JPEG2000, "jpeg2000"},
    {WSI_TIFF_J2K_RGB, WSI_TIFF_JPEG2000, "jpeg2000"},
    {WSI_TIFF_JP2K, WSI_TIFF_JPEG2000, "jpeg2000"},
    {COMPRESSION_OJPEG, WSI_TIFF_UNKNOWN, "old-style JPEG"},
    {COMPRESSION_CCITTRLE, WSI_TIFF_UNKNOWN, "fax (CCITT RLE)"},
    {COMPRESSION_CCITTFAX3, WSI_TIFF_UNKNOWN, "fax (CCITT group 3)"},
    {COMPRESSION_CCITTFAX4, WSI_TIFF_UNKNOWN, "fax (CCITT group 4)"},
    {COMPRESSION_SGILOG, WSI_TIFF_UNKNOWN, "SGI log"},
    {COMPRESSION_SGILOG24, WSI_TIFF_UNKNOWN, "SGI log"},
    /* Numbers that older tiff.h lack a name for. */
    {33004, WSI_TIFF_UNKNOWN, "JPEG 2000 whose colours nothing tells (libvips's YCbCr or others' RGB)"},
    {34661, WSI_TIFF_UNKNOWN, "JBIG"},
    {34887, WSI_TIFF_UNKNOWN, "LERC"},
    {34892, WSI_TIFF_UNKNOWN, "lossy JPEG of DNG"},
    {34933, WSI_TIFF_UNKNOWN, "PNG"},
    {34934, WSI_TIFF_UNKNOWN, "JPEG XR"},
    {22610, WSI_TIFF_UNKNOWN, "JPEG XR"},
    {50002, WSI_TIFF_UNKNOWN, "JPEG XL"},
    {52546, WSI_TIFF_UNKNOWN, "JPEG XL"},
};

static void set_codec(wsi_tiff_dir *d)
{
    d->codec = WSI_TIFF_UNKNOWN;
    d->codec_name = "an unknown scheme";
    for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++) {
        if (codecs[i].code != d->compression) continue;
        d->codec = codecs[i].codec;
        d->codec_name = codecs[i].name;
    }
    /* A distribution may build libtiff without some codecs. */
    if (d->codec == WSI_TIFF_LIBTIFF && !TIFFIsCODECConfigured(d->compression)) d->codec = WSI_TIFF_UNKNOWN;
}

/* Sample type of what is decoded; 0 when there is none for it. */
static int sample_type(const wsi_tiff_dir *d, wsi_dtype *out)
{
    const int is_float = d->sample_format == SAMPLEFORMAT_IEEEFP, is_int = d->sample_format == SAMPLEFORMAT_INT;
    if (d->sample_format == SAMPLEFORMAT_COMPLEXINT || d->sample_format == SAMPLEFORMAT_COMPLEXIEEEFP) return 0;
    switch (d->bits) {
    case 1:
    case 2:
    case 4:
        *out = WSI_U8;
        return d->samples == 1 && !is_float && !is_int;
    case 8:
        *out = is_int ? WSI_I8 : WSI_U8;
        return !is_float;
    case 16:
        *out = is_int ? WSI_I16 : WSI_U16;
        return !is_float;
    case 32:
        *out = is_float ? WSI_F32 : is_int ? WSI_I32 : WSI_U32;
        return 1;
    case 64:
        *out = WSI_F64;
        return is_float;
    default:
        return 0;
    }
}

static const char *refuse_photometric(const wsi_tiff_dir *d)
{
    const int float_type = d->fmt.type == WSI_F32 || d->fmt.type == WSI_F64;
    switch (d->photometric) {
    case PHOTOMETRIC_MINISBLACK:
        return NULL;
    case PHOTOMETRIC_MINISWHITE:
        return float_type ? "white-is-zero with floating-point samples" : NULL;
    case PHOTOMETRIC_RGB:
        return d->samples < 3 ? "RGB with fewer than three samples" : NULL;
    case PHOTOMETRIC_PALETTE:
        return d->palette && d->samples == 1 && d->fmt.type == WSI_U8 && d->codec != WSI_TIFF_JPEG
                   ? NULL
                   : "a palette image of this kind";
    case PHOTOMETRIC_YCBCR:
        if (d->samples != 3 || d->planar != PLANARCONFIG_CONTIG) return "YCbCr of this layout";
        return d->codec == WSI_TIFF_JPEG || d->codec == WSI_TIFF_JPEG2000 || d->compression == COMPRESSION_WEBP
                   ? NULL
                   : "YCbCr outside JPEG and JPEG 2000";
    case PHOTOMETRIC_SEPARATED:
        return "CMYK";
    case PHOTOMETRIC_CIELAB:
    case PHOTOMETRIC_ICCLAB:
    case PHOTOMETRIC_ITULAB:
        return "CIE L*a*b*";
    case PHOTOMETRIC_MASK:
        return "a transparency mask";
    default:
        return "this photometric interpretation";
    }
}

static const char *refuse(wsi_tiff_dir *d)
{
    size_t row, tile;
    if (d->codec == WSI_TIFF_UNKNOWN) return d->codec_name;
    if (!sample_type(d, &d->fmt.type)) return "this sample type";
    if (d->samples > WSI_CHANNELS_MAX) return "more than 64 samples a pixel";
    if (d->codec == WSI_TIFF_JPEG && d->fmt.type != WSI_U8) return "JPEG with other than 8 bits";
    if (d->codec == WSI_TIFF_JPEG && d->bits != 8) return "JPEG with other than 8 bits";
    if (d->codec == WSI_TIFF_JPEG && d->samples > 4) return "JPEG with more than 4 samples";
    if (d->codec == WSI_TIFF_JPEG2000 && d->bits != 8 && d->bits != 16) return "JPEG 2000 of this depth";
    d->fmt.channels = d->photometric == PHOTOMETRIC_PALETTE ? 3 : d->samples;
    if (!wsi_mul_size((size_t)d->tile_w, wsi_pixfmt_size(d->fmt), &row) ||
        !wsi_mul_size(row, (size_t)d->tile_h, &tile)) {
        return "a tile of this size";
    }
    if (tile > WSI_TIFF_TILE_MAX && (d->tiled || d->codec == WSI_TIFF_JPEG2000)) return "a tile of this size";
    if (row > WSI_TIFF_TILE_MAX) return "a row of this length";
    return refuse_photometric(d);
}

static wsi_photometric meaning_of(const wsi_tiff_dir *d)
{
    const int alpha =
        d->extra_count == 0 || d->extra_first == EXTRASAMPLE_ASSOCALPHA || d->extra_first == EXTRASAMPLE_UNASSALPHA;
    const int colour = d->photometric == PHOTOMETRIC_RGB || d->photometric == PHOTOMETRIC_YCBCR ||
                       d->photometric == PHOTOMETRIC_PALETTE;
    if (d->fmt.channels == 1) return WSI_PHOTO_GRAY;
    if (colour && (d->fmt.channels == 3 || (d->fmt.channels == 4 && alpha))) return WSI_PHOTO_RGB;
    return WSI_PHOTO_CHANNELS;
}

/* Header of the stream at offset: most have theirs in the first bytes, some carry long profiles before the frame. */
static int peek_jpeg(const wsi_source *source, uint64_t offset, uint64_t size, wsi_jpeg_header *out)
{
    enum { FIRST = 4096, MOST = 1 << 20 };
    unsigned char first[FIRST];
    size_t n = wsi_source_peek(source, offset, size < FIRST ? (size_t)size : FIRST, first);
    if (wsi_jpeg_parse(first, n, out)) return 1;
    if (size <= FIRST) return 0;
    const size_t most = size < MOST ? (size_t)size : MOST;
    unsigned char *more = wsi_calloc(most, 1);
    if (!more) return 0;
    n = wsi_source_peek(source, offset, most, more);
    const int good = wsi_jpeg_parse(more, n, out);
    wsi_free(more);
    return good;
}

static void decide_jpeg(wsi_tiff_dir *d, const wsi_source *source)
{
    const int tag_says_ycc = d->photometric == PHOTOMETRIC_YCBCR;
    wsi_jpeg_header header = {0};
    d->jpeg_colour = tag_says_ycc ? WSI_JPEG_YCC_TO_RGB : WSI_JPEG_AS_STORED;
    for (uint64_t i = 0; i < d->tile_count; i++) {
        if (d->offsets[i] == 0 || d->counts[i] == 0) continue;
        if (peek_jpeg(source, d->offsets[i], d->counts[i], &header)) {
            d->jpeg_colour = wsi_jpeg_decide_colour(&header, tag_says_ycc);
            return;
        }
        if (i >= 16) return; /* a broken file: its tiles will say so */
    }
}

void wsi_tiff_dir_classify(wsi_tiff_dir *d, const wsi_source *source)
{
    set_codec(d);
    d->refusal = refuse(d);
    if (d->refusal) return;
    d->meaning = meaning_of(d);
    if (d->codec == WSI_TIFF_JPEG) decide_jpeg(d, source);
}
