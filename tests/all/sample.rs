//! The built-in sample is complete, and drawing it is a pure function.

use std::collections::HashSet;
use std::path::Path;

use lfw_tui::Error;
use lfw_tui::dataset::Dataset;
use lfw_tui::dataset::sample::{self, PICTURE_COUNT};
use lfw_tui::progress::unwatched;
use sha2::{Digest, Sha256};

use crate::tiny;

fn lines(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(str::to_string).collect()
}

#[test]
fn drawing_is_a_pure_function_of_the_picture() {
    let mut different = HashSet::new();
    for picture in [0, 1, 57, 230, 399] {
        let first = sample::draw_picture(picture).unwrap();
        assert_eq!(first.len(), 250 * 250 * 3);
        assert_eq!(first, sample::draw_picture(picture).unwrap());
        assert!(different.insert(Sha256::digest(&first).to_vec()));
    }
    assert!(sample::draw_picture(PICTURE_COUNT).is_err());
}

/// A change of the drawing needs a new [`sample::ID`], or old caches pass for it: once this version
/// is released, change the number together with this checksum.
#[test]
fn the_drawing_matches_its_version() {
    let mut sum = Sha256::new();
    for picture in [3, 44, 178, 265, 391] {
        sum.update(sample::draw_picture(picture).unwrap());
    }
    let sum: String = sum.finalize()[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!((sample::ID, sum.as_str()), ("sample-1", "9af0caa161944ae4"));
}

#[test]
fn the_sample_is_complete_cached_and_repaired() {
    let (_home, paths) = tiny::home();
    let mut reports = Vec::new();
    let dataset = sample::ensure(&paths, &mut |progress| {
        reports.push((progress.done, progress.total));
        Ok(())
    })
    .unwrap();
    assert_eq!(reports.last(), Some(&(400, Some(400))));
    assert_eq!(reports.len(), 400);
    assert!(dataset.is_sample);
    assert_eq!((dataset.people.len(), dataset.pictures.len()), (40, 400));
    assert!(dataset.people.is_sorted_by(|a, b| a.folder < b.folder));

    for picture in (0..400).step_by(37) {
        let path = dataset.path(picture);
        let decoded = image::open(&path).unwrap().to_rgb8();
        assert_eq!(decoded.dimensions(), (250, 250));
        let drawn = sample::draw_picture(picture).unwrap();
        let squares = decoded.as_raw().iter().zip(&drawn).map(|(&a, &b)| {
            let error = f64::from(a) - f64::from(b);
            error * error
        });
        let error = squares.sum::<f64>() / drawn.len() as f64;
        assert!(error < 40.0, "{}: {error}", path.display());
    }
    let path = dataset.path(dataset.people[7].pictures.start + 2);
    let name = &dataset.people[7].folder;
    assert!(path.ends_with(format!("lfw/{name}/{name}_0003.jpg")));
    protocol_files_list_everyone(dataset.root.parent().unwrap());

    // Cached: nothing is drawn, so nothing is reported.
    let again = sample::ensure(&paths, &mut |_| panic!("drawn again")).unwrap();
    assert_eq!(again.fingerprint, dataset.fingerprint);

    the_nearest_picture_is_often_of_the_same_person(&dataset);

    // Damaged: repaired to the same bytes, also by two processes at once.
    let before = std::fs::read(&path).unwrap();
    std::fs::write(&path, b"").unwrap();
    std::thread::scope(|scope| {
        let mend = || scope.spawn(|| sample::ensure(&paths, &mut unwatched).unwrap().fingerprint);
        for mended in [mend(), mend()] {
            assert_eq!(mended.join().unwrap(), dataset.fingerprint);
        }
    });
    assert_eq!(std::fs::read(&path).unwrap(), before);
    let left: Vec<_> = std::fs::read_dir(paths.datasets()).unwrap().collect();
    assert_eq!(left.len(), 1, "unfinished folders stay behind: {left:?}");
}

/// The nearest other picture, by raw pixels, is of the same person far more often than by chance (9
/// of 399), but not always; and no two pictures are the same.
fn the_nearest_picture_is_often_of_the_same_person(dataset: &Dataset) {
    let small: Vec<Vec<f32>> = (0..400)
        .map(|picture| {
            let image = image::open(dataset.path(picture)).unwrap().to_rgb8();
            let mut sums = vec![0.0; 18 * 18 * 3];
            for (x, y, pixel) in image.enumerate_pixels() {
                if (80..170).contains(&x) && (80..170).contains(&y) {
                    let cell = ((y - 80) / 5 * 18 + (x - 80) / 5) as usize * 3;
                    for channel in 0..3 {
                        sums[cell + channel] += f32::from(pixel[channel]) / 25.0;
                    }
                }
            }
            sums
        })
        .collect();
    let distance =
        |a: &[f32], b: &[f32]| -> f32 { a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum() };
    let mut same = 0;
    for (query, face) in small.iter().enumerate() {
        let others = small
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != query);
        let (nearest, how_far) = others
            .map(|(other, values)| (other, distance(face, values)))
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .unwrap();
        assert!(how_far > 972.0, "{query} and {nearest} look the same");
        if dataset.pictures[query].person == dataset.pictures[nearest].person {
            same += 1;
        }
    }
    assert!(
        (80..360).contains(&same),
        "rank-1 of raw pixels: {same} of 400"
    );
}

fn protocol_files_list_everyone(folder: &Path) {
    let training = lines(&folder.join("peopleDevTrain.txt"));
    let test = lines(&folder.join("peopleDevTest.txt"));
    assert_eq!(training[0], (training.len() - 1).to_string());
    assert_eq!(test[0], (test.len() - 1).to_string());
    let names: HashSet<&String> = training[1..].iter().chain(&test[1..]).collect();
    assert_eq!(names.len(), 40, "nobody is in both parts");
    let pairs = lines(&folder.join("pairs.txt"));
    assert_eq!(pairs[0], "10\t20");
    assert_eq!(pairs.len(), 1 + 10 * 40);
    for pair in &pairs[1..] {
        let fields: Vec<&str> = pair.split('\t').collect();
        match fields.as_slice() {
            [_, first, second] => assert_ne!(first, second),
            [a, _, b, _] => assert_ne!(a, b),
            _ => panic!("{pair}"),
        }
    }

    let attributes = lines(&folder.join("lfw_attributes.txt"));
    assert!(attributes[0].starts_with('#'));
    let header: Vec<&str> = attributes[1].split('\t').collect();
    assert_eq!(&header[..4], &["#", "person", "imagenum", "Male"]);
    assert_eq!(header.len(), 1 + 2 + 73);
    assert_eq!(attributes.len(), 2 + 400);
    for row in &attributes[2..] {
        let fields: Vec<&str> = row.split('\t').collect();
        assert_eq!(fields.len(), header.len() - 1, "{row}");
        assert!(fields[2..].iter().all(|score| score.parse::<f32>().is_ok()));
    }
}

#[test]
fn a_cancelled_drawing_leaves_nothing() {
    let (_home, paths) = tiny::home();
    let stopped = sample::ensure(&paths, &mut |_| Err(Error::Cancelled));
    assert!(matches!(stopped, Err(Error::Cancelled)));
    assert_eq!(std::fs::read_dir(paths.datasets()).unwrap().count(), 0);
}
