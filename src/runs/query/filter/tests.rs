use super::*;
use crate::runs::run_dir::RunDir;
use crate::runs::status::{BestCheckpoint, RunState, Status};
use crate::training::Scores;

fn run(name: &str, change: impl FnOnce(&mut RunSummary)) -> RunSummary {
    let home = tempfile::tempdir().unwrap();
    let text = format!("name = {name:?}\npreset = \"face\"\nnoise = \"gaussian:0.1\"\n");
    std::fs::write(home.path().join("run.toml"), text).unwrap();
    let run = RunDir::open(home.path()).unwrap();
    let status = Status {
        step: 62,
        steps: 100,
        epoch: 10,
        seconds: 7000.0,
        loss: Some(0.004),
        ..Status::default()
    };
    let mut summary = RunSummary::new(&run, &run.lenient_spec(), &status, RunState::Running);
    change(&mut summary);
    summary
}

fn scores(mse: f64) -> Scores {
    let text = format!("{{\"pictures\":1,\"mse\":{mse},\"psnr_db\":24.0,\"ssim\":0.8}}");
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_filter_lets_those_through_of_which_every_word_holds() {
    let night = run("Denoiser-32 at night", |run| {
        run.tags = vec!["Night".to_string(), "v2".to_string()];
        run.note = Some("the long one\nwith flips".to_string());
        run.spec.model = Some("conv".to_string());
        run.best = Some(BestCheckpoint {
            step: 5,
            epoch: 1,
            held_out: scores(0.0042),
        });
        run.seconds_left = Some(5400.0);
    });
    for (filter, holds) in [
        ("", true),
        ("  ", true),
        ("denoiser", true),
        ("DENOISER-32", true),
        ("-denoiser", false),
        ("face", false),
        ("face|denoiser", true),
        ("-face|denoiser", false),
        ("\"32 at\"", true),
        ("name:\"32  at\"", false),
        ("loss<0.005", true),
        ("loss<=0.004", true),
        ("loss<0.004", false),
        ("loss=4e-3", true),
        ("loss>=.004 loss<.0041", true),
        ("held-out<0.005 held_out>0.004", true),
        ("psnr=24 ssim>0.7", true),
        ("epoch>=10 step=62 done>50% done<63", true),
        ("left<2h left>89m left>5000", true),
        ("time>1h -time>2h", true),
        ("lr<1", false),
        ("-lr<1", true),
        ("state:running", true),
        ("state:live -state:ended", true),
        ("state:finished|running", false),
        ("state:finished|state:running", true),
        ("tag:night -tag:old", true),
        ("tag:nigh", false),
        ("preset:face preset=face", true),
        ("preset:fac", false),
        ("model:conv noise:gaussian", true),
        ("note:FLIPS", true),
        ("id:nobody", false),
        ("a|b|night state:running", true),
    ] {
        let parsed = Filter::parse(filter).unwrap();
        assert_eq!(parsed.accepts(&night), holds, "{filter}");
        assert_eq!(parsed.is_empty(), filter.trim().is_empty());
    }
}

#[test]
fn a_mistake_is_told_with_its_place() {
    for (filter, told) in [
        (
            "a losss<1",
            "at character 3: \"losss\" is neither a field nor a figure; did you mean loss?",
        ),
        (
            "x:y",
            "at character 1: \"x\" is neither a field nor a figure; they are name, id",
        ),
        (
            "loss:1",
            "at character 5: loss is a figure: write loss<… or loss>… for it",
        ),
        (
            "loss<abc",
            "at character 6: \"abc\" is not a number for loss",
        ),
        ("loss<", "at character 6: \"\" is not a number for loss"),
        ("loss<inf", "at character 6: \"inf\""),
        ("loss<1h", "at character 6: \"1h\""),
        ("left<1k", "at character 6: \"1k\""),
        (
            "a state:runing",
            "at character 9: \"runing\" is not a state; did you mean running?",
        ),
        ("tag:", "at character 5: a word for tag is missing here"),
        ("tag<3", "at character 4: tag is text: write tag:… for it"),
        ("a \"b c", "at character 3: this quote is not closed"),
        ("a||b", "at character 3: a word is missing here"),
        ("a -", "at character 4: a word is missing here"),
        ("|a", "at character 1: a word is missing here"),
        ("é <3", "at character 3: \"\" is neither"),
    ] {
        let problem = Filter::parse(filter).unwrap_err();
        assert!(problem.starts_with(told), "{filter}: {problem}");
    }
}

#[test]
fn nothing_that_is_typed_fails_otherwise() {
    let one = run("a", |_| {});
    let pieces = [
        "-", "|", "\"", ":", "<", "=", "é", "loss", "tag", " ", "1", "k",
    ];
    for a in pieces {
        for b in pieces {
            for c in pieces {
                for d in pieces {
                    if let Ok(filter) = Filter::parse(&[a, b, c, d].concat()) {
                        filter.accepts(&one);
                    }
                }
            }
        }
    }
}
