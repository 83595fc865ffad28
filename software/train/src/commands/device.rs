//! Where tensors live.

use burn_tensor::Device;

/// A device that was compiled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum DeviceName {
    /// The processor: repeats to the bit.
    Cpu,
    /// A graphics processor, through WebGPU, Vulkan or Metal.
    #[cfg(feature = "wgpu")]
    Gpu,
}

impl DeviceName {
    /// The framework's handle of the device. The processor uses that many threads.
    pub(crate) fn open(self, threads: usize) -> anyhow::Result<Device> {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
        Ok(match self {
            Self::Cpu => Device::flex(),
            #[cfg(feature = "wgpu")]
            Self::Gpu => Device::wgpu(burn_tensor::DeviceKind::DefaultDevice),
        })
    }
}
