/* Thin layer over jansson. */
#include "cli-json.h"

#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "cli-file.h"
#include "common/mem.h"

/* Length of the UTF-8 sequence at s by its first byte and continuation bytes, 0 when there is none. */
static size_t sequence_length(const unsigned char *s)
{
    const size_t length = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80) return 0;
    }
    const int overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
    const int surrogate = s[0] == 0xed && s[1] >= 0xa0;
    const int beyond = s[0] == 0xf4 && s[1] >= 0x90;
    return overlong || surrogate || beyond ? 0 : length;
}

json_t *wsi_cli_json_text(const char *text)
{
    if (!text) return json_null();
    json_t *json = json_string(text);
    if (json) return json;
    char *clean = wsi_calloc(strlen(text) + 1, 3);
    if (!clean) return NULL;
    char *out = clean;
    for (const unsigned char *s = (const unsigned char *)text; *s;) {
        const size_t length = sequence_length(s);
        memcpy(out, length ? (const char *)s : "\xef\xbf\xbd", length ? length : 3);
        out += length ? length : 3;
        s += length ? length : 1;
    }
    json = json_string(clean);
    wsi_free(clean);
    return json;
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
