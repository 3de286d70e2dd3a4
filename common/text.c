/* Text that came from outside. */
#include "text.h"

#include <jansson.h>
#include <string.h>

#include "mem.h"

/* Length of the UTF-8 sequence at s by its first byte and continuation bytes, 0 when there is none. */
static size_t sequence_length(const unsigned char *s)
{
    const size_t length = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;
    for (size_t i = 1; i < length; i++)
        if ((s[i] & 0xc0) != 0x80) return 0;
    const int overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
    const int surrogate = s[0] == 0xed && s[1] >= 0xa0;
    const int beyond = s[0] == 0xf4 && s[1] >= 0x90;
    return overlong || surrogate || beyond ? 0 : length;
}

char *wsi_text_utf8(const char *text)
{
    char *clean = wsi_calloc(strlen(text) + 1, 3);
    if (!clean) return NULL;
    char *out = clean;
    for (const unsigned char *s = (const unsigned char *)text; *s;) {
        const size_t length = sequence_length(s);
        memcpy(out, length ? (const char *)s : "\xef\xbf\xbd", length ? length : 3);
        out += length ? length : 3;
        s += length ? length : 1;
    }
    return clean;
}

char *wsi_text_json(const char *text)
{
    char *clean = wsi_text_utf8(text), *quoted = NULL;
    json_t *json = clean ? json_string(clean) : NULL;
    const size_t size = json ? json_dumpb(json, NULL, 0, JSON_ENCODE_ANY) : 0;
    if (size) quoted = wsi_calloc(size + 1, 1);
    if (quoted) json_dumpb(json, quoted, size, JSON_ENCODE_ANY);
    json_decref(json);
    wsi_free(clean);
    return quoted;
}
