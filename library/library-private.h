/* What the parts of the library share. */
#ifndef WSI_LIBRARY_PRIVATE_H
#define WSI_LIBRARY_PRIVATE_H

#include "scheduler/chain.h"
#include "scheduler/graph.h"

/* Number of a step as callers count (only the steps they wrote), of a step inside the chain that is one of them. */
int wsi_chain_outer_step(const wsi_chain *chain, int step);

#endif
