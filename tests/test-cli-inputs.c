/* From operands to slides: stems, directories, manifests. Slides are tiny TIFF files made here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/inputs.h"
#include "common/mem.h"

static char root[] = "/tmp/wsiproc-inputs-XXXXXX"; /* the working directory of every test */

static void write_text(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    assert_int_equal(fclose(out), 0);
}

/* One 1x1 grey pixel, uncompressed. */
static void write_slide(const char *path)
{
    static const uint16_t entries[][2] = {{256, 1}, {257, 1}, {258, 8}, {259, 1}, {262, 1},
                                          {273, 8}, {277, 1}, {278, 1}, {279, 1}};
    enum { ENTRIES = sizeof entries / sizeof entries[0] };
    unsigned char file[10 + 2 + ENTRIES * 12 + 4] = {'I', 'I', 42, 0, 10, 0, 0, 0, 128, 0, ENTRIES, 0};
    for (int i = 0; i < ENTRIES; i++) {
        unsigned char *entry = file + 12 + i * 12;
        entry[0] = (unsigned char)entries[i][0];
        entry[1] = (unsigned char)(entries[i][0] >> 8);
        entry[2] = 3; /* SHORT */
        entry[4] = 1;
        entry[8] = (unsigned char)entries[i][1];
    }
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(file, 1, sizeof file, out), sizeof file);
    fclose(out);
}

static int enter_root(void **state)
{
    (void)state;
    return mkdtemp(root) && chdir(root) == 0 ? 0 : -1;
}

static int leave_root(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

/* ---- Stems ---- */

static void stems_lose_one_extension(void **state)
{
    static const char *const cases[][2] = {
        {"a/b/slide.svs", "slide"},
        {"x.ome.tif", "x"},
        {"X.OME.TIFF", "X"},
        {"x.y.tif", "x.y"},
        {"no-extension", "no-extension"},
        {".hidden", ".hidden"},
        {".ome.tif", ".ome"},
        {"dots.in.folder/name", "name"},
        {"test3-DAPI-2-(387).ndpi", "test3-DAPI-2-(387)"},
        {"synthetic:1000x1000,seed=1", "synthetic-1000x1000-seed1"},
        {"synthetic:10x10,mpp=0.5,x=a/b", "synthetic-10x10-mpp0.5-xa_b"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *stem = wsi_input_stem(cases[i][0]);
        assert_string_equal(stem, cases[i][1]);
        wsi_free(stem);
    }
}

/* ---- Expansion ---- */

typedef struct expected {
    const char *path, *base;
    wsi_status failure;
} expected;

static void expect_inputs(const char *operand, const char *output, const expected *list, size_t count)
{
    const wsi_inputs_options options = {.output = output};
    wsi_inputs inputs = {0};
    wsi_error err = {0};
    if (wsi_inputs_add(&inputs, operand, &options, &err) != WSI_OK) fail_msg("%s", err.message);
    assert_int_equal(inputs.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(inputs.items[i].path, list[i].path);
        if (list[i].base) assert_string_equal(inputs.items[i].base, list[i].base);
        assert_int_equal(inputs.items[i].failure, list[i].failure);
    }
    wsi_inputs_clear(&inputs);
}

#define EXPECT(operand, output, ...)                                                                                   \
    do {                                                                                                               \
        const expected list_[] = {__VA_ARGS__};                                                                        \
        expect_inputs(operand, output, list_, sizeof list_ / sizeof list_[0]);                                         \
    } while (0)

static void directories_are_searched(void **state)
{
    (void)state;
    assert_int_equal(mkdir("s", 0777) | mkdir("s/b", 0777) | mkdir("s/.hidden", 0777) | mkdir("s/out", 0777), 0);
    write_slide("s/z.tif");
    write_slide("s/b/a.ome.tif");
    write_slide("s/b/no-extension");
    write_slide("s/.hidden/x.tif");
    write_slide("s/.x.tif");
    write_slide("s/half.tif.part");
    write_slide("s/out/result.tif");
    write_text("s/notes.txt", "not a slide\n");
    assert_int_equal(symlink("..", "s/b/loop") | symlink("nowhere", "s/dangling.tif") | symlink("b", "s/c"), 0);
    assert_int_equal(mkfifo("s/pipe.tif", 0666), 0);
    EXPECT("s", "s/out", {"s/b/a.ome.tif", "b/a", WSI_OK}, {"s/b/no-extension", "b/no-extension", WSI_OK},
           {"s/z.tif", "z", WSI_OK});
    EXPECT("s/b/", "elsewhere", {"s/b/a.ome.tif", "a", WSI_OK}, {"s/b/loop/out/result.tif", "loop/out/result", WSI_OK},
           {"s/b/loop/z.tif", "loop/z", WSI_OK}, {"s/b/no-extension", "no-extension", WSI_OK});
    assert_int_equal(mkdir("empty", 0777), 0);
    EXPECT("empty", NULL, {"empty", NULL, WSI_ERR_INPUT_FORMAT});
}

static void named_files_are_never_ignored(void **state)
{
    (void)state;
    write_text("text.svs", "not a slide\n");
    assert_int_equal(mkfifo("pipe", 0666), 0);
    EXPECT("text.svs", NULL, {"text.svs", "text", WSI_OK});
    EXPECT("missing.svs", NULL, {"missing.svs", "missing", WSI_OK});
    EXPECT("pipe", NULL, {"pipe", NULL, WSI_ERR_INPUT_OPEN});
    EXPECT("synthetic:5x5", NULL, {"synthetic:5x5", "synthetic-5x5", WSI_OK});
}

/* ---- Manifests ---- */

static void manifests_are_read(void **state)
{
    const wsi_inputs_options options = {0};
    wsi_inputs inputs = {0};
    (void)state;
    assert_int_equal(mkdir("m", 0777), 0);
    write_text("m/table.csv", "\xef\xbb\xbfID, Path ,mpp,level,out name\r\n"
                              "A1,\"with, comma.svs\",0.5,2,case/1\r\n"
                              "\r\n# comment\r\n"
                              ",\"say \"\"hi\"\".svs\"\r\n"
                              ",\"synthetic:10x10,seed=2\",,,\r\n"
                              ",/abs/x.tif");
    assert_int_equal(wsi_inputs_add(&inputs, "m/table.csv", &options, NULL), WSI_OK);
    assert_int_equal(inputs.count, 4);
    assert_string_equal(inputs.items[0].path, "m/with, comma.svs");
    assert_string_equal(inputs.items[0].base, "case/1");
    assert_string_equal(inputs.items[0].id, "A1");
    assert_true(inputs.items[0].mpp == 0.5 && inputs.items[0].level == 2);
    assert_string_equal(inputs.items[1].path, "m/say \"hi\".svs");
    assert_true(inputs.items[1].mpp == 0 && inputs.items[1].level == -1 && !inputs.items[1].id);
    assert_string_equal(inputs.items[2].path, "synthetic:10x10,seed=2");
    assert_string_equal(inputs.items[3].path, "/abs/x.tif");
    wsi_inputs_clear(&inputs);

    write_text("m/table.tsv", "path\tout\na,b.svs\tx\n");
    EXPECT("m/table.tsv", NULL, {"m/a,b.svs", "x", WSI_OK});
    write_text("m/list.txt", "a, b.svs  \n\n# no\nsynthetic:10x10,seed=2\r\nlast.tif");
    EXPECT("m/list.txt", NULL, {"m/a, b.svs", "a, b", WSI_OK}, {"synthetic:10x10,seed=2", NULL, WSI_OK},
           {"m/last.tif", "last", WSI_OK});
    write_text("m/list", "only.svs\n"); /* no extension, text, no slide */
    EXPECT("m/list", NULL, {"m/only.svs", "only", WSI_OK});
    write_text("m/list.csv", "synthetic:10x10,seed=2\nx.svs\n");
    EXPECT("m/list.csv", NULL, {"synthetic:10x10,seed=2", NULL, WSI_OK}, {"m/x.svs", "x", WSI_OK});
    write_text("m/folder.txt", ".\n"); /* a folder in a manifest is no slide */
    EXPECT("m/folder.txt", NULL, {"m/.", NULL, WSI_ERR_INPUT_OPEN});
}

static void wrong_manifests_are_refused(void **state)
{
    static const char *const cases[][2] = {
        {"", "the manifest is empty"},
        {"\n# nothing\n", "the manifest is empty"},
        {"path\n", "names no slides"},
        {"a,b\nc,d\n", "line 1: the header has no column named path"},
        {"path,path\nx,y\n", "line 1: two columns are named path"},
        {"path,mpp\nx,fine\n", "line 2: mpp is not a number above 0: fine"},
        {"path,mpp\nx,-1\n", "line 2: mpp"},
        {"path,level\n\nx,1.5\n", "line 3: level is not a whole number 0 to 63: 1.5"},
        {"path,level\nx,64\n", "line 2: level"},
        {"path,out\nx,../y\n", "line 2: out is not a name below the output folder: ../y"},
        {"path,out\nx,/y\n", "line 2: out"},
        {"path,out\nx,a//b\n", "line 2: out"},
        {"path,out\nx,.\n", "line 2: out"},
        {"path,out\nx,.wsiproc/y\n", "line 2: out"},
        {"path,cost\nx,0\n", "line 2: cost is not a whole number above 0: 0"},
        {"path,cost\nx,1e3\n", "line 2: cost"},
        {"path,out\n,y\n", "line 2: no path"},
        {"path,out\nx,y,z\n", "line 2: more fields than the header has"},
        {"path,out\n\"x,y\n", "line 2: a quoted field does not end"},
        {"path,out\n\"x\"y,z\n", "line 2: text behind a quoted field"},
    };
    const wsi_inputs_options options = {0};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        wsi_inputs inputs = {0};
        wsi_error err = {0};
        write_text("wrong.csv", cases[i][0]);
        assert_int_equal(wsi_inputs_add(&inputs, "wrong.csv", &options, &err), WSI_ERR_USAGE);
        if (!strstr(err.message, cases[i][1])) fail_msg("'%s' is not in: %s", cases[i][1], err.message);
        if (strncmp(err.message, "wrong.csv: ", 11) != 0) fail_msg("not named: %s", err.message);
        wsi_inputs_clear(&inputs);
    }
}

static void manifests_of_noise_do_no_harm(void **state)
{
    static const char alphabet[] = "a,;\t\"\n\r #x.path";
    const wsi_inputs_options options = {0};
    uint32_t seed = 1;
    (void)state;
    for (int round = 0; round < 2000; round++) {
        char text[64] = "path,out\n";
        const size_t start = round % 2 ? strlen(text) : 0;
        for (size_t i = start; i < sizeof text - 1; i++) {
            seed = seed * 1664525u + 1013904223u;
            text[i] = alphabet[(seed >> 16) % (sizeof alphabet - 1)];
        }
        wsi_inputs inputs = {0};
        wsi_error err = {0};
        write_text("noise.csv", text);
        const wsi_status status = wsi_inputs_add(&inputs, "noise.csv", &options, &err);
        assert_true(status == WSI_OK ? inputs.count > 0 : status == WSI_ERR_USAGE && err.message[0]);
        wsi_inputs_clear(&inputs);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stems_lose_one_extension),      cmocka_unit_test(directories_are_searched),
        cmocka_unit_test(named_files_are_never_ignored), cmocka_unit_test(manifests_are_read),
        cmocka_unit_test(wrong_manifests_are_refused),   cmocka_unit_test(manifests_of_noise_do_no_harm),
    };
    return cmocka_run_group_tests(tests, enter_root, leave_root);
}
