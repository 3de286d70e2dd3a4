/* What a crash would meet: in which order data, names and folders reach the disk, what is done when one of the steps
 * fails, and what happens to those who come between opening and locking. The calls are caught by the linker's --wrap.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
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
static char path[64], seal[72], part[80], boot[72];

static char story[256];     /* what was called, in order */
static const char *failing; /* the step that fails with EIO, NULL: none */
static int apart;           /* locks are kept from other machines, and each sees its own alone */
static int overtaken;       /* 1: another run completes the part before it is locked; 2: and a third begins one */

int __real_fsync(int fd);
int __real_rename(const char *from, const char *to);
int __real_flock(int fd, int operation);
int __real_open64(const char *name, int flags, ...);
int __wrap_open64(const char *name, int flags, ...);
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
    return apart ? 0 : __real_flock(fd, operation);
}

/* The boot id is what the test says. */
int __wrap_open64(const char *name, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    const mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    return __real_open64(strstr(name, "boot_id") ? boot : name, flags, mode);
}

static void on_machine(const char *digits)
{
    put(boot, digits);
    snprintf(part, sizeof part, "%s.%s.part", path, digits);
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

/* Two machines make one file, on a file system that keeps locks from others: neither touches what the other does. */
static void machines_write_files_of_their_own(void **state)
{
    (void)state;
    begin(NULL);
    apart = 1;
    wsi_outfile *first = started("of the first");
    on_machine("22222222");
    wsi_outfile *second = started("the second's"), *third = NULL;
    assert_int_equal(access(part, F_OK), 0);
    assert_int_equal(wsi_outfile_commit(&second, NULL), WSI_OK);
    expect_content("the second's");
    assert_int_equal(wsi_outfile_commit(&first, NULL), WSI_OK);
    expect_content("of the first");
    first = started("the second's");
    on_machine("33333333");
    third = started("the third's");
    wsi_outfile_discard(&first);
    assert_int_equal(wsi_outfile_commit(&third, NULL), WSI_OK);
    expect_content("the third's");
    apart = 0;
    on_machine("11111111");
    unlink(path);
}

/* Without a boot id, as in a bare chroot, names are drawn. */
static void a_machine_without_a_name_draws_one(void **state)
{
    (void)state;
    begin(NULL);
    on_machine("");
    wsi_outfile *file = started("new"), *other = started("newer");
    assert_int_equal(wsi_outfile_commit(&other, NULL), WSI_OK);
    assert_int_equal(wsi_outfile_commit(&file, NULL), WSI_OK);
    expect_content("new");
    on_machine("11111111");
    unlink(path);
}

static void what_others_left_is_swept(void **state)
{
    static const char *const gone[] = {"22222222", "22222222.3", "0123456789abcdef"};
    static const char *const kept[] = {"json.22222222", "2222222", "22222222.x", "22222222.", "g.22222222"};
    char name[96];
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%s.%s.part", path, gone[i]);
        put(name, "half");
    }
    for (size_t i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "%s.%s.part", path, kept[i]);
        put(name, "another's");
    }
    wsi_outfile *late = started("half");
    wsi_outfile_sweep(path);
    begin(NULL);
    assert_int_equal(wsi_outfile_commit(&late, NULL), WSI_ERR_OUTPUT); /* lives, and has lost */
    expect_nothing();
    for (size_t i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%s.%s.part", path, gone[i]);
        assert_int_equal(access(name, F_OK), -1);
    }
    for (size_t i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "%s.%s.part", path, kept[i]);
        assert_int_equal(unlink(name), 0);
    }
}

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/out.csv", folder);
    snprintf(seal, sizeof seal, "%s.json", path);
    snprintf(boot, sizeof boot, "%s/boot", folder);
    on_machine("11111111");
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(boot);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_come_before_the_name),     cmocka_unit_test(what_is_not_durable_gets_no_name),
        cmocka_unit_test(a_finished_part_is_left_alone), cmocka_unit_test(no_file_is_longer_than_offsets),
        cmocka_unit_test(seals_go_first_and_come_last),  cmocka_unit_test(machines_write_files_of_their_own),
        cmocka_unit_test(what_others_left_is_swept),     cmocka_unit_test(a_machine_without_a_name_draws_one),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
