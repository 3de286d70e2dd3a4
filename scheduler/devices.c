/* Which GPUs a job may use: the texts of --device. */
#include "scheduler.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/device.h"

static wsi_status bad_text(const char *text, wsi_error *err)
{
    return wsi_error_set(err, WSI_ERR_USAGE, "'%.100s' is not one of auto, cpu, cuda, cuda:I,J,... with device numbers",
                         text);
}

/* The numbers after "cuda:"; an empty list, a number given twice or something else is an error. */
static wsi_status parse_list(const char *text, const char *at, int devices[WSI_DEVICES_MAX], int *count, wsi_error *err)
{
    for (;; at++) {
        const size_t digits = strspn(at, "0123456789");
        if (digits == 0 || digits > 4 || (at[digits] && at[digits] != ',')) return bad_text(text, err);
        WSI_RETURN_IF(*count == WSI_DEVICES_MAX, WSI_ERR_USAGE, "more than %d GPUs", WSI_DEVICES_MAX);
        const int number = (int)strtol(at, NULL, 10);
        for (int i = 0; i < *count; i++)
            WSI_RETURN_IF(devices[i] == number, WSI_ERR_USAGE, "'%.100s' names GPU %d twice", text, number);
        devices[(*count)++] = number;
        at += digits;
        if (!*at) return WSI_OK;
    }
}

static wsi_status all_devices(int present, int devices[WSI_DEVICES_MAX], int *count)
{
    *count = present < WSI_DEVICES_MAX ? present : WSI_DEVICES_MAX;
    for (int i = 0; i < *count; i++) devices[i] = i;
    return WSI_OK;
}

wsi_status wsi_devices_find(const char *text, const wsi_log *log, int devices[WSI_DEVICES_MAX], int *count,
                            wsi_error *err)
{
    wsi_error cause = {WSI_OK, ""};
    int present;
    *count = 0;
    if (strcmp(text, "cpu") == 0) return WSI_OK;
    const int demanded = strcmp(text, "auto") != 0;
    if (demanded && (strncmp(text, "cuda", 4) != 0 || (text[4] && text[4] != ':'))) return bad_text(text, err);
    if (demanded && text[4]) WSI_FORWARD(parse_list(text, text + 5, devices, count, err));
    const wsi_status status = wsi_device_count(&present, &cause);
    if (status != WSI_OK && !demanded) {
        wsi_log_write(log, WSI_LOG_INFO, "device auto means the CPU: %s", cause.message);
        return WSI_OK;
    }
    if (status != WSI_OK) {
        *count = 0;
        return wsi_error_set(err, WSI_ERR_DEVICE, "%.100s: %s", text, cause.message);
    }
    if (*count == 0) return all_devices(present, devices, count);
    for (int i = 0; i < *count; i++)
        WSI_RETURN_IF(devices[i] >= present, WSI_ERR_DEVICE, "%.100s: no GPU %d: there are %d, counted from 0", text,
                      devices[i], present);
    return WSI_OK;
}
