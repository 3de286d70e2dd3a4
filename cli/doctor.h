/* Parts of what `wsiproc doctor` tells, as JSON. */
#ifndef WSI_CLI_DOCTOR_H
#define WSI_CLI_DOCTOR_H

#include <jansson.h>

/* [{"name", "version"}, ...] of the libraries in use, as loaded where they can be asked. */
json_t *wsi_doctor_libraries(void);
/* {"built_with_cuda", "reason", "devices": [...]}, as `wsiproc devices --json` prints it. */
json_t *wsi_doctor_devices(void);

#endif
