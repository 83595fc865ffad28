//! From a board file as written to a [`Board`]: values in range, no contradictions.

use std::fmt::Display;
use std::path::Path;

use toml::Spanned;

use super::error::{BoardError, line};
use super::signals::signals;
use super::{Board, Fpga, Oscillator, Program, Signal, SignalDirection, raw};
use crate::device::{DEVICES, Device, Family};

/// Programs that load bitstreams; anything else in a board file would run on the user's machine.
const LOADERS: [&str; 5] = ["openFPGALoader", "iceprog", "dfu-util", "fujprog", "ecpprog"];
const INTERFACES: [&str; 8] = ["jtag", "sspi", "mspi", "ready", "done", "reconfign", "cpu", "i2c"];
const BITSTREAM: &str = "{bitstream}";

/// The file that is checked: messages name it and the line.
pub(super) struct Source<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

impl Source<'_> {
    pub(super) fn line<T>(&self, at: &Spanned<T>) -> usize {
        line(self.text, at.span().start)
    }

    pub(super) fn value<T: Display>(
        &self,
        key: &'static str,
        at: &Spanned<T>,
        allowed: impl Into<String>,
    ) -> BoardError {
        let (file, line) = (self.file.to_owned(), self.line(at));
        BoardError::Value {
            file,
            line,
            key,
            value: at.get_ref().to_string(),
            allowed: allowed.into(),
        }
    }

    pub(super) fn contradiction<T>(
        &self,
        (key, at, value): (&'static str, &Spanned<T>, impl Display),
        other: impl Into<String>,
        remedy: &'static str,
    ) -> BoardError {
        let (file, line, value) = (self.file.to_owned(), self.line(at), value.to_string());
        BoardError::Contradiction { file, line, key, value, other: other.into(), remedy }
    }

    pub(super) fn missing<T>(
        &self,
        whom: &Spanned<T>,
        name: impl Display,
        key: &'static str,
        why: &'static str,
    ) -> BoardError {
        let (file, line, whom) = (self.file.to_owned(), self.line(whom), format!("`{name}`"));
        BoardError::Missing { file, line, whom, key, why }
    }
}

pub(super) fn board(file: &str, text: &str, raw: raw::Board) -> Result<Board, BoardError> {
    let source = Source { file, text };
    let stem = Path::new(file).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    if stem.as_deref() != Some(raw.name.get_ref()) {
        let other = format!("the file is called `{}`", stem.unwrap_or_default());
        let at = ("name", &raw.name, raw.name.get_ref());
        return Err(source.contradiction(at, other, "give both one name"));
    }
    if raw.sources.get_ref().is_empty() {
        return Err(source.missing(&raw.sources, "sources", "sources", "where the pins are from"));
    }
    let fpga = fpga(&source, raw.fpga)?;
    let signals = signals(&source, fpga.device.family, raw.signal)?;
    let clock = clock(&source, fpga.device.family, &signals, &raw.clock)?;
    let program = program(&source, raw.program)?;
    let (name, sources) = (raw.name.into_inner(), raw.sources.into_inner());
    Ok(Board { name, title: raw.title, sources, fpga, clock, signals, program })
}

fn fpga(source: &Source<'_>, raw: raw::Fpga) -> Result<Fpga, BoardError> {
    let Some(device) = Device::find(raw.device.get_ref()) else {
        let names: Vec<&str> = DEVICES.iter().map(|device| device.name).collect();
        return Err(source.value("fpga.device", &raw.device, names.join(", ")));
    };
    let family = device.family;
    let wanted = |key: &'static str, why| source.missing(&raw.device, device.name, key, why);
    let package = match (family, raw.package) {
        (Family::Gowin, None) => String::new(),
        (Family::Gowin, Some(package)) => {
            let other = "a Gowin package is part of the ordering code";
            let at = ("fpga.package", &package, package.get_ref());
            return Err(source.contradiction(at, other, "write `part` only"));
        }
        (_, None) => return Err(wanted("package", "it decides which pins there are")),
        (_, Some(package)) if device.packages.contains(&package.get_ref().as_str()) => {
            package.into_inner()
        }
        (_, Some(package)) => {
            return Err(source.value("fpga.package", &package, device.packages.join(", ")));
        }
    };
    let speed = speed(source, family, raw.speed)?;
    if family == Family::Ecp5 && speed.is_none() {
        return Err(wanted("speed", "timing depends on it: 6, 7 or 8"));
    }
    if let Some(part) = raw.part.as_ref().filter(|_| family != Family::Gowin) {
        let other = format!("{} is known by device and package", device.name);
        return Err(source.contradiction(("fpga.part", part, part.get_ref()), other, "remove it"));
    }
    if family == Family::Gowin && raw.part.is_none() {
        return Err(wanted("part", "the full ordering code"));
    }
    let as_gpio = interfaces(source, family, raw.as_gpio)?;
    Ok(Fpga { device, package, speed, part: raw.part.map(Spanned::into_inner), as_gpio })
}

fn speed(
    source: &Source<'_>,
    family: Family,
    raw: Option<Spanned<String>>,
) -> Result<Option<String>, BoardError> {
    match raw {
        None => Ok(None),
        Some(speed) if family != Family::Ecp5 => {
            let at = ("fpga.speed", &speed, speed.get_ref());
            let other = format!("the device of an {family} board says it already");
            Err(source.contradiction(at, other, "remove it"))
        }
        Some(speed) if !["6", "7", "8"].contains(&speed.get_ref().as_str()) => {
            Err(source.value("fpga.speed", &speed, "6, 7, 8"))
        }
        Some(speed) => Ok(Some(speed.into_inner())),
    }
}

fn interfaces(
    source: &Source<'_>,
    family: Family,
    raw: Vec<Spanned<String>>,
) -> Result<Vec<String>, BoardError> {
    for name in &raw {
        if family != Family::Gowin {
            let at = ("fpga.as_gpio", name, name.get_ref());
            return Err(source.contradiction(at, "only Gowin has this option", "remove it"));
        }
        if !INTERFACES.contains(&name.get_ref().as_str()) {
            return Err(source.value("fpga.as_gpio", name, INTERFACES.join(", ")));
        }
    }
    Ok(raw.into_iter().map(Spanned::into_inner).collect())
}

fn clock(
    source: &Source<'_>,
    family: Family,
    signals: &[Signal],
    raw: &raw::Clock,
) -> Result<Oscillator, BoardError> {
    let name = raw.signal.get_ref();
    let at = ("clock.signal", &raw.signal, name);
    match signals.iter().find(|signal| signal.name == *name) {
        None => {
            let other = "there is no `[[signal]]` of that name";
            return Err(source.contradiction(at, other, "add it"));
        }
        Some(signal) if signal.direction != SignalDirection::In || signal.pins.len() != 1 => {
            let other = "that signal is not an input of one pin";
            return Err(source.contradiction(at, other, "a clock enters by one pin"));
        }
        Some(_) => {}
    }
    let mhz = *raw.mhz.get_ref();
    if !(1.0..=400.0).contains(&mhz) {
        return Err(source.value("clock.mhz", &raw.mhz, "1 to 400"));
    }
    if let Some(pad) = raw.pll_pad.as_ref().filter(|_| family != Family::Ice40) {
        let at = ("clock.pll_pad", pad, pad.get_ref());
        return Err(source.contradiction(
            at,
            "only the PLLs of an iCE40 have own pins",
            "remove it",
        ));
    }
    let pll_pad = raw.pll_pad.as_ref().is_some_and(|pad| *pad.get_ref());
    Ok(Oscillator { signal: name.clone(), mhz, pll_pad })
}

fn program(source: &Source<'_>, raw: Spanned<raw::Program>) -> Result<Program, BoardError> {
    if raw.get_ref().load.is_none() && raw.get_ref().flash.is_none() {
        return Err(source.missing(&raw, "program", "load", "or `flash`: how to load a bitstream"));
    }
    let raw = raw.into_inner();
    for (key, command) in [("program.load", &raw.load), ("program.flash", &raw.flash)] {
        let Some(at) = command else { continue };
        let words = at.get_ref();
        let known = words.first().is_some_and(|tool| LOADERS.contains(&tool.as_str()));
        if !known || words.iter().filter(|word| word.contains(BITSTREAM)).count() != 1 {
            let (file, line) = (source.file.to_owned(), source.line(at));
            let allowed = format!("one of {}, and once the word {BITSTREAM}", LOADERS.join(", "));
            return Err(BoardError::Value { file, line, key, value: words.join(" "), allowed });
        }
    }
    let words = |command: Option<Spanned<Vec<String>>>| command.map(Spanned::into_inner);
    Ok(Program { load: words(raw.load), flash: words(raw.flash) })
}
