//! What `./x bench vm` runs on every engine: plain exports, no contract. The same functions are
//! compiled natively for its baseline (`vm/lab/src/bench`).

#![cfg_attr(target_arch = "wasm32", no_std)]

pub mod work;

#[cfg(target_arch = "wasm32")]
mod exports {
    #![allow(unsafe_code, reason = "exported names are promises to the linker")]

    use crate::work;

    #[panic_handler]
    fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
        core::arch::wasm32::unreachable()
    }

    macro_rules! export {
        ($($name:ident)*) => {
            $(
                #[unsafe(no_mangle)]
                extern "C" fn $name(size: u32) -> u64 {
                    work::$name(size)
                }
            )*
        };
    }

    export! { fib sha256 keccak sort matmul }
}
