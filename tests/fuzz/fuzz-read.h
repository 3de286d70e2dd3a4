/* Reading what there is of a slide, within a budget. */
#ifndef WSI_FUZZ_READ_H
#define WSI_FUZZ_READ_H

#include "fuzz.h"

/* Opens the slide; what opens must be readable, or say in one line why not. */
void fuzz_read_slide(const char *path);

#endif
