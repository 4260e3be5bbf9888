//! A network's weights: named, in a fixed order, saved as safetensors.

use candle_core::Var;

/// Named variables in the order they were made.
#[derive(Debug, Default)]
pub struct Parameters {
    entries: Vec<(String, Var)>,
}

impl Parameters {
    /// Adds a variable under a name not used before.
    pub fn add(&mut self, name: impl Into<String>, var: Var) {
        self.entries.push((name.into(), var));
    }

    /// Names and variables in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Var)> {
        self.entries.iter().map(|(name, var)| (name.as_str(), var))
    }

    /// How many numbers there are in all.
    pub fn count(&self) -> usize {
        self.entries.iter().map(|(_, var)| var.elem_count()).sum()
    }
}
