use super::*;

fn after(begun: Instant, millis: u64) -> Instant {
    begun + Duration::from_millis(millis)
}

#[test]
fn nothing_is_waited_for_when_all_is_answered() {
    let begun = Instant::now();
    let mut talk = Queries::new(TerminalEnv::default());
    assert!(talk.query_all(begun).ends_with("\x1b[c\x1b[5n"));
    assert!(!talk.is_complete());
    talk.on_answer(&Answer::Background([255; 3]), after(begun, 4));
    talk.on_answer(&Answer::End, after(begun, 5));
    assert!(talk.is_complete());
    assert!(!talk.expects_answers(after(begun, 6)));
    assert_eq!(talk.drain_deadline(after(begun, 6)), None);
}

#[test]
fn the_late_are_waited_for_and_the_mute_are_not() {
    let begun = Instant::now();
    let mut talk = Queries::new(TerminalEnv::default());
    talk.query_all(begun);
    assert_eq!(
        talk.drain_deadline(after(begun, 300)),
        Some(begun + SILENT_AFTER)
    );
    assert_eq!(talk.drain_deadline(after(begun, 2600)), None);
    talk.on_answer(&Answer::Attributes(vec![62, 4]), after(begun, 2700));
    let due = talk.drain_deadline(after(begun, 2800)).unwrap();
    assert!(due > after(begun, 5000) && due <= after(begun, 5800));
}

#[test]
fn the_terminal_knows_better_than_the_environment_whether_it_is_tmux() {
    let begun = Instant::now();
    let said = TerminalEnv {
        tmux: true,
        tmux_term: true,
        ..TerminalEnv::default()
    };
    let mut talk = Queries::new(said);
    assert!(!talk.query_all(begun).contains("Gi=31"));
    let (_, again) = talk.on_answer(&Answer::Name("XTerm(380)".into()), begun);
    assert!(again.unwrap().starts_with("\x1b_Gi=31"));
    assert_eq!(talk.on_answer(&Answer::End, begun).1, None);
    assert!(!talk.in_tmux());

    let mut talk = Queries::new(TerminalEnv::default());
    talk.query_all(begun);
    let (_, again) = talk.on_answer(&Answer::Name("tmux 3.4".into()), begun);
    assert!(again.unwrap().starts_with("\x1bPtmux;\x1b\x1b_Gi=31"));
    assert!(talk.in_tmux());
    assert_eq!(talk.on_answer(&Answer::End, begun).1, None);
    assert_eq!(talk.repeat_dropped_query(begun), None);
    assert!(talk.repeat_dropped_query(after(begun, 200)).is_some());
    assert_eq!(talk.repeat_dropped_query(after(begun, 300)), None);

    // Inherited by a terminal that does not answer with a name.
    let mut talk = Queries::new(TerminalEnv {
        tmux_term: false,
        passthrough: true,
        ..said
    });
    talk.query_all(begun);
    let (_, again) = talk.on_answer(&Answer::End, begun);
    assert!(again.unwrap().starts_with("\x1b_Gi=31"));
    assert!(!talk.in_tmux());

    // Without a name, and switched off by its option.
    let mut talk = Queries::new(said);
    talk.query_all(begun);
    assert_eq!(talk.on_answer(&Answer::End, begun).1, None);
}

#[test]
fn another_terminal_in_front_of_the_same_program() {
    let now = Instant::now();
    let kitty = Answer::Kitty {
        png: false,
        ok: true,
    };
    let mut talk = Queries::new(TerminalEnv::default());
    talk.query_all(now);
    talk.on_answer(&kitty, now);
    assert!(!talk.on_answer(&Answer::End, now).0);
    assert_eq!(talk.answers.kitty, Some(true));
    talk.query_all(now);
    assert!(talk.on_answer(&Answer::End, now).0);
    assert_eq!(talk.answers.kitty, None);
}

#[test]
fn tmux_attached_to_another_terminal_forgets_the_answer_of_the_former_one() {
    let now = Instant::now();
    let env = TerminalEnv {
        tmux: true,
        tmux_term: true,
        passthrough: true,
        ..TerminalEnv::default()
    };
    let kitty = Answer::Kitty {
        png: false,
        ok: true,
    };
    let mut talk = Queries::new(env);
    let attach = |talk: &mut Queries, at: Instant| {
        talk.query_all(at);
        talk.on_answer(&Answer::Name("tmux 3.4".into()), at);
        talk.on_answer(&Answer::End, at);
    };
    attach(&mut talk, now);
    talk.on_answer(&kitty, now);
    assert_eq!(talk.passed_on_deadline(), None);
    attach(&mut talk, now);
    assert_eq!(talk.answers.kitty, Some(true));
    let soon = after(now, 150);
    assert!(talk.passed_on_deadline().is_some_and(|due| due <= soon));
    assert!(talk.repeat_dropped_query(soon).is_some());
    assert!(!talk.forget_terminal_around_tmux(soon));
    let late = after(now, 3000);
    assert!(talk.forget_terminal_around_tmux(late));
    assert_eq!(talk.answers.kitty, None);
    assert!(!talk.forget_terminal_around_tmux(late));
    assert_eq!(talk.passed_on_deadline(), None);
}

#[test]
fn a_console_that_prints_strings_is_asked_for_none() {
    let console = TerminalEnv {
        console: true,
        ..TerminalEnv::default()
    };
    let questions = Queries::new(console).query_all(Instant::now());
    assert_eq!(questions, "\x1b[c\x1b[5n");
}

#[test]
fn a_cell_is_asked_for_again_after_the_last_of_many_resizes() {
    let now = Instant::now();
    let mut talk = Queries::new(TerminalEnv::default());
    talk.query_all(now);
    talk.on_answer(&Answer::Cell(10, 20), now);
    // A font that grows step by step, faster than the terminal answers.
    assert_eq!(talk.query_cell_size(now), None);
    assert_eq!(talk.query_cell_size(now), None);
    let (_, question) = talk.on_answer(&Answer::End, now);
    assert!(question.unwrap().starts_with("\x1b[16t"));
    assert!(talk.on_answer(&Answer::Cell(12, 24), now).0);
    assert_eq!(talk.on_answer(&Answer::End, now).1, None);
    assert_eq!(talk.answers.cell, Some((12, 24)));
}

#[test]
fn an_end_that_nobody_asked_for_changes_nothing() {
    let mut talk = Queries::new(TerminalEnv::default());
    let now = Instant::now();
    talk.on_answer(&Answer::End, now);
    talk.query_all(now);
    assert!(!talk.is_complete());
}
