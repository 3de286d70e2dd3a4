/* JPEG and JPEG 2000 tiles: the colour transform follows the stream, tables may be shared, clipped and padded tiles
 * come out right, and damaged streams are errors, never grey. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "common/mem.h"
#include "reader-maker.h"
#include "reader/decode-jp2k.h"
#include "reader/decode-jpeg.h"

enum { SIDE = 64 };

typedef struct stream {
    unsigned char *bytes;
    unsigned long size;
} stream;

typedef struct recipe {
    int w, h, components;
    J_COLOR_SPACE space; /* of the stream */
    int subsample;       /* chroma 2x2 */
    int jfif, adobe;
    int ids[3];      /* 0: libjpeg's own */
    int abbreviated; /* tables go to another stream */
    int progressive, restart;
} recipe;

/* A smooth picture, so that decoding it with the wrong transform shows. */
static void paint_row(const recipe *r, int y, JSAMPLE *row)
{
    for (int x = 0; x < r->w; x++) {
        for (int c = 0; c < r->components; c++) row[x * r->components + c] = (JSAMPLE)(40 + 60 * c + x + y / 2);
    }
}

static void set_up(struct jpeg_compress_struct *c, const recipe *r)
{
    c->image_width = (JDIMENSION)r->w;
    c->image_height = (JDIMENSION)r->h;
    c->input_components = r->components;
    c->in_color_space = r->components == 3 ? JCS_RGB : r->components == 1 ? JCS_GRAYSCALE : JCS_UNKNOWN;
    jpeg_set_defaults(c);
    jpeg_set_colorspace(c, r->space);
    jpeg_set_quality(c, 95, TRUE);
    for (int i = 0; i < c->num_components; i++) c->comp_info[i].h_samp_factor = c->comp_info[i].v_samp_factor = 1;
    if (r->subsample) c->comp_info[0].h_samp_factor = c->comp_info[0].v_samp_factor = 2;
    for (int i = 0; i < 3 && r->ids[2]; i++) c->comp_info[i].component_id = r->ids[i];
    c->write_JFIF_header = r->jfif;
    c->write_Adobe_marker = r->adobe;
    if (r->progressive) jpeg_simple_progression(c);
    if (r->restart) c->restart_in_rows = 1;
}

static stream encode(const recipe *r, stream *tables)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr errors;
    JSAMPLE row[4 * 4 * SIDE];
    JSAMPROW rows[] = {row};
    stream out = {NULL, 0};
    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    if (tables) {
        *tables = (stream){NULL, 0};
        jpeg_mem_dest(&c, &tables->bytes, &tables->size);
        set_up(&c, r);
        jpeg_write_tables(&c);
        jpeg_suppress_tables(&c, TRUE);
    } else {
        set_up(&c, r);
    }
    jpeg_mem_dest(&c, &out.bytes, &out.size);
    jpeg_start_compress(&c, tables == NULL);
    while (c.next_scanline < c.image_height) {
        paint_row(r, (int)c.next_scanline, row);
        jpeg_write_scanlines(&c, rows, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    return out;
}

static wsi_image make_image(int w, int h, int channels)
{
    const wsi_image im = {wsi_calloc((size_t)h, (size_t)(w * channels)), w * channels, w, h, {WSI_U8, channels}};
    assert_non_null(im.data);
    memset(im.data, 0xEE, (size_t)(h * w * channels));
    return im;
}

/* Largest distance between im and the painted picture. */
static int distance(const wsi_image *im, const recipe *r)
{
    JSAMPLE row[4 * 4 * SIDE];
    int worst = 0;
    for (int y = 0; y < im->h; y++) {
        const uint8_t *got = wsi_image_row(im, y);
        paint_row(r, y, row);
        for (int i = 0; i < im->w * r->components; i++)
            worst = abs(got[i] - row[i]) > worst ? abs(got[i] - row[i]) : worst;
    }
    return worst;
}

static wsi_jpeg_colour decided(const stream *s, int tag_says_ycc)
{
    wsi_jpeg_header header;
    assert_true(wsi_jpeg_parse(s->bytes, s->size, &header));
    return wsi_jpeg_decide_colour(&header, tag_says_ycc);
}

static void test_colour_decision(void **state)
{
    static const struct {
        recipe r;
        int tag_says_ycc;
        wsi_jpeg_colour want;
    } cases[] = {
        {{.space = JCS_YCbCr, .jfif = 1}, 0, WSI_JPEG_YCC_TO_RGB}, /* JFIF under an RGB tag */
        {{.space = JCS_YCbCr, .jfif = 1, .subsample = 1}, 0, WSI_JPEG_YCC_TO_RGB},
        {{.space = JCS_RGB, .adobe = 1}, 1, WSI_JPEG_AS_STORED}, /* Adobe RGB under a YCbCr tag */
        {{.space = JCS_YCbCr, .adobe = 1}, 0, WSI_JPEG_YCC_TO_RGB},
        {{.space = JCS_RGB}, 1, WSI_JPEG_AS_STORED},                   /* ids R, G, B */
        {{.space = JCS_RGB, .ids = {0, 1, 2}}, 0, WSI_JPEG_AS_STORED}, /* Aperio */
        {{.space = JCS_YCbCr, .ids = {0, 1, 2}}, 1, WSI_JPEG_YCC_TO_RGB},
        {{.space = JCS_YCbCr}, 1, WSI_JPEG_YCC_TO_RGB},
        {{.space = JCS_RGB, .ids = {1, 2, 3}}, 0, WSI_JPEG_AS_STORED},
        {{.space = JCS_YCbCr, .subsample = 1}, 0, WSI_JPEG_YCC_TO_RGB}, /* subsampled: cannot be RGB */
    };
    wsi_jpeg *j = wsi_jpeg_create(NULL);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        recipe r = cases[i].r;
        r.w = r.h = SIDE;
        r.components = 3;
        stream s = encode(&r, NULL);
        const wsi_image im = make_image(SIDE, SIDE, 3);
        wsi_error err = {0};
        const wsi_jpeg_colour colour = decided(&s, cases[i].tag_says_ycc);
        assert_int_equal(colour, cases[i].want);
        if (wsi_jpeg_decode(j, NULL, colour, s.bytes, s.size, SIDE, SIDE, &im, &err)) fail_msg("%s", err.message);
        assert_true(distance(&im, &r) < 12);
        wsi_free(im.data);
        free(s.bytes);
    }
    wsi_jpeg_destroy(&j);
    wsi_jpeg_destroy(&j);
    wsi_jpeg_destroy(NULL);
}

static void test_components(void **state)
{
    wsi_jpeg *j = wsi_jpeg_create(NULL);
    (void)state;
    for (int n = 1; n <= 4; n++) {
        const recipe r = {.w = SIDE,
                          .h = SIDE,
                          .components = n,
                          .space = n == 1   ? JCS_GRAYSCALE
                                   : n == 3 ? JCS_RGB
                                            : JCS_UNKNOWN};
        stream s = encode(&r, NULL);
        const wsi_image im = make_image(SIDE, SIDE, n), other = make_image(SIDE, SIDE, n % 4 + 1);
        wsi_error err = {0};
        if (wsi_jpeg_decode(j, NULL, WSI_JPEG_AS_STORED, s.bytes, s.size, SIDE, SIDE, &im, &err))
            fail_msg("%s", err.message);
        assert_true(distance(&im, &r) < 12);
        assert_int_equal(wsi_jpeg_decode(j, NULL, WSI_JPEG_AS_STORED, s.bytes, s.size, SIDE, SIDE, &other, &err),
                         WSI_ERR_INPUT_CORRUPT);
        wsi_free(im.data);
        wsi_free(other.data);
        free(s.bytes);
    }
    wsi_jpeg_destroy(&j);
}

/* Tables stay loaded, change with the level, and do not survive a stream with its own. */
static void test_shared_tables(void **state)
{
    const recipe r = {.w = SIDE, .h = SIDE, .components = 3, .space = JCS_RGB};
    stream tables, odd, whole = encode(&r, NULL), part = encode(&r, &tables);
    wsi_jpeg *j = wsi_jpeg_create(NULL);
    const wsi_image im = make_image(SIDE, SIDE, 3), want = make_image(SIDE, SIDE, 3);
    wsi_error err = {0};
    (void)state;
    odd.bytes = wsi_calloc(tables.size, 1);
    odd.size = tables.size;
    memcpy(odd.bytes, tables.bytes, tables.size);
    odd.bytes[7] = (unsigned char)(odd.bytes[7] * 3); /* another quantiser of the mean */
    const wsi_jpeg_tables a = {tables.bytes, tables.size, 1}, b = {odd.bytes, odd.size, 2};
    assert_int_equal(wsi_jpeg_decode(j, NULL, WSI_JPEG_AS_STORED, whole.bytes, whole.size, SIDE, SIDE, &want, &err), 0);
    for (int i = 0; i < 12; i++) {
        const int kind = i * 7 % 4;
        const stream *s = kind == 3 ? &whole : &part;
        const wsi_jpeg_tables *t = kind == 3 ? NULL : kind == 2 ? &b : &a;
        if (wsi_jpeg_decode(j, t, WSI_JPEG_AS_STORED, s->bytes, s->size, SIDE, SIDE, &im, &err))
            fail_msg("%s", err.message);
        const int same = memcmp(im.data, want.data, (size_t)(im.stride * im.h)) == 0;
        assert_int_equal(same, kind != 2);
    }
    /* Without tables, also right after a stream that had them. */
    assert_int_equal(wsi_jpeg_decode(j, NULL, WSI_JPEG_AS_STORED, part.bytes, part.size, SIDE, SIDE, &im, &err),
                     WSI_ERR_INPUT_CORRUPT);
    const wsi_jpeg_tables broken = {tables.bytes, 40, 3}, image = {whole.bytes, whole.size, 4};
    assert_int_equal(wsi_jpeg_decode(j, &broken, WSI_JPEG_AS_STORED, part.bytes, part.size, SIDE, SIDE, &im, &err),
                     WSI_ERR_INPUT_CORRUPT);
    assert_int_equal(wsi_jpeg_decode(j, &image, WSI_JPEG_AS_STORED, part.bytes, part.size, SIDE, SIDE, &im, &err),
                     WSI_ERR_INPUT_CORRUPT);
    assert_int_equal(wsi_jpeg_decode(j, &a, WSI_JPEG_AS_STORED, part.bytes, part.size, SIDE, SIDE, &im, &err), WSI_OK);
    assert_memory_equal(im.data, want.data, (size_t)(im.stride * im.h));
    wsi_jpeg_destroy(&j);
    wsi_free(im.data);
    wsi_free(want.data);
    wsi_free(odd.bytes);
    free(tables.bytes);
    free(whole.bytes);
    free(part.bytes);
}

/* Clipped tiles are the corner of whole ones; streams may be padded to whole blocks, not more, and never too small. */
static void test_sizes(void **state)
{
    const recipe r = {
        .w = SIDE, .h = SIDE, .components = 3, .space = JCS_YCbCr, .subsample = 1, .progressive = 1, .restart = 1};
    stream s = encode(&r, NULL);
    wsi_jpeg *j = wsi_jpeg_create(NULL);
    const wsi_image whole = make_image(SIDE, SIDE, 3);
    static const struct {
        int tile_w, tile_h, w, h;
        wsi_status want;
    } cases[] = {{64, 64, 64, 64, WSI_OK},
                 {64, 64, 63, 64, WSI_OK},
                 {64, 64, 64, 1, WSI_OK},
                 {64, 64, 1, 1, WSI_OK},
                 {49, 49, 49, 49, WSI_OK},
                 {48, 64, 48, 48, WSI_ERR_INPUT_CORRUPT},
                 {64, 48, 48, 48, WSI_ERR_INPUT_CORRUPT},
                 {65, 64, 65, 64, WSI_ERR_INPUT_CORRUPT},
                 {64, 128, 64, 65, WSI_ERR_INPUT_CORRUPT},
                 {256, 256, 64, 60, WSI_OK}};
    (void)state;
    assert_int_equal(wsi_jpeg_decode(j, NULL, WSI_JPEG_YCC_TO_RGB, s.bytes, s.size, 64, 64, &whole, NULL), WSI_OK);
    assert_true(distance(&whole, &r) < 12);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const wsi_image im = make_image(cases[i].w, cases[i].h, 3);
        assert_int_equal(
            wsi_jpeg_decode(j, NULL, WSI_JPEG_YCC_TO_RGB, s.bytes, s.size, cases[i].tile_w, cases[i].tile_h, &im, NULL),
            cases[i].want);
        for (int y = 0; y < im.h && cases[i].want == WSI_OK; y++) {
            assert_memory_equal(wsi_image_row(&im, y), wsi_image_row(&whole, y), 3 * (size_t)im.w);
        }
        wsi_free(im.data);
    }
    wsi_free(whole.data);
    wsi_jpeg_destroy(&j);
    free(s.bytes);
}

/* A stream cut anywhere is an error; the decoder works on afterwards. Only the end marker may be missing,
 * and only where a single scan has to be complete. */
static void test_cut_streams(void **state)
{
    (void)state;
    for (int progressive = 0; progressive < 2; progressive++) {
        const recipe r = {.w = SIDE, .h = SIDE, .components = 3, .space = JCS_RGB, .progressive = progressive};
        stream s = encode(&r, NULL);
        wsi_jpeg *j = wsi_jpeg_create(NULL);
        const wsi_image im = make_image(SIDE, SIDE, 3);
        for (size_t n = 0; n + 4 < s.size; n += 13) {
            wsi_error err = {0};
            assert_int_equal(wsi_jpeg_decode(j, NULL, WSI_JPEG_AS_STORED, s.bytes, n, SIDE, SIDE, &im, &err),
                             WSI_ERR_INPUT_CORRUPT);
            assert_int_equal(strncmp(err.message, "jpeg: ", 6), 0);
        }
        assert_int_equal(wsi_jpeg_decode(j, NULL, WSI_JPEG_AS_STORED, s.bytes, s.size - 2, SIDE, SIDE, &im, NULL),
                         progressive ? WSI_ERR_INPUT_CORRUPT : WSI_OK);
        assert_int_equal(wsi_jpeg_decode(j, NULL, WSI_JPEG_AS_STORED, s.bytes, s.size, SIDE, SIDE, &im, NULL), WSI_OK);
        assert_true(distance(&im, &r) < 12);
        wsi_free(im.data);
        wsi_jpeg_destroy(&j);
        free(s.bytes);
    }
}

/* Any damage ends in pixels or a clean error. */
static void test_damaged_streams(void **state)
{
    const recipe r = {.w = SIDE, .h = SIDE, .components = 3, .space = JCS_YCbCr, .subsample = 1};
    stream s = encode(&r, NULL);
    wsi_jpeg *j = wsi_jpeg_create(NULL);
    const wsi_image im = make_image(SIDE, SIDE, 3);
    unsigned state32 = 12345, errors = 0;
    (void)state;
    for (int i = 0; i < 3000; i++) {
        state32 = state32 * 1664525u + 1013904223u;
        const size_t at = (state32 >> 8) % (i % 2 ? 620 : s.size);
        const unsigned char old = s.bytes[at];
        s.bytes[at] = (unsigned char)(state32 >> 24);
        errors += wsi_jpeg_decode(j, NULL, WSI_JPEG_YCC_TO_RGB, s.bytes, s.size, SIDE, SIDE, &im, NULL) != WSI_OK;
        s.bytes[at] = old;
    }
    assert_true(errors > 300);
    assert_int_equal(wsi_jpeg_decode(j, NULL, WSI_JPEG_YCC_TO_RGB, s.bytes, s.size, SIDE, SIDE, &im, NULL), WSI_OK);
    assert_true(distance(&im, &r) < 12);
    wsi_free(im.data);
    wsi_jpeg_destroy(&j);
    free(s.bytes);
}

static void test_headers(void **state)
{
    wsi_jpeg_header h;
    static const unsigned char none[] = {0xFF, 0xD8, 0xFF, 0xD9},
                               short_frame[] = {0xFF, 0xD8, 0xFF, 0xC0, 0, 8, 8, 0, 1, 0, 1, 3},
                               endless[] = {0xFF, 0xD8, 0xFF, 0xFF, 0xFF, 0xFF},
                               lone[] = {0xFF, 0xD8, 0xFF, 0xDA, 0, 2};
    (void)state;
    assert_true(wsi_jpeg_parse(none, sizeof none, &h));
    assert_int_equal(h.w, 0);
    assert_false(wsi_jpeg_parse(short_frame, sizeof short_frame, &h));
    assert_false(wsi_jpeg_parse(endless, sizeof endless, &h));
    assert_false(wsi_jpeg_parse(lone, sizeof lone, &h)); /* a scan without a frame */
    assert_false(wsi_jpeg_parse("", 0, &h));
    assert_false(wsi_jpeg_parse("GIF89a", 6, &h));
}

/* ---- JPEG 2000, on the streams of the test data ---- */

static unsigned char *load(const char *name, size_t *size)
{
    char path[1024];
    const char *dir = maker_data();
    if (!dir) return NULL;
    snprintf(path, sizeof path, "%s/slides/j2k/%s", dir, name);
    return maker_load(path, size);
}

static wsi_status decode_file(const char *name, wsi_jp2k_colour container, const wsi_image *im)
{
    size_t size;
    unsigned char *bytes = load(name, &size);
    assert_non_null(bytes);
    const wsi_status status = wsi_jp2k_decode(bytes, size, container, im->w, im->h, im, NULL);
    wsi_free(bytes);
    return status;
}

static int differ(const wsi_image *a, const wsi_image *b)
{
    return memcmp(a->data, b->data, (size_t)(a->stride * a->h)) != 0;
}

static void test_jp2k_colour(void **state)
{
    (void)state;
    if (!maker_data()) skip();
    const wsi_image a = make_image(16, 12, 3), b = make_image(16, 12, 3);
    /* A component transform or subsampling decides against the container; otherwise the container does. */
    assert_int_equal(decode_file("rgb_mct.j2k", WSI_JP2K_SAYS_RGB, &a), WSI_OK);
    assert_int_equal(decode_file("rgb_mct.j2k", WSI_JP2K_SAYS_YCC, &b), WSI_OK);
    assert_false(differ(&a, &b));
    for (int i = 0; i < 2; i++) {
        const char *name = i ? "ycbcr_422.j2k" : "ycbcr_420.j2k";
        assert_int_equal(decode_file(name, WSI_JP2K_SAYS_RGB, &a), WSI_OK);
        assert_int_equal(decode_file(name, WSI_JP2K_SAYS_YCC, &b), WSI_OK);
        assert_false(differ(&a, &b));
    }
    assert_int_equal(decode_file("ycbcr_444.j2k", WSI_JP2K_SAYS_RGB, &a), WSI_OK);
    assert_int_equal(decode_file("ycbcr_444.j2k", WSI_JP2K_SAYS_YCC, &b), WSI_OK);
    assert_true(differ(&a, &b));
    wsi_free(a.data);
    wsi_free(b.data);
}

static void test_jp2k_failures(void **state)
{
    (void)state;
    if (!maker_data()) skip();
    const wsi_image good = make_image(256, 256, 3), grey = make_image(256, 256, 1), wide = make_image(257, 256, 3),
                    small = make_image(100, 100, 3);
    size_t size;
    unsigned char *bytes = load("dcm_frame_6.j2k", &size);
    assert_non_null(bytes);
    assert_int_equal(wsi_jp2k_decode(bytes, size, WSI_JP2K_SAYS_RGB, 256, 256, &good, NULL), WSI_OK);
    assert_int_equal(wsi_jp2k_decode(bytes, size, WSI_JP2K_SAYS_RGB, 256, 256, &small, NULL), WSI_OK);
    assert_memory_equal(wsi_image_row(&small, 99), wsi_image_row(&good, 99), 300);
    assert_int_equal(wsi_jp2k_decode(bytes, size, WSI_JP2K_SAYS_RGB, 256, 256, &grey, NULL), WSI_ERR_INPUT_CORRUPT);
    assert_int_equal(wsi_jp2k_decode(bytes, size, WSI_JP2K_SAYS_RGB, 257, 256, &wide, NULL), WSI_ERR_INPUT_CORRUPT);
    assert_int_equal(wsi_jp2k_decode(bytes, size, WSI_JP2K_SAYS_RGB, 100, 100, &small, NULL), WSI_ERR_INPUT_CORRUPT);
    assert_int_equal(wsi_jp2k_decode(bytes, 0, WSI_JP2K_SAYS_RGB, 256, 256, &good, NULL), WSI_ERR_INPUT_CORRUPT);
    for (size_t n = 1; n < size; n += size / 23) {
        wsi_error err = {0};
        assert_int_equal(wsi_jp2k_decode(bytes, n, WSI_JP2K_SAYS_RGB, 256, 256, &good, &err), WSI_ERR_INPUT_CORRUPT);
        assert_int_equal(strncmp(err.message, "jpeg2000: ", 10), 0);
    }
    /* Sizes in the header that would make the library allocate gigabytes. */
    for (int at = 8; at < 40; at++) {
        const unsigned char old = bytes[at];
        bytes[at] ^= 0x7F;
        wsi_jp2k_decode(bytes, size, WSI_JP2K_SAYS_RGB, 256, 256, &good, NULL);
        bytes[at] = old;
    }
    assert_int_equal(wsi_jp2k_decode(bytes, size, WSI_JP2K_SAYS_RGB, 256, 256, &good, NULL), WSI_OK);
    wsi_free(bytes);
    wsi_free(good.data);
    wsi_free(grey.data);
    wsi_free(wide.data);
    wsi_free(small.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_colour_decision), cmocka_unit_test(test_components),
        cmocka_unit_test(test_shared_tables),   cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_cut_streams),     cmocka_unit_test(test_damaged_streams),
        cmocka_unit_test(test_headers),         cmocka_unit_test(test_jp2k_colour),
        cmocka_unit_test(test_jp2k_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
