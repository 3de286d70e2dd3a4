/* Vendors' metadata: OME-XML, Aperio's and Philips' descriptions, resolution tags; what they say about levels,
 * channels, scale and associated images. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"
#include "reader-maker.h"
#include "reader/reader.h"

static wsi_slide *open_good(const char *path)
{
    wsi_error err = {0};
    wsi_slide *slide = NULL;
    if (wsi_slide_open(path, NULL, &slide, &err) != WSI_OK) fail_msg("%s", err.message);
    return slide;
}

static wsi_image read_level(wsi_slide *slide, int level)
{
    wsi_error err = {0};
    const wsi_slide_info *info = wsi_slide_get_info(slide);
    const wsi_level *l = &info->levels[level];
    const ptrdiff_t stride = (ptrdiff_t)((size_t)l->w * wsi_pixfmt_size(info->fmt));
    const wsi_image im = {wsi_calloc((size_t)l->h, (size_t)stride), stride, l->w, l->h, info->fmt};
    assert_non_null(im.data);
    if (wsi_slide_decode_rect(slide, level, (wsi_rect){0, 0, l->w, l->h}, &im, &err) != WSI_OK) {
        fail_msg("%s", err.message);
    }
    return im;
}

static const char ome_format[] =
    "<?xml version=\"1.0\"?><OME xmlns=\"http://www.openmicroscopy.org/Schemas/OME/2016-06\" UUID=\"urn:uuid:1\">"
    "<Instrument ID=\"I:0\"><Objective ID=\"O:0\" NominalMagnification=\"10\"/>"
    "<Objective ID=\"O:1\" NominalMagnification=\"40.0\"/></Instrument>"
    "<Image ID=\"Image:0\"><ObjectiveSettings ID=\"O:1\"/><Pixels DimensionOrder=\"XYZCT\" SizeC=\"3\" SizeT=\"1\" "
    "SizeX=\"100\" SizeY=\"80\" SizeZ=\"2\" Type=\"uint8\" PhysicalSizeX=\"250\" PhysicalSizeXUnit=\"nm\" "
    "PhysicalSizeY=\"0.25\"><Channel Name=\"DAPI\" SamplesPerPixel=\"1\"/><Channel SamplesPerPixel=\"1\"/>"
    "<Channel SamplesPerPixel=\"1\"/>%s</Pixels></Image></OME>";

static wsi_slide *open_ome(const char *tiff_data, int odd_page)
{
    char text[2048];
    maker m;
    snprintf(text, sizeof text, ome_format, tiff_data);
    maker_start(&m, 0, 0);
    for (int i = 0; i < 6; i++) {
        maker_grey_tiles(&m, i == odd_page ? 90 : 100, 80, 64, 10 * i + 1);
        if (i == 0) maker_text(&m, 270, text);
        maker_directory(&m);
    }
    maker_save(&m, maker_path(0));
    return open_good(maker_path(0));
}

static void check_ome(const char *tiff_data, const uint8_t want[3])
{
    wsi_slide *slide = open_ome(tiff_data, -1);
    const wsi_slide_info *info = wsi_slide_get_info(slide);
    assert_string_equal(info->vendor, "ome");
    assert_int_equal(info->fmt.channels, 3);
    assert_int_equal(info->photometric, WSI_PHOTO_CHANNELS);
    assert_true(info->mpp_x > 0.2499 && info->mpp_x < 0.2501 && info->mpp_y == 0.25 && info->objective == 40);
    const wsi_image im = read_level(slide, 0);
    assert_memory_equal(im.data, want, 3);
    wsi_free(im.data);
    wsi_slide_close(&slide);
}

static void test_ome_channels(void **state)
{
    (void)state;
    /* Planes in the order Z, C: channel c at z = 0 is directory 2c. */
    check_ome("", (const uint8_t[]){1, 21, 41});
    check_ome("<TiffData/>", (const uint8_t[]){1, 21, 41});
    check_ome("<TiffData IFD=\"0\" PlaneCount=\"6\"/>", (const uint8_t[]){1, 21, 41});
    check_ome("<TiffData FirstC=\"2\" IFD=\"0\"/><TiffData FirstC=\"1\" IFD=\"4\" PlaneCount=\"2\"/>"
              "<TiffData FirstZ=\"1\" FirstC=\"0\" IFD=\"1\"/><TiffData IFD=\"3\"/>",
              (const uint8_t[]){31, 41, 1});
    /* A file name that does not match is harmless when the UUID does. */
    check_ome("<TiffData IFD=\"0\" PlaneCount=\"6\"><UUID FileName=\"old.ome.tif\">urn:uuid:1</UUID></TiffData>",
              (const uint8_t[]){1, 21, 41});
}

static void test_ome_channels_that_do_not_fit(void **state)
{
    (void)state;
    wsi_slide *slide = open_ome("", 2);
    assert_int_equal(wsi_slide_get_info(slide)->fmt.channels, 1);
    wsi_slide_close(&slide);
    slide = open_ome("<TiffData IFD=\"0\"/><TiffData FirstC=\"1\" IFD=\"1\"><UUID FileName=\"other.tif\">"
                     "urn:uuid:2</UUID></TiffData>",
                     -1);
    assert_int_equal(wsi_slide_get_info(slide)->fmt.channels, 1);
    wsi_slide_close(&slide);
    slide = open_ome("<TiffData IFD=\"99\"/><TiffData FirstC=\"77\" IFD=\"1\"/>", -1);
    assert_int_equal(wsi_slide_get_info(slide)->fmt.channels, 1);
    wsi_slide_close(&slide);
}

static double mpp_of(int unit, uint64_t numerator, uint64_t denominator)
{
    static const unsigned char pixel = 7;
    maker m;
    maker_start(&m, 0, 0);
    maker_strip(&m, 1, 1, 8, 1, &pixel, 1);
    maker_tags(&m, 282, 5, (const uint64_t[]){numerator, denominator}, 1);
    maker_tags(&m, 283, 5, (const uint64_t[]){numerator, denominator}, 1);
    if (unit > 0) maker_tag1(&m, 296, 3, (uint64_t)unit);
    maker_directory(&m);
    maker_save(&m, maker_path(0));
    wsi_slide *slide = open_good(maker_path(0));
    const double mpp = wsi_slide_get_info(slide)->mpp_x;
    wsi_slide_close(&slide);
    return mpp;
}

static void test_resolution(void **state)
{
    (void)state;
    assert_true(mpp_of(3, 40000, 1) == 0.25);
    assert_true(mpp_of(2, 50800, 1) == 0.5);
    assert_true(mpp_of(0, 50800, 1) == 0.5); /* inch is TIFF's default */
    assert_true(mpp_of(1, 40000, 1) == 0);   /* no unit */
    assert_true(mpp_of(2, 72, 1) == 0);      /* a printer's */
    assert_true(mpp_of(3, 0, 1) == 0);
    assert_true(mpp_of(3, 1, 0) == 0);
}

static int warnings; /* one thread */

static void count_warning(void *user, wsi_log_level level, const char *text)
{
    (void)user;
    if (level == WSI_LOG_WARNING && strstr(text, "micrometres")) warnings++;
}

static void test_aperio(void **state)
{
    static const char text[] =
        "Aperio Image Library v1\r\n200x150 [0,0 200x150] JPEG/RGB Q=30|AppMag = 40|MPP = 0.2500|"
        "Title = A \xB5m|broken|=x| = ";
    static const wsi_log log = {count_warning, NULL, WSI_LOG_WARNING};
    maker m;
    wsi_error err = {0};
    (void)state;
    maker_start(&m, 0, 0);
    maker_grey_tiles(&m, 200, 150, 64, 0);
    maker_text(&m, 270, text);
    maker_directory(&m);
    static const unsigned char strip[60 * 40];
    maker_strip(&m, 60, 40, 8, 1, strip, sizeof strip);
    maker_directory(&m);
    maker_grey_tiles(&m, 100, 75, 64, 50);
    maker_directory(&m);
    maker_strip(&m, 30, 40, 8, 1, strip, 30 * 40);
    maker_text(&m, 270, "Aperio Image Library v1\r\nlabel 30x40");
    maker_directory(&m);
    maker_save(&m, maker_path(0));
    wsi_slide *slide = open_good(maker_path(0));
    const wsi_slide_info *info = wsi_slide_get_info(slide);
    assert_string_equal(info->vendor, "aperio");
    assert_int_equal(info->level_count, 2);
    assert_true(info->mpp_x == 0.25 && info->mpp_y == 0.25 && info->objective == 40);
    assert_int_equal(info->associated_count, 2);
    assert_string_equal(info->associated[0].name, "thumbnail");
    assert_string_equal(info->associated[1].name, "label");
    assert_string_equal(info->properties[2].key, "aperio.Title");
    assert_string_equal(info->properties[2].value, "A \xC2\xB5m");
    wsi_slide_close(&slide);

    /* Overridden: the new value stands, and one that does not fit is not complained about. */
    warnings = 0;
    wsi_slide_options options = {.log = &log, .mpp_override = 30};
    assert_int_equal(wsi_slide_open(maker_path(0), &options, &slide, &err), WSI_OK);
    assert_true(wsi_slide_get_info(slide)->mpp_x == 30);
    assert_int_equal(warnings, 0);
    wsi_slide_close(&slide);
    options.mpp_override = -1;
    assert_int_equal(wsi_slide_open(maker_path(0), &options, &slide, &err), WSI_ERR_USAGE);
}

static void test_implausible_scale_is_reported(void **state)
{
    static const wsi_log log = {count_warning, NULL, WSI_LOG_WARNING};
    static const char *const texts[] = {"Aperio\n|AppMag = 40|MPP = 0.01", "Aperio\n|MPP = 25",
                                        "Aperio\n|AppMag = 40|MPP = 2", "Aperio\n|AppMag = 40|MPP = 0.25"};
    static const int expected[] = {2, 1, 1, 0};
    const wsi_slide_options options = {.log = &log};
    (void)state;
    for (int i = 0; i < 4; i++) {
        maker m;
        wsi_slide *slide = NULL;
        maker_start(&m, 0, 0);
        maker_grey_tiles(&m, 64, 64, 64, 0);
        maker_text(&m, 270, texts[i]);
        maker_directory(&m);
        maker_save(&m, maker_path(0));
        warnings = 0;
        assert_int_equal(wsi_slide_open(maker_path(0), &options, &slide, NULL), WSI_OK);
        assert_int_equal(warnings, expected[i]);
        wsi_slide_close(&slide);
    }
}

/* Two levels of so many pixels a side as stored, with that description. */
static wsi_slide *open_philips(const char *text, uint32_t edge, uint32_t lower_edge)
{
    maker m;
    maker_start(&m, 0, 0);
    maker_grey_tiles(&m, edge, edge, 64, 0);
    maker_text(&m, 270, text);
    maker_directory(&m);
    maker_grey_tiles(&m, lower_edge, lower_edge, 64, 40);
    maker_directory(&m);
    maker_save(&m, maker_path(0));
    wsi_slide *slide = open_good(maker_path(0));
    assert_string_equal(wsi_slide_get_info(slide)->vendor, "philips");
    assert_int_equal(wsi_slide_get_info(slide)->level_count, 2);
    return slide;
}

/* Philips pads its levels to whole tiles; the spacing tells the true size. */
static void test_philips(void **state)
{
    static const char text[] =
        "<?xml version=\"1.0\" encoding=\"UTF-8\" ?><DataObject ObjectType=\"DPUfsImport\">"
        "<Attribute Name=\"PIM_DP_SCANNED_IMAGES\"><Array><DataObject ObjectType=\"DPScannedImage\">"
        "<Attribute Name=\"PIIM_PIXEL_DATA_REPRESENTATION_SEQUENCE\"><Array>"
        "<DataObject><Attribute Name=\"DICOM_PIXEL_SPACING\">&quot;0.00026&quot; "
        "&quot;0.00025&quot;</Attribute></DataObject>"
        "<DataObject><Attribute Name=\"DICOM_PIXEL_SPACING\">&quot;0.00052&quot; "
        "&quot;0.0005&quot;</Attribute></DataObject>"
        "</Array></Attribute></DataObject></Array></Attribute></DataObject>";
    (void)state;
    wsi_slide *slide = open_philips(text, 192, 128);
    const wsi_slide_info *info = wsi_slide_get_info(slide);
    assert_int_equal(info->levels[1].w, 96);
    assert_int_equal(info->levels[1].h, 96);
    assert_true(info->mpp_x > 0.2499 && info->mpp_x < 0.2501 && info->mpp_y > 0.2599 && info->mpp_y < 0.2601);
    const wsi_image im = read_level(slide, 1);
    assert_int_equal(((uint8_t *)im.data)[96 * 95 + 95], 43);
    wsi_free(im.data);
    wsi_slide_close(&slide);
}

#define SPACING(x) "<Attribute Name=\"DICOM_PIXEL_SPACING\">\"" x "\" \"" x "\"</Attribute>"

/* A level's size by its spacing is a number of any size. */
static void test_philips_spacings(void **state)
{
    static const char *const texts[] = {SPACING("1e300") SPACING("1e-300"), SPACING("1e-300") SPACING("1e300"),
                                        SPACING("1e15") SPACING("1")};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char text[1024];
        snprintf(text, sizeof text,
                 "<DataObject ObjectType=\"DPUfsImport\"><Attribute "
                 "Name=\"PIIM_PIXEL_DATA_REPRESENTATION_SEQUENCE\">%s</Attribute></DataObject>",
                 texts[i]);
        wsi_slide *slide = open_philips(text, 128, 64);
        assert_int_equal(wsi_slide_get_info(slide)->levels[1].w, 64);
        wsi_slide_close(&slide);
    }
}

static int remove_files(void **state)
{
    (void)state;
    unlink(maker_path(0));
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ome_channels),
        cmocka_unit_test(test_ome_channels_that_do_not_fit),
        cmocka_unit_test(test_resolution),
        cmocka_unit_test(test_aperio),
        cmocka_unit_test(test_implausible_scale_is_reported),
        cmocka_unit_test(test_philips),
        cmocka_unit_test(test_philips_spacings),
    };
    return cmocka_run_group_tests(tests, NULL, remove_files);
}
