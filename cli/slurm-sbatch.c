/* Runs sbatch and reads what it says. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/mem.h"
#include "slurm-script.h"

extern char **environ;

/* What came through one pipe; more than fits is read and dropped. */
typedef struct answer {
    char text[2048];
    size_t used;
} answer;

static int read_some(int fd, answer *into)
{
    char buf[1024];
    const ssize_t n = read(fd, buf, sizeof buf);
    if (n < 0) return errno == EINTR;
    const size_t room = sizeof into->text - 1 - into->used, take = (size_t)n < room ? (size_t)n : room;
    memcpy(into->text + into->used, buf, take);
    into->used += take;
    return n > 0;
}

/* Both pipes until both end. */
static void read_answers(const int fds[2], answer answers[2])
{
    struct pollfd polled[2] = {{.fd = fds[0], .events = POLLIN}, {.fd = fds[1], .events = POLLIN}};
    while (polled[0].fd >= 0 || polled[1].fd >= 0) {
        if (poll(polled, 2, -1) < 0 && errno != EINTR) return;
        for (int i = 0; i < 2; i++) {
            if (polled[i].fd >= 0 && polled[i].revents && !read_some(fds[i], &answers[i])) polled[i].fd = -1;
        }
    }
}

/* 0 or errno; the child's standard output and error become the two descriptors. */
static int spawn(const char *path, pid_t *pid, int out_fd, int err_fd)
{
    char program[] = "sbatch", parsable[] = "--parsable", end[] = "--";
    char *const argv[] = {program, parsable, end, (char *)path, NULL};
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error) return error;
    error = posix_spawn_file_actions_adddup2(&actions, out_fd, STDOUT_FILENO);
    if (!error) error = posix_spawn_file_actions_adddup2(&actions, err_fd, STDERR_FILENO);
    if (!error) error = posix_spawnp(pid, program, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static int wait_for(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) return -1;
    }
    return status;
}

/* Lines of sbatch joined with "; ", without its name before each. */
static void join_lines(const char *text, char *out, size_t size)
{
    static const char prefix[] = "sbatch: ";
    size_t used = 0;
    *out = '\0';
    while (*text && used < size) {
        if (strncmp(text, prefix, sizeof prefix - 1) == 0) text += sizeof prefix - 1;
        const size_t length = strcspn(text, "\n");
        if (length) {
            used += (size_t)snprintf(out + used, size - used, "%s%.*s", used ? "; " : "", (int)length, text);
        }
        text += length + (text[length] == '\n');
    }
}

static int ask(const char *path, int fds_out[2], int fds_err[2], answer answers[2], int *status)
{
    pid_t pid = 0;
    const int error = spawn(path, &pid, fds_out[1], fds_err[1]);
    close(fds_out[1]);
    close(fds_err[1]);
    if (!error) {
        read_answers((const int[2]){fds_out[0], fds_err[0]}, answers);
        *status = wait_for(pid);
    }
    close(fds_out[0]);
    close(fds_err[0]);
    return error;
}

static int open_pipes(int a[2], int b[2])
{
    if (pipe2(a, O_CLOEXEC) != 0) return errno;
    if (pipe2(b, O_CLOEXEC) == 0) return 0;
    const int error = errno;
    close(a[0]);
    close(a[1]);
    return error;
}

wsi_status wsi_slurm_submit(const char *path, char **job, wsi_error *err)
{
    int fds_out[2], fds_err[2], status = 0;
    answer answers[2] = {{{0}, 0}, {{0}, 0}};
    *job = NULL;
    const int no_pipe = open_pipes(fds_out, fds_err);
    const int error = no_pipe ? no_pipe : ask(path, fds_out, fds_err, answers, &status);
    WSI_RETURN_IF(error == ENOENT, WSI_ERR_INTERNAL,
                  "no sbatch in PATH: submit where Slurm is installed, or see --dry-run");
    WSI_RETURN_IF(error, WSI_ERR_INTERNAL, "sbatch: %s", strerror(error));
    const size_t digits = strspn(answers[0].text, "0123456789");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || digits == 0) {
        char line[900];
        join_lines(answers[1].used ? answers[1].text : answers[0].text, line, sizeof line);
        return wsi_error_set(err, WSI_ERR_INTERNAL, "sbatch: %s", *line ? line : "failed without a word");
    }
    *job = wsi_strndup(answers[0].text, digits);
    WSI_RETURN_IF(!*job, WSI_ERR_NO_MEMORY, "out of memory");
    return WSI_OK;
}
