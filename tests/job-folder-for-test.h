/* A folder of a test's own, with a job folder in it: made before each test, removed after it. */
#ifndef WSI_JOB_FOLDER_FOR_TEST_H
#define WSI_JOB_FOLDER_FOR_TEST_H

#include <stdio.h>
#include <stdlib.h>

#include "cli/job-folder.h"

static char dir[64];

static int set_up(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/wsiproc-folder-XXXXXX");
    return mkdtemp(dir) && wsi_job_folder_make(dir, NULL) == WSI_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

#define WITH_FOLDER(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
