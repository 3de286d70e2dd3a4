/* Operations on whole images (kernels/whole.h) for step-speed.c. */
#ifndef WSI_STEP_WHOLE_H
#define WSI_STEP_WHOLE_H

#include "tests/oprun.h"

/* Once over src: tiles of that edge on all threads, appended in order as they come, and then all of the result, on all
 * threads: into dst, or (dst NULL) into a tile of each thread. Exits when the operation fails. */
void step_whole_run(const oprun *run, const wsi_image *src, const wsi_image *dst, int64_t tile, int threads);

#endif
