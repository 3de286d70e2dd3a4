/* Files and checks for the targets. */
#include "fuzz.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <wsiproc/error.h>

_Noreturn void fuzz_fail(const char *what, const char *detail)
{
    fprintf(stderr, "fuzz: %s: %s\n", what, detail);
    abort();
}

void fuzz_expect(wsi_status status, const wsi_error *err)
{
    if (status == WSI_OK) return;
    if (status == WSI_ERR_INTERNAL) fuzz_fail("an internal error", err->message);
    if (err->code != status) fuzz_fail("the record has another code than the call", err->message);
    if (!err->message[0]) fuzz_fail("an error without text", wsi_status_name(status));
    if (strpbrk(err->message, "\n\r")) fuzz_fail("an error of several lines", err->message);
}

static void put(int fd, const void *data, size_t size)
{
    const char *at = data;
    while (size > 0) {
        const ssize_t n = write(fd, at, size);
        if (n <= 0) fuzz_fail("cannot write", "a scratch file");
        at += n;
        size -= (size_t)n;
    }
}

const char *fuzz_memory_file(const void *data, size_t size)
{
    static int file = -1;
    static char path[32];
    if (file >= 0) close(file);
    file = memfd_create("fuzz", MFD_CLOEXEC);
    if (file < 0) fuzz_fail("cannot make", "a file in memory");
    put(file, data, size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    return path;
}

/* ---- A folder ---- */

static char folder[256];

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type;
    return at->level > 0 ? remove(path) : 0;
}

static void remove_folder(void)
{
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    rmdir(folder);
}

const char *fuzz_folder(void)
{
    if (folder[0]) return folder;
    const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(folder, sizeof folder, "%s/wsi-fuzz-XXXXXX", base);
    if (!mkdtemp(folder)) fuzz_fail("cannot make", "a scratch folder");
    atexit(remove_folder);
    return folder;
}

const char *fuzz_folder_file(const char *name, const void *data, size_t size)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", fuzz_folder(), name);
    unlink(path);
    if (!data) return path;
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) fuzz_fail("cannot make", path);
    put(fd, data, size);
    close(fd);
    return path;
}

char *fuzz_text(const void *data, size_t size)
{
    char *text = malloc(size + 1);
    if (!text) exit(1);
    if (size > 0) memcpy(text, data, size);
    text[size] = 0;
    return text;
}
