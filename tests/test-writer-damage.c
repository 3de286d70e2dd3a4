/* Damaged outputs must be found: single changed bytes anywhere, lost ends, lost marks, files that are not ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "writer-pattern.h"

#include "writer/trailer.h"
#include "writer/verify.h"

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <tiffio.h>
#include <unistd.h>

static char folder[] = "/tmp/wsi-damage-XXXXXX";
enum { FLIPS = 300 };

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void write_output(const char *name, wsi_codec codec, char path[128])
{
    const wsi_slide_info info = {.mpp_x = 0.5, .mpp_y = 0.5, .objective = 20};
    const wsi_writer *writer = wsi_writer_find(name);
    wsi_result_spec r = {.name = "one", .fmt = {WSI_U8, 3}, .chain = "gaussian:sigma=1"};
    wsi_error err = {WSI_OK, ""};
    snprintf(path, 128, "%s/file%s", folder, writer->extension);
    pattern_levels(&r, 200, 150, 64, 3);
    wsi_sink_spec spec = {.path = path, .codec = codec, .quality = 90, .tile = 64, .source = &info, .results = &r};
    spec.result_count = 1;
    spec.fingerprint_json = "{\"source\":\"0123456789\"}";
    spec.provenance_json = "{\"chain\":\"gaussian:sigma=1\"}";
    if (pattern_file(writer, &spec, &err) != WSI_OK) fail_msg("%s", err.message);
}

static void expect_damage(const char *path, const char *what)
{
    char *summary = NULL;
    wsi_error err = {WSI_OK, ""};
    const wsi_status status = wsi_output_verify(path, &summary, &err);
    if (status == WSI_OK) fail_msg("%s was not noticed", what);
    assert_int_equal(status, WSI_ERR_VERIFY);
    assert_int_equal(err.code, WSI_ERR_VERIFY);
    assert_null(summary);
    assert_int_equal(strncmp(err.message, path, strlen(path)), 0);
}

static void expect_whole(const char *path)
{
    char *summary = NULL;
    wsi_error err = {WSI_OK, ""};
    if (wsi_output_verify(path, &summary, &err) != WSI_OK) fail_msg("%s", err.message);
    wsi_free(summary);
}

static void flip_byte(FILE *f, long at, int bits)
{
    fseek(f, at, SEEK_SET);
    const int was = fgetc(f);
    fseek(f, at, SEEK_SET);
    fputc(was ^ bits, f);
    fflush(f);
}

static void flips(const char *name, wsi_codec codec)
{
    char path[128], what[64];
    uint64_t seed = 88172645463325252u;
    write_output(name, codec, path);
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    const long size = ftell(f);
    for (int i = 0; i < FLIPS; i++) {
        /* Half of them in the last bytes, where the tables are, and a few at the very start. */
        long at = (long)(next_random(&seed) % (uint64_t)size);
        if (i % 2) at = size - 1 - at % (size < 6000 ? size : 6000);
        if (i < 16) at = i;
        const int bits = 1 << (next_random(&seed) % 8);
        flip_byte(f, at, bits);
        snprintf(what, sizeof what, "%s: byte %ld of %ld changed by %d", name, at, size, bits);
        expect_damage(path, what);
        flip_byte(f, at, bits);
    }
    fclose(f);
    expect_whole(path);
}

#define FLIP_TEST(fn, name, codec)                                                                                     \
    static void fn(void **state)                                                                                       \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        flips(name, codec);                                                                                            \
    }
FLIP_TEST(hdf5_deflate, "hdf5", WSI_CODEC_DEFLATE)
FLIP_TEST(hdf5_none, "hdf5", WSI_CODEC_NONE)
FLIP_TEST(hdf5_zstd, "hdf5", WSI_CODEC_ZSTD)
FLIP_TEST(tiff_jpeg, "tiff", WSI_CODEC_JPEG)
FLIP_TEST(tiff_deflate, "tiff", WSI_CODEC_DEFLATE)
FLIP_TEST(tiff_none, "tiff", WSI_CODEC_NONE)
FLIP_TEST(ome_lzw, "ome-tiff", WSI_CODEC_LZW)
FLIP_TEST(svs_deflate, "svs", WSI_CODEC_DEFLATE)
FLIP_TEST(svs_jpeg, "svs", WSI_CODEC_JPEG)
FLIP_TEST(md5_none, "md5", WSI_CODEC_NONE)

static void truncation(void **state)
{
    static const char *const names[] = {"hdf5", "tiff", "ome-tiff", "svs", "md5"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[128];
        write_output(names[i], WSI_CODEC_NONE, path);
        FILE *f = fopen(path, "r+b");
        fseek(f, 0, SEEK_END);
        for (long size = ftell(f) - 1; size > 0; size = size > 2000 ? size * 3 / 4 : size - 97) {
            assert_int_equal(truncate(path, size), 0);
            char *json = NULL;
            expect_damage(path, "a lost end");
            assert_int_equal(wsi_output_fingerprint(path, &json, NULL), WSI_ERR_VERIFY);
        }
        fclose(f);
    }
}

/* A changed tile is named, not only found. */
static void damage_is_named(void **state)
{
    char path[128];
    char *summary = NULL;
    wsi_error err = {WSI_OK, ""};
    (void)state;
    write_output("tiff", WSI_CODEC_DEFLATE, path);
    FILE *f = fopen(path, "r+b");
    flip_byte(f, 600, 4);
    fclose(f);
    assert_int_equal(wsi_output_verify(path, &summary, &err), WSI_ERR_VERIFY);
    if (!strstr(err.message, "level 0: tile (")) fail_msg("%s", err.message);
    write_output("hdf5", WSI_CODEC_NONE, path);
    f = fopen(path, "r+b");
    flip_byte(f, 50000, 4);
    fclose(f);
    assert_int_equal(wsi_output_verify(path, &summary, &err), WSI_ERR_VERIFY);
    if (!strstr(err.message, "between bytes 0 and ")) fail_msg("%s", err.message);
}

/* Files changed through their own library, which writes everything consistently. */
static void edited_with_hdf5(void **state)
{
    char path[128];
    const uint8_t pixel[3] = {1, 2, 3};
    const hsize_t at[3] = {5, 5, 0}, one[3] = {1, 1, 3};
    (void)state;
    write_output("hdf5", WSI_CODEC_NONE, path);
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    const hid_t dataset = H5Dopen2(file, "one/0", H5P_DEFAULT), space = H5Dget_space(dataset);
    const hid_t memory = H5Screate_simple(3, one, NULL);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, at, NULL, one, NULL);
    assert_true(H5Dwrite(dataset, H5T_NATIVE_UINT8, memory, space, H5P_DEFAULT, pixel) >= 0);
    H5Sclose(memory);
    H5Sclose(space);
    H5Dclose(dataset);
    H5Fclose(file);
    expect_damage(path, "a pixel changed with HDF5");
    write_output("hdf5", WSI_CODEC_DEFLATE, path);
    file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(H5Adelete(file, "complete") >= 0);
    H5Fclose(file);
    expect_damage(path, "a lost completion mark");
}

/* Whoever changes a file and mends its checksums still has to make it what its description says. */
static void levels_are_those_described(void **state)
{
    static const char text[] = "{\"wsiproc\":\"1\",\"format_version\":%d,\"result\":\"one\",\"levels\":"
                               "[{\"width\":200,\"height\":150,\"tiles\":12,\"bytes\":900,\"sha256\":\"ab\"}]}";
    char filled[256];
    json_t *json = NULL;
    int levels = 0;
    (void)state;
    snprintf(filled, sizeof filled, text, WSI_FORMAT_VERSION + 1);
    assert_int_equal(wsi_verify_description(filled, &json, &levels, NULL), WSI_ERR_VERIFY);
    snprintf(filled, sizeof filled, text, WSI_FORMAT_VERSION);
    assert_int_equal(wsi_verify_description(filled, &json, &levels, NULL), WSI_OK);
    assert_int_equal(levels, 1);
    assert_int_equal(wsi_verify_level(json, 0, 200, 150, 12, 900, "ab", NULL), WSI_OK);
    assert_int_equal(wsi_verify_level(json, 0, 201, 150, 12, 900, "ab", NULL), WSI_ERR_VERIFY);
    assert_int_equal(wsi_verify_level(json, 0, 200, 151, 12, 900, "ab", NULL), WSI_ERR_VERIFY);
    assert_int_equal(wsi_verify_level(json, 0, 200, 150, 13, 900, "ab", NULL), WSI_ERR_VERIFY);
    assert_int_equal(wsi_verify_level(json, 0, 200, 150, 12, 901, "ab", NULL), WSI_ERR_VERIFY);
    assert_int_equal(wsi_verify_level(json, 0, 200, 150, 12, 900, "ac", NULL), WSI_ERR_VERIFY);
    assert_int_equal(wsi_verify_level(json, 1, 200, 150, 12, 900, "ab", NULL), WSI_ERR_VERIFY);
    json_decref(json);
}

static void trailers_are_of_their_files(void **state)
{
    static const char line[] = "{\"format\":\"csv\",\"bytes\":10,\"part_bytes\":65536,\"crc32\":\"01234567\"}";
    (void)state;
    for (uint64_t size = 9; size <= 11; size++) {
        wsi_trailer trailer = {0};
        const wsi_status status = wsi_trailer_parse(line, sizeof line - 1, size, &trailer, NULL);
        assert_int_equal(status, size == 10 ? WSI_OK : WSI_ERR_VERIFY);
        wsi_trailer_clear(&trailer);
    }
}

static void foreign_files(void **state)
{
    char path[128];
    (void)state;
    snprintf(path, sizeof path, "%s/foreign", folder);
    FILE *f = fopen(path, "wb");
    fputs("hello, this is no slide at all", f);
    fclose(f);
    expect_damage(path, "plain text");
    TIFF *tif = TIFFOpen(path, "w");
    TIFFSetField(tif, TIFFTAG_IMAGEWIDTH, 1);
    TIFFSetField(tif, TIFFTAG_IMAGELENGTH, 1);
    TIFFSetField(tif, TIFFTAG_BITSPERSAMPLE, 8);
    TIFFSetField(tif, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
    TIFFWriteEncodedStrip(tif, 0, path, 1);
    TIFFClose(tif);
    expect_damage(path, "somebody else's TIFF");
    H5Fclose(H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
    expect_damage(path, "somebody else's HDF5");
    char *json = NULL;
    wsi_error err = {WSI_OK, ""};
    unlink(path);
    assert_int_equal(wsi_output_verify(path, &json, &err), WSI_ERR_OUTPUT);
    assert_int_equal(wsi_output_fingerprint(path, &json, &err), WSI_ERR_OUTPUT);
    assert_int_equal(wsi_output_verify(folder, &json, &err), WSI_ERR_OUTPUT);
}

static int make_folder(void **state)
{
    (void)state;
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
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
        cmocka_unit_test(hdf5_deflate),
        cmocka_unit_test(hdf5_none),
        cmocka_unit_test(hdf5_zstd),
        cmocka_unit_test(tiff_jpeg),
        cmocka_unit_test(tiff_deflate),
        cmocka_unit_test(tiff_none),
        cmocka_unit_test(ome_lzw),
        cmocka_unit_test(svs_deflate),
        cmocka_unit_test(svs_jpeg),
        cmocka_unit_test(md5_none),
        cmocka_unit_test(truncation),
        cmocka_unit_test(damage_is_named),
        cmocka_unit_test(edited_with_hdf5),
        cmocka_unit_test(levels_are_those_described),
        cmocka_unit_test(trailers_are_of_their_files),
        cmocka_unit_test(foreign_files),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
