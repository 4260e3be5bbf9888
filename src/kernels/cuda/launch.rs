//! Runs the kernels of `kernels.cu`: on a GPU, and in tests on the CPU.

#[cfg(feature = "cuda")]
use candle_core::CudaStorage;
#[cfg(any(test, feature = "cuda"))]
use candle_core::Storage;
use candle_core::{CpuStorage, DType, Device, InplaceOp1, Layout, Result, Shape, Tensor};

use super::args::{Args, MAX_POINTERS, MAX_SIZES};
#[cfg(feature = "cuda")]
use super::driver;
#[cfg(test)]
use super::emulated;

/// A kernel with its arguments; [`write`](Self::write) runs it.
pub(super) struct Launch<'a> {
    kernel: &'static str,
    element: DType,
    args: Args,
    pointers: usize,
    inputs: Vec<&'a Tensor>,
}

impl<'a> Launch<'a> {
    /// A kernel for `count` threads. `element` is the type of the operands, f32 or bf16.
    pub(crate) fn new(kernel: &'static str, element: DType, count: usize) -> Self {
        Self {
            kernel,
            element,
            args: Args {
                count: count as i64,
                pointers: [0; MAX_POINTERS],
                sizes: [0; MAX_SIZES],
                scalar: 0.0,
            },
            pointers: 0,
            inputs: Vec::with_capacity(4),
        }
    }

    /// Its whole numbers, in order.
    pub(crate) fn sizes(mut self, sizes: &[usize]) -> Self {
        debug_assert!(
            sizes.len() <= MAX_SIZES,
            "{} has too many sizes",
            self.kernel
        );
        for (slot, &size) in self.args.sizes.iter_mut().zip(sizes) {
            *slot = size as i64;
        }
        self
    }

    /// Its fractional number.
    pub(crate) fn scalar(mut self, scalar: f32) -> Self {
        self.args.scalar = scalar;
        self
    }

    /// Tensors that the kernel reads, contiguous, each starting on a multiple of 16 bytes.
    pub(crate) fn read(mut self, inputs: &[&'a Tensor]) -> Self {
        self.inputs.extend_from_slice(inputs);
        self
    }

    /// Runs the kernel, which overwrites `outputs` or changes them in place.
    pub(crate) fn write(mut self, outputs: &[&Tensor]) -> Result<()> {
        if self.args.count == 0 {
            return Ok(());
        }
        for input in std::mem::take(&mut self.inputs) {
            let address = address(input)?;
            self.push(address)?;
        }
        self.lock_outputs(outputs)
    }

    fn push(&mut self, address: u64) -> Result<()> {
        let Some(slot) = self.args.pointers.get_mut(self.pointers) else {
            candle_core::bail!("{} got too many tensors", self.kernel);
        };
        if !address.is_multiple_of(16) {
            candle_core::bail!(
                "{} got a tensor whose address is not a multiple of 16",
                self.kernel
            );
        }
        *slot = address;
        self.pointers += 1;
        Ok(())
    }

    /// Locks the outputs one inside the other, then launches.
    fn lock_outputs(&self, outputs: &[&Tensor]) -> Result<()> {
        let Some((next, rest)) = outputs.split_first() else {
            candle_core::bail!("{} writes nothing", self.kernel);
        };
        next.inplace_op1(&InPlaceLaunch { launch: self, rest })
    }

    fn with_pointer(&self, address: u64) -> Result<Launch<'static>> {
        let mut launch = Launch {
            kernel: self.kernel,
            element: self.element,
            args: self.args,
            pointers: self.pointers,
            inputs: Vec::new(),
        };
        launch.push(address)?;
        Ok(launch)
    }
}

fn address(tensor: &Tensor) -> Result<u64> {
    #[cfg_attr(not(any(feature = "cuda", test)), expect(unused_variables))]
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        #[cfg(feature = "cuda")]
        Storage::Cuda(storage) => driver::address(storage, layout),
        #[cfg(test)]
        Storage::Cpu(storage) => emulated::address(storage, layout),
        _ => candle_core::bail!("a kernel for a GPU got a tensor from another device"),
    }
}

struct InPlaceLaunch<'a> {
    launch: &'a Launch<'a>,
    rest: &'a [&'a Tensor],
}

impl InplaceOp1 for InPlaceLaunch<'_> {
    fn name(&self) -> &'static str {
        self.launch.kernel
    }

    #[cfg(test)]
    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let launch = self
            .launch
            .with_pointer(emulated::address_mut(storage, layout)?)?;
        match self.rest {
            [] => emulated::run(launch.kernel, launch.element, &launch.args),
            rest => launch.lock_outputs(rest),
        }
    }

    #[cfg(not(test))]
    fn cpu_fwd(&self, _: &mut CpuStorage, _: &Layout) -> Result<()> {
        candle_core::bail!("{} runs on a GPU, but its tensor is in memory", self.name())
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(&self, storage: &mut CudaStorage, layout: &Layout) -> Result<()> {
        let launch = self
            .launch
            .with_pointer(driver::address(storage, layout)?)?;
        match self.rest {
            [] => driver::run(launch.kernel, launch.element, &launch.args, &storage.device),
            rest => launch.lock_outputs(rest),
        }
    }
}

/// A tensor of undefined values, to be overwritten as a whole.
pub(super) fn uninit(shape: impl Into<Shape>, dtype: DType, device: &Device) -> Result<Tensor> {
    #[cfg(test)]
    if device.is_cpu() {
        return emulated::nan_filled(shape.into(), dtype);
    }
    // SAFETY: the kernel that the caller runs next writes every value.
    unsafe { Tensor::empty(shape, dtype, device) }
}

/// The same values, contiguous and where kernels can read eight at a time.
pub(super) fn aligned(x: &Tensor) -> Result<Tensor> {
    let x = x.contiguous()?;
    if x.layout().start_offset().is_multiple_of(8) {
        Ok(x)
    } else {
        x.copy()
    }
}

/// Eight values a thread where rows of `channels` allow it, else one.
pub(super) fn vector_width(channels: usize) -> usize {
    if channels.is_multiple_of(8) { 8 } else { 1 }
}
