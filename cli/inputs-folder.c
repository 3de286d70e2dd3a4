/* Directories: a walk in sorted order that takes what a reader would open.
 *
 * Folders are remembered by device and inode: each is entered once. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cli-folder.h"
#include "common/mem.h"
#include "inputs.h"
#include "reader/reader.h"
#include "writer/writer.h"

typedef struct file_id {
    dev_t device;
    ino_t inode;
} file_id;

typedef struct walk {
    wsi_inputs *inputs;
    file_id *visited;
    size_t visited_count, visited_capacity;
    file_id output;
    int has_output, is_output; /* the output folder exists; it is the walk's own root */
    int depth;
} walk;

enum { DEPTH_MAX = 512 };

static wsi_status visit(walk *w, const char *path, const char *base, wsi_error *err);

static wsi_status no_memory(const char *path, wsi_error *err)
{
    return wsi_error_set(err, WSI_ERR_NO_MEMORY, "%s: out of memory", path);
}

static int same(file_id a, file_id b)
{
    return a.device == b.device && a.inode == b.inode;
}

/* 1 the first time; 0 when the folder was visited before; -1 without memory. */
static int enter(walk *w, file_id id)
{
    for (size_t i = 0; i < w->visited_count; i++) {
        if (same(w->visited[i], id)) return 0;
    }
    if (w->visited_count == w->visited_capacity) {
        const size_t capacity = w->visited_capacity ? w->visited_capacity * 2 : 64;
        file_id *visited = wsi_realloc_array(w->visited, capacity, sizeof *visited);
        if (!visited) return -1;
        w->visited = visited;
        w->visited_capacity = capacity;
    }
    w->visited[w->visited_count++] = id;
    return 1;
}

/* Outputs that were not finished. */
static int is_part(const char *name)
{
    const size_t length = strlen(name);
    return length >= 5 && strcmp(name + length - 5, ".part") == 0;
}

static wsi_status append_failure(walk *w, const char *path, const char *base, wsi_status failure, const char *cause,
                                 wsi_error *err)
{
    wsi_input *item;
    WSI_FORWARD(wsi_inputs_append(w->inputs, path, *base ? base : NULL, &item, err));
    item->failure = failure;
    item->failure_text = wsi_asprintf("%s: %s", path, cause);
    return item->failure_text ? WSI_OK : no_memory(path, err);
}

/* Outputs of an earlier run lie among the slides when a folder is its own output folder. */
static int is_own_output(const walk *w, const char *path)
{
    char *json = NULL;
    const int ours = w->is_output && wsi_output_fingerprint(path, &json, NULL) == WSI_OK;
    wsi_free(json);
    return ours;
}

static wsi_status visit_file(walk *w, const char *path, const char *base, wsi_error *err)
{
    if (!wsi_slide_probe(path) || is_own_output(w, path)) return WSI_OK;
    char *stem = wsi_input_stem(path);
    char *mirrored = stem ? wsi_asprintf("%s%s%s", base, *base ? "/" : "", stem) : NULL;
    const wsi_status status = mirrored ? wsi_inputs_append(w->inputs, path, mirrored, NULL, err) : no_memory(path, err);
    wsi_free(stem);
    wsi_free(mirrored);
    return status;
}

static wsi_status visit_entry(walk *w, const char *folder, const char *base, const char *name, wsi_error *err)
{
    struct stat st;
    const size_t length = strlen(folder);
    char *path = wsi_asprintf("%s%s%s", folder, length && folder[length - 1] == '/' ? "" : "/", name);
    char *below = wsi_asprintf("%s%s%s", base, *base ? "/" : "", name);
    wsi_status status = path && below ? WSI_OK : no_memory(folder, err);
    if (status == WSI_OK && stat(path, &st) == 0) { /* a dangling link is nobody's slide */
        const file_id id = {st.st_dev, st.st_ino};
        if (S_ISDIR(st.st_mode) && !(w->has_output && same(id, w->output))) status = visit(w, path, below, err);
        if (S_ISREG(st.st_mode)) status = visit_file(w, path, base, err);
    }
    wsi_free(path);
    wsi_free(below);
    return status;
}

static wsi_status visit_all(walk *w, const char *path, const char *base, wsi_error *err)
{
    wsi_cli_names list = {0};
    const int error = wsi_cli_folder_list(path, &list);
    wsi_status status = WSI_OK;
    if (error == ENOMEM) status = no_memory(path, err);
    if (error && status == WSI_OK) status = append_failure(w, path, base, WSI_ERR_INPUT_OPEN, strerror(error), err);
    for (size_t i = 0; i < list.count && status == WSI_OK; i++) {
        if (!is_part(list.items[i])) status = visit_entry(w, path, base, list.items[i], err);
    }
    wsi_cli_names_clear(&list);
    return status;
}

static wsi_status visit(walk *w, const char *path, const char *base, wsi_error *err)
{
    struct stat st;
    if (stat(path, &st) != 0) return append_failure(w, path, base, WSI_ERR_INPUT_OPEN, strerror(errno), err);
    const int first = enter(w, (file_id){st.st_dev, st.st_ino});
    if (first < 0) return no_memory(path, err);
    if (first == 0) return WSI_OK;
    if (w->depth >= DEPTH_MAX) return append_failure(w, path, base, WSI_ERR_INPUT_OPEN, "nested too deep", err);
    w->depth++;
    const wsi_status status = visit_all(w, path, base, err);
    w->depth--;
    return status;
}

wsi_status wsi_inputs_add_folder(wsi_inputs *inputs, const char *path, const wsi_inputs_options *options,
                                 wsi_error *err)
{
    walk w = {.inputs = inputs};
    struct stat root, output;
    const size_t before = inputs->count;
    if (options->output && stat(options->output, &output) == 0) {
        w.has_output = 1;
        w.output = (file_id){output.st_dev, output.st_ino};
        w.is_output = stat(path, &root) == 0 && same(w.output, (file_id){root.st_dev, root.st_ino});
    }
    wsi_status status = visit(&w, path, "", err);
    if (status == WSI_OK && inputs->count == before) {
        status = append_failure(&w, path, "", WSI_ERR_INPUT_FORMAT, "no slides in this folder", err);
    }
    wsi_free(w.visited);
    return status;
}
