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
        for link in text.split("](").skip(1) {
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
