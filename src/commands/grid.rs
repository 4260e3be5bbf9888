//! `train --grid`: the options of each run of a grid.

use std::fmt::Display;
use std::str::FromStr;

use clap::ValueEnum;

use crate::cli::TrainArgs;
use crate::error::{Error, Result};

/// Most runs of a grid.
const MAX_RUNS: usize = 256;
/// The options that a grid can vary.
const GRID_OPTIONS: &str = "preset, size, preprocess, code-size, epochs, batch-size, lr, schedule, \
                       patience, clip-norm, averaging, noise, seed, precision";

/// The options of each run, the last grid varying fastest; the runs' names say what
/// differs. Without a grid, the options as they are.
///
/// # Errors
/// When a grid is not `option=value,value`, names an option that cannot be varied,
/// has a value out of range, or gives too many combinations.
pub(crate) fn expand(args: &TrainArgs) -> Result<Vec<TrainArgs>> {
    let mut plain = args.clone();
    plain.grid.clear();
    let mut all = vec![(plain, Vec::new())];
    for grid in &args.grid {
        let wrong = |problem: &str| Error::invalid(format!("--grid {grid}"), problem);
        let (option, values) = grid
            .split_once('=')
            .ok_or_else(|| wrong("write OPTION=VALUE,VALUE, such as code-size=16,32,64"))?;
        let values: Vec<&str> = values.split(',').map(str::trim).collect();
        if all.len() * values.len() > MAX_RUNS {
            return Err(wrong(&format!("gives more than {MAX_RUNS} runs")));
        }
        let mut more = Vec::with_capacity(all.len() * values.len());
        for (args, words) in &all {
            for value in &values {
                let (mut args, mut words) = (args.clone(), words.clone());
                set_option(&mut args, option.trim(), value).map_err(|problem| wrong(&problem))?;
                // Runs are named by their code size anyway: conv-32.
                words.push(match option.trim() {
                    "code-size" => (*value).to_string(),
                    option => format!("{option}{value}"),
                });
                more.push((args, words));
            }
        }
        all = more;
    }
    Ok(all
        .into_iter()
        .map(|(mut args, words)| {
            if !words.is_empty() {
                let name = args.name.or_else(|| args.preset.clone());
                let name = name.unwrap_or_else(|| "conv".to_string());
                args.name = Some(format!("{name}-{}", words.join("-")));
            }
            args
        })
        .collect())
}

fn set_option(args: &mut TrainArgs, option: &str, value: &str) -> Result<(), String> {
    match option {
        "preset" => args.preset = Some(value.to_string()),
        "size" => args.size = Some(parse(value)?),
        "preprocess" => args.preprocess = Some(ValueEnum::from_str(value, false)?),
        "code-size" => args.code_size = Some(parse(value)?),
        "epochs" => args.epochs = Some(parse(value)?),
        "batch-size" => args.batch_size = Some(parse(value)?),
        "lr" => args.lr = Some(parse(value)?),
        "schedule" => args.schedule = Some(parse(value)?),
        "patience" => args.patience = Some(parse(value)?),
        "clip-norm" => args.clip_norm = Some(parse(value)?),
        "averaging" => args.averaging = Some(parse(value)?),
        "noise" => args.noise = Some(parse(value)?),
        "seed" => args.seed = Some(parse(value)?),
        "precision" => args.precision = Some(ValueEnum::from_str(value, false)?),
        other => return Err(format!("{other:?} is none of {GRID_OPTIONS}")),
    }
    Ok(())
}

fn parse<T: FromStr>(value: &str) -> Result<T, String>
where
    T::Err: Display,
{
    value
        .parse()
        .map_err(|error| format!("{value:?} does not fit: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn expanded(line: &str) -> Result<Vec<TrainArgs>> {
        let words = format!("lfw-tui train {line}");
        let cli = crate::cli::Cli::parse_from(words.split(' '));
        match cli.command {
            Some(crate::cli::Command::Train(args)) => expand(&args),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn grids_multiply_and_name_what_differs() {
        let all =
            expanded("--epochs 3 --grid code-size=16,32 --grid lr=0.001,0.002,0.004").unwrap();
        assert_eq!(all.len(), 6);
        assert_eq!((all[1].code_size, all[1].lr), (Some(16), Some(0.002)));
        assert_eq!((all[3].code_size, all[3].lr), (Some(32), Some(0.001)));
        assert!(all.iter().all(|args| args.epochs == Some(3)));
        assert_eq!(all[5].name.as_deref(), Some("conv-32-lr0.004"));
        let one = expanded("--preset pca").unwrap();
        assert_eq!((one.len(), &one[0].name), (1, &None));
    }

    #[test]
    fn a_wrong_grid_says_what_is_wrong() {
        for (line, words) in [
            ("--grid code-size", "OPTION=VALUE"),
            ("--grid depth=3", "none of preset"),
            ("--grid code-size=16,many", "does not fit"),
            ("--grid schedule=sine", "does not fit"),
            (
                "--grid seed=1,2,3,4,5,6,7,8 --grid epochs=1,2,3,4,5,6,7,8 --grid lr=1,2,3,4,5",
                "256",
            ),
        ] {
            let message = expanded(line).unwrap_err().to_string();
            assert!(message.contains(words), "{line}: {message}");
        }
    }
}
