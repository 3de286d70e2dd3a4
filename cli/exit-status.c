/* The one table from library status to exit status, what exit statuses mean, and how errors are printed. */
#include <stdarg.h>
#include <stdio.h>

#include "cli.h"
#include "cli-text.h"

wsi_exit wsi_exit_of_status(wsi_status status)
{
    static const struct {
        wsi_status status;
        wsi_exit exit;
    } table[] = {
        {WSI_OK, WSI_EXIT_OK},
        {WSI_ERR_USAGE, WSI_EXIT_USAGE},
        {WSI_ERR_CHAIN, WSI_EXIT_USAGE},
        {WSI_ERR_INPUT_OPEN, WSI_EXIT_INPUT},
        {WSI_ERR_INPUT_FORMAT, WSI_EXIT_INPUT},
        {WSI_ERR_INPUT_CORRUPT, WSI_EXIT_INPUT},
        {WSI_ERR_INPUT_UNSUPPORTED, WSI_EXIT_INPUT},
        {WSI_ERR_OUTPUT, WSI_EXIT_OUTPUT},
        {WSI_ERR_OUTPUT_FULL, WSI_EXIT_OUTPUT},
        {WSI_ERR_DEVICE, WSI_EXIT_DEVICE},
        {WSI_ERR_VERIFY, WSI_EXIT_VERIFY},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].status == status) return table[i].exit;
    }
    return WSI_EXIT_FAILURE;
}

const wsi_exit_row wsi_exit_rows[] = {
    {WSI_EXIT_OK, "everything done"},
    {WSI_EXIT_FAILURE, "any other failure"},
    {WSI_EXIT_USAGE, "usage"},
    {WSI_EXIT_SOME_FAILED, "some slides failed, the others are done"},
    {WSI_EXIT_INPUT, "input unreadable or corrupt"},
    {WSI_EXIT_OUTPUT, "output cannot be written"},
    {WSI_EXIT_DEVICE, "no usable GPU where one was demanded"},
    {WSI_EXIT_VERIFY, "verification failed"},
    {WSI_EXIT_OK, NULL},
};

const char wsi_exit_signals[] =
    "On SIGINT, SIGTERM, SIGHUP and SIGUSR1 unfinished outputs are removed and the signal is raised again.";

void wsi_cli_error(const char *fmt, ...)
{
    char text[2 * WSI_ERROR_MESSAGE_MAX], line[sizeof text];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    wsi_text_one_line(line, sizeof line, text);
    fprintf(stderr, "wsiproc: %s\n", line);
}

wsi_exit wsi_cli_fail(const wsi_error *err)
{
    wsi_cli_error("%s", err->message);
    return wsi_exit_of_status(err->code);
}
