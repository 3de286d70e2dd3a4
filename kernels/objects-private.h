/* What the rows of operations on components share (components.h): parameters, formats, texts. */
#ifndef WSI_OBJECTS_PRIVATE_H
#define WSI_OBJECTS_PRIVATE_H

#include "components.h"
#include "op-private.h"

/* Row of the parameter `connectivity`, an int64_t in the struct. */
#define WSI_CONNECTIVITY_PARAM(params_type, of, default_text)                                                          \
    {                                                                                                                  \
        .name = "connectivity", .unit = "",                                                                            \
        .help = "Which pixels are neighbours " of                                                                      \
                ": 1, the four that share a side; 2, also the four that share a corner.",                              \
        .offset = offsetof(params_type, connectivity), .type = WSI_PARAM_INT, .def = default_text, .min = 1, .max = 2  \
    }

/* Parameters of remove_small_objects and remove_small_holes. */
typedef struct wsi_small_params {
    int64_t max_size;
    wsi_floats old_size; /* n = 0: max_size counts */
    int64_t connectivity;
} wsi_small_params;

#define WSI_SMALL_PARAMS(what, old_name)                                                                               \
    {.name = "max_size",                                                                                               \
     .unit = "px",                                                                                                     \
     .help = "Greatest number of pixels of " what " that are removed.",                                                \
     .offset = offsetof(wsi_small_params, max_size),                                                                   \
     .type = WSI_PARAM_INT,                                                                                            \
     .def = "64",                                                                                                      \
     .min = 0,                                                                                                         \
     .max = 1e15},                                                                                                     \
        {.name = old_name,                                                                                             \
         .unit = "px",                                                                                                 \
         .help = "The older convention, in place of max_size where it is given: least number of pixels of " what       \
                 " that stay.",                                                                                        \
         .offset = offsetof(wsi_small_params, old_size),                                                               \
         .type = WSI_PARAM_FLOATS,                                                                                     \
         .def = "",                                                                                                    \
         .min = 0,                                                                                                     \
         .max = 1e15,                                                                                                  \
         .min_count = 0,                                                                                               \
         .max_count = 1},                                                                                              \
        WSI_CONNECTIVITY_PARAM(wsi_small_params, "in a mask", "1")

/* A component stays when it has more pixels than this. */
uint64_t wsi_small_above(const wsi_small_params *p);

/* For wsi_op.resolve. A mask: one channel of any type, what is not 0 belongs to it; result bool. */
wsi_status wsi_objects_resolve_mask(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out,
                                    wsi_error *err);
/* Labels: one channel of whole numbers or bool; result in the same format. */
wsi_status wsi_objects_resolve_labels(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out,
                                      wsi_error *err);
/* As labels; result numbers, uint32. */
wsi_status wsi_objects_resolve_numbers(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out,
                                       wsi_error *err);

/* Text that the documents end with. */
#define WSI_OBJECTS_DOC                                                                                                \
    "\n\nWorks on the whole slide at once: tiles are labelled one by one, joined across their seams by union-find, "   \
    "and "                                                                                                             \
    "kept in a compact form in a scratch file until all of the slide has been seen. Memory grows with the slide's "    \
    "width, not with its area or with the number of components."

/* The part of a row whose open() is called that. */
#define WSI_OBJECTS_ROW                                                                                                \
    .complexity = "O(1) a pixel and a run of pixels", .exactness = WSI_EXACT, .backends_exact = 1,                     \
    .whole = &(const wsi_whole)                                                                                        \
    {                                                                                                                  \
        .open = open, WSI_COMPONENTS_WHOLE                                                                             \
    }
/* And of one whose parameters are `params`, of that type. */
#define WSI_OBJECTS_ROW_OF(type)                                                                                       \
    WSI_OBJECTS_ROW, .params = params, .param_count = WSI_COUNT(params), .params_size = sizeof(type)

#endif
