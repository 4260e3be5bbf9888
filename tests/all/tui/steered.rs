//! Morph's directions, axes and square by their keys.

use std::sync::OnceLock;

use lfw_tui::dataset::Dataset;
use lfw_tui::dataset::import::import;
use lfw_tui::engine::{Heading, ModelRef, PictureRef, Request, RequestKind};
use lfw_tui::paths::Paths;
use lfw_tui::progress::unwatched;

use super::stage::{PEOPLE, Stage, folder};

/// The stage's data set with three attributes.
fn with_attributes() -> Dataset {
    static HOME: OnceLock<(tempfile::TempDir, Dataset)> = OnceLock::new();
    let (_, dataset) = HOME.get_or_init(|| {
        let home = tempfile::tempdir().unwrap();
        let copy = home.path().join("lfw");
        let mut table = "# person\timagenum\tMale\tSmiling\tWearing Hat\n".to_string();
        for (name, count) in PEOPLE {
            std::fs::create_dir_all(copy.join(name)).unwrap();
            for number in 1..=count {
                let file = format!("{name}/{name}_{number:04}.png");
                std::fs::copy(folder().join(&file), copy.join(&file)).unwrap();
                let name = name.replace('_', " ");
                table += &format!("{name}\t{number}\t1.0\t-0.5\t0.25\n");
            }
        }
        std::fs::write(copy.join("lfw_attributes.txt"), table).unwrap();
        let imported = import(&Paths::below(home.path()), &copy, &mut unwatched).unwrap();
        (home, imported.dataset)
    });
    dataset.clone()
}

fn along(stage: &Stage) -> (Heading, PictureRef, usize) {
    match stage.latest(RequestKind::Along) {
        Request::Along {
            heading,
            face,
            steps,
            ..
        } => (heading.clone(), face.clone(), *steps),
        other => panic!("{other:?}"),
    }
}

fn attribute(name: &str) -> Heading {
    Heading::Attribute(name.to_string())
}

#[test]
fn a_face_moves_along_attributes() {
    let mut stage = Stage::with(120, 40, with_attributes());
    stage.press("5vvvv");
    let (heading, face, steps) = along(&stage);
    assert_eq!(heading, attribute("Smiling"));
    assert_eq!((face, steps), (PictureRef::Index(0), 7));
    let text = stage.text();
    assert!(text.contains("direction Smiling · Ann Lee 1"), "{text}");
    assert!(text.contains("0 σ") && text.contains("−2"), "{text}");
    stage.press("l");
    assert!(stage.text().contains("+1 σ"));
    stage.press("j");
    assert_eq!(along(&stage).0, attribute("Wearing Hat"));
    stage.press("jkkkk");
    assert_eq!(along(&stage).0, attribute("Male"));
    stage.press("G");
    assert!(stage.text().contains("+3 σ"));
    stage.press("+");
    assert_eq!(along(&stage).2, 9);
    stage.press("]");
    assert_eq!(along(&stage).1, PictureRef::Index(3));
    stage.press("<Enter>");
    let Request::Save { name, .. } = stage.latest(RequestKind::Save) else {
        panic!("no save");
    };
    assert_eq!(name, "Barbara Bush 1 +3.0 Male");
    assert!(stage.message().contains("is now Barbara Bush 1 +3.0 Male"));
}

#[test]
fn a_face_moves_between_marked_sets() {
    let mut stage = Stage::open(120, 40);
    stage.press("5vvvv");
    let text = stage.text();
    assert!(text.contains("came without attributes"), "{text}");
    assert!(!stage.has_asked(RequestKind::Along));
    // Two marked faces: from all others to them.
    stage.press("1<Enter>tlt5");
    let sets = |to: &[usize], from: &[usize]| Heading::Sets {
        to: to.to_vec(),
        from: from.to_vec(),
    };
    assert_eq!(along(&stage).0, sets(&[20, 21], &[]));
    let text = stage.text();
    assert!(text.contains("direction 2 marked faces · "), "{text}");
    // They become the set that it comes from.
    stage.press("M");
    assert!(stage.message().contains("comes from 2 faces"));
    stage.press("1lt5");
    assert_eq!(along(&stage).0, sets(&[22], &[20, 21]));
    let text = stage.text();
    assert!(text.contains("1 marked face, from 2 others"), "{text}");
    stage.press("MM");
    assert!(stage.message().contains("all other faces again"));
    stage.press("M");
    assert!(stage.message().contains("t on Browse or Search"));
}

#[test]
fn sliders_move_a_face_along_the_axes() {
    let mut stage = Stage::with_denoisers(120, 40);
    stage.press("5VV");
    let asked = |stage: &Stage| match stage.latest(RequestKind::Axes) {
        Request::Axes {
            face,
            values,
            axis,
            sharp,
            ..
        } => (face.clone(), values.clone(), *axis, sharp.clone()),
        other => panic!("{other:?}"),
    };
    assert_eq!(asked(&stage), (None, vec![0.0; 16], 0, None));
    let text = stage.text();
    assert!(text.contains("the mean face along 4 axes"), "{text}");
    stage.press("jlllkh");
    let (_, values, axis, _) = asked(&stage);
    assert_eq!((values[0], values[1], axis), (-0.25, 0.75, 0));
    assert!(stage.text().contains("the way along axis 1"));
    stage.press("rr");
    let (_, drawn, _, _) = asked(&stage);
    assert!(drawn.iter().all(|value| value.abs() <= 3.0) && drawn[0] != drawn[1]);
    stage.press("0fS");
    let (face, values, _, sharp) = asked(&stage);
    assert_eq!(face, Some(PictureRef::Index(0)));
    assert_eq!(values, [0.0; 16]);
    assert_eq!(sharp, Some(ModelRef::Run("blind".to_string())));
    assert!(stage.text().contains("Ann Lee 1 along 4 axes"));
    stage.press("<Enter>");
    assert!(stage.message().contains("is now face on axes of PCA-32"));
}

#[test]
fn a_square_is_walked_in_with_the_arrows() {
    let mut stage = Stage::open(120, 40);
    let corners = |stage: &Stage| match stage.latest(RequestKind::Square) {
        Request::Square { corners, .. } => corners.clone(),
        other => panic!("{other:?}"),
    };
    stage.press("5V");
    // The first pictures of four people.
    assert_eq!(corners(&stage), [0, 3, 7, 20].map(PictureRef::Index));
    let text = stage.text();
    assert!(text.contains("A 100 %  B 0 %"), "{text}");
    stage.press("G");
    assert!(stage.text().contains("D 100 %"));
    stage.press("<Up><Left>");
    let text = stage.text();
    assert!(
        !text.contains("D 100 %") && !text.contains("D 0 %"),
        "{text}"
    );
    stage.press("<Enter>");
    assert!(stage.message().contains("is now mix A "));
    // A made face is a corner; marked ones take the corners.
    let Some(PictureRef::Cropped(..)) = corners(&stage).first() else {
        panic!("{:?}", corners(&stage));
    };
    stage.press("1<Enter>tlt5");
    assert_eq!(corners(&stage), [20, 21].map(PictureRef::Index));
    assert!(stage.text().contains("C mean face"));
    stage.press("w");
    let Request::Save {
        pictures,
        columns: Some(columns),
        name,
        ..
    } = stage.latest(RequestKind::Save)
    else {
        panic!("no sheet");
    };
    assert_eq!(pictures.len() % columns, 0);
    assert_eq!(name, "between George W Bush 1 George W Bush 2");
}

#[test]
fn directions_axes_and_square_fit_all_screens() {
    for (columns, rows) in [(60, 16), (80, 24), (120, 40), (200, 60)] {
        let mut stage = Stage::with(columns, rows, with_attributes());
        for (name, keys) in [("along", "5vvvv"), ("axes", "v"), ("square", "v")] {
            stage.press(keys);
            let text = stage.text();
            if (80..=120).contains(&columns) {
                insta::assert_snapshot!(format!("{name}_{columns}x{rows}"), text);
            } else {
                assert!(text.contains('▒'), "{text}");
            }
        }
    }
}
