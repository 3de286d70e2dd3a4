/* The program: process-wide settings, then the command table. Nothing else of wsiproc touches process state. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"

/* Where a standard stream is closed, the next file opened would take its place, and our messages would land in it. */
static void open_standard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDWR) < 0) return;
    }
}

static void set_up_process(void)
{
    open_standard_streams();
#ifdef M_ARENA_MAX
    /* An arena a thread would reserve 64 MiB of address space each, which counts against RLIMIT_AS. */
    mallopt(M_ARENA_MAX, 2);
#endif
    /* A write beyond the file-size limit shall fail with EFBIG, so that the unfinished output is removed. */
    signal(SIGXFSZ, SIG_IGN);
}

/* Output that could not be written must not look like success. */
static wsi_exit finish_output(wsi_exit status)
{
    const int failed = ferror(stdout);
    if (fflush(stdout) == 0 && !failed) return status;
    wsi_cli_error("standard output: %s", strerror(errno));
    return status == WSI_EXIT_OK ? WSI_EXIT_OUTPUT : status;
}

int main(int argc, char **argv)
{
    set_up_process();
    return (int)finish_output(wsi_cli_main(argc - 1, argv + 1));
}
