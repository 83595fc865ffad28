//! Checks of the signals of a board.

use std::collections::HashMap;

use toml::Spanned;

use super::check::Source;
use super::error::BoardError;
use super::{Pull, Signal, SignalDirection, raw};
use crate::device::Family;

pub(super) fn signals(
    source: &Source<'_>,
    family: Family,
    raw: Vec<raw::Signal>,
) -> Result<Vec<Signal>, BoardError> {
    let mut names = HashMap::new();
    let mut pins: HashMap<String, (String, bool)> = HashMap::new();
    let mut signals = Vec::new();
    for signal in raw {
        let name = signal.name.get_ref().clone();
        if let Some(line) = names.insert(name.clone(), source.line(&signal.name)) {
            let at = ("signal.name", &signal.name, &name);
            return Err(source.contradiction(
                at,
                format!("so is the one of line {line}"),
                "rename one",
            ));
        }
        for pin in &signal.pins {
            let user = (name.clone(), signal.shared);
            let Some((other, shared)) = pins.insert(pin.get_ref().clone(), user) else { continue };
            if other == name || !(shared && signal.shared) {
                let at = ("signal.pins", pin, pin.get_ref());
                let other = format!("`{other}` has that pin too");
                return Err(source.contradiction(at, other, "correct one, or mark both `shared`"));
            }
        }
        signals.push(self::signal(source, family, signal)?);
    }
    Ok(signals)
}

fn signal(source: &Source<'_>, family: Family, raw: raw::Signal) -> Result<Signal, BoardError> {
    let name = raw.name.get_ref();
    let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(lower) {
        let allowed = "lower-case letters, digits and _, a letter first";
        return Err(source.value("signal.name", &raw.name, allowed));
    }
    if raw.pins.is_empty() {
        return Err(source.missing(&raw.name, name, "pins", "the list is empty"));
    }
    if let Some(pin) = raw.pins.iter().find(|pin| !is_pin(pin.get_ref())) {
        return Err(source.value("signal.pins", pin, "a ball such as `A12`, or a number"));
    }
    electrical(source, family, &raw)?;
    Ok(Signal {
        direction: raw.direction,
        pins: raw.pins.into_iter().map(Spanned::into_inner).collect(),
        standard: raw.standard.map(Spanned::into_inner),
        pull: raw.pull.map(Spanned::into_inner),
        drive_ma: raw.drive_ma.map(Spanned::into_inner),
        active_low: raw.active_low,
        shared: raw.shared,
        note: raw.note,
        name: raw.name.into_inner(),
    })
}

fn electrical(source: &Source<'_>, family: Family, raw: &raw::Signal) -> Result<(), BoardError> {
    const REMEDY: &str = "remove it";
    let name = raw.name.get_ref();
    match &raw.standard {
        None if family != Family::Ice40 => {
            let why = "the electrical standard, such as LVCMOS33";
            return Err(source.missing(&raw.name, name, "standard", why));
        }
        Some(at) if family == Family::Ice40 => {
            let at = ("signal.standard", at, at.get_ref());
            let other = "an iCE40's bank supply decides that";
            return Err(source.contradiction(at, other, REMEDY));
        }
        _ => {}
    }
    if let Some(at) = raw.pull.as_ref().filter(|_| family == Family::Ice40)
        && *at.get_ref() == Pull::Down
    {
        let at = ("signal.pull", at, "down");
        return Err(source.contradiction(at, "an iCE40 can only pull up", REMEDY));
    }
    let Some(at) = &raw.drive_ma else { return Ok(()) };
    if family == Family::Ice40 || raw.direction == SignalDirection::In {
        let at = ("signal.drive_ma", at, at.get_ref());
        let other = "an input, or an iCE40, has no drive strength";
        return Err(source.contradiction(at, other, REMEDY));
    }
    match [4, 8, 12, 16].contains(at.get_ref()) {
        true => Ok(()),
        false => Err(source.value("signal.drive_ma", at, "4, 8, 12, 16")),
    }
}

/// A ball (`A12`, `AB3`) or a number (`35`).
fn is_pin(pin: &str) -> bool {
    let number = pin.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let letters = pin.len() - number.len();
    letters <= 2 && (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit())
}
