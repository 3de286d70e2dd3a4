/* Texts and records: chains of every operation, fits that jobs made, manifests, the files of a job folder. */
#include "fuzz-seeds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/job-folder.h"
#include "common/mem.h"
#include "fuzz-fitted.h"
#include "kernels/op.h"
#include "reader-maker.h"
#include "scheduler/scheduler.h"

#define HASH "ba7816bf8f01cfea414140de5dae2223"

/* ---- Chains ---- */

static void seed_chains(void)
{
    static const char *const chains[] = {
        "rgb2gray | frangi:sigmas=[2],black_ridges=true,mode=reflect",
        "rgb2hed as hed | channel:index=0 | gaussian:sigma=2 as h | threshold_otsu | opening:footprint=disk,radius=3 "
        "|\n"
        "  remove_small_objects:max_size=64 | label as nuclei | measure:intensity=@h as table",
        "# a comment\nnormalize_macenko\ngaussian:sigma=1,mode=constant,cval=0.5",
        "rgb2gray as g | gaussian:sigma=1 | subtract:other=@g,from=@source",
        "downscale_local_mean:factors=[2,2] | tissue | tissue_fraction",
        "rgb2gray | convolve:weights=[0,1,0,1,-4,1,0,1,0]",
    };
    int n = 0, count = 0;
    for (; n < (int)(sizeof chains / sizeof *chains); n++) seed_text("chain", seed_name(n), -1, chains[n]);
    const wsi_op *const *ops = wsi_ops(&count);
    for (int i = 0; i < count; i++) {
        char text[256];
        snprintf(text, sizeof text, "rgb2gray | %s%s%s", ops[i]->name, ops[i]->param_count ? ":" : "",
                 ops[i]->param_count ? ops[i]->params[0].name : "");
        if (ops[i]->param_count) strncat(text, "=1", sizeof text - strlen(text) - 1);
        seed_text("chain", seed_name(n++), -1, text);
        seed_text("chain", seed_name(n++), -1, ops[i]->name);
    }
    seed_write("chain", "written", -1, "rgb2gray as g | sobel as s\0g,s", 30);
}

/* Words of the language, for libFuzzer's -dict. */
static void seed_dictionary(void)
{
    int count = 0;
    char *text = wsi_strdup("\" as \"\n\" | \"\n\"from=@source\"\n\"[1,2]\"\n\"@\"\n\"nan\"\n\"inf\"\n");
    const wsi_op *const *ops = wsi_ops(&count);
    for (int i = 0; i < count; i++) {
        for (int p = -1; p < ops[i]->param_count; p++) {
            char *longer = p < 0 ? wsi_asprintf("%s\"%s\"\n", text, ops[i]->name)
                                 : wsi_asprintf("%s\"%s=\"\n", text, ops[i]->params[p].name);
            wsi_free(text);
            text = longer;
        }
    }
    seed_text("dictionaries", "chain", -1, text);
    seed_text("dictionaries", "json", -1,
              "\"\\\"nan\\\"\"\n\"\\\"-inf\\\"\"\n\"null\"\n\"[]\"\n\"{}\"\n\"-1\"\n\"1e308\"\n\"1e-320\"\n\"0.0\"\n");
    wsi_free(text);
}

/* ---- Fits ---- */

static void seed_fits(int number, const char *text)
{
    wsi_chain *chain = NULL;
    wsi_error err = {0};
    wsi_job_report report = {0};
    char base[600];
    snprintf(base, sizeof base, "%s.job", maker_path(3));
    wsi_job_spec spec = {.input = FUZZ_FITTED_SLIDE,
                         .output_base = base,
                         .writer = wsi_writer_find("md5"),
                         .codec = -1,
                         .subsampling = -1,
                         .threads = 1,
                         .memory = UINT64_C(256) << 20,
                         .isa = wsi_cpu_best()};
    wsi_status status = wsi_chain_parse(text, &chain, &err);
    spec.chain = chain;
    if (status == WSI_OK) status = wsi_job_execute(&spec, &report, &err);
    if (status != WSI_OK || !report.params_path) {
        fprintf(stderr, "fuzz-seeds: %s: no fits: %s\n", text, err.message);
        exit(1);
    }
    seed_move("params", seed_name(number), number, report.params_path);
    for (int i = 0; i < report.output_count; i++) unlink(report.outputs[i]);
    wsi_job_report_clear(&report);
    wsi_chain_destroy(&chain);
}

/* The first byte picks the chain in fuzz-params.c. */
static void seed_params(void)
{
    for (int i = 0; i < FUZZ_FITTED; i++) seed_fits(i, fuzz_fitted[i]);
}

/* ---- Manifests ---- */

static void seed_manifests(void)
{
    seed_text("manifest", "csv", 0,
              "path,id,mpp,level,out,cost,fingerprint\n\"a,b.svs\",1,0.25,0,sub/x,7,abc\r\n"
              "# a comment\n\nsynthetic:100x100,\"two\"\"quotes\"\n");
    seed_text("manifest", "tsv", 1, "\xef\xbb\xbfslide\tid\tother\n/nowhere/x.tif\t2\t3\n");
    seed_text("manifest", "list", 2, "one.svs\n  two.svs  \n\nsynthetic:10x10,seed=1\n");
}

/* ---- The job folder; the first byte is fuzz-job-folder.c's ---- */

static void seed_records(void)
{
    seed_text("job-folder", "slide", 0,
              "{\"format\":1,\"base\":\"case/a\",\"input\":\"in/a.svs\",\"id\":\"7\",\"state\":\"failed\","
              "\"code\":\"input-corrupt\",\"error\":\"bad\",\"run\":\"host-1-abc\",\"host\":\"host\",\"pid\":1,"
              "\"work\":\"" HASH "\",\"started\":1700000000.25,\"updated\":1700000001,\"seconds\":0.75,\"attempt\":2,"
              "\"progress\":0.5,\"pixels\":1099511627776,\"bytes\":7,\"bad_tiles\":3,\"outputs\":[\"case/a.h5\"],"
              "\"stats\":{\"passes\":[{\"name\":\"x\",\"values\":[1,2.5,null]}]}}");
    seed_text("job-folder", "run", 1,
              "{\"format\":1,\"run\":\"host-1-abc\",\"batch\":\"" HASH "\",\"work\":\"" HASH "\",\"shard\":\"1/2\","
              "\"host\":\"host\",\"pid\":1,\"slurm\":{\"job\":\"1\",\"array_job\":\"2\",\"array_task\":\"3\","
              "\"restart\":1},\"chain\":\"sobel\",\"write\":\"s\",\"format_name\":\"hdf5\",\"folder\":\"/x\","
              "\"started\":1700000000,\"updated\":1700000001,\"ended\":1700000002,\"exit\":3}");
    seed_text("job-folder", "batch", 2,
              "{\"format\":1,\"slides\":[{\"base\":\"case/a\",\"input\":\"in/a.svs\",\"id\":\"7\",\"cost\":5},"
              "{\"base\":\"abc\",\"input\":\"in/b.svs\",\"cost\":6,\"hash\":\"" HASH "\"}]}");
    seed_text("job-folder", "lease", 3,
              "{\"format\":1,\"run\":\"r\",\"host\":\"elsewhere\",\"boot\":\"b\",\"space\":1,\"pid\":1,\"start\":2,"
              "\"seconds\":60.000,\"beats\":3                   }\n");
    seed_text("job-folder", "summary", 4,
              "{\"wsiproc\":\"0.1.0\",\"chain\":\"sobel\",\"write\":null,\"format\":\"hdf5\",\"exit_status\":3,"
              "\"totals\":{\"seconds\":1.5},\"slides\":[{\"input\":\"in/a.svs\",\"status\":\"done\",\"seconds\":1,"
              "\"pixels\":5,\"bytes_written\":6,\"outputs\":[\"/out/a.h5\"]},{\"input\":\"b\",\"status\":\"failed\","
              "\"error\":\"bad\",\"error_kind\":\"input-corrupt\"}]}");
}

void seed_jobs(void)
{
    seed_chains();
    seed_dictionary();
    seed_params();
    seed_manifests();
    seed_records();
    seed_text("synthetic", "plain", -1, "100x80,seed=3");
    seed_text("synthetic", "long", -1, "3000x2000,seed=18446744073709551615,tile=256,mpp=0.25,kind=flat");
}
