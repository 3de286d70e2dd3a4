/* Any text as a chain, and what may follow a NUL in it as the names of the results to write. A chain that parses has a
 * canonical text that parses to itself, and a plan on a small slide, or one line that says why not. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "scheduler/scheduler.h"

static void parse_again(const char *text)
{
    wsi_chain *chain = NULL;
    wsi_error err = {0};
    const wsi_status status = wsi_chain_parse(text, &chain, &err);
    if (status != WSI_OK) fuzz_fail("a canonical text is refused", err.message);
    if (strcmp(wsi_chain_text(chain), text) != 0) fuzz_fail("a canonical text is not its own", text);
    wsi_chain_destroy(&chain);
}

static void plan(const wsi_chain *chain, const char *write)
{
    char *json = NULL;
    wsi_error err = {0};
    const wsi_job_spec spec = {.input = "synthetic:96x80,seed=3",
                               .chain = chain,
                               .write = write,
                               .writer = wsi_writer_find("null"),
                               .codec = -1,
                               .subsampling = -1,
                               .threads = 1,
                               .memory = UINT64_C(256) << 20,
                               .isa = wsi_cpu_best()};
    fuzz_expect(wsi_job_plan(&spec, &json, &err), &err);
    wsi_free(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    const size_t length = strlen(text);
    wsi_chain *chain = NULL;
    wsi_error err = {0};
    fuzz_expect(wsi_chain_parse(text, &chain, &err), &err);
    if (chain) {
        parse_again(wsi_chain_text(chain));
        plan(chain, length < size ? text + length + 1 : NULL);
        wsi_chain_destroy(&chain);
    }
    free(text);
    return 0;
}
