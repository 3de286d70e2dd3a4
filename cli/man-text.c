/* Escapes as groff_man(7) and man-pages(7) have them: what a user may type or copy stays ASCII on every terminal. */
#include "man-text.h"

#include <ctype.h>
#include <string.h>

#include <wsiproc/version.h>

#include "values.h"

static void put(FILE *out, char c)
{
    static const char special[] = "\\-'`^~";
    static const char *const escaped[] = {"\\e", "\\-", "\\(aq", "\\(ga", "\\(ha", "\\(ti"};
    const char *at = strchr(special, c);
    if (at) {
        fputs(escaped[at - special], out);
    } else {
        fputc(c, out);
    }
}

void wsi_man_inline(FILE *out, const char *text)
{
    for (; *text; text++) put(out, *text);
}

/* A whole line; one that begins with a full stop would be a request. */
static void put_line(FILE *out, const char *text, size_t length)
{
    if (*text == '.') fputs("\\&", out);
    for (size_t i = 0; i < length; i++) put(out, text[i]);
    fputc('\n', out);
}

void wsi_man_paragraphs(FILE *out, const char *text)
{
    int literal = 0, gap = 0; /* within lines kept as they are; a blank line before this one */
    while (*text) {
        const size_t length = strcspn(text, "\n");
        if (length) {
            const int keep = *text == ' ';
            if (literal && !keep) fputs(".fi\n", out);
            if (gap) fputs(".PP\n", out);
            if (keep && !literal) fputs(".nf\n", out);
            put_line(out, text, length);
            literal = keep;
        }
        gap = !length;
        text += length + (text[length] == '\n');
    }
    if (literal) fputs(".fi\n", out);
}

void wsi_man_lines(FILE *out, const char *text)
{
    fputs(".PP\n.nf\n", out);
    while (*text) {
        const size_t length = strcspn(text, "\n");
        put_line(out, text, length);
        text += length + (text[length] == '\n');
    }
    fputs(".fi\n", out);
}

static void put_upper(FILE *out, const char *text)
{
    for (; *text; text++) put(out, (char)toupper((unsigned char)*text));
}

void wsi_man_begin(FILE *out, const char *page, int section, const char *summary)
{
    const size_t length = strlen(summary);
    fputs(".\\\" Written by wsiproc from its own tables; do not edit.\n.TH ", out);
    put_upper(out, page);
    fprintf(out, " %d \"\" \"wsiproc %s\" \"wsiproc manual\"\n.nh\n.ad l\n.SH NAME\n", section, WSI_VERSION_STRING);
    wsi_man_inline(out, page);
    fputs(" \\- ", out);
    put_line(out, summary, length - (length && summary[length - 1] == '.'));
}

void wsi_man_heading(FILE *out, const char *title)
{
    fputs(".SH ", out);
    put_upper(out, title);
    fputc('\n', out);
}

void wsi_man_tag(FILE *out, const char *bold, const char *italic)
{
    fputs(".TP\n\\fB", out);
    wsi_man_inline(out, bold);
    fputs("\\fR", out);
    if (italic) {
        fputs(" \\fI", out);
        wsi_man_inline(out, italic);
        fputs("\\fR", out);
    }
    fputc('\n', out);
}

static void reference(FILE *out, const char *page, int section, const char *this_page, int *count)
{
    if (strcmp(page, this_page) == 0) return;
    fputs((*count)++ ? ",\n\\fB" : "\\fB", out);
    wsi_man_inline(out, page);
    fprintf(out, "\\fR(%d)", section);
}

void wsi_man_see_also(FILE *out, const char *page)
{
    const wsi_command *command;
    int count = 0;
    char name[64];
    wsi_man_heading(out, "See also");
    reference(out, "wsiproc", 1, page, &count);
    for (int i = 0; (command = wsi_command_shown(i)) != NULL; i++) {
        snprintf(name, sizeof name, "wsiproc-%s", command->name);
        reference(out, name, 1, page, &count);
    }
    reference(out, "wsiproc-chain", 7, page, &count);
    fputc('\n', out);
}
