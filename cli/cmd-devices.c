/* `wsiproc devices`: the GPUs that runs can use, or why there are none. */
#include <stdio.h>

#include "cli.h"
#include "cli-json.h"
#include "cli-text.h"
#include "doctor.h"
#include "kernels/device.h"

typedef struct devices_settings {
    int json;
} devices_settings;

static const wsi_option rows[] = {
    {.name = "json",
     .type = WSI_OPTION_FLAG,
     .offset = offsetof(devices_settings, json),
     .help = "Prints JSON: {\"built_with_cuda\", \"reason\", \"devices\": [...]}"},
};
static const wsi_option_table devices_table = {"Options", rows, sizeof rows / sizeof rows[0]};

static json_t *device_json(const wsi_device_info *info, size_t free_memory)
{
    return json_pack("{s:i, s:o, s:I, s:I, s:i, s:i, s:i}", "index", info->index, "name", wsi_cli_json_text(info->name),
                     "memory_bytes", (json_int_t)info->memory, "free_bytes", (json_int_t)free_memory,
                     "compute_capability_major", info->major, "compute_capability_minor", info->minor,
                     "multiprocessors", info->multiprocessors);
}

/* One that cannot be opened (held by another process alone, say) is listed with the error. */
static json_t *describe(int index)
{
    wsi_device *device;
    wsi_error err = {0};
    size_t free_memory = 0;
    wsi_status status = wsi_device_open(index, &device, &err);
    if (status == WSI_OK) status = wsi_device_free_memory(device, &free_memory, &err);
    json_t *json = status == WSI_OK ? device_json(wsi_device_about(device), free_memory)
                                    : json_pack("{s:i, s:o}", "index", index, "error", wsi_cli_json_text(err.message));
    wsi_device_close(&device);
    return json;
}

json_t *wsi_doctor_devices(void)
{
    int count;
    wsi_error err = {0};
    json_t *list = json_array();
    const wsi_status status = wsi_device_count(&count, &err);
    for (int i = 0; i < count; i++) json_array_append_new(list, describe(i));
    return json_pack("{s:b, s:o, s:o}", "built_with_cuda", wsi_device_built(), "reason",
                     wsi_cli_json_text(status == WSI_OK ? NULL : err.message), "devices", list);
}

static void add_row(wsi_text_table *table, const json_t *json)
{
    char index[16], capability[32], processors[16], memory[WSI_TEXT_SHORT], left[WSI_TEXT_SHORT];
    const char *error = json_string_value(json_object_get(json, "error"));
    snprintf(index, sizeof index, "%d", (int)json_integer_value(json_object_get(json, "index")));
    if (error) {
        wsi_text_table_row(table, (const char *[]){index, error, NULL, NULL, NULL, NULL});
        return;
    }
    snprintf(capability, sizeof capability, "%d.%d",
             (int)json_integer_value(json_object_get(json, "compute_capability_major")),
             (int)json_integer_value(json_object_get(json, "compute_capability_minor")));
    snprintf(processors, sizeof processors, "%d", (int)json_integer_value(json_object_get(json, "multiprocessors")));
    wsi_text_bytes((uint64_t)json_integer_value(json_object_get(json, "memory_bytes")), memory);
    wsi_text_bytes((uint64_t)json_integer_value(json_object_get(json, "free_bytes")), left);
    wsi_text_table_row(table, (const char *[]){index, json_string_value(json_object_get(json, "name")), memory, left,
                                               capability, processors});
}

static void print_for_people(const json_t *json)
{
    const char *reason = json_string_value(json_object_get(json, "reason"));
    size_t i;
    json_t *device;
    if (reason) {
        puts(reason);
        return;
    }
    wsi_text_table *table = wsi_text_table_create("rlrrrr");
    wsi_text_table_row(table, (const char *[]){"index", "name", "memory", "free", "capability", "multiprocessors"});
    json_array_foreach(json_object_get(json, "devices"), i, device) add_row(table, device);
    wsi_text_table_print(table, stdout, 0);
    wsi_text_table_destroy(&table);
}

static wsi_exit command_devices(const void *settings, const wsi_arguments *args)
{
    const devices_settings *s = settings;
    if (args->count) {
        wsi_cli_error("devices: takes no operand; see 'wsiproc devices --help'");
        return WSI_EXIT_USAGE;
    }
    json_t *json = wsi_doctor_devices();
    if (json && !s->json) print_for_people(json);
    if (!json || s->json) {
        wsi_cli_json_print(json);
    } else {
        json_decref(json);
    }
    return json ? WSI_EXIT_OK : WSI_EXIT_FAILURE;
}

const wsi_command wsi_command_devices = {
    .name = "devices",
    .summary = "Lists the GPUs that runs can use, or says why there are none.",
    .operands = "[--json]",
    .example = "  wsiproc devices",
    .tables = {&devices_table},
    .settings_size = sizeof(devices_settings),
    .run = command_devices,
};
