//! Arithmetic with amounts: checked sums, products that do not overflow in between, roots.
//!
//! Always: nothing wraps and nothing rounds unasked; what does not fit is nothing.

pub fn add(a: u128, b: u128) ?u128 {
    const sum, const is_over = @addWithOverflow(a, b);
    return if (is_over == 1) null else sum;
}

pub fn subtract(a: u128, b: u128) ?u128 {
    return if (a < b) null else a - b;
}

/// `a * b`.
pub fn multiply(a: u128, b: u128) ?u128 {
    const whole = product(a, b);
    return if (whole.high == 0) whole.low else null;
}

/// Where a result goes that lies between two integers.
pub const Rounding = enum { down, up };

/// `a * b / divisor`, exact in between; nothing also if the divisor is 0.
pub fn multiplyDivide(a: u128, b: u128, divisor: u128, rounding: Rounding) ?u128 {
    const whole = product(a, b);
    if (whole.high >= divisor) return null;
    var remainder = whole.high;
    var quotient = whole.low;
    // Bit by bit: the remainder is below the divisor; bits of the quotient come in from below. A division of 256 bits
    // by the compiler's library would weigh more than the contract.
    for (0..128) |_| {
        const carry = remainder >> 127;
        remainder = remainder << 1 | quotient >> 127;
        quotient <<= 1;
        if (carry == 1 or remainder >= divisor) {
            remainder -%= divisor;
            quotient |= 1;
        }
    }
    return if (rounding == .up and remainder != 0) add(quotient, 1) else quotient;
}

/// The square root of `a * b`, rounded down.
pub fn rootOfProduct(a: u128, b: u128) u128 {
    const whole = product(a, b);
    var root: u128 = 0;
    var bit: u128 = 1 << 127;
    // From the top bit on, each is kept if the square still fits.
    while (bit != 0) : (bit >>= 1) {
        const square = product(root | bit, root | bit);
        const fits = if (square.high == whole.high) square.low <= whole.low else square.high < whole.high;
        if (fits) root |= bit;
    }
    return root;
}

const Wide = struct { low: u128, high: u128 };

/// `a * b`, which always fits: by limbs of 32 bits, least first.
fn product(a: u128, b: u128) Wide {
    const x: [4]u32 = @bitCast(a);
    const y: [4]u32 = @bitCast(b);
    var out: [8]u32 = @splat(0);
    for (x, 0..) |factor, at| {
        var carry: u64 = 0;
        for (y, at..) |other, place| {
            // At most 2^64 - 1.
            carry += @as(u64, factor) * other + out[place];
            out[place] = @truncate(carry);
            carry >>= 32;
        }
        out[at + 4] = @intCast(carry);
    }
    return .{ .low = @bitCast(out[0..4].*), .high = @bitCast(out[4..8].*) };
}
