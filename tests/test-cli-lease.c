/* Leases: one holder at a time, whoever dies, stops or comes at the same moment. Other holders are child processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/cli-file.h"
#include "cli/lease.h"
#include "common/mem.h"
#include "common/thread.h"
#include "job-folder-for-test.h"

static const char slide[WSI_FOLDER_HASH_MAX] = "0123456789abcdef0123456789abcdef";
static wsi_lease_terms terms_of(const char *run, double seconds)
{
    return (wsi_lease_terms){.dir = dir, .run = run, .seconds = seconds, .self = wsi_process_self()};
}

static void pause_ms(int ms)
{
    const struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};
    nanosleep(&t, NULL);
}

static wsi_lease *take(const wsi_lease_terms *terms, wsi_lease_watch *watch)
{
    wsi_lease *lease;
    assert_int_equal(wsi_lease_acquire(terms, slide, watch, &lease, NULL), WSI_OK);
    return lease;
}

static int count_files(void)
{
    char command[128];
    int count = -1;
    snprintf(command, sizeof command, "ls %s/" WSI_JOB_FOLDER "/leases | wc -l", dir);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_int_equal(fscanf(pipe, "%d", &count), 1);
    pclose(pipe);
    return count;
}

static void note_lost(void *user)
{
    atomic_store((atomic_int *)user, 1);
}

static void one_holds_it_until_it_is_released(void **state)
{
    const wsi_lease_terms one = terms_of("one", 60), two = terms_of("two", 60);
    wsi_lease_watch watch = {0}, other = {0};
    (void)state;
    wsi_lease *lease = take(&one, &watch);
    assert_non_null(lease);
    assert_int_equal(wsi_lease_generation(lease), 1);
    assert_null(take(&two, &other));
    assert_non_null(strstr(other.holder, one.self.host));
    assert_int_equal(wsi_lease_beat(lease), 1);
    assert_null(take(&two, &other));
    wsi_lease_release(&lease);
    assert_int_equal(count_files(), 0);
    lease = take(&two, &other);
    assert_non_null(lease);
    wsi_lease_release(&lease);
}

static void silence_is_death(void **state)
{
    const wsi_lease_terms one = terms_of("one", 0.3), two = terms_of("two", 0.3);
    wsi_lease_watch watch = {0}, other = {0};
    (void)state;
    wsi_lease *first = take(&one, &watch);
    assert_null(take(&two, &other));
    pause_ms(200);
    assert_int_equal(wsi_lease_beat(first), 1);
    pause_ms(200);
    assert_null(take(&two, &other)); /* changed since: seen anew */
    pause_ms(350);
    wsi_lease *second = take(&two, &other);
    assert_non_null(second);
    assert_int_equal(wsi_lease_generation(second), 2);
    assert_int_equal(wsi_lease_beat(first), 0);
    assert_true(wsi_lease_is_lost(first));
    wsi_lease_release(&first); /* takes nothing from the second */
    assert_int_equal(wsi_lease_beat(second), 1);
    wsi_lease_release(&second);
    assert_int_equal(count_files(), 0);
}

static void a_thread_keeps_it(void **state)
{
    const wsi_lease_terms one = terms_of("one", 0.6), two = terms_of("two", 0.3);
    wsi_lease_watch watch = {0}, other = {0};
    atomic_int lost = 0;
    (void)state;
    wsi_lease *lease = take(&one, &watch);
    assert_int_equal(wsi_lease_keep(lease, note_lost, &lost, NULL), WSI_OK);
    for (int i = 0; i < 15; i++) {
        assert_null(take(&two, &other));
        pause_ms(100);
    }
    assert_int_equal(atomic_load(&lost), 0);
    wsi_lease_release(&lease);
    lease = take(&two, &other);
    assert_non_null(lease);
    wsi_lease_release(&lease);
}

static void a_folder_that_goes_takes_nothing(void **state)
{
    const wsi_lease_terms one = terms_of("one", 60);
    wsi_lease_watch watch = {0};
    char command[128];
    (void)state;
    wsi_lease *lease = take(&one, &watch);
    snprintf(command, sizeof command, "rm -rf %s/" WSI_JOB_FOLDER, dir);
    assert_int_equal(system(command), 0);
    assert_int_equal(wsi_lease_beat(lease), 1);
    assert_int_equal(count_files(), 1);
    wsi_lease_release(&lease);
    assert_int_equal(system(command), 0);
    lease = take(&one, &watch);
    assert_non_null(lease);
    wsi_lease_release(&lease);
}

/* ---- Other processes ---- */

typedef struct child {
    pid_t pid;
    int says, listens; /* pipes from and to it */
} child;

/* A child that runs body(its ends of the pipes). */
static child start(void (*body)(int says, int listens))
{
    int from[2], to[2];
    assert_int_equal(pipe(from) | pipe(to), 0);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(to[1]);
        body(from[1], to[0]);
        _exit(0);
    }
    close(from[1]);
    close(to[0]);
    return (child){pid, from[0], to[1]};
}

static char hear(int fd)
{
    char c = '!';
    return read(fd, &c, 1) == 1 ? c : '!';
}

static void say(int fd, char c)
{
    if (write(fd, &c, 1) != 1) _exit(9);
}

static void end(const child *c)
{
    close(c->listens);
    close(c->says);
    waitpid(c->pid, NULL, 0);
}

/* Holds the slide until it hears something or the end. */
static void hold(int says, int listens)
{
    const wsi_lease_terms terms = terms_of("child", 0.6);
    wsi_lease_watch watch = {0};
    wsi_lease *lease = NULL;
    static atomic_int lost;
    (void)wsi_lease_acquire(&terms, slide, &watch, &lease, NULL);
    if (lease) (void)wsi_lease_keep(lease, note_lost, &lost, NULL);
    say(says, lease ? 'y' : 'n');
    (void)hear(listens);
    for (int i = 0; i < 50 && !atomic_load(&lost); i++) pause_ms(20);
    say(says, atomic_load(&lost) ? 'l' : 'k');
    wsi_lease_release(&lease);
}

static void a_killed_holder_is_known_at_once(void **state)
{
    const wsi_lease_terms terms = terms_of("parent", 60);
    wsi_lease_watch watch = {0};
    (void)state;
    const child c = start(hold);
    assert_int_equal(hear(c.says), 'y');
    assert_null(take(&terms, &watch));
    kill(c.pid, SIGKILL);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)c.pid, &info, WEXITED | WNOWAIT), 0); /* stays a zombie */
    wsi_lease *lease = take(&terms, &watch);
    assert_non_null(lease);
    assert_int_equal(wsi_lease_generation(lease), 2);
    end(&c);
    wsi_lease_release(&lease);
    assert_int_equal(count_files(), 0);
}

static void a_stopped_holder_learns_of_it(void **state)
{
    const wsi_lease_terms terms = terms_of("parent", 0.3);
    wsi_lease_watch watch = {0};
    wsi_lease *lease;
    (void)state;
    const child c = start(hold);
    assert_int_equal(hear(c.says), 'y');
    kill(c.pid, SIGSTOP);
    const double begin = wsi_now();
    while (!(lease = take(&terms, &watch)) && wsi_now() - begin < 10) pause_ms(50);
    assert_non_null(lease);
    assert_true(wsi_now() - begin > 0.5); /* the lease time of the one that waits longer */
    kill(c.pid, SIGCONT);
    say(c.listens, 'x');
    assert_int_equal(hear(c.says), 'l');
    end(&c);
    assert_int_equal(wsi_lease_beat(lease), 1);
    wsi_lease_release(&lease);
}

/* Takes the slide of a dead holder when it is told to, and holds what it got until the end. */
static void race(int says, int listens)
{
    const wsi_lease_terms terms = terms_of("racer", 60);
    wsi_lease_watch watch = {0};
    wsi_lease *lease = NULL;
    (void)hear(listens);
    const wsi_status status = wsi_lease_acquire(&terms, slide, &watch, &lease, NULL);
    say(says, status != WSI_OK ? 'e' : lease ? 'y' : 'n');
    (void)hear(listens);
    wsi_lease_release(&lease);
}

static void put_lease(int64_t generation, const wsi_process_id *who)
{
    char *path = wsi_asprintf("%s/" WSI_JOB_FOLDER "/leases/%s.%d", dir, slide, (int)generation);
    char *text = wsi_asprintf(
        "{\"host\":\"%s\",\"boot\":\"%s\",\"space\":%llu,\"pid\":%lld,\"start\":%llu,\"seconds\":1}", who->host,
        who->boot, (unsigned long long)who->space, (long long)who->pid, (unsigned long long)who->start);
    assert_int_equal(wsi_file_replace(path, text, strlen(text), NULL), WSI_OK);
    wsi_free(path);
    wsi_free(text);
}

static void of_many_takers_one_wins(void **state)
{
    enum { RACERS = 8, ROUNDS = 12 };
    wsi_process_id dead = wsi_process_self();
    (void)state;
    dead.start--; /* that number had an earlier process */
    for (int round = 0; round < ROUNDS; round++) {
        child racers[RACERS];
        int winners = 0;
        put_lease(1, &dead);
        for (int i = 0; i < RACERS; i++) racers[i] = start(race);
        for (int i = 0; i < RACERS; i++) say(racers[i].listens, 'g');
        for (int i = 0; i < RACERS; i++) {
            const char said = hear(racers[i].says);
            assert_int_not_equal(said, 'e');
            winners += said == 'y';
        }
        assert_int_equal(winners, 1);
        for (int i = 0; i < RACERS; i++) close(racers[i].listens);
        for (int i = 0; i < RACERS; i++) end(&racers[i]);
        assert_int_equal(count_files(), 0);
    }
}

static void numbers_are_used_again(void **state)
{
    wsi_process_id self = wsi_process_self(), other = self;
    (void)state;
    if (!self.boot[0]) skip();
    assert_false(wsi_process_is_gone(&self));
    other.start--;
    assert_true(wsi_process_is_gone(&other));
    other = self;
    other.pid = 1 << 29; /* beyond what the kernel hands out */
    assert_true(wsi_process_is_gone(&other));
    strcpy(other.host, "elsewhere"); /* nothing is known there */
    assert_false(wsi_process_is_gone(&other));
    other = self;
    other.pid = 1 << 29;
    other.boot[0] ^= 1;
    assert_false(wsi_process_is_gone(&other));
    other = self;
    other.pid = 1 << 29;
    other.space++;
    assert_false(wsi_process_is_gone(&other));
}

/* Before a slide is said to have failed the holder looks once more, without waiting for the next heartbeat. */
static void a_last_look_sees_a_taker(void **state)
{
    const wsi_lease_terms terms = terms_of("one", 600);
    wsi_process_id elsewhere = {.host = "elsewhere", .pid = 5};
    wsi_lease_watch watch = {0};
    static atomic_int lost;
    (void)state;
    for (int taken = 0; taken < 2; taken++) {
        wsi_lease *lease = take(&terms, &watch);
        assert_non_null(lease);
        assert_int_equal(wsi_lease_keep(lease, note_lost, &lost, NULL), WSI_OK);
        if (taken) put_lease(2, &elsewhere);
        assert_int_equal(wsi_lease_confirm(lease), !taken);
        assert_int_equal(wsi_lease_is_lost(lease), taken);
        wsi_lease_release(&lease);
    }
}

static void foreign_files_wear_out(void **state)
{
    const wsi_lease_terms terms = terms_of("one", 0.2);
    wsi_process_id elsewhere = {.host = "elsewhere", .pid = 5};
    wsi_lease_watch watch = {0};
    char *path = wsi_asprintf("%s/" WSI_JOB_FOLDER "/leases/%s.", dir, slide), *name;
    static const char *const others[] = {"0", "01", "x", "99999999999999999999", "-1", "2.part", ""};
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) { /* none of them is a generation */
        name = wsi_asprintf("%s%s", path, others[i]);
        assert_int_equal(wsi_file_replace(name, "{", 1, NULL), WSI_OK);
        wsi_free(name);
    }
    put_lease(3, &elsewhere);
    name = wsi_asprintf("%s3", path);
    assert_null(take(&terms, &watch));
    assert_int_equal(wsi_file_replace(name, "", 0, NULL), WSI_OK); /* torn */
    assert_null(take(&terms, &watch));
    pause_ms(250);
    wsi_lease *lease = take(&terms, &watch);
    assert_non_null(lease);
    assert_int_equal(wsi_lease_generation(lease), 4);
    wsi_lease_release(&lease);
    wsi_free(name);
    wsi_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(one_holds_it_until_it_is_released),
        WITH_FOLDER(silence_is_death),
        WITH_FOLDER(a_thread_keeps_it),
        WITH_FOLDER(a_folder_that_goes_takes_nothing),
        WITH_FOLDER(a_killed_holder_is_known_at_once),
        WITH_FOLDER(a_stopped_holder_learns_of_it),
        WITH_FOLDER(of_many_takers_one_wins),
        cmocka_unit_test(numbers_are_used_again),
        WITH_FOLDER(a_last_look_sees_a_taker),
        WITH_FOLDER(foreign_files_wear_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
