//! CUDA graphs: work that is recorded once and replayed. Launching each kernel by
//! itself takes the CPU longer than a small batch takes the GPU.

use candle_core::Device;

use crate::error::{Error, Result};

/// Set to `0`, kernels are launched one by one.
const ENV_VAR: &str = "LFW_TUI_CUDA_GRAPHS";

/// Recorded work. Replaying it does the same to the same tensors: what differs from
/// one replay to the next must be in tensors that are changed in place.
pub(crate) struct Graph {
    #[cfg(feature = "cuda")]
    graph: candle_core::cuda_backend::cudarc::driver::CudaGraph,
}

impl Graph {
    /// Records `work` without executing it. The same work must have been executed before,
    /// may not read anything back, and drops every tensor that it creates. No other
    /// thread may use the device meanwhile.
    ///
    /// # Errors
    /// When `work` fails or cannot be recorded. The device can still be used.
    pub(crate) fn record(device: &Device, work: impl FnOnce() -> Result<()>) -> Result<Self> {
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
        // Makes copies from memory an error: what they read would be gone at the replay.
        let guard = cuda.enable_cuda_graph_htod_cache();
        stream
            .begin_capture(CU_STREAM_CAPTURE_MODE_THREAD_LOCAL)
            .w()?;
        let outcome = work();
        let graph = stream
            .end_capture(CUgraphInstantiate_flags::CUDA_GRAPH_INSTANTIATE_FLAG_AUTO_FREE_ON_LAUNCH);
        drop(guard);
        // Takes the errors of recording, so that the next use of the device does not report them.
        let pending = stream.context().check_err();
        outcome?;
        let graph = graph.w()?;
        pending.w()?;
        match graph {
            Some(graph) => Ok(Self { graph }),
            None => Err(Error::invalid("recorded work", "nothing was recorded")),
        }
    }

    #[cfg(not(feature = "cuda"))]
    fn capture(_: &Device, _: impl FnOnce() -> Result<()>) -> Result<Self> {
        Err(Error::invalid(
            "recorded work",
            "needs a program built with CUDA",
        ))
    }

    /// Replays the work. Returns before it is done, like all work on a GPU.
    ///
    /// # Errors
    /// When the device refuses it.
    #[cfg(feature = "cuda")]
    pub(crate) fn replay(&self) -> Result<()> {
        use candle_core::cuda_backend::WrapErr;
        Ok(self.graph.launch().w()?)
    }

    /// Replays the work.
    ///
    /// # Errors
    /// Never: without CUDA nothing can be recorded.
    #[cfg(not(feature = "cuda"))]
    #[expect(
        clippy::unnecessary_wraps,
        clippy::unused_self,
        reason = "the signature with CUDA"
    )]
    pub(crate) fn replay(&self) -> Result<()> {
        Ok(())
    }
}
