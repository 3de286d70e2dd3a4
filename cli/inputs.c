/* Tells the kinds of INPUT apart and keeps the list of slides. */
#include "inputs.h"

#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "cli-file.h"
#include "common/mem.h"
#include "reader/reader.h"

int wsi_input_is_synthetic(const char *path)
{
    return strncmp(path, "synthetic:", 10) == 0;
}

char *wsi_input_path_in(const char *folder, const char *path)
{
    if (path[0] == '/' || wsi_input_is_synthetic(path)) return wsi_strdup(path);
    char *here = folder ? NULL : wsi_file_working_folder();
    if (!folder) folder = here;
    char *whole = folder ? wsi_asprintf("%s/%s", folder, path) : NULL;
    wsi_free(here);
    return whole;
}

/* "synthetic:1000x1000,seed=1" -> "synthetic-1000x1000-seed1". */
static char *synthetic_stem(const char *spec)
{
    char *stem = wsi_strdup(spec);
    if (!stem) return NULL;
    char *out = stem;
    for (const char *s = spec; *s; s++) {
        if (*s == '=') continue;
        const int plain = strchr("._-", *s) || (*s >= '0' && *s <= '9') || ((*s | 32) >= 'a' && (*s | 32) <= 'z');
        *out++ = plain ? *s : *s == ':' || *s == ',' ? '-' : '_';
    }
    *out = '\0';
    return stem;
}

char *wsi_input_stem(const char *path)
{
    if (wsi_input_is_synthetic(path)) return synthetic_stem(path);
    const char *name = path + wsi_file_name_offset(path);
    const char *dot = strrchr(name, '.');
    size_t length = dot && dot != name ? (size_t)(dot - name) : strlen(name);
    const int tiff = dot && (strcasecmp(dot, ".tif") == 0 || strcasecmp(dot, ".tiff") == 0);
    if (tiff && length > 4 && strncasecmp(name + length - 4, ".ome", 4) == 0) length -= 4;
    return wsi_strndup(name, length);
}

static int reserve(wsi_inputs *inputs)
{
    if (inputs->count < inputs->capacity) return 1;
    const size_t capacity = inputs->capacity ? inputs->capacity * 2 : 16;
    wsi_input *items = wsi_realloc_array(inputs->items, capacity, sizeof *items);
    if (!items) return 0;
    inputs->items = items;
    inputs->capacity = capacity;
    return 1;
}

wsi_status wsi_inputs_append(wsi_inputs *inputs, const char *path, const char *base, wsi_input **item, wsi_error *err)
{
    WSI_RETURN_IF(!reserve(inputs), WSI_ERR_NO_MEMORY, "%s: out of memory", path);
    wsi_input *added = &inputs->items[inputs->count++];
    *added = (wsi_input){.path = wsi_strdup(path), .base = base ? wsi_strdup(base) : wsi_input_stem(path), .level = -1};
    WSI_RETURN_IF(!added->path || !added->base, WSI_ERR_NO_MEMORY, "%s: out of memory", path);
    if (item) *item = added;
    return WSI_OK;
}

void wsi_input_clear(wsi_input *input)
{
    wsi_free(input->path);
    wsi_free(input->base);
    wsi_free(input->id);
    wsi_free(input->fingerprint);
    wsi_free(input->failure_text);
    *input = (wsi_input){0};
}

void wsi_inputs_clear(wsi_inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++) wsi_input_clear(&inputs->items[i]);
    wsi_free(inputs->items);
    *inputs = (wsi_inputs){0};
}

static int is_manifest(const char *path)
{
    static const char *const extensions[] = {".csv", ".tsv", ".txt", ".list"};
    const char *dot = strrchr(path + wsi_file_name_offset(path), '.');
    if (!dot) return wsi_file_is_text(path) && !wsi_slide_probe(path);
    for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++) {
        if (strcasecmp(dot, extensions[i]) == 0) return 1;
    }
    return 0;
}

wsi_status wsi_inputs_append_named(wsi_inputs *inputs, const char *path, const char *base, wsi_input **item,
                                   wsi_error *err)
{
    struct stat st;
    wsi_input *added = NULL;
    WSI_FORWARD(wsi_inputs_append(inputs, path, base, &added, err));
    if (item) *item = added;
    if (wsi_input_is_synthetic(path) || stat(path, &st) != 0 || S_ISREG(st.st_mode)) return WSI_OK;
    added->failure = WSI_ERR_INPUT_OPEN; /* opening a pipe could wait for ever */
    added->failure_text = wsi_asprintf("%s: not a regular file", path);
    WSI_RETURN_IF(!added->failure_text, WSI_ERR_NO_MEMORY, "%s: out of memory", path);
    return WSI_OK;
}

wsi_status wsi_inputs_add(wsi_inputs *inputs, const char *operand, const wsi_inputs_options *options, wsi_error *err)
{
    struct stat st;
    WSI_RETURN_IF(*operand == '\0', WSI_ERR_USAGE, "an INPUT is empty");
    if (wsi_input_is_synthetic(operand)) return wsi_inputs_append(inputs, operand, NULL, NULL, err);
    const int exists = stat(operand, &st) == 0;
    if (exists && S_ISDIR(st.st_mode)) return wsi_inputs_add_folder(inputs, operand, options, err);
    if (exists && S_ISREG(st.st_mode) && is_manifest(operand)) {
        return wsi_inputs_add_manifest(inputs, operand, options, err);
    }
    return wsi_inputs_append_named(inputs, operand, NULL, NULL, err);
}
