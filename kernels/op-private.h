/* What the rows of the registry share: offsets of parameters, checks of formats, scale of a type. */
#ifndef WSI_OP_PRIVATE_H
#define WSI_OP_PRIVATE_H

#include <stddef.h>

#include "kernel.h"
#include "op.h"

#define WSI_COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* Names of the edge modes in wsi_edge order; the filters' list ends after "constant". */
extern const char *const wsi_edge_names_filter[];
extern const char *const wsi_edge_names_morphology[];

/* Refuses an input that has not exactly `channels` samples a pixel. */
wsi_status wsi_need_channels(const wsi_pixfmt *in, int channels, wsi_error *err);
/* Refuses another image (in[index]) that has neither one channel nor as many as in[0]. */
wsi_status wsi_need_broadcast(const wsi_pixfmt *in, int index, wsi_error *err);
/* Refuses a mask (in[index]; index = -1: none) that has not one channel. */
wsi_status wsi_need_mask(const wsi_pixfmt *in, int index, wsi_error *err);
/* Output of filters that work in float32: as many channels as the input. For wsi_op.resolve. */
wsi_status wsi_resolve_float(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err);
/* Output in the input's own format. For wsi_op.resolve. */
wsi_status wsi_resolve_same(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err);

/* Factor that img_as_float applies: 1 over the type's maximum; 1 for bool and floats. */
double wsi_scale_of(wsi_dtype type);
/* Smallest and largest value of a type; -inf and inf for floats. */
void wsi_type_range(wsi_dtype type, double *lo, double *hi);
/* 1 when the type holds the value: for integers, a whole number within its range. */
int wsi_holds(wsi_dtype type, double value);
/* Stores a value that the type holds as one sample. */
void wsi_sample_put(wsi_dtype type, double value, void *out);
/* Stores value as one sample of type; CHAIN when the type cannot hold it (name: the parameter's). */
wsi_status wsi_sample_of(wsi_dtype type, double value, const char *name, void *out, wsi_error *err);

#endif
