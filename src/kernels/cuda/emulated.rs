//! `kernels.cu` compiled by the machine's C compiler: its threads run one after
//! the other on the CPU, so that the same source is tested where there is no GPU.

use std::collections::HashMap;
use std::ffi::{c_char, c_void};
use std::process::Command;
use std::sync::OnceLock;

use candle_core::{CpuStorage, DType, Device, Layout, Result, Shape, Tensor};
use half::bf16;

use super::args::Args;

const SOURCE: &str = include_str!("kernels.cu");

/// What CUDA has and C lacks.
const PRELUDE: &str = "
#include <math.h>
#include <string.h>
static _Thread_local unsigned int THREAD;
#define KERNEL(name) static void name(const Args a)
#define INLINE static inline
#define ALIGNED(bytes) __attribute__((aligned(bytes)))
";

type Run = unsafe extern "C" fn(*const c_char, *const c_void) -> i32;

/// The names of all kernels.
pub(super) fn kernel_names() -> Vec<&'static str> {
    SOURCE
        .lines()
        .filter_map(|line| line.strip_prefix("KERNEL(")?.split_once(')'))
        .map(|(name, _)| name)
        .collect()
}

fn compiled(element: DType) -> &'static libloading::Library {
    static LIBRARIES: OnceLock<HashMap<DType, libloading::Library>> = OnceLock::new();
    let all = LIBRARIES.get_or_init(|| {
        [DType::F32, DType::BF16]
            .map(|element| (element, compile(element)))
            .into()
    });
    &all[&element]
}

fn compile(element: DType) -> libloading::Library {
    let folder = tempfile::tempdir().expect("a folder for the compiled kernels");
    let (source, library) = (
        folder.path().join("kernels.c"),
        folder.path().join("kernels.so"),
    );
    let calls: String = kernel_names()
        .iter()
        .map(|name| format!("if (!strcmp(name, \"{name}\")) kernel = {name};\n"))
        .collect();
    let half = match element {
        DType::BF16 => "#define HALF\n",
        _ => "",
    };
    // More threads than there is work for, as whole blocks on a GPU are.
    let text = format!(
        "{half}{PRELUDE}{SOURCE}
        int run(const char *name, const void *args) {{
          Args a;
          void (*kernel)(const Args) = 0;
          memcpy(&a, args, sizeof a);
          {calls}
          if (!kernel) return 1;
          for (THREAD = 0; THREAD < (a.count + 255) / 256 * 256; THREAD++) kernel(a);
          return 0;
        }}"
    );
    std::fs::write(&source, text).expect("the kernels' source is written");
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let done = Command::new(compiler)
        .args([
            "-O2",
            "-ffp-contract=off",
            "-Wall",
            "-Werror",
            "-shared",
            "-fPIC",
            "-o",
        ])
        .args([&library, &source])
        .arg("-lm")
        .output()
        .expect("the C compiler runs");
    let log = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{log}");
    // SAFETY: a library of plain functions, compiled a moment ago.
    unsafe { libloading::Library::new(&library) }.expect("the compiled kernels load")
}

/// The address of a contiguous tensor's values.
pub(super) fn address(storage: &CpuStorage, layout: &Layout) -> Result<u64> {
    let range = range(layout)?;
    Ok(match storage {
        CpuStorage::F32(values) => values[range].as_ptr() as u64,
        CpuStorage::BF16(values) => values[range].as_ptr() as u64,
        CpuStorage::U32(values) => values[range].as_ptr() as u64,
        CpuStorage::U8(values) => values[range].as_ptr() as u64,
        _ => candle_core::bail!("a kernel got a tensor of an unsupported type"),
    })
}

/// The same, to be written to.
pub(super) fn address_mut(storage: &mut CpuStorage, layout: &Layout) -> Result<u64> {
    let range = range(layout)?;
    Ok(match storage {
        CpuStorage::F32(values) => values[range].as_mut_ptr() as u64,
        CpuStorage::BF16(values) => values[range].as_mut_ptr() as u64,
        CpuStorage::U8(values) => values[range].as_mut_ptr() as u64,
        _ => candle_core::bail!("a kernel got a tensor of an unsupported type"),
    })
}

fn range(layout: &Layout) -> Result<std::ops::Range<usize>> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(start..end),
        None => candle_core::bail!("a kernel got a tensor that is not contiguous"),
    }
}

/// Runs a kernel's threads one after the other.
pub(super) fn run(kernel: &str, element: DType, args: &Args) -> Result<()> {
    let name = std::ffi::CString::new(kernel).map_err(candle_core::Error::wrap)?;
    // SAFETY: `run` is declared so; the arguments are those of the kernel.
    let status = unsafe {
        let run: libloading::Symbol<Run> = compiled(element)
            .get(b"run")
            .map_err(candle_core::Error::wrap)?;
        run(name.as_ptr(), std::ptr::from_ref(args).cast())
    };
    match status {
        0 => Ok(()),
        _ => candle_core::bail!("there is no kernel {kernel}"),
    }
}

/// A tensor of NaN, so that values left unwritten show.
pub(super) fn nan_filled(shape: Shape, dtype: DType) -> Result<Tensor> {
    let count = shape.elem_count();
    match dtype {
        DType::BF16 => Tensor::from_vec(vec![bf16::NAN; count], shape, &Device::Cpu),
        DType::U8 => Tensor::from_vec(vec![255u8; count], shape, &Device::Cpu),
        _ => Tensor::from_vec(vec![f32::NAN; count], shape, &Device::Cpu),
    }
}
