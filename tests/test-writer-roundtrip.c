/* Every driver, codec, sample type, channel count and odd size: written, verified, read back by libtiff or HDF5's own
 * pipeline and compared with the picture; a second run must give the same bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "writer-pattern.h"

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <tiffio.h>
#include <unistd.h>

static char folder[] = "/tmp/wsi-roundtrip-XXXXXX";

static const int64_t sizes[][2] = {{1, 1}, {255, 257}, {300, 210}};
static const wsi_dtype types[] = {WSI_BOOL, WSI_U8, WSI_I8, WSI_U16, WSI_I16, WSI_U32, WSI_I32, WSI_F32, WSI_F64};
static const int channels[] = {1, 3, 4, 7};

static wsi_slide_info source(void)
{
    static const char icc[] = "an ICC profile, for all that writers care";
    wsi_slide_info info = {.mpp_x = 0.499, .mpp_y = 0.5, .objective = 20.01, .icc = icc, .icc_size = sizeof icc};
    info.vendor = "not a | field";
    return info;
}

static void must(wsi_status status, const wsi_error *err)
{
    if (status != WSI_OK) fail_msg("%s: %s", wsi_status_name(status), err->message);
}

static char *slurp(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    *size = (size_t)ftell(f);
    rewind(f);
    char *bytes = wsi_calloc(*size + 1, 1);
    assert_int_equal(fread(bytes, 1, *size, f), *size);
    fclose(f);
    return bytes;
}

/* The picture of a level as it is stored: BOOL as 0 and 255. */
static void *expected(const wsi_result_spec *r, int level)
{
    wsi_image im = {NULL, 0, r->level_w[level], r->level_h[level], r->fmt};
    im.stride = (ptrdiff_t)((size_t)im.w * wsi_pixfmt_size(r->fmt));
    im.data = wsi_calloc((size_t)im.h, (size_t)im.stride);
    for (int64_t y = 0; y < im.h; y++)
        for (int64_t x = 0; x < im.w; x++) pattern_pixel(&im, x, y, x << level, y << level);
    uint8_t *bytes = im.data;
    for (size_t i = 0; r->fmt.type == WSI_BOOL && i < (size_t)im.h * (size_t)im.stride; i++) bytes[i] *= 255;
    return im.data;
}

/* JPEG may differ from the picture by a little, everything else not at all. */
static void compare(const uint8_t *found, const uint8_t *want, size_t n, int lossy)
{
    if (!lossy) {
        assert_memory_equal(found, want, n);
        return;
    }
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) sum += (uint64_t)abs(found[i] - want[i]);
    assert_true(sum <= 6 * n);
}

static void check_tiff_level(TIFF *tif, const wsi_sink_spec *spec, int level)
{
    const wsi_result_spec *r = &spec->results[0];
    const size_t pixel = wsi_pixfmt_size(r->fmt), row = (size_t)r->level_w[level] * pixel;
    const int64_t edge = spec->tile, w = r->level_w[level], h = r->level_h[level];
    uint8_t *want = expected(r, level), *found = wsi_calloc((size_t)h, row);
    uint32_t width = 0;
    float resolution = 0;
    assert_int_equal(TIFFGetField(tif, TIFFTAG_IMAGEWIDTH, &width), 1);
    assert_int_equal(width, w);
    assert_int_equal(TIFFGetField(tif, TIFFTAG_XRESOLUTION, &resolution), 1);
    assert_float_equal(resolution, 10000 / (0.499 * r->downsample[level]), 0.01);
    if (spec->codec == WSI_CODEC_JPEG) TIFFSetField(tif, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    const size_t tile_bytes = (size_t)TIFFTileSize(tif);
    assert_int_equal(tile_bytes, (size_t)(edge * edge) * pixel);
    uint8_t *tile = wsi_calloc(tile_bytes, 1);
    for (int64_t y = 0; y < h; y += edge) {
        for (int64_t x = 0; x < w; x += edge) {
            assert_true(TIFFReadTile(tif, tile, (uint32_t)x, (uint32_t)y, 0, 0) > 0);
            const size_t n = (size_t)(w - x < edge ? w - x : edge) * pixel;
            for (int64_t i = 0; i < edge && y + i < h; i++)
                memcpy(found + (size_t)(y + i) * row + (size_t)x * pixel, tile + (size_t)(i * edge) * pixel, n);
        }
    }
    compare(found, want, (size_t)h * row, spec->codec == WSI_CODEC_JPEG);
    wsi_free(tile);
    wsi_free(want);
    wsi_free(found);
}

/* A lone tile larger than 1024 pixels a side is shrunk by whole steps of two, by means. */
static uint8_t mean_at(const wsi_result_spec *r, const uint8_t *full, int64_t x0, int64_t y0, int c, int64_t shrink)
{
    int64_t sum = 0, count = 0;
    for (int64_t y = y0; y < y0 + shrink && y < r->level_h[0]; y++)
        for (int64_t x = x0; x < x0 + shrink && x < r->level_w[0]; x++, count++)
            sum += full[(y * r->level_w[0] + x) * r->fmt.channels + c];
    return (uint8_t)((2 * sum + count) / (2 * count));
}

static int64_t thumbnail_shrink(const wsi_result_spec *r)
{
    int64_t shrink = 1;
    while (r->level_w[0] > 1024 * shrink || r->level_h[0] > 1024 * shrink) shrink *= 2;
    return shrink;
}

/* Of slides with one level, or a first one of at most 1024 pixels a side. */
static void check_thumbnail(TIFF *tif, const wsi_sink_spec *spec)
{
    const wsi_result_spec *r = &spec->results[0];
    const int64_t shrink = thumbnail_shrink(r), n = r->fmt.channels;
    const int64_t w = (r->level_w[0] + shrink - 1) / shrink, h = (r->level_h[0] + shrink - 1) / shrink;
    uint32_t width = 0, height = 0, rows = 0;
    assert_false(TIFFIsTiled(tif));
    assert_true(TIFFGetField(tif, TIFFTAG_IMAGEWIDTH, &width) && TIFFGetField(tif, TIFFTAG_IMAGELENGTH, &height));
    assert_true(TIFFGetField(tif, TIFFTAG_ROWSPERSTRIP, &rows));
    assert_int_equal(width, w);
    assert_int_equal(height, h);
    if (spec->codec == WSI_CODEC_JPEG) TIFFSetField(tif, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    uint8_t *full = expected(r, 0), *want = wsi_calloc((size_t)(w * h), (size_t)n);
    uint8_t *found = wsi_calloc((size_t)(w * h), (size_t)n);
    for (int64_t i = 0; i < w * h * n; i++)
        want[i] = mean_at(r, full, i / n % w * shrink, i / n / w * shrink, (int)(i % n), shrink);
    for (uint32_t strip = 0; strip < TIFFNumberOfStrips(tif); strip++)
        assert_true(TIFFReadEncodedStrip(tif, strip, found + (size_t)(strip * rows * width) * (size_t)n, -1) > 0);
    compare(found, want, (size_t)(w * h * n), spec->codec == WSI_CODEC_JPEG);
    wsi_free(full);
    wsi_free(want);
    wsi_free(found);
}

/* Every page of an svs begins like Aperio's and has the same scale; none is called reduced. */
static void check_aperio_page(TIFF *tif)
{
    const char *text = NULL;
    uint32_t subfile = 7;
    assert_int_equal(TIFFGetFieldDefaulted(tif, TIFFTAG_SUBFILETYPE, &subfile), 1);
    assert_int_equal(subfile, 0);
    assert_int_equal(TIFFGetField(tif, TIFFTAG_IMAGEDESCRIPTION, &text), 1);
    assert_int_equal(strncmp(text, "Aperio Image", 12), 0);
    assert_non_null(strstr(text, "|AppMag = 20|MPP = 0.4995|Converter = wsiproc "));
    assert_non_null(strstr(text, "|Source Vendor = not-a---field")); /* a bar would have ended it */
}

/* From a page to that of the next level; behind the first there is the thumbnail. */
static int next_level(TIFF *tif, const wsi_sink_spec *spec, int svs)
{
    if (svs) check_aperio_page(tif);
    if (!TIFFReadDirectory(tif)) return 0;
    if (!svs || TIFFCurrentDirectory(tif) != 1) return 1;
    check_aperio_page(tif);
    check_thumbnail(tif, spec);
    return spec->results[0].level_count == 1 || TIFFReadDirectory(tif);
}

static void check_tiff(const wsi_sink_spec *spec, int ome, int svs)
{
    TIFF *tif = TIFFOpen(spec->path, "rm");
    assert_non_null(tif);
    uint64_t subifds[WSI_LEVELS_MAX] = {0};
    uint16_t n = 0;
    uint64_t *list = NULL;
    if (ome && TIFFGetField(tif, TIFFTAG_SUBIFD, &n, &list)) memcpy(subifds, list, n * sizeof *list);
    for (int l = 0; l < spec->results[0].level_count; l++) {
        if (l > 0) assert_int_equal(ome ? TIFFSetSubDirectory(tif, subifds[l - 1]) : next_level(tif, spec, svs), 1);
        check_tiff_level(tif, spec, l);
    }
    if (svs && spec->results[0].level_count == 1) assert_int_equal(next_level(tif, spec, svs), 1);
    assert_true(ome || TIFFLastDirectory(tif));
    TIFFClose(tif);
}

static hid_t memory_type(wsi_dtype type)
{
    switch (type) {
    case WSI_I8:
        return H5T_NATIVE_INT8;
    case WSI_U16:
        return H5T_NATIVE_UINT16;
    case WSI_I16:
        return H5T_NATIVE_INT16;
    case WSI_U32:
        return H5T_NATIVE_UINT32;
    case WSI_I32:
        return H5T_NATIVE_INT32;
    case WSI_F32:
        return H5T_NATIVE_FLOAT;
    case WSI_F64:
        return H5T_NATIVE_DOUBLE;
    default:
        return H5T_NATIVE_UINT8;
    }
}

static void check_hdf5(const wsi_sink_spec *spec)
{
    const hid_t file = H5Fopen(spec->path, H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(file >= 0);
    for (int i = 0; i < spec->result_count; i++) {
        const wsi_result_spec *r = &spec->results[i];
        for (int l = 0; l < r->level_count; l++) {
            char name[64];
            snprintf(name, sizeof name, "%s/%d", r->name, l);
            const hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
            assert_true(dataset >= 0);
            const size_t n = (size_t)(r->level_w[l] * r->level_h[l]) * wsi_pixfmt_size(r->fmt);
            uint8_t *want = expected(r, l), *found = wsi_calloc(n, 1);
            assert_true(H5Dread(dataset, memory_type(r->fmt.type), H5S_ALL, H5S_ALL, H5P_DEFAULT, found) >= 0);
            assert_memory_equal(found, want, n);
            wsi_free(want);
            wsi_free(found);
            H5Dclose(dataset);
        }
    }
    H5Fclose(file);
}

static void write_checked(const wsi_writer *writer, wsi_sink_spec *spec)
{
    static const char fingerprint[] = "{ \"a\": [1, \"x\\u00e9\"] }";
    char path[128], again[128];
    wsi_error err = {WSI_OK, ""};
    char *text = NULL;
    size_t n1 = 0, n2 = 0;
    snprintf(path, sizeof path, "%s/new/folder/file%s", folder, writer->extension);
    snprintf(again, sizeof again, "%s/again%s", folder, writer->extension);
    spec->fingerprint_json = fingerprint;
    spec->path = again;
    must(pattern_file(writer, spec, &err), &err);
    spec->path = path;
    must(pattern_file(writer, spec, &err), &err);
    char *first = slurp(path, &n1), *second = slurp(again, &n2);
    assert_int_equal(n1, n2);
    assert_memory_equal(first, second, n1);
    wsi_free(first);
    wsi_free(second);
    must(wsi_output_verify(path, &text, &err), &err);
    wsi_free(text);
    must(wsi_output_fingerprint(path, &text, &err), &err);
    assert_string_equal(text, fingerprint);
    wsi_free(text);
    if (strcmp(writer->name, "hdf5") == 0 && spec->codec != WSI_CODEC_ZSTD) check_hdf5(spec);
    if (writer->is_tiff) check_tiff(spec, strcmp(writer->name, "ome-tiff") == 0, strcmp(writer->name, "svs") == 0);
}

static void all_formats(const char *name, wsi_codec codec)
{
    const wsi_writer *writer = wsi_writer_find(name);
    const wsi_slide_info info = source();
    int written = 0;
    for (size_t t = 0; t < sizeof types / sizeof types[0]; t++) {
        for (size_t c = 0; c < sizeof channels / sizeof channels[0]; c++) {
            const wsi_pixfmt fmt = {types[t], channels[c]};
            wsi_pixfmt stored;
            if (writer->stored(codec, fmt, &stored, NULL) != WSI_OK || stored.type != fmt.type) continue;
            const int64_t *size = sizes[(t + c) % 3];
            wsi_result_spec r[2] = {{.name = "one", .fmt = fmt, .chain = "cast"},
                                    {.name = "two", .fmt = {WSI_BOOL, 1}, .nearest = 1}};
            pattern_levels(&r[0], size[0], size[1], 64, WSI_LEVELS_MAX);
            pattern_levels(&r[1], size[0], size[1], 64, 2);
            wsi_sink_spec spec = {.codec = codec, .quality = 90, .tile = 64, .source = &info, .results = r};
            spec.result_count = writer->many_results ? 2 : 1;
            spec.subsampling = (wsi_subsampling)((t + c) % 3);
            spec.force_bigtiff = (int)c % 2;
            write_checked(writer, &spec);
            written++;
        }
    }
    assert_true(written >= (codec == WSI_CODEC_JPEG ? 2 : strcmp(name, "svs") == 0 ? 3 : 36));
}

#define FORMAT_TEST(fn, name, codec)                                                                                   \
    static void fn(void **state)                                                                                       \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        all_formats(name, codec);                                                                                      \
    }
FORMAT_TEST(hdf5_none, "hdf5", WSI_CODEC_NONE)
FORMAT_TEST(hdf5_deflate, "hdf5", WSI_CODEC_DEFLATE)
FORMAT_TEST(hdf5_zstd, "hdf5", WSI_CODEC_ZSTD)
FORMAT_TEST(tiff_none, "tiff", WSI_CODEC_NONE)
FORMAT_TEST(tiff_deflate, "tiff", WSI_CODEC_DEFLATE)
FORMAT_TEST(tiff_zstd, "tiff", WSI_CODEC_ZSTD)
FORMAT_TEST(tiff_lzw, "tiff", WSI_CODEC_LZW)
FORMAT_TEST(tiff_jpeg, "tiff", WSI_CODEC_JPEG)
FORMAT_TEST(ome_deflate, "ome-tiff", WSI_CODEC_DEFLATE)
FORMAT_TEST(ome_jpeg, "ome-tiff", WSI_CODEC_JPEG)
FORMAT_TEST(svs_none, "svs", WSI_CODEC_NONE)
FORMAT_TEST(svs_deflate, "svs", WSI_CODEC_DEFLATE)
FORMAT_TEST(svs_lzw, "svs", WSI_CODEC_LZW)
FORMAT_TEST(svs_jpeg, "svs", WSI_CODEC_JPEG)
FORMAT_TEST(md5_none, "md5", WSI_CODEC_NONE)

static void larger_picture(void **state)
{
    (void)state;
    const wsi_slide_info info = source();
    wsi_result_spec r = {.name = "one", .fmt = {WSI_U8, 3}};
    pattern_levels(&r, 1000, 700, 256, WSI_LEVELS_MAX);
    wsi_sink_spec spec = {.codec = WSI_CODEC_JPEG, .quality = 80, .tile = 256, .source = &info, .results = &r};
    spec.subsampling = WSI_SUBSAMPLING_444;
    spec.result_count = 1;
    write_checked(wsi_writer_find("tiff"), &spec);
    spec.codec = WSI_CODEC_DEFLATE;
    write_checked(wsi_writer_find("hdf5"), &spec);
}

/* A single tile beyond what a thumbnail may measure. */
static void large_tile(void **state)
{
    static const wsi_codec codecs[] = {WSI_CODEC_DEFLATE, WSI_CODEC_JPEG};
    (void)state;
    for (int i = 0; i < 2; i++) {
        const wsi_slide_info info = source();
        wsi_result_spec r = {.name = "one", .fmt = {i ? WSI_U8 : WSI_BOOL, i ? 3 : 1}, .nearest = !i};
        pattern_levels(&r, 1301, 2051, 2064, WSI_LEVELS_MAX);
        wsi_sink_spec spec = {.codec = codecs[i], .quality = 80, .tile = 2064, .source = &info, .results = &r};
        spec.result_count = 1;
        write_checked(wsi_writer_find("svs"), &spec);
    }
}

/* What an svs cannot hold. */
static void svs_limits(void **state)
{
    static const wsi_pixfmt too_much[] = {{WSI_U32, 1}, {WSI_F32, 3}, {WSI_U16, 1},
                                          {WSI_U8, 4},  {WSI_U8, 2},  {WSI_BOOL, 3}};
    const wsi_writer *writer = wsi_writer_find("svs");
    (void)state;
    for (size_t i = 0; i < sizeof too_much / sizeof too_much[0]; i++) {
        wsi_error err = {WSI_OK, ""};
        wsi_pixfmt stored;
        assert_int_equal(writer->stored(WSI_CODEC_JPEG, too_much[i], &stored, &err), WSI_ERR_USAGE);
        assert_non_null(strstr(err.message, "svs holds masks and uint8 of 1 or 3 channels"));
        assert_int_equal(writer->stored(WSI_CODEC_DEFLATE, too_much[i], &stored, NULL), WSI_ERR_USAGE);
    }
    assert_false(writer->codecs >> WSI_CODEC_ZSTD & 1);
}

static const struct scale_case {
    double mpp_x, mpp_y, objective, downsample, aspect;
    const char *fields;
} scales[] = {
    {0.25, 0.25, 40, 4, 1, "RGB|AppMag = 10|MPP = 1|Converter"},
    {0.25, 0.25, 40, 16, 0, "RGB|AppMag = 2.5|MPP = 4|Converter"},
    {0.499, 0.499, 20, 4.0001, 1, "RGB|AppMag = 5|MPP = 1.996"}, /* levels seldom halve exactly */
    {0.5, 0.5, 0, 1, 1, "RGB|MPP = 0.5|Converter"},
    {0, 0, 20, 3, 1, "RGB|AppMag = 6.667|Converter"},
    {0.5, 0.5, 20, 1, 2, "RGB|Converter"}, /* one number cannot tell two */
    {0.5, 0.6, 20, 1, 1, "RGB|AppMag = 20|Converter"},
};

static void svs_scales(void **state)
{
    char path[128];
    (void)state;
    snprintf(path, sizeof path, "%s/scale.svs", folder);
    for (size_t i = 0; i < sizeof scales / sizeof scales[0]; i++) {
        const struct scale_case *s = &scales[i];
        const wsi_slide_info info = {.mpp_x = s->mpp_x, .mpp_y = s->mpp_y, .objective = s->objective};
        wsi_error err = {WSI_OK, ""};
        wsi_result_spec r = {.name = "one", .fmt = {WSI_U8, 3}, .aspect = s->aspect};
        pattern_levels(&r, 20, 30, 64, 1);
        r.downsample[0] = s->downsample;
        const wsi_sink_spec spec = {.path = path, .tile = 64, .source = &info, .result_count = 1, .results = &r};
        must(pattern_file(wsi_writer_find("svs"), &spec, &err), &err);
        const char *text = NULL;
        TIFF *tif = TIFFOpen(path, "rm");
        assert_non_null(tif);
        assert_int_equal(TIFFGetField(tif, TIFFTAG_IMAGEDESCRIPTION, &text), 1);
        if (!strstr(text, s->fields)) fail_msg("no '%s' in %s", s->fields, text);
        TIFFClose(tif);
    }
}

/* Texts longer than what an HDF5 attribute or a libxml2 text node holds without further ado. */
static void long_texts(void **state)
{
    enum { LONG = 300000 };
    static const char *const names[] = {"hdf5", "tiff", "ome-tiff", "md5", "svs"};
    char *text = wsi_calloc(LONG + 32, 1);
    (void)state;
    snprintf(text, 32, "{\"note\":\"");
    memset(text + strlen(text), '<', LONG);
    strncat(text, "\"}", 3);
    wsi_result_spec r = {.name = "one", .fmt = {WSI_U8, 3}, .chain = text};
    pattern_levels(&r, 100, 100, 64, 1);
    for (int i = 0; i < 5; i++) {
        const wsi_slide_info info = source();
        wsi_sink_spec spec = {.codec = WSI_CODEC_NONE, .tile = 64, .source = &info, .results = &r};
        spec.result_count = 1;
        spec.provenance_json = text;
        write_checked(wsi_writer_find(names[i]), &spec);
    }
    wsi_free(text);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hdf5_none),  cmocka_unit_test(hdf5_deflate), cmocka_unit_test(hdf5_zstd),
        cmocka_unit_test(tiff_none),  cmocka_unit_test(tiff_deflate), cmocka_unit_test(tiff_zstd),
        cmocka_unit_test(tiff_lzw),   cmocka_unit_test(tiff_jpeg),    cmocka_unit_test(ome_deflate),
        cmocka_unit_test(ome_jpeg),   cmocka_unit_test(md5_none),     cmocka_unit_test(larger_picture),
        cmocka_unit_test(long_texts), cmocka_unit_test(svs_none),     cmocka_unit_test(svs_deflate),
        cmocka_unit_test(svs_lzw),    cmocka_unit_test(svs_jpeg),     cmocka_unit_test(large_tile),
        cmocka_unit_test(svs_limits), cmocka_unit_test(svs_scales),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
