/* Generic on purpose: what the planner adds to its object shows up here without a change. */
#include "json-text.h"

#include <string.h>

#include "cli-json.h"
#include "cli-text.h"
#include "common/mem.h"

enum { CELL_MAX = 512 };

/* 1 when a number of that name is a size. Everything in an object named "memory" is one but for its rows. */
static int is_size(const char *parent, const char *key)
{
    const size_t length = strlen(key);
    const int in_memory = parent && strcmp(parent, "memory") == 0 && !strstr(key, "rows");
    return in_memory || strcmp(key, "memory") == 0 || (length >= 5 && strcmp(key + length - 5, "bytes") == 0);
}

static void format_value(const json_t *value, int size_wanted, char *buf, size_t size);

static void format_list(const json_t *list, char *buf, size_t size)
{
    size_t used = 0, i;
    json_t *item;
    buf[0] = '\0';
    json_array_foreach(list, i, item)
    {
        if (used + 3 >= size) return;
        if (i) used += (size_t)snprintf(buf + used, size - used, ", ");
        format_value(item, 0, buf + used, size - used);
        used += strlen(buf + used);
    }
}

/* A pixel format as people write it; other objects as compact JSON. */
static void format_object(const json_t *value, char *buf, size_t size)
{
    const json_t *dtype = json_object_get(value, "dtype"), *channels = json_object_get(value, "channels");
    if (json_is_string(dtype) && json_is_integer(channels) && json_object_size(value) == 2) {
        snprintf(buf, size, "%lld x %s", (long long)json_integer_value(channels), json_string_value(dtype));
        return;
    }
    char *text = wsi_cli_json_dump(value, JSON_COMPACT);
    snprintf(buf, size, "%s", text ? text : "?");
    wsi_free(text);
}

static void format_value(const json_t *value, int size_wanted, char *buf, size_t size)
{
    char short_text[WSI_TEXT_SHORT];
    if (json_is_string(value)) {
        snprintf(buf, size, "%s", json_string_value(value));
    } else if (json_is_number(value) && size_wanted) {
        snprintf(buf, size, "%s", wsi_text_bytes((uint64_t)json_number_value(value), short_text));
    } else if (json_is_integer(value)) {
        snprintf(buf, size, "%lld", (long long)json_integer_value(value));
    } else if (json_is_real(value)) {
        snprintf(buf, size, "%.6g", json_real_value(value));
    } else if (json_is_boolean(value)) {
        snprintf(buf, size, "%s", json_is_true(value) ? "yes" : "no");
    } else if (json_is_array(value)) {
        format_list(value, buf, size);
    } else if (json_is_object(value)) {
        format_object(value, buf, size);
    } else {
        snprintf(buf, size, "-");
    }
}

/* Long texts (chains) stand elsewhere in full. Cuts between characters of UTF-8. */
static void shorten(char *text)
{
    size_t end = 45;
    if (strlen(text) <= end + 3) return;
    while (((unsigned char)text[end] & 0xc0) == 0x80) end--;
    memcpy(text + end, "...", 4);
}

/* An object that gets a heading; a pixel format fits in a line. */
static int is_section(const json_t *value)
{
    return json_is_object(value) && !json_object_get(value, "dtype");
}

static int is_list_of_objects(const json_t *value)
{
    return json_array_size(value) > 0 && json_is_object(json_array_get(value, 0));
}

static void print_objects(const json_t *list, FILE *out, int indent)
{
    enum { COLUMNS_MAX = 24 };
    const char *keys[COLUMNS_MAX + 1] = {NULL}, *cells[COLUMNS_MAX] = {NULL};
    char align[COLUMNS_MAX + 1] = "", *text = wsi_calloc(COLUMNS_MAX, CELL_MAX);
    size_t columns = 0, row, c;
    json_t *object, *value;
    const char *key;
    if (!text) return;
    json_object_foreach(json_array_get(list, 0), key, value)
    {
        if (columns == COLUMNS_MAX) break;
        align[columns] = json_is_number(value) ? 'r' : 'l';
        keys[columns++] = key;
    }
    wsi_text_table *table = wsi_text_table_create(align);
    wsi_text_table_row(table, keys);
    json_array_foreach(list, row, object)
    {
        for (c = 0; c < columns; c++) {
            char *cell = text + c * CELL_MAX;
            value = json_object_get(object, keys[c]);
            cell[0] = '\0';
            if (value) format_value(value, is_size(NULL, keys[c]), cell, CELL_MAX);
            if (strcmp(keys[c], "path") != 0) shorten(cell);
            cells[c] = cell;
        }
        wsi_text_table_row(table, cells);
    }
    wsi_text_table_print(table, out, indent);
    wsi_text_table_destroy(&table);
    wsi_free(text);
}

static int widest_key(const json_t *json)
{
    int widest = 0;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)json, key, value)
    {
        const int length = (int)strlen(key);
        const int nested = is_section(value) || is_list_of_objects(value);
        if (!nested && length > widest) widest = length;
    }
    return widest;
}

static void print_object(const json_t *json, const char *name, FILE *out, int indent)
{
    const int width = widest_key(json);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)json, key, value)
    {
        if (is_section(value)) {
            fprintf(out, "%*s%s\n", indent, "", key);
            print_object(value, key, out, indent + 2);
        } else if (is_list_of_objects(value)) {
            fprintf(out, "%*s%s\n", indent, "", key);
            print_objects(value, out, indent + 2);
        } else {
            char text[2048], line[2048];
            format_value(value, is_size(name, key), text, sizeof text);
            wsi_text_one_line(line, sizeof line, text);
            fprintf(out, "%*s%-*s  %s\n", indent, "", width, key, line);
        }
    }
}

void wsi_json_text_print(const json_t *json, FILE *out, int indent)
{
    print_object(json, NULL, out, indent);
}
