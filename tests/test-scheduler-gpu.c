/* Jobs on emulated GPUs: the same files as from the CPU, whatever the devices, streams, decoders and memory; faults. */
#include <setjmp.h>
#include <stdarg.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/mem.h"
#include "device-emulated.h"
#include "job-files.h"
#include "bind-for-test.h"
#include "scheduler/exec.h"
#include "scheduler/scheduler.h"

static char folder[] = "/tmp/wsi-gpu-XXXXXX";
static const char *const synthetic = "synthetic:900x1100,seed=3";
static char jpeg[64]; /* a slide of JPEG tiles */

static const char *const mask_chain =
    "rgb2hed as hed | channel:index=0 | gaussian:sigma=2 as h | threshold:value=0.05 | "
    "opening:footprint=disk,radius=3 as mask";

static wsi_job_spec job(const char *input, const char *format, const wsi_chain *chain)
{
    static char base[64];
    snprintf(base, sizeof base, "%s/out", folder);
    return (wsi_job_spec){.input = input,
                          .output_base = base,
                          .chain = chain,
                          .writer = wsi_writer_find(format),
                          .codec = -1,
                          .subsampling = -1,
                          .out_tile = 64,
                          .threads = 2,
                          .memory = UINT64_C(256) << 20,
                          .isa = wsi_cpu_best(),
                          .overwrite = 1};
}

static void on_gpus(wsi_job_spec *spec, int count)
{
    spec->device_count = count;
    for (int i = 0; i < count; i++) spec->devices[i] = i;
    spec->device_memory = UINT64_C(64) << 20;
    spec->streams = 2; /* threads are dear under the sanitizers */
}

/* Runs a job; returns the bytes of its outputs, one after the other, and *stats (wsi_free) when it is not NULL. */
static char *run(const wsi_job_spec *spec, size_t *size, char **stats)
{
    wsi_job_report report = {0};
    wsi_error err = {WSI_OK, ""};
    if (wsi_job_execute(spec, &report, &err) != WSI_OK) fail_msg("%s", err.message);
    assert_non_null(strstr(report.stats_json, "\"decode_amplification\":1.0"));
    char *all = NULL;
    *size = 0;
    for (int i = 0; i < report.output_count; i++) {
        size_t more;
        char *data = read_file(report.outputs[i], &more);
        all = realloc(all, *size + more + 1);
        memcpy(all + *size, data, more);
        *size += more;
        free(data);
    }
    if (stats) *stats = wsi_strdup(report.stats_json);
    wsi_job_report_clear(&report);
    assert_int_equal(wsi_device_emulation_used(), 0);
    return all;
}

static void assert_same_output(const wsi_job_spec *a, const wsi_job_spec *b)
{
    size_t na, nb;
    char *first = run(a, &na, NULL), *second = run(b, &nb, NULL);
    assert_int_equal(na, nb);
    assert_memory_equal(first, second, na);
    free(first);
    free(second);
}

static void files_are_those_of_the_cpu(void **state)
{
    (void)state;
    wsi_device_emulation.devices = 4;
    static const struct {
        const char *chain, *write, *format;
    } cases[] = {{mask_chain, "h,mask", "hdf5"},
                 {mask_chain, "hed,mask", "tiff"},
                 {"gaussian:sigma=1", NULL, "tiff"},
                 {"cast:dtype=uint8", NULL, "tiff"},
                 {"invert as i | multiply:other=0.5 as m | add:other=@i", NULL, "hdf5"},
                 {"rgb2gray as g | sobel | gaussian:sigma=6 as s | threshold:value=0.1 as t | mask:from=@g,mask=@t",
                  NULL, "hdf5"}};
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++)
        for (int devices = 1; devices <= (c == 0 ? 4 : 2); devices *= 2) {
            wsi_chain *chain = parse(cases[c].chain);
            wsi_job_spec cpu = job(c % 2 ? jpeg : synthetic, cases[c].format, chain);
            cpu.write = cases[c].write;
            wsi_job_spec gpu = cpu;
            on_gpus(&gpu, devices);
            gpu.streams = 1 + (int)(c % 3);
            wsi_device_emulation.groups = ((int)c + devices) & 1;
            assert_same_output(&cpu, &gpu);
            wsi_chain_destroy(&chain);
        }
    wsi_device_emulation.groups = 0;
}

/* Results of several scales, alone and together with those of the level's own, in blocks, pieces and strips that cut
 * the cells. */
/* Of tiles, threads and devices for each chain: ThreadSanitizer takes a minute for what takes a second without it. */
#if defined(__SANITIZE_THREAD__)
enum { SETTINGS = 1 };
#else
enum { SETTINGS = 4 };
#endif

static void scaled_files_are_those_of_the_cpu(void **state)
{
    (void)state;
    wsi_device_emulation.devices = 4;
    static const struct {
        const char *chain, *write, *format;
    } cases[] = {
        {"gaussian:sigma=1 as g | downscale_local_mean:factors=[3,2] as d | sobel as s", "g,d,s", "hdf5"},
        {"rgb2gray | blur_laplacian_variance:block=100 as v | gaussian:sigma=1 as w", "v,w", "tiff"},
        {"downscale_local_mean:factors=2 | downscale_local_mean:factors=2 as d | cast:dtype=uint8 as c", "c,d", "hdf5"},
        {"tissue_fraction:block=7 as t", NULL, "hdf5"},
        {"resize:factor=3 as r | gaussian:sigma=1 as g | pyramid_reduce as p", "r,p", "tiff"},
        {"resize:factor=3 | resize:enlarge=true as a | sobel | resize:factor=5 as b | invert:from=@source as c", "b,c",
         "hdf5"},
        {"invert as i | downscale_local_mean:factors=5 as d | blur_tenengrad:from=@source,block=2000 as b", NULL,
         "ome-tiff"}};
    static const int64_t tiles[] = {0, 16, 97, 512};
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++)
        for (int k = 0; k < SETTINGS; k++) {
            const int i = (k + (int)c) % 4;
            wsi_chain *chain = parse(cases[c].chain);
            wsi_job_spec cpu = job(c % 2 ? jpeg : synthetic, cases[c].format, chain);
            cpu.write = cases[c].write;
            cpu.out_tile = i % 2 ? 64 : 240;
            wsi_job_spec gpu = cpu;
            on_gpus(&gpu, 1 + i % 3);
            gpu.tile = tiles[i];
            gpu.threads = 1 + i;
            gpu.host_steps = i == 3 ? "downscale_local_mean,blur_tenengrad" : NULL;
            wsi_device_emulation.groups = i & 1;
            assert_same_output(&cpu, &gpu);
            wsi_chain_destroy(&chain);
        }
    wsi_device_emulation.groups = 0;
    wsi_device_emulation.devices = 2;
}

static int64_t number(const char *json, const char *key)
{
    const char *at = strstr(json, key);
    if (!at) fail_msg("%s is missing in %s", key, json);
    return strtoll(at + strlen(key), NULL, 10);
}

/* Tiles encoded on devices: inner ones, those cut by the edges, and those that do not fit there. */
static void jpeg_files_are_those_of_the_cpu(void **state)
{
    (void)state;
    static const int qualities[] = {80, 95, 100};
    static const char *const chains[] = {"gaussian:sigma=1", "cast:dtype=uint8", "rgb2gray | sobel"};
    for (int i = 0; i < 9; i++) {
        wsi_chain *chain = parse(chains[i % 3]);
        const char *const formats[] = {"tiff", i % 3 == 1 ? "svs" : "tiff", "ome-tiff"}; /* svs: 8 bits alone */
        wsi_job_spec cpu = job(i % 2 ? jpeg : synthetic, formats[i / 3], chain);
        char *stats;
        size_t size;
        cpu.codec = WSI_CODEC_JPEG;
        cpu.quality = qualities[i / 3];
        cpu.subsampling = i % 3 == 1 ? (int)WSI_SUBSAMPLING_422 : -1;
        wsi_job_spec gpu = cpu;
        on_gpus(&gpu, 1 + i % 2);
        assert_same_output(&cpu, &gpu);
        free(run(&gpu, &size, &stats));
        assert_true(number(stats, "\"encoded_tiles_gpu\":") > 0);
        wsi_free(stats);
        wsi_chain_destroy(&chain);
    }
}

static void sizes_change_nothing(void **state)
{
    (void)state;
    static const int64_t tiles[] = {0, 16, 97, 512}, out_tiles[] = {64, 240, 512};
    static const int memory[] = {10, 16, 64}; /* MiB of each device: one strip after the other, or many */
    wsi_chain *chain = parse(mask_chain);
    for (int o = 0; o < 3; o++)
        for (int t = 0; t < 4; t++) {
            if (SETTINGS < 4 && t % 3 != o) continue; /* each of them once */
            wsi_job_spec cpu = job(jpeg, "hdf5", chain);
            cpu.write = "h,mask";
            cpu.out_tile = out_tiles[o];
            wsi_job_spec gpu = cpu;
            on_gpus(&gpu, 1 + t % 2);
            gpu.tile = tiles[t];
            gpu.streams = 1 + t;
            gpu.threads = 1 + t;
            gpu.device_memory = (uint64_t)memory[o == 2 ? 1 + t % 2 : t % 3] << 20;
            wsi_device_emulation.groups = t & 1;
            assert_same_output(&cpu, &gpu);
        }
    wsi_device_emulation.groups = 0;
    wsi_chain_destroy(&chain);
}

static void decoders_change_nothing(void **state)
{
    (void)state;
    wsi_chain *chain = parse("gaussian:sigma=1");
    wsi_job_spec cpu = job(jpeg, "hdf5", chain);
    size_t n, m;
    char *reference = run(&cpu, &n, NULL);
    for (int decoder = WSI_DECODER_AUTO; decoder <= WSI_DECODER_GPU; decoder++)
        for (int every = 0; every < 4; every += 3) {
            wsi_job_spec gpu = cpu;
            char *stats;
            on_gpus(&gpu, 2);
            gpu.decoder = (wsi_decoder)decoder;
            wsi_device_emulation.irregular_every = every;
            char *data = run(&gpu, &m, &stats);
            assert_int_equal(n, m);
            assert_memory_equal(data, reference, n);
            const int64_t on_gpu = number(stats, "\"decoded_tiles_gpu\":"), all = number(stats, "\"source_tiles\":");
            if (decoder == WSI_DECODER_CPU) assert_int_equal(on_gpu, 0);
            if (decoder == WSI_DECODER_GPU && !every) assert_int_equal(on_gpu, all);
            if (decoder == WSI_DECODER_GPU && every) assert_in_range(on_gpu, 1, all - 1);
            free(data);
            wsi_free(stats);
        }
    wsi_device_emulation.irregular_every = 0;
    free(reference);
    wsi_chain_destroy(&chain);
}

static int count_parts(void)
{
    glob_t found;
    char pattern[80];
    snprintf(pattern, sizeof pattern, "%s/*.part", folder);
    const int count = glob(pattern, 0, NULL, &found) == 0 ? (int)found.gl_pathc : 0;
    globfree(&found);
    return count;
}

static wsi_status status_of(const wsi_job_spec *spec, wsi_error *err)
{
    wsi_job_report report = {0};
    const wsi_status status = wsi_job_execute(spec, &report, err);
    wsi_job_report_clear(&report);
    assert_int_equal(wsi_device_emulation_used(), 0);
    assert_int_equal(count_parts(), 0);
    return status;
}

static void a_decoder_that_differs_is_not_trusted(void **state)
{
    (void)state;
    wsi_chain *chain = parse("gaussian:sigma=1");
    wsi_job_spec cpu = job(jpeg, "hdf5", chain), gpu = cpu;
    wsi_error err = {WSI_OK, ""};
    on_gpus(&gpu, 1);
    wsi_device_emulation.wrong_jpeg = 1;
    assert_same_output(&cpu, &gpu);
    gpu.decoder = WSI_DECODER_GPU;
    assert_int_equal(status_of(&gpu, &err), WSI_ERR_INPUT_UNSUPPORTED);
    assert_non_null(strstr(err.message, "differs"));
    wsi_device_emulation.wrong_jpeg = 0;
    gpu.input = synthetic;
    assert_int_equal(status_of(&gpu, &err), WSI_ERR_INPUT_UNSUPPORTED);
    wsi_chain_destroy(&chain);
}

static void steps_may_stay_on_the_host(void **state)
{
    (void)state;
    static const char *const steps[] = {"gaussian", "rgb2hed", "opening", "channel,threshold",
                                        "rgb2hed,channel,gaussian,threshold,opening"};
    wsi_chain *chain = parse(mask_chain);
    wsi_job_spec cpu = job(synthetic, "hdf5", chain);
    cpu.write = "hed,h,mask";
    for (int i = 0; i < 5; i++) {
        wsi_job_spec gpu = cpu;
        on_gpus(&gpu, 1 + i % 2);
        gpu.host_steps = steps[i];
        gpu.tile = i % 2 ? 100 : 0;
        assert_same_output(&cpu, &gpu);
    }
    wsi_chain_destroy(&chain);
}

/* Wherever the device is lost: one clear error, no output, nothing left behind; the next run works. */
static void a_lost_device_ends_the_run(void **state)
{
    (void)state;
    wsi_chain *chain = parse("gaussian:sigma=1");
    wsi_job_spec spec = job(jpeg, "hdf5", chain);
    char path[80];
    snprintf(path, sizeof path, "%s/out.h5", folder);
    spec.threads = 3;
    int failures = 0;
    for (long calls = 1; calls < 400; calls += 1 + calls / 3) {
        wsi_error err = {WSI_OK, ""};
        on_gpus(&spec, 2);
        unlink(path);
        wsi_device_emulation.lost_after = calls;
        const wsi_status status = status_of(&spec, &err);
        wsi_device_emulation.lost_after = 0;
        if (status == WSI_OK) continue;
        failures++;
        assert_int_equal(status, WSI_ERR_DEVICE);
        assert_non_null(strstr(err.message, "lost"));
        assert_int_not_equal(access(path, F_OK), 0);
    }
    assert_true(failures > 3);
    wsi_error err = {WSI_OK, ""};
    assert_int_equal(status_of(&spec, &err), WSI_OK);
    wsi_chain_destroy(&chain);
}

static void memory_that_is_too_short_is_said(void **state)
{
    (void)state;
    wsi_chain *chain = parse("gaussian:sigma=1");
    wsi_job_spec spec = job(jpeg, "hdf5", chain);
    wsi_error err = {WSI_OK, ""};
    on_gpus(&spec, 1);
    spec.device_memory = 1 << 20;
    assert_int_equal(status_of(&spec, &err), WSI_ERR_NO_MEMORY);
    assert_non_null(strstr(err.message, "--device-memory"));
    spec.devices_optional = 1; /* the CPU does it then */
    assert_int_equal(status_of(&spec, &err), WSI_OK);
    spec.devices_optional = 0;
    spec.device_memory = UINT64_C(64) << 20;
    wsi_device_emulation.memory = 8 << 20; /* less than the budget says */
    assert_int_equal(status_of(&spec, &err), WSI_ERR_NO_MEMORY);
    wsi_device_emulation.memory = (size_t)1 << 30;
    spec.memory = 2 << 20;
    assert_int_equal(status_of(&spec, &err), WSI_ERR_NO_MEMORY);
    assert_non_null(strstr(err.message, "--memory"));
    wsi_chain_destroy(&chain);
}

/* Whatever the slide and the budgets: a plan keeps to them or says what is short. */
static void plans_keep_to_their_budgets(void **state)
{
    (void)state;
    static const char *const slides[] = {"synthetic:100x100", "synthetic:5000x3000", "synthetic:100000x100000"};
    static const int device_mib[] = {4, 64, 512, 1024, 8192}, host_mib[] = {64, 256, 1024};
    wsi_chain *chain = parse(mask_chain);
    int made = 0;
    for (int i = 0; i < 3 * 5 * 3 * 2; i++) {
        wsi_slide *slide = NULL;
        wsi_graph *graph = wsi_calloc(1, sizeof *graph);
        wsi_plan *p = wsi_calloc(1, sizeof *p);
        wsi_error err = {WSI_OK, ""};
        assert_int_equal(wsi_slide_open(slides[i % 3], NULL, &slide, &err), WSI_OK);
        const wsi_slide_info *info = wsi_slide_get_info(slide);
        assert_int_equal(bind_for_test(graph, chain, "h,mask", info->fmt, info->levels[0].w, info->levels[0].h, &err),
                         WSI_OK);
        const wsi_plan_input in = {.slide = slide,
                                   .graph = graph,
                                   .out_tile = 256,
                                   .codec = WSI_CODEC_DEFLATE,
                                   .last_edge = 256,
                                   .threads = 16,
                                   .memory = (uint64_t)host_mib[i / 15 % 3] << 20,
                                   .devices = 1 + i / 45,
                                   .device_memory = (uint64_t)device_mib[i / 3 % 5] << 20};
        if (wsi_plan_make_gpu(&in, p, &err) == WSI_OK) {
            made++;
            assert_true(p->gpu.device_bytes <= in.device_memory);
            assert_true(p->memory <= in.memory);
            assert_true(p->gpu.strips >= (p->blocks_y > 1 ? 2 : 1) && p->gpu.slots >= 1);
            assert_true(p->gpu.strip_rows >= (p->block_h < p->h ? p->block_h : p->h));
        } else {
            assert_int_equal(err.code, WSI_ERR_NO_MEMORY);
            assert_true(device_mib[i / 3 % 5] < 1024 || host_mib[i / 15 % 3] < 1024);
        }
        wsi_graph_clear(graph);
        wsi_slide_close(&slide);
        wsi_free(graph);
        wsi_free(p);
    }
    assert_true(made > 30);
    wsi_chain_destroy(&chain);
}

static void texts_name_devices(void **state)
{
    (void)state;
    int devices[WSI_DEVICES_MAX], count;
    wsi_error err;
    assert_int_equal(wsi_devices_find("auto", NULL, devices, &count, &err), WSI_OK);
    assert_int_equal(count, 2);
    assert_int_equal(wsi_devices_find("cpu", NULL, devices, &count, &err), WSI_OK);
    assert_int_equal(count, 0);
    assert_int_equal(wsi_devices_find("cuda:1", NULL, devices, &count, &err), WSI_OK);
    assert_int_equal(count, 1);
    assert_int_equal(devices[0], 1);
    assert_int_equal(wsi_devices_find("cuda:1,0", NULL, devices, &count, &err), WSI_OK);
    assert_int_equal(count, 2);
    assert_int_equal(wsi_devices_find("cuda:2", NULL, devices, &count, &err), WSI_ERR_DEVICE);
    static const char *const wrong[] = {"", "gpu", "cuda:", "cuda:a", "cuda:0,", "cuda:0,0", "cuda1", "cuda:-1"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(wsi_devices_find(wrong[i], NULL, devices, &count, &err), WSI_ERR_USAGE);
    wsi_device_emulation.devices = 0;
    assert_int_equal(wsi_devices_find("auto", NULL, devices, &count, &err), WSI_OK);
    assert_int_equal(count, 0);
    assert_int_equal(wsi_devices_find("cuda", NULL, devices, &count, &err), WSI_ERR_DEVICE);
    wsi_device_emulation.devices = 2;
}

/* A slide whose tiles are JPEG, made by a job. */
static int make_slide(void **state)
{
    (void)state;
    if (!mkdtemp(folder)) return 1;
    wsi_chain *chain = parse("cast:dtype=uint8 as slide");
    wsi_job_spec spec = job(synthetic, "tiff", chain);
    wsi_job_report report = {0};
    wsi_error err = {WSI_OK, ""};
    spec.codec = WSI_CODEC_JPEG;
    spec.quality = 80;
    spec.out_tile = 128;
    if (wsi_job_execute(&spec, &report, &err) != WSI_OK) fail_msg("%s", err.message);
    snprintf(jpeg, sizeof jpeg, "%s/slide.tif", folder);
    const int bad = rename(report.outputs[0], jpeg);
    wsi_job_report_clear(&report);
    wsi_chain_destroy(&chain);
    return bad;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(texts_name_devices),
                                       cmocka_unit_test(plans_keep_to_their_budgets),
                                       cmocka_unit_test(files_are_those_of_the_cpu),
                                       cmocka_unit_test(scaled_files_are_those_of_the_cpu),
                                       cmocka_unit_test(jpeg_files_are_those_of_the_cpu),
                                       cmocka_unit_test(sizes_change_nothing),
                                       cmocka_unit_test(decoders_change_nothing),
                                       cmocka_unit_test(a_decoder_that_differs_is_not_trusted),
                                       cmocka_unit_test(steps_may_stay_on_the_host),
                                       cmocka_unit_test(a_lost_device_ends_the_run),
                                       cmocka_unit_test(memory_that_is_too_short_is_said)};
    return cmocka_run_group_tests(tests, make_slide, remove_folder);
}
