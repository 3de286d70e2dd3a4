/* The library prints nothing: files that are whole, cut short and damaged are opened and read, jobs fail in several
 * ways, and at the end neither standard output nor standard error has got a byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <unistd.h>
#include <wsiproc/wsiproc.h>

enum { EDGE = 64, LARGEST = 4 << 20 };

static int told;          /* messages of the library, by the callback */
static char trouble[200]; /* of the test itself; told when standard error is there again */

#define EXPECT(condition)                                                                                              \
    do {                                                                                                               \
        if (!(condition)) snprintf(trouble, sizeof trouble, "line %d: %s", __LINE__, #condition);                      \
    } while (0)

static void take_line(void *user, wsi_log_level level, const char *text)
{
    (void)user, (void)level, (void)text;
    told++;
}

/* Reads a corner of every level and every associated image, whatever comes of it. */
static void look_at(const char *path)
{
    const wsi_log log = {take_line, NULL, WSI_LOG_DEBUG};
    const wsi_slide_options options = {.log = &log};
    static uint8_t corner[3 * EDGE * EDGE];
    const wsi_array to = wsi_array_packed(corner, (wsi_pixfmt){WSI_U8, 3}, EDGE, EDGE);
    wsi_slide *slide = NULL;
    if (wsi_slide_open(path, &options, &slide, NULL) != WSI_OK) return;
    const wsi_slide_info *info = wsi_slide_get_info(slide);
    for (int k = 0; k < info->level_count; k++)
        (void)wsi_slide_read_region(slide, k, (wsi_rect){-8, -8, EDGE, EDGE}, &to, NULL);
    for (int i = 0; i < info->associated_count; i++) {
        const wsi_associated *a = &info->associated[i];
        uint8_t *rgb = malloc((size_t)(3 * a->w * a->h));
        const wsi_array whole = wsi_array_packed(rgb, (wsi_pixfmt){WSI_U8, 3}, a->w, a->h);
        (void)wsi_slide_read_associated(slide, i, &whole, NULL);
        free(rgb);
    }
    wsi_slide_close(&slide);
}

/* The file with its last third missing, and with some bytes changed. */
static void look_at_damaged(const char *path, const char *copy, uint8_t *bytes)
{
    FILE *in = fopen(path, "rb");
    EXPECT(in);
    if (!in) return;
    const size_t n = fread(bytes, 1, LARGEST, in);
    const int whole = feof(in);
    fclose(in);
    for (int damage = 0; damage < 2 && whole; damage++) {
        for (size_t i = 16; damage == 1 && i < n; i += n / 200 + 1) bytes[i] ^= 0x55;
        FILE *out = fopen(copy, "wb");
        const size_t left = damage ? n : n / 3 * 2;
        EXPECT(out && fwrite(bytes, 1, left, out) == left);
        if (out) fclose(out);
        look_at(copy);
    }
    unlink(copy);
}

static void look_at_folder(const char *data, const char *folder)
{
    char name[1024], path[2048], copy[] = "/tmp/wsi-quiet-XXXXXX";
    snprintf(name, sizeof name, "%s/%s", data, folder);
    DIR *dir = opendir(name);
    uint8_t *bytes = malloc(LARGEST);
    const int fd = mkstemp(copy);
    EXPECT(fd >= 0 && close(fd) == 0);
    for (struct dirent *e; dir && (e = readdir(dir)) != NULL;) {
        if (e->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", name, e->d_name);
        look_at(path);
        if (e->d_type == DT_REG) look_at_damaged(path, copy, bytes);
    }
    if (dir) closedir(dir);
    free(bytes);
    unlink(copy);
}

/* Jobs that fail before, while and after they read, and one that does not. */
static void run_jobs(void)
{
    static const struct {
        const char *input, *chain, *output;
    } jobs[] = {
        {"/nonexistent/slide.svs", "rgb2gray", "/tmp/wsi-quiet-never"},
        {"synthetic:300x200", "no_such_operation", "/tmp/wsi-quiet-never"},
        {"synthetic:300x200", "rgb2gray | rgb2hed", "/tmp/wsi-quiet-never"},
        {"synthetic:300x200", "rgb2gray", "/dev/null/out"},
        {"synthetic:300x200", "rgb2gray", "/proc/out"},
        {"synthetic:300x200", "rgb2gray", NULL},
    };
    const wsi_log log = {take_line, NULL, WSI_LOG_DEBUG};
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        wsi_job *job = NULL;
        EXPECT(wsi_job_create(NULL, &job, NULL) == WSI_OK);
        (void)wsi_job_set_log(job, &log, NULL);
        (void)wsi_job_set(job, "input", jobs[i].input, NULL);
        (void)wsi_job_set(job, "chain", jobs[i].chain, NULL);
        (void)wsi_job_set(job, jobs[i].output ? "output" : "format", jobs[i].output ? jobs[i].output : "null", NULL);
        const wsi_status status = wsi_job_run(job, NULL);
        wsi_job_destroy(&job);
        if ((status == WSI_OK) != !jobs[i].output)
            snprintf(trouble, sizeof trouble, "job %zu: status %d", i, (int)status);
    }
}

static void nothing_is_printed(void **state)
{
    (void)state;
    const char *data = getenv("WSIPROC_TEST_DATA");
    FILE *caught = tmpfile();
    assert_non_null(caught);
    fflush(stdout);
    const int out = dup(1), err = dup(2);
    dup2(fileno(caught), 1);
    dup2(fileno(caught), 2);
    if (data) look_at_folder(data, "slides");
    if (data) look_at_folder(data, "corpus-tiff");
    run_jobs();
    fflush(stdout);
    dup2(out, 1);
    dup2(err, 2);
    close(out);
    close(err);
    char text[512] = "";
    rewind(caught);
    const size_t n = fread(text, 1, sizeof text - 1, caught);
    fclose(caught);
    if (trouble[0]) fail_msg("%s", trouble);
    if (n > 0) fail_msg("printed: %s", text);
    assert_true(!data || told > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_is_printed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
