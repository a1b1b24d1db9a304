//! Work by size, each with a checksum as its result. Plain code without special instructions, so
//! that native and Wasm do the same. Sources: FIPS 180-4 (SHA-256), FIPS 202 (the permutation).

#![allow(
    clippy::needless_range_loop,
    reason = "indices as in the standards and in every textbook"
)]

/// The Fibonacci number, by plain recursion: nothing but calls.
pub fn fib(size: u32) -> u64 {
    match size {
        0 | 1 => u64::from(size),
        _ => fib(size - 1).wrapping_add(fib(size - 2)),
    }
}

/// The next number of a linear congruence (Knuth's MMIX).
fn next(state: &mut u64) -> u64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    *state >> 16
}

const SHA256_START: [u32; 8] = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

#[rustfmt::skip]
const SHA256_ROUNDS: [u32; 64] = [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];

/// SHA-256's compression over so many bytes, in blocks of 64.
pub fn sha256(size: u32) -> u64 {
    let mut state = SHA256_START;
    let mut seed = 1;
    for _ in 0..size / 64 {
        let mut words = [0_u32; 64];
        for word in &mut words[..16] {
            *word = next(&mut seed) as u32;
        }
        compress(&mut state, &mut words);
    }
    u64::from(state[0]) << 32 | u64::from(state[7])
}

fn compress(state: &mut [u32; 8], w: &mut [u32; 64]) {
    for i in 16..64 {
        let s0 = w[i - 15].rotate_right(7) ^ w[i - 15].rotate_right(18) ^ (w[i - 15] >> 3);
        let s1 = w[i - 2].rotate_right(17) ^ w[i - 2].rotate_right(19) ^ (w[i - 2] >> 10);
        w[i] = w[i - 16]
            .wrapping_add(s0)
            .wrapping_add(w[i - 7])
            .wrapping_add(s1);
    }
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for i in 0..64 {
        let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
        let choice = (e & f) ^ (!e & g);
        let t1 = h
            .wrapping_add(s1)
            .wrapping_add(choice)
            .wrapping_add(SHA256_ROUNDS[i])
            .wrapping_add(w[i]);
        let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
        let majority = (a & b) ^ (a & c) ^ (b & c);
        (h, g, f, e) = (g, f, e, d.wrapping_add(t1));
        (d, c, b) = (c, b, a);
        a = t1.wrapping_add(s0.wrapping_add(majority));
    }
    for (sum, word) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *sum = sum.wrapping_add(word);
    }
}

#[rustfmt::skip]
const KECCAK_ROUNDS: [u64; 24] = [
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
];
#[rustfmt::skip]
const ROTATIONS: [u32; 24] =
    [1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44];
#[rustfmt::skip]
const LANES: [usize; 24] =
    [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1];

/// Keccak-f[1600] over so many bytes, absorbed 136 at a time.
pub fn keccak(size: u32) -> u64 {
    let mut state = [0_u64; 25];
    let mut seed = 1;
    for _ in 0..size / 136 {
        for lane in &mut state[..17] {
            *lane ^= next(&mut seed);
        }
        permute(&mut state);
    }
    state[0] ^ state[24]
}

fn permute(a: &mut [u64; 25]) {
    for round in KECCAK_ROUNDS {
        let mut columns = [0_u64; 5];
        for x in 0..5 {
            columns[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
        }
        for x in 0..5 {
            let mix = columns[(x + 4) % 5] ^ columns[(x + 1) % 5].rotate_left(1);
            for y in 0..5 {
                a[x + 5 * y] ^= mix;
            }
        }
        let mut last = a[1];
        for (lane, rotation) in LANES.into_iter().zip(ROTATIONS) {
            let kept = a[lane];
            a[lane] = last.rotate_left(rotation);
            last = kept;
        }
        for y in 0..5 {
            let row = [
                a[5 * y],
                a[5 * y + 1],
                a[5 * y + 2],
                a[5 * y + 3],
                a[5 * y + 4],
            ];
            for x in 0..5 {
                a[5 * y + x] = row[x] ^ (!row[(x + 1) % 5] & row[(x + 2) % 5]);
            }
        }
        a[0] ^= round;
    }
}

const SORTED_MAX: usize = 4_096; // 16 KiB of the 32 KiB that a contract's stack has

/// Sorts so many numbers, at most 4 096, by heap sort.
pub fn sort(size: u32) -> u64 {
    let size = (size as usize).min(SORTED_MAX);
    let mut numbers = [0_u32; SORTED_MAX];
    let mut seed = 1;
    for number in &mut numbers[..size] {
        *number = next(&mut seed) as u32;
    }
    heap_sort(&mut numbers[..size]);
    let sum = |sum: u64, (place, number): (usize, &u32)| {
        sum.wrapping_add((place as u64).wrapping_mul(u64::from(*number)))
    };
    numbers[..size].iter().enumerate().fold(0, sum)
}

fn heap_sort(numbers: &mut [u32]) {
    for start in (0..numbers.len() / 2).rev() {
        sift(numbers, start);
    }
    for end in (1..numbers.len()).rev() {
        numbers.swap(0, end);
        sift(&mut numbers[..end], 0);
    }
}

fn sift(heap: &mut [u32], mut at: usize) {
    loop {
        let mut child = 2 * at + 1;
        if child >= heap.len() {
            return;
        }
        if child + 1 < heap.len() && heap[child] < heap[child + 1] {
            child += 1;
        }
        if heap[at] >= heap[child] {
            return;
        }
        heap.swap(at, child);
        at = child;
    }
}

const SIDE_MAX: usize = 40; // 25 KiB

/// The product of two square matrices of this side, at most 40.
pub fn matmul(size: u32) -> u64 {
    let side = (size as usize).min(SIDE_MAX);
    let (mut a, mut b) = ([[0_u64; SIDE_MAX]; SIDE_MAX], [[0_u64; SIDE_MAX]; SIDE_MAX]);
    let mut seed = 1;
    for i in 0..side {
        for j in 0..side {
            (a[i][j], b[i][j]) = (next(&mut seed), next(&mut seed));
        }
    }
    let mut trace = 0_u64;
    for i in 0..side {
        for j in 0..side {
            let mut sum = 0_u64;
            for k in 0..side {
                sum = sum.wrapping_add(a[i][k].wrapping_mul(b[k][j]));
            }
            trace = trace.rotate_left(1) ^ sum;
        }
    }
    trace
}
