/* The job folder: what is written is read back, and what is torn, foreign or hostile is left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/cli-file.h"
#include "cli/job-folder.h"
#include "common/mem.h"
#include "job-folder-for-test.h"

/* A file of the job folder, by its name below .wsiproc. */
static void put(const char *name, const char *text)
{
    char *path = wsi_asprintf("%s/" WSI_JOB_FOLDER "/%s", dir, name);
    assert_int_equal(wsi_file_write(path, text, strlen(text), NULL), WSI_OK);
    wsi_free(path);
}

static wsi_folder_slide slide_of(const char *base, wsi_folder_state state)
{
    wsi_folder_slide s = {.base = base,
                          .input = "in/x.svs",
                          .state = state,
                          .run = "host-1-abc",
                          .host = "host",
                          .pid = 1,
                          .started = 1700000000.25,
                          .updated = 1700000001,
                          .seconds = 0.75,
                          .attempt = 2,
                          .progress = 0.5,
                          .pixels = UINT64_C(1) << 40,
                          .bytes = 7,
                          .bad_tiles = 3};
    assert_int_equal(wsi_folder_hash(base, s.hash, NULL), WSI_OK);
    return s;
}

static void hashes_are_sha256(void **state)
{
    char hash[WSI_FOLDER_HASH_MAX];
    (void)state;
    assert_int_equal(wsi_folder_hash("abc", hash, NULL), WSI_OK);
    assert_string_equal(hash, "ba7816bf8f01cfea414140de5dae2223"); /* FIPS 180-2, first half */
}

static void slides_come_back(void **state)
{
    wsi_folder_slide s = slide_of("case 1/\xc3\xa4", WSI_FOLDER_FAILED), back;
    (void)state;
    s.id = "7";
    s.code = WSI_ERR_INPUT_CORRUPT;
    s.error = "in/x.svs: \"broken\"\\";
    memcpy(s.work, s.hash, sizeof s.work);
    json_t *outputs = json_pack("[s, s]", "a.h5", "b/c.csv"), *stats = json_pack("{s:f}", "wall_s", 1.5);
    s.outputs = outputs;
    s.stats = stats;
    assert_int_equal(wsi_folder_read_slide(dir, s.hash, &back, NULL), WSI_ERR_INPUT_OPEN);
    assert_int_equal(wsi_folder_write_slide(dir, &s, NULL), WSI_OK);
    assert_int_equal(wsi_folder_read_slide(dir, s.hash, &back, NULL), WSI_OK);
    assert_string_equal(back.hash, s.hash);
    assert_string_equal(back.work, s.work);
    assert_string_equal(back.base, s.base);
    assert_string_equal(back.input, s.input);
    assert_string_equal(back.id, s.id);
    assert_string_equal(back.error, s.error);
    assert_string_equal(back.run, s.run);
    assert_int_equal(back.state, WSI_FOLDER_FAILED);
    assert_int_equal(back.code, WSI_ERR_INPUT_CORRUPT);
    assert_true(back.started == s.started && back.updated == s.updated && back.seconds == s.seconds);
    assert_true(back.progress == s.progress && back.pixels == s.pixels && back.bytes == 7 && back.bad_tiles == 3);
    assert_int_equal(back.attempt, 2);
    assert_true(json_equal(back.outputs, outputs) && json_equal(back.stats, stats));
    wsi_folder_slide_clear(&back);
    json_decref(outputs);
    json_decref(stats);
}

static void runs_come_back(void **state)
{
    const wsi_folder_run run = {.run = "node1-17-0011aabb",
                                .shard = "2/3",
                                .host = "node1",
                                .pid = 17,
                                .slurm_job = "99",
                                .slurm_array_task = "2",
                                .slurm_restart = 1,
                                .chain = "rgb2gray",
                                .format_name = "hdf5",
                                .started = 2,
                                .updated = 3,
                                .exit = -1};
    wsi_folder_run first = run;
    wsi_folder_contents c;
    (void)state;
    first.run = "node2-1-x";
    first.slurm_job = first.shard = NULL;
    first.started = 1;
    first.ended = 4;
    first.exit = 3;
    assert_int_equal(wsi_folder_write_run(dir, &run, NULL), WSI_OK);
    assert_int_equal(wsi_folder_write_run(dir, &first, NULL), WSI_OK);
    assert_int_equal(wsi_job_folder_read(dir, NULL, &c, NULL), WSI_OK);
    assert_int_equal(c.run_count, 2);
    assert_string_equal(c.runs[0].run, "node2-1-x"); /* by start */
    assert_true(c.runs[0].ended == 4 && c.runs[0].exit == 3 && !c.runs[0].shard && !c.runs[0].slurm_job);
    const wsi_folder_run *back = wsi_folder_find_run(&c, "node1-17-0011aabb");
    assert_non_null(back);
    assert_true(back->ended == 0 && back->exit == -1 && back->pid == 17 && back->slurm_restart == 1);
    assert_string_equal(back->shard, "2/3");
    assert_string_equal(back->slurm_job, "99");
    assert_string_equal(back->slurm_array_task, "2");
    assert_null(back->slurm_array_job);
    assert_null(back->write);
    wsi_folder_contents_clear(&c);
}

static void batches_come_back(void **state)
{
    wsi_folder_entry entries[2] = {{.base = "a", .input = "x/a.svs", .cost = 12},
                                   {.base = "b\xff", .input = "b", .id = "B"}};
    wsi_folder_batch batch = {.entries = entries, .count = 2}, other = {.entries = entries, .count = 1};
    wsi_folder_contents c;
    char hash[WSI_FOLDER_HASH_MAX];
    (void)state;
    assert_int_equal(wsi_folder_write_batch(dir, &batch, NULL), WSI_OK);
    memcpy(hash, batch.hash, sizeof hash);
    assert_int_equal(wsi_folder_write_batch(dir, &batch, NULL), WSI_OK);
    assert_string_equal(batch.hash, hash);
    assert_int_equal(wsi_folder_write_batch(dir, &other, NULL), WSI_OK);
    assert_int_equal(wsi_job_folder_read(dir, NULL, &c, NULL), WSI_OK);
    assert_int_equal(c.batch_count, 2);
    const wsi_folder_batch *back = wsi_folder_find_batch(&c, hash);
    assert_non_null(back);
    assert_int_equal(back->count, 2);
    assert_string_equal(back->entries[0].input, "x/a.svs");
    assert_true(back->entries[0].cost == 12 && !back->entries[0].id);
    assert_string_equal(back->entries[1].id, "B");
    assert_string_equal(back->entries[1].hash, entries[1].hash); /* of the bytes, not of what JSON made of them */
    assert_null(wsi_folder_find_batch(&c, "00000000000000000000000000000000"));
    wsi_folder_contents_clear(&c);
}

/* Counts warnings. */
static void count(void *user, wsi_log_level level, const char *text)
{
    (void)text;
    *(int *)user += level == WSI_LOG_WARNING;
}

static void bad_records_are_left_out(void **state)
{
    static const char *const texts[] = {
        "",
        "{",
        "[]",
        "{}",
        "{\"format\":2}",
        "{\"format\":1}",
        "nul",
        "{\"format\":1,\"base\":\"../x\",\"input\":\"i\",\"state\":\"done\",\"run\":\"r\",\"host\":\"h\",\"pid\":1,"
        "\"started\":1,\"updated\":1,\"seconds\":1,\"attempt\":1,\"progress\":1,\"pixels\":1,\"bytes\":1,\"bad_tiles\":"
        "0}",
        "{\"format\":1,\"base\":\"x\",\"input\":\"i\",\"state\":\"done\",\"run\":\"r\",\"host\":\"h\",\"pid\":1,"
        "\"started\":1,\"updated\":1,\"seconds\":1,\"attempt\":1,\"progress\":1.5,\"pixels\":1,\"bytes\":1,\"bad_"
        "tiles\":0}",
        "{\"format\":1,\"base\":\"x\",\"input\":\"i\",\"state\":\"done\",\"run\":\"r\",\"host\":\"h\",\"pid\":1,"
        "\"started\":1,\"updated\":1,\"seconds\":1,\"attempt\":1,\"progress\":1,\"pixels\":-1,\"bytes\":1,\"bad_"
        "tiles\":0}",
        "{\"format\":1,\"base\":\"x\",\"input\":\"i\",\"state\":\"won\",\"run\":\"r\",\"host\":\"h\",\"pid\":1,"
        "\"started\":1,\"updated\":1,\"seconds\":1,\"attempt\":1,\"progress\":1,\"pixels\":1,\"bytes\":1,\"bad_tiles\":"
        "0}",
        "{\"format\":1,\"base\":\"x\",\"input\":\"i\",\"state\":\"done\",\"run\":\"r\",\"host\":\"h\",\"pid\":1,"
        "\"outputs\":"
        "[\"/etc/"
        "passwd\"],\"started\":1,\"updated\":1,\"seconds\":1,\"attempt\":1,\"progress\":1,\"pixels\":1,\"bytes\":1,"
        "\"bad_tiles\":0}"};
    const int bad = sizeof texts / sizeof texts[0];
    const wsi_folder_slide good = slide_of("good", WSI_FOLDER_DONE);
    wsi_folder_contents c;
    int warnings = 0;
    const wsi_log log = {.fn = count, .user = &warnings, .level = WSI_LOG_WARNING};
    char name[64];
    (void)state;
    for (int i = 0; i < bad; i++) {
        snprintf(name, sizeof name, "slides/%032d.json", i);
        put(name, texts[i]);
    }
    put("slides/readme.txt", "foreign");
    put("slides/x.json.12-00.part", "being replaced: no reason to warn");
    put("runs/other.json",
        "{\"format\":1,\"run\":\"one\",\"host\":\"h\",\"pid\":1,\"chain\":\"c\",\"format_name\":\"f\","
        "\"started\":1,\"updated\":1}"); /* not its own name */
    assert_int_equal(wsi_folder_write_slide(dir, &good, NULL), WSI_OK);
    assert_int_equal(wsi_job_folder_read(dir, &log, &c, NULL), WSI_OK);
    assert_int_equal(c.slide_count, 1);
    assert_int_equal(c.run_count, 0);
    assert_int_equal(warnings, bad + 2);
    assert_non_null(wsi_folder_find_slide(&c, good.hash));
    wsi_folder_contents_clear(&c);
}

static void links_and_pipes_are_not_followed(void **state)
{
    const wsi_folder_slide good = slide_of("good", WSI_FOLDER_DONE);
    wsi_folder_slide back;
    char *from, *to;
    (void)state;
    assert_int_equal(wsi_folder_write_slide(dir, &good, NULL), WSI_OK);
    from = wsi_asprintf("%s/" WSI_JOB_FOLDER "/slides/%s.json", dir, good.hash);
    to = wsi_asprintf("%s/elsewhere", dir);
    assert_int_equal(rename(from, to), 0);
    assert_int_equal(symlink(to, from), 0);
    assert_int_equal(wsi_folder_read_slide(dir, good.hash, &back, NULL), WSI_ERR_INPUT_FORMAT);
    wsi_folder_slide_clear(&back);
    assert_int_equal(unlink(from), 0);
    assert_int_equal(mkfifo(from, 0600), 0);
    assert_int_equal(wsi_folder_read_slide(dir, good.hash, &back, NULL), WSI_ERR_INPUT_FORMAT);
    wsi_folder_slide_clear(&back);
    wsi_free(from);
    wsi_free(to);
}

static void folders_are_no_links(void **state)
{
    static const char *const names[] = {"", "/slides", "/leases"};
    wsi_error err = {0};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *path = wsi_asprintf("%s/" WSI_JOB_FOLDER "%s", dir, names[i]), *away = wsi_asprintf("%s.away", path);
        assert_int_equal(rename(path, away), 0);
        assert_int_equal(symlink("/tmp", path), 0);
        assert_int_equal(wsi_job_folder_make(dir, &err), WSI_ERR_OUTPUT);
        assert_non_null(strstr(err.message, "is a link"));
        assert_int_equal(unlink(path), 0);
        assert_int_equal(rename(away, path), 0);
        wsi_free(path);
        wsi_free(away);
    }
}

static void a_folder_without_jobs_says_so(void **state)
{
    wsi_folder_contents c;
    wsi_error err = {0};
    (void)state;
    assert_int_equal(wsi_job_folder_read("/nowhere", NULL, &c, &err), WSI_ERR_INPUT_OPEN);
    assert_non_null(strstr(err.message, "/nowhere"));
    wsi_folder_contents_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_sha256),
        WITH_FOLDER(slides_come_back),
        WITH_FOLDER(runs_come_back),
        WITH_FOLDER(batches_come_back),
        WITH_FOLDER(bad_records_are_left_out),
        WITH_FOLDER(links_and_pipes_are_not_followed),
        WITH_FOLDER(a_folder_without_jobs_says_so),
        WITH_FOLDER(folders_are_no_links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
