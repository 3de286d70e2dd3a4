/* What rows with a footprint share: its parameters and their documentation. */
#ifndef WSI_FOOTPRINT_PRIVATE_H
#define WSI_FOOTPRINT_PRIVATE_H

#include <stddef.h>

#include "footprint.h"

enum { WSI_FOOTPRINT_PARAM_COUNT = 8 };

#define WSI_FOOTPRINT_INT(owner, field, explains, value, least, most)                                                  \
    {                                                                                                                  \
        .name = #field, .unit = "px", .help = explains, .offset = offsetof(owner, footprint.field),                    \
        .type = WSI_PARAM_INT, .def = #value, .min = least, .max = most                                                \
    }

/* The first rows of the parameter table of a struct `owner` with a wsi_footprint_params named footprint. usual: the
 * default shape; reach, side: the largest radius and extent. */
#define WSI_FOOTPRINT_PARAMS(owner, usual, reach, side)                                                                \
    {.name = "footprint",                                                                                              \
     .unit = "",                                                                                                       \
     .help = "Shape of the neighbourhood.",                                                                            \
     .offset = offsetof(owner, footprint.shape),                                                                       \
     .type = WSI_PARAM_ENUM,                                                                                           \
     .def = usual,                                                                                                     \
     .names = wsi_footprint_names},                                                                                    \
        WSI_FOOTPRINT_INT(owner, radius, "Radius of a disk or diamond.", 1, 0, reach),                                 \
        WSI_FOOTPRINT_INT(owner, width, "Width of a square or rectangle, half-width of an ellipse.", 3, 1, side),      \
        WSI_FOOTPRINT_INT(owner, height, "Height of a rectangle, half-height of an ellipse.", 3, 1, side),             \
        {.name = "strict_radius",                                                                                      \
         .unit = "",                                                                                                   \
         .help = "false makes a disk's radius longer by half a pixel.",                                                \
         .offset = offsetof(owner, footprint.strict_radius),                                                           \
         .type = WSI_PARAM_BOOL,                                                                                       \
         .def = "true"},                                                                                               \
        WSI_FOOTPRINT_INT(owner, m, "Length of an octagon's horizontal and vertical sides.", 3, 0, side),              \
        WSI_FOOTPRINT_INT(owner, n, "Height of an octagon's slanted sides.", 1, 0, reach),                             \
        WSI_FOOTPRINT_INT(owner, a, "Half the side of the square in a star.", 1, 0, reach)

/* The row of a wsi_floats named spacing in a struct `owner`, and its value for axis 0 (rows) or 1 (columns). */
#define WSI_SPACING_PARAM(owner)                                                                                       \
    {                                                                                                                  \
        .name = "spacing", .unit = "per px",                                                                           \
        .help = "Distance between neighbouring pixels: one value, or [rows, columns].",                                \
        .offset = offsetof(owner, spacing), .type = WSI_PARAM_FLOATS, .def = "1", .min = 0.001, .max = 1e6,            \
        .min_count = 1, .max_count = 2                                                                                 \
    }

static inline double wsi_spacing_of(const wsi_floats *spacing, int axis)
{
    return spacing->v[spacing->n > 1 ? axis : 0];
}

#define WSI_FOOTPRINT_DOC                                                                                              \
    "Footprints, x and y from the centre: disk (x^2 + y^2 <= radius^2; with strict_radius off (radius + 1/2)^2), "     \
    "diamond (|x| + |y| <= radius; radius 1 is the 3x3 cross), square (width x width), rectangle (width x height), "   \
    "ellipse ((x / (width + 1))^2 + (y / (height + 1))^2 < 1), octagon (a square of m + 2 n without its corners of "   \
    "n), star (|x|, |y| <= a, or |x| + |y| <= a + floor(a / 2); 3x3 for a = 1). "

#endif
