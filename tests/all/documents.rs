//! The documents: links lead somewhere, and every dependency is explained.

use std::fs;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut documents = vec![root().join("README.md")];
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        documents.push(entry.unwrap().path());
    }
    let mut checked = 0;
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
            checked += 1;
        }
    }
    assert!(checked >= 3, "{checked} links checked");
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

/// A line in docs/dependencies.md for each direct dependency.
#[test]
fn every_dependency_is_explained() {
    let manifest: toml::Table = fs::read_to_string(root().join("Cargo.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let explained = fs::read_to_string(root().join("docs/dependencies.md")).unwrap();
    for section in ["dependencies", "dev-dependencies"] {
        for name in manifest[section].as_table().unwrap().keys() {
            assert!(
                explained.contains(name.as_str()),
                "docs/dependencies.md lacks {name}"
            );
        }
    }
}
