/* What a run does, as one value: two runs with the same one make the same outputs of a slide. */
#ifndef WSI_WORK_H
#define WSI_WORK_H

#include "job-folder.h"
#include "job-options.h"

/* Hash of every option that decides what the outputs are: not of those that only decide how. Errors: NO_MEMORY. */
wsi_status wsi_work_hash(const wsi_job_setup *setup, char hash[WSI_FOLDER_HASH_MAX], wsi_error *err);

#endif
