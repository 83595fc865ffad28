//! The engine does each request once, and tells what it cannot do.

use bitladder_link_format::Kind;

use crate::rig::{Bank, CONFIG, Model, Rig};
use crate::traffic::{execute, framed, hello, read, write};

/// The register that counts writes.
const COUNT: u32 = 4 * 47;

/// Both do the same; gives what they answer.
fn both(rig: &mut Rig, model: &mut Model, line: &[u8]) -> Vec<u8> {
    let (found, wanted) = (rig.exchange(line), model.exchange(line));
    assert_eq!(found, wanted);
    assert_eq!(rig.bank, model.bank);
    found
}

#[test]
fn requests_that_come_again_are_not_executed_again() {
    let (mut rig, mut model) = (Rig::new(&CONFIG, 1), Model::new(&CONFIG));
    both(&mut rig, &mut model, &hello(250, 7));
    let before = rig.bank.0[47];
    let mut answers = Vec::new();
    for sequence in (251..=255).chain(0..3) {
        let line = execute(sequence, &[write(COUNT, 1), 0, read(COUNT, 1)]);
        answers.push(both(&mut rig, &mut model, &line));
    }
    assert_eq!(rig.bank.0[47], before + 8);
    for (sequence, answer) in [255, 0, 1, 2].into_iter().zip(&answers[4..]) {
        let line = execute(sequence, &[write(COUNT, 1), 0, read(COUNT, 1)]);
        assert_eq!(&both(&mut rig, &mut model, &line), answer);
    }
    assert_eq!(rig.bank.0[47], before + 8, "executed again");
    // The answer that was kept longest is sent while the next request replaces it.
    let line = [execute(255, &[]), execute(3, &[read(0, 14)])].concat();
    both(&mut rig, &mut model, &line);
}

#[test]
fn a_full_window_of_long_answers_comes_in_order() {
    let (mut rig, mut model) = (Rig::new(&CONFIG, 2), Model::new(&CONFIG));
    rig.eager = [1, 8];
    both(&mut rig, &mut model, &hello(0, 7));
    let mut line = Vec::new();
    for sequence in 1..=20 {
        line.extend(execute(sequence, &[read(4 * u32::from(sequence), 16)]));
    }
    // Back-pressure holds the host up, nothing is lost.
    both(&mut rig, &mut model, &line);
}

#[test]
fn events_are_told_once_and_only_in_a_session() {
    let mut rig = Rig::new(&CONFIG, 3);
    rig.interrupt(true);
    assert!(rig.exchange(&[]).is_empty());
    rig.interrupt(false);
    rig.exchange(&hello(1, 1));
    rig.interrupt(true);
    let status = Bank::default().0[5];
    let event = framed(&[Kind::Event.code() | CONFIG.window << 16, status]);
    assert_eq!(rig.exchange(&[]), event);
    assert!(rig.exchange(&[]).is_empty(), "it is told once");
    rig.interrupt(false);
    assert!(rig.exchange(&[]).is_empty());
    rig.interrupt(true);
    assert_eq!(rig.exchange(&[]), event);
}

#[test]
fn a_reset_ends_the_session() {
    let (mut rig, mut model) = (Rig::new(&CONFIG, 4), Model::new(&CONFIG));
    both(&mut rig, &mut model, &hello(1, 1));
    both(&mut rig, &mut model, &execute(2, &[read(0, 1)]));
    rig.exchange(&execute(3, &[read(0, 9)])[..12]);
    rig.reset();
    let mut model = Model::new(&CONFIG);
    both(&mut rig, &mut model, &execute(3, &[read(0, 1)]));
    both(&mut rig, &mut model, &[hello(9, 1), execute(10, &[read(0, 1)])].concat());
}
