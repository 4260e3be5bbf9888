//! Compiles `kernels.cu` to PTX, once for each type of operands, where the
//! feature `cuda` is on; does nothing elsewhere.

use std::env;
use std::path::PathBuf;
use std::process::Command;

const SOURCE: &str = "src/kernels/cuda/kernels.cu";
/// The oldest architecture with bf16 products, so what is made runs on all later ones.
const PORTABLE: &str = "80";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={SOURCE}");
    for name in ["CUDA_HOME", "CUDA_PATH", "CUDA_COMPUTE_CAP", "NVCC"] {
        println!("cargo::rerun-if-env-changed={name}");
    }
    if env::var_os("CARGO_FEATURE_CUDA").is_none() {
        return;
    }
    if let Err(problem) = compile() {
        println!("cargo::error={problem}");
    }
}

fn compile() -> Result<(), String> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets no OUT_DIR")?);
    let capability = env::var("CUDA_COMPUTE_CAP").unwrap_or_else(|_| PORTABLE.to_string());
    let capability = capability.replace('.', "");
    for (name, flags) in [("f32", &[][..]), ("bf16", &["-DHALF"])] {
        let nvcc = nvcc();
        let done = Command::new(&nvcc)
            .args(["--ptx", "-O3"])
            .arg(format!("-arch=compute_{capability}"))
            .args(flags)
            .arg("-o")
            .arg(out.join(format!("{name}.ptx")))
            .arg(SOURCE)
            .output()
            .map_err(|error| {
                format!(
                    "cannot run {}: {error}; set CUDA_HOME to the CUDA toolkit's folder",
                    nvcc.display()
                )
            })?;
        if !done.status.success() {
            let log = String::from_utf8_lossy(&done.stderr);
            return Err(format!(
                "nvcc cannot compile {SOURCE}: {}",
                log.trim().replace('\n', "; ")
            ));
        }
    }
    Ok(())
}

/// `$NVCC`, else the toolkit's, else the one on the path.
fn nvcc() -> PathBuf {
    if let Some(nvcc) = env::var_os("NVCC") {
        return nvcc.into();
    }
    ["CUDA_HOME", "CUDA_PATH"]
        .iter()
        .filter_map(|name| Some(PathBuf::from(env::var_os(name)?).join("bin/nvcc")))
        .find(|nvcc| nvcc.is_file())
        .unwrap_or_else(|| "nvcc".into())
}
