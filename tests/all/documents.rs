//! The documents: links lead somewhere, and every dependency is explained.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::layers::{code, is_word, sources};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut documents = Vec::new();
    for folder in [root().to_path_buf(), root().join("docs")] {
        let entries = fs::read_dir(folder).unwrap();
        documents.extend(entries.map(|entry| entry.unwrap().path()));
    }
    let mut linked = BTreeSet::new();
    for document in documents
        .iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
    {
        let text = fs::read_to_string(document).unwrap();
        // Programs in the text index and call: `decoder[-1](x)` is no link.
        let prose: String = text.split("```").step_by(2).collect();
        for link in prose.split("](").skip(1) {
            let link = link.split([')', '#']).next().unwrap_or_default();
            if link.is_empty() || link.contains("://") {
                continue;
            }
            let target = document.parent().unwrap().join(link);
            assert!(
                target.exists(),
                "{}: {link} leads nowhere",
                document.display()
            );
            linked.insert(target.canonicalize().unwrap());
        }
    }
    // Every page can be reached from another.
    for page in fs::read_dir(root().join("docs")).unwrap() {
        let page = page.unwrap().path().canonicalize().unwrap();
        assert!(
            linked.contains(&page),
            "no link leads to {}",
            page.display()
        );
    }
}

/// Who rebuilds the convolutional network from the page finds every weight in
/// its script.
#[test]
fn the_page_on_models_loads_every_weight_of_the_convolutional_network() {
    use lfw_tui::models::{ModelSpec, build};
    let page = fs::read_to_string(root().join("docs/models.md")).unwrap();
    let script = page.split("```python").nth(1).unwrap();
    let script = script.split("```").next().unwrap();
    let model = build(&ModelSpec::conv(32, 32), 0, &candle_core::Device::Cpu).unwrap();
    for (name, _) in model.parameters().iter() {
        let (layer, kind) = name.rsplit_once('.').unwrap();
        let (layer, kind) = (
            layer.trim_end_matches(char::is_numeric),
            format!(".{kind}\"]"),
        );
        assert!(script.contains(layer) && script.contains(&kind), "{name}");
    }
    assert!(page.contains(&format!(
        "{},{:03} weights with a code of 32",
        model.parameters().element_count() / 1000,
        model.parameters().element_count() % 1000
    )));
}

/// The crates that a manifest's section names.
fn manifest_section(section: &str) -> BTreeSet<String> {
    let manifest: toml::Table = fs::read_to_string(root().join("Cargo.toml"))
        .unwrap()
        .parse()
        .unwrap();
    manifest[section]
        .as_table()
        .unwrap()
        .keys()
        .cloned()
        .collect()
}

/// Words separated by commas or `and`, without what stands in parentheses.
fn listed(text: &str) -> BTreeSet<String> {
    let mut depth = 0;
    let plain: String = text
        .chars()
        .filter(|c| {
            depth += i32::from(*c == '(');
            let outside = depth == 0;
            depth -= i32::from(*c == ')');
            outside
        })
        .collect();
    plain
        .split(',')
        .flat_map(|part| part.split(" and "))
        .map(|name| name.split_whitespace().collect::<String>())
        .filter(|name| !name.is_empty())
        .collect()
}

/// docs/dependencies.md has a row with a reason for each direct dependency and
/// for nothing else, and a sentence that lists those of tests alone.
#[test]
fn every_dependency_is_explained() {
    let page = fs::read_to_string(root().join("docs/dependencies.md")).unwrap();
    let mut explained = BTreeSet::new();
    let chosen = page.split("## Tried and not used").next().unwrap();
    for row in chosen.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 2, "{row}");
        assert!(cells[1].split_whitespace().count() >= 2, "no reason: {row}");
        for name in listed(cells[0]) {
            assert!(explained.insert(name.clone()), "{name} is explained twice");
        }
    }
    let dependencies = manifest_section("dependencies");
    assert_eq!(explained, dependencies, "rows and Cargo.toml differ");
    let (_, tests) = page.split_once("Only for tests and benchmarks:").unwrap();
    let tests = tests.trim().trim_end_matches('.');
    let only_tests: BTreeSet<String> = manifest_section("dev-dependencies")
        .into_iter()
        .filter(|name| ["half", "rustix"].contains(&name.as_str()) || !dependencies.contains(name))
        .collect();
    assert_eq!(
        listed(tests),
        only_tests,
        "the last sentence and Cargo.toml differ"
    );
}

/// Each direct dependency is named in the program's code.
#[test]
fn every_dependency_is_used() {
    let sources: Vec<String> = sources("src").iter().map(|(_, text)| code(text)).collect();
    for name in manifest_section("dependencies") {
        let library = match name.as_str() {
            "md-5" => "md5".to_string(),
            other => other.replace('-', "_"),
        };
        let is_named = |source: &String| {
            source
                .match_indices(&format!("{library}::"))
                .any(|(at, _)| !source[..at].ends_with(is_word) && !source[..at].ends_with("::"))
        };
        assert!(sources.iter().any(is_named), "nothing uses {name}");
    }
}
