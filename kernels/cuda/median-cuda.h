/* Which footprints the median takes without scratch, known to the row and to the kernels. */
#ifndef WSI_MEDIAN_CUDA_H
#define WSI_MEDIAN_CUDA_H

/* Pixels a side of the box that the method in bit planes holds. */
enum { WSI_MEDIAN_CUDA_BOX = 7 };

#endif
