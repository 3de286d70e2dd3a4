/* Who a process is, so that another process can tell whether it is gone. */
#ifndef WSI_PROCESS_ID_H
#define WSI_PROCESS_ID_H

#include <stdint.h>

typedef struct wsi_process_id {
    char host[65];
    char boot[40];  /* id of the machine's boot, empty where it is not known */
    uint64_t space; /* process numbers are the same for those with the same one; 0 = not known */
    int64_t pid;
    uint64_t start; /* in ticks since the boot: a number that is used again starts later */
} wsi_process_id;

/* The calling process. */
wsi_process_id wsi_process_self(void);

/* 1 when it is certain that the process has ended: it was of this machine, boot and number space, and there is none of
 * that number, or a younger one, or one that has only not been waited for. */
int wsi_process_is_gone(const wsi_process_id *process);

/* A name for this run of the program that no other has: host, process number and random digits, fit for file names. */
void wsi_process_run_name(const wsi_process_id *self, char *buf, int size);

#endif
