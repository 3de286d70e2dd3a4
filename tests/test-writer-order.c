/* What a crash would meet: in which order data, names and folders reach the disk, what is done when one of the steps
 * fails, and what happens to those who come between opening and locking. The calls are caught by the linker's --wrap.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "writer/outfile.h"
#include "writer/seal.h"

static char folder[] = "/tmp/wsi-order-XXXXXX";
static char path[64], seal[72], part[72];

static char story[256];     /* what was called, in order */
static const char *failing; /* the step that fails with EIO, NULL: none */
static int overtaken;       /* 1: another run completes the part before it is locked; 2: and a third begins one */

int __real_fsync(int fd);
int __real_rename(const char *from, const char *to);
int __real_flock(int fd, int operation);
int __wrap_fsync(int fd);
int __wrap_rename(const char *from, const char *to);
int __wrap_flock(int fd, int operation);

static int told(const char *step)
{
    strncat(story, step, sizeof story - strlen(story) - 1);
    const int fails = failing && strcmp(failing, step) == 0;
    if (fails) errno = EIO;
    return fails ? -1 : 0;
}

static void put(const char *name, const char *text)
{
    FILE *f = fopen(name, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

int __wrap_fsync(int fd)
{
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    return told(S_ISDIR(st.st_mode) ? "folder " : "data ") || __real_fsync(fd);
}

int __wrap_rename(const char *from, const char *to)
{
    const int is_seal = strcmp(to, seal) == 0;
    if (!is_seal) assert_int_equal(access(seal, F_OK), -1); /* no output beside a seal of another */
    return told(is_seal ? "seal " : "name ") || __real_rename(from, to) ? -1 : 0;
}

int __wrap_flock(int fd, int operation)
{
    if (overtaken) assert_int_equal(__real_rename(part, path), 0);
    if (overtaken == 2) put(part, "another's");
    overtaken = 0;
    return __real_flock(fd, operation);
}

static void begin(const char *fails)
{
    story[0] = '\0';
    failing = fails;
}

static wsi_outfile *started(const char *text)
{
    wsi_outfile *file = NULL;
    assert_int_equal(wsi_outfile_create(path, &file, NULL), WSI_OK);
    assert_int_equal(wsi_outfile_write(file, 0, text, strlen(text), NULL), WSI_OK);
    return file;
}

static void expect_content(const char *text)
{
    char found[32] = "";
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    assert_int_equal(fread(found, 1, sizeof found - 1, f), strlen(text));
    assert_string_equal(found, text);
    fclose(f);
}

static void expect_nothing(void)
{
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(access(part, F_OK), -1);
    assert_int_equal(access(seal, F_OK), -1);
}

static void data_come_before_the_name(void **state)
{
    (void)state;
    wsi_outfile *file = started("new");
    begin(NULL);
    assert_int_equal(wsi_outfile_commit(&file, NULL), WSI_OK);
    assert_null(file);
    assert_string_equal(story, "data name folder ");
    expect_content("new");
    unlink(path);
}

static void what_is_not_durable_gets_no_name(void **state)
{
    static const char *const steps[] = {"data ", "name "};
    (void)state;
    for (int i = 0; i < 2; i++) {
        wsi_error err = {WSI_OK, ""};
        wsi_outfile *file = started("new");
        begin(steps[i]);
        assert_int_equal(wsi_outfile_commit(&file, &err), WSI_ERR_OUTPUT);
        assert_non_null(strstr(err.message, strerror(EIO)));
        assert_null(file);
        expect_nothing();
    }
}

/* Who opens a part file just as its owner completes it must leave it alone. */
static void a_finished_part_is_left_alone(void **state)
{
    (void)state;
    begin(NULL);
    for (int k = 1; k <= 2; k++) {
        put(part, "theirs");
        overtaken = k;
        wsi_outfile *file = started("ours");
        assert_int_equal(overtaken, 0);
        expect_content("theirs");
        assert_int_equal(wsi_outfile_commit(&file, NULL), WSI_OK);
        expect_content("ours");
        unlink(part);
        unlink(path);
    }
}

static void no_file_is_longer_than_offsets(void **state)
{
    wsi_error err = {WSI_OK, ""};
    (void)state;
    wsi_outfile *file = started("new");
    assert_int_equal(wsi_outfile_write(file, INT64_MAX - 1, "ab", 2, &err), WSI_ERR_OUTPUT_FULL);
    assert_int_equal(wsi_outfile_status(file, NULL), WSI_ERR_OUTPUT_FULL);
    wsi_outfile_discard(&file);
    expect_nothing();
}

static wsi_status commit_sealed(const char *text)
{
    wsi_outfile *file = started(text);
    json_t *about = json_pack("{s:i}", "rows", 1);
    const wsi_status status = wsi_seal_commit(path, &file, "csv", "{}", about, NULL);
    json_decref(about);
    assert_null(file);
    return status;
}

static void seals_go_first_and_come_last(void **state)
{
    (void)state;
    begin(NULL);
    for (int i = 0; i < 2; i++) { /* the second over the first */
        begin(NULL);
        assert_int_equal(commit_sealed(i ? "new" : "old"), WSI_OK);
        assert_string_equal(story, "data name folder data seal folder ");
        expect_content(i ? "new" : "old");
        assert_true(wsi_seal_exists(path));
    }
    begin("seal ");
    assert_int_equal(commit_sealed("newer"), WSI_ERR_OUTPUT);
    expect_nothing();
}

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/out.csv", folder);
    snprintf(seal, sizeof seal, "%s.json", path);
    snprintf(part, sizeof part, "%s.part", path);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_come_before_the_name),     cmocka_unit_test(what_is_not_durable_gets_no_name),
        cmocka_unit_test(a_finished_part_is_left_alone), cmocka_unit_test(no_file_is_longer_than_offsets),
        cmocka_unit_test(seals_go_first_and_come_last),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
