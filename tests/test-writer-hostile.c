/* Outputs made to mislead, with checksums that are right: `verify` tells what they are, at a small cost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/mem.h"
#include "writer/trailer.h"
#include "writer/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>
#include <unistd.h>

static char folder[] = "/tmp/wsi-hostile-XXXXXX";

/* A tiled TIFF of one pixel with that description. */
static void write_tiff(const char *path, const char *description)
{
    static const unsigned char tile[16 * 16];
    TIFF *tif = TIFFOpen(path, "w");
    assert_non_null(tif);
    TIFFSetField(tif, TIFFTAG_IMAGEWIDTH, 1);
    TIFFSetField(tif, TIFFTAG_IMAGELENGTH, 1);
    TIFFSetField(tif, TIFFTAG_BITSPERSAMPLE, 8);
    TIFFSetField(tif, TIFFTAG_SAMPLESPERPIXEL, 1);
    TIFFSetField(tif, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
    TIFFSetField(tif, TIFFTAG_TILEWIDTH, 16);
    TIFFSetField(tif, TIFFTAG_TILELENGTH, 16);
    TIFFSetField(tif, TIFFTAG_IMAGEDESCRIPTION, description);
    unsigned char copy[sizeof tile] = {0};
    assert_int_equal(TIFFWriteEncodedTile(tif, 0, copy, sizeof copy), sizeof copy);
    TIFFClose(tif);
}

/* Finishes it as a writer does. */
static void seal(const char *path)
{
    wsi_outfile *file = NULL;
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    static char bytes[1 << 16];
    const size_t size = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    assert_int_equal(wsi_outfile_create(path, &file, NULL), WSI_OK);
    assert_int_equal(wsi_outfile_write(file, 0, bytes, size, NULL), WSI_OK);
    assert_int_equal(wsi_trailer_write(file, "tiff", "{}", NULL), WSI_OK);
    assert_int_equal(wsi_outfile_commit(&file, NULL), WSI_OK);
}

static void expect(const char *description, const char *text)
{
    char path[64], *summary = NULL;
    wsi_error err = {WSI_OK, ""};
    snprintf(path, sizeof path, "%s/x.tif", folder);
    write_tiff(path, description);
    seal(path);
    assert_int_equal(wsi_output_verify(path, &summary, &err), WSI_ERR_VERIFY);
    assert_null(summary);
    if (!strstr(err.message, text)) fail_msg("expected \"%s\", got \"%s\"", text, err.message);
    unlink(path);
}

#define OME_BODY                                                                                                       \
    "<OME><StructuredAnnotations><CommentAnnotation Namespace=\"wsiproc\"><Value>&f;</Value></CommentAnnotation>"      \
    "</StructuredAnnotations></OME>"
#define TEN(name) "&" name ";&" name ";&" name ";&" name ";&" name ";&" name ";&" name ";&" name ";&" name ";&" name ";"

/* Six entities of ten each are a million times the first. */
static void test_entities_are_not_expanded(void **state)
{
    (void)state;
    expect(
        "<!DOCTYPE OME [<!ENTITY a \"0123456789\"><!ENTITY b \"" TEN("a") "\"><!ENTITY c \"" TEN(
            "b") "\"><!ENTITY d \"" TEN("c") "\"><!ENTITY e \"" TEN("d") "\"><!ENTITY f \"" TEN("e") "\">]>" OME_BODY,
        "the description has nothing of wsiproc");
    expect("<OME><StructuredAnnotations><CommentAnnotation Namespace=\"wsiproc\"><Value>[1]</Value>"
           "</CommentAnnotation></StructuredAnnotations></OME>",
           "the description is not one of wsiproc's");
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_entities_are_not_expanded)};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
