//! AXI4 and Wishbone.

use bitladder_blocks::memory::{axi4_master, wishbone_master};
use bitladder_memory_models::{Axi4Memory, Stalls, WishboneMemory};

use super::rig::{Burst, Rig, bursts};
use super::{MODES, port};

#[test]
fn random_bursts_through_axi4() {
    for (seed, eagerness) in [(1, 8), (2, 5), (3, 2), (4, 1)] {
        let model = Axi4Memory::new(1 << 12, 32, Stalls::new(seed, eagerness));
        let mut rig = Rig::new(&axi4_master(&port()).unwrap(), model, seed);
        rig.traffic(&bursts(seed, 1 << 12, 32, 700)).unwrap();
        assert!(rig.model.bursts() > 45, "long bursts are cut");
    }
}

#[test]
fn random_bursts_through_wishbone() {
    for (mode, kind) in MODES {
        for (seed, eagerness) in [(1, 8), (2, 5), (3, 2)] {
            let model = WishboneMemory::new(kind, 1 << 12, 32, Stalls::new(seed, eagerness));
            let mut rig = Rig::new(&wishbone_master(&port(), mode).unwrap(), model, seed);
            rig.traffic(&bursts(seed, 1 << 12, 32, 300)).unwrap();
        }
    }
}

#[test]
fn words_beyond_a_memory_are_errors() {
    let beyond = |write| Burst { address: 0x7fe, words: vec![7; 4], write };
    let model = || Axi4Memory::new(0x800, 32, Stalls::new(1, 6));
    for (write, errors) in [(false, 2), (true, 1)] {
        let mut rig = Rig::new(&axi4_master(&port()).unwrap(), model(), 1);
        rig.ask(&beyond(write)).unwrap();
        rig.finish().unwrap();
        // Words exist up to 0x7ff; a burst of writes has one answer.
        assert_eq!(rig.errors, errors);
    }
    for (mode, kind) in MODES {
        let model = WishboneMemory::new(kind, 0x800, 32, Stalls::new(1, 6));
        let mut rig = Rig::new(&wishbone_master(&port(), mode).unwrap(), model, 1);
        rig.ask(&beyond(false)).unwrap();
        rig.finish().unwrap();
        assert_eq!(rig.errors, 2);
    }
}

#[test]
fn masters_keep_their_slaves_busy() {
    let burst = Burst { address: 3, words: vec![0; 1000], write: false };
    let count = |rig: &mut dyn FnMut(&Burst) -> u64| rig(&burst);
    let axi = count(&mut |burst| {
        let model = Axi4Memory::new(1 << 12, 32, Stalls::new(1, 8));
        let mut rig = Rig::new(&axi4_master(&port()).unwrap(), model, 1);
        rig.ask(burst).unwrap();
        rig.finish().unwrap();
        rig.cycles
    });
    assert!(axi <= 1010, "{axi} cycles for 1000 words");
    for (mode, kind) in MODES {
        let wishbone = count(&mut |burst| {
            let model = WishboneMemory::new(kind, 1 << 12, 32, Stalls::new(1, 8));
            let mut rig = Rig::new(&wishbone_master(&port(), mode).unwrap(), model, 1);
            rig.ask(burst).unwrap();
            rig.finish().unwrap();
            rig.cycles
        });
        assert!(wishbone <= 1010, "{wishbone} cycles for 1000 words");
    }
}
