// Arithmetic with amounts: checked sums, products that do not overflow in between, roots.
//
// Always: nothing wraps and nothing rounds unasked; what does not fit is `false`. No call of a compiler's library, which
// a module without libc does not have: `*`, `/` and shifts by a variable of an `amount` would be such calls.

#ifndef ARGOSY_WIDE_H
#define ARGOSY_WIDE_H

#include "argosy.h"

static inline bool add_amounts(amount a, amount b, amount *sum) {
    *sum = a + b;
    return *sum >= a;
}

static inline bool subtract_amounts(amount a, amount b, amount *left) {
    *left = a - b;
    return a >= b;
}

// 256 bits.
typedef struct {
    amount low;
    amount high;
} wide;

// `a * b`, which always fits: by limbs of 32 bits, least first.
static wide multiply(amount a, amount b) {
    uint32_t x[4], y[4], out[8] = {0};
    __builtin_memcpy(x, &a, sizeof x);
    __builtin_memcpy(y, &b, sizeof y);
    for (int i = 0; i < 4; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < 4; j++) {
            carry += (uint64_t)x[i] * y[j] + out[i + j];
            out[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
        out[i + 4] = (uint32_t)carry;
    }
    wide product;
    __builtin_memcpy(&product.low, out, sizeof product.low);
    __builtin_memcpy(&product.high, out + 4, sizeof product.high);
    return product;
}

// `a * b`; `false` if it does not fit.
static bool multiply_amounts(amount a, amount b, amount *product) {
    wide whole = multiply(a, b);
    *product = whole.low;
    return whole.high == 0;
}

// `a * b / divisor`, exact in between; `false` if the divisor is 0 or the result does not fit.
static bool multiply_divide(amount a, amount b, amount divisor, bool up, amount *quotient) {
    wide left = multiply(a, b);
    if (left.high >= divisor) return false;
    // Bit by bit: `high` is the remainder, below the divisor; bits of the quotient come into `low` from below.
    for (int bit = 0; bit < 128; bit++) {
        bool carry = left.high >> 127;
        left.high = left.high << 1 | left.low >> 127;
        left.low <<= 1;
        if (carry || left.high >= divisor) {
            left.high -= divisor;
            left.low |= 1;
        }
    }
    *quotient = left.low;
    return !up || left.high == 0 || add_amounts(left.low, 1, quotient);
}

// The square root of `a * b`, rounded down.
static amount root_of_product(amount a, amount b) {
    wide product = multiply(a, b);
    amount root = 0;
    // From the top bit on, each is kept if the square still fits.
    for (amount bit = (amount)1 << 127; bit != 0; bit >>= 1) {
        wide square = multiply(root | bit, root | bit);
        bool fits = square.high == product.high ? square.low <= product.low : square.high < product.high;
        if (fits) root |= bit;
    }
    return root;
}

#endif
