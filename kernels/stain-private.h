/* What the rows of stain separation share. */
#ifndef WSI_STAIN_PRIVATE_H
#define WSI_STAIN_PRIVATE_H

#include "colour-private.h"
#include "stain.h"

/* Parameters of separate_stains and combine_stains. */
typedef struct wsi_stain_params {
    int stains;             /* index of wsi_stain_names */
    wsi_floats conv_matrix; /* nine numbers row by row, or none */
} wsi_stain_params;

enum { WSI_STAINS_HED = 0 };

/* Names of the sets of stains, each in the order of its letters. */
extern const char *const wsi_stain_names[];

/* The rows of their tables; help: of the matrix. */
#define WSI_STAIN_ROWS(text)                                                                                           \
    {.name = "stains",                                                                                                 \
     .unit = "",                                                                                                       \
     .help = "Named set of stains, in the order of its letters.",                                                      \
     .offset = offsetof(wsi_stain_params, stains),                                                                     \
     .type = WSI_PARAM_ENUM,                                                                                           \
     .def = "hed",                                                                                                     \
     .names = wsi_stain_names},                                                                                        \
    {                                                                                                                  \
        .name = "conv_matrix", .unit = "", .help = text, .offset = offsetof(wsi_stain_params, conv_matrix),            \
        .type = WSI_PARAM_FLOATS, .def = "", .min = -1000, .max = 1000, .min_count = 9, .max_count = 9                 \
    }

/* Of their documents. */
#define WSI_STAIN_DOC                                                                                                  \
    "The sets are scikit-image's, one letter a stain: hed haematoxylin, eosin, DAB; hdx haematoxylin, DAB; fgx "       \
    "Feulgen, light green; bex Giemsa's methyl blue, eosin; rbd fast red, fast blue, DAB; gdx methyl green, DAB; hax " \
    "haematoxylin, AEC; bro anilin blue, azocarmine, orange G; bpx methyl blue, ponceau fuchsin; ahx alcian blue, "    \
    "haematoxylin; hpx haematoxylin, PAS. x is what is left, at right angles to both stains. "

/* Optical densities of a named set's stains (rows) in R, G, B. A third stain that is not known is at right angles to
 * both others. */
void wsi_stain_densities(int stains, double out[3][3]);

/* Fills the state of the kernel rgb2hed, which multiplies absorbances of an image of a type by m. */
void wsi_stain_prepare_separate(wsi_stain_state *state, const double m[3][3], wsi_dtype type);

/* Fills the state of the kernel combine, which multiplies stains of an image of a type by m. */
void wsi_stain_prepare_combine(wsi_colour_state *state, const double m[3][3], wsi_dtype type);

#endif
