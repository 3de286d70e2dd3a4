/* Any text as a manifest; the first byte says what its name ends in. Slides are looked for, none is opened. */
#include "fuzz.h"

#include "cli/inputs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"m.csv", "m.tsv", "m.txt", "m.list"};
    const wsi_inputs_options options = {NULL, NULL};
    wsi_inputs inputs = {0};
    wsi_error err = {0};
    if (size < 1) return 0;
    const char *name = names[data[0] % 4], *path = fuzz_folder_file(name, data + 1, size - 1);
    fuzz_expect(wsi_inputs_add_manifest(&inputs, path, &options, &err), &err);
    for (size_t i = 0; i < inputs.count; i++)
        if (!inputs.items[i].path || !inputs.items[i].base) fuzz_fail("a slide without a path", name);
    wsi_inputs_clear(&inputs);
    fuzz_folder_file(name, NULL, 0);
    return 0;
}
