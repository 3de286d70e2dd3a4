/* What the reading and the writing half of the job folder share. */
#ifndef WSI_JOB_FOLDER_PRIVATE_H
#define WSI_JOB_FOLDER_PRIVATE_H

enum { WSI_FOLDER_FORMAT = 1, WSI_FOLDER_RUN_NAME_MAX = 128 };

/* DIR/.wsiproc/KIND/NAME, or DIR/.wsiproc/KIND for an empty name. Freed with wsi_free; NULL without memory. */
char *wsi_folder_path(const char *dir, const char *kind, const char *name);

#endif
