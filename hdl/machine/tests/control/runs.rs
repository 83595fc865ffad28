//! Programs that run: order, stop, steps, reset, counters, clock levels.

use bitladder_machine::isa::{Descriptor, Operation, field, register};

use crate::host::{Host, RESET, Refused, START, STOP, end, layer};

#[test]
fn layers_run_in_order_and_their_fields_reach_the_units() {
    let mut host = Host::new();
    let mut first = layer(Operation::Conv, 0);
    first.output_zero_point = -77;
    first.weight_base = 23;
    let second = layer(Operation::MaxPool, 1);
    host.load(&[first.clone(), second.clone(), end()]);
    host.command(START).unwrap();
    for descriptor in [&first, &second] {
        host.wait("begin_o");
        for (place, word) in field::ALL.iter().zip(std::iter::repeat(descriptor.pack().unwrap())) {
            let port = format!("layer_{}_o", place.name);
            let found = host.sim.get_number(&port).unwrap();
            assert_eq!(found, place.extract(&word).into(), "{port}");
        }
        host.step(1);
        assert_eq!(host.status(), (true, false, 0, descriptor.layer));
        host.finish(5);
    }
    host.step(100);
    assert_eq!(host.status(), (false, true, 0, 9));
    assert_eq!(host.get("interrupt_o"), 0, "interrupts are off");
}

#[test]
fn a_program_ends_done() {
    let mut host = Host::new();
    host.write(register::INTERRUPT_ENABLE, 1).unwrap();
    host.load(&[layer(Operation::Conv, 0), layer(Operation::Add, 1), end()]);
    host.command(START).unwrap();
    host.work(10);
    host.work(6);
    host.wait("interrupt_o");
    assert_eq!(host.status(), (false, true, 0, 9));
    let cycles = host.read(register::CYCLES_LOW).unwrap();
    // Three descriptors of 41 words, and the layers.
    assert!((3 * 42 + 17..3 * 45 + 17 + 5).contains(&cycles), "{cycles}");
    host.step(50);
    assert_eq!(host.read(register::CYCLES_LOW), Ok(cycles), "it only counts while it runs");
    assert_eq!(host.read(register::CYCLES_HIGH), Ok(0));
    assert_eq!(host.read(register::ELEMENT_CYCLES), Ok(7));
    host.write(register::INTERRUPT_ENABLE, 2).unwrap();
    host.step(2);
    assert_eq!(host.get("interrupt_o"), 0);
}

#[test]
fn a_program_anywhere_in_memory_is_another_precision() {
    let mut host = Host::new();
    host.load(&[layer(Operation::Conv, 0), end(), layer(Operation::Rescale, 4), end()]);
    host.write(register::PROGRAM_START, 82).unwrap();
    host.command(START).unwrap();
    host.wait("begin_o");
    assert_eq!(host.get("layer_layer_o"), 4);
    host.work(1);
    host.step(60);
    assert_eq!(host.status(), (false, true, 0, 9));
}

#[test]
fn an_end_with_classes_is_waited_for() {
    let mut host = Host::new();
    host.load(&[Descriptor { classes: 10, images: 2, ..end() }]);
    host.command(START).unwrap();
    host.begun();
    assert_eq!(host.status(), (true, false, 0, 9));
    host.finish(20);
    host.step(1);
    assert_eq!(host.status(), (false, true, 0, 9));
    // Reading the status took five cycles, too.
    assert_eq!(host.read(register::DECIDE_CYCLES), Ok(26));
}

#[test]
fn start_is_refused_while_a_program_runs() {
    let mut host = Host::new();
    host.load(&[layer(Operation::Conv, 0), end()]);
    host.command(START).unwrap();
    host.wait("begin_o");
    assert_eq!(host.command(START), Err(Refused));
    assert_eq!(host.command(START | RESET), Err(Refused));
    host.finish(3);
    host.step(60);
    assert_eq!(host.status(), (false, true, 0, 9), "the program was not disturbed");
}

#[test]
fn stop_lets_the_layer_finish_and_start_with_stop_runs_one() {
    let mut host = Host::new();
    host.load(&[layer(Operation::Conv, 0), layer(Operation::Conv, 1), end()]);
    host.command(START).unwrap();
    host.wait("begin_o");
    host.command(STOP).unwrap();
    assert!(host.status().0, "the layer still runs");
    host.finish(3);
    host.step(2);
    assert_eq!(host.status(), (false, false, 0, 0));
    host.write(register::PROGRAM_START, 41).unwrap();
    host.command(START | STOP).unwrap();
    host.work(3);
    host.step(100);
    assert_eq!(host.status(), (false, false, 0, 1));
    host.command(START).unwrap();
    host.work(3);
    host.step(60);
    assert_eq!(host.status(), (false, true, 0, 9), "a stop holds for one run");
}

#[test]
fn reset_stops_at_once_and_clears_registers() {
    let mut host = Host::new();
    host.load(&[layer(Operation::Conv, 3), end()]);
    host.write(register::PROGRAM_START, 0).unwrap();
    host.write(register::WINDOW_ADDRESS, 17).unwrap();
    host.command(START).unwrap();
    host.wait("begin_o");
    host.step(10);
    assert_eq!(host.get("unit_reset_o"), 0);
    host.set("bus_valid", 1);
    host.set("bus_write", 1);
    host.set("bus_address", (register::CONTROL / 4).into());
    host.set("bus_data", RESET.into());
    host.set("bus_strobe", 0xf);
    host.step(2);
    assert_eq!((host.get("unit_reset_o"), host.get("bus_ready_o")), (0, 0));
    host.step(1);
    assert_eq!((host.get("unit_reset_o"), host.get("bus_ready_o")), (1, 0));
    host.step(1);
    assert_eq!((host.get("unit_reset_o"), host.get("bus_ready_o")), (0, 1));
    host.step(1);
    host.set("bus_valid", 0);
    assert_eq!(host.status(), (false, false, 0, 0));
    assert_eq!(host.read(register::WINDOW_ADDRESS), Ok(0));
    assert_eq!(host.read(register::CYCLES_LOW), Ok(0));
    host.command(START).unwrap();
    host.work(1);
    host.step(60);
    assert_eq!(host.status(), (false, true, 0, 9), "memories are as they were");
}

#[test]
fn the_clock_changes_between_layers() {
    let mut host = Host::new();
    host.load(&[layer(Operation::Conv, 0), layer(Operation::Conv, 1), end()]);
    host.command(START).unwrap();
    host.wait("begin_o");
    host.step(2);
    host.write(register::CLOCK_LEVEL, 2).unwrap();
    host.step(5);
    assert_eq!(host.get("clock_level_o"), 0);
    host.finish(0);
    host.wait("begin_o");
    assert_eq!(host.get("clock_level_o"), 2);
    host.set("clock_current_i", 2);
    assert_eq!(host.read(register::CLOCK_LEVEL), Ok(2 << 8 | 2));
}
