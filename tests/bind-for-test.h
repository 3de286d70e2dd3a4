/* A graph for one pass over a slide, bound as for an HDF5 output, for tests of what lies below a job. */
#ifndef BIND_FOR_TEST_H
#define BIND_FOR_TEST_H

#include "scheduler/graph.h"

static inline wsi_status bind_for_test(wsi_graph *graph, const wsi_chain *chain, const char *write, wsi_pixfmt source,
                                       int64_t w, int64_t h, wsi_error *err)
{
    int steps[WSI_JOB_OUTPUTS_MAX], count;
    WSI_FORWARD(wsi_graph_select(chain, write, steps, &count, err));
    const wsi_graph_input in = {.chain = chain,
                                .source = source,
                                .w = w,
                                .h = h,
                                .isa = WSI_ISA_PLAIN,
                                .steps = steps,
                                .step_count = count,
                                .writer = wsi_writer_find("hdf5"),
                                .codec = WSI_CODEC_DEFLATE};
    return wsi_graph_bind(graph, &in, NULL, err);
}

#endif
