/* Tables that go wrong: damage, missing seals, full disks, broken requests; and numbers as text at their limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/mem.h"
#include "table-maker.h"
#include "writer/number-text.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static char folder[] = "/tmp/wsi-tables-XXXXXX";
static const char *const formats[] = {"csv", "csv.gz", "geojson", "geojson.gz", "hdf5"};

typedef struct job {
    char path[160], seal[168];
    table_maker maker;
    wsi_table_spec spec;
    const wsi_table_format *format;
} job;

static void prepare(job *j, const char *format, wsi_table_kind kind)
{
    memset(j, 0, sizeof *j);
    snprintf(j->path, sizeof j->path, "%s/table", folder);
    snprintf(j->seal, sizeof j->seal, "%s.json", j->path);
    table_maker_open(&j->maker, kind);
    j->format = wsi_table_format_find(format);
    j->spec = (wsi_table_spec){.path = j->path, .name = "things", .kind = kind, .fingerprint_json = "{\"made\":1}"};
    j->spec.columns = j->maker.columns;
    j->spec.column_count = j->maker.column_count;
}

static wsi_status write_table(job *j, int batches, wsi_error *err)
{
    wsi_table *table = NULL;
    wsi_status status = wsi_table_open(j->format, &j->spec, &table, err);
    for (int i = 0; i < batches && status == WSI_OK; i++) {
        table_maker_next(&j->maker, TABLE_BATCH);
        status = wsi_table_rows(table, &j->maker.rows, err);
    }
    if (status == WSI_OK) return wsi_table_finish(&table, err);
    wsi_table_abort(&table);
    return status;
}

static int entries(void)
{
    int n = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *e = readdir(dir); e; e = readdir(dir)) n += e->d_name[0] != '.';
    closedir(dir);
    return n;
}

static void remove_both(const job *j)
{
    unlink(j->path);
    unlink(j->seal);
    assert_int_equal(entries(), 0);
}

static wsi_status verify(const char *path, wsi_error *err)
{
    char *summary = NULL;
    const wsi_status status = wsi_output_verify(path, &summary, err);
    wsi_free(summary);
    return status;
}

static void expect(wsi_status found, wsi_status want, const wsi_error *err, const char *text)
{
    if (found != want) fail_msg("%s instead of %s: %s", wsi_status_name(found), wsi_status_name(want), err->message);
    if (!strstr(err->message, text)) fail_msg("no \"%s\" in: %s", text, err->message);
}

static void flip(const char *path, off_t at)
{
    unsigned char byte;
    const int fd = open(path, O_RDWR);
    if (at < 0) at += lseek(fd, 0, SEEK_END);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

static void finished_ones_verify(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        job j;
        char *print = NULL;
        wsi_error err = {WSI_OK, ""};
        prepare(&j, formats[i], WSI_TABLE_OBJECTS);
        if (write_table(&j, 2, &err) != WSI_OK) fail_msg("%s", err.message);
        assert_int_equal(entries(), j.format->sealed_beside ? 2 : 1);
        if (verify(j.path, &err) != WSI_OK) fail_msg("%s", err.message);
        assert_int_equal(wsi_output_fingerprint(j.path, &print, &err), WSI_OK);
        assert_string_equal(print, "{\"made\":1}");
        wsi_free(print);
        table_maker_close(&j.maker);
        remove_both(&j);
    }
}

/* Any byte of the table or its seal. */
static void damage_is_found(void **state)
{
    static const off_t places[] = {0, 20, 5000, 70000, -3, -30};
    (void)state;
    for (int i = 0; i < 5; i++) {
        job j;
        prepare(&j, formats[i], WSI_TABLE_OBJECTS);
        assert_int_equal(write_table(&j, 1, NULL), WSI_OK);
        for (int k = 0; k < 2; k++) {
            const char *file = k ? j.seal : j.path;
            if (k && !j.format->sealed_beside) continue;
            for (size_t p = 0; p < sizeof places / sizeof places[0]; p++) {
                if (k && llabs((long long)places[p]) > 500) continue;
                flip(file, places[p]);
                assert_int_equal(verify(j.path, NULL), WSI_ERR_VERIFY);
                flip(file, places[p]);
            }
        }
        assert_int_equal(verify(j.path, NULL), WSI_OK);
        table_maker_close(&j.maker);
        remove_both(&j);
    }
}

static void a_table_without_its_seal_is_none(void **state)
{
    job j;
    char *print = NULL;
    wsi_error err = {WSI_OK, ""};
    (void)state;
    prepare(&j, "csv", WSI_TABLE_PATCHES);
    assert_int_equal(write_table(&j, 1, NULL), WSI_OK);
    unlink(j.seal);
    expect(wsi_output_fingerprint(j.path, &print, &err), WSI_ERR_VERIFY, &err, "nor a table with its seal");
    expect(verify(j.path, &err), WSI_ERR_VERIFY, &err, "nor a table with its seal");
    /* Another table's seal does not do either. */
    assert_int_equal(write_table(&j, 1, NULL), WSI_OK);
    FILE *f = fopen(j.path, "ab");
    fputs("1,2,3\r\n", f);
    fclose(f);
    expect(verify(j.path, &err), WSI_ERR_VERIFY, &err, "does not fit the file's length");
    table_maker_close(&j.maker);
    remove_both(&j);
}

static void abort_leaves_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        job j;
        wsi_table *table = NULL;
        prepare(&j, formats[i], WSI_TABLE_OBJECTS);
        assert_int_equal(wsi_table_open(j.format, &j.spec, &table, NULL), WSI_OK);
        table_maker_next(&j.maker, 100);
        assert_int_equal(wsi_table_rows(table, &j.maker.rows, NULL), WSI_OK);
        assert_int_equal(wsi_table_row_count(table), 100);
        assert_true(wsi_table_bytes(table) > 0 || strcmp(formats[i], "hdf5") == 0 || strstr(formats[i], ".gz"));
        wsi_table_abort(&table);
        assert_null(table);
        table_maker_close(&j.maker);
        assert_int_equal(entries(), 0);
    }
}

static void full_disk(void **state)
{
    struct rlimit was, small = {600000, 600000};
    (void)state;
    getrlimit(RLIMIT_FSIZE, &was);
    small.rlim_max = was.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    for (int i = 0; i < 5; i++) {
        job j;
        wsi_error err = {WSI_OK, ""};
        prepare(&j, formats[i], WSI_TABLE_OBJECTS);
        setrlimit(RLIMIT_FSIZE, &small);
        const wsi_status status = write_table(&j, 20, &err);
        setrlimit(RLIMIT_FSIZE, &was);
        expect(status, WSI_ERR_OUTPUT_FULL, &err, "table: cannot write");
        table_maker_close(&j.maker);
        assert_int_equal(entries(), 0);
    }
}

static void bad_requests(void **state)
{
    job j;
    wsi_table *table = NULL;
    wsi_error err = {WSI_OK, ""};
    (void)state;
    assert_null(wsi_table_format_find("parquet"));
    prepare(&j, "csv", WSI_TABLE_POINTS);
    snprintf(j.maker.columns[1].name, sizeof j.maker.columns[1].name, "y");
    expect(wsi_table_open(j.format, &j.spec, &table, &err), WSI_ERR_USAGE, &err, "two columns are named y");
    snprintf(j.maker.columns[1].name, sizeof j.maker.columns[1].name, "x");
    j.spec.fingerprint_json = "no JSON";
    expect(wsi_table_open(j.format, &j.spec, &table, &err), WSI_ERR_USAGE, &err, "the fingerprint is not");
    j.spec.fingerprint_json = NULL;
    j.spec.path = "/proc/nowhere/table";
    expect(wsi_table_open(j.format, &j.spec, &table, &err), WSI_ERR_OUTPUT, &err, "/proc/nowhere");
    j.spec.path = NULL;
    expect(wsi_table_open(j.format, &j.spec, &table, &err), WSI_ERR_USAGE, &err, "needs a path");
    j.spec.column_count = 0;
    expect(wsi_table_open(j.format, &j.spec, &table, &err), WSI_ERR_USAGE, &err, "0 columns");
    const wsi_sink_spec spec = {.path = j.path, .codec = WSI_CODEC_NONE, .tile = 64};
    wsi_sink *sink = NULL;
    expect(wsi_sink_open(wsi_writer_find("tiff"), &spec, &sink, &err), WSI_ERR_USAGE, &err, "cannot hold 0 results");
    table_maker_close(&j.maker);
    assert_int_equal(entries(), 0);
}

static void tables_live_in_a_sink(void **state)
{
    static const char *const names[] = {"a", "b"};
    job j;
    wsi_sink *sink = NULL;
    wsi_table *table = NULL;
    wsi_error err = {WSI_OK, ""};
    (void)state;
    prepare(&j, "hdf5", WSI_TABLE_OBJECTS);
    const wsi_sink_spec spec = {.path = j.path, .codec = WSI_CODEC_ZSTD, .tile = 64};
    assert_int_equal(wsi_sink_open(wsi_writer_find("hdf5"), &spec, &sink, NULL), WSI_OK);
    for (int i = 0; i < 2; i++) {
        j.spec.name = names[i];
        assert_int_equal(wsi_sink_table(sink, &j.spec, &table, NULL), WSI_OK);
        table_maker_next(&j.maker, 10);
        assert_int_equal(wsi_table_rows(table, &j.maker.rows, NULL), WSI_OK);
        assert_int_equal(wsi_table_finish(&table, NULL), WSI_OK);
    }
    expect(wsi_sink_table(sink, &j.spec, &table, &err), WSI_ERR_OUTPUT, &err, "table: b: HDF5");
    assert_int_equal(wsi_sink_finish(&sink, NULL), WSI_OK);
    char *summary = NULL;
    assert_int_equal(wsi_output_verify(j.path, &summary, NULL), WSI_OK);
    assert_non_null(strstr(summary, "\"results\":[\"a\",\"b\"],\"rows\":20"));
    wsi_free(summary);
    table_maker_close(&j.maker);
    remove_both(&j);
}

static void check_double(const wsi_number_table *table, double value, const char *want)
{
    char text[WSI_NUMBER_TEXT_MAX + 1];
    *wsi_number_double(table, text, value) = '\0';
    if (want) assert_string_equal(text, want);
    const double again = strtod(text, NULL);
    if (value == value) assert_memory_equal(&again, &value, sizeof value);
}

static void numbers_read_back(void **state)
{
    char text[WSI_NUMBER_TEXT_MAX + 1];
    wsi_number_table table;
    (void)state;
    wsi_number_table_fill(&table);
    check_double(&table, 0.1, "0.1");
    check_double(&table, -0.0, "-0");
    check_double(&table, 1e15 + 0.125, "1000000000000000.1");
    check_double(&table, 0.00001, "0.00001");
    check_double(&table, 1.5e-7, "1.5e-07");
    check_double(&table, 0.3, "0.3");
    check_double(&table, 1e22, NULL);
    check_double(&table, 4.9e-324, NULL);
    check_double(&table, 1.7976931348623157e308, NULL);
    check_double(&table, 0x1p-130, NULL);
    check_double(&table, 123456789.0, "123456789");
    check_double(&table, NAN, "nan");
    check_double(&table, -INFINITY, "-inf");
    uint64_t random = 1;
    for (int i = 0; i < 200000; i++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        const double scale = ldexp(1, (int)(random >> 57) - 64);
        check_double(&table, ((double)(int64_t)random + 0.5) * 0x1p-63 * scale, NULL);
    }
    *wsi_number_int(text, INT64_MIN) = '\0';
    assert_string_equal(text, "-9223372036854775808");
    *wsi_number_hundredths(text, -12.505) = '\0';
    assert_string_equal(text, "-12.51");
    *wsi_number_hundredths(text, 99.999) = '\0';
    assert_string_equal(text, "100");
    *wsi_number_hundredths(text, 7.5) = '\0';
    assert_string_equal(text, "7.5");
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
        cmocka_unit_test(finished_ones_verify),
        cmocka_unit_test(damage_is_found),
        cmocka_unit_test(a_table_without_its_seal_is_none),
        cmocka_unit_test(abort_leaves_nothing),
        cmocka_unit_test(full_disk),
        cmocka_unit_test(bad_requests),
        cmocka_unit_test(tables_live_in_a_sink),
        cmocka_unit_test(numbers_read_back),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
