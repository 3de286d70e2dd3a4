/* One global step of a job: what a reduction gathers in its rounds, or what an operation on the whole image makes, each
 * fed by a tap during a pass. */
#ifndef WSI_GLOBAL_H
#define WSI_GLOBAL_H

#include <pthread.h>

#include "graph.h"

typedef struct wsi_global {
    int step;
    const wsi_step *of;
    const wsi_shape *shape;
    wsi_tap tap;
    int started; /* between begin and end or drop */
    /* A reduction. */
    wsi_fit_call call;
    int rounds;
    int64_t fit_count;
    double *fit;
    double *trial;        /* foretold: to be compared with the fit; NULL = none */
    int on_trial;         /* 1: that is in use, and the last round has not been run */
    pthread_mutex_t lock; /* of the list of accumulators nobody uses */
    void *accumulators;   /* all of them, see global.c */
    void *idle;
    /* An operation on the whole image. */
    wsi_whole_call whole;
    void *self;
} wsi_global;

/* What does not change from pass to pass. */
typedef struct wsi_global_context {
    double mpp_x, mpp_y;   /* of the step's input; 0 = not known */
    double down_x, down_y; /* pixels of level 0 a pixel */
    int no_shapes;         /* 1: no format of the job's tables has shapes */
    int threads;
    wsi_team *team; /* whose threads they are */
    uint64_t memory;
    const char *scratch;
    const atomic_int *cancel;
} wsi_global_context;

/* g must be zeroed; clear it also after an error. of and shape are borrowed. */
wsi_status wsi_global_step_init(wsi_global *g, int step, const wsi_step *of, const wsi_shape *shape,
                                const wsi_global_context *context, wsi_error *err);
/* Before a pass that it takes part in, whose tap tiles have that edge. */
wsi_status wsi_global_step_begin(wsi_global *g, int64_t tile, wsi_error *err);
/* For the plan of such a pass: the tap's bound alone. Writes nothing. */
wsi_status wsi_global_step_foresee(wsi_global *g, int64_t tile, wsi_error *err);
/* After it: the round's fit, or the whole result. *complete = 1: nothing is left to learn. *right = 0: what was
 * foretold before the pass turned out wrong. */
wsi_status wsi_global_step_end(wsi_global *g, int *complete, int *right, wsi_error *err);
/* After a pass that was in vain: as it was before begin. */
void wsi_global_step_drop(wsi_global *g);
void wsi_global_step_clear(wsi_global *g);

#endif
