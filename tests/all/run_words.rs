//! Notes, tags, filters and orders of runs on the command line.

use super::names::Place;

fn json(place: &Place, arguments: &[&str]) -> Vec<serde_json::Value> {
    let lines = place.ok(arguments);
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_run_has_a_note_and_tags() {
    let place = Place::new();
    place.make("one");
    assert_eq!(place.ok(&["runs", "note", "one"]), "");
    let said = place.ok(&["runs", "note", "one", "the long one\nwith \x1b[2J flips"]);
    assert_eq!(said, "one: the long one\nwith \u{fffd}[2J flips\n");
    assert_eq!(
        place.ok(&["runs", "tag", "one", "+night", "v2", "-old"]),
        "one: night v2\n"
    );
    assert_eq!(place.ok(&["runs", "tag", "one", "-v2"]), "one: night\n");
    let shown = place.ok(&["runs", "show", "one"]);
    assert!(shown.contains("tags           night\n"), "{shown}");
    assert!(
        shown.contains("note           the long one\n               with"),
        "{shown}"
    );
    let listed = place.ok(&["runs"]);
    assert!(listed.ends_with("  #night the long one\n"), "{listed}");
    let run = &json(&place, &["runs", "show", "one", "--json"])[0];
    assert_eq!(run["tags"][0], "night");
    assert!(run["note"].as_str().unwrap().starts_with("the long one\n"));
    assert_eq!(
        json(&place, &["runs", "tag", "one", "+a", "--json"])[0]["tags"][1],
        "night"
    );
    let replaced = place.ok(&["runs", "note", "one", ""]);
    assert!(
        replaced.starts_with("one has no note; it was: the long one"),
        "{replaced}"
    );
    let refused = place.refused(&["runs", "tag", "one", "+a|b"]);
    assert!(refused.contains("letters, digits, dashes"), "{refused}");
    assert_eq!(
        place.refused(&["runs", "note", "two", "x"]).lines().count(),
        1
    );
}

#[test]
fn runs_are_filtered_and_sorted() {
    let place = Place::new();
    for (name, tag) in [("bee", "+night"), ("ant", "+day"), ("Cow", "+night")] {
        place.make(name);
        place.ok(&["runs", "tag", name, tag]);
    }
    let names = |arguments: &[&str]| -> Vec<String> {
        let all = [&["runs", "list", "--json"], arguments].concat();
        let runs = json(&place, &all);
        runs.iter()
            .map(|run| run["name"].as_str().unwrap().to_string())
            .collect()
    };
    assert_eq!(names(&[]), ["Cow", "ant", "bee"]);
    assert_eq!(names(&["--reverse"]), ["bee", "ant", "Cow"]);
    assert_eq!(names(&["--sort", "name"]), ["ant", "bee", "Cow"]);
    assert_eq!(
        names(&["--filter", "tag:night", "--sort", "name"]),
        ["bee", "Cow"]
    );
    assert_eq!(names(&["--filter", "-tag:night"]), ["ant"]);
    assert_eq!(
        names(&["--filter", "ant|cow state:queued preset:linear"]),
        ["Cow", "ant"]
    );
    assert_eq!(names(&["--filter", "loss<1"]), [""; 0]);
    let none = place.ok(&["runs", "list", "--filter", "epoch>3"]);
    assert_eq!(none, "none of 3 runs passes the filter\n");
    for (arguments, told) in [
        (
            ["--filter", "a losss<1"],
            "--filter: at character 3: \"losss\" is neither",
        ),
        (["--sort", "nmae"], "did you mean name?"),
    ] {
        let all = [&["runs", "list"][..], &arguments].concat();
        let output = place.call(&all);
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(told), "{said}");
    }
}
