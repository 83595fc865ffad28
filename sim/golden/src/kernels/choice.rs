//! Which instructions to use.

/// An instruction set the engine has kernels for. Results do not depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KernelChoice {
    /// AVX-512 with its dot-product instructions (Intel since Ice Lake, AMD since Zen 4).
    Avx512Vnni,
    /// AVX2 (nearly every x86-64 machine since 2015).
    Avx2,
    /// No instructions beyond what the compiler may assume; any machine.
    Portable,
}

impl KernelChoice {
    /// All choices, fastest first.
    pub const ALL: [Self; 3] = [Self::Avx512Vnni, Self::Avx2, Self::Portable];

    /// The choices this machine can run, fastest first; never empty.
    pub fn available() -> Vec<Self> {
        Self::ALL.into_iter().filter(|choice| choice.is_available()).collect()
    }

    /// Whether this machine has the instructions.
    #[cfg(target_arch = "x86_64")]
    pub fn is_available(self) -> bool {
        match self {
            Self::Avx512Vnni => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512vnni")
            }
            Self::Avx2 => is_x86_feature_detected!("avx2"),
            Self::Portable => true,
        }
    }

    /// Whether this machine has the instructions.
    #[cfg(not(target_arch = "x86_64"))]
    pub fn is_available(self) -> bool {
        self == Self::Portable
    }

    /// A short name for reports: `avx512-vnni`, `avx2`, `portable`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Avx512Vnni => "avx512-vnni",
            Self::Avx2 => "avx2",
            Self::Portable => "portable",
        }
    }
}

/// A choice this machine is known to have: the proof that its kernels may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kernel(KernelChoice);

impl Kernel {
    /// `None` if the machine lacks the instructions.
    pub(crate) fn detect(choice: KernelChoice) -> Option<Self> {
        choice.is_available().then_some(Self(choice))
    }

    /// The fastest the machine has.
    pub(crate) fn best() -> Self {
        KernelChoice::ALL.into_iter().find_map(Self::detect).unwrap_or(Self(KernelChoice::Portable))
    }

    pub(crate) fn choice(self) -> KernelChoice {
        self.0
    }

    /// Whether products of 8-bit operands have instructions of their own; elsewhere they are
    /// widened to 16 bits.
    pub(crate) fn multiplies_bytes(self) -> bool {
        self.0 == KernelChoice::Avx512Vnni
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_portable_kernels_always_exist() {
        assert_eq!(KernelChoice::available().last(), Some(&KernelChoice::Portable));
        assert_eq!(Kernel::best().choice(), KernelChoice::available()[0]);
    }
}
