//! Denoising autoencoders on Labeled Faces in the Wild, in a terminal.
//!
//! Layers, each importing only from those left of it:
//!
//! ```text
//! display error number_format interrupt paths rng progress device logging config ← dataset kernels ← imaging models
//!     ← classical generation latent search training ← runs verification ← model_store ← engine ← cli ← commands | tui ← main
//! ```
//!
//! The domain never names a terminal type; `tests/` checks both rules.
//!
//! # Use as a library
//!
//! Open a data set: a folder with a subfolder of pictures for each person, or an archive such as
//! `lfw.tgz`. It is imported when it is opened for the first time. Everything is kept below the
//! given folder; [`Paths::from_environment`](paths::Paths::from_environment) gives the user's own
//! folders instead.
//!
//! ```
//! use lfw_tui::dataset;
//! use lfw_tui::paths::Paths;
//! use lfw_tui::progress::unwatched;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let home = tempfile::tempdir()?;
//! # let source = home.path().join("pictures");
//! # for (person, shade) in [("Ada_Lovelace", 90), ("Alan_Turing", 160)] {
//! #     std::fs::create_dir_all(source.join(person))?;
//! #     let picture = image::RgbImage::from_pixel(64, 64, image::Rgb([shade; 3]));
//! #     picture.save(source.join(person).join(format!("{person}_0001.png")))?;
//! # }
//! # let home = home.path();
//! let paths = Paths::below(home);
//! let dataset = dataset::resolve(&paths, source.to_str(), &mut unwatched)?;
//! println!("{} pictures of {} people", dataset.pictures.len(), dataset.people.len());
//! # assert_eq!((dataset.pictures.len(), dataset.people.len()), (2, 2));
//! # Ok(())
//! # }
//! ```
//!
//! Load a model and reconstruct a picture.
//! [`model_file::load`](models::model_file::load) loads a model from its folder, such as a
//! checkpoint of a run.
//!
//! ```
//! use candle_core::Device;
//! use lfw_tui::dataset::faces::{byte_to_value, crop_and_resize};
//! use lfw_tui::latent::reconstruct;
//! use lfw_tui::models::bundled;
//! use lfw_tui::training::metrics::{mse, psnr_db};
//!
//! # fn main() -> lfw_tui::Result<()> {
//! # let picture = image::RgbImage::from_fn(250, 250, |x, y| image::Rgb([(x / 2 + y / 3) as u8; 3]));
//! let saved = bundled::load("sample-face", &Device::Cpu)?;
//! let face = crop_and_resize(&picture, saved.metadata.crop, saved.metadata.face_spec());
//! let values: Vec<f32> = face.into_iter().map(byte_to_value).collect();
//! let output = reconstruct(saved.model.as_ref(), &values)?;
//! println!("PSNR {:.1} dB", psnr_db(mse(&output, &values)));
//! # assert_eq!(output.len(), values.len());
//! # Ok(())
//! # }
//! ```
//!
//! Search: encode a data set, and find the nearest neighbours of a face in code space.
//!
//! ```
//! use std::sync::Arc;
//!
//! use candle_core::Device;
//! use lfw_tui::dataset::{self, Faces};
//! use lfw_tui::latent::encode_all;
//! use lfw_tui::models::bundled;
//! use lfw_tui::progress::unwatched;
//! use lfw_tui::search::{BruteForce, CodeTable, Index, Metric};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let home = tempfile::tempdir()?;
//! # let source = home.path().join("pictures");
//! # for (person, shade) in [("Ada_Lovelace", 90), ("Alan_Turing", 160), ("Emmy_Noether", 97)] {
//! #     std::fs::create_dir_all(source.join(person))?;
//! #     let picture = image::RgbImage::from_pixel(64, 64, image::Rgb([shade; 3]));
//! #     picture.save(source.join(person).join(format!("{person}_0001.png")))?;
//! # }
//! # let paths = lfw_tui::paths::Paths::below(home.path());
//! # let dataset = dataset::resolve(&paths, source.to_str(), &mut unwatched)?;
//! let saved = bundled::load("sample-face", &Device::Cpu)?;
//! let faces = Faces::load(&paths, &dataset, saved.metadata.face_spec(), &mut unwatched)?;
//! let rows: Vec<usize> = (0..faces.len()).collect();
//! let codes = encode_all(saved.model.as_ref(), &faces, &rows, &mut unwatched)?;
//! let table = CodeTable::new(codes.values, codes.width, Metric::L2)?;
//! let index = BruteForce::new(Arc::new(table));
//! for hit in index.neighbours(0, 10)? {
//!     println!("{} at distance {}", dataset.face_name(hit.row), hit.distance);
//! }
//! # let nearest = index.neighbours(0, 1)?[0].row;
//! # assert_eq!(dataset.face_name(nearest), "Emmy Noether 1");
//! # Ok(())
//! # }
//! ```

#![deny(missing_docs)]

pub mod classical;
pub mod cli;
pub mod commands;
pub mod config;
pub mod dataset;
pub mod device;
pub mod display;
pub mod engine;
pub mod error;
pub mod generation;
pub(crate) mod imaging;
pub mod interrupt;
pub mod kernels;
pub mod latent;
mod logging;
mod model_store;
pub mod models;
pub mod number_format;
pub mod paths;
pub mod progress;
pub mod rng;
pub mod runs;
pub mod search;
pub mod training;
pub mod tui;
mod verification;

pub use error::{Error, Result};
