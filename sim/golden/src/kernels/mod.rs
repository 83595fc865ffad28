//! The inner loops, once per instruction set: the only place with `unsafe`.
//!
//! Matrix products are written by hand per instruction set ([`products`]). Everything else is
//! written once, portably, over rows of sixteen lanes, and compiled once per instruction set by
//! the macro `per_instruction_set`. A [`Kernel`] exists only for instructions the machine has,
//! which is what makes calling the compiled variants sound.
//!
//! All sums in 32 bits wrap. That is exact whenever the final sum fits 32 bits, which the engine
//! proves per layer: wrapping addition is addition modulo 2^32, so what happened on the way does
//! not matter.

#![allow(unsafe_code)]

mod choice;
mod finish;
mod job;
mod portable;
mod products;
mod rows;
mod windows;
#[cfg(target_arch = "x86_64")]
mod x86_avx2;
#[cfg(target_arch = "x86_64")]
mod x86_avx512;

pub(crate) use choice::Kernel;
pub use choice::KernelChoice;
pub(crate) use finish::{
    Narrow, Place, Wide, finish_narrow, finish_narrow_64, finish_wide, finish_wide_64,
};
pub(crate) use job::{Chunk, Job, LANES, MAX_ROWS, Segment};
pub(crate) use products::{Bytes, Operands, Words, panels_per_tile, rows_per_tile};
pub(crate) use rows::{
    Nearest, add_scaled, depthwise_narrow, depthwise_wide, nearest_integers, offset_bytes,
    offset_words, sum_into,
};

pub(crate) use windows::{Windows, max_windows};

/// Compiles a portable function once per instruction set and picks one at run time.
macro_rules! per_instruction_set {
    ($(#[$attribute:meta])* fn $name:ident($($argument:ident: $kind:ty),+ $(,)?) = $body:expr;) => {
        per_instruction_set! {
            $(#[$attribute])* fn $name($($argument: $kind),+) = $body, avx512 = $body;
        }
    };
    (
        $(#[$attribute:meta])* fn $name:ident($($argument:ident: $kind:ty),+ $(,)?) =
            $body:expr, avx512 = $wide:expr;
    ) => {
        $(#[$attribute])*
        pub(crate) fn $name(kernel: crate::kernels::Kernel, $($argument: $kind),+) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
                fn avx512($($argument: $kind),+) {
                    $wide($($argument),+)
                }
                #[target_feature(enable = "avx2")]
                fn avx2($($argument: $kind),+) {
                    $body($($argument),+)
                }
                match kernel.choice() {
                    // SAFETY: this kernel exists only where the instructions were detected.
                    crate::kernels::KernelChoice::Avx512Vnni => unsafe {
                        return avx512($($argument),+);
                    },
                    // SAFETY: as above.
                    crate::kernels::KernelChoice::Avx2 => unsafe {
                        return avx2($($argument),+);
                    },
                    crate::kernels::KernelChoice::Portable => {}
                }
            }
            let _ = kernel;
            $body($($argument),+)
        }
    };
}
pub(crate) use per_instruction_set;
