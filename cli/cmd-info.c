/* `wsiproc info`: what a reader reports about slides. */
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "cli-json.h"
#include "cli-text.h"
#include "inputs.h"
#include "reader/reader.h"

typedef struct info_settings {
    int json, properties;
} info_settings;

static const wsi_option rows[] = {
    {.name = "json",
     .type = WSI_OPTION_FLAG,
     .offset = offsetof(info_settings, json),
     .help = "Prints JSON: the slide's object, or {\"slides\": [...]} for several"},
    {.name = "properties",
     .type = WSI_OPTION_FLAG,
     .offset = offsetof(info_settings, properties),
     .help = "Lists the free-text properties of the source as well (they may identify a patient)"},
};
static const wsi_option_table info_table = {"Options", rows, sizeof rows / sizeof rows[0]};

static const char *photometric_name(wsi_photometric photometric)
{
    switch (photometric) {
    case WSI_PHOTO_GRAY:
        return "gray";
    case WSI_PHOTO_RGB:
        return "rgb";
    case WSI_PHOTO_CHANNELS:
        return "channels";
    }
    return "?";
}

static const char *find_property(const wsi_slide_info *info, const char *key)
{
    for (int i = 0; i < info->property_count; i++) {
        if (strcmp(info->properties[i].key, key) == 0) return info->properties[i].value;
    }
    return NULL;
}

/* Number of nuclei that a synthetic slide is known to have, or -1. */
static int64_t nuclei_of(const wsi_slide_info *info)
{
    int64_t count = -1;
    const char *text = find_property(info, "synthetic.nuclei");
    return text && wsi_text_parse_int(text, &count) ? count : -1;
}

/* ---- JSON ---- */

static json_t *positive(double value)
{
    return value > 0 ? json_real(value) : json_null();
}

static json_t *levels_json(const wsi_slide_info *info)
{
    json_t *list = json_array();
    for (int i = 0; i < info->level_count; i++) {
        const wsi_level *level = &info->levels[i];
        json_t *json = json_object();
        json_object_set_new(json, "level", json_integer(i));
        json_object_set_new(json, "width", json_integer(level->w));
        json_object_set_new(json, "height", json_integer(level->h));
        json_object_set_new(json, "downsample", json_real(level->downsample));
        json_object_set_new(json, "tile_width", json_integer(level->tile_w));
        json_object_set_new(json, "tile_height", json_integer(level->tile_h));
        json_object_set_new(json, "tiles_x", json_integer(level->tiles_x));
        json_object_set_new(json, "tiles_y", json_integer(level->tiles_y));
        json_object_set_new(json, "compression", wsi_cli_json_text(level->compression));
        json_array_append_new(list, json);
    }
    return list;
}

static json_t *associated_json(const wsi_slide_info *info)
{
    json_t *list = json_array();
    for (int i = 0; i < info->associated_count; i++) {
        const wsi_associated *image = &info->associated[i];
        json_t *json = json_object();
        json_object_set_new(json, "name", wsi_cli_json_text(image->name));
        json_object_set_new(json, "width", json_integer(image->w));
        json_object_set_new(json, "height", json_integer(image->h));
        json_array_append_new(list, json);
    }
    return list;
}

static json_t *properties_json(const wsi_slide_info *info)
{
    json_t *json = json_object();
    for (int i = 0; i < info->property_count; i++) {
        json_t *key = wsi_cli_json_text(info->properties[i].key);
        json_object_set_new(json, json_string_value(key), wsi_cli_json_text(info->properties[i].value));
        json_decref(key);
    }
    return json;
}

static json_t *background_json(const wsi_slide_info *info)
{
    json_t *list = json_array();
    for (int c = 0; c < info->fmt.channels && c < WSI_CHANNELS_MAX; c++) {
        json_array_append_new(list, json_real(info->background[c]));
    }
    return list;
}

static json_t *info_json(const wsi_slide_info *info)
{
    json_t *json = json_object();
    const int64_t nuclei = nuclei_of(info);
    json_object_set_new(json, "path", wsi_cli_json_text(info->path));
    json_object_set_new(json, "driver", wsi_cli_json_text(info->driver));
    json_object_set_new(json, "vendor", wsi_cli_json_text(info->vendor));
    json_object_set_new(json, "width", json_integer(info->levels[0].w));
    json_object_set_new(json, "height", json_integer(info->levels[0].h));
    json_object_set_new(json, "dtype", json_string(wsi_dtype_name(info->fmt.type)));
    json_object_set_new(json, "channels", json_integer(info->fmt.channels));
    json_object_set_new(json, "photometric", json_string(photometric_name(info->photometric)));
    json_object_set_new(json, "mpp_x", positive(info->mpp_x));
    json_object_set_new(json, "mpp_y", positive(info->mpp_y));
    json_object_set_new(json, "objective", positive(info->objective));
    json_object_set_new(json, "background", background_json(info));
    json_object_set_new(json, "icc_bytes", json_integer((json_int_t)info->icc_size));
    if (nuclei >= 0) json_object_set_new(json, "nuclei", json_integer(nuclei));
    json_object_set_new(json, "fingerprint", wsi_cli_json_text(info->fingerprint));
    json_object_set_new(json, "levels", levels_json(info));
    json_object_set_new(json, "associated", associated_json(info));
    json_object_set_new(json, "properties", properties_json(info));
    return json;
}

/* ---- For people ---- */

/* Two cells; the value is made one line by the table. */
static void fact(wsi_text_table *table, const char *name, const char *value)
{
    wsi_text_table_row(table, (const char *[]){name, value});
}

static void print_resolution(wsi_text_table *table, const wsi_slide_info *info)
{
    char text[96];
    if (info->mpp_x > 0) {
        snprintf(text, sizeof text, "%.6g x %.6g um/px", info->mpp_x, info->mpp_y);
    } else {
        snprintf(text, sizeof text, "unknown");
    }
    fact(table, "resolution", text);
    if (info->objective > 0) {
        snprintf(text, sizeof text, "%gx", info->objective);
    } else {
        snprintf(text, sizeof text, "unknown");
    }
    fact(table, "objective", text);
}

static void print_facts(const wsi_slide_info *info)
{
    char text[256];
    const int64_t nuclei = nuclei_of(info);
    wsi_text_table *table = wsi_text_table_create("ll");
    snprintf(text, sizeof text, "%s (driver %s)", info->vendor, info->driver);
    fact(table, "vendor", text);
    snprintf(text, sizeof text, "%lld x %lld px", (long long)info->levels[0].w, (long long)info->levels[0].h);
    fact(table, "size", text);
    snprintf(text, sizeof text, "%d x %s, %s", info->fmt.channels, wsi_dtype_name(info->fmt.type),
             photometric_name(info->photometric));
    fact(table, "pixels", text);
    print_resolution(table, info);
    snprintf(text, sizeof text, info->icc_size ? "%zu bytes" : "none", info->icc_size);
    fact(table, "ICC profile", text);
    if (nuclei >= 0) {
        snprintf(text, sizeof text, "%lld", (long long)nuclei);
        fact(table, "nuclei", text);
    }
    fact(table, "fingerprint", info->fingerprint);
    wsi_text_table_print(table, stdout, 2);
    wsi_text_table_destroy(&table);
}

static void print_levels(const wsi_slide_info *info)
{
    wsi_text_table *table = wsi_text_table_create("rrrrl");
    wsi_text_table_row(table, (const char *[]){"level", "size", "downsample", "tile", "compression"});
    for (int i = 0; i < info->level_count; i++) {
        const wsi_level *level = &info->levels[i];
        char index[16], size[64], downsample[32], tile[64];
        snprintf(index, sizeof index, "%d", i);
        snprintf(size, sizeof size, "%lldx%lld", (long long)level->w, (long long)level->h);
        snprintf(downsample, sizeof downsample, "%.6g", level->downsample);
        snprintf(tile, sizeof tile, "%lldx%lld", (long long)level->tile_w, (long long)level->tile_h);
        wsi_text_table_row(table, (const char *[]){index, size, downsample, tile, level->compression});
    }
    wsi_text_table_print(table, stdout, 2);
    wsi_text_table_destroy(&table);
}

static void print_lists(const wsi_slide_info *info, int properties)
{
    wsi_text_table *table = wsi_text_table_create("lll");
    for (int i = 0; i < info->associated_count; i++) {
        char size[64];
        snprintf(size, sizeof size, "%lldx%lld", (long long)info->associated[i].w, (long long)info->associated[i].h);
        wsi_text_table_row(table, (const char *[]){"associated", info->associated[i].name, size});
    }
    wsi_text_table_print(table, stdout, 2);
    wsi_text_table_destroy(&table);
    if (!properties) return;
    table = wsi_text_table_create("lll");
    for (int i = 0; i < info->property_count; i++) {
        wsi_text_table_row(table, (const char *[]){"property", info->properties[i].key, info->properties[i].value});
    }
    wsi_text_table_print(table, stdout, 2);
    wsi_text_table_destroy(&table);
}

static void print_info(const wsi_slide_info *info, int properties)
{
    char name[4096];
    wsi_text_one_line(name, sizeof name, info->path);
    puts(name);
    print_facts(info);
    print_levels(info);
    print_lists(info, properties);
}

/* ---- The command ---- */

static wsi_status show(const wsi_input *input, const info_settings *s, json_t *list, wsi_error *err)
{
    const wsi_slide_options options = {.mpp_override = input->mpp};
    wsi_slide *slide;
    WSI_RETURN_IF(input->failure != WSI_OK, input->failure, "%s", input->failure_text);
    WSI_FORWARD(wsi_slide_open(input->path, &options, &slide, err));
    if (s->json) {
        json_array_append_new(list, info_json(wsi_slide_get_info(slide)));
    } else {
        print_info(wsi_slide_get_info(slide), s->properties);
    }
    wsi_slide_close(&slide);
    return WSI_OK;
}

/* Exit status of several slides: 0, 3 when only some failed, the common status or 1. */
static wsi_exit show_all(const wsi_inputs *inputs, const info_settings *s, json_t *list)
{
    size_t failed = 0;
    wsi_exit status = WSI_EXIT_OK;
    for (size_t i = 0; i < inputs->count; i++) {
        wsi_error err = {0};
        if (show(&inputs->items[i], s, list, &err) == WSI_OK) continue;
        const wsi_exit this_one = wsi_cli_fail(&err);
        status = failed++ && this_one != status ? WSI_EXIT_FAILURE : this_one;
    }
    return failed && failed < inputs->count ? WSI_EXIT_SOME_FAILED : status;
}

static wsi_exit show_inputs(const wsi_inputs *inputs, const info_settings *s)
{
    json_t *list = json_array();
    const wsi_exit status = show_all(inputs, s, list);
    if (s->json && inputs->count > 1) {
        wsi_cli_json_print(json_pack("{sO}", "slides", list));
    } else if (s->json && json_array_size(list) == 1) {
        wsi_cli_json_print(json_incref(json_array_get(list, 0)));
    }
    json_decref(list);
    return status;
}

static wsi_exit command_info(const void *settings, const wsi_arguments *args)
{
    const wsi_inputs_options options = {0};
    wsi_inputs inputs = {0};
    wsi_error err = {0};
    wsi_status status = WSI_OK;
    for (int i = 0; i < args->count && status == WSI_OK; i++) {
        status = wsi_inputs_add(&inputs, args->operands[i], &options, &err);
    }
    const wsi_exit code = status == WSI_OK ? show_inputs(&inputs, settings) : wsi_cli_fail(&err);
    wsi_inputs_clear(&inputs);
    return code;
}

const wsi_command wsi_command_info = {
    .name = "info",
    .summary = "Shows levels, tiles, compression, resolution and associated images of slides.",
    .operands = "SLIDE... [--json]",
    .example = "  wsiproc info a.svs --json",
    .tables = {&info_table},
    .settings_size = sizeof(info_settings),
    .min_operands = 1,
    .run = command_info,
};
