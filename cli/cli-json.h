/* What every JSON text of the command line goes through (jansson; keys stay in the order they were set). */
#ifndef WSI_CLI_JSON_H
#define WSI_CLI_JSON_H

#include <jansson.h>

#include "common/error-private.h"

/* A JSON string, whatever the bytes: what is not UTF-8 becomes U+FFFD (file names and slide properties can be
 * anything). NULL text gives null. NULL only without memory. */
json_t *wsi_cli_json_text(const char *text);

/* Sets a member to such a string; NULL text leaves it out. */
void wsi_cli_json_set_text(json_t *json, const char *key, const char *text);

/* A measured number, to a millionth: more digits are noise. */
json_t *wsi_cli_json_measured(double value);

/* JSON text with as few digits as read back the same numbers. Freed by the caller with wsi_free; NULL without memory.
 */
char *wsi_cli_json_dump(const json_t *json, size_t flags);

/* Prints with indentation and a newline to standard output; takes the reference. */
void wsi_cli_json_print(json_t *json);

/* Writes to a file, whole or not at all; takes the reference. Errors: those of wsi_file_write. */
wsi_status wsi_cli_json_write(json_t *json, const char *path, wsi_error *err);

/* Parses text that the library made; NULL when it is NULL or no JSON. */
json_t *wsi_cli_json_parse(const char *text);

#endif
