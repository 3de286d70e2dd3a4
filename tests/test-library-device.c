/* Tiles in device memory, on emulated GPUs: the same pixels as from the CPU, in the GPU's memory wherever it has
 * computed them, and in host memory where it has not; jobs on GPUs that share a session. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "device-emulated.h"
#include "library-canvas.h"

static const char *const slide = "synthetic:900x700,seed=3";
static const char *const chain =
    "rgb2hed as hed | channel:index=0 | gaussian:sigma=2 as h | threshold:value=0.05 as mask";

static wsi_job *gpu_job(wsi_session *session, const char *text, const char *write)
{
    wsi_job *job = job_of(session, slide, text, write);
    job_set(job, "device", "cuda:0,1");
    job_set(job, "device-memory", "67108864");
    job_set(job, "streams", "2");
    job_set(job, "out-tile", "64");
    return job;
}

static void give_on_device(wsi_job *job, gallery *g)
{
    const wsi_tile_sink sink = {.fn = gallery_take, .user = g, .order = WSI_TILES_AS_FINISHED, .device = 1};
    gallery_open(g, 0);
    g->devices = 2;
    assert_int_equal(wsi_job_set_tile_sink(job, &sink, NULL), WSI_OK);
}

/* What the CPU gives. */
static void reference(const char *text, const char *write, int results, gallery *g)
{
    wsi_job *job = job_of(NULL, slide, text, write);
    gallery_open(g, 1);
    job_give(job, g, WSI_TILES_IN_ORDER);
    job_run(job);
    gallery_check_complete(g, results);
    wsi_job_destroy(&job);
}

enum { TILES = 15 * 11 };

/* on_device: how many of all tiles come in device memory. */
static void check_job(wsi_job *job, const char *text, const char *write, int results, int on_device)
{
    gallery g, cpu;
    reference(text, write, results, &cpu);
    give_on_device(job, &g);
    job_run(job);
    gallery_check_complete(&g, results);
    gallery_check_same(&g, &cpu, results);
    assert_int_equal(atomic_load(&g.on_device), on_device);
    assert_int_equal(wsi_device_emulation_used(), 0);
    gallery_close(&g);
    gallery_close(&cpu);
    wsi_job_destroy(&job);
}

static void results_come_where_they_are_computed(void **state)
{
    (void)state;
    check_job(gpu_job(NULL, chain, "h,mask"), chain, "h,mask", 2, 2 * TILES);
    wsi_job *job = gpu_job(NULL, chain, "h,mask");
    job_set(job, "host-steps", "threshold");
    check_job(job, chain, "h,mask", 2, TILES);
    static const char *const scaled = "rgb2gray as g | downscale_local_mean:factors=[4,4] as small";
    check_job(gpu_job(NULL, scaled, "g,small"), scaled, "g,small", 2, TILES);
    static const char *const passes = "rgb2gray as g | threshold_otsu as m | label as l";
    check_job(gpu_job(NULL, passes, "g,m,l"), passes, "g,m,l", 3, 2 * TILES);
}

static void in_order_they_come_to_the_host(void **state)
{
    gallery g, cpu;
    (void)state;
    reference(chain, "h,mask", 2, &cpu);
    wsi_job *job = gpu_job(NULL, chain, "h,mask");
    gallery_open(&g, 1);
    job_give(job, &g, WSI_TILES_IN_ORDER);
    job_run(job);
    gallery_check_complete(&g, 2);
    gallery_check_same(&g, &cpu, 2);
    gallery_close(&g);
    gallery_close(&cpu);
    wsi_job_destroy(&job);
}

static void sinks_on_devices_stop_jobs(void **state)
{
    gallery g;
    (void)state;
    wsi_job *job = gpu_job(NULL, chain, "h");
    give_on_device(job, &g);
    g.stop_after = 3;
    assert_int_equal(wsi_job_run(job, NULL), WSI_ERR_CANCELLED);
    assert_int_equal(wsi_device_emulation_used(), 0);
    gallery_close(&g);
    wsi_job_destroy(&job);
}

static void jobs_on_gpus_share_a_session(void **state)
{
    enum { JOBS = 3 };
    const wsi_session_options options = {.threads = 2, .jobs = JOBS, .memory = UINT64_C(768) << 20};
    wsi_session *session = NULL;
    wsi_job *jobs[JOBS];
    gallery g[JOBS], cpu;
    (void)state;
    reference(chain, "h,mask", 2, &cpu);
    assert_int_equal(wsi_session_create(&options, &session, NULL), WSI_OK);
    for (int i = 0; i < JOBS; i++) {
        jobs[i] = gpu_job(session, chain, "h,mask");
        give_on_device(jobs[i], &g[i]);
        if (i == 1) job_give(jobs[i], &g[i], WSI_TILES_IN_ORDER);
        if (i == 2) job_set(jobs[i], "device", "cpu");
        assert_int_equal(wsi_job_start(jobs[i], NULL), WSI_OK);
    }
    for (int i = 0; i < JOBS; i++) {
        wsi_error err;
        if (wsi_job_wait(jobs[i], &err) != WSI_OK) fail_msg("%s", err.message);
        gallery_check_complete(&g[i], 2);
        gallery_check_same(&g[i], &cpu, 2);
        gallery_close(&g[i]);
        wsi_job_destroy(&jobs[i]);
    }
    wsi_session_destroy(&session);
    gallery_close(&cpu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_come_where_they_are_computed),
        cmocka_unit_test(in_order_they_come_to_the_host),
        cmocka_unit_test(sinks_on_devices_stop_jobs),
        cmocka_unit_test(jobs_on_gpus_share_a_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
