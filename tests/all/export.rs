//! Runs written for other programs.

use std::time::Duration;

use candle_core::Device;
use lfw_tui::paths::{Paths, create_file};
use lfw_tui::runs::export;

use crate::runs::{create, in_background};
use crate::tiny;

#[test]
fn a_run_becomes_a_table_and_a_file_of_weights() {
    let home = tempfile::tempdir().unwrap();
    let paths = Paths::below(home.path());
    let run = create(&paths, tiny::spec(3));
    assert!(export::safetensors(&run).is_err(), "nothing is saved yet");
    in_background(&run, &tiny::material(), Duration::ZERO)
        .join()
        .unwrap()
        .unwrap();

    let table = export::csv(&run).unwrap();
    let mut lines = table.lines();
    assert_eq!(lines.next().unwrap(), export::COLUMNS.join(","));
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    assert!(rows.iter().all(|row| row.len() == export::COLUMNS.len()));
    let steps = rows.iter().filter(|row| !row[2].is_empty()).count();
    assert_eq!(steps as u64, 3 * tiny::STEPS_PER_EPOCH);
    let judged: Vec<&Vec<&str>> = rows.iter().filter(|row| !row[3].is_empty()).collect();
    assert_eq!(judged.len(), 3);
    assert!(judged[2][3].parse::<f64>().unwrap() < judged[0][3].parse().unwrap());
    assert_eq!(rows[rows.len() - 1][8], "finished");

    let file = home.path().join("weights.safetensors");
    create_file(&file, &export::safetensors(&run).unwrap()).unwrap();
    let weights = candle_core::safetensors::load(&file, &Device::Cpu).unwrap();
    assert_eq!(weights["encoder.code.weight"].dims()[1], 4);
    let again = create_file(&file, b"other").unwrap_err().to_string();
    assert!(again.contains("is there already"), "{again}");
    assert!(std::fs::read(&file).unwrap().len() > 1_000);
}
