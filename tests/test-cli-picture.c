/* Pictures of results: kinds, ranges, sizes, colours averaged over areas; and the words of scripts. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/picture.h"
#include "cli/slurm-script.h"
#include "common/mem.h"

static wsi_image view(void *data, int64_t w, int64_t h, wsi_dtype type, int channels)
{
    const wsi_pixfmt fmt = {type, channels};
    return (wsi_image){data, (ptrdiff_t)((size_t)w * wsi_pixfmt_size(fmt)), w, h, fmt};
}

static void kinds_follow_types_and_values(void **state)
{
    (void)state;
    uint8_t mask[4] = {0, 255, 255, 0}, grey[4] = {0, 255, 7, 0}, dark[4] = {0};
    uint32_t labels[4] = {0};
    float values[4] = {0};
    const wsi_image images[] = {view(mask, 2, 2, WSI_U8, 1), view(grey, 2, 2, WSI_U8, 1), view(dark, 2, 2, WSI_U8, 1),
                                view(labels, 2, 2, WSI_U32, 1), view(values, 2, 2, WSI_F32, 1)};
    const wsi_picture_kind kinds[] = {WSI_PICTURE_MASK, WSI_PICTURE_PHOTO, WSI_PICTURE_PHOTO, WSI_PICTURE_LABELS,
                                      WSI_PICTURE_VALUES};
    for (size_t i = 0; i < sizeof images / sizeof images[0]; i++) {
        assert_int_equal(wsi_picture_kind_of(&images[i]), kinds[i]);
    }
}

static void ranges_leave_out_what_is_not_finite(void **state)
{
    (void)state;
    float values[6] = {NAN, 2, INFINITY, -4, 5, -INFINITY}, nothing[2] = {NAN, NAN};
    const wsi_image image = view(values, 3, 2, WSI_F32, 1), none = view(nothing, 2, 1, WSI_F32, 1);
    const wsi_picture_range r = wsi_picture_measure(&image), empty = wsi_picture_measure(&none);
    assert_int_equal(r.finite, 3);
    assert_true(r.min == -4 && r.max == 5 && r.mean == 1);
    assert_true(empty.finite == 0 && empty.min == 0 && empty.max == 0);
}

static void sizes_keep_their_shape(void **state)
{
    (void)state;
    static const int64_t cases[][4] = {
        {1000, 500, 256, 128}, {100, 50, 100, 50}, {100000, 3, 256, 1}, {7, 512, 4, 256}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t w, h;
        wsi_picture_size(cases[i][0], cases[i][1], 256, &w, &h);
        assert_int_equal(w, cases[i][2]);
        assert_int_equal(h, cases[i][3]);
    }
}

/* A picture of one pixel is the mean; each pixel of the source counts once, whatever the ratio. */
static void colours_are_averaged(void **state)
{
    (void)state;
    uint8_t grey[5 * 3];
    unsigned sum = 0;
    for (unsigned i = 0; i < sizeof grey; i++) sum += grey[i] = (uint8_t)(17 * i);
    const wsi_image image = view(grey, 5, 3, WSI_U8, 1);
    const wsi_picture_range range = wsi_picture_measure(&image);
    uint8_t one[3], same[3 * sizeof grey];
    const wsi_image small = view(one, 1, 1, WSI_U8, 3), full = view(same, 5, 3, WSI_U8, 3);
    assert_int_equal(wsi_picture_render(&image, WSI_PICTURE_PHOTO, &range, &small, NULL), WSI_OK);
    assert_int_equal(one[0], (sum + sizeof grey / 2) / sizeof grey);
    assert_int_equal(wsi_picture_render(&image, WSI_PICTURE_PHOTO, &range, &full, NULL), WSI_OK);
    for (size_t i = 0; i < sizeof grey; i++) assert_int_equal(same[3 * i + 1], grey[i]);
}

static void labels_and_maps_have_colours(void **state)
{
    (void)state;
    uint32_t labels[3] = {0, 1, 2};
    float values[3] = {-1, 0, 1};
    uint8_t rgb[9];
    unsigned char low[3], high[3];
    const wsi_image picture = view(rgb, 3, 1, WSI_U8, 3);
    const wsi_image of_labels = view(labels, 3, 1, WSI_U32, 1), of_values = view(values, 3, 1, WSI_F32, 1);
    const wsi_picture_range range = wsi_picture_measure(&of_values);
    wsi_picture_render(&of_labels, WSI_PICTURE_LABELS, &range, &picture, NULL);
    assert_memory_equal(rgb, "\0\0\0", 3);
    assert_memory_not_equal(rgb + 3, rgb + 6, 3);
    wsi_picture_render(&of_values, WSI_PICTURE_MAP, &range, &picture, NULL);
    wsi_picture_scale_colour(0, low);
    wsi_picture_scale_colour(1, high);
    assert_memory_equal(rgb, low, 3);
    assert_memory_equal(rgb + 6, high, 3);
}

static void words_are_quoted_where_they_must_be(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"a-b_c.d/e:f=1", "a-b_c.d/e:f=1"},
                                           {"", "''"},
                                           {"a b", "'a b'"},
                                           {"it's", "'it'\\''s'"},
                                           {"$(x)\n", "'$(x)\n'"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        wsi_shell_word(out, cases[i][0]);
        fclose(out);
        assert_string_equal(text, cases[i][1]);
        wsi_free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_follow_types_and_values), cmocka_unit_test(ranges_leave_out_what_is_not_finite),
        cmocka_unit_test(sizes_keep_their_shape),        cmocka_unit_test(colours_are_averaged),
        cmocka_unit_test(labels_and_maps_have_colours),  cmocka_unit_test(words_are_quoted_where_they_must_be)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
