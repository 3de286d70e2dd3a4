/* The passes of a job. A step that must see the whole slide first (a global step) is fed by a tap in one pass and is a
 * local step, or a stored image, in those that follow. Each pass is one run of the executor over the slide, or over
 * what earlier passes have kept.
 *
 * In each pass every global step whose images can be computed takes part; results are written in the first pass in
 * which all of them can be. Where a reduction foretells its fit, the pass of its last round already goes on with that,
 * and what it made is thrown away if the fit turns out otherwise. */
#ifndef WSI_PASSES_H
#define WSI_PASSES_H

#include "global.h"
#include "job-private.h"
#include "store.h"

typedef struct wsi_passes {
    wsi_slide_job *job;
    const wsi_chain *chain;
    int level;
    int goal;                             /* a step to be fitted and nothing else, or -1 */
    int goal_kept;                        /* 1: its result is to be kept instead */
    int write;                            /* 1: the job's results are wanted */
    int written;                          /* they are there */
    int count, expected;                  /* passes run, and how many there will be if nothing foretold is wrong */
    wsi_shape shapes[WSI_STEPS_MAX];      /* of the steps needed */
    wsi_known known[WSI_STEPS_MAX];       /* of each step */
    wsi_global *global_of[WSI_STEPS_MAX]; /* NULL: it is local, or not needed */
    wsi_global globals[WSI_STEPS_MAX];
    int global_count;
    wsi_store *stores[WSI_STEPS_MAX]; /* of kept steps, else NULL */
    wsi_tap store_taps[WSI_STEPS_MAX];
} wsi_passes;

/* One pass, chosen. */
typedef struct wsi_pass {
    int taps[WSI_STEPS_MAX]; /* steps that are fed */
    int tap_count;
    int write;                /* the job's results are written */
    int keeps[WSI_STEPS_MAX]; /* steps whose results are kept for later passes */
    int keep_count;
} wsi_pass;

/* passes must be zeroed; clear it also after an error. shapes: of the job's level. Fits the job was given are known at
 * once. */
wsi_status wsi_passes_init(wsi_passes *passes, wsi_slide_job *job, int level, int goal, const wsi_shape *shapes,
                           wsi_error *err);
/* The passes on another level that fit step s, which passes leave to it; what they know of fits holds there. there must
 * be zeroed; clear it also after an error. Errors: USAGE: there is no such level. */
wsi_status wsi_passes_init_there(const wsi_passes *passes, int s, wsi_passes *there, wsi_error *err);
/* What comes next; 0: nothing. A step that is to be fitted on another level is in no pass: *elsewhere gets it, or -1.
 */
int wsi_passes_next(const wsi_passes *passes, wsi_pass *pass, int *elsewhere);
/* Edge of the tiles that the pass's taps, and sinks, get. */
int64_t wsi_passes_tile(const wsi_passes *passes, const wsi_pass *pass);
/* Supposes that the pass has been run, to see what follows. For plans. */
void wsi_passes_suppose(wsi_passes *passes, const wsi_pass *pass);
/* Decides what the pass keeps for later ones, by cost. */
void wsi_passes_choose_keeps(wsi_passes *passes, wsi_pass *pass);
/* How many passes there will be if nothing foretold is wrong. */
int wsi_passes_expected(wsi_passes *passes);
/* About how long the pass takes. */
double wsi_passes_seconds(const wsi_passes *passes, const wsi_pass *pass, int threads);
/* All of them. The job's sinks are open and complete afterwards, not finished. */
wsi_status wsi_passes_run(wsi_passes *passes, wsi_exec_stats *stats, wsi_error *err);
/* The graph of one pass. graph must be zeroed; clear it also after an error. tapped gets the global steps' taps. */
wsi_status wsi_passes_bind(wsi_passes *passes, const wsi_pass *pass, wsi_graph *graph, wsi_error *err);
/* passes-within.c: those that compute the mask of the job's `within`. passes must be zeroed; shapes, WSI_STEPS_MAX of
 * them, is for the function's own use. Clear passes also after an error. */
wsi_status wsi_passes_init_within(wsi_slide_job *job, wsi_passes *passes, wsi_shape *shapes, wsi_error *err);
/* Before a pass that is only planned is bound: how much its taps leave of a tile. Writes nothing. */
wsi_status wsi_passes_foresee(wsi_passes *passes, const wsi_pass *pass, wsi_error *err);
void wsi_passes_clear(wsi_passes *passes);

#endif
