//! No file of the library imports another in a circle, directly or through
//! others. Read from the sources: `use` declarations and paths in code, by
//! `crate::`, `super::`, `self::` or a child module's name, each followed
//! through re-exports to the file that defines the item.

use std::collections::{BTreeMap, BTreeSet};

use crate::layers::{code, is_word, sources};

/// A module's path below the crate: `["runs", "status"]`.
type Module = Vec<String>;

/// What the sources say of one file.
struct File {
    name: String,
    /// Paths that it names, from the crate's root.
    paths: Vec<Vec<String>>,
    /// What it re-exports: name and path.
    exports: BTreeMap<String, Vec<String>>,
}

fn module_of(file: &str) -> Option<Module> {
    let inside = file.strip_prefix("src/")?.strip_suffix(".rs")?;
    let mut parts: Vec<String> = inside.split('/').map(str::to_string).collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    match parts.as_slice() {
        [only] if only == "main" => None,
        // Unit tests in files of their own may import anything.
        parts if parts.iter().any(|part| part == "tests") => None,
        [only] if only == "lib" => Some(Vec::new()),
        _ => Some(parts),
    }
}

/// All paths of a `use` tree such as `a::{b, c::{self, D as E}}`.
fn use_paths(tree: &str, prefix: &[String]) -> Vec<Vec<String>> {
    let tree = tree.trim();
    let Some(open) = tree.find('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        let own = path.split("::").map(|part| part.trim().to_string());
        return vec![prefix.iter().cloned().chain(own).collect()];
    };
    let head = tree[..open].split("::").map(str::trim);
    let head = head.filter(|part| !part.is_empty()).map(str::to_string);
    let prefix: Vec<String> = prefix.iter().cloned().chain(head).collect();
    let inside = &tree[open + 1..tree.rfind('}').unwrap_or(tree.len())];
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, c) in inside.char_indices().chain([(inside.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !inside[start..at].trim().is_empty() {
                    found.extend(use_paths(&inside[start..at], &prefix));
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    found
}

/// A path as it stands in `module`, from the crate's root; none for what lies
/// in other crates or is a local name.
fn absolute(module: &Module, children: &[String], path: &[String]) -> Option<Vec<String>> {
    let first = path.first()?.as_str();
    let supers = path.iter().take_while(|part| *part == "super").count();
    let (base, rest) = match first {
        "crate" => (&module[..0], &path[1..]),
        "self" => (&module[..], &path[1..]),
        "super" => (
            &module[..module.len().checked_sub(supers)?],
            &path[supers..],
        ),
        _ if children.iter().any(|child| child == first) => (&module[..], path),
        _ => return None,
    };
    Some(base.iter().chain(rest).cloned().collect())
}

fn read(name: &str, text: &str, module: &Module) -> File {
    let code = code(text);
    let children: Vec<String> = code
        .lines()
        .filter_map(|line| line.trim().strip_suffix(';')?.rsplit_once("mod "))
        .filter(|(before, _)| before.is_empty() || before.trim_end().starts_with("pub"))
        .map(|(_, child)| child.to_string())
        .collect();
    let (mut paths, mut exports) = (Vec::new(), BTreeMap::new());
    let mut rest = String::new();
    for statement in code.split_inclusive(';') {
        let declaration = statement
            .match_indices("use ")
            .find(|(at, _)| !statement[..*at].ends_with(is_word));
        let Some((at, _)) = declaration else {
            rest.push_str(statement);
            continue;
        };
        rest.push_str(&statement[..at]);
        let line_start = statement[..at].rfind('\n').map_or(0, |at| at + 1);
        let is_export = statement[line_start..at].trim_start().starts_with("pub");
        let tree = statement[at + "use ".len()..].trim_end_matches(';');
        for path in use_paths(tree, &[]) {
            let Some(to) = absolute(module, &children, &path) else {
                continue;
            };
            let is_childs = children.contains(&path[0]);
            if is_export && let Some(name) = path.last() {
                exports.insert(name.clone(), to.clone());
            }
            // A module that hands out what its parts define does not use them.
            if !(is_export && is_childs) {
                paths.push(to);
            }
        }
    }
    paths.extend(
        inline_paths(&rest)
            .iter()
            .filter_map(|path| absolute(module, &children, path)),
    );
    File {
        name: name.to_string(),
        paths,
        exports,
    }
}

/// Paths of two or more parts in code.
fn inline_paths(code: &str) -> Vec<Vec<String>> {
    code.split(|c: char| !is_word(c) && c != ':')
        .filter(|path| path.contains("::") && !path.starts_with("::"))
        .map(|path| {
            let parts = path.split("::").filter(|part| !part.is_empty());
            parts.map(str::to_string).collect()
        })
        .collect()
}

/// The file that defines what a path names.
fn definer(files: &BTreeMap<Module, File>, path: &[String], depth: usize) -> Module {
    let mut known = 0;
    while known < path.len() && files.contains_key(&path[..=known]) {
        known += 1;
    }
    let module = path[..known].to_vec();
    let export = path
        .get(known)
        .and_then(|item| files.get(&module)?.exports.get(item));
    match export {
        Some(to) if depth < 8 => {
            let to: Vec<String> = to.iter().chain(&path[known + 1..]).cloned().collect();
            definer(files, &to, depth + 1)
        }
        _ => module,
    }
}

/// Which files each file imports.
fn imports(sources: &[(String, String)]) -> BTreeMap<String, BTreeSet<String>> {
    let files: BTreeMap<Module, File> = sources
        .iter()
        .filter_map(|(name, text)| {
            let module = module_of(name)?;
            let file = read(name, text, &module);
            Some((module, file))
        })
        .collect();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files.values() {
        for path in &file.paths {
            let to = definer(&files, path, 0);
            // The crate's root only hands out what its parts define.
            if let Some(to) = files.get(&to)
                && !to.name.ends_with("lib.rs")
                && to.name != file.name
            {
                found
                    .entry(file.name.clone())
                    .or_default()
                    .insert(to.name.clone());
            }
        }
    }
    found
}

/// Files that import each other, group by group.
fn circles(imports: &BTreeMap<String, BTreeSet<String>>) -> Vec<BTreeSet<&str>> {
    let reachable: BTreeMap<&str, BTreeSet<&str>> = imports
        .keys()
        .map(|start| {
            let (mut seen, mut open) = (BTreeSet::new(), vec![start.as_str()]);
            while let Some(file) = open.pop() {
                for next in imports.get(file).into_iter().flatten() {
                    if seen.insert(next.as_str()) {
                        open.push(next);
                    }
                }
            }
            (start.as_str(), seen)
        })
        .collect();
    let mut found: Vec<BTreeSet<&str>> = Vec::new();
    for (file, others) in &reachable {
        if !others.contains(file) || found.iter().any(|circle| circle.contains(file)) {
            continue;
        }
        let returns = |other: &&&str| {
            reachable
                .get(**other)
                .is_some_and(|back| back.contains(file))
        };
        found.push(others.iter().filter(returns).copied().collect());
    }
    found
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let imports = imports(&sources("src"));
    assert!(imports.len() > 100, "the sources were not read");
    let circles = circles(&imports);
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn circles_are_found_in_every_spelling() {
    let file = |name: &str, text: &str| (format!("src/{name}"), text.to_string());
    let mut tree = vec![
        file(
            "lib.rs",
            "pub mod room;\npub mod other;\npub use other::Thing;\n",
        ),
        file(
            "room/mod.rs",
            "mod a;\npub mod b;\nmod c;\npub use a::{First, second as other};\n",
        ),
        file(
            "room/a.rs",
            "use super::b::{self, Item};\npub struct First;\n",
        ),
        file("room/b.rs", "pub struct Item; // crate::room::c::x\n"),
        file("room/c.rs", "const TEXT: &str = \"super::b::Item\";\n"),
        file("other.rs", "fn f() { crate::room::b::Item; }\n"),
    ];
    assert!(circles(&imports(&tree)).is_empty());
    // Each closes a circle in its own way; the second is hidden by a re-export.
    for (at, text, expected) in [
        (3, "use super::c;\n", ["src/room/b.rs", "src/room/c.rs"]),
        (
            3,
            "use crate::room::First;\n",
            ["src/room/a.rs", "src/room/b.rs"],
        ),
        (
            3,
            "fn f(x: crate::Thing) {}\n",
            ["src/other.rs", "src/room/b.rs"],
        ),
    ] {
        let before = std::mem::replace(&mut tree[at].1, text.to_string());
        let c = tree[4].1.clone();
        tree[4].1 = "use crate::room::b::{Item as X};\n".to_string();
        let imports = imports(&tree);
        let found = circles(&imports);
        assert_eq!(found, [BTreeSet::from(expected)], "{text}");
        tree[at].1 = before;
        tree[4].1 = c;
    }
    tree[1].1 = "pub mod b;\nfn f() { b::make(); }\n".to_string();
    tree[3].1 = "use super::f;\n".to_string();
    assert_eq!(circles(&imports(&tree)).len(), 1, "a parent and its child");
}
