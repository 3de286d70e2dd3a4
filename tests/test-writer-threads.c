/* Many threads encode at once through one sink; the file must be the one that a single thread makes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/thread.h"
#include "writer-pattern.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS = 4, EDGE = 64, SIDE = 6, TILES = SIDE * SIDE };

typedef struct encoded {
    unsigned char *bytes;
    size_t size;
} encoded;

typedef struct shared {
    wsi_sink *sink;
    const wsi_sink_spec *spec;
    atomic_int next, failures;
    encoded tiles[TILES]; /* each by the thread that took it */
} shared;

static void encode_one(shared *s, int i)
{
    uint8_t pixels[EDGE * EDGE * 3];
    const wsi_image view = {pixels, EDGE * 3, EDGE, EDGE, {WSI_U8, 3}};
    for (int64_t y = 0; y < EDGE; y++)
        for (int64_t x = 0; x < EDGE; x++) pattern_pixel(&view, x, y, i % SIDE * EDGE + x, i / SIDE * EDGE + y);
    const size_t bound = wsi_sink_bound(s->sink, 0);
    s->tiles[i].bytes = wsi_calloc(bound, 1);
    if (wsi_sink_encode(s->sink, 0, 0, &view, s->tiles[i].bytes, bound, &s->tiles[i].size, NULL) != WSI_OK)
        atomic_fetch_add(&s->failures, 1);
}

static void *work(void *arg)
{
    shared *s = arg;
    for (int i = atomic_fetch_add(&s->next, 1); i < TILES; i = atomic_fetch_add(&s->next, 1)) encode_one(s, i);
    return NULL;
}

static void encode_all(shared *s, int threads)
{
    wsi_thread running[THREADS];
    for (int i = 0; i < threads; i++) assert_int_equal(wsi_thread_start(&running[i], "encode", work, s, NULL), WSI_OK);
    for (int i = 0; i < threads; i++) wsi_thread_join(running[i]);
    assert_int_equal(s->failures, 0);
}

static long write_with(const char *driver, wsi_codec codec, int threads, const char *path, unsigned char **bytes)
{
    wsi_result_spec r = {.name = "one", .fmt = {WSI_U8, 3}};
    pattern_levels(&r, SIDE * EDGE, SIDE * EDGE, EDGE, 1);
    const wsi_sink_spec spec = {.path = path,
                                .codec = codec,
                                .quality = 80,
                                .subsampling = WSI_SUBSAMPLING_420,
                                .tile = EDGE,
                                .result_count = 1,
                                .results = &r};
    static shared s;
    s = (shared){.spec = &spec};
    assert_int_equal(wsi_sink_open(wsi_writer_find(driver), &spec, &s.sink, NULL), WSI_OK);
    encode_all(&s, threads);
    for (int i = 0; i < TILES; i++) {
        assert_int_equal(wsi_sink_append(s.sink, 0, 0, i % SIDE, i / SIDE, s.tiles[i].bytes, s.tiles[i].size, NULL),
                         WSI_OK);
        wsi_free(s.tiles[i].bytes);
    }
    assert_int_equal(wsi_sink_finish(&s.sink, NULL), WSI_OK);
    FILE *f = fopen(path, "rb");
    fseek(f, 0, SEEK_END);
    const long size = ftell(f);
    rewind(f);
    *bytes = wsi_calloc((size_t)size, 1);
    assert_int_equal(fread(*bytes, 1, (size_t)size, f), size);
    fclose(f);
    unlink(path);
    return size;
}

static void same_bytes(const char *driver, wsi_codec codec)
{
    char path[] = "/tmp/wsi-threads-XXXXXX";
    unsigned char *one = NULL, *many = NULL;
    close(mkstemp(path));
    const long n1 = write_with(driver, codec, 1, path, &one), n2 = write_with(driver, codec, THREADS, path, &many);
    assert_int_equal(n1, n2);
    assert_memory_equal(one, many, (size_t)n1);
    wsi_free(one);
    wsi_free(many);
}

static void tiff(void **state)
{
    (void)state;
    same_bytes("tiff", WSI_CODEC_NONE);
    same_bytes("tiff", WSI_CODEC_DEFLATE);
    same_bytes("tiff", WSI_CODEC_ZSTD);
    same_bytes("tiff", WSI_CODEC_LZW);
    same_bytes("tiff", WSI_CODEC_JPEG);
}

static void hdf5(void **state)
{
    (void)state;
    same_bytes("hdf5", WSI_CODEC_DEFLATE);
    same_bytes("hdf5", WSI_CODEC_ZSTD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tiff), cmocka_unit_test(hdf5)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
