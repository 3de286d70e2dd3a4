/* An axis' part of the squared distance of two pixels, of whatever type steps and step have: the reference adds up
 * those of rows and columns. */
#ifndef WSI_EXPAND_PX_H
#define WSI_EXPAND_PX_H

#include "px.h"

#define WSI_PX_SQUARE(steps, step) (((steps) * (step)) * ((steps) * (step)))

#endif
