/* Parameters of peak_local_max and select_peaks. */
#ifndef WSI_PEAKS_H
#define WSI_PEAKS_H

#include "common/param.h"
#include "whole.h"

typedef struct wsi_peaks_params {
    wsi_operand largest; /* select_peaks: the image's maxima over windows */
    int64_t min_distance;
    wsi_floats threshold_abs, threshold_rel; /* n = 0: none */
    wsi_floats exclude_border;               /* n = 0: v[0] is 0 for min_distance, 1 for none */
    int64_t num_peaks;                       /* 0: all */
} wsi_peaks_params;

extern const wsi_whole wsi_whole_peaks;

/* Parameters from min_distance on, of both rows. */
extern const char *const wsi_peaks_none[], *const wsi_peaks_border[];
#define WSI_PEAKS_FIELD(name) offsetof(wsi_peaks_params, name)
#define WSI_PEAKS_LIMIT(NAME, HELP, MIN, MAX)                                                                          \
    {                                                                                                                  \
        .name = #NAME, .unit = "", .help = HELP, .offset = WSI_PEAKS_FIELD(NAME), .type = WSI_PARAM_FLOATS,            \
        .def = "none", .min = MIN, .max = MAX, .min_count = 1, .max_count = 1, .names = wsi_peaks_none                 \
    }
#define WSI_PEAKS_PARAMS                                                                                               \
    {.name = "min_distance",                                                                                           \
     .unit = "px",                                                                                                     \
     .help = "Peaks are at least as far apart, in rows or in columns, and the largest so far around.",                 \
     .offset = WSI_PEAKS_FIELD(min_distance),                                                                          \
     .type = WSI_PARAM_INT,                                                                                            \
     .def = "1",                                                                                                       \
     .min = 1,                                                                                                         \
     .max = 256},                                                                                                      \
        WSI_PEAKS_LIMIT(threshold_abs, "Values up to it are no peaks; none: the image's least value.", -1e18, 1e18),   \
        WSI_PEAKS_LIMIT(threshold_rel, "The same as a share of the image's largest value; the larger one counts.", 0,  \
                        1),                                                                                            \
        {.name = "exclude_border",                                                                                     \
         .unit = "px",                                                                                                 \
         .help = "No peaks so near to the slide's edges: true (min_distance), false, a number, or [rows, columns].",   \
         .offset = WSI_PEAKS_FIELD(exclude_border),                                                                    \
         .type = WSI_PARAM_FLOATS,                                                                                     \
         .def = "true",                                                                                                \
         .min = 0,                                                                                                     \
         .max = 1e6,                                                                                                   \
         .min_count = 1,                                                                                               \
         .max_count = 2,                                                                                               \
         .names = wsi_peaks_border,                                                                                    \
         .flags = WSI_PARAM_WHOLE},                                                                                    \
    {                                                                                                                  \
        .name = "num_peaks", .unit = "", .help = "The largest peaks alone; 0: all.",                                   \
        .offset = WSI_PEAKS_FIELD(num_peaks), .type = WSI_PARAM_INT, .def = "0", .min = 0, .max = 1e15                 \
    }

#define WSI_PEAKS_DOC                                                                                                  \
    "The table has a row a peak: centroid-0 and centroid-1 (row and column) and intensity, by falling intensity, "     \
    "equal "                                                                                                           \
    "ones in raster order. A peak is larger than threshold_abs and threshold_rel times the largest value. Of peaks "   \
    "of "                                                                                                              \
    "one height nearer than min_distance (the larger of rows and columns) the first in raster order stays; with "      \
    "min_distance 1 all stay. An image of one value has none (but one of one pixel). NaN is no peak and no extreme. "  \
    "As in the reference, "                                                                                            \
    "thresholds of float32 images are float32.\n\nThe table is the same for every size of tile. Memory: 24 bytes a "   \
    "peak "                                                                                                            \
    "above threshold_abs."

#endif
