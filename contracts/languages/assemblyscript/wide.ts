// Arithmetic with amounts: checked sums, products that do not overflow in between, roots.
//
// Always: nothing wraps and nothing rounds unasked; what does not fit is `null`.

import { Amount, create } from "./argosy";

export function amountOf(low: u64): Amount {
  const amount = create<Amount>();
  amount.low = low;
  return amount;
}

export function add(a: Amount, b: Amount): Amount | null {
  const sum = create<Amount>();
  sum.low = a.low + b.low;
  sum.high = a.high + b.high;
  const isOver = sum.high < a.high;
  sum.high += <u64>(sum.low < a.low);
  return isOver || (sum.low < a.low && sum.high == 0) ? null : sum;
}

export function subtract(a: Amount, b: Amount): Amount | null {
  return a.isBelow(b) ? null : a.minus(b);
}

/** 256 bits. */
@unmanaged @final
export class Wide {
  low: Amount;
  high: Amount;

  /** `a * b`, which always fits: by limbs of 32 bits, least first. */
  static product(a: Amount, b: Amount): Wide {
    const out = create<Wide>();
    out.low = create<Amount>();
    out.high = create<Amount>();
    out.multiply(a, b);
    return out;
  }

  /** The same in place. */
  multiply(a: Amount, b: Amount): void {
    const low = changetype<usize>(this.low);
    const high = changetype<usize>(this.high);
    this.low.low = this.low.high = this.high.low = this.high.high = 0;
    for (let i: u32 = 0; i < 4; i++) {
      const factor: u64 = load<u32>(changetype<usize>(a) + 4 * i);
      let carry: u64 = 0;
      for (let j: u32 = 0; j < 4; j++) {
        const limb = i + j;
        const place = limb < 4 ? low + 4 * limb : high + 4 * (limb - 4);
        carry += factor * <u64>load<u32>(changetype<usize>(b) + 4 * j) + <u64>load<u32>(place);
        store<u32>(place, <u32>carry);
        carry >>= 32;
      }
      store<u32>(high + 4 * i, <u32>carry);
    }
  }

  isAbove(other: Wide): bool {
    if (this.high.isBelow(other.high)) return false;
    return other.high.isBelow(this.high) || other.low.isBelow(this.low);
  }
}

/** `a * b`. */
export function multiply(a: Amount, b: Amount): Amount | null {
  const product = Wide.product(a, b);
  return product.high.isZero() ? product.low : null;
}

/** `a * b / divisor`, exact in between; `null` also if the divisor is 0. */
export function multiplyDivide(a: Amount, b: Amount, divisor: Amount, up: bool): Amount | null {
  const left = Wide.product(a, b);
  const low = left.low;
  const high = left.high;
  if (!high.isBelow(divisor)) return null;
  // Bit by bit: `high` is the remainder, below the divisor; bits of the quotient come into `low` from below.
  for (let bit = 0; bit < 128; bit++) {
    const carry = high.high >> 63;
    high.high = (high.high << 1) | (high.low >> 63);
    high.low = (high.low << 1) | (low.high >> 63);
    low.high = (low.high << 1) | (low.low >> 63);
    low.low <<= 1;
    if (carry == 1 || !high.isBelow(divisor)) {
      const borrow = <u64>(high.low < divisor.low);
      high.low -= divisor.low;
      high.high -= divisor.high + borrow;
      low.low |= 1;
    }
  }
  return up && !high.isZero() ? add(low, amountOf(1)) : low;
}

/** The square root of `a * b`, rounded down. */
export function rootOfProduct(a: Amount, b: Amount): Amount {
  const product = Wide.product(a, b);
  const square = Wide.product(a, b);
  const root = create<Amount>();
  const tried = create<Amount>();
  // From the top bit on, each is kept if the square still fits.
  for (let bit = 127; bit >= 0; bit--) {
    const mask = <u64>1 << (bit & 63);
    tried.low = bit < 64 ? root.low | mask : root.low;
    tried.high = bit < 64 ? root.high : root.high | mask;
    square.multiply(tried, tried);
    if (square.isAbove(product)) continue;
    root.low = tried.low;
    root.high = tried.high;
  }
  return root;
}
