/* Whole images through operations of any kind, for tests: local ones tile by tile, whole ones (whole-run.h), and those
 * that stand for several steps. */
#ifndef WSI_OPRUN_CHAIN_H
#define WSI_OPRUN_CHAIN_H

#include "oprun.h"
#include "whole-run.h"

typedef struct oprun_how {
    wsi_isa isa;
    wsi_dtype store;            /* type of the result; WSI_DTYPE_COUNT: the operation's own */
    whole_options options;      /* tile (of local operations too, as it is), threads, ... */
    const char *fit;            /* a file that gets what a reduction has learnt, as JSON; NULL: none */
    const wsi_image *reference; /* for a reduction that takes a reference's fit, as many images as src; NULL: none */
} oprun_how;

/* Runs "name:key=value,..." (@1, @2: src[1], src[2]) over images of one size. *out is allocated, freed with
 * wsi_free(out->data); it has no data for an operation that makes a table only. table may be NULL; otherwise
 * whole_table_clear frees it, also after an error. */
wsi_status oprun_image_of(const char *spec, const oprun_how *how, const wsi_image *src, int inputs, wsi_image *out,
                          whole_table *table, wsi_error *err);

#endif
