/* Fits as JSON: what global steps have learnt of a slide, saved beside its outputs, shared by a cohort.
 *
 *   {"wsiproc_params": 1, "steps": [{"name": "...", "operation": "...", "values": {"threshold": [0.25], ...}}, ...]}
 *
 * Numbers read back to the same bits; "nan", "inf" and "-inf" are written as text. */
#ifndef WSI_PARAMS_FILE_H
#define WSI_PARAMS_FILE_H

#include <jansson.h>

#include "global.h"

/* Parses a file's text. Errors: USAGE. Free with json_decref. */
wsi_status wsi_params_parse(const char *text, json_t **out, wsi_error *err);
/* The file's text, a line, freed with wsi_free; NULL: no memory. */
char *wsi_params_text(const json_t *params);
/* An empty file. NULL: no memory. */
json_t *wsi_params_new(void);
/* Adds the fit of a step. 0: no memory. */
int wsi_params_add(json_t *params, const wsi_global *g);
/* The text of what a file holds for those steps of a chain that take a reference: the same, whatever else is in it.
 * NULL: no memory. Free with wsi_free. */
char *wsi_params_reference_text(const json_t *params, const wsi_chain *chain);
/* The values for a step, by its name and operation, into out (g->fit_count of them); *found = 0: there are none.
 * Errors: USAGE, when they do not fit the step. */
wsi_status wsi_params_take(const json_t *params, const wsi_global *g, double *out, int *found, wsi_error *err);

#endif
