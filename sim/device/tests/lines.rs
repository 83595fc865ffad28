//! A machine at the end of a bad serial line: whatever happens to the bits, each request is done
//! once, or the host hears why not, in bounded time.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::path::Path;
use std::sync::Mutex;

use bitladder_device::{
    Bus, BusDevice, BusError, Device, DeviceError, Memory, PacketBus, UartLine, VerilatedPorts,
    behind_packets, uart_line,
};
use bitladder_link::{FaultRates, Faulty, LinkError, Transport};
use bitladder_machine::MachineConfig;
use bitladder_machine::isa::register;
use bitladder_spec::SplitMix64;
use bitladder_verilated::BuildOptions;

type Line = UartLine<VerilatedPorts>;

fn config() -> MachineConfig {
    let text = include_str!("../../../gen/configs/sim-4x4.toml");
    let mut config = MachineConfig::parse("sim-4x4.toml", text).unwrap();
    config.array.rows = 2;
    config.array.columns = 2;
    config.post.lanes = 2;
    config
}

/// A line whose host is off by a share of the bit rate.
fn line(config: &MachineConfig, error: f64) -> Line {
    static BUILD: Mutex<()> = Mutex::new(());
    let _alone = BUILD.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("models");
    uart_line(config, &BuildOptions { trace: false, cache: Some(cache) }, error).unwrap()
}

/// Writes a memory through its window and reads it back: a word that is lost or written twice
/// would shift all that follow.
fn round_trip<T: Transport>(device: &mut BusDevice<PacketBus<T>>, words: usize, seed: u64) {
    let mut noise = SplitMix64::new(seed);
    let words: Vec<u32> = (0..words).map(|_| noise.next_u64() as u32 & 0x00ff_ff00).collect();
    device.poke(Memory::Weight, 5, &words).unwrap();
    let mut found = vec![0; words.len()];
    device.peek(Memory::Weight, 5, &mut found).unwrap();
    assert_eq!(found, words, "seed {seed}");
    let address = device.bus().read32(register::WINDOW_ADDRESS).unwrap();
    assert_eq!(address as usize, 5 + words.len(), "each word once");
}

#[test]
fn clocks_may_differ_by_three_percent() {
    for error in [-0.03, -0.015, 0.0, 0.015, 0.03] {
        let mut device = behind_packets(&config(), line(&config(), error)).unwrap();
        round_trip(&mut device, 300, 1);
        let statistics = device.bus().link().statistics().unwrap();
        assert_eq!((statistics.sent_again, statistics.dropped), (0, 0), "{error}");
        assert_eq!(statistics.device_damaged, 0, "{error}");
    }
}

#[test]
fn a_slower_clock_keeps_the_bit_rate() {
    let mut device = behind_packets(&config(), line(&config(), 0.0)).unwrap();
    for level in [1, 0, 1] {
        device.set_clock(level).unwrap();
        round_trip(&mut device, 100, 2);
        assert_eq!(device.clock().unwrap(), level);
    }
    let (time, cycles) = {
        let line = device.bus().link().transport();
        (line.now().as_secs_f64(), line.cycles() as f64)
    };
    assert!(cycles / time < 45e6, "{:.1} MHz on average", cycles / time / 1e6);
}

#[test]
fn bytes_are_lost_doubled_and_damaged() {
    let mut sent_again = 0;
    for seed in 0..6 {
        let rates = FaultRates { flipped: 150, dropped: 150, doubled: 150, inserted: 150 };
        let line = Faulty::new(line(&config(), 0.01), rates, seed);
        let mut device = behind_packets(&config(), line).unwrap();
        round_trip(&mut device, 400, seed);
        device.bus().link().transport().set_rates(FaultRates::default());
        sent_again += device.bus().link().statistics().unwrap().sent_again;
    }
    assert!(sent_again > 0, "nothing went wrong");
}

#[test]
fn noise_on_the_line_is_survived() {
    let mut line = line(&config(), -0.02);
    line.set_glitches(40_000, 3);
    let mut device = behind_packets(&config(), line).unwrap();
    for seed in 0..3 {
        round_trip(&mut device, 300, seed);
    }
    let link = device.bus().link();
    link.transport().set_glitches(0, 0);
    let statistics = link.statistics().unwrap();
    assert!(statistics.device_damaged > 0, "{statistics:?}");
}

/// What the link said, inside the device's error.
fn link_error(error: DeviceError) -> Box<LinkError> {
    match error {
        DeviceError::Bus(BusError::Link { source }) => source.downcast::<LinkError>().unwrap(),
        other => panic!("{other}"),
    }
}

#[test]
fn a_reset_under_way_has_a_name_and_a_new_session_works() {
    for wait in [50, 500, 3000] {
        let mut device = behind_packets(&config(), line(&config(), 0.0)).unwrap();
        round_trip(&mut device, 10, 1);
        // Some bytes of a request are on the line.
        let line = device.bus().link().transport();
        line.send(&[0, 9, 2, 7, 7, 7, 7, 7, 7], std::time::Duration::MAX).unwrap();
        line.pass(wait).unwrap();
        line.reset().unwrap();
        let error = device.poke(Memory::Weight, 0, &[1; 500]).unwrap_err();
        assert!(matches!(*link_error(error), LinkError::DeviceReset), "{wait}");
        let error = device.info().unwrap_err();
        assert!(matches!(*link_error(error), LinkError::Closed), "{wait}");
        device.bus().link().reopen().unwrap();
        round_trip(&mut device, 50, 2);
    }
}

#[test]
fn a_line_that_is_cut_ends_in_time() {
    let all = FaultRates { dropped: 1_000_000, ..FaultRates::default() };
    let line = Faulty::new(line(&config(), 0.0), FaultRates::default(), 1);
    let mut device = behind_packets(&config(), line).unwrap();
    let line = device.bus().link().transport();
    line.set_rates(all);
    let before = line.now();
    let error = device.poke(Memory::Weight, 0, &[1; 500]).unwrap_err();
    assert!(matches!(*link_error(error), LinkError::NoAnswer { tries: 8, .. }));
    let line = device.bus().link().transport();
    let waited = line.now() - before;
    assert!(waited < std::time::Duration::from_millis(200), "{waited:?}");
    line.set_rates(FaultRates::default());
    device.bus().link().reopen().unwrap();
    round_trip(&mut device, 50, 3);
}

#[test]
fn events_arrive_without_being_asked_for() {
    let mut device = behind_packets(&config(), line(&config(), 0.0)).unwrap();
    device.bus().write32(register::INTERRUPT_ENABLE, 2).unwrap();
    // There is no program: a start fails with an interrupt.
    device.poke(Memory::Program, 0, &[15]).unwrap();
    device.bus().write32(register::CONTROL, 1 << register::CONTROL_START_BIT).unwrap();
    device.bus().link().idle(std::time::Duration::from_millis(1)).unwrap();
    let status = device.bus().link().take_event().unwrap();
    assert_eq!(status, device.bus().read32(register::STATUS).unwrap());
    assert!(status >> register::STATUS_ERROR_BIT & 0xf != 0);
    assert_eq!(device.bus().link().take_event(), None);
}

#[test]
fn nine_tenths_of_the_line_are_payload() {
    let mut device = behind_packets(&config(), line(&config(), 0.0)).unwrap();
    let words = vec![0x1234_0056; 1000];
    let line_time = 10.0 * 4000.0 / f64::from(config().host.baud);
    let now = |device: &mut BusDevice<PacketBus<Line>>| {
        device.bus().link().transport().now().as_secs_f64()
    };
    let begin = now(&mut device);
    device.poke(Memory::Weight, 0, &words).unwrap();
    let written = now(&mut device);
    device.peek(Memory::Weight, 0, &mut vec![0; 1000]).unwrap();
    let read = now(&mut device);
    for (way, time) in [("writing", written - begin), ("reading", read - written)] {
        let share = line_time / time;
        assert!((0.9..1.0).contains(&share), "{way}: {share:.3}");
    }
}
