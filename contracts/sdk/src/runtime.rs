//! What a module needs to stand alone: an allocator and an end for panics.
//!
//! The allocator only ever moves forward: a frame lives for one message, and the chain drops its
//! memory afterwards. The last block grows in place, so that a growing vector is not copied.
//!
//! ```text
//! 0 ────────── 32 KiB ─── … ─── __heap_base ──────── next ──── memory size
//!   stack (down)    constants        blocks, end to end    free
//! ```
//!
//! Invariant: blocks never overlap, and never reach past the memory's size.

#![allow(unsafe_code)]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::ptr;

const PAGE_BYTES: usize = 65_536;

unsafe extern "C" {
    /// End of the constants; the linker defines it.
    static __heap_base: u8;
}

struct Bump {
    /// Where the next block may begin; 0 before the first one.
    next: Cell<usize>,
}

// SAFETY: a module has one thread.
unsafe impl Sync for Bump {}

#[global_allocator]
static HEAP: Bump = Bump { next: Cell::new(0) };

impl Bump {
    /// Moves the end of the blocks to `end`, with more pages where needed.
    fn reach(&self, end: usize) -> bool {
        let size = core::arch::wasm32::memory_size(0) * PAGE_BYTES;
        if end > size {
            let pages = (end - size).div_ceil(PAGE_BYTES);
            if core::arch::wasm32::memory_grow(0, pages) == usize::MAX {
                return false;
            }
        }
        self.next.set(end);
        true
    }
}

// SAFETY: every block lies between `__heap_base` and the memory's size, and after all others.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let mut next = self.next.get();
        if next == 0 {
            next = (&raw const __heap_base).addr();
        }
        // Both sums stay below 2^32: a memory has at most 256 pages, a layout at most 2^31 bytes.
        let start = next.wrapping_add(layout.align() - 1) & !(layout.align() - 1);
        match start.checked_add(layout.size()) {
            Some(end) if self.reach(end) => ptr::with_exposed_provenance_mut(start),
            _ => ptr::null_mut(),
        }
    }

    /// Memory is zero at first, and no block is used twice.
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the same contract.
        unsafe { self.alloc(layout) }
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if size <= layout.size() {
            return old;
        }
        let is_last = old.addr() + layout.size() == self.next.get();
        if is_last {
            let end = old.addr().checked_add(size).filter(|&end| self.reach(end));
            return end.map_or(ptr::null_mut(), |_| old);
        }
        // SAFETY: the size is not 0 and does not overflow by the contract of `realloc`.
        let new = unsafe { self.alloc(Layout::from_size_align_unchecked(size, layout.align())) };
        if !new.is_null() {
            // SAFETY: the old block has that many bytes, and the new one lies behind it.
            unsafe { ptr::copy_nonoverlapping(old, new, layout.size()) };
        }
        new
    }
}

/// A panic ends the frame with `Trapped`. Its text stays out: texts and their formatting would
/// outweigh most contracts. Say what is wrong by an error type or `revert`.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
