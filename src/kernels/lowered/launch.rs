//! Runs the kernels of `kernels.cu`: on a GPU, and in tests on the CPU.

#[cfg(any(test, feature = "cuda"))]
use candle_core::Storage;
use candle_core::{CpuStorage, DType, Device, InplaceOp1, Layout, Result, Shape, Tensor};
#[cfg(feature = "cuda")]
use candle_core::{CudaDevice, CudaStorage};

#[cfg(test)]
use super::tests::emulated;

/// Tensors and numbers that a kernel takes at most, as in `kernels.cu`.
pub(super) const MAX_POINTERS: usize = 64;
pub(super) const MAX_SIZES: usize = 20;

/// What a kernel is called with; `Args` in `kernels.cu`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(super) struct Args {
    count: i64,
    pointers: [u64; MAX_POINTERS],
    sizes: [i64; MAX_SIZES],
    number: f32,
}

// SAFETY: plain numbers, laid out as the kernels read them.
#[cfg(feature = "cuda")]
unsafe impl candle_core::cuda_backend::cudarc::driver::DeviceRepr for Args {}

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
    pub fn new(kernel: &'static str, element: DType, count: usize) -> Self {
        Self {
            kernel,
            element,
            args: Args {
                count: count as i64,
                pointers: [0; MAX_POINTERS],
                sizes: [0; MAX_SIZES],
                number: 0.0,
            },
            pointers: 0,
            inputs: Vec::with_capacity(4),
        }
    }

    /// Whole numbers, in order.
    pub fn sizes(mut self, sizes: &[usize]) -> Self {
        debug_assert!(
            sizes.len() <= MAX_SIZES,
            "{} has too many sizes",
            self.kernel
        );
        for (place, &size) in self.args.sizes.iter_mut().zip(sizes) {
            *place = size as i64;
        }
        self
    }

    /// A fraction.
    pub fn scalar(mut self, number: f32) -> Self {
        self.args.number = number;
        self
    }

    /// Tensors that the kernel reads, contiguous, each starting on a multiple of 16 bytes.
    pub fn read(mut self, inputs: &[&'a Tensor]) -> Self {
        self.inputs.extend_from_slice(inputs);
        self
    }

    /// Runs the kernel, which overwrites `outputs` or changes them in place.
    pub fn write(mut self, outputs: &[&Tensor]) -> Result<()> {
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
        let Some(place) = self.args.pointers.get_mut(self.pointers) else {
            candle_core::bail!("{} got too many tensors", self.kernel);
        };
        if !address.is_multiple_of(16) {
            candle_core::bail!("{} got a tensor that starts at an odd place", self.kernel);
        }
        *place = address;
        self.pointers += 1;
        Ok(())
    }

    /// Takes the outputs one inside the other, each under its own lock.
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
    let (storage, _layout) = tensor.storage_and_layout();
    match &*storage {
        #[cfg(feature = "cuda")]
        Storage::Cuda(storage) => on_gpu::address(storage, _layout),
        #[cfg(test)]
        Storage::Cpu(storage) => emulated::address(storage, _layout),
        _ => candle_core::bail!("a kernel for a GPU got a tensor from elsewhere"),
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
        candle_core::bail!("{} runs on a GPU; its tensor is in memory", self.name())
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(&self, storage: &mut CudaStorage, layout: &Layout) -> Result<()> {
        let launch = self
            .launch
            .with_pointer(on_gpu::address(storage, layout)?)?;
        match self.rest {
            [] => on_gpu::run(&launch, &storage.device),
            rest => launch.lock_outputs(rest),
        }
    }
}

#[cfg(feature = "cuda")]
pub(super) mod on_gpu {
    use candle_core::cuda_backend::cudarc::driver::{DevicePtr, LaunchConfig, PushKernelArg};
    use candle_core::cuda_backend::{CudaStorageSlice, WrapErr};

    use super::*;

    const F32: &str = include_str!(concat!(env!("OUT_DIR"), "/f32.ptx"));
    const BF16: &str = include_str!(concat!(env!("OUT_DIR"), "/bf16.ptx"));
    /// Threads of a block: enough that a multiprocessor is filled by eight.
    const BLOCK: u32 = 256;

    pub(in super::super) fn address(storage: &CudaStorage, layout: &Layout) -> Result<u64> {
        match layout.contiguous_offsets() {
            Some((offset, _)) => address_at(storage, offset),
            None => candle_core::bail!("a kernel got a tensor that is not contiguous"),
        }
    }

    /// Where a value lies.
    pub(in super::super) fn address_at(storage: &CudaStorage, offset: usize) -> Result<u64> {
        let stream = storage.device.cuda_stream();
        // All work is on the device's one stream, so nothing has to be waited for.
        let (base, size) = match &storage.slice {
            CudaStorageSlice::F32(slice) => (slice.device_ptr(&stream).0, 4),
            CudaStorageSlice::BF16(slice) => (slice.device_ptr(&stream).0, 2),
            CudaStorageSlice::U32(slice) => (slice.device_ptr(&stream).0, 4),
            CudaStorageSlice::U8(slice) => (slice.device_ptr(&stream).0, 1),
            _ => candle_core::bail!("a kernel got a tensor of a type that none takes"),
        };
        Ok(base + (offset * size) as u64)
    }

    pub(super) fn run(launch: &Launch, device: &CudaDevice) -> Result<()> {
        let (module, ptx) = match launch.element {
            DType::BF16 => ("lowered-bf16", BF16),
            _ => ("lowered-f32", F32),
        };
        let function = device.get_or_load_custom_func(launch.kernel, module, ptx)?;
        let Ok(count) = i32::try_from(launch.args.count) else {
            candle_core::bail!("{} has work for 2³¹ threads", launch.kernel);
        };
        let blocks = count.unsigned_abs().div_ceil(BLOCK);
        let mut builder = function.builder();
        builder.arg(&launch.args);
        let config = LaunchConfig {
            grid_dim: (blocks, 1, 1),
            block_dim: (BLOCK, 1, 1),
            shared_mem_bytes: 0,
        };
        // SAFETY: the kernels read and write what their comments say of tensors of the
        // sizes that their callers made; emulated on the CPU they are tested for that.
        unsafe { builder.launch(config) }.w()?;
        Ok(())
    }
}

/// A tensor to be overwritten as a whole.
pub(super) fn uninit(shape: impl Into<Shape>, dtype: DType, device: &Device) -> Result<Tensor> {
    #[cfg(test)]
    if device.is_cpu() {
        return emulated::marked(shape.into(), dtype);
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
