/* px/ headers compile in the common subset of C and C++ (this file is built with -Wc++-compat), and their scalar
 * functions hold what they promise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "kernels/px/bilateral-px.h"
#include "kernels/px/cast-px.h"
#include "kernels/px/gaussian-px.h"
#include "kernels/px/gray-px.h"
#include "kernels/px/invert-px.h"
#include "kernels/px/local-px.h"
#include "kernels/px/math-px.h"
#include "kernels/px/median-px.h"
#include "kernels/px/morphology-px.h"
#include "kernels/px/nl_means-px.h"
#include "kernels/px/normalize-px.h"
#include "kernels/px/rank-px.h"
#include "kernels/px/rescale-px.h"
#include "kernels/px/edges-px.h"
#include "kernels/px/stain-px.h"

static void logarithm_is_within_two_units(void **state)
{
    (void)state;
    for (float x = 1e-6f; x < 1e6f; x *= 1.00037f) {
        const double want = log((double)x), unit = fmax(fabs(want), 1e-3) * 0x1p-23;
        assert_true(fabs((double)wsi_px_log(x) - want) <= 2 * unit);
    }
    assert_true(wsi_px_log(1.0f) == 0.0f);
}

static void exponential_is_within_two_units(void **state)
{
    (void)state;
    for (float x = -80.0f; x < 80.0f; x += 0.0173f) {
        const double want = exp((double)x);
        assert_true(fabs((double)wsi_px_exp(x) - want) <= 2 * want * 0x1p-23);
    }
    assert_true(wsi_px_exp(0.0f) == 1.0f);
}

/* Distance of a float32 from the true value, in units of the last place there. */
static double units_off(float got, double want)
{
    const float nearest = (float)want;
    if (isnan(want)) return isnan(got) ? 0 : HUGE_VAL;
    if (isinf(nearest)) return got == nearest ? 0 : HUGE_VAL;
    return fabs((double)got - want) / fmax((double)nextafterf(fabsf(nearest), INFINITY) - fabs((double)nearest), 1e-45);
}

static void logarithm_and_power_of_two_are_float64(void **state)
{
    (void)state;
    for (float x = 1e-42f; x < 3e38f; x *= 1.0137f) {
        const double want = log2((double)x);
        assert_true(fabs(wsi_px_log2((double)x) - want) <= 1e-13 * fabs(want));
    }
    for (double x = 1e-300; x < 1e300; x *= 1.0137)
        assert_true(fabs(wsi_px_log2(x) - log2(x)) <= 1e-13 * fabs(log2(x)));
    for (double t = -1021; t < 1023; t += 0.0317) assert_true(fabs(wsi_px_exp2(t) / exp2(t) - 1) <= 1e-13);
    assert_true(wsi_px_exp2(1024) == HUGE_VAL && wsi_px_exp2(HUGE_VAL) == HUGE_VAL);
    assert_true(wsi_px_exp2(-1075) == 0 && wsi_px_exp2(-HUGE_VAL) == 0);
    assert_true(wsi_px_log2(0) == -HUGE_VAL && wsi_px_log2(HUGE_VAL) == HUGE_VAL && wsi_px_log2(1) == 0);
    assert_true(isnan(wsi_px_log2(-1)) && isnan(wsi_px_log2((double)NAN)) && isnan(wsi_px_exp2((double)NAN)));
}

static void power_is_within_one_unit(void **state)
{
    static const float exponents[] = {-40,  -2.4f, -1,   -1e-3f, 0, 1e-6f, 0.416666667f,
                                      0.5f, 1,     2.2f, 2.4f,   3, 17,    1e30f};
    static const float ends[] = {0.0f, -0.0f, 1e-45f, 1.0f, 0.99999994f, 1.0000001f, INFINITY, NAN};
    (void)state;
    for (size_t k = 0; k < sizeof exponents / sizeof exponents[0]; k++) {
        const float y = exponents[k];
        for (float x = 1e-42f; x < 3e38f; x *= 1.00917f)
            assert_true(units_off(wsi_px_pow(x, y), pow((double)x, (double)y)) <= 0.51);
        for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
            assert_true(units_off(wsi_px_pow(ends[i], y), pow(fabs((double)ends[i]), (double)y)) <= 0.51);
        assert_true(y == 0 ? wsi_px_pow(-0.5f, y) == 1 : y == 1 || isnan(wsi_px_pow(-0.5f, y)));
    }
    assert_true(wsi_px_pow(0.5f, INFINITY) == 0 && wsi_px_pow(2.0f, INFINITY) == INFINITY);
    assert_true(wsi_px_pow(1.0f, NAN) == 1 && isnan(wsi_px_pow(2.0f, NAN)));
}

static void cube_root_is_within_one_unit(void **state)
{
    static const float ends[] = {0.0f, 1e-45f, 1.17549435e-38f, 1.0f, 8.0f, 3.402823466e38f, INFINITY, NAN};
    (void)state;
    for (float x = 1e-42f; x < 3e38f; x *= 1.000917f) {
        assert_true(units_off(wsi_px_cbrt(x), cbrt((double)x)) <= 1);
        assert_true(wsi_px_cbrt(-x) == -wsi_px_cbrt(x));
    }
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        assert_true(units_off(wsi_px_cbrt(ends[i]), cbrt((double)ends[i])) <= 1);
    for (double x = 1e-18; x < 1e30; x *= 1.00137) assert_true(wsi_px_cbrt_f64(x) == wsi_px_cbrt_f64_of(x, 1));
    for (double x = 1e-300; x < 1e308; x *= 1.0137) assert_true(fabs(wsi_px_cbrt_f64(x) / cbrt(x) - 1) <= 1e-13);
    assert_true(wsi_px_cbrt_f64(0) == 0 && isnan(wsi_px_cbrt_f64((double)NAN)));
    assert_true(wsi_px_cbrt_f64(HUGE_VAL) == HUGE_VAL);
}

static void power_of_2_4_is_float64(void **state)
{
    (void)state;
    for (double x = 1e-18; x < 1e30; x *= 1.00137) assert_true(wsi_px_pow_2_4(x) == wsi_px_pow_2_4_of(x, 1));
    for (double x = 1e-30; x < 1e128; x *= 1.00137) assert_true(fabs(wsi_px_pow_2_4(x) / pow(x, 2.4) - 1) <= 1e-12);
    for (double x = 1e129; x < 1e308; x *= 1.37) assert_true(wsi_px_pow_2_4(x) == HUGE_VAL);
    assert_true(isnan(wsi_px_pow_2_4((double)NAN)) && wsi_px_pow_2_4(HUGE_VAL) == HUGE_VAL);
}

static void angles_are_within_three_units(void **state)
{
    static const float ends[] = {0.0f, -0.0f, 1.0f, -1.0f, 1e-30f, -3e38f, INFINITY, -INFINITY, NAN};
    const size_t n = sizeof ends / sizeof ends[0];
    (void)state;
    for (double angle = -3.2; angle < 3.2; angle += 1.37e-4)
        for (double size = 1e-20; size < 1e21; size *= 1e10) {
            const float y = (float)(size * sin(angle)), x = (float)(size * cos(angle));
            assert_true(units_off(wsi_px_atan2(y, x), atan2((double)y, (double)x)) <= 3);
        }
    for (float x = 1e-30f; x < 1e30f; x *= 1.0037f) {
        assert_true(units_off(wsi_px_atan(x), atan((double)x)) <= 3);
        assert_true(wsi_px_atan(-x) == -wsi_px_atan(x));
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            const float got = wsi_px_atan2(ends[i], ends[j]);
            assert_true(units_off(got, atan2((double)ends[i], (double)ends[j])) <= 3);
            assert_true(isnan(got) || !signbit(got) == !signbit(ends[i]));
        }
}

static void rounding_is_half_to_even(void **state)
{
    (void)state;
    for (int i = -300; i < 300; i++) {
        const float v = (float)i * 0.25f;
        assert_true(wsi_px_rint_small(v) == nearbyintf(v));
        assert_true(wsi_px_rint_f32(v) == nearbyintf(v));
        assert_true(wsi_px_rint_f64((double)v) == nearbyint((double)v));
        assert_true((int32_t)(wsi_px_rint_bits(v) << 10) >> 10 == (int32_t)nearbyintf(v));
    }
    assert_true(wsi_px_rint_f32(1e9f) == 1e9f);
    assert_true(wsi_px_rint_f32(-5e6f - 0.5f) == nearbyintf(-5e6f - 0.5f));
}

static void casts_saturate(void **state)
{
    (void)state;
    assert_int_equal(wsi_px_f32_to_u8(2.0f), 255);
    assert_int_equal(wsi_px_f32_to_u8(-1.0f), 0);
    assert_int_equal(wsi_px_f32_to_u8(NAN), 0);
    assert_int_equal(wsi_px_f32_to_u8(INFINITY), 255);
    assert_int_equal(wsi_px_f32_to_u8(-INFINITY), 0);
    assert_int_equal(wsi_px_f32_to_i16(-3.0f), -32768);
    assert_int_equal(wsi_px_f32_to_i8(NAN), 0);
    assert_true(wsi_px_f32_to_u32(1.0f) == 4294967295u);
    assert_true(wsi_px_f32_to_i32(1.0f) == 2147483647);
    assert_true(wsi_px_f32_to_i32(-2.0f) == INT32_MIN);
    for (int v = 0; v < 256; v++) assert_int_equal(wsi_px_f32_to_u8(wsi_px_u8_to_f32((uint8_t)v)), v);
    for (int v = 0; v < 65536; v++) assert_int_equal(wsi_px_f32_to_u16(wsi_px_u16_to_f32((uint16_t)v)), v);
}

static void keys_keep_the_order(void **state)
{
    static const float rising[] = {-INFINITY, -3.5f, -1e-40f, 0.0f, 1e-40f, 2.0f, INFINITY};
    (void)state;
    for (size_t i = 0; i < sizeof rising / sizeof rising[0]; i++) {
        assert_true(wsi_px_unkey_f32(wsi_px_key_f32(rising[i])) == rising[i]);
        assert_true(wsi_px_unkey_f64(wsi_px_key_f64((double)rising[i])) == (double)rising[i]);
        if (i == 0) continue;
        assert_true(wsi_px_key_f32(rising[i - 1]) < wsi_px_key_f32(rising[i]));
        assert_true(wsi_px_key_f64((double)rising[i - 1]) < wsi_px_key_f64((double)rising[i]));
    }
    assert_true(wsi_px_key_f32(-0.0f) == wsi_px_key_f32(0.0f));
    assert_true(wsi_px_key_f32(NAN) > wsi_px_key_f32(INFINITY));
    assert_true(isnan(wsi_px_unkey_f32(wsi_px_key_f32(-NAN))));
}

static void patch_weights_are_near_the_exponential(void **state)
{
    (void)state;
    for (double v = 0; v <= 5; v += 0.001) assert_true(fabs(wsi_px_nl_weight(v, 1) / exp(-v) - 1) < 0.04);
    assert_true(wsi_px_nl_weight(5.0001, 1) == 0);
    assert_true(wsi_px_nl_weight(-3, 1) == wsi_px_nl_weight(0, 1));
}

static void ranks_and_means_are_rounded_down(void **state)
{
    (void)state;
    assert_int_equal(wsi_px_rank_of(0, 9), 0);
    assert_int_equal(wsi_px_rank_of(0.5, 9), 4);
    assert_int_equal(wsi_px_rank_of(1, 9), 8);
    for (uint32_t n = 1; n < 70000; n += 97)
        for (uint32_t mean = 0; mean < 65535 && mean < 0xffffffffu / n - 1; mean += 1009) {
            assert_int_equal(wsi_px_rank_mean(mean * n, n), mean);
            assert_int_equal(wsi_px_rank_mean(mean * n + n - 1, n), mean);
        }
    assert_int_equal(wsi_px_bilateral_bin(0.25, 10, 4), 2);
    assert_int_equal(wsi_px_bilateral_bin(NAN, 10, 4), 4);
    assert_true(wsi_px_deviation(3, 3, 3, 1.0 / 3) == 0);
}

static void powers_and_levels(void **state)
{
    (void)state;
    for (int i = -60000; i <= 60000; i += 7) {
        const double v = i / 1000.0, want = exp2((double)(float)v);
        assert_true(fabs((double)wsi_px_power_of_2((float)v) / want - 1) < 4e-7);
    }
    assert_true(wsi_px_power_of_2(1e9f) == wsi_px_power_of_2(60.0f));
    assert_true(wsi_px_power_of_2(-1e9f) == wsi_px_power_of_2(-60.0f));
    assert_int_equal(wsi_px_grey_level(-3.0f), 0);
    assert_int_equal(wsi_px_grey_level(2.5f), 2);
    assert_int_equal(wsi_px_grey_level(3.5f), 4);
    assert_int_equal(wsi_px_grey_level(1e30f), 255);
}

/* Amounts of two stains: where one is not zero, the slope there is; where it is, the slope is not negative. */
static void amounts_of_stains(void **state)
{
    (void)state;
    const double ss = 0.9, tt = 1.1;
    for (int k = 0; k < 3; k++) {
        const double st = k * 0.45, det = ss * tt - st * st;
        const wsi_px_pair pair = {(float)(ss / det), (float)(st / det), (float)(tt / det), (float)(1 / ss),
                                  (float)(1 / tt)};
        for (int i = -20; i <= 20; i++)
            for (int j = -20; j <= 20; j++) {
                const double u = i / 7.0, v = j / 7.0;
                const wsi_px_amounts c = wsi_px_amounts_of((float)u, (float)v, pair);
                const double slope_s = (double)c.s * ss + (double)c.t * st - u;
                const double slope_t = (double)c.s * st + (double)c.t * tt - v;
                assert_true(c.s >= 0 && c.t >= 0);
                assert_true(c.s > 0 ? fabs(slope_s) < 1e-4 : slope_s > -1e-4);
                assert_true(c.t > 0 ? fabs(slope_t) < 1e-4 : slope_t > -1e-4);
            }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(powers_and_levels),
        cmocka_unit_test(amounts_of_stains),
        cmocka_unit_test(logarithm_is_within_two_units),
        cmocka_unit_test(exponential_is_within_two_units),
        cmocka_unit_test(rounding_is_half_to_even),
        cmocka_unit_test(casts_saturate),
        cmocka_unit_test(keys_keep_the_order),
        cmocka_unit_test(logarithm_and_power_of_two_are_float64),
        cmocka_unit_test(power_is_within_one_unit),
        cmocka_unit_test(cube_root_is_within_one_unit),
        cmocka_unit_test(power_of_2_4_is_float64),
        cmocka_unit_test(angles_are_within_three_units),
        cmocka_unit_test(ranks_and_means_are_rounded_down),
        cmocka_unit_test(patch_weights_are_near_the_exponential),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
