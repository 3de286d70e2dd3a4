/* JPEG tiles decoded by the functions that devices run, here on the CPU, against libjpeg-turbo: whatever they call good
 * is the same bit for bit, pictures are hardly ever given up, and damaged streams neither crash nor pass for good. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "jpeg-cpu.h"
#include "jpeg-sample.h"
#include "kernels/px/jpeg-huffman-px.h"
#include "reader-maker.h"
#include "reader/decode-jpeg.h"
#include "reader/reader.h"

enum { SIDE = 256, BATCH = 24 };

/* Room for many restart intervals. */
static const wsi_device_jpeg_limits limits = {8 * BATCH, SIDE, SIDE, 8 << 20};

static wsi_image make_image(int64_t w, int64_t h, int channels)
{
    const wsi_image im = {wsi_calloc((size_t)(h * w), (size_t)channels), w * channels, w, h, {WSI_U8, channels}};
    assert_non_null(im.data);
    return im;
}

/* Adds to the batch. */
static wsi_device_jpeg_added add(wsi_jpeg *jpeg, wsi_jpeg_batch *batch, jpeg_sample *s)
{
    wsi_jpeg_frame frame;
    s->tile = -1;
    if (!jpeg_sample_read(s, jpeg, &frame)) return WSI_DEVICE_JPEG_REFUSED;
    const wsi_device_jpeg_added added = wsi_jpeg_batch_add(batch, &frame, s->stream.bytes, s->stream.size, &s->got);
    if (added == WSI_DEVICE_JPEG_ADDED) s->tile = batch->tile_count - 1;
    return added;
}

/* What is good has libjpeg's pixels. 1 when it is. */
static int check(const jpeg_sample *s, const int *ok)
{
    char text[160];
    if (s->tile < 0 || !ok[s->tile]) return 0;
    if (!jpeg_sample_right(s, text, sizeof text)) fail_msg("%s", text);
    return 1;
}

/* Fills a batch with samples made by recipe(), runs it, counts by picture. */
static void run_batches(int rounds, jpeg_recipe (*recipe)(uint64_t *), void (*spoil)(jpeg_sample *, uint64_t *),
                        uint64_t seed, int *made, int *good)
{
    wsi_jpeg *jpeg = wsi_jpeg_create(NULL);
    wsi_jpeg_batch *batch = jpeg_cpu_create(&limits);
    for (int round = 0; round < rounds; round++) {
        jpeg_sample samples[BATCH];
        int ok[8 * BATCH];
        wsi_jpeg_batch_clear(batch);
        for (int i = 0; i < BATCH; i++) {
            const jpeg_recipe r = recipe(&seed);
            jpeg_sample_make(&samples[i], &r, &seed);
            if (spoil) spoil(&samples[i], &seed);
            assert_int_not_equal(add(jpeg, batch, &samples[i]), WSI_DEVICE_JPEG_FULL);
        }
        jpeg_cpu_run(batch, ok);
        for (int i = 0; i < BATCH; i++) {
            made[samples[i].recipe.picture]++;
            good[samples[i].recipe.picture] += check(&samples[i], ok);
            jpeg_sample_free(&samples[i]);
        }
    }
    jpeg_cpu_destroy(batch);
    wsi_jpeg_destroy(&jpeg);
}

/* All samplings, sizes, qualities, tables and markers; only noise and checkerboards may be left to libjpeg. */
static void test_streams(void **state)
{
    int made[JPEG_PICTURES] = {0}, good[JPEG_PICTURES] = {0};
    (void)state;
    run_batches(120, jpeg_random_recipe, NULL, 0x9E3779B97F4A7C15u, made, good);
    for (int p = 0; p < JPEG_PICTURES; p++) print_message("picture %d: %d of %d\n", p, good[p], made[p]);
    assert_int_equal(good[JPEG_TISSUE], made[JPEG_TISSUE]);
    assert_int_equal(good[JPEG_FLAT], made[JPEG_FLAT]);
    assert_true(good[JPEG_NOISE] > made[JPEG_NOISE] * 9 / 10);
    assert_true(good[JPEG_EXTREME] > made[JPEG_EXTREME] / 2);
}

static void test_damaged(void **state)
{
    int made[JPEG_PICTURES] = {0}, good[JPEG_PICTURES] = {0};
    (void)state;
    run_batches(250, jpeg_small_recipe, jpeg_sample_damage, 0xD1B54A32D192ED03u, made, good);
    /* Damage is mostly seen, and what is undamaged is not taken for it. */
    assert_true(good[JPEG_FLAT] > made[JPEG_FLAT] / 8 && good[JPEG_FLAT] < made[JPEG_FLAT]);
}

/* A tile's frame, or not. */
static int frame_of(const jpeg_recipe *r, wsi_jpeg_frame *frame, jpeg_stream *stream)
{
    uint64_t seed = 7;
    int usable = -1;
    wsi_jpeg *jpeg = wsi_jpeg_create(NULL);
    const wsi_image like = {.w = r->w, .h = r->h, .fmt = {WSI_U8, r->components}};
    *stream = jpeg_make(r, &seed);
    assert_int_equal(wsi_jpeg_read_frame(jpeg, NULL, WSI_JPEG_AS_STORED, stream->bytes, stream->size, r->w, r->h, &like,
                                         frame, &usable, NULL),
                     WSI_OK);
    wsi_jpeg_destroy(&jpeg);
    return usable;
}

static void test_unusable(void **state)
{
    static const struct {
        jpeg_recipe r;
        int usable;
        wsi_device_jpeg_added added;
    } cases[] = {
        {{.components = 3, .h_samp = 1, .v_samp = 1}, 1, WSI_DEVICE_JPEG_ADDED},
        {{.components = 3, .h_samp = 4, .v_samp = 1, .ycc = 1}, 1, WSI_DEVICE_JPEG_REFUSED},
        {{.components = 3, .h_samp = 1, .v_samp = 4, .ycc = 1}, 1, WSI_DEVICE_JPEG_REFUSED},
        {{.components = 1, .h_samp = 3, .v_samp = 2}, 1, WSI_DEVICE_JPEG_ADDED},
        {{.components = 2, .h_samp = 1, .v_samp = 1}, 0, WSI_DEVICE_JPEG_REFUSED},
        {{.components = 4, .h_samp = 1, .v_samp = 1}, 0, WSI_DEVICE_JPEG_REFUSED},
        {{.components = 3, .h_samp = 1, .v_samp = 1, .progressive = 1}, 0, WSI_DEVICE_JPEG_REFUSED},
        {{.components = 3, .h_samp = 1, .v_samp = 1, .arithmetic = 1}, 0, WSI_DEVICE_JPEG_REFUSED},
    };
    wsi_jpeg_batch *batch = jpeg_cpu_create(&limits);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        wsi_jpeg_frame frame;
        jpeg_stream stream;
        jpeg_recipe r = cases[i].r;
        r.w = r.h = 64;
        r.quality = 80;
        const wsi_image dst = make_image(64, 64, r.components);
        assert_int_equal(frame_of(&r, &frame, &stream), cases[i].usable);
        if (cases[i].usable)
            assert_int_equal(wsi_jpeg_batch_add(batch, &frame, stream.bytes, stream.size, &dst), cases[i].added);
        jpeg_stream_free(&stream);
        wsi_free(dst.data);
    }
    jpeg_cpu_destroy(batch);
}

/* Limits hold: too large is refused, no more room is "full", and neither leaves a trace. */
static void test_limits(void **state)
{
    const wsi_device_jpeg_limits tight = {2, 60, 50, 4000};
    const jpeg_recipe r = {.w = 64, .h = 64, .components = 3, .h_samp = 2, .v_samp = 2, .ycc = 1, .quality = 60};
    wsi_jpeg_batch *batch = jpeg_cpu_create(&tight);
    wsi_jpeg_room room;
    wsi_jpeg_frame frame;
    jpeg_stream stream;
    const wsi_image dst = make_image(64, 64, 3), small = make_image(64, 63, 3), grey = make_image(64, 64, 1);
    (void)state;
    assert_int_equal(frame_of(&r, &frame, &stream), 1);
    assert_int_equal(wsi_jpeg_batch_add(batch, &frame, stream.bytes, stream.size, &grey), WSI_DEVICE_JPEG_REFUSED);
    assert_int_equal(wsi_jpeg_batch_add(batch, &frame, stream.bytes, stream.size - 2, &dst), WSI_DEVICE_JPEG_REFUSED);
    assert_int_equal(wsi_jpeg_batch_add(batch, &frame, stream.bytes, frame.scan - 1, &dst), WSI_DEVICE_JPEG_REFUSED);
    assert_int_equal(batch->tile_count + batch->segment_count + (int)batch->used, 0);
    assert_int_equal(wsi_jpeg_batch_add(batch, &frame, stream.bytes, stream.size, &dst), WSI_DEVICE_JPEG_ADDED);
    assert_int_equal(wsi_jpeg_batch_add(batch, &frame, stream.bytes, stream.size, &small), WSI_DEVICE_JPEG_ADDED);
    assert_int_equal(wsi_jpeg_batch_add(batch, &frame, stream.bytes, stream.size, &dst), WSI_DEVICE_JPEG_FULL);
    assert_int_equal(batch->set_count, 1);
    frame.h = 65;
    assert_int_equal(wsi_jpeg_batch_add(batch, &frame, stream.bytes, stream.size, &dst), WSI_DEVICE_JPEG_REFUSED);
    assert_false(wsi_jpeg_room_for(&(wsi_device_jpeg_limits){0, 1, 1, 1}, &room));
    assert_false(wsi_jpeg_room_for(&(wsi_device_jpeg_limits){1 << 16, 1 << 14, 1 << 14, 1}, &room));
    assert_false(wsi_jpeg_room_for(&(wsi_device_jpeg_limits){1, INT64_MAX, 1, 1}, &room));
    jpeg_stream_free(&stream);
    wsi_free(dst.data);
    wsi_free(small.data);
    wsi_free(grey.data);
    jpeg_cpu_destroy(batch);
}

static void test_scan_split(void **state)
{
    static const uint8_t scan[] = {1, 0xFF, 0, 2, 3, 4, 0xFF, 0xD0, 0xFF, 0, 0xFF, 0xD1, 7, 0xFF, 0xD9, 9};
    static const uint8_t want[] = {1, 0xFF, 2, 3, 4, 0, 0, 0, 0xFF, 0, 0, 0, 7, 0, 0, 0};
    wsi_px_jpeg_segment s[3];
    uint8_t room[64], broken[sizeof scan];
    size_t used;
    (void)state;
    assert_true(wsi_jpeg_scan_split(scan, sizeof scan, room, 10, s, 3, &used));
    assert_int_equal(used, sizeof want);
    assert_memory_equal(room, want, sizeof want);
    assert_int_equal(s[0].word, 10);
    assert_int_equal(s[0].size, 5);
    assert_int_equal(s[1].word, 12);
    assert_int_equal(s[1].size, 1);
    assert_int_equal(s[2].word, 13);
    assert_int_equal(s[2].size, 1);
    /* Too few or too many markers, one out of order, one that does not belong there, none at the end. */
    assert_false(wsi_jpeg_scan_split(scan, sizeof scan, room, 0, s, 2, &used));
    assert_false(wsi_jpeg_scan_split(scan, 14, room, 0, s, 3, &used));
    assert_false(wsi_jpeg_scan_split(scan, 13, room, 0, s, 3, &used));
    for (int i = 0; i < 4; i++) {
        memcpy(broken, scan, sizeof scan);
        broken[i < 2 ? 7 : 11] = (uint8_t[]){0xD1, 0xFF, 0xDA, 0xD2}[i];
        assert_false(wsi_jpeg_scan_split(broken, sizeof broken, room, 0, s, 3, &used));
    }
}

/* Every code, looked up or searched, gives its symbol back; impossible tables are refused. */
static void test_codes(void **state)
{
    wsi_jpeg_frame frame = {.components = 1};
    static wsi_px_jpeg_set set;
    uint32_t code = 0;
    int index = 0;
    (void)state;
    for (int i = 0; i < 256; i++) frame.ac[0].values[i] = (uint8_t)(255 - i);
    for (int n = 1; n <= 16; n++) frame.ac[0].bits[n] = (uint8_t)(n > 2 && n < 16 ? 3 : n == 16 ? 100 : 0);
    frame.dc[0].bits[1] = 1;
    assert_true(wsi_jpeg_set_make(&frame, &set));
    assert_int_equal(set.distinct, 2);
    const wsi_px_jpeg_codes *ac = &set.codes[set.ac[0]];
    for (int n = 1; n <= 16; n++, code <<= 1) {
        for (int i = 0; i < frame.ac[0].bits[n]; i++, code++, index++) {
            const uint32_t left = code << (16 - n), fill = (1u << (16 - n)) - 1;
            const uint32_t want = (uint32_t)(n << 8 | (255 - index));
            const uint32_t found = n <= WSI_JPEG_LOOK_BITS
                                       ? wsi_px_jpeg_look(ac, (left | fill) >> (16 - WSI_JPEG_LOOK_BITS))
                                       : wsi_px_jpeg_search(ac, left | fill);
            assert_int_equal(found, want);
        }
    }
    assert_int_equal(wsi_px_jpeg_search(ac, 0xFFFF), 0);
    frame.dc[0].bits[1] = 2; /* one of all ones */
    assert_false(wsi_jpeg_set_make(&frame, &set));
    frame.dc[0].bits[1] = 1;
    frame.dc[0].values[0] = 16; /* a mean of more bits than there are */
    assert_false(wsi_jpeg_set_make(&frame, &set));
    frame.dc[0].values[0] = 0;
    frame.ac[0].bits[3] = 9;
    assert_false(wsi_jpeg_set_make(&frame, &set));
}

/* Every tile of a scanner's slide. */
static void test_slide(void **state)
{
    char path[1024];
    wsi_slide *slide = NULL;
    wsi_error err = {0};
    int ok[8 * BATCH];
    (void)state;
    if (!maker_data()) skip();
    wsi_jpeg_batch *batch = jpeg_cpu_create(&limits);
    snprintf(path, sizeof path, "%s/slides/CMU-1-Small-Region.svs", maker_data());
    if (wsi_slide_open(path, NULL, &slide, &err) != WSI_OK) fail_msg("%s", err.message);
    const wsi_level *l = &wsi_slide_get_info(slide)->levels[0];
    assert_true(wsi_slide_level_is_jpeg(slide, 0));
    assert_false(wsi_slide_level_is_jpeg(slide, 1));
    for (int64_t i = 0; i < l->tiles_x * l->tiles_y; i++) {
        const int64_t tx = i % l->tiles_x, ty = i / l->tiles_x;
        const wsi_rect r = wsi_slide_tile_rect(slide, 0, tx, ty);
        const wsi_tile_span span = wsi_slide_tile_span(slide, 0, tx, ty);
        const wsi_image want = make_image(r.w, r.h, 3), got = make_image(r.w, r.h, 3);
        void *bytes = wsi_calloc(span.size, 1);
        wsi_jpeg_frame frame;
        int usable = 0;
        assert_int_equal(wsi_slide_read_bytes(slide, span.offset, span.size, bytes, &err), WSI_OK);
        assert_int_equal(wsi_slide_read_tile(slide, 0, tx, ty, bytes, span.size, &want, &err), WSI_OK);
        assert_int_equal(wsi_slide_jpeg_frame(slide, 0, tx, ty, bytes, span.size, &frame, &usable, &err), WSI_OK);
        assert_int_equal(usable, 1);
        wsi_jpeg_batch_clear(batch);
        assert_int_equal(wsi_jpeg_batch_add(batch, &frame, bytes, span.size, &got), WSI_DEVICE_JPEG_ADDED);
        jpeg_cpu_run(batch, ok);
        assert_int_equal(ok[0], 1);
        assert_memory_equal(want.data, got.data, (size_t)(want.h * want.stride));
        wsi_free(bytes);
        wsi_free(want.data);
        wsi_free(got.data);
    }
    wsi_slide_close(&slide);
    jpeg_cpu_destroy(batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scan_split), cmocka_unit_test(test_codes),   cmocka_unit_test(test_unusable),
        cmocka_unit_test(test_limits),     cmocka_unit_test(test_streams), cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_slide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
