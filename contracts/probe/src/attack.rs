//! What safe Rust cannot express: traps, growth of memory, imports with pointers that lie.
//!
//! Unsafe on purpose, in a contract made for tests. Off wasm32 there is no memory to attack: these
//! functions panic, as the frame would trap.

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use native::*;
#[cfg(target_arch = "wasm32")]
pub(crate) use wasm::*;

/// Sums the way down, so that the calls cannot become a loop.
#[inline(never)]
pub(crate) fn recurse(depth: u32) -> u32 {
    match depth {
        0 => 0,
        _ => core::hint::black_box(recurse(depth - 1)) + 1,
    }
}

#[cfg(target_arch = "wasm32")]
#[allow(unsafe_code)]
mod wasm {
    use core::arch::wasm32;

    #[link(wasm_import_module = "argosy")]
    unsafe extern "C" {
        fn input_read(out: i32, offset: i32, length: i32);
        fn storage_get(key: i32, length: i32, out: i32, capacity: i32) -> i64;
        fn storage_set(key: i32, length: i32, value: i32, value_length: i32);
        fn log(text: i32, length: i32);
        fn caller(out: i32);
        fn emit(topics: i32, count: i32, data: i32, length: i32);
        fn call(to: i32, funds: i32, gas: i64, flags: i32, input: i32, length: i32) -> i32;
    }

    /// Behind any memory, for accesses of more than 16 bytes.
    const BEHIND: i32 = -16;

    pub(crate) fn trap() {
        wasm32::unreachable();
    }

    pub(crate) fn grow(pages: u32) -> u32 {
        wasm32::memory_grow(0, pages as usize) as u32
    }

    pub(crate) fn bad_pointer(what: u8) {
        // SAFETY: there is none. The chain must refuse every one of them.
        unsafe {
            match what {
                0 => input_read(BEHIND, 0, 1),
                1 => drop(storage_get(BEHIND, 64, 0, 0)),
                2 => storage_set(0, 4, BEHIND, 64),
                3 => log(i32::MIN, 1),
                4 => caller(BEHIND),
                5 => log(BEHIND, 32),
                6 => emit(BEHIND, 1, 0, 0),
                _ => drop(call(BEHIND, 0, 0, 0, 0, 0)),
            }
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    pub(crate) fn trap() {
        panic!("a trap");
    }

    pub(crate) fn grow(_: u32) -> u32 {
        u32::MAX
    }

    pub(crate) fn bad_pointer(what: u8) {
        panic!("a bad pointer, number {what}");
    }
}
