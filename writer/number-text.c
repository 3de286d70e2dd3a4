/* Shortest decimal text of doubles, after R. Giulietti, "The Schubfach way to render doubles" (2020).
 *
 * A double c * 2^q is the middle of an interval of reals that all round to it; some 10^k fits into that interval at
 * most about twice, so that its shortest decimal is one of four multiples of 10^k or 10^(k+1) near it. Which of them
 * lie within is decided on the value and the interval's ends, scaled by 10^-k and rounded to odd. Whole numbers take a
 * shorter way; of all others below 2^53 and above 1e-38 the powers 10^-k are exact in 128 bits, so a table of 56 does.
 * What is smaller or larger is rare in tables and tried out by the C library. */
#include "number-text.h"

#include "common/plain-locale.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 u128;

static const char pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748"
    "49505152535455565758596061626364656667686970717273747576777879808182838485868788899091929394959697"
    "9899";

void wsi_number_table_fill(wsi_number_table *table)
{
    u128 power = 1;
    for (int i = 0; i < WSI_NUMBER_POWERS; i++) {
        u128 f = power;
        while (!(f >> 127)) f <<= 1;
        table->high[i] = (uint64_t)(f >> 64);
        table->low[i] = (uint64_t)f;
        power *= 5;
    }
}

/* ---- Digits ---- */

/* Decimal digits of value, at least one, into the end of text[20]; returns their number. */
static int digits_of(uint64_t value, char text[20])
{
    int at = 20;
    while (value >= 100) {
        at -= 2;
        memcpy(text + at, pairs + 2 * (value % 100), 2);
        value /= 100;
    }
    if (value >= 10) {
        at -= 2;
        memcpy(text + at, pairs + 2 * value, 2);
    } else {
        text[--at] = (char)('0' + value);
    }
    return 20 - at;
}

static char *put_whole(char *to, uint64_t value)
{
    char text[20];
    const int n = digits_of(value, text);
    memcpy(to, text + 20 - n, (size_t)n);
    return to + n;
}

char *wsi_number_int(char *to, int64_t value)
{
    if (value >= 0) return put_whole(to, (uint64_t)value);
    *to = '-';
    return put_whole(to + 1, 0 - (uint64_t)value);
}

/* digits * 10^exponent, with a point where that is short, and otherwise with an exponent. */
static char *put_scaled(char *to, uint64_t digits, int exponent)
{
    char text[20];
    while (digits % 10 == 0) {
        digits /= 10;
        exponent++;
    }
    const int n = digits_of(digits, text), point = n + exponent; /* digits before the point */
    const char *from = text + 20 - n;
    if (point > 0 && point < n) {
        memcpy(to, from, (size_t)point);
        to[point] = '.';
        memcpy(to + point + 1, from + point, (size_t)(n - point));
        return to + n + 1;
    }
    if (point <= 0 && point > -5) {
        memcpy(to, "0.0000", 6);
        memcpy(to + 2 - point, from, (size_t)n);
        return to + 2 - point + n;
    }
    *to++ = *from;
    if (n > 1) {
        *to++ = '.';
        memcpy(to, from + 1, (size_t)n - 1);
        to += n - 1;
    }
    *to++ = 'e';
    *to++ = point > 0 ? '+' : '-';
    const int shift = abs(point - 1);
    if (shift < 10) *to++ = '0';
    return put_whole(to, (uint64_t)shift);
}

/* ---- Doubles ---- */

/* power * c / 2^128, of which the last bit says as well whether anything was cut off. */
static uint64_t scaled(uint64_t high, uint64_t low, uint64_t c)
{
    const u128 below = (u128)low * c, above = (u128)high * c + (uint64_t)(below >> 64);
    return (uint64_t)(above >> 64) | ((uint64_t)above > 1);
}

/* value = fraction * 2^q, q < 0, and -1 - q within the table's reach: digits and exponent of the shortest decimal. */
static uint64_t shortest(const wsi_number_table *table, uint64_t fraction, int q, int *exponent)
{
    const int irregular = fraction == (uint64_t)1 << 52; /* a power of two: its lower neighbour is nearer */
    const int k = (int)((q * INT64_C(1262611) - (irregular ? 524031 : 0)) >> 22);
    const int shift = q + (int)((-k * INT64_C(1741647)) >> 19) + 1;
    const uint64_t high = table->high[-k], low = table->low[-k], odd = fraction & 1;
    const uint64_t lower = scaled(high, low, (4 * fraction - (irregular ? 1 : 2)) << shift) + odd;
    const uint64_t middle = scaled(high, low, (4 * fraction) << shift);
    const uint64_t upper = scaled(high, low, (4 * fraction + 2) << shift) - odd;
    const uint64_t whole = middle / 4, tens = whole / 10;
    *exponent = k + 1;
    const int down = lower <= 40 * tens, up = 40 * tens + 40 <= upper;
    if (whole >= 10 && down != up) return tens + (uint64_t)up;
    *exponent = k;
    const int floor_in = lower <= 4 * whole, ceiling_in = 4 * whole + 4 <= upper;
    if (floor_in != ceiling_in) return whole + (uint64_t)ceiling_in;
    const uint64_t half = 4 * whole + 2;
    return whole + (middle > half || (middle == half && (whole & 1)));
}

/* Seldom: very small and very large values. */
static char *put_by_library(char *to, double value)
{
    char text[WSI_NUMBER_TEXT_MAX];
    int n = 0;
    for (int precision = 1; precision <= 17; precision++) {
        n = wsi_plain_snprintf(text, sizeof text, "%.*e", precision - 1, value);
        if (wsi_plain_strtod(text, NULL) == value) break;
    }
    memcpy(to, text, (size_t)n);
    return to + n;
}

static char *put_special(char *to, double value)
{
    if (value != value) {
        memcpy(to, "nan", 3);
        return to + 3;
    }
    memcpy(to, value < 0 ? "-inf" : "inf", 4);
    return to + (value < 0 ? 4 : 3);
}

char *wsi_number_double(const wsi_number_table *table, char *to, double value)
{
    uint64_t bits;
    if (!isfinite(value)) return put_special(to, value);
    memcpy(&bits, &value, sizeof bits);
    if (bits >> 63) *to++ = '-';
    value = fabs(value);
    if (value < 0x1p53 && value == (double)(int64_t)value) return put_whole(to, (uint64_t)(int64_t)value);
    const int q = (int)((bits >> 52) & 0x7ff) - 1075;
    if (q >= 0 || q < -178) return put_by_library(to, value);
    int exponent;
    const uint64_t fraction = (bits & 0xfffffffffffffu) | (uint64_t)1 << 52;
    const uint64_t digits = shortest(table, fraction, q, &exponent);
    return put_scaled(to, digits, exponent);
}

char *wsi_number_hundredths(char *to, double value)
{
    const int64_t n = (int64_t)floor(fabs(value) * 100 + 0.5);
    if (value < 0 && n > 0) *to++ = '-';
    to = put_whole(to, (uint64_t)(n / 100));
    if (n % 100 == 0) return to;
    *to++ = '.';
    *to++ = (char)('0' + n % 100 / 10);
    if (n % 10) *to++ = (char)('0' + n % 10);
    return to;
}
