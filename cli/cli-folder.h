/* The names in a folder, in an order that is the same on every file system. */
#ifndef WSI_CLI_FOLDER_H
#define WSI_CLI_FOLDER_H

#include <stddef.h>

typedef struct wsi_cli_names {
    char **items; /* sorted by bytes */
    size_t count, capacity;
} wsi_cli_names;

/* Fills list (zeroed by the caller, cleared by wsi_cli_names_clear, also after an error) with all names but hidden
 * ones. Returns 0 or an errno value. */
int wsi_cli_folder_list(const char *path, wsi_cli_names *list);
void wsi_cli_names_clear(wsi_cli_names *list);

#endif
