/* A slide file of any bytes: opened, described, and read in parts: tiles of every level with and without their bytes
 * fetched before, a region that no tile border cuts even, associated images, the headers that devices decode by. */
#include "fuzz-read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_read_slide(fuzz_memory_file(data, size));
    return 0;
}
