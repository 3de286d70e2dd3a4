/* Whole jobs on the synthetic slide: the same bytes whatever the tiles, threads and memory; skipping; cancelling. */
#include <setjmp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/mem.h"
#include "job-files.h"
#include "scheduler/scheduler.h"

static char folder[] = "/tmp/wsi-job-XXXXXX";
static int tells_late; /* as NFS does: what came into the folder is missing until the folder is opened */

int __real_access(const char *name, int how);
int __wrap_access(const char *name, int how);
int __real_open64(const char *name, int flags, ...);
int __wrap_open64(const char *name, int flags, ...);

int __wrap_access(const char *name, int how)
{
    if (!tells_late || strncmp(name, folder, strlen(folder)) != 0) return __real_access(name, how);
    errno = ENOENT;
    return -1;
}

int __wrap_open64(const char *name, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
    va_end(args);
    if ((flags & O_DIRECTORY) && strncmp(name, folder, strlen(folder)) == 0) tells_late = 0;
    return __real_open64(name, flags, mode);
}

static wsi_job_spec base_spec(const char *writer, const char *stem, const wsi_chain *chain)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, stem);
    return (wsi_job_spec){.input = "synthetic:900x1100,seed=3",
                          .output_base = path,
                          .chain = chain,
                          .writer = wsi_writer_find(writer),
                          .codec = -1,
                          .subsampling = -1,
                          .threads = 2,
                          .memory = UINT64_C(256) << 20,
                          .isa = wsi_cpu_best()};
}

static char *run(const wsi_job_spec *spec, size_t *size)
{
    wsi_job_report report = {0};
    wsi_error err = {WSI_OK, ""};
    if (wsi_job_execute(spec, &report, &err) != WSI_OK) fail_msg("%s", err.message);
    assert_int_equal(report.outcome, WSI_JOB_DONE);
    assert_non_null(strstr(report.stats_json, "\"decode_amplification\":1.0"));
    char *data = read_file(report.outputs[0], size);
    wsi_job_report_clear(&report);
    return data;
}

static void bytes_do_not_depend_on_tiles_threads_memory(void **state)
{
    (void)state;
    static const int64_t tiles[] = {0, 64, 97, 1000, 100000};
    static const int threads[] = {1, 2, 5};
    wsi_chain *chain = parse("rgb2hed as hed | channel:index=0 | gaussian:sigma=2 as h | threshold:value=0.05 | "
                             "opening:footprint=disk,radius=3 as mask");
    size_t size = 0;
    char *reference = NULL;
    for (size_t t = 0; t < 5; t++)
        for (size_t n = 0; n < 3; n++) {
            wsi_job_spec spec = base_spec("hdf5", "same", chain);
            spec.write = "h,mask";
            spec.tile = tiles[t];
            spec.threads = threads[n];
            spec.memory = (n == 1 && tiles[t] < 100 ? UINT64_C(64) : UINT64_C(512)) << 20;
            spec.overwrite = 1;
            size_t got;
            char *data = run(&spec, &got);
            if (!reference) {
                reference = data;
                size = got;
                continue;
            }
            assert_int_equal(got, size);
            if (memcmp(data, reference, size) != 0) fail_msg("tile %d threads %d", (int)tiles[t], threads[n]);
            free(data);
        }
    /* The least memory the job names: no rows of the slide are kept then, tiles are decoded again. */
    wsi_job_spec spec = base_spec("hdf5", "same", chain);
    wsi_job_report report = {0};
    wsi_error err = {WSI_OK, ""};
    unsigned long long least = 0;
    spec.write = "h,mask";
    spec.overwrite = 1;
    spec.memory = 1 << 20;
    assert_int_equal(wsi_job_execute(&spec, &report, &err), WSI_ERR_NO_MEMORY);
    wsi_job_report_clear(&report);
    wsi_job_report_clear(&report);
    assert_int_equal(sscanf(strstr(err.message, "at least"), "at least %llu MiB", &least), 1);
    spec.memory = least << 20;
    if (wsi_job_execute(&spec, &report, &err) != WSI_OK) fail_msg("%s", err.message);
    assert_null(strstr(report.stats_json, "\"decode_amplification\":1.0"));
    size_t got;
    char *data = read_file(report.outputs[0], &got);
    assert_int_equal(got, size);
    assert_memory_equal(data, reference, size);
    wsi_job_report_clear(&report);
    free(data);
    free(reference);
    wsi_chain_destroy(&chain);
}

static void done_work_is_skipped(void **state)
{
    (void)state;
    wsi_chain *chain = parse("rgb2gray"), *other = parse("rgb2gray | invert");
    wsi_job_spec spec = base_spec("md5", "skip", chain);
    wsi_job_report report = {0};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(wsi_job_execute(&spec, &report, NULL), WSI_OK);
        assert_int_equal(report.outcome, i ? WSI_JOB_SKIPPED : WSI_JOB_DONE);
        assert_null(report.redone);
        wsi_job_report_clear(&report);
    }
    tells_late = 1; /* made by another machine a moment ago */
    assert_int_equal(wsi_job_execute(&spec, &report, NULL), WSI_OK);
    assert_int_equal(report.outcome, WSI_JOB_SKIPPED);
    assert_int_equal(tells_late, 0);
    wsi_job_report_clear(&report);
    spec.chain = other;
    spec.write = NULL;
    assert_int_equal(wsi_job_execute(&spec, &report, NULL), WSI_OK);
    assert_int_equal(report.outcome, WSI_JOB_DONE);
    wsi_job_report_clear(&report);
    wsi_chain_destroy(&other);
    wsi_chain_destroy(&chain);
}

static void cancelled_jobs_leave_nothing(void **state)
{
    (void)state;
    wsi_chain *chain = parse("gaussian:sigma=3");
    wsi_job_spec spec = base_spec("tiff", "cancelled", chain);
    spec.input = "synthetic:20000x20000";
    atomic_int cancel = 1;
    spec.cancel = &cancel;
    wsi_job_report report = {0};
    assert_int_equal(wsi_job_execute(&spec, &report, NULL), WSI_ERR_CANCELLED);
    wsi_job_report_clear(&report);
    char command[300];
    snprintf(command, sizeof command, "test -z \"$(ls %s | grep cancelled)\"", folder);
    assert_int_equal(system(command), 0);
    wsi_chain_destroy(&chain);
}

static void bad_options_are_refused(void **state)
{
    (void)state;
    wsi_chain *chain = parse("rgb2gray"), *wrong = parse("channel:index=7");
    wsi_job_report report = {0};
    wsi_error err = {WSI_OK, ""};
    wsi_job_spec spec = base_spec("hdf5", "bad", chain);
    spec.out_tile = 100;
    assert_int_equal(wsi_job_execute(&spec, &report, &err), WSI_ERR_USAGE);
    spec = base_spec("hdf5", "bad", chain);
    spec.codec = WSI_CODEC_JPEG;
    assert_int_equal(wsi_job_execute(&spec, &report, &err), WSI_ERR_USAGE);
    spec = base_spec("hdf5", "bad", chain);
    spec.level = 4;
    assert_int_equal(wsi_job_execute(&spec, &report, &err), WSI_ERR_USAGE);
    spec = base_spec("hdf5", "bad", wrong);
    assert_int_equal(wsi_job_execute(&spec, &report, &err), WSI_ERR_CHAIN);
    assert_non_null(strstr(err.message, "step 1: channel"));
    spec = base_spec("hdf5", "bad", chain);
    spec.write = "nothing";
    assert_int_equal(wsi_job_execute(&spec, &report, &err), WSI_ERR_CHAIN);
    spec = base_spec("hdf5", "bad", chain);
    spec.memory = 1 << 20;
    assert_int_equal(wsi_job_execute(&spec, &report, &err), WSI_ERR_NO_MEMORY);
    wsi_job_report_clear(&report);
    spec = base_spec("hdf5", "bad", chain);
    spec.input = "/nonexistent.svs";
    assert_int_equal(wsi_job_execute(&spec, &report, &err), WSI_ERR_INPUT_OPEN);
    wsi_chain_destroy(&wrong);
    wsi_chain_destroy(&chain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_do_not_depend_on_tiles_threads_memory), cmocka_unit_test(done_work_is_skipped),
        cmocka_unit_test(cancelled_jobs_leave_nothing), cmocka_unit_test(bad_options_are_refused)};
    if (!mkdtemp(folder)) return 1;
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) != 0 || failed;
}
