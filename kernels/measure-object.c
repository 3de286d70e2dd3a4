/* The life of an object that is put together from parts (wsi_measure_object_add is in measure-code.c). */
#include <string.h>

#include "common/mem.h"
#include "measure.h"

wsi_status wsi_measure_object_open(const wsi_measure_plan *plan, wsi_measure_object *o, wsi_error *err)
{
    memset(o, 0, sizeof *o);
    if (!plan->exact || !plan->channels) return WSI_OK;
    o->exact = (wsi_exact_sum *)wsi_calloc(2 * (size_t)plan->channels, sizeof *o->exact);
    WSI_RETURN_IF(!o->exact, WSI_ERR_NO_MEMORY, "no memory for objects");
    return WSI_OK;
}

void wsi_measure_object_reset(const wsi_measure_plan *plan, wsi_measure_object *o, uint32_t label)
{
    o->label = label;
    o->run_count = o->sample_bytes = 0;
    o->too_many_runs = o->too_many_samples = 0;
    memset(&o->sums, 0, sizeof o->sums);
    for (int c = 0; c < plan->channels; c++)
        wsi_measure_channel_start(&o->sums.channel[c], o->exact ? &o->exact[2 * c] : NULL);
}

void wsi_measure_object_whole(wsi_measure_object *o)
{
    if (o->sums.counts.runs > WSI_MEASURE_RUNS_MAX) o->too_many_runs = 1;
    if (o->too_many_runs) o->run_count = 0;
}

void wsi_measure_object_clear(wsi_measure_object *o)
{
    wsi_free(o->exact);
    wsi_free(o->runs.p);
    wsi_free(o->merge.p);
    wsi_free(o->samples.p);
    memset(o, 0, sizeof *o);
}
