//! What goes wrong stops the program, says why and where, and does not last.

use bitladder_machine::isa::{Descriptor, Destination, Operation, error, field};

use crate::host::{Host, START, end, layer};

/// Runs a program of one layer that is broken; gives code and layer.
fn refused(words: &[u32]) -> (u32, u32) {
    let mut host = Host::new();
    host.load(&[layer(Operation::Conv, 0)]);
    host.window(bitladder_machine::isa::memory::PROGRAM, 0);
    for word in words {
        host.write(bitladder_machine::isa::register::WINDOW_DATA, *word).unwrap();
    }
    host.command(START).unwrap();
    host.step(50);
    let (busy, done, code, layer) = host.status();
    assert!(!busy && !done && host.get("runs_o") == 0);
    (code, layer)
}

fn refused_layer(change: impl Fn(&mut Descriptor)) -> (u32, u32) {
    let mut descriptor = layer(Operation::Conv, 6);
    change(&mut descriptor);
    refused(&descriptor.pack().unwrap())
}

#[test]
fn fields_out_of_range_are_bad_descriptors() {
    type Change = fn(&mut Descriptor);
    let changes: [(&str, Change); 13] = [
        ("nested", |d| d.nested = true),
        ("quality", |d| d.quality = 3),
        ("no rows", |d| d.input_height = 0),
        ("no kernel", |d| d.kernel_width = 0),
        ("no stride", |d| d.stride_y = 0),
        ("no images", |d| d.images = 0),
        ("no passes", |d| d.passes = 0),
        ("no tiles", |d| d.tiles = 0),
        ("too many rows", |d| d.last_rows = 5),
        ("no patch", |d| d.patch_words = 0),
        ("long patch", |d| d.patch_words = 2049),
        ("wide result", |d| d.output_bits = 33),
        ("long run", |d| d.take = 1 << 19),
    ];
    for (name, change) in changes {
        assert_eq!(refused_layer(change), (error::BAD_DESCRIPTOR, 6), "{name}");
    }
    let mut words = layer(Operation::Conv, 6).pack().unwrap();
    field::OPERATION.insert(&mut words, 6).unwrap();
    assert_eq!(refused(&words), (error::BAD_DESCRIPTOR, 6), "unknown operation");
    let mut words = layer(Operation::Conv, 6).pack().unwrap();
    field::ROUNDING.insert(&mut words, 5).unwrap();
    assert_eq!(refused(&words), (error::BAD_DESCRIPTOR, 6), "unknown rounding");
}

#[test]
fn addresses_beyond_memories_are_refused() {
    type Change = fn(&mut Descriptor);
    let changes: [(&str, Change); 5] = [
        ("input", |d| d.input_base = 160),
        ("weights", |d| d.weight_base = 24),
        ("parameters", |d| d.parameter_base = 12),
        ("output", |d| d.output_base = 160),
        ("results", |d| {
            d.destination = Destination::Results;
            d.output_base = 100;
        }),
    ];
    for (name, change) in changes {
        assert_eq!(refused_layer(change), (error::ADDRESS, 6), "{name}");
    }
    // Fields that the operation does not use do not matter.
    let mut host = Host::new();
    let mut pool = layer(Operation::MaxPool, 2);
    (pool.weight_base, pool.parameter_base, pool.patch_words) = (99, 99, 0);
    host.load(&[pool, end()]);
    host.command(START).unwrap();
    host.wait("begin_o");
}

#[test]
fn a_program_without_an_end_is_refused() {
    let mut host = Host::new();
    host.load(&[0, 1, 2, 3, 4].map(|index| layer(Operation::Conv, index)));
    host.command(START).unwrap();
    (0..5).for_each(|_| host.work(2));
    host.step(10);
    assert_eq!(host.status(), (false, false, error::PROGRAM, 4));
    host.write(bitladder_machine::isa::register::PROGRAM_START, 165).unwrap();
    host.command(START).unwrap();
    host.step(4);
    assert_eq!(host.status(), (false, false, error::PROGRAM, 0));
}

#[test]
fn the_watchdog_gives_up_and_puts_the_units_at_rest() {
    let mut host = Host::new();
    host.write(bitladder_machine::isa::register::INTERRUPT_ENABLE, 2).unwrap();
    let hangs = Descriptor { watchdog: 100, ..layer(Operation::Conv, 5) };
    host.load(&[hangs, end()]);
    host.command(START).unwrap();
    host.wait("begin_o");
    host.step(101);
    assert_eq!((host.get("runs_o"), host.get("unit_reset_o")), (1, 0));
    host.step(1);
    assert_eq!((host.get("runs_o"), host.get("unit_reset_o")), (0, 0));
    host.step(1);
    assert_eq!((host.get("interrupt_o"), host.get("unit_reset_o")), (1, 1));
    host.step(1);
    assert_eq!(host.get("unit_reset_o"), 0);
    assert_eq!(host.status(), (false, false, error::WATCHDOG, 5));
    // In time it is fine, and the error is gone.
    host.command(START).unwrap();
    host.work(98);
    host.step(60);
    assert_eq!(host.status(), (false, true, 0, 9));
}

#[test]
fn what_units_report_stops_the_program() {
    for (port, code) in [
        ("overrun_i", error::OVERRUN),
        ("saturated_i", error::SATURATED),
        ("outside_i", error::ADDRESS),
        ("refused_i", error::BAD_DESCRIPTOR),
    ] {
        let mut host = Host::new();
        host.load(&[layer(Operation::Conv, 0), layer(Operation::Conv, 1), end()]);
        host.command(START).unwrap();
        // Before a layer runs nobody looks.
        host.set(port, 1);
        host.step(3);
        host.set(port, 0);
        host.work(4);
        host.wait("begin_o");
        host.step(3);
        host.set(port, 1);
        host.step(1);
        host.set(port, 0);
        host.step(2);
        assert_eq!(host.status(), (false, false, code, 1), "{port}");
    }
}

#[test]
fn a_unit_that_reads_beyond_a_memory_is_found() {
    let mut host = Host::new();
    host.load(&[layer(Operation::Conv, 7), end()]);
    host.command(START).unwrap();
    host.wait("begin_o");
    host.set("weight_group_i", 24);
    host.step(3);
    assert_eq!(host.get("runs_o"), 1, "an address alone reads nothing");
    host.set("weight_enable_i", 1);
    host.step(1);
    assert_eq!(host.status(), (false, false, error::ADDRESS, 7));
}
