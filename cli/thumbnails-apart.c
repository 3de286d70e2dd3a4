/* One process a slide: libraries that were not made for damaged files may die there. */
#include "thumbnails.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli-json.h"
#include "common/mem.h"
#include "scheduler/scheduler.h"

enum { AT_ONCE_MAX = 8, SECONDS_MAX = 300, ANSWER_MAX = 16 << 20 };

typedef struct worker {
    pid_t pid; /* 0: could not be started */
    int fd;    /* its answer comes here */
} worker;

/* In the child; never comes back. Nothing of the parent may be cleaned up or flushed here. */
static void answer(const wsi_thumbnail_request *request, int fd)
{
    alarm(SECONDS_MAX);
    json_t *list = wsi_thumbnails_make(request);
    char *text = list ? wsi_cli_json_dump(list, JSON_COMPACT) : NULL;
    size_t left = text ? strlen(text) : 0;
    for (const char *at = text; left;) {
        const ssize_t n = write(fd, at, left);
        if (n < 0 && errno != EINTR) break;
        if (n < 0) continue;
        at += n;
        left -= (size_t)n;
    }
    _exit(text && !left ? 0 : 1);
}

static int is_idle(const wsi_thumbnail_request *request)
{
    return !request->pictures && json_array_size(request->outputs) == 0;
}

static worker start(const wsi_thumbnail_request *request)
{
    int fds[2];
    worker w = {0, -1};
    if (is_idle(request) || pipe2(fds, O_CLOEXEC) != 0) return w;
    const pid_t pid = fork();
    if (pid == 0) {
        close(fds[0]);
        answer(request, fds[1]);
    }
    close(fds[1]);
    if (pid < 0) {
        close(fds[0]);
        return w;
    }
    return (worker){pid, fds[0]};
}

static json_t *note(const char *text)
{
    return json_pack("[{s:s, s:s}]", "title", "pictures", "note", text);
}

/* Until the worker's end; NULL where it said nothing that is right. */
static char *read_answer(int fd)
{
    size_t capacity = 1 << 16, used = 0;
    char *buf = wsi_calloc(capacity + 1, 1);
    while (buf) {
        const ssize_t n = read(fd, buf + used, capacity - used);
        if (n == 0) return buf;
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 || used + (size_t)n > ANSWER_MAX) break;
        used += (size_t)n;
        if (used < capacity) continue;
        capacity *= 2;
        char *more = wsi_realloc_array(buf, capacity + 1, 1);
        if (!more) break;
        memset(more + used, 0, capacity + 1 - used);
        buf = more;
    }
    wsi_free(buf);
    return NULL;
}

static json_t *finish(worker *w)
{
    int status = 0;
    if (!w->pid) return note("no process could be started for them");
    char *text = read_answer(w->fd);
    close(w->fd);
    while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR) {
    }
    json_t *list = WIFEXITED(status) && WEXITSTATUS(status) == 0 ? wsi_cli_json_parse(text) : NULL;
    wsi_free(text);
    if (json_is_array(list)) return list;
    json_decref(list);
    if (!WIFSIGNALED(status)) return note("they could not be made");
    return note(WTERMSIG(status) == SIGALRM ? "reading took too long"
                                            : "a file of this slide is damaged in a way that no library survives");
}

void wsi_thumbnails_make_apart(const wsi_thumbnail_request *requests, size_t count,
                               void (*take)(void *user, size_t i, json_t *pictures), void *user)
{
    worker workers[AT_ONCE_MAX];
    const int cpus = wsi_default_threads();
    const size_t at_once = cpus < AT_ONCE_MAX ? (size_t)cpus : AT_ONCE_MAX;
    size_t started = 0;
    fflush(NULL); /* what is buffered must not be written twice */
    for (size_t i = 0; i < count; i++) {
        for (; started < count && started < i + at_once; started++)
            workers[started % at_once] = start(&requests[started]);
        json_t *list = is_idle(&requests[i]) ? json_array() : finish(&workers[i % at_once]);
        take(user, i, list);
        json_decref(list);
    }
}
