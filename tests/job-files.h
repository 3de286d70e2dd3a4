/* What tests of whole jobs share; included after cmocka.h. */
#ifndef JOB_FILES_H
#define JOB_FILES_H

#include <stdio.h>
#include <stdlib.h>

#include "scheduler/scheduler.h"

/* The test fails where the chain is wrong. */
static inline wsi_chain *parse(const char *text)
{
    wsi_chain *chain;
    wsi_error err = {WSI_OK, ""};
    if (wsi_chain_parse(text, &chain, &err) != WSI_OK) fail_msg("%s", err.message);
    return chain;
}

/* A whole file (free) and its size; the test fails where it is not there. */
static inline char *read_file(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    if (!f) fail_msg("%s is missing", path);
    fseek(f, 0, SEEK_END);
    *size = (size_t)ftell(f);
    rewind(f);
    char *data = malloc(*size + 1);
    assert_int_equal(fread(data, 1, *size, f), *size);
    fclose(f);
    return data;
}

#endif
