/* Makes the seeds: a folder for each target below the one that is named.
 *
 * usage: fuzz-seeds FOLDER */
#include "fuzz-seeds.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/mem.h"
#include "reader-maker.h"

static const char *folder;

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "fuzz-seeds: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void make_folder(const char *path)
{
    if (mkdir(path, 0777) != 0 && errno != EEXIST) fail(path);
}

void seed_write(const char *target, const char *name, int first, const void *bytes, size_t size)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, target);
    make_folder(path);
    snprintf(path, sizeof path, "%s/%s/%s", folder, target, name);
    FILE *f = fopen(path, "wb");
    if (!f || (first >= 0 && fputc(first, f) == EOF) || fwrite(bytes, 1, size, f) != size || fclose(f) != 0) fail(path);
}

void seed_text(const char *target, const char *name, int first, const char *text)
{
    seed_write(target, name, first, text, strlen(text));
}

void seed_move(const char *target, const char *name, int first, const char *path)
{
    size_t size = 0;
    unsigned char *bytes = maker_load(path, &size);
    if (!bytes) fail(path);
    seed_write(target, name, first, bytes, size);
    wsi_free(bytes);
    unlink(path);
}

const char *seed_name(int number)
{
    static char name[32];
    snprintf(name, sizeof name, "seed-%03d", number);
    return name;
}

int main(int argc, char **argv)
{
    if (argc != 2) return fprintf(stderr, "usage: %s FOLDER\n", argv[0]), 2;
    folder = argv[1];
    make_folder(folder);
    seed_slides();
    seed_descriptions();
    seed_streams();
    seed_outputs();
    seed_jobs();
    return 0;
}
