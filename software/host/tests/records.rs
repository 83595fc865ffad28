//! Sessions that are written down, damaged, and done again.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::path::{Path, PathBuf};

use bitladder_device::{
    BusError, Counters, Device, DeviceError, Golden, Info, Memory, Status, rust_sim,
};
use bitladder_host::{DeviceUrl, Record, RecordError, Recorder, ReplayError, Session, replay};
use bitladder_machine::{Checksum, Program};
use bitladder_package::Confidence;
use proptest::prelude::*;
use support::{config, golden, package, pixels};

/// A session on a device, written down.
fn record(folder: &Path, engine: &str, images: usize) -> PathBuf {
    let path = folder.join(format!("{}.blr", engine.replace('?', "-")));
    let url: DeviceUrl = format!("sim:{engine}?record={}", path.display()).parse().unwrap();
    let mut session = Session::open(&url, &config(), package(u64::MAX), 2).unwrap();
    let pixels = pixels(images, 1);
    let verdicts = session.infer_climbing(&pixels).unwrap();
    let step = support::network().output_format().scale.step();
    for (verdict, logits) in verdicts.iter().zip(golden(images, &pixels)) {
        let scores: Vec<f32> = logits.iter().map(|l| (f64::from(*l) * step) as f32).collect();
        assert_eq!((verdict.profile.as_str(), &verdict.scores), ("high", &scores));
    }
    path
}

#[test]
fn a_session_is_done_again_to_the_bit() {
    let folder = tempfile::tempdir().unwrap();
    for engine in ["golden", "rust"] {
        let record = Record::read(record(folder.path(), engine, 3)).unwrap();
        assert_eq!(record.config(), &config());
        assert_eq!(record.programs(), ["low", "low", "high", "high"]);
        assert!(replay(&record, &mut Golden::new(&config())).unwrap().is_empty(), "{engine}");
        let differences = replay(&record, &mut rust_sim(&config()).unwrap()).unwrap();
        assert!(differences.is_empty(), "{engine}: {differences:?}");
    }
}

/// A board in the field: one bit of what it reads from result memory is wrong, and later its cable
/// is pulled.
struct Ailing {
    inner: Golden,
    reads: u32,
}

impl Device for Ailing {
    fn info(&mut self) -> Result<Info, DeviceError> {
        self.inner.info()
    }
    fn load(&mut self, program: &Program) -> Result<(), DeviceError> {
        self.inner.load(program)
    }
    fn loaded(&self) -> Option<&Program> {
        self.inner.loaded()
    }
    fn start(&mut self) -> Result<(), DeviceError> {
        self.inner.start()
    }
    fn start_layer(&mut self, address: u32) -> Result<(), DeviceError> {
        self.inner.start_layer(address)
    }
    fn status(&mut self) -> Result<Status, DeviceError> {
        self.inner.status()
    }
    fn settle(&mut self, cycles: u64) -> Result<Status, DeviceError> {
        self.inner.settle(cycles)
    }
    fn reset(&mut self) -> Result<(), DeviceError> {
        self.inner.reset()
    }
    fn check(&mut self, checksum: &Checksum) -> Result<(), DeviceError> {
        self.inner.check(checksum)
    }
    fn set_clock(&mut self, level: u32) -> Result<(), DeviceError> {
        self.inner.set_clock(level)
    }
    fn clock(&mut self) -> Result<u32, DeviceError> {
        self.inner.clock()
    }
    fn counters(&mut self) -> Result<Counters, DeviceError> {
        self.inner.counters()
    }
    fn peek(&mut self, memory: Memory, first: usize, words: &mut [u32]) -> Result<(), DeviceError> {
        self.reads += 1;
        if self.reads > 1 {
            return Err(BusError::Link { source: "the cable is out".into() }.into());
        }
        self.inner.peek(memory, first, words)?;
        words[0] ^= 4;
        Ok(())
    }
    fn poke(&mut self, memory: Memory, first: usize, words: &[u32]) -> Result<(), DeviceError> {
        self.inner.poke(memory, first, words)
    }
}

#[test]
fn a_failure_in_the_field_becomes_a_test() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("field.blr");
    let ailing = Box::new(Ailing { inner: Golden::new(&config()), reads: 0 });
    let recorder = Recorder::create(ailing, &path, &config()).unwrap();
    let mut field = Session::on(Box::new(recorder), &config(), package(0), 1).unwrap();
    let error = field.infer("low", &pixels(2, 1)).unwrap_err().to_string();
    assert_eq!(error, "the link to the machine failed: the cable is out");
    drop(field);
    // At the desk: the simulator says which answers of the board were wrong.
    let record = Record::read(&path).unwrap();
    let differences = replay(&record, &mut rust_sim(&config()).unwrap()).unwrap();
    let texts: Vec<String> = differences.iter().map(ToString::to_string).collect();
    assert!(texts[0].contains("of result memory: recorded 0x"), "{texts:?}");
    assert!(texts[0].contains("in word 0, now 0x"), "{texts:?}");
    let cable = "recorded `the link to the machine failed: the cable is out`, now success";
    assert!(texts.last().unwrap().ends_with(cable), "{texts:?}");
}

#[test]
fn another_machine_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let record = Record::read(record(folder.path(), "golden", 1)).unwrap();
    let mut other = config();
    other.memory.weight_groups /= 2;
    let error = replay(&record, &mut Golden::new(&other)).unwrap_err();
    assert!(matches!(error, ReplayError::Machine { .. }), "{error}");
    assert!(error.to_string().ends_with("build it from the record's configuration"), "{error}");
}

fn changed(path: &Path, change: impl Fn(&str) -> String) -> Result<Record, RecordError> {
    let changed = path.with_extension("changed");
    std::fs::write(&changed, change(&std::fs::read_to_string(path).unwrap())).unwrap();
    Record::read(changed)
}

#[test]
fn damaged_and_cut_records_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = record(folder.path(), "golden", 1);
    let calls = Record::read(&path).unwrap().calls();
    // The last line is missing, or half of it.
    let cut = |text: &str, left: usize| text[..text.len() - left].to_owned();
    for left in [1, 5, 15] {
        let error = changed(&path, |text| cut(text, left)).unwrap_err();
        assert!(error.to_string().contains(&format!("ends after {calls} call(s)")), "{error}");
    }
    let cut = Record::read_cut(path.with_extension("changed")).unwrap();
    assert_eq!(cut.calls(), calls);
    // One digit, a line lost, a line twice, a line after the end.
    let lines = |text: &str| text.lines().map(|line| format!("{line}\n")).collect::<Vec<_>>();
    let digit = |text: &str| text.replacen("\"low\"", "\"lox\"", 1);
    let error = changed(&path, digit).unwrap_err().to_string();
    assert!(error.contains(":2: the record is damaged here"), "{error}");
    let lost = |text: &str| [&lines(text)[..3], &lines(text)[4..]].concat().concat();
    assert!(matches!(changed(&path, lost), Err(RecordError::Damaged { line: 4, .. })));
    let twice = |text: &str| [&lines(text)[..4], &lines(text)[3..]].concat().concat();
    assert!(matches!(changed(&path, twice), Err(RecordError::Damaged { line: 5, .. })));
}

#[test]
fn other_files_are_no_records() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.blr");
    std::fs::write(&path, "hello\n").unwrap();
    let error = Record::read(&path).unwrap_err().to_string();
    assert!(error.ends_with("x.blr: this is no record of a session"), "{error}");
    let error = Record::read(folder.path().join("none")).unwrap_err();
    assert!(matches!(error, RecordError::Read { .. }), "{error}");
    let head = "{\"bitladder_record\":9,\"config_hash\":\"\",\"config\":\"\"}\n";
    let mut sum = crc32fast::Hasher::new();
    sum.update(head.as_bytes());
    std::fs::write(&path, format!("{:08x} {head}", sum.finalize())).unwrap();
    let error = Record::read(&path).unwrap_err().to_string();
    assert!(error.contains("has version 9, this host reads 1"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn any_damaged_byte_is_noticed(place in 0.0..1.0f64, change in 1..=255u8) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.blr");
        let mut device = Recorder::create(Box::new(Golden::new(&config())), &path, &config()).unwrap();
        device.poke(Memory::Weight, 0, &[1, 2, 3]).unwrap();
        drop(device);
        let mut bytes = std::fs::read(&path).unwrap();
        let place = (place * bytes.len() as f64) as usize;
        bytes[place] ^= change;
        std::fs::write(&path, bytes).unwrap();
        prop_assert!(Record::read(&path).is_err());
    }
}

/// Confidence decides where it is given, whatever the margin says.
#[test]
fn sessions_climb_by_confidence() {
    let pixels = pixels(4, 3);
    let ends = |margin, confidence| {
        let mut package = package(margin);
        package.ladder[0].confidence = confidence;
        let mut session =
            Session::open(&"sim:golden".parse().unwrap(), &config(), package, 2).unwrap();
        let verdicts = session.infer_climbing(&pixels).unwrap();
        verdicts.into_iter().map(|verdict| verdict.profile).collect::<Vec<String>>()
    };
    let confidence = |lead| Some(Confidence { temperature: 1.5, lead });
    assert_eq!(ends(u64::MAX, confidence(0.0)), ["low"; 4], "nobody leads by less than nothing");
    assert_eq!(ends(0, confidence(1.01)), ["high"; 4], "nobody leads by more than one");
}
