/* Any JSON value for people to read: aligned keys, lists in a line, arrays of objects as tables. */
#ifndef WSI_JSON_TEXT_H
#define WSI_JSON_TEXT_H

#include <jansson.h>
#include <stdio.h>

void wsi_json_text_print(const json_t *json, FILE *out, int indent);

#endif
