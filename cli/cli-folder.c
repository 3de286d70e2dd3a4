/* Reads a folder whole before anything in it is visited, so that no descriptor stays open on the way down. */
#include "cli-folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

static int add_name(wsi_cli_names *list, const char *name)
{
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity ? list->capacity * 2 : 64;
        char **items = wsi_realloc_array(list->items, capacity, sizeof *items);
        if (!items) return 0;
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count] = wsi_strdup(name);
    return list->items[list->count] && ++list->count;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int wsi_cli_folder_list(const char *path, wsi_cli_names *list)
{
    DIR *dir = opendir(path);
    if (!dir) return errno;
    int error = 0;
    const struct dirent *entry;
    while (!error && (errno = 0, entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.' && !add_name(list, entry->d_name)) error = ENOMEM;
    }
    if (!error) error = errno;
    closedir(dir);
    if (list->count) qsort(list->items, list->count, sizeof *list->items, compare_names);
    return error;
}

void wsi_cli_names_clear(wsi_cli_names *list)
{
    for (size_t i = 0; i < list->count; i++) wsi_free(list->items[i]);
    wsi_free(list->items);
    *list = (wsi_cli_names){0};
}
