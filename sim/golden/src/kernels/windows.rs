//! Maxima over windows.

use crate::kernels::{Kernel, per_instruction_set};
#[cfg(target_arch = "x86_64")]
use crate::kernels::{KernelChoice, x86_avx512};

/// Equal windows side by side, over values whose channels are innermost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Windows<'a> {
    /// The image.
    pub(crate) from: &'a [i32],
    /// First element of each tap of the first window; at least one.
    pub(crate) taps: &'a [usize],
    /// Distance between neighbouring windows.
    pub(crate) step: usize,
    /// Elements per tap.
    pub(crate) channels: usize,
}

#[inline(always)]
fn generic(windows: Windows<'_>, into: &mut [i32]) {
    let Windows { from, taps, step, channels } = windows;
    for (window, into) in into.chunks_exact_mut(channels).enumerate() {
        let tap = |tap: usize| &from[tap + window * step..][..channels];
        into.copy_from_slice(tap(taps[0]));
        for other in &taps[1..] {
            into.iter_mut().zip(tap(*other)).for_each(|(into, from)| *into = (*into).max(*from));
        }
    }
}

per_instruction_set! {
    fn max_generic(windows: Windows<'_>, into: &mut [i32]) = generic;
}

/// The largest values of as many windows as there is room for.
pub(crate) fn max_windows(kernel: Kernel, windows: Windows<'_>, into: &mut [i32]) {
    #[cfg(target_arch = "x86_64")]
    if kernel.choice() == KernelChoice::Avx512Vnni {
        let count = into.len() / windows.channels.max(1);
        let last =
            windows.taps.iter().max().map(|tap| tap + count.saturating_sub(1) * windows.step);
        assert!(last.is_some_and(|last| last + windows.channels <= windows.from.len()), "taps");
        // SAFETY: the kernel's instructions were detected and the last tap's end checked.
        return unsafe { x86_avx512::max_windows(windows, into) };
    }
    max_generic(kernel, windows, into);
}
