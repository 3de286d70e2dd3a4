/* Exact sums: known hard cases, a reference that adds single bits, any order and any cut, infinities and NaN. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "common/exact-sum.h"

enum { COUNT = 3000, BITS = 2200, LOWEST = 1074 };

static uint64_t draw(uint64_t *seed)
{
    *seed += 0x9e3779b97f4a7c15u;
    uint64_t z = *seed;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static double sum_of(const double *x, int n)
{
    wsi_exact_sum sum = {0};
    for (int i = 0; i < n; i++) wsi_exact_add(&sum, x[i]);
    return wsi_exact_value(&sum);
}

/* As numbers, with the sign of zero; any NaN is the same. */
static void assert_same(double got, double want)
{
    if (isnan(want))
        assert_true(isnan(got));
    else
        assert_memory_equal(&got, &want, sizeof(got));
}

/* The reference: one counter a bit, carries resolved once, the nearest double looked for bit by bit. */
static double slow_sum(const double *x, int n)
{
    static int64_t bit[BITS];
    memset(bit, 0, sizeof(bit));
    for (int i = 0; i < n; i++) {
        int exponent;
        const double fraction = frexp(fabs(x[i]), &exponent);
        const int64_t digits = (int64_t)ldexp(fraction, 53), sign = signbit(x[i]) ? -1 : 1;
        for (int b = 0; b < 53; b++) {
            const int at = exponent - 53 + b + LOWEST;
            if (digits >> b & 1) bit[at] += sign;
        }
    }
    int negative = 0;
    for (int pass = 0; pass < 2; pass++) { /* the second negates what came out negative */
        int64_t carry = 0;
        for (int b = 0; b < BITS; b++) {
            const int64_t all = (pass ? -bit[b] : bit[b]) + carry;
            bit[b] = all & 1;
            carry = all >> 1;
        }
        negative = pass;
        if (carry >= 0) break;
    }
    int top = BITS - 1;
    while (top >= 0 && !bit[top]) top--;
    double value = 0;
    for (int b = top; b >= 0 && b > top - 53; b--) value += ldexp((double)bit[b], b - LOWEST);
    int beneath = 0;
    for (int b = 0; b < top - 53; b++) beneath |= bit[b] != 0;
    if (top >= 53 && bit[top - 53] && (beneath || bit[top - 52])) value += ldexp(1, top - 52 - LOWEST);
    return negative ? -value : value;
}

static void known_cases(void **state)
{
    (void)state;
    const double tiny = 4.9406564584124654e-324, two53 = 9007199254740992.0;
    const double tenths[] = {.1, .1, .1, .1, .1, .1, .1, .1, .1, .1};
    assert_same(sum_of(tenths, 10), 1.0);
    assert_same(sum_of((double[]){1, 1e100, 1, -1e100}, 4), 2.0);
    assert_same(sum_of((double[]){1e308, 1e308, -1e308}, 3), 1e308);
    assert_same(sum_of((double[]){1e308, 1e308}, 2), (double)INFINITY);
    assert_same(sum_of((double[]){-1e308, -1e308}, 2), -(double)INFINITY);
    assert_same(sum_of((double[]){two53, 1}, 2), two53);
    assert_same(sum_of((double[]){two53, 1, tiny}, 3), two53 + 2);
    assert_same(sum_of((double[]){two53 + 2, 1}, 2), two53 + 4);
    assert_same(sum_of((double[]){two53 + 2, 1, -tiny}, 3), two53 + 2);
    assert_same(sum_of((double[]){-two53, -1, -tiny}, 3), -two53 - 2);
    assert_same(sum_of((double[]){DBL_MAX, ldexp(1, 969)}, 2), DBL_MAX);
    assert_same(sum_of((double[]){DBL_MAX, ldexp(1, 970)}, 2), (double)INFINITY);
    assert_same(sum_of((double[]){tiny, tiny, tiny}, 3), 3 * tiny);
    assert_same(sum_of((double[]){DBL_MIN, -tiny}, 2), DBL_MIN - tiny);
    assert_same(sum_of((double[]){-0.0, -0.0}, 2), 0.0);
    assert_same(sum_of((double[]){3.5, -3.5}, 2), 0.0);
    assert_same(sum_of(NULL, 0), 0.0);
}

static void special_values(void **state)
{
    (void)state;
    const double inf = (double)INFINITY, nan = (double)NAN;
    assert_same(sum_of((double[]){1, inf, -DBL_MAX}, 3), inf);
    assert_same(sum_of((double[]){-inf, 1, -inf}, 3), -inf);
    assert_same(sum_of((double[]){inf, 1, -inf}, 3), nan);
    assert_same(sum_of((double[]){1, nan, 2}, 3), nan);
    const float floats[] = {1, -INFINITY, 2};
    wsi_exact_sum sum = {0}, with = {0};
    wsi_exact_add_floats(&with, floats, 3);
    wsi_exact_merge(&sum, &with);
    assert_same(wsi_exact_value(&sum), -inf);
}

/* Magnitudes over `spread` powers of two, both signs, half of them cancelled by later ones. */
static void fill(double *x, int n, int spread, uint64_t *seed)
{
    for (int i = 0; i < n; i++) {
        const int exponent = (int)(draw(seed) % (uint64_t)spread) - spread / 2;
        const double digits = (double)(draw(seed) >> 11) + 1;
        x[i] = ldexp(digits, exponent - 53) * (draw(seed) & 1 ? 1 : -1);
        if (i >= n / 2) x[i] = -x[i - n / 2] * (draw(seed) % 50 ? 1 : .5);
    }
}

static void as_single_bits(void **state)
{
    (void)state;
    static double x[COUNT];
    uint64_t seed = 1;
    const int spreads[] = {1, 8, 60, 200, 2000};
    for (int round = 0; round < 200; round++) {
        const int n = (int)(draw(&seed) % 60) + 1;
        fill(x, n, spreads[round % 5], &seed);
        assert_same(sum_of(x, n), slow_sum(x, n));
    }
}

/* Long sums, whose carries move up on the way, shuffled and cut. */
static void any_order_and_cut(void **state)
{
    (void)state;
    static double x[COUNT];
    uint64_t seed = 2;
    fill(x, COUNT, 300, &seed);
    const double want = sum_of(x, COUNT);
    assert_true(isfinite(want) && fabs(want) > 0);
    for (int round = 0; round < 20; round++) {
        wsi_exact_sum part[3] = {{.pending = 0}};
        for (int i = COUNT - 1; i > 0; i--) {
            const int j = (int)(draw(&seed) % (uint64_t)(i + 1));
            const double kept = x[i];
            x[i] = x[j];
            x[j] = kept;
        }
        for (int i = 0; i < COUNT; i++) wsi_exact_add(&part[draw(&seed) % 3], x[i]);
        wsi_exact_merge(&part[1], &part[2]);
        wsi_exact_merge(&part[1], &part[0]);
        assert_same(wsi_exact_value(&part[1]), want);
    }
}

/* Runs of floats, of like and of unlike magnitude, any length. */
static void floats(void **state)
{
    (void)state;
    static float x[COUNT];
    uint64_t seed = 3;
    const int spreads[] = {1, 20, 60, 276};
    for (int round = 0; round < 100; round++) {
        const int n = (int)(draw(&seed) % COUNT), spread = spreads[round % 4];
        wsi_exact_sum quick = {0}, plain = {0};
        for (int i = 0; i < n; i++) {
            const int exponent = (int)(draw(&seed) % (uint64_t)spread) - spread / 2;
            x[i] = (float)ldexp((double)((int64_t)(draw(&seed) >> 40) - (1 << 23)), exponent - 24);
            wsi_exact_add(&plain, (double)x[i]);
        }
        wsi_exact_add_floats(&quick, x, n);
        assert_same(wsi_exact_value(&quick), wsi_exact_value(&plain));
    }
}

static void integers(void **state)
{
    (void)state;
    uint64_t seed = 4;
    for (int round = 0; round < 1000; round++) {
        const int64_t value = (int64_t)(draw(&seed) >> 2) * (round % 2 ? 1 : -1);
        const int exponent = (int)(draw(&seed) % 1801) - 1000;
        const int64_t high = value / 65536, low = value % 65536;
        const double parts[] = {ldexp((double)high, exponent + 16), ldexp((double)low, exponent)};
        wsi_exact_sum sum = {0};
        wsi_exact_add_integer(&sum, value, exponent);
        assert_same(wsi_exact_value(&sum), sum_of(parts, 2));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_cases), cmocka_unit_test(special_values), cmocka_unit_test(as_single_bits),
        cmocka_unit_test(floats),      cmocka_unit_test(integers),       cmocka_unit_test(any_order_and_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
