/* What goes wrong while writing: full disks, forbidden places, broken rules, two runs at once. Whatever happens, no
 * part file stays behind and nothing half-done stands under the final name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "writer-pattern.h"

#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/wsi-failure-XXXXXX";
enum { DRIVERS = 5 };
static const char *const drivers[DRIVERS] = {"hdf5", "tiff", "ome-tiff", "svs", "md5"};

typedef struct job {
    char path[160];
    const wsi_writer *writer;
    wsi_result_spec result;
    wsi_sink_spec spec;
} job;

static void prepare(job *j, const char *driver, const char *name)
{
    memset(j, 0, sizeof *j);
    j->writer = wsi_writer_find(driver);
    snprintf(j->path, sizeof j->path, "%s/%s", folder, name);
    j->result.name = "one";
    j->result.fmt = (wsi_pixfmt){WSI_U8, 3};
    pattern_levels(&j->result, 300, 200, 64, 3);
    j->spec = (wsi_sink_spec){.path = j->path, .codec = WSI_CODEC_NONE, .tile = 64, .quality = 80};
    j->spec.results = &j->result;
    j->spec.result_count = 1;
}

static int entries(void)
{
    int n = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *e = readdir(dir); e; e = readdir(dir)) n += e->d_name[0] != '.';
    closedir(dir);
    return n;
}

static void expect(wsi_status found, wsi_status want, const wsi_error *err, const char *text)
{
    if (found != want) fail_msg("%s instead of %s: %s", wsi_status_name(found), wsi_status_name(want), err->message);
    assert_int_equal(err->code, want);
    if (!strstr(err->message, text)) fail_msg("no \"%s\" in: %s", text, err->message);
}

static void abort_leaves_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < DRIVERS; i++) {
        job j;
        wsi_sink *sink = NULL;
        prepare(&j, drivers[i], "out");
        assert_int_equal(wsi_sink_open(j.writer, &j.spec, &sink, NULL), WSI_OK);
        assert_int_equal(entries(), 1);
        assert_int_equal(pattern_write(sink, &j.spec, 0, NULL), WSI_OK);
        assert_true(wsi_sink_bytes(sink) > 0);
        wsi_sink_abort(&sink);
        assert_null(sink);
        assert_int_equal(entries(), 0);
    }
}

static void incomplete_is_refused(void **state)
{
    (void)state;
    for (int i = 0; i < DRIVERS; i++) {
        job j;
        wsi_sink *sink = NULL;
        wsi_error err = {WSI_OK, ""};
        prepare(&j, drivers[i], "out");
        assert_int_equal(wsi_sink_open(j.writer, &j.spec, &sink, NULL), WSI_OK);
        expect(wsi_sink_finish(&sink, &err), WSI_ERR_INTERNAL, &err, "level 0: only 0 of 20 tiles");
        assert_null(sink);
        assert_int_equal(entries(), 0);
    }
}

/* A sink that makes something of the pixels must have been shown all of them. */
static void unseen_is_refused(void **state)
{
    job j;
    wsi_sink *sink = NULL;
    wsi_error err = {WSI_OK, ""};
    static char pixels[64 * 64 * 3], out[1 << 16];
    const wsi_image view = {pixels, 64 * 3, 64, 64, {WSI_U8, 3}};
    size_t size = 0;
    (void)state;
    prepare(&j, "svs", "out");
    pattern_levels(&j.result, 100, 64, 64, 1);
    assert_int_equal(wsi_sink_open(j.writer, &j.spec, &sink, NULL), WSI_OK);
    assert_true(wsi_sink_sees(sink, 0, 0));
    assert_false(wsi_sink_sees(sink, 0, 1));
    expect(wsi_sink_see(sink, 0, 0, 1, 0, &view, &err), WSI_ERR_INTERNAL, &err, "shown amiss"); /* 36 wide */
    assert_int_equal(wsi_sink_see(sink, 0, 0, 0, 0, &view, NULL), WSI_OK);
    for (int tx = 0; tx < 2; tx++) {
        const wsi_image tile = wsi_image_crop(&view, (wsi_rect){0, 0, tx ? 36 : 64, 64});
        assert_int_equal(wsi_sink_encode(sink, 0, 0, &tile, out, sizeof out, &size, NULL), WSI_OK);
        assert_int_equal(wsi_sink_append(sink, 0, 0, tx, 0, out, size, NULL), WSI_OK);
    }
    expect(wsi_sink_finish(&sink, &err), WSI_ERR_INTERNAL, &err, "the thumbnail has 4096 of 6400 pixels");
    assert_int_equal(entries(), 0);
}

static void order_is_policed(void **state)
{
    job j;
    wsi_sink *sink = NULL;
    wsi_error err = {WSI_OK, ""};
    (void)state;
    prepare(&j, "tiff", "out");
    assert_int_equal(wsi_sink_open(j.writer, &j.spec, &sink, NULL), WSI_OK);
    expect(wsi_sink_append(sink, 0, 0, 1, 0, "x", 1, &err), WSI_ERR_INTERNAL, &err, "out of order");
    const wsi_image wrong = {&j, 64, 64, 1, {WSI_U16, 1}};
    char out[16];
    size_t size = 0;
    expect(wsi_sink_encode(sink, 0, 0, &wrong, out, sizeof out, &size, &err), WSI_ERR_INTERNAL, &err, "does not fit");
    wsi_sink_abort(&sink);
}

static void small_buffer_is_an_error(void **state)
{
    static const wsi_codec codecs[] = {WSI_CODEC_NONE, WSI_CODEC_DEFLATE, WSI_CODEC_ZSTD, WSI_CODEC_LZW,
                                       WSI_CODEC_JPEG};
    (void)state;
    for (int i = 0; i < 5; i++) {
        static uint8_t pixels[64 * 64 * 3];
        job j;
        wsi_sink *sink = NULL;
        char out[80];
        size_t size = 0;
        uint32_t seed = 1;
        for (size_t k = 0; k < sizeof pixels; k++) pixels[k] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
        prepare(&j, "tiff", "out");
        j.spec.codec = codecs[i];
        assert_int_equal(wsi_sink_open(j.writer, &j.spec, &sink, NULL), WSI_OK);
        const wsi_image tile = {pixels, 64 * 3, 64, 64, {WSI_U8, 3}};
        for (int round = 0; round < 2; round++) /* the encoder must survive it */
            assert_int_equal(wsi_sink_encode(sink, 0, 0, &tile, out, sizeof out, &size, NULL), WSI_ERR_INTERNAL);
        const size_t bound = wsi_sink_bound(sink, 0);
        void *big = wsi_calloc(bound, 1);
        assert_int_equal(wsi_sink_encode(sink, 0, 0, &tile, big, bound, &size, NULL), WSI_OK);
        assert_in_range(size, 1, bound);
        wsi_free(big);
        wsi_sink_abort(&sink);
    }
}

static void bad_requests(void **state)
{
    job j;
    wsi_sink *sink = NULL;
    wsi_error err = {WSI_OK, ""};
    (void)state;
    prepare(&j, "hdf5", "out");
    j.spec.codec = WSI_CODEC_JPEG;
    expect(wsi_sink_open(j.writer, &j.spec, &sink, &err), WSI_ERR_USAGE, &err, "has no compression jpeg");
    prepare(&j, "tiff", "out");
    j.spec.codec = WSI_CODEC_JPEG;
    j.result.fmt.type = WSI_F32;
    expect(wsi_sink_open(j.writer, &j.spec, &sink, &err), WSI_ERR_USAGE, &err, "is stored as uint8");
    j.result.fmt = (wsi_pixfmt){WSI_U8, 4};
    expect(wsi_sink_open(j.writer, &j.spec, &sink, &err), WSI_ERR_USAGE, &err, "1 or 3 channels");
    prepare(&j, "tiff", "out");
    j.spec.tile = 100;
    expect(wsi_sink_open(j.writer, &j.spec, &sink, &err), WSI_ERR_USAGE, &err, "multiple of 16");
    prepare(&j, "tiff", "out");
    j.spec.fingerprint_json = "not json";
    expect(wsi_sink_open(j.writer, &j.spec, &sink, &err), WSI_ERR_USAGE, &err, "is not JSON");
    assert_int_equal(entries(), 0);
}

static void places_that_cannot_be(void **state)
{
    job j;
    wsi_sink *sink = NULL;
    wsi_error err = {WSI_OK, ""};
    char file[200];
    (void)state;
    prepare(&j, "tiff", "");
    expect(wsi_sink_open(j.writer, &j.spec, &sink, &err), WSI_ERR_OUTPUT, &err, "not a regular file");
    prepare(&j, "tiff", "plain/out");
    snprintf(file, sizeof file, "%s/plain", folder);
    close(open(file, O_CREAT | O_WRONLY, 0666));
    expect(wsi_sink_open(j.writer, &j.spec, &sink, &err), WSI_ERR_OUTPUT, &err, "plain");
    assert_int_equal(strncmp(err.message, j.path, strlen(j.path)), 0);
    unlink(file);
    if (geteuid() != 0) { /* root may write everywhere */
        chmod(folder, 0555);
        prepare(&j, "tiff", "out");
        expect(wsi_sink_open(j.writer, &j.spec, &sink, &err), WSI_ERR_OUTPUT, &err, "Permission denied");
        chmod(folder, 0755);
    }
    prepare(&j, "tiff", "");
    j.spec.path = "/proc/no/such/place";
    expect(wsi_sink_open(j.writer, &j.spec, &sink, &err), WSI_ERR_OUTPUT, &err, "/proc/no");
    assert_int_equal(entries(), 0);
}

/* Runs in a child, because a file size limit cannot be taken back, and because its exit must be clean too: HDF5
 * cleans up after main. The child's stderr must stay empty. */
static int write_limited(const char *driver, rlim_t limit)
{
    job j;
    wsi_error err = {WSI_OK, ""};
    const struct rlimit most = {limit, limit};
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &most) != 0) return 90;
    prepare(&j, driver, "out");
    const wsi_status status = pattern_file(j.writer, &j.spec, &err);
    if (status == WSI_OK) return 91;
    if (!strstr(err.message, "File too large") || strncmp(err.message, j.path, strlen(j.path)) != 0) return 92;
    return status;
}

static void full_disk(void **state)
{
    static const rlim_t limits[] = {0, 100, 3000, 20000, 100000, 200000};
    char noise[200];
    (void)state;
    snprintf(noise, sizeof noise, "%s/stderr", folder);
    for (int i = 0; i < DRIVERS; i++) {
        for (int k = 0; k < (strcmp(drivers[i], "md5") ? 6 : 2); k++) {
            const pid_t child = fork();
            if (child == 0) {
                const int fd = open(noise, O_CREAT | O_TRUNC | O_WRONLY, 0666);
                dup2(fd, 2);
                exit(write_limited(drivers[i], limits[k]));
            }
            int result = 0;
            struct stat st;
            assert_int_equal(waitpid(child, &result, 0), child);
            assert_true(WIFEXITED(result));
            assert_int_equal(WEXITSTATUS(result), WSI_ERR_OUTPUT_FULL);
            assert_int_equal(stat(noise, &st), 0);
            assert_int_equal(st.st_size, 0);
            unlink(noise);
            assert_int_equal(entries(), 0);
        }
    }
}

/* Two runs of one output: each has its own part file, the last to finish wins, both are whole. */
static void two_at_once(void **state)
{
    (void)state;
    for (int i = 0; i < DRIVERS; i++) {
        job a, b;
        wsi_sink *first = NULL, *second = NULL;
        char *summary = NULL;
        prepare(&a, drivers[i], "out");
        prepare(&b, drivers[i], "out");
        assert_int_equal(wsi_sink_open(a.writer, &a.spec, &first, NULL), WSI_OK);
        assert_int_equal(wsi_sink_open(b.writer, &b.spec, &second, NULL), WSI_OK);
        assert_int_equal(entries(), 2);
        assert_int_equal(pattern_write(first, &a.spec, 0, NULL), WSI_OK);
        assert_int_equal(pattern_write(second, &b.spec, 0, NULL), WSI_OK);
        assert_int_equal(wsi_sink_finish(&first, NULL), WSI_OK);
        assert_int_equal(wsi_output_verify(a.path, &summary, NULL), WSI_OK);
        wsi_free(summary);
        assert_int_equal(wsi_sink_finish(&second, NULL), WSI_OK);
        assert_int_equal(wsi_output_verify(a.path, &summary, NULL), WSI_OK);
        wsi_free(summary);
        assert_int_equal(entries(), 1);
        unlink(a.path);
    }
}

/* A part file left by a run of this machine that was killed is used again, whatever is in it. */
static void stale_part_is_taken_over(void **state)
{
    job j;
    char part[200], machine[9] = "";
    char *summary = NULL;
    (void)state;
    prepare(&j, "hdf5", "out");
    FILE *f = fopen("/proc/sys/kernel/random/boot_id", "r");
    if (!f) skip();
    assert_non_null(fgets(machine, sizeof machine, f));
    fclose(f);
    snprintf(part, sizeof part, "%s.%s.part", j.path, machine);
    f = fopen(part, "wb");
    for (int i = 0; i < 500000; i++) fputc('x', f);
    fclose(f);
    assert_int_equal(pattern_file(j.writer, &j.spec, NULL), WSI_OK);
    assert_int_equal(wsi_output_verify(j.path, &summary, NULL), WSI_OK);
    wsi_free(summary);
    assert_int_equal(entries(), 1);
    unlink(j.path);
}

static void bad_tiles_are_recorded(void **state)
{
    static const char list[] = "[{\"level\":0,\"x\":3,\"y\":14}]";
    (void)state;
    for (int i = 0; i < DRIVERS; i++) {
        job j;
        wsi_sink *sink = NULL;
        char *summary = NULL;
        prepare(&j, drivers[i], "out");
        assert_int_equal(wsi_sink_open(j.writer, &j.spec, &sink, NULL), WSI_OK);
        assert_int_equal(pattern_write(sink, &j.spec, 0, NULL), WSI_OK);
        assert_int_equal(wsi_sink_set_bad_tiles(sink, "nonsense", NULL), WSI_ERR_USAGE);
        assert_int_equal(wsi_sink_set_bad_tiles(sink, list, NULL), WSI_OK);
        assert_int_equal(wsi_sink_finish(&sink, NULL), WSI_OK);
        assert_int_equal(wsi_output_verify(j.path, &summary, NULL), WSI_OK);
        wsi_free(summary);
        FILE *f = fopen(j.path, "rb");
        static char bytes[1 << 20];
        const size_t n = fread(bytes, 1, sizeof bytes, f);
        fclose(f);
        const char *want = strcmp(drivers[i], "ome-tiff") ? "\"y\":14" : "&quot;y&quot;:14";
        assert_non_null(memmem(bytes, n, want, strlen(want)));
        unlink(j.path);
    }
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder); /* must be empty */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(abort_leaves_nothing),
        cmocka_unit_test(incomplete_is_refused),
        cmocka_unit_test(unseen_is_refused),
        cmocka_unit_test(order_is_policed),
        cmocka_unit_test(small_buffer_is_an_error),
        cmocka_unit_test(bad_requests),
        cmocka_unit_test(places_that_cannot_be),
        cmocka_unit_test(full_disk),
        cmocka_unit_test(two_at_once),
        cmocka_unit_test(stale_part_is_taken_over),
        cmocka_unit_test(bad_tiles_are_recorded),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
