/* The one summary of a batch, as an object, from which the CSV and HTML forms are made. */
#ifndef WSI_MERGE_REPORT_H
#define WSI_MERGE_REPORT_H

#include <jansson.h>

#include "common/error-private.h"
#include "job-overview.h"

enum { WSI_MERGE_PICTURED_MAX = 500 };

/* Names of the three files by default, below the output folder. */
#define WSI_MERGE_NAME "report"

/* Everything about a batch: {"wsiproc", "complete", "totals", "failures", "slides", "runs"}. `pictures` is an array of
 * what thumbnails.h makes, one a slide (or null); only the values of quality maps are taken from it. NULL: no memory.
 */
json_t *wsi_merge_json(const wsi_overview *overview, const json_t *pictures);

/* How the CSV form begins. */
#define WSI_MERGE_CSV_HEAD "base,input,id,state,"

/* CSV as RFC 4180 has it, one line a slide; numbers as in the JSON. Freed with wsi_free. Errors: NO_MEMORY. */
wsi_status wsi_merge_csv(const json_t *report, char **text, size_t *size, wsi_error *err);

/* One page of HTML that needs nothing else: style and pictures are inside. Freed with wsi_free. Errors: NO_MEMORY. */
wsi_status wsi_merge_html(const json_t *report, const json_t *pictures, char **text, size_t *size, wsi_error *err);

#endif
