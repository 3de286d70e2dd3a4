/* Parsing and printing of small pieces of text. No locale: the program stays in the C locale, so '.' is the
 * decimal point of strtod and printf. */
#include "cli-text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int wsi_text_parse_int(const char *text, int64_t *value)
{
    const char *digits = text + (*text == '-' || *text == '+');
    if (*digits == '\0' || digits[strspn(digits, "0123456789")] != '\0') return 0;
    errno = 0;
    const long long parsed = strtoll(text, NULL, 10);
    if (errno) return 0;
    *value = parsed;
    return 1;
}

int wsi_text_parse_float(const char *text, double *value)
{
    if (*text == '\0' || text[strspn(text, "0123456789.eE+-")] != '\0') return 0;
    char *end;
    const double parsed = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(parsed)) return 0;
    *value = parsed;
    return 1;
}

static int size_unit(const char *suffix, double *factor)
{
    static const struct {
        const char *name;
        double factor;
    } units[] = {{"", 1},
                 {"b", 1},
                 {"k", 1024.0},
                 {"kib", 1024.0},
                 {"kb", 1e3},
                 {"m", 1048576.0},
                 {"mib", 1048576.0},
                 {"mb", 1e6},
                 {"g", 1073741824.0},
                 {"gib", 1073741824.0},
                 {"gb", 1e9},
                 {"t", 1099511627776.0},
                 {"tib", 1099511627776.0},
                 {"tb", 1e12}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcasecmp(suffix, units[i].name) == 0) {
            *factor = units[i].factor;
            return 1;
        }
    }
    return 0;
}

int wsi_text_parse_size(const char *text, uint64_t *bytes)
{
    const size_t digits = strspn(text, "0123456789.");
    char number[WSI_TEXT_SHORT];
    double value, factor;
    if (digits == 0 || digits >= sizeof number) return 0;
    memcpy(number, text, digits);
    number[digits] = '\0';
    if (!wsi_text_parse_float(number, &value) || !size_unit(text + digits, &factor)) return 0;
    if (value * factor >= 0x1p63) return 0;
    *bytes = (uint64_t)(value * factor);
    return 1;
}

const char *wsi_text_bytes(uint64_t bytes, char buf[WSI_TEXT_SHORT])
{
    static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes;
    int unit = 0;
    while (value >= 1023.95 && unit < 6) {
        value /= 1024;
        unit++;
    }
    snprintf(buf, WSI_TEXT_SHORT, unit ? "%.1f %s" : "%.0f %s", value, names[unit]);
    return buf;
}

const char *wsi_text_duration(double seconds, char buf[WSI_TEXT_SHORT])
{
    if (!(seconds >= 0) || seconds > 1e7) {
        snprintf(buf, WSI_TEXT_SHORT, "-:--");
        return buf;
    }
    const long s = lround(seconds);
    if (s >= 3600) {
        snprintf(buf, WSI_TEXT_SHORT, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    } else {
        snprintf(buf, WSI_TEXT_SHORT, "%ld:%02ld", s / 60, s % 60);
    }
    return buf;
}

void wsi_text_one_line(char *buf, size_t size, const char *text)
{
    size_t i = 0;
    for (; text[i] && i + 1 < size; i++) {
        const unsigned char c = (unsigned char)text[i];
        buf[i] = c == '\t' ? ' ' : c < 0x20 || c == 0x7f ? '?' : text[i];
    }
    if (size) buf[i] = '\0';
}

static void blanks(FILE *out, int n)
{
    for (int i = 0; i < n; i++) fputc(' ', out);
}

void wsi_text_field(FILE *out, const char *text, char delimiter)
{
    const char special[] = {delimiter, '"', '\r', '\n', ' ', '\t', '\0'};
    if (*text != '#' && !text[strcspn(text, special)]) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (const char *s = text; *s; s++) {
        if (*s == '"') fputc('"', out);
        fputc(*s, out);
    }
    fputc('"', out);
}

void wsi_text_wrap(FILE *out, const char *text, int column, int indent, int width)
{
    int at_start = 1; /* no word in this line yet */
    if (column < indent) {
        blanks(out, indent - column);
        column = indent;
    }
    while (*text) {
        const size_t word = strcspn(text, " \n");
        if (!at_start && column + 1 + (int)word > width) {
            fputc('\n', out);
            blanks(out, indent);
            column = indent;
            at_start = 1;
        }
        if (word) {
            fprintf(out, "%s%.*s", at_start ? "" : " ", (int)word, text);
            column += (int)word + !at_start;
            at_start = 0;
        }
        text += word;
        if (*text == '\n') {
            fputc('\n', out);
            if (text[1] && text[1] != '\n') blanks(out, indent);
            column = indent;
            at_start = 1;
        }
        if (*text) text++;
    }
    fputc('\n', out);
}
