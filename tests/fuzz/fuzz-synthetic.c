/* Any text after "synthetic:". */
#include "fuzz-read.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char name[512], *text = fuzz_text(data, size);
    snprintf(name, sizeof name, "synthetic:%s", text);
    fuzz_read_slide(name);
    free(text);
    return 0;
}
