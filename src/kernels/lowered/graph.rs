//! Work that is recorded once and repeated (CUDA graphs): to launch each kernel by
//! itself takes the CPU longer than a small batch takes the GPU.

use candle_core::Device;

use crate::error::{Error, Result};

/// Set to `0`, everything is launched one by one.
const ENV_VAR: &str = "LFW_TUI_CUDA_GRAPHS";

/// A recorded piece of work. Repeating it does the same to the same tensors: what
/// changes between two times has to lie in tensors that are changed in place.
pub struct Graph {
    #[cfg(feature = "cuda")]
    graph: candle_core::cuda_backend::cudarc::driver::CudaGraph,
}

impl Graph {
    /// Records `work` without doing it. It must have been done before as it is, may not
    /// read anything back, and drops every tensor that it makes; no other thread
    /// may use the device meanwhile.
    ///
    /// # Errors
    /// Those of `work`, or why it cannot be recorded; the device can be used all the same.
    pub fn record(device: &Device, work: impl FnOnce() -> Result<()>) -> Result<Self> {
        let is_off = std::env::var(ENV_VAR).is_ok_and(|value| value == "0");
        if is_off || !device.is_cuda() {
            return Err(Error::invalid(
                "recorded work",
                format!("needs a GPU, and {ENV_VAR} not to be 0"),
            ));
        }
        Self::capture(device, work)
    }

    #[cfg(feature = "cuda")]
    fn capture(device: &Device, work: impl FnOnce() -> Result<()>) -> Result<Self> {
        use candle_core::cuda_backend::WrapErr;
        use candle_core::cuda_backend::cudarc::driver::sys::{
            CUgraphInstantiate_flags, CUstreamCaptureMode::CU_STREAM_CAPTURE_MODE_THREAD_LOCAL,
        };
        let cuda = device.as_cuda_device()?;
        let stream = cuda.cuda_stream();
        device.synchronize()?;
        // Makes copies from memory an error: what they read would be gone when repeated.
        let guard = cuda.enable_cuda_graph_htod_cache();
        stream
            .begin_capture(CU_STREAM_CAPTURE_MODE_THREAD_LOCAL)
            .w()?;
        let done = work();
        let graph = stream
            .end_capture(CUgraphInstantiate_flags::CUDA_GRAPH_INSTANTIATE_FLAG_AUTO_FREE_ON_LAUNCH);
        drop(guard);
        // What failed while recording is told here, not by the next that uses the device.
        let left = stream.context().check_err();
        done?;
        let graph = graph.w()?;
        left.w()?;
        match graph {
            Some(graph) => Ok(Self { graph }),
            None => Err(Error::invalid("recorded work", "there is none")),
        }
    }

    #[cfg(not(feature = "cuda"))]
    fn capture(_: &Device, _: impl FnOnce() -> Result<()>) -> Result<Self> {
        Err(Error::invalid("recorded work", "needs a program with CUDA"))
    }

    /// Does the work; returns before it is done, as all work on a GPU does.
    ///
    /// # Errors
    /// Those of the device.
    #[cfg(feature = "cuda")]
    pub fn replay(&self) -> Result<()> {
        use candle_core::cuda_backend::WrapErr;
        Ok(self.graph.launch().w()?)
    }

    /// Does the work.
    ///
    /// # Errors
    /// None: without CUDA there is no recorded work.
    #[cfg(not(feature = "cuda"))]
    pub fn replay(&self) -> Result<()> {
        Ok(())
    }
}
