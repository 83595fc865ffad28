//! Masters that break the rules of their bus.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use bitladder_memory_models::{
    Axi4Memory, MemoryModel, Stalls, Violation, WishboneKind, WishboneMemory,
};

/// Gives a model some cycles of outputs.
fn give<M: MemoryModel>(mut model: M, cycles: &[Vec<u64>]) -> Result<(), Violation> {
    let mut inputs = vec![0; model.inputs().len()];
    cycles.iter().try_for_each(|outputs| {
        model.drive(outputs, &mut inputs);
        model.edge(outputs)
    })
}

/// Address channels, words and readiness: nothing is offered but what `change` says.
fn axi(change: &[(usize, u64)]) -> Vec<u64> {
    let mut outputs = vec![0; 15];
    change.iter().for_each(|(index, value)| outputs[*index] = *value);
    outputs
}

fn axi_text(eagerness: u64, cycles: &[Vec<u64>]) -> String {
    let model = Axi4Memory::new(4096, 32, Stalls::new(1, eagerness));
    give(model, cycles).unwrap_err().to_string()
}

/// A read address: words less one, bytes as a power of two, kind.
fn read(address: u64, length: u64, size: u64, kind: u64) -> Vec<u64> {
    axi(&[(0, 1), (1, address), (2, length), (3, size), (4, kind)])
}

/// A write address.
fn write(address: u64, length: u64) -> Vec<u64> {
    axi(&[(5, 1), (6, address), (7, length), (8, 2), (9, 1)])
}

#[test]
fn axi4_bursts_are_checked() {
    let wanted = "burst of 3 words from byte 0xff8 crosses 4 KiB";
    assert_eq!(axi_text(8, &[read(0xff8, 2, 2, 1)]), wanted);
    assert!(give(Axi4Memory::new(16, 32, Stalls::new(1, 8)), &[read(0xff8, 1, 2, 1)]).is_ok());
    let wanted = "burst from byte 0x6 is not of aligned, whole, incrementing words";
    assert_eq!(axi_text(8, &[read(6, 0, 2, 1)]), wanted);
    assert!(axi_text(8, &[read(8, 0, 1, 1)]).contains("whole"));
    assert!(axi_text(8, &[read(8, 0, 2, 2)]).contains("incrementing"));
}

#[test]
fn axi4_offers_stay_until_they_are_taken() {
    let wanted = "ar: an offer was withdrawn or changed before it was taken";
    assert_eq!(axi_text(0, &[read(8, 0, 2, 1), read(12, 0, 2, 1)]), wanted);
    assert_eq!(axi_text(0, &[read(8, 0, 2, 1), axi(&[])]), wanted);
}

#[test]
fn axi4_writes_mark_their_last_word() {
    let word = |last| axi(&[(10, 1), (12, 0xf), (13, last)]);
    let wanted = "w: the last word of a burst is marked wrongly";
    assert_eq!(axi_text(8, &[write(0, 1), word(1)]), wanted);
    assert_eq!(axi_text(8, &[write(0, 1), word(0), word(0)]), wanted);
    let good = [write(0, 1), word(0), word(1), axi(&[])];
    assert!(give(Axi4Memory::new(16, 32, Stalls::new(1, 8)), &good).is_ok());
}

/// A request of a Wishbone master.
fn request(address: u64, tag: u64) -> Vec<u64> {
    vec![1, 1, 0, address, 0xf, 0, tag, 0]
}

#[test]
fn wishbone_bursts_count_up() {
    let text = |cycles: &[Vec<u64>]| {
        let model = WishboneMemory::new(WishboneKind::Classic, 64, 32, Stalls::new(1, 8));
        give(model, cycles).unwrap_err().to_string()
    };
    let wanted = "word 0x6 follows 0x4 in an incrementing burst";
    assert_eq!(text(&[request(4, 2), request(6, 2)]), wanted);
    let good = [request(4, 2), request(5, 7), request(9, 7)];
    let model = WishboneMemory::new(WishboneKind::Classic, 64, 32, Stalls::new(1, 8));
    assert!(give(model, &good).is_ok());
}

#[test]
fn wishbone_requests_stay_until_they_are_taken() {
    for (kind, width) in [(WishboneKind::Classic, 8), (WishboneKind::Pipelined, 6)] {
        let model = WishboneMemory::new(kind, 64, 32, Stalls::new(1, 0));
        let cycles = [request(4, 2)[..width].to_vec(), request(5, 2)[..width].to_vec()];
        let wanted = "stb: an offer was withdrawn or changed before it was taken";
        assert_eq!(give(model, &cycles).unwrap_err().to_string(), wanted);
    }
}
