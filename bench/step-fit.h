/* What an operation learns of a whole image in memory, on several threads, for bench-step-speed. */
#ifndef STEP_FIT_H
#define STEP_FIT_H

#include "tests/oprun.h"

typedef struct step_fit {
    const wsi_image *src;
    double *target; /* of the reference; NULL: none */
} step_fit;

/* Learns from the reference, if there is one (not NULL). Ends the program when the operation refuses it. */
void step_fit_open(step_fit *f, oprun *run, const wsi_image *src, const wsi_image *reference);
/* All rounds over src, and the state that run's kernel reads, in place of the one before. */
void step_fit_run(step_fit *f, oprun *run, int threads);
void step_fit_close(step_fit *f);

#endif
