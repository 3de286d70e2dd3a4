/* Writes the script of a job array.
 *
 * Options of Slurm become #SBATCH lines in sbatch's own quoting; the command of wsiproc becomes an array of quoted
 * words, so that nothing in a name is ever taken apart by the shell. The rest is the same for every batch: the early
 * signal of Slurm (--signal=B: reaches the script alone) is passed on, and a run that ended by it is queued again. */
#include "slurm-script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wsiproc/version.h>

#include "common/mem.h"

/* ---- Words ---- */

void wsi_words_add(wsi_words *words, char *word)
{
    if (word && words->count == words->capacity) {
        const size_t capacity = words->capacity ? words->capacity * 2 : 32;
        char **items = wsi_realloc_array(words->items, capacity, sizeof *items);
        if (items) {
            words->items = items;
            words->capacity = capacity;
        }
    }
    if (!word || words->count == words->capacity) {
        wsi_free(word);
        words->out_of_memory = 1;
        return;
    }
    words->items[words->count++] = word;
}

void wsi_words_clear(wsi_words *words)
{
    for (size_t i = 0; i < words->count; i++) wsi_free(words->items[i]);
    wsi_free(words->items);
    *words = (wsi_words){0};
}

/* ---- Checks ---- */

static int is_plain(const char *text)
{
    for (const char *s = text; *s; s++) {
        const int letter = (*s >= '0' && *s <= '9') || ((*s | 32) >= 'a' && (*s | 32) <= 'z');
        if (!letter && !strchr("_./:=+-", *s)) return 0;
    }
    return *text != '\0';
}

static int has_control(const char *text)
{
    for (const char *s = text; *s; s++) {
        if ((unsigned char)*s < 0x20 || *s == 0x7f) return 1;
    }
    return 0;
}

/* Numbers separated by colons, at most three; how many there are, 0 when the text is something else. */
static int split_time(const char *text, double fields[3])
{
    for (int n = 0; n < 3; n++) {
        const size_t digits = strspn(text, "0123456789");
        if (digits == 0 || digits > 9) return 0;
        fields[n] = strtod(text, NULL);
        text += digits;
        if (!*text) return n + 1;
        if (*text++ != ':') return 0;
    }
    return 0;
}

/* Seconds of a time as Slurm has it: minutes, M:S, H:M:S, and after DAYS- hours, H:M, H:M:S. 0: no limit; negative: not
 * such a text. */
static double time_seconds(const char *text)
{
    double days = 0, f[3] = {0};
    char *dash = strchr(text, '-');
    if (strcmp(text, "UNLIMITED") == 0 || strcmp(text, "INFINITE") == 0) return 0;
    if (dash && (strspn(text, "0123456789") != (size_t)(dash - text) || dash == text)) return -1;
    if (dash) days = strtod(text, NULL);
    const int count = split_time(dash ? dash + 1 : text, f);
    if (count == 0) return -1;
    if (dash || count == 3) return days * 86400 + f[0] * 3600 + f[1] * 60 + f[2];
    return f[0] * 60 + f[1];
}

/* By default two minutes, but most of a short time is for work. */
static int64_t signal_seconds(const wsi_slurm_options *o)
{
    const double limit = o->time ? time_seconds(o->time) : 0;
    if (o->signal_seconds) return o->signal_seconds;
    return limit > 0 && limit < 480 ? (int64_t)(limit / 4) + 1 : 120;
}

static wsi_status check_time(const wsi_slurm_options *o, wsi_error *err)
{
    const double limit = o->time ? time_seconds(o->time) : 0;
    WSI_RETURN_IF(limit < 0, WSI_ERR_USAGE,
                  "option --time: '%.100s' is not a time of Slurm's, such as 30 (minutes), 4:00:00 or 1-12", o->time);
    WSI_RETURN_IF(limit > 0 && (double)o->signal_seconds >= limit, WSI_ERR_USAGE,
                  "option --signal: %lld seconds before the end of --time %.100s is before its beginning",
                  (long long)o->signal_seconds, o->time);
    return WSI_OK;
}

wsi_status wsi_slurm_check(const wsi_slurm_options *o, wsi_error *err)
{
    const struct {
        const char *name, *value;
    } texts[] = {{"partition", o->partition},   {"account", o->account},   {"qos", o->qos},
                 {"constraint", o->constraint}, {"job-name", o->job_name}, {"sbatch-option", o->raw}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        WSI_RETURN_IF(texts[i].value && has_control(texts[i].value), WSI_ERR_USAGE,
                      "option --%s: holds a control character", texts[i].name);
    }
    WSI_FORWARD(check_time(o, err));
    WSI_RETURN_IF(o->raw && o->raw[0] != '-', WSI_ERR_USAGE,
                  "option --sbatch-option: '%.100s' does not start with a dash", o->raw);
    WSI_RETURN_IF(o->requeue && o->no_requeue, WSI_ERR_USAGE, "--requeue and --no-requeue exclude each other");
    return WSI_OK;
}

/* ---- Quoting ---- */

void wsi_shell_word(FILE *out, const char *word)
{
    if (is_plain(word)) {
        fputs(word, out);
        return;
    }
    fputc('\'', out);
    for (const char *s = word; *s; s++) {
        if (*s == '\'') {
            fputs("'\\''", out);
        } else {
            fputc(*s, out);
        }
    }
    fputc('\'', out);
}

/* One option line. sbatch takes quotes and backslashes in them as a shell does within double quotes. */
static void put_option(FILE *out, const char *name, const char *value)
{
    if (!value) return;
    fprintf(out, "#SBATCH --%s=", name);
    const int plain = is_plain(value);
    if (!plain) fputc('"', out);
    for (const char *s = value; *s; s++) {
        if (*s == '"' || *s == '\\') fputc('\\', out);
        fputc(*s, out);
    }
    fputs(plain ? "\n" : "\"\n", out);
}

/* Slurm replaces %A and the like in the name of a log, and a backslash turns that off. */
static void put_log_option(FILE *out, const char *folder)
{
    if (!folder || has_control(folder) || strchr(folder, '\\')) return;
    fputs("#SBATCH --output=\"", out);
    for (const char *s = folder; *s; s++) {
        if (*s == '"') fputc('\\', out);
        if (*s == '%') fputc('%', out);
        fputc(*s, out);
    }
    fputs("/slurm-%A_%a.log\"\n#SBATCH --open-mode=append\n", out);
}

/* ---- The script ---- */

static void put_resources(FILE *out, const wsi_slurm_options *o)
{
    put_option(out, "partition", o->partition);
    put_option(out, "account", o->account);
    put_option(out, "qos", o->qos);
    put_option(out, "constraint", o->constraint);
    put_option(out, "time", o->time);
    if (o->memory) fprintf(out, "#SBATCH --mem=%lluM\n", (unsigned long long)((o->memory + (1 << 20) - 1) >> 20));
    fputs("#SBATCH --ntasks=1\n", out);
    if (o->cpus) fprintf(out, "#SBATCH --cpus-per-task=%lld\n", (long long)o->cpus);
    if (o->gpus) fprintf(out, "#SBATCH --gres=gpu:%lld\n", (long long)o->gpus);
}

static void put_header(FILE *out, const wsi_slurm_script *script)
{
    const wsi_slurm_options *o = script->options;
    fputs("#!/bin/bash\n", out);
    put_option(out, "job-name", o->job_name);
    fprintf(out, "#SBATCH --array=1-%d", script->tasks);
    if (o->throttle) fprintf(out, "%%%lld", (long long)o->throttle);
    fputc('\n', out);
    put_resources(out, o);
    fprintf(out, "#SBATCH --signal=B:USR1@%lld\n", (long long)signal_seconds(o));
    fputs(o->no_requeue ? "#SBATCH --no-requeue\n" : "#SBATCH --requeue\n", out);
    put_log_option(out, script->log_folder);
    if (o->raw) fprintf(out, "#SBATCH %s\n", o->raw);
    fputs("# Made by wsiproc " WSI_VERSION_STRING ": each task of the array does its share of the slides. Whatever "
          "happens to a task, running\n# the same again does what is missing and nothing else.\n",
          out);
}

static void put_command(FILE *out, const wsi_words *command)
{
    fputs("# shellcheck disable=SC1003,SC1110,SC1111,SC1112,SC2016 # words are meant as they stand\ncommand=(\n", out);
    for (size_t i = 0; i < command->count; i++) {
        fputs("    ", out);
        wsi_shell_word(out, command->items[i]);
        fputc('\n', out);
    }
    fputs(")\n", out);
}

static const char run_part[] = "\n"
                               "# Slurm's early signal reaches this script alone; wsiproc must hear of it as well.\n"
                               "child=\n"
                               "caught=\n"
                               "# shellcheck disable=SC2317 # called by the traps\n"
                               "pass_on()\n"
                               "{\n"
                               "    caught=$1\n"
                               "    [ -z \"$child\" ] || kill -s \"$1\" \"$child\" 2>/dev/null\n"
                               "}\n"
                               "trap 'pass_on USR1' USR1\n"
                               "trap 'pass_on TERM' TERM\n"
                               "\n"
                               "\"${command[@]}\" &\n"
                               "child=$!\n"
                               "[ -z \"$caught\" ] || kill -s \"$caught\" \"$child\" 2>/dev/null\n"
                               "while :; do\n"
                               "    caught=\n"
                               "    wait \"$child\" # comes back early when a signal comes\n"
                               "    status=$?\n"
                               "    [ -n \"$caught\" ] || break\n"
                               "done\n";

/* 138 is death by SIGUSR1 on Linux. */
static const char requeue_part[] =
    "\n"
    "# Stopped by the early signal (138 = 128 + USR1): the rest waits for another turn.\n"
    "if [ \"$status\" -eq 138 ]; then\n"
    "    if [ \"${SLURM_RESTART_COUNT:-0}\" -lt 50 ]; then\n"
    "        trap '' TERM # queueing again ends this script\n"
    "        scontrol requeue \"${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}\"\n"
    "    else\n"
    "        echo \"wsiproc: queued again ${SLURM_RESTART_COUNT} times: giving up; is --time too short for a slide?\" "
    ">&2\n"
    "    fi\n"
    "fi\n";

wsi_status wsi_slurm_script_text(const wsi_slurm_script *script, char **text, wsi_error *err)
{
    size_t size = 0;
    *text = NULL;
    FILE *out = script->command->out_of_memory ? NULL : open_memstream(text, &size);
    WSI_RETURN_IF(!out, WSI_ERR_NO_MEMORY, "out of memory");
    put_header(out, script);
    put_command(out, script->command);
    fputs(run_part, out);
    if (!script->options->no_requeue) fputs(requeue_part, out);
    fputs("exit \"$status\"\n", out);
    const int failed = ferror(out);
    if (fclose(out) == 0 && !failed) return WSI_OK;
    wsi_free(*text);
    *text = NULL;
    return wsi_error_set(err, WSI_ERR_NO_MEMORY, "out of memory");
}
