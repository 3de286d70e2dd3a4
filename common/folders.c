/* Making folders: what is there already is good, however it came to be, so that runs that share a folder do not get in
 * each other's way. */
#include "folders.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem.h"

/* On read-only or automounted parents mkdir may fail although the folder is there. */
static int make_one(const char *folder)
{
    struct stat st;
    if (mkdir(folder, 0777) == 0 || errno == EEXIST) return 0;
    const int error = errno;
    return stat(folder, &st) == 0 && S_ISDIR(st.st_mode) ? 0 : error;
}

int wsi_make_parents(const char *path, size_t *failed)
{
    char *folder = wsi_strdup(path);
    int error = folder ? 0 : ENOMEM;
    size_t n = 0;
    for (char *slash = path[0] && folder ? strchr(folder + 1, '/') : NULL; slash && !error;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        n = (size_t)(slash - folder);
        error = make_one(folder);
        *slash = '/';
    }
    wsi_free(folder);
    if (failed) *failed = n;
    return error;
}

int wsi_open_folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? wsi_strndup(path, (size_t)(slash - path) + 1) : wsi_strdup(".");
    const int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    wsi_free(folder);
    return fd;
}

void wsi_look_again(const char *path)
{
    const int fd = wsi_open_folder_of(path);
    if (fd >= 0) close(fd);
}
