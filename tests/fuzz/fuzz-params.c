/* Any text as fits that came from elsewhere (--params, --reference). What is taken for a file of parameters is used in
 * a run of a small slide, by steps of every kind that fits. The first byte picks the chain. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "fuzz-fitted.h"
#include "scheduler/scheduler.h"

static void run(const wsi_chain *chain, const char *params, int as_reference)
{
    wsi_job_report report = {0};
    wsi_error err = {0};
    const wsi_job_spec spec = {.input = FUZZ_FITTED_SLIDE,
                               .chain = chain,
                               .writer = wsi_writer_find("null"),
                               .codec = -1,
                               .subsampling = -1,
                               .threads = 1,
                               .memory = UINT64_C(256) << 20,
                               .isa = wsi_cpu_best(),
                               .params = as_reference ? NULL : params,
                               .reference = as_reference ? params : NULL};
    fuzz_expect(wsi_job_execute(&spec, &report, &err), &err);
    wsi_job_report_clear(&report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) return 0;
    wsi_chain *chain = NULL;
    wsi_error err = {0};
    char *text = fuzz_text(data + 1, size - 1);
    const wsi_status status = wsi_job_check_params(text, &err);
    fuzz_expect(status, &err);
    if (status == WSI_OK) {
        if (wsi_chain_parse(fuzz_fitted[data[0] % 128 % FUZZ_FITTED], &chain, &err) != WSI_OK)
            fuzz_fail("the target's chain", err.message);
        run(chain, text, data[0] >= 128);
        wsi_chain_destroy(&chain);
    }
    free(text);
    return 0;
}
