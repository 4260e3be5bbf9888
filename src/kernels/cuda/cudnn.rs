//! The directions of a convolution by cuDNN.
//!
//! The algorithms are fixed: they take NHWC, run on the tensor cores, and add in the
//! same order every time, so a run repeats bit for bit. The size of the workspace is
//! queried once per shape and kept.

use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ffi::c_int;
use std::sync::Arc;

use candle_core::cuda_backend::{CudaDType, DeviceId};
use candle_core::{CudaDevice, CudaStorage, Error, Layout, Result};
use cudarc::cudnn::sys::cudnnConvolutionBwdDataAlgo_t::CUDNN_CONVOLUTION_BWD_DATA_ALGO_1;
use cudarc::cudnn::sys::cudnnConvolutionBwdFilterAlgo_t::CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1;
use cudarc::cudnn::sys::cudnnConvolutionFwdAlgo_t::CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM;
use cudarc::cudnn::sys::cudnnConvolutionMode_t::CUDNN_CROSS_CORRELATION;
use cudarc::cudnn::sys::cudnnMathType_t::{
    self, CUDNN_DEFAULT_MATH, CUDNN_FMA_MATH, CUDNN_TENSOR_OP_MATH,
};
use cudarc::cudnn::sys::cudnnTensorFormat_t::CUDNN_TENSOR_NHWC;
use cudarc::cudnn::{
    ConvBackwardData, ConvBackwardFilter, ConvForward, Cudnn, CudnnDataType, CudnnError,
};
use cudarc::driver::{CudaSlice, CudaView, DeviceRepr};
use half::bf16;

use super::direction::{Direction, filter_dims, input_dims, output_dims};
use crate::kernels::conv_shape::ConvShape;
use crate::kernels::precision::is_exact;

/// A type of the operands; sums are f32 always.
trait Element: CudaDType + CudnnDataType + DeviceRepr + Copy {
    const ONE: Self;
    const ZERO: Self;

    /// Which units may multiply.
    fn math_type() -> cudnnMathType_t;
}

impl Element for f32 {
    const ONE: Self = 1.0;
    const ZERO: Self = 0.0;

    fn math_type() -> cudnnMathType_t {
        if is_exact() {
            CUDNN_FMA_MATH
        } else {
            // Allows TF32.
            CUDNN_DEFAULT_MATH
        }
    }
}

impl Element for bf16 {
    const ONE: Self = bf16::ONE;
    const ZERO: Self = bf16::ZERO;

    fn math_type() -> cudnnMathType_t {
        CUDNN_TENSOR_OP_MATH
    }
}

/// The result of two operands with the dimensions that [`Direction::dims`] gives.
pub(super) fn convolve(
    direction: Direction,
    shape: &ConvShape,
    operands: [(&CudaStorage, &Layout); 2],
) -> Result<CudaStorage> {
    use candle_core::DType;
    use candle_core::backend::BackendStorage;
    match operands.map(|(storage, _)| storage.dtype()) {
        [DType::F32, DType::F32] => convolve_typed::<f32>(direction, shape, operands),
        [DType::BF16, DType::BF16] => convolve_typed::<bf16>(direction, shape, operands),
        [a, b] => candle_core::bail!("a convolution of {a:?} and {b:?}: both must be f32 or bf16"),
    }
}

fn convolve_typed<T: Element>(
    direction: Direction,
    shape: &ConvShape,
    [a, b]: [(&CudaStorage, &Layout); 2],
) -> Result<CudaStorage> {
    let device = a.0.device.clone();
    let [first, second, result] = direction.dims(shape).map(|dims| dims.iter().product());
    let (a, b) = (typed_view::<T>(a, first)?, typed_view::<T>(b, second)?);
    // SAFETY: the library writes every value and reads none (β = 0).
    let mut made = unsafe { device.alloc::<T>(result) }?;
    CONTEXTS.with_borrow_mut(|contexts| {
        let context = match contexts.entry(device.id()) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(Context::new(&device)?),
        };
        context.launch(direction, shape, [&a, &b], &mut made)
    })?;
    Ok(CudaStorage::wrap_cuda_slice(made, device))
}

/// A contiguous tensor's values, `count` of them.
fn typed_view<'a, T: Element>(
    (storage, layout): (&'a CudaStorage, &Layout),
    count: usize,
) -> Result<CudaView<'a, T>> {
    match layout.contiguous_offsets() {
        Some((start, end)) if end - start == count => {
            Ok(storage.as_cuda_slice::<T>()?.slice(start..end))
        }
        _ => candle_core::bail!("a convolution got a tensor of another shape"),
    }
}

/// What the size of the workspace depends on: shape, direction, type, math.
type WorkspaceKey = (ConvShape, Direction, u32, u32);

/// cuDNN on one device, for one thread: its handles are not shared.
struct Context {
    cudnn: Arc<Cudnn>,
    workspace: Workspace,
}

thread_local! {
    static CONTEXTS: RefCell<HashMap<DeviceId, Context>> = RefCell::default();
}

impl Context {
    fn new(device: &CudaDevice) -> Result<Self> {
        Ok(Self {
            cudnn: Cudnn::new(device.cuda_stream()).map_err(cudnn_error)?,
            workspace: Workspace {
                device: device.clone(),
                sizes: HashMap::new(),
            },
        })
    }

    fn launch<T: Element>(
        &mut self,
        direction: Direction,
        shape: &ConvShape,
        [a, b]: [&CudaView<T>; 2],
        result: &mut CudaSlice<T>,
    ) -> Result<()> {
        // The library takes sizes in the order NCHW, whatever the layout.
        let sizes = |[n, h, w, c]: [usize; 4]| [n, c, h, w].map(|size| size as c_int);
        let tensor = |dims| {
            self.cudnn
                .create_4d_tensor::<T>(CUDNN_TENSOR_NHWC, sizes(dims))
        };
        let (input, output) = (
            tensor(input_dims(shape)).map_err(cudnn_error)?,
            tensor(output_dims(shape)).map_err(cudnn_error)?,
        );
        let filter = self
            .cudnn
            .create_4d_filter::<T>(CUDNN_TENSOR_NHWC, sizes(filter_dims(shape)))
            .map_err(cudnn_error)?;
        let mut conv = self
            .cudnn
            .create_conv2d::<f32>([1, 1], [1, 1], [1, 1], CUDNN_CROSS_CORRELATION)
            .map_err(cudnn_error)?;
        let math = T::math_type();
        conv.set_math_type(math).map_err(cudnn_error)?;
        let key = (*shape, direction, T::DATA_TYPE as u32, math as u32);
        let scale = (T::ONE, T::ZERO);
        // SAFETY, of the three launches: the operands and the result have the
        // types and as many values as the descriptors say (checked in `convolve_typed`),
        // and all work is on the device's one stream.
        match direction {
            Direction::Forward => {
                let op = ConvForward {
                    conv: &conv,
                    x: &input,
                    w: &filter,
                    y: &output,
                };
                let algorithm = CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM;
                let mut workspace = self
                    .workspace
                    .alloc(key, || op.get_workspace_size(algorithm))?;
                unsafe { op.launch(algorithm, workspace.as_mut(), scale, a, b, result) }
            }
            Direction::BackwardData => {
                let op = ConvBackwardData {
                    conv: &conv,
                    dx: &input,
                    w: &filter,
                    dy: &output,
                };
                let algorithm = CUDNN_CONVOLUTION_BWD_DATA_ALGO_1;
                let mut workspace = self
                    .workspace
                    .alloc(key, || op.get_workspace_size(algorithm))?;
                unsafe { op.launch(algorithm, workspace.as_mut(), scale, result, b, a) }
            }
            Direction::BackwardFilter => {
                let op = ConvBackwardFilter {
                    conv: &conv,
                    x: &input,
                    dw: &filter,
                    dy: &output,
                };
                let algorithm = CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1;
                let mut workspace = self
                    .workspace
                    .alloc(key, || op.get_workspace_size(algorithm))?;
                unsafe { op.launch(algorithm, workspace.as_mut(), scale, a, result, b) }
            }
        }
        .map_err(cudnn_error)
    }
}

/// Memory for one launch. It is allocated for each, which costs little, because a CUDA
/// graph must not refer to memory that is freed elsewhere later.
struct Workspace {
    device: CudaDevice,
    sizes: HashMap<WorkspaceKey, usize>,
}

impl Workspace {
    fn alloc(
        &mut self,
        key: WorkspaceKey,
        query: impl FnOnce() -> std::result::Result<usize, CudnnError>,
    ) -> Result<Option<CudaSlice<u8>>> {
        let size = match self.sizes.entry(key) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => *entry.insert(query().map_err(cudnn_error)?),
        };
        if size == 0 {
            return Ok(None);
        }
        // SAFETY: scratch, which the library does not read before it wrote it.
        Ok(Some(unsafe { self.device.alloc::<u8>(size) }?))
    }
}

fn cudnn_error(error: CudnnError) -> Error {
    Error::msg(format!(
        "cuDNN: {error}; a program built with --features cuda alone works without it"
    ))
}
