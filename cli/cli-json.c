/* Thin layer over jansson. */
#include "cli-json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "cli-file.h"
#include "common/mem.h"
#include "common/text.h"

json_t *wsi_cli_json_text(const char *text)
{
    if (!text) return json_null();
    char *clean = wsi_text_utf8(text);
    json_t *json = clean ? json_string(clean) : NULL;
    wsi_free(clean);
    return json;
}

void wsi_cli_json_set_text(json_t *json, const char *key, const char *text)
{
    if (text) json_object_set_new(json, key, wsi_cli_json_text(text));
}

json_t *wsi_cli_json_measured(double value)
{
    return json_real(round(value * 1e6) / 1e6);
}

static char *dump(const json_t *json, size_t flags)
{
    const size_t size = json_dumpb(json, NULL, 0, flags);
    char *text = size ? wsi_calloc(size + 1, 1) : NULL;
    if (text) json_dumpb(json, text, size, flags);
    return text;
}

/* jansson writes every number with the same count of digits: 17 are always enough, and mostly ugly. */
char *wsi_cli_json_dump(const json_t *json, size_t flags)
{
    for (size_t digits = 15; digits < 17; digits++) {
        char *text = dump(json, flags | JSON_REAL_PRECISION(digits));
        json_t *back = wsi_cli_json_parse(text);
        const int same = back && json_equal(back, json);
        json_decref(back);
        if (same) return text;
        wsi_free(text);
    }
    return dump(json, flags);
}

void wsi_cli_json_print(json_t *json)
{
    char *text = json ? wsi_cli_json_dump(json, JSON_INDENT(2)) : NULL;
    if (text) puts(text);
    if (!text) wsi_cli_error("out of memory");
    wsi_free(text);
    json_decref(json);
}

wsi_status wsi_cli_json_write(json_t *json, const char *path, wsi_error *err)
{
    char *text = json ? wsi_cli_json_dump(json, JSON_INDENT(2)) : NULL;
    json_decref(json);
    WSI_RETURN_IF(!text, WSI_ERR_NO_MEMORY, "%s: out of memory", path);
    const size_t size = strlen(text);
    text[size] = '\n'; /* in the place of the terminator */
    const wsi_status status = wsi_file_write(path, text, size + 1, err);
    wsi_free(text);
    return status;
}

json_t *wsi_cli_json_parse(const char *text)
{
    return text ? json_loads(text, JSON_ALLOW_NUL, NULL) : NULL;
}
