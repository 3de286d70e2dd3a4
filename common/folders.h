/* Folders on the way to a file. */
#ifndef WSI_FOLDERS_H
#define WSI_FOLDERS_H

#include <stddef.h>

/* mkdir -p of every folder that path names before its last slash. Returns 0, or the errno of the first that cannot be
 * made, whose path are the first *failed bytes of path (NULL: not wanted). Safe in many threads and processes at once.
 */
int wsi_make_parents(const char *path, size_t *failed);

/* A descriptor of the folder that path lies in, for the caller to close; -1: it cannot be opened. */
int wsi_open_folder_of(const char *path);

/* Opens the folder that path lies in, and closes it. NFS asks its server then, and only then, what has come and gone there: a name
 * that was missing may be missing for this machine half a minute longer. */
void wsi_look_again(const char *path);

#endif
