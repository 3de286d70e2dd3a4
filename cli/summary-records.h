/* Records of slides from the summaries of runs, where the job folder has been lost. */
#ifndef WSI_SUMMARY_RECORDS_H
#define WSI_SUMMARY_RECORDS_H

#include "job-folder.h"

/* Reads DIR/summary.json and DIR/summary.I-of-N.json: a run a file, and each of its slides, the best where several
 * tell of one. Files that are none of ours are left out with a warning. *out is zeroed here and cleared by
 * wsi_folder_contents_clear, also after an error; without summaries it is empty. Errors: NO_MEMORY. */
wsi_status wsi_summary_records_read(const char *dir, const wsi_log *log, wsi_folder_contents *out, wsi_error *err);

#endif
