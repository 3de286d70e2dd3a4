/* The report as one page. All text is escaped, pictures are data of the page, and a policy in its head keeps a browser
 * from fetching anything whatever should get through; it reads without scripts, one only sorts the table. */
#include <stdio.h>
#include <string.h>

#include "cli-text.h"
#include "common/mem.h"
#include "merge-report.h"
#include "picture.h"

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src "
    "'unsafe-inline'; script-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n";

static const char style[] =
    "<style>\n"
    "body{font:14px/1.4 sans-serif;margin:1.5em;color:#222;background:#fff}\n"
    "h1{font-size:1.5em}h2{font-size:1.2em;margin-top:1.6em}\n"
    "table{border-collapse:collapse}th,td{padding:.25em .6em;text-align:left;vertical-align:top;"
    "border-bottom:1px solid #ddd}\n"
    "th{background:#f4f4f4;position:sticky;top:0;white-space:nowrap}"
    ".n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\n"
    ".s th{cursor:pointer}.s td:first-child{min-width:13em;overflow-wrap:anywhere}\n"
    ".p{color:#666;font-size:.85em;overflow-wrap:anywhere;max-width:28em}td.p{min-width:13em}"
    ".i{min-width:26em}.i img{max-width:12em;height:auto}.i figcaption{max-width:15em}\n"
    ".r{min-width:22em;overflow-wrap:anywhere}.failed{color:#b00020;font-weight:bold}.running{color:#0a58ca}"
    ".waiting{color:#666}.done{color:#18733a}\n"
    "figure{display:inline-block;margin:0 .6em .4em 0;vertical-align:top}figcaption{font-size:.8em;color:#555}\n"
    "img{display:block;border:1px solid #ccc}.z{image-rendering:pixelated}code{overflow-wrap:anywhere}\n";

/* Numbers sort as numbers, by what data-v says. */
static const char script[] =
    "<script>\n"
    "document.querySelectorAll('table.s').forEach(function(t){t.querySelectorAll('th').forEach(function(h,i){var d=1;\n"
    "h.addEventListener('click',function(){var b=t.tBodies[0],r=Array.from(b.rows);\n"
    "r.sort(function(x,y){var p=x.cells[i],q=y.cells[i],u=p.dataset.v,w=q.dataset.v;\n"
    "return d*(u!==undefined&&w!==undefined?u-w:p.textContent.localeCompare(q.textContent))});\n"
    "d=-d;r.forEach(function(x){b.appendChild(x)})})})});\n"
    "</script>\n";

/* ---- Pieces ---- */

static void put_text(FILE *out, const char *text)
{
    for (const char *s = text ? text : ""; *s; s++) {
        const char *entity = *s == '&'    ? "&amp;"
                             : *s == '<'  ? "&lt;"
                             : *s == '>'  ? "&gt;"
                             : *s == '"'  ? "&quot;"
                             : *s == '\'' ? "&#39;"
                                          : NULL;
        if (entity) {
            fputs(entity, out);
        } else {
            fputc((unsigned char)*s < 0x20 || *s == 0x7f ? ' ' : *s, out);
        }
    }
}

static const char *text_of(const json_t *json, const char *key)
{
    return json_string_value(json_object_get(json, key));
}

static void put_cell(FILE *out, const char *text)
{
    fputs("<td>", out);
    put_text(out, text);
    fputs("</td>", out);
}

/* A number with so many decimals; an empty cell where there is none. */
static void put_number(FILE *out, const json_t *json, const char *key, int decimals)
{
    const json_t *value = json_object_get(json, key);
    if (!json_is_number(value)) {
        fputs("<td></td>", out);
        return;
    }
    const double v = json_number_value(value);
    fprintf(out, "<td class=\"n\" data-v=\"%.15g\">%.*f</td>", v, decimals, v);
}

static void put_bytes(FILE *out, const json_t *json, const char *key)
{
    char text[WSI_TEXT_SHORT];
    const json_t *value = json_object_get(json, key);
    if (!json_is_integer(value)) {
        fputs("<td></td>", out);
        return;
    }
    const json_int_t bytes = json_integer_value(value);
    fprintf(out, "<td class=\"n\" data-v=\"%lld\">%s</td>", (long long)bytes, wsi_text_bytes((uint64_t)bytes, text));
}

static void put_heads(FILE *out, const char *kind, const char *const *heads)
{
    fprintf(out, "<table%s>\n<thead><tr>", kind);
    for (; *heads; heads++) fprintf(out, "<th>%s</th>", *heads);
    fputs("</tr></thead>\n<tbody>\n", out);
}

/* The slide's name, and below it the path of its file. */
static void put_slide_cell(FILE *out, const json_t *slide)
{
    const char *id = text_of(slide, "id");
    fputs("<td>", out);
    put_text(out, text_of(slide, "base"));
    if (id) fputs(" (", out);
    put_text(out, id);
    if (id) fputs(")", out);
    fputs("<div class=\"p\">", out);
    put_text(out, text_of(slide, "input"));
    fputs("</div></td>", out);
}

/* ---- Pictures ---- */

/* Only what base64 is made of goes into the page unescaped. */
static int is_base64(const char *text)
{
    return text && text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")] == '\0';
}

static void put_quality(FILE *out, const json_t *quality)
{
    fprintf(out, "<div class=\"scale\"></div>min %.4g, mean %.4g, max %.4g",
            json_number_value(json_object_get(quality, "min")), json_number_value(json_object_get(quality, "mean")),
            json_number_value(json_object_get(quality, "max")));
    const json_int_t level = json_integer_value(json_object_get(quality, "level"));
    if (level > 0) fprintf(out, " (of level %lld)", (long long)level);
}

static void put_picture(FILE *out, const json_t *picture)
{
    const char *jpeg = text_of(picture, "jpeg"), *note = text_of(picture, "note");
    const json_t *quality = json_object_get(picture, "quality");
    fputs("<figure>", out);
    if (is_base64(jpeg)) {
        const json_int_t w = json_integer_value(json_object_get(picture, "width"));
        const json_int_t h = json_integer_value(json_object_get(picture, "height"));
        const json_int_t longer = w > h ? w : h, zoom = longer > 0 && longer < 96 ? 192 / longer : 1;
        fprintf(out, "<img%s src=\"data:image/jpeg;base64,%s\" width=\"%lld\" height=\"%lld\" alt=\"",
                zoom > 1 ? " class=\"z\"" : "", jpeg, (long long)(w * zoom), (long long)(h * zoom));
        put_text(out, text_of(picture, "title"));
        fputs("\">", out);
    }
    fputs("<figcaption>", out);
    put_text(out, text_of(picture, "title"));
    if (note) fputs(": ", out);
    put_text(out, note);
    if (json_is_object(quality)) put_quality(out, quality);
    fputs("</figcaption></figure>", out);
}

static void put_pictures(FILE *out, const json_t *pictures)
{
    size_t i;
    json_t *picture;
    fputs("<td class=\"i\">", out);
    json_array_foreach(pictures, i, picture) put_picture(out, picture);
    fputs("</td>", out);
}

static void put_scale_style(FILE *out)
{
    fputs(".scale{height:8px;max-width:256px;background:linear-gradient(to right", out);
    for (int i = 0; i <= 8; i++) {
        unsigned char c[3];
        wsi_picture_scale_colour(i / 8.0, c);
        fprintf(out, ",rgb(%d,%d,%d)", c[0], c[1], c[2]);
    }
    fputs(")}\n</style>\n", out);
}

/* ---- Sections ---- */

static void put_totals(FILE *out, const json_t *totals)
{
    static const char *const heads[] = {"slides",     "done", "running", "failed",  "waiting",   "time of slides, s",
                                        "elapsed, s", "MPix", "MPix/s",  "written", "bad tiles", NULL};
    static const char *const counts[] = {"slides", "done", "running", "failed", "waiting", NULL};
    put_heads(out, "", heads);
    fputs("<tr>", out);
    for (int i = 0; counts[i]; i++) put_number(out, totals, counts[i], 0);
    put_number(out, totals, "seconds", 1);
    put_number(out, totals, "elapsed_seconds", 1);
    put_number(out, totals, "mpix", 1);
    put_number(out, totals, "mpix_per_second", 1);
    put_bytes(out, totals, "bytes_written");
    put_number(out, totals, "bad_tiles", 0);
    fputs("</tr>\n</tbody></table>\n", out);
}

static void put_failures(FILE *out, const json_t *failures)
{
    static const char *const heads[] = {"slide", "kind", "reason", "attempts", "host", NULL};
    size_t i;
    json_t *slide;
    if (!json_array_size(failures)) return;
    fputs("<h2>Failures</h2>\n", out);
    put_heads(out, " class=\"s\"", heads);
    json_array_foreach(failures, i, slide)
    {
        fputs("<tr>", out);
        put_slide_cell(out, slide);
        put_cell(out, text_of(slide, "error_kind"));
        fputs("<td class=\"failed r\">", out);
        put_text(out, text_of(slide, "error"));
        fputs("</td>", out);
        put_number(out, slide, "attempts", 0);
        put_cell(out, text_of(slide, "host"));
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table>\n", out);
}

static void put_state(FILE *out, const json_t *slide)
{
    const char *state = text_of(slide, "state");
    fprintf(out, "<td class=\"%s\">%s", state, state);
    if (json_is_true(json_object_get(slide, "skipped"))) fputs(" (up to date)", out);
    const json_t *progress = json_object_get(slide, "progress");
    if (json_is_number(progress)) fprintf(out, " %.0f %%", 100 * json_number_value(progress));
    if (json_is_true(json_object_get(slide, "lost"))) fputs(", no sign of life", out);
    fputs("</td>", out);
}

static void put_slide(FILE *out, const json_t *slide, const json_t *pictures)
{
    size_t i;
    json_t *path;
    fputs("<tr>", out);
    put_slide_cell(out, slide);
    put_state(out, slide);
    put_number(out, slide, "seconds", 2);
    put_number(out, slide, "mpix", 1);
    put_number(out, slide, "mpix_per_second", 1);
    put_bytes(out, slide, "bytes_written");
    put_number(out, slide, "bad_tiles", 0);
    put_number(out, slide, "attempts", 0);
    put_cell(out, text_of(slide, "host"));
    fputs("<td class=\"p\">", out);
    json_array_foreach(json_object_get(slide, "outputs"), i, path)
    {
        if (i) fputs("<br>", out);
        put_text(out, json_string_value(path));
    }
    fputs("</td>", out);
    put_pictures(out, pictures);
    fputs("</tr>\n", out);
}

static void put_slides(FILE *out, const json_t *slides, const json_t *pictures)
{
    static const char *const heads[] = {"slide",     "state",    "time, s", "MPix",    "MPix/s",   "written",
                                        "bad tiles", "attempts", "host",    "outputs", "pictures", NULL};
    size_t i;
    json_t *slide;
    fputs("<h2>Slides</h2>\n", out);
    if (json_array_size(slides) > WSI_MERGE_PICTURED_MAX)
        fprintf(out, "<p>Pictures of the first %d slides and of those that failed.</p>\n", WSI_MERGE_PICTURED_MAX);
    put_heads(out, " class=\"s\"", heads);
    json_array_foreach(slides, i, slide) put_slide(out, slide, json_array_get(pictures, i));
    fputs("</tbody></table>\n", out);
}

static void put_run(FILE *out, const json_t *run)
{
    const double started = json_number_value(json_object_get(run, "started"));
    const json_t *ended = json_object_get(run, "ended"), *task = json_object_get(run, "slurm_array_task");
    fputs("<tr>", out);
    put_cell(out, text_of(run, "run"));
    put_cell(out, text_of(run, "host"));
    put_cell(out, text_of(run, "shard"));
    fputs("<td>", out);
    put_text(out, text_of(run, task ? "slurm_array_job" : "slurm_job"));
    if (task) fputc('_', out);
    put_text(out, json_string_value(task));
    fputs("</td>", out);
    if (json_is_number(ended)) {
        fprintf(out, "<td class=\"n\">%.1f</td>", json_number_value(ended) - started);
    } else {
        fputs("<td>not ended</td>", out);
    }
    put_number(out, run, "exit_status", 0);
    fputs("<td><code>", out);
    put_text(out, text_of(run, "chain"));
    fputs("</code></td></tr>\n", out);
}

static void put_runs(FILE *out, const json_t *runs)
{
    static const char *const heads[] = {"run", "host", "shard", "Slurm job", "time, s", "exit status", "chain", NULL};
    size_t i;
    json_t *run;
    fputs("<h2>Runs</h2>\n", out);
    put_heads(out, " class=\"s\"", heads);
    json_array_foreach(runs, i, run) put_run(out, run);
    fputs("</tbody></table>\n", out);
}

static void put_page(FILE *out, const json_t *report, const json_t *pictures)
{
    const json_t *slides = json_object_get(report, "slides");
    const size_t count = json_array_size(slides);
    fputs(head, out);
    fprintf(out, "<title>wsiproc: %zu slide%s</title>\n", count, count == 1 ? "" : "s");
    fputs(style, out);
    put_scale_style(out);
    fprintf(out, "</head>\n<body>\n<h1>%zu slide%s%s</h1>\n", count, count == 1 ? "" : "s",
            json_is_true(json_object_get(report, "complete")) ? "" : ", not all done");
    put_totals(out, json_object_get(report, "totals"));
    put_failures(out, json_object_get(report, "failures"));
    put_slides(out, slides, pictures);
    put_runs(out, json_object_get(report, "runs"));
    fprintf(out, "<p class=\"p\">wsiproc %s</p>\n", text_of(report, "wsiproc"));
    fputs(script, out);
    fputs("</body>\n</html>\n", out);
}

wsi_status wsi_merge_html(const json_t *report, const json_t *pictures, char **text, size_t *size, wsi_error *err)
{
    *text = NULL;
    FILE *out = open_memstream(text, size);
    if (out) put_page(out, report, pictures);
    const int failed = !out || ferror(out);
    if (out && fclose(out) == 0 && !failed) return WSI_OK;
    wsi_free(*text);
    *text = NULL;
    return wsi_error_set(err, WSI_ERR_NO_MEMORY, "out of memory");
}
