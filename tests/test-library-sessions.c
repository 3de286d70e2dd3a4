/* Sessions: jobs that share threads and memory give the same pixels as alone, never use more than was given, get on all
 * of them, and may be given back in any order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "library-canvas.h"

enum { JOBS = 4, MIB = 1 << 20 };

/* Work of all kinds: passes, components, whole operations on threads, tables. */
static const char *const chains[JOBS] = {
    "rgb2gray | gaussian:sigma=2 as g",
    "rgb2hed as hed | channel:index=0 as h | threshold_otsu as mask | label as nuclei",
    "rgb2gray | threshold_otsu as m | distance_transform_edt as d",
    "median:footprint=disk,radius=1 as m",
};
static const char *const wanted[JOBS] = {"g", "h,mask,nuclei", "d", "m"};
static const int results[JOBS] = {1, 3, 1, 1};
static const char *const slide = "synthetic:700x500,seed=7";

static wsi_session *open_session(int threads, int jobs, uint64_t memory)
{
    const wsi_session_options options = {.threads = threads, .jobs = jobs, .memory = memory};
    wsi_session *session = NULL;
    wsi_error err;
    if (wsi_session_create(&options, &session, &err) != WSI_OK) fail_msg("%s", err.message);
    return session;
}

static wsi_session_info info_of(const wsi_session *session)
{
    wsi_session_info info;
    assert_int_equal(wsi_session_get_info(session, &info, NULL), WSI_OK);
    return info;
}

/* Threads of this process that compute. */
static int count_workers(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/task");
    for (struct dirent *e; folder && (e = readdir(folder));) {
        char path[320], name[32] = "";
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", e->d_name);
        FILE *file = fopen(path, "r");
        if (!file) continue;
        if (fgets(name, sizeof name, file)) count += strncmp(name, "wsi-work", 8) == 0;
        fclose(file);
    }
    if (folder) closedir(folder);
    return count;
}

static atomic_int inside, at_once;

/* Calls of all jobs together. */
static int take_counted(void *user, const wsi_tile *tile)
{
    const int now = atomic_fetch_add(&inside, 1) + 1;
    for (int most = atomic_load(&at_once); now > most;)
        if (atomic_compare_exchange_weak(&at_once, &most, now)) break;
    const int stop = gallery_take(user, tile);
    atomic_fetch_sub(&inside, 1);
    return stop;
}

static void jobs_at_once_are_jobs_alone(void **state)
{
    gallery alone[JOBS], shared[JOBS];
    wsi_job *jobs[JOBS];
    (void)state;
    for (int i = 0; i < JOBS; i++) {
        wsi_job *job = job_of(NULL, slide, chains[i], wanted[i]);
        gallery_open(&alone[i], 1);
        job_give(job, &alone[i], WSI_TILES_IN_ORDER);
        job_run(job);
        wsi_job_destroy(&job);
    }
    assert_int_equal(count_workers(), 0);
    wsi_session *session = open_session(2, 2, 128 * MIB);
    for (int i = 0; i < JOBS; i++) {
        jobs[i] = job_of(session, slide, chains[i], wanted[i]);
        gallery_open(&shared[i], 0);
        shared[i].sleep_us = 300;
        const wsi_tile_sink sink = {.fn = take_counted, .user = &shared[i], .order = WSI_TILES_AS_FINISHED};
        assert_int_equal(wsi_job_set_tile_sink(jobs[i], &sink, NULL), WSI_OK);
    }
    for (int i = 0; i < JOBS; i++) assert_int_equal(wsi_job_start(jobs[i], NULL), WSI_OK);
    for (int i = 0; i < JOBS; i++) {
        wsi_error err;
        assert_int_equal(count_workers(), 2);
        if (wsi_job_wait(jobs[i], &err) != WSI_OK) fail_msg("%s", err.message);
        gallery_check_complete(&shared[i], results[i]);
        gallery_check_same(&shared[i], &alone[i], results[i]);
        const char *key = "\"peak_pool_bytes\":", *peak = strstr(wsi_job_get_result(jobs[i])->stats, key);
        assert_non_null(peak);
        assert_in_range(strtoull(peak + strlen(key), NULL, 10), 1, 64 * MIB);
    }
    assert_in_range(atomic_load(&at_once), 1, 2);
    const wsi_session_info info = info_of(session);
    assert_int_equal(info.threads, 2);
    assert_true(info.memory_peak <= 128 * MIB && info.memory_peak >= 64 * MIB);
    assert_int_equal(info.memory_free, info.memory);
    assert_int_equal(info.running + info.waiting, 0);
    for (int i = 0; i < JOBS; i++) {
        wsi_job_destroy(&jobs[i]);
        gallery_close(&alone[i]);
        gallery_close(&shared[i]);
    }
    wsi_session_destroy(&session);
    assert_int_equal(count_workers(), 0);
}

static void a_short_job_passes_a_long_one(void **state)
{
    gallery g;
    (void)state;
    wsi_session *session = open_session(1, 2, 128 * MIB);
    wsi_job *lengthy = job_of(session, "synthetic:12000x12000", "gaussian:sigma=3", NULL);
    wsi_job *brief = job_of(session, "synthetic:300x300", "rgb2gray", NULL);
    gallery_open(&g, 0);
    job_set(lengthy, "format", "null");
    job_set(lengthy, "tile", "256");
    job_give(brief, &g, WSI_TILES_AS_FINISHED);
    assert_int_equal(wsi_job_start(lengthy, NULL), WSI_OK);
    while (wsi_job_get_state(lengthy) != WSI_JOB_RUNNING) usleep(1000);
    job_run(brief);
    assert_int_equal(wsi_job_get_state(lengthy), WSI_JOB_RUNNING);
    gallery_check_complete(&g, 1);
    wsi_job_cancel(lengthy);
    assert_int_equal(wsi_job_wait(lengthy, NULL), WSI_ERR_CANCELLED);
    wsi_job_destroy(&lengthy);
    wsi_job_destroy(&brief);
    wsi_session_destroy(&session);
    gallery_close(&g);
}

static int wait_until_told(void *user, const wsi_tile *tile)
{
    (void)tile;
    while (!atomic_load((atomic_int *)user)) usleep(1000);
    return 0;
}

static void memory_is_waited_for(void **state)
{
    atomic_int go = 0;
    wsi_error err;
    (void)state;
    wsi_session *session = open_session(2, 1, 64 * MIB);
    wsi_job *first = job_of(session, slide, "rgb2gray", NULL), *second = job_of(session, slide, "rgb2gray", NULL);
    wsi_job *third = job_of(session, slide, "rgb2gray", NULL);
    const wsi_tile_sink sink = {.fn = wait_until_told, .user = &go, .order = WSI_TILES_IN_ORDER};
    assert_int_equal(wsi_job_set_tile_sink(first, &sink, NULL), WSI_OK);
    job_set(second, "format", "null");
    job_set(third, "format", "null");
    job_set(third, "memory", "16777216");
    assert_int_equal(wsi_job_start(first, NULL), WSI_OK);
    while (wsi_job_get_state(first) != WSI_JOB_RUNNING) usleep(1000);
    assert_int_equal(wsi_job_start(second, NULL), WSI_OK);
    while (info_of(session).waiting < 1) usleep(1000);
    assert_int_equal(wsi_job_start(third, NULL), WSI_OK);
    while (info_of(session).waiting < 2) usleep(1000);
    assert_int_equal(wsi_job_get_state(second), WSI_JOB_WAITING);
    assert_int_equal(wsi_job_get_state(third), WSI_JOB_WAITING);
    wsi_job_cancel(second); /* while it waits, in front of another */
    assert_int_equal(wsi_job_wait(second, &err), WSI_ERR_CANCELLED);
    atomic_store(&go, 1);
    assert_int_equal(wsi_job_wait(first, NULL), WSI_OK);
    assert_int_equal(wsi_job_wait(third, NULL), WSI_OK);
    job_set(third, "memory", "67108865");
    assert_int_equal(wsi_job_run(third, &err), WSI_ERR_NO_MEMORY);
    assert_int_equal(info_of(session).memory_free, 64 * MIB);
    wsi_job_destroy(&first);
    wsi_job_destroy(&second);
    wsi_job_destroy(&third);
    wsi_session_destroy(&session);
}

static void sessions_may_go_first(void **state)
{
    gallery g;
    (void)state;
    wsi_session *session = open_session(2, 2, 128 * MIB), *same = session;
    wsi_job *job = job_of(session, slide, chains[1], wanted[1]), *unused = job_of(session, slide, chains[0], wanted[0]);
    gallery_open(&g, 1);
    job_give(job, &g, WSI_TILES_IN_ORDER);
    assert_int_equal(wsi_job_start(job, NULL), WSI_OK);
    wsi_session_destroy(&session);
    assert_null(session);
    assert_int_equal(wsi_job_wait(job, NULL), WSI_OK);
    gallery_check_complete(&g, results[1]);
    wsi_job_destroy(&unused);
    assert_int_equal(info_of(same).running, 0); /* the other job still holds it */
    wsi_job_destroy(&job);
    assert_int_equal(count_workers(), 0);
    gallery_close(&g);
}

static void wrong_arguments(void **state)
{
    wsi_error err;
    wsi_session *session = NULL;
    wsi_session_info info;
    (void)state;
    const wsi_session_options negative = {.threads = -1}, many = {.threads = 1025}, jobs = {.jobs = -1},
                              dirty = {.reserved = {1}};
    assert_int_equal(wsi_session_create(NULL, NULL, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_session_create(&negative, &session, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_session_create(&many, &session, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_session_create(&jobs, &session, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_session_create(&dirty, &session, &err), WSI_ERR_USAGE);
    assert_null(session);
    assert_int_equal(wsi_session_create(NULL, &session, &err), WSI_OK);
    assert_int_equal(wsi_session_get_info(session, NULL, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_session_get_info(NULL, &info, &err), WSI_ERR_USAGE);
    assert_true(info_of(session).threads >= 1 && info_of(session).memory > 0);
    wsi_session_destroy(&session);
    wsi_session_destroy(&session);
    wsi_session_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_at_once_are_jobs_alone),
        cmocka_unit_test(a_short_job_passes_a_long_one),
        cmocka_unit_test(memory_is_waited_for),
        cmocka_unit_test(sessions_may_go_first),
        cmocka_unit_test(wrong_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
