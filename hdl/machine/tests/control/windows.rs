//! The host's way to registers and memories.

use bitladder_machine::isa::{ISA_VERSION, memory, register};

use crate::host::{Host, Refused, START, config, end, far};

#[test]
fn the_machine_says_what_it_is() {
    let mut host = Host::new();
    assert_eq!(host.read(register::ID), Ok(0x424c_4452));
    assert_eq!(host.read(register::ISA_VERSION), Ok(ISA_VERSION));
    assert_eq!(host.read(register::SHAPE), Ok(4 | 4 << 8 | 0xff << 16 | 40 << 24 | 1 << 30));
    assert_eq!(host.read(register::CONFIG_HASH), Ok(config().hash));
    assert_eq!(host.read(register::STATUS), Ok(0));
}

#[test]
fn every_word_of_every_memory_is_reached() {
    for mut host in [Host::new(), Host::of(&far(), 6)] {
        every_word_is_reached(&mut host);
    }
}

fn every_word_is_reached(host: &mut Host) {
    let sizes = [
        (memory::PROGRAM, 5 * 41),
        (memory::ACTIVATION, 40 * 2),
        (memory::WEIGHT, 24 * 2),
        (memory::PARAMETER, 12 * 2),
    ];
    let value = |code: u32, at: u32| (code << 28 | at).wrapping_mul(0x9e37_79b9);
    for (code, size) in sizes {
        host.window(code, 0);
        (0..size).for_each(|at| host.write(register::WINDOW_DATA, value(code, at)).unwrap());
        assert_eq!(host.write(register::WINDOW_DATA, 0), Err(Refused), "memory {code}: beyond");
        assert_eq!(host.read(register::WINDOW_ADDRESS), Ok(size), "a refusal counts nothing");
        assert_eq!(host.read(register::WINDOW_DATA), Err(Refused), "memory {code}: beyond");
    }
    for (code, size) in sizes {
        host.window(code, 0);
        for at in 0..size {
            assert_eq!(host.read(register::WINDOW_DATA), Ok(value(code, at)), "{code}: {at}");
        }
    }
    // Word 1 of group 3 lies in the upper half of transfer 6.
    let read = host.sim.memory_word("memories.activation_read_1.words", 3).unwrap();
    assert_eq!(read, u128::from(value(memory::ACTIVATION, 6) >> 16));
}

#[test]
fn results_and_decisions_are_written_by_units_only() {
    let mut host = Host::new();
    host.set("result_write_enable", 1);
    for at in 0..100_u128 {
        host.set("result_write_address", at);
        host.set("result_write_data", at * 3 + 1);
        host.step(1);
    }
    host.set("result_write_enable", 0);
    host.set("decision_write_enable", 1);
    for word in 0..4 {
        host.set("decision_write_address", 8 + word);
        host.set("decision_write_data", 70 + word);
        host.step(1);
    }
    host.set("decision_write_enable", 0);
    host.window(memory::RESULT, 99);
    assert_eq!(host.write(register::WINDOW_DATA, 5), Err(Refused));
    assert_eq!(host.read(register::WINDOW_DATA), Ok(298));
    assert_eq!(host.read(register::WINDOW_DATA), Err(Refused));
    host.window(memory::DECISION, 8);
    let words = [0; 4].map(|_: u32| host.read(register::WINDOW_DATA).unwrap());
    assert_eq!(words, [70, 71, 72, 73]);
    assert_eq!(host.read(register::WINDOW_DATA), Err(Refused));
}

#[test]
fn units_read_what_the_host_wrote() {
    let mut host = Host::new();
    for code in [memory::ACTIVATION, memory::WEIGHT, memory::PARAMETER] {
        host.window(code, 4);
        host.write(register::WINDOW_DATA, 0x2222_1111 + code).unwrap();
        host.write(register::WINDOW_DATA, 0x4444_3333).unwrap();
    }
    // Without a program, the memory that the host has chosen is the host's.
    host.window(memory::DECISION, 0);
    for (unit, address) in
        [("activation_read", "group"), ("weight", "group"), ("parameter", "address")]
    {
        host.set(&format!("{unit}_enable"), 1);
        host.set(&format!("{unit}_{address}"), 2);
    }
    host.step(1);
    let words = [0, 1, 2, 3].map(|c| host.get(&format!("activation_read_data_{c}_o")));
    assert_eq!(words, [0x1112, 0x2222, 0x3333, 0x4444]);
    let words = [0, 1, 2, 3].map(|c| host.get(&format!("weight_data_{c}_o")));
    assert_eq!(words, [0x1113, 0x2222, 0x3333, 0x4444]);
    assert_eq!(host.get("parameter_data_o"), 0x4444_3333_2222_1114);
}

#[test]
fn masked_words_of_a_group_stay() {
    let mut host = Host::new();
    host.window(memory::ACTIVATION, 10);
    host.write(register::WINDOW_DATA, 0x0002_0001).unwrap();
    host.write(register::WINDOW_DATA, 0x0004_0003).unwrap();
    host.window(memory::DECISION, 0);
    host.set("activation_write_mask", 0b0110);
    host.set("activation_write_group", 5);
    (0..4).for_each(|c| host.set(&format!("activation_write_data_{c}"), 0x70 + c));
    host.step(1);
    host.set("activation_write_mask", 0);
    host.window(memory::ACTIVATION, 10);
    assert_eq!(host.read(register::WINDOW_DATA), Ok(0x0071_0001));
    assert_eq!(host.read(register::WINDOW_DATA), Ok(0x0004_0072));
}

#[test]
fn what_does_not_exist_is_refused() {
    let mut host = Host::new();
    for address in [0x38, 0x3c, 0x74, 0x80, 0xfc] {
        assert_eq!(host.read(address), Err(Refused), "{address:#x}");
        assert_eq!(host.write(address, 0), Err(Refused), "{address:#x}");
    }
    for address in [register::ID, register::STATUS, register::CYCLES_LOW, register::STALL_FILL] {
        assert_eq!(host.write(address, 0), Err(Refused), "{address:#x} is read only");
    }
    assert_eq!(host.read(register::CONTROL), Err(Refused), "commands cannot be read");
    for (address, value) in [
        (register::PROGRAM_START, 1 << 24),
        (register::WINDOW_SELECT, 8),
        (register::WINDOW_ADDRESS, 1 << 25),
        (register::INTERRUPT_ENABLE, 4),
        (register::CLOCK_LEVEL, 4),
    ] {
        assert_eq!(host.write(address, value - 1), Ok(()), "{address:#x}");
        assert_eq!(host.write(address, value), Err(Refused), "{address:#x}: too large");
        assert_eq!(host.read(address), Ok(value - 1), "{address:#x} stays");
    }
    assert_eq!(host.read(register::WINDOW_DATA), Err(Refused), "there is no memory 7");
    assert_eq!(host.write_bytes(register::PROGRAM_START, 3, 0b0111), Err(Refused));
    assert_eq!(host.read(register::PROGRAM_START), Ok((1 << 24) - 1));
}

#[test]
fn memories_are_the_units_while_a_program_runs() {
    let mut host = Host::new();
    host.load(&[crate::host::layer(bitladder_machine::isa::Operation::Conv, 0), end()]);
    host.window(memory::ACTIVATION, 0);
    host.command(START).unwrap();
    host.wait("begin_o");
    assert_eq!(host.read(register::WINDOW_DATA), Err(Refused));
    assert_eq!(host.write(register::WINDOW_DATA, 1), Err(Refused));
    host.set("finished_i", 1);
    host.step(60);
    assert_eq!(host.status(), (false, true, 0, 9));
    assert_eq!(host.write(register::WINDOW_DATA, 1), Ok(()));
}
