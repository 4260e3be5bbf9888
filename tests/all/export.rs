//! Exports of runs for other programs.

use std::time::Duration;

use candle_core::Device;
use lfw_tui::paths::create_file;
use lfw_tui::runs::export;

use crate::runs::{create, in_background};
use crate::tiny;

#[test]
fn a_run_becomes_a_table_and_a_file_of_weights() {
    let (home, paths) = tiny::home();
    let run = create(&paths, tiny::spec(3));
    assert!(export::safetensors(&run).is_err(), "nothing is saved yet");
    in_background(&run, &tiny::material(), Duration::ZERO)
        .join()
        .unwrap()
        .unwrap();

    let table = export::csv(&run).unwrap().content;
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
    assert!(again.contains("already exists"), "{again}");
    assert!(std::fs::read(&file).unwrap().len() > 1_000);
}

/// The fields of a protocol buffer: number and content of each.
fn fields(mut bytes: &[u8]) -> Vec<(u64, Vec<u8>)> {
    fn varint(bytes: &mut &[u8]) -> u64 {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (first, rest) = bytes.split_first().unwrap();
            *bytes = rest;
            value |= u64::from(first & 0x7f) << shift;
            if first & 0x80 == 0 {
                break;
            }
        }
        value
    }
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        let length = match key & 7 {
            0 => {
                let value = varint(&mut bytes);
                found.push((key >> 3, value.to_le_bytes().to_vec()));
                continue;
            }
            1 => 8,
            2 => varint(&mut bytes) as usize,
            5 => 4,
            other => panic!("wire type {other}"),
        };
        let (value, rest) = bytes.split_at(length);
        found.push((key >> 3, value.to_vec()));
        bytes = rest;
    }
    found
}

#[test]
fn a_run_becomes_events_for_tensorboard_and_a_page() {
    let (_home, paths) = tiny::home();
    let run = create(&paths, tiny::spec(2));
    in_background(&run, &tiny::material(), Duration::ZERO)
        .join()
        .unwrap()
        .unwrap();

    let file = export::events(&run).unwrap().content;
    let (mut rest, mut tags) = (file.as_slice(), Vec::new());
    while !rest.is_empty() {
        let length = u64::from_le_bytes(rest[..8].try_into().unwrap()) as usize;
        let event = &rest[12..12 + length];
        rest = &rest[12 + length + 4..];
        for (_, summary) in fields(event).iter().filter(|(number, _)| *number == 5) {
            for (_, value) in fields(summary) {
                let value = fields(&value);
                tags.push(String::from_utf8(value[0].1.clone()).unwrap());
            }
        }
    }
    let count = |tag: &str| tags.iter().filter(|found| *found == tag).count() as u64;
    assert_eq!(count("loss/training"), 2 * tiny::STEPS_PER_EPOCH);
    assert_eq!(count("loss/held_out"), 2);
    assert_eq!(count("faces"), 2);

    let page = export::html(&run).unwrap().content;
    assert_eq!(page.matches("data:image/png;base64,").count(), 2);
    assert_eq!(page.matches("<polyline").count(), 2);
    assert!(page.contains("<td>finished</td>") && page.trim_end().ends_with("</html>"));
    // A browser has nothing to fetch.
    assert!(!page.contains("http"), "{page}");
}
