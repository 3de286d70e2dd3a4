/* Named stretches of a thread's time, as NVIDIA's profilers show them (NVTX): the stages of a run, so that a profile
 * reads like the statistics. Without a profiler attached, and in a build without CUDA, they cost next to nothing. */
#ifndef WSI_DEVICE_RANGE_H
#define WSI_DEVICE_RANGE_H

/* Begins a range of the calling thread; ranges nest. stage: the name that statistics and traces use. */
void wsi_range_begin(const char *stage);
/* Ends the calling thread's innermost range. */
void wsi_range_end(void);

#endif
