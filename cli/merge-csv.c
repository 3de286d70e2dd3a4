/* The table of slides as CSV. A quality map has three columns of its own. */
#include <stdio.h>
#include <string.h>

#include "cli-json.h"
#include "cli-text.h"
#include "common/mem.h"
#include "merge-report.h"

static const char *const columns[] = {
    "base",     "input", "id",         "state", "seconds", "mpix", "mpix_per_second", "bytes_written", "bad_tiles",
    "attempts", "host",  "error_kind", "error", "outputs", NULL};
static const char *const values[] = {"min", "mean", "max", NULL};

static void put_field(FILE *out, const char *text)
{
    wsi_text_field(out, text, ',');
}

/* Paths in one field, a line each: names of files may hold anything else. */
static void put_list(FILE *out, const json_t *list)
{
    char *joined = NULL;
    size_t size = 0, i;
    json_t *item;
    FILE *text = open_memstream(&joined, &size);
    if (!text) return;
    json_array_foreach(list, i, item) fprintf(text, "%s%s", i ? "\n" : "", json_string_value(item));
    fclose(text);
    put_field(out, joined);
    wsi_free(joined);
}

/* As in the JSON form, digit for digit. */
static void put_value(FILE *out, const json_t *value)
{
    if (json_is_string(value)) put_field(out, json_string_value(value));
    if (json_is_array(value)) put_list(out, value);
    if (!json_is_number(value)) return;
    json_t *alone = json_pack("[O]", (json_t *)value); /* only lists and objects are JSON texts by themselves */
    char *text = alone ? wsi_cli_json_dump(alone, JSON_COMPACT) : NULL;
    if (text) fprintf(out, "%.*s", (int)strlen(text) - 2, text + 1);
    wsi_free(text);
    json_decref(alone);
}

/* ---- Quality maps ---- */

static const json_t *find_map(const json_t *slide, const char *result)
{
    size_t i;
    json_t *map;
    json_array_foreach(json_object_get(slide, "quality"), i, map)
    {
        if (strcmp(json_string_value(json_object_get(map, "result")), result) == 0) return map;
    }
    return NULL;
}

/* Names of all results that are quality maps, in the order in which they are first met. */
static json_t *map_names(const json_t *slides)
{
    json_t *names = json_object(), *slide, *map;
    size_t i, k;
    json_array_foreach(slides, i, slide)
    {
        json_array_foreach(json_object_get(slide, "quality"), k, map)
        {
            json_object_set_new(names, json_string_value(json_object_get(map, "result")), json_true());
        }
    }
    return names;
}

/* ---- Lines ---- */

static void put_header(FILE *out, json_t *maps)
{
    const char *name;
    json_t *unused;
    for (int i = 0; columns[i]; i++) fprintf(out, "%s%s", i ? "," : "", columns[i]);
    json_object_foreach(maps, name, unused)
    {
        for (int v = 0; values[v]; v++) fprintf(out, ",%s.%s", name, values[v]);
    }
    fputs("\r\n", out);
}

static void put_slide(FILE *out, const json_t *slide, json_t *maps)
{
    const char *name;
    json_t *unused;
    for (int i = 0; columns[i]; i++) {
        if (i) fputc(',', out);
        put_value(out, json_object_get(slide, columns[i]));
    }
    json_object_foreach(maps, name, unused)
    {
        const json_t *map = find_map(slide, name);
        for (int v = 0; values[v]; v++) {
            fputc(',', out);
            put_value(out, json_object_get(map, values[v]));
        }
    }
    fputs("\r\n", out);
}

wsi_status wsi_merge_csv(const json_t *report, char **text, size_t *size, wsi_error *err)
{
    const json_t *slides = json_object_get(report, "slides");
    json_t *maps = map_names(slides), *slide;
    size_t i;
    *text = NULL;
    FILE *out = maps ? open_memstream(text, size) : NULL;
    if (out) {
        put_header(out, maps);
        json_array_foreach(slides, i, slide) put_slide(out, slide, maps);
    }
    json_decref(maps);
    const int failed = !out || ferror(out);
    if (out && fclose(out) == 0 && !failed) return WSI_OK;
    wsi_free(*text);
    *text = NULL;
    return wsi_error_set(err, WSI_ERR_NO_MEMORY, "out of memory");
}
