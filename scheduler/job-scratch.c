/* Where scratch files go: the folder that was asked for, else that of the outputs, else the system's. */
#include "job-private.h"

#include <stdlib.h>
#include <string.h>

#include "common/folders.h"
#include "common/mem.h"
#include "writer/outfile.h"

wsi_status wsi_job_choose_scratch(wsi_slide_job *job, int writes_file, wsi_error *err)
{
    const wsi_job_spec *s = &job->spec;
    const char *tmp = getenv("TMPDIR"), *slash = s->output_base ? strrchr(s->output_base, '/') : NULL;
    if (s->scratch)
        job->scratch = wsi_strdup(s->scratch);
    else if (writes_file && s->output_base)
        job->scratch = slash ? wsi_strndup(s->output_base, (size_t)(slash - s->output_base) + 1) : wsi_strdup(".");
    else
        job->scratch = wsi_strdup(tmp && tmp[0] ? tmp : "/tmp");
    WSI_RETURN_IF(!job->scratch, WSI_ERR_NO_MEMORY, "no memory for a path");
    return WSI_OK;
}

wsi_status wsi_job_make_scratch(const wsi_slide_job *job, wsi_error *err)
{
    const int error = job->spec.scratch ? 0 : wsi_make_parents(job->scratch, NULL);
    return error ? wsi_output_errno(err, error, job->scratch) : WSI_OK;
}
