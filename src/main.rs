//! The `lfw-tui` program.

fn main() {}
