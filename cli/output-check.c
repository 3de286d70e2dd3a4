/* Finds clashing outputs before anything runs: two slides that would write one file, or an output that is an input. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "batch.h"
#include "common/mem.h"

typedef struct planned_output {
    char *path;      /* owned */
    const char *who; /* slide or option that writes it */
} planned_output;

typedef struct input_file {
    dev_t device;
    ino_t inode;
    const char *path;
} input_file;

typedef struct check {
    planned_output *outputs;
    size_t output_count, output_capacity;
    input_file *files;
    size_t file_count;
} check;

static wsi_status no_memory(wsi_error *err)
{
    return wsi_error_set(err, WSI_ERR_NO_MEMORY, "out of memory");
}

/* Takes the path over, also on failure. */
static wsi_status add_output(check *c, char *path, const char *who, wsi_error *err)
{
    if (path && c->output_count == c->output_capacity) {
        const size_t capacity = c->output_capacity ? c->output_capacity * 2 : 64;
        planned_output *outputs = wsi_realloc_array(c->outputs, capacity, sizeof *outputs);
        if (!outputs) {
            wsi_free(path);
            return no_memory(err);
        }
        c->outputs = outputs;
        c->output_capacity = capacity;
    }
    if (!path) return no_memory(err);
    c->outputs[c->output_count++] = (planned_output){path, who};
    return WSI_OK;
}

static wsi_status add_slide(check *c, const wsi_input *input, const wsi_job_setup *setup, wsi_error *err)
{
    char *base, *paths[WSI_JOB_PATHS_MAX] = {NULL};
    int count = 0;
    WSI_FORWARD(wsi_job_setup_output_base(setup, input, &base, err));
    const wsi_job_spec spec = wsi_job_setup_spec(setup, input, base);
    wsi_status status = wsi_job_outputs(&spec, paths, &count, err);
    for (int i = 0; i < count; i++) {
        if (status == WSI_OK) {
            status = add_output(c, paths[i], input->path, err);
        } else {
            wsi_free(paths[i]);
        }
    }
    wsi_free(base);
    return status;
}

static wsi_status gather(check *c, const wsi_inputs *inputs, const wsi_job_setup *setup, const char *summary,
                         wsi_error *err)
{
    struct stat st;
    c->files = wsi_calloc(inputs->count, sizeof *c->files);
    if (!c->files) return no_memory(err);
    for (size_t i = 0; i < inputs->count; i++) {
        const wsi_input *input = &inputs->items[i];
        if (input->failure != WSI_OK) continue;
        WSI_FORWARD(add_slide(c, input, setup, err));
        if (wsi_input_is_synthetic(input->path) || stat(input->path, &st) != 0) continue;
        c->files[c->file_count++] = (input_file){st.st_dev, st.st_ino, input->path};
    }
    if (summary) WSI_FORWARD(add_output(c, wsi_strdup(summary), "the summary", err));
    const char *stats = setup->options->stats;
    return stats ? add_output(c, wsi_strdup(stats), "option --stats", err) : WSI_OK;
}

static int compare_outputs(const void *a, const void *b)
{
    const planned_output *x = a, *y = b;
    return strcmp(x->path, y->path);
}

static int compare_files(const void *a, const void *b)
{
    const input_file *x = a, *y = b;
    if (x->device != y->device) return x->device < y->device ? -1 : 1;
    return (x->inode > y->inode) - (x->inode < y->inode);
}

static wsi_status refuse_shared(const check *c, wsi_error *err)
{
    for (size_t i = 1; i < c->output_count; i++) {
        const planned_output *a = &c->outputs[i - 1], *b = &c->outputs[i];
        WSI_RETURN_IF(strcmp(a->path, b->path) == 0, WSI_ERR_USAGE, "%.300s and %.300s would both write %.300s", a->who,
                      b->who, b->path);
    }
    return WSI_OK;
}

static wsi_status refuse_inputs(const check *c, wsi_error *err)
{
    struct stat st;
    for (size_t i = 0; i < c->output_count; i++) {
        if (stat(c->outputs[i].path, &st) != 0) continue;
        const input_file key = {st.st_dev, st.st_ino, NULL};
        const input_file *hit = bsearch(&key, c->files, c->file_count, sizeof key, compare_files);
        WSI_RETURN_IF(hit, WSI_ERR_USAGE, "output %.300s of %.300s is the input %.300s", c->outputs[i].path,
                      c->outputs[i].who, hit->path);
    }
    return WSI_OK;
}

static wsi_status check_all(check *c, wsi_error *err)
{
    if (c->output_count) qsort(c->outputs, c->output_count, sizeof *c->outputs, compare_outputs);
    if (c->file_count) qsort(c->files, c->file_count, sizeof *c->files, compare_files);
    WSI_FORWARD(refuse_shared(c, err));
    return refuse_inputs(c, err);
}

wsi_status wsi_batch_check_outputs(const wsi_inputs *inputs, const wsi_job_setup *setup, const char *summary,
                                   wsi_error *err)
{
    check c = {0};
    wsi_status status = gather(&c, inputs, setup, summary, err);
    if (status == WSI_OK) status = check_all(&c, err);
    for (size_t i = 0; i < c.output_count; i++) wsi_free(c.outputs[i].path);
    wsi_free(c.outputs);
    wsi_free(c.files);
    return status;
}
