//! Caches are optional: if they cannot be written or are damaged, everything is computed without
//! them, with one note. What killed processes leave is removed.

use std::path::{Path, PathBuf};
use std::process::Output;

use lfw_tui::dataset::{FaceSpec, Faces, import::import};
use lfw_tui::engine::{
    Engine, ModelRef, PictureRef, Request, RequestId, ResponseBody, SearchParams,
};
use lfw_tui::models::model_file::TrainedOn;
use lfw_tui::models::{Autoencoder, pca_cache};
use lfw_tui::paths::Paths;
use lfw_tui::progress::{Progress, Unit, unwatched};

use crate::cli::program;
use crate::tiny;

/// A home whose data set is imported.
fn home() -> (tempfile::TempDir, Paths) {
    let folder = tempfile::tempdir().unwrap();
    let pictures = folder.path().join("pictures");
    tiny::pictures(&pictures);
    let paths = Paths::below(folder.path().join("home"));
    import(&paths, &pictures, &mut unwatched).unwrap();
    (folder, paths)
}

/// Makes a cache that no one can write to, not even root.
fn spoil(paths: &Paths) {
    let cache = cache(paths);
    let _ = std::fs::remove_dir_all(&cache);
    std::fs::write(cache, "no folder").unwrap();
}

fn cache(paths: &Paths) -> PathBuf {
    paths.face_tensors().parent().unwrap().to_path_buf()
}

fn notes(output: &Output) -> usize {
    let text = String::from_utf8_lossy(&output.stderr);
    text.matches("continuing without a cache").count()
}

#[test]
fn commands_compute_without_a_cache_and_say_so_once() {
    let (folder, paths) = home();
    let home = folder.path().join("home");
    let run = |arguments: &str| {
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        let output = program(&home, &arguments)
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        output
    };
    run("import pictures");
    let with = run("search pca-4 Some_Body_0003 --json");
    assert_eq!(notes(&with), 0);
    spoil(&paths);
    let without = run("search pca-4 Some_Body_0003 --json");
    assert_eq!(notes(&without), 1, "{without:?}");
    let found = |output: &Output| -> Vec<serde_json::Value> {
        let text = String::from_utf8_lossy(&output.stdout);
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    assert_eq!(found(&without).len(), found(&with).len());
    for arguments in [
        "denoise pca-4 Some_Body_0003 --noise gaussian:0.1 -o out.png",
        "eval pca-4 --json",
        "morph pca-4 Some_Body_0001 Some_Body_0002 -o morph.png",
        "train --preset linear --code-size 4 --epochs 1 --device cpu",
    ] {
        assert_eq!(notes(&run(arguments)), 1, "{arguments}");
    }
    assert!(cache(&paths).is_file(), "what stands there stays");
}

/// With a limit on file sizes, the disk is full in the middle of a tensor.
#[test]
fn a_full_disk_while_writing_the_cache_is_not_fatal() {
    let (folder, paths) = home();
    let home = folder.path().join("home");
    std::fs::remove_dir_all(cache(&paths)).unwrap();
    let own = program(
        &home,
        &["search", "pca-4", "Some_Body_0003", "--data", "pictures"],
    );
    let output = std::process::Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 100; exec \"$@\"", "sh"])
        .arg(own.get_program())
        .args(own.get_args())
        .env("LFW_TUI_HOME", &home)
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(notes(&output), 1, "{output:?}");
    assert_eq!(unfinished(&home), Vec::<PathBuf>::new());
}

#[test]
fn an_import_does_not_need_the_cache() {
    let folder = tempfile::tempdir().unwrap();
    tiny::pictures(&folder.path().join("pictures"));
    let paths = Paths::below(folder.path().join("home"));
    std::fs::create_dir(folder.path().join("home")).unwrap();
    spoil(&paths);
    let output = program(&folder.path().join("home"), &["import", "pictures"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(notes(&output), 1);
}

#[test]
fn the_screens_engine_answers_without_a_cache() {
    let (_folder, paths) = home();
    spoil(&paths);
    let (engine, mut replies) = Engine::start(paths, "cpu".to_string(), None).unwrap();
    engine.send(RequestId(1), Request::Open { data: None });
    let model = ModelRef::Pca {
        code_size: 8,
        faces: FaceSpec::default(),
    };
    let (mut notes, mut asked) = (0, false);
    loop {
        match replies.blocking_recv().expect("the engine lives").body {
            ResponseBody::Note(text) => {
                assert!(text.contains("without a cache"), "{text}");
                notes += 1;
            }
            ResponseBody::Failed(problem) => panic!("{problem}"),
            ResponseBody::Opened(_) if !asked => {
                asked = true;
                let search =
                    Request::Search(SearchParams::new(model.clone(), PictureRef::Index(3)));
                engine.send(RequestId(2), search);
            }
            ResponseBody::SearchResults(found) => {
                assert_eq!(found.rows[0].hits.len(), 10);
                break;
            }
            _ => {}
        }
    }
    assert_eq!(notes, 1, "said once");
}

/// All bytes but the last.
fn cut(whole: &[u8]) -> &[u8] {
    &whole[..whole.len() - 1]
}

#[test]
fn damaged_and_foreign_caches_are_made_again() {
    let (_folder, paths) = home();
    let all = lfw_tui::dataset::list(&paths).unwrap();
    let dataset = lfw_tui::dataset::open(&paths, &all[0].id).unwrap();
    let spec = FaceSpec::default();
    let load = || Faces::load(&paths, &dataset, spec, &mut unwatched).unwrap();
    let right = load().bytes(5).to_vec();
    let file = only_file(&paths.face_tensors());
    let whole = std::fs::read(&file).unwrap();
    let mut other_shape = whole.clone();
    other_shape[70] ^= 1;
    for damage in [&whole[..0], &whole[..50], cut(&whole), &other_shape] {
        std::fs::write(&file, damage).unwrap();
        assert_eq!(load().bytes(5), right);
        assert_eq!(std::fs::read(&file).unwrap(), whole, "made again");
    }
    // A folder in its place cannot be replaced by a file.
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    let mut told = 0;
    let mut count = |progress: Progress<'_>| {
        told += usize::from(progress.unit == Unit::Note);
        Ok(())
    };
    let faces = Faces::load(&paths, &dataset, spec, &mut count).unwrap();
    assert_eq!((faces.bytes(5), told), (right.as_slice(), 1));

    let rows: Vec<usize> = (0..faces.len()).collect();
    let fit = || {
        let data = TrainedOn::pictures_of(&dataset, rows.len());
        pca_cache::load_or_fit(&paths, data, &faces, &rows, 4, &mut unwatched).unwrap()
    };
    let codes = |pca: &lfw_tui::models::Pca| {
        let face = candle_core::Tensor::from_vec(
            faces.batch(&[3]),
            (1, 32, 32, 3),
            &candle_core::Device::Cpu,
        )
        .unwrap();
        let code = pca.encode(&face).unwrap();
        code.flatten_all().unwrap().to_vec1::<f32>().unwrap()
    };
    let right = codes(&fit());
    let folder = only_file(&paths.fitted_models());
    let weights = folder.join("model.safetensors");
    let description = folder.join("model.json");
    let (whole, words) = (
        std::fs::read(&weights).unwrap(),
        std::fs::read_to_string(&description).unwrap(),
    );
    let mut not_finite = whole.clone();
    let end = not_finite.len() - 4;
    not_finite[end..].copy_from_slice(&f32::NAN.to_le_bytes());
    for damage in [&whole[..0], &whole[..9], cut(&whole), &not_finite] {
        std::fs::write(&weights, damage).unwrap();
        assert_eq!(codes(&fit()), right);
        assert_eq!(std::fs::read(&weights).unwrap(), whole, "made again");
    }
    let foreign = words.replace(&dataset.fingerprint, "another");
    assert_ne!(foreign, words);
    for damage in ["", "{", "null", &foreign] {
        std::fs::write(&description, damage).unwrap();
        assert_eq!(codes(&fit()), right);
        assert_eq!(std::fs::read_to_string(&description).unwrap(), words);
    }
}

fn only_file(folder: &Path) -> PathBuf {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(entries.len(), 1, "{entries:?}");
    entries.remove(0)
}

/// The names of unfinished files, anywhere in the program's folders.
fn unfinished(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with(".unfinished-") {
                found.push(entry.path());
            } else if entry.path().is_dir() {
                folders.push(entry.path());
            }
        }
    }
    found
}

/// Kills the first start at several moments; the next start removes everything left.
#[test]
fn leftovers_of_an_interrupted_first_start_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let paths = Paths::below(home);
    let begun = std::time::Instant::now();
    let mut child = program(home, &["eval", "pca-4"])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while unfinished(&paths.datasets()).is_empty() {
        assert!(begun.elapsed().as_secs() < 60, "nothing is drawn");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    // What a running process is making is kept.
    lfw_tui::paths::unfinished::sweep_all(&paths);
    assert!(
        !unfinished(&paths.datasets()).is_empty() || paths.datasets().join("sample-1").is_dir()
    );
    child.kill().unwrap();
    child.wait().unwrap();
    for place in [paths.face_tensors(), paths.fitted_models().join("pca-x")] {
        std::fs::create_dir_all(&place).unwrap();
        std::fs::write(place.join(".unfinished-abcdef"), "half").unwrap();
    }
    let output = program(home, &["eval", "pca-4"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(unfinished(home), Vec::<PathBuf>::new());
    assert!(paths.datasets().join("sample-1").is_dir());
}
