/* JPEG encoding as devices do it, on the CPU, against libjpeg-turbo through the writer's encoder: equal bytes for
 * random pictures and settings, for real slides, for sinks, for every mean with every quantiser. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jpeglib.h>

#include "common/mem.h"
#include "jpeg-block.h"
#include "jpeg-encode-cpu.h"
#include "jpeg-maker.h"
#include "reader/reader.h"
#include "writer/writer.h"

/* Encodes the block and compares; the number of tiles that fitted. */
static int encode_and_compare(jpeg_block *b, size_t scan_bytes)
{
    wsi_jpeg_plan plan;
    char text[256];
    int fitted = 0;
    const int tiles = jpeg_block_tiles(b);
    b->device.scan_bytes = scan_bytes;
    assert_int_equal(wsi_jpeg_plan_make(&b->device, &plan), 1);
    uint8_t *scans = wsi_calloc((size_t)tiles, plan.cut.room), *stream = wsi_calloc(b->capacity, 1);
    uint32_t *sizes = wsi_calloc((size_t)tiles, sizeof *sizes);
    jpeg_encode_cpu(&plan, &b->image, scans, sizes);
    for (int i = 0; i < tiles; i++) {
        size_t size;
        if (sizes[i] == 0) continue;
        assert_int_equal(
            wsi_jpeg_plan_join(&plan, scans + (size_t)i * plan.cut.room, sizes[i], stream, b->capacity, &size), 1);
        if (!jpeg_block_right(b, i, stream, size, text, sizeof text)) fail_msg("%s", text);
        assert_int_equal(wsi_jpeg_plan_join(&plan, scans, sizes[i], stream, size - 1, &size), 0);
        fitted++;
    }
    wsi_free(scans);
    wsi_free(stream);
    wsi_free(sizes);
    return fitted;
}

static void test_random(void **state)
{
    uint64_t seed = 0x9E3779B97F4A7C15u;
    (void)state;
    for (int i = 0; i < 150; i++) {
        jpeg_block b;
        jpeg_block_make(&b, i % 10 ? 80 : 512, &seed);
        assert_int_equal(encode_and_compare(&b, b.capacity), jpeg_block_tiles(&b));
        jpeg_block_free(&b);
    }
}

/* Every quality and subsampling, with coefficients as large as they get. */
static void test_qualities(void **state)
{
    uint64_t seed = 0xD1342543DE82EF95u;
    (void)state;
    for (int i = 0; i < 400; i++) {
        const wsi_jpeg_settings settings = {i % 4 < 3 ? 3 : 1, 1 + i / 4, (wsi_subsampling)(i % 4 % 3), 48};
        jpeg_block b;
        jpeg_block_paint(&b, &settings, JPEG_BASIS, 96, 50, &seed);
        assert_int_equal(encode_and_compare(&b, b.capacity), jpeg_block_tiles(&b));
        jpeg_block_free(&b);
    }
}

/* Tiles that do not fit are said so, the others still come out right. */
static void test_small_rooms(void **state)
{
    uint64_t seed = 0xC2B2AE3D27D4EB4Fu;
    int fitted = 0, made = 0;
    (void)state;
    for (int i = 0; i < 60; i++) {
        jpeg_block b;
        jpeg_block_make(&b, 96, &seed);
        fitted += encode_and_compare(&b, i % 2 ? 0 : 256 * (1 + jpeg_random(&seed) % 8));
        made += jpeg_block_tiles(&b);
        jpeg_block_free(&b);
    }
    assert_true(fitted > made / 4 && fitted < made);
}

static void test_slides(void **state)
{
    static const char *const names[] = {"CMU-1-Small-Region.svs", "tcga-cr-7395-01a-01-ts1.svs", "kather1.tif"};
    const char *folder = getenv("WSIPROC_TEST_DATA");
    char path[1024];
    (void)state;
    if (!folder) skip();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        wsi_slide *slide = NULL;
        snprintf(path, sizeof path, "%s/slides/%s", folder, names[i]);
        if (access(path, R_OK) != 0) skip();
        assert_int_equal(wsi_slide_open(path, NULL, &slide, NULL), WSI_OK);
        const wsi_slide_info *info = wsi_slide_get_info(slide);
        const wsi_rect all = {0, 0, info->levels[0].w, info->levels[0].h}, part = {all.w / 3, all.h / 3, 700, 300};
        const wsi_rect r = wsi_rect_intersect(part, all);
        const wsi_image im = {wsi_calloc((size_t)(r.w * r.h), 3), 3 * r.w, r.w, r.h, {WSI_U8, 3}};
        assert_int_equal(wsi_slide_decode_rect(slide, 0, r, &im, NULL), WSI_OK);
        for (int s = 0; s < 3; s++) {
            const wsi_jpeg_settings settings = {3, 75 + 10 * s, (wsi_subsampling)s, 256};
            jpeg_block b;
            jpeg_block_of(&b, &settings, &im);
            assert_int_equal(encode_and_compare(&b, s < 2 ? 0 : b.capacity), jpeg_block_tiles(&b));
            jpeg_block_free(&b);
        }
        wsi_free(im.data);
        wsi_slide_close(&slide);
    }
}

/* ---- Quantising ---- */

enum { SIDE = 1024, BLOCKS = SIDE / 8 * (SIDE / 8) };

/* Block i is of samples that add up to i, as even as that goes. */
static void fill_sums(uint8_t *pixels)
{
    for (int i = 0; i < BLOCKS; i++) {
        uint8_t *block = pixels + (size_t)(i / (SIDE / 8) * 8 * SIDE + i % (SIDE / 8) * 8);
        for (int k = 0; k < 64; k++)
            block[k / 8 * SIDE + k % 8] = (uint8_t)(i / 64 < 255 ? i / 64 + (k < i % 64) : 255);
    }
}

static int sum_of(int i)
{
    return i / 64 < 255 ? i : 64 * 255;
}

/* What the library makes of fill_sums' picture with quantiser q. */
static void compress_sums(uint8_t *pixels, unsigned q, unsigned char **out, unsigned long *size)
{
    struct jpeg_compress_struct cinfo;
    struct jpeg_error_mgr errors;
    unsigned table[64];
    for (int i = 0; i < 64; i++) table[i] = q;
    cinfo.err = jpeg_std_error(&errors);
    jpeg_create_compress(&cinfo);
    jpeg_mem_dest(&cinfo, out, size);
    cinfo.image_width = cinfo.image_height = SIDE;
    cinfo.input_components = 1;
    cinfo.in_color_space = JCS_GRAYSCALE;
    jpeg_set_defaults(&cinfo);
    cinfo.dct_method = JDCT_ISLOW;
    jpeg_add_quant_table(&cinfo, 0, table, 100, TRUE);
    jpeg_start_compress(&cinfo, TRUE);
    while (cinfo.next_scanline < cinfo.image_height) {
        JSAMPROW row = pixels + (size_t)cinfo.next_scanline * SIDE;
        jpeg_write_scanlines(&cinfo, &row, 1);
    }
    jpeg_finish_compress(&cinfo);
    jpeg_destroy_compress(&cinfo);
}

static int wrong_means(const unsigned char *stream, unsigned long size, unsigned q)
{
    struct jpeg_decompress_struct cinfo;
    struct jpeg_error_mgr errors;
    const wsi_px_jpeg_divisor d = wsi_px_jpeg_divisor_of(q, 0);
    int wrong = 0;
    cinfo.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&cinfo);
    jpeg_mem_src(&cinfo, stream, size);
    jpeg_read_header(&cinfo, TRUE);
    jvirt_barray_ptr *arrays = jpeg_read_coefficients(&cinfo);
    for (JDIMENSION y = 0; y < SIDE / 8; y++) {
        JBLOCKARRAY rows = cinfo.mem->access_virt_barray((j_common_ptr)&cinfo, arrays[0], y, 1, FALSE);
        for (int x = 0; x < SIDE / 8; x++)
            wrong += rows[0][x][0] != wsi_px_jpeg_quantise(sum_of((int)y * (SIDE / 8) + x) - 64 * 128, d);
    }
    jpeg_finish_decompress(&cinfo);
    jpeg_destroy_decompress(&cinfo);
    return wrong;
}

/* Every mean there is, by every quantiser, as the installed library has it. */
static void test_means(void **state)
{
    uint8_t *pixels = wsi_calloc(SIDE, SIDE);
    (void)state;
    fill_sums(pixels);
    for (unsigned q = 1; q <= 255; q++) {
        unsigned char *stream = NULL;
        unsigned long size = 0;
        compress_sums(pixels, q, &stream, &size);
        const int wrong = wrong_means(stream, size, q);
        free(stream);
        if (wrong) fail_msg("%d means differ with quantiser %u", wrong, q);
    }
    wsi_free(pixels);
}

/* Every value by every quantiser is division with halves away from zero. */
static void test_quantise(void **state)
{
    (void)state;
    for (int q = 1; q <= 255; q++) {
        const wsi_px_jpeg_divisor d = wsi_px_jpeg_divisor_of((uint32_t)q, 0);
        for (int v = 0; v < 1 << 15; v++) {
            const int want = (v + 4 * q) / (8 * q);
            if (wsi_px_jpeg_quantise(v, d) != want || wsi_px_jpeg_quantise(-v, d) != -want)
                fail_msg("%d by %d", v, 8 * q);
        }
    }
}

/* ---- Sinks and plans ---- */

static wsi_sink *open_sink(const wsi_result_spec *result, wsi_codec codec, const char *path)
{
    const wsi_sink_spec spec = {.path = path,
                                .codec = codec,
                                .quality = 80,
                                .subsampling = WSI_SUBSAMPLING_420,
                                .tile = 64,
                                .result_count = 1,
                                .results = result};
    wsi_sink *sink = NULL;
    assert_int_equal(wsi_sink_open(wsi_writer_find("tiff"), &spec, &sink, NULL), WSI_OK);
    return sink;
}

/* What a sink tells about its tiles is enough to make the bytes that it makes itself. */
static void test_sink(void **state)
{
    const wsi_result_spec result = {.name = "image",
                                    .fmt = {WSI_U8, 3},
                                    .level_count = 1,
                                    .level_w = {90},
                                    .level_h = {64},
                                    .downsample = {1},
                                    .chain = "source"};
    const wsi_jpeg_settings settings = {3, 80, WSI_SUBSAMPLING_420, 64};
    uint64_t seed = 0x2545F4914F6CDD1Du;
    char path[] = "/tmp/wsiproc-jpeg-XXXXXX";
    wsi_jpeg_encode_settings wanted = {.max_tiles = 2};
    wsi_jpeg_plan plan;
    jpeg_block b;
    (void)state;
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    wsi_sink *sink = open_sink(&result, WSI_CODEC_JPEG, path);
    assert_int_equal(wsi_sink_jpeg(sink, 0, &wanted.encoding, NULL), WSI_OK);
    assert_int_equal(wsi_jpeg_plan_make(&wanted, &plan), 1);
    jpeg_block_paint(&b, &settings, JPEG_SMOOTH, 90, 64, &seed);
    const size_t bound = wsi_sink_bound(sink, 0);
    uint8_t *scans = wsi_calloc(2, plan.cut.room), *ours = wsi_calloc(bound, 1), *theirs = wsi_calloc(bound, 1);
    uint32_t sizes[2];
    jpeg_encode_cpu(&plan, &b.image, scans, sizes);
    for (int i = 0; i < 2; i++) {
        const wsi_image view = wsi_image_crop(&b.image, (wsi_rect){64 * i, 0, i ? 26 : 64, 64});
        size_t size = 0, want = 0;
        assert_int_equal(wsi_sink_encode(sink, 0, 0, &view, theirs, bound, &want, NULL), WSI_OK);
        assert_int_equal(wsi_jpeg_plan_join(&plan, scans + (size_t)i * plan.cut.room, sizes[i], ours, bound, &size), 1);
        assert_int_equal(size, want);
        assert_memory_equal(ours, theirs, size);
    }
    wsi_sink_abort(&sink);
    sink = open_sink(&result, WSI_CODEC_DEFLATE, path);
    assert_int_equal(wsi_sink_jpeg(sink, 0, &wanted.encoding, NULL), WSI_OK);
    assert_int_equal(wanted.encoding.frame.components, 0);
    assert_int_equal(wsi_jpeg_plan_make(&wanted, &plan), 0);
    wsi_sink_abort(&sink);
    (void)unlink(path);
    wsi_free(scans);
    wsi_free(ours);
    wsi_free(theirs);
    jpeg_block_free(&b);
}

static void test_refusals(void **state)
{
    const wsi_jpeg_settings settings = {3, 80, WSI_SUBSAMPLING_420, 64};
    const wsi_image im = {wsi_calloc(64, 192), 192, 64, 64, {WSI_U8, 3}};
    jpeg_block b;
    wsi_jpeg_plan plan;
    wsi_jpeg_grid grid;
    (void)state;
    jpeg_block_of(&b, &settings, &im);
    const wsi_jpeg_encode_settings good = b.device;
    assert_int_equal(wsi_jpeg_plan_make(&good, &plan), 1);
    assert_int_equal(wsi_jpeg_plan_grid(&plan, &b.image, &grid), 1);
    wsi_image other = b.image;
    other.w = 65; /* two tiles; the plan is for one. The pixels are not looked at. */
    assert_int_equal(wsi_jpeg_plan_grid(&plan, &other, &grid), 0);
    other = b.image;
    other.fmt.type = WSI_I8;
    assert_int_equal(wsi_jpeg_plan_grid(&plan, &other, &grid), 0);
    for (int i = 0; i < 11; i++) {
        wsi_jpeg_encode_settings bad = good;
        wsi_jpeg_frame *f = &bad.encoding.frame;
        if (i == 0) f->w = 72, f->h = 72;
        if (i == 1) f->h = 128;
        if (i == 2) f->restart_interval = 4;
        if (i == 3) f->h_samp[0] = 1;
        if (i == 4) f->v_samp[2] = 2;
        if (i == 5) f->quant[1][3] = 0;
        if (i == 6) f->quant[2][3]++;
        if (i == 7) f->ac[0].bits[2] = 200;
        if (i == 8) f->ac[1].bits[16]--, f->ac[2].bits[16]--;
        if (i == 9) bad.max_tiles = 0;
        if (i == 10) f->scan = WSI_JPEG_HEAD_MAX + 1;
        if (wsi_jpeg_plan_make(&bad, &plan)) fail_msg("impossible settings %d were taken", i);
    }
    jpeg_block_free(&b);
    wsi_free(im.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantise),  cmocka_unit_test(test_means),       cmocka_unit_test(test_random),
        cmocka_unit_test(test_qualities), cmocka_unit_test(test_small_rooms), cmocka_unit_test(test_slides),
        cmocka_unit_test(test_sink),      cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
