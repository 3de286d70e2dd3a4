/* What the rows of arithmetic share. */
#ifndef WSI_ARITHMETIC_PRIVATE_H
#define WSI_ARITHMETIC_PRIVATE_H

#include "arithmetic.h"
#include "op-private.h"

extern const wsi_param wsi_arithmetic_param_table[1];

/* float32 of as many channels as the image. */
wsi_status wsi_arithmetic_resolve(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out,
                                  wsi_error *err);
/* The image's own type where the other image has it too or it holds the number; otherwise float32. */
wsi_status wsi_arithmetic_resolve_kept(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out,
                                       wsi_error *err);
/* Type of a result that takes samples of an image of type `own` and of `other`, an image of in[] or a number. */
wsi_dtype wsi_common_type(wsi_dtype own, const wsi_operand *other, const wsi_pixfmt *in);
/* Fills a wsi_bound_state for a result of wsi_common_type: values up to a number (upper = 1) or from it on; with an
 * image for `other`, nothing. */
void wsi_bound_prepare(wsi_bound_state *state, const wsi_operand *other, const wsi_pixfmt *in, int upper);
/* Fills both ends of a wsi_bound_state. */
void wsi_bound_set(wsi_bound_state *state, wsi_dtype type, double low, double high);

#define WSI_ARITHMETIC_CHANNELS                                                                                        \
    "A second image of one channel is used for every channel of the first; otherwise the numbers of channels must "    \
    "agree."

#define WSI_ARITHMETIC_DOC                                                                                             \
    "Both operands are taken as they are (255 stays 255), so the result is float32 on the images' own scale and "      \
    "never wraps around; put a cast before it to work on 0..1. It is computed in float32, or, with float64 or 32-bit " \
    "integers among the operands, in float64 and rounded once. " WSI_ARITHMETIC_CHANNELS

#define WSI_ARITHMETIC_KEPT_DOC                                                                                        \
    "Exact, in the image's own type, when the other image has the same type or that type holds the number (a whole "   \
    "number within its range for integers); both are taken as float32 otherwise. " WSI_ARITHMETIC_CHANNELS

#define WSI_MATHS_DOC                                                                                                  \
    "Values are taken as they are (255 stays 255), as float32, which is also the result's type; put a cast before it " \
    "to work on 0..1. NaN stays NaN."

/* Rows of the family differ in these alone. */
#define WSI_ARITHMETIC_ROW                                                                                             \
    .module = "arithmetic", .edge = "none", .complexity = "O(1) a pixel", .params = wsi_arithmetic_param_table,        \
    .param_count = 1, .params_size = sizeof(wsi_arithmetic_params), .backends_exact = 1

#define WSI_ARITHMETIC_FLOAT_ROW                                                                                       \
    WSI_ARITHMETIC_ROW, .source = "NumPy arithmetic in float32", .exactness = WSI_TOLERANCE, .tolerance = 1e-6,        \
                        .stores_any = 1, .resolve = wsi_arithmetic_resolve

#define WSI_ARITHMETIC_KEPT_ROW                                                                                        \
    WSI_ARITHMETIC_ROW, .exactness = WSI_EXACT, .state_size = sizeof(wsi_bound_state),                                 \
                        .resolve = wsi_arithmetic_resolve_kept

#define WSI_MATHS_ROW                                                                                                  \
    .module = "arithmetic", .source = "NumPy", .edge = "none", .complexity = "O(1) a pixel",                           \
    .exactness = WSI_TOLERANCE, .tolerance = 1e-6, .backends_exact = 1, .stores_any = 1, .resolve = wsi_resolve_float

#endif
