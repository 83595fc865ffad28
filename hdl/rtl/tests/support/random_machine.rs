//! Modules with random registers and memories between random expressions, and hierarchies of
//! them, from a seed.

use std::sync::Arc;

use bitladder_rtl::{Clock, Mem, Module, ModuleBuilder, ReadDuringWrite, Reg, Sig, uint};

use super::random_module::{Pool, Random};

const POLICIES: [ReadDuringWrite; 3] =
    [ReadDuringWrite::DontCare, ReadDuringWrite::OldData, ReadDuringWrite::NewData];

/// A register of a random type; half of the registers have a reset, half an enable.
fn register<'m>(pool: &mut Pool<'m>, name: &str, clk: Clock<'m>) -> Reg<'m> {
    let ty = pool.random.ty(128);
    let mut reg = pool.m.reg(name, ty, clk);
    let first = pool.random.below(2) as i128 - i128::from(ty.signed);
    if pool.random.below(2) == 0 {
        reg = reg.reset(pool.bit(), first);
    }
    if pool.random.below(2) == 0 {
        reg = reg.enable(pool.bit());
    }
    if pool.random.below(2) == 0 {
        reg = reg.init(first);
    }
    pool.m.ignore(reg.q);
    reg
}

/// A memory of random shape and contents, with a read port that is ready to be used.
fn memory<'m>(pool: &mut Pool<'m>, name: &str, clk: Clock<'m>) -> (Mem<'m>, Sig<'m>) {
    let (ty, policy) = (pool.random.ty(128), POLICIES[pool.random.below(3) as usize]);
    let depth = 1 << (1 + pool.random.below(4));
    let init: Vec<u128> = (0..pool.random.below(depth)).map(|word| u128::from(word) & 1).collect();
    let words = pool.m.memory(name, ty, depth as usize, policy).init(&init);
    let address = pool.like(words.address_ty());
    let data = match pool.random.below(2) {
        0 => words.read(&format!("{name}_word_q"), clk, address),
        _ => {
            let enable = pool.bit();
            words.read_enabled(&format!("{name}_word_q"), clk, address, enable)
        }
    };
    pool.m.ignore(data);
    (words, data)
}

/// A random state machine: expressions over inputs and state, and the state's next values.
pub(crate) fn random_machine(name: &str, seed: u64, inputs: usize) -> Arc<Module> {
    let m = ModuleBuilder::new(name);
    let clk = m.clock("clk", "clock");
    let mut pool = Pool::with_inputs(&m, Random::new(seed), inputs);
    let (words, data) = memory(&mut pool, "words", clk);
    pool.sigs.push(data);
    let mut registers = Vec::new();
    for index in 0..6 {
        let reg = register(&mut pool, &format!("state_{index}_q"), clk);
        pool.sigs.push(reg.q);
        registers.push(reg);
    }
    for index in 0..40 {
        let value = pool.operator();
        pool.sigs.push(value);
        if index % 4 == 0 {
            m.drive(m.output(&format!("y{index}"), value.ty(), "random expression"), value);
        }
    }
    for (index, reg) in registers.into_iter().enumerate() {
        reg.next(pool.like(reg.q.ty()));
        // Every register is compared, also those that no expression picked up.
        let shown = m.output(&format!("shown_{index}"), reg.q.ty(), "a register");
        m.drive(shown, reg.q);
    }
    let (enable, address) = (pool.bit(), pool.like(words.address_ty()));
    words.write(clk, enable, address, pool.like(data.ty()));
    m.drive(m.output("word", data.ty(), "what the memory gave"), data);
    m.build().expect("random machines are correct by construction")
}

/// Three machines, two of one shape, fed by inputs and by each other.
pub(crate) fn random_hierarchy(seed: u64) -> Arc<Module> {
    let shapes = [0, 1].map(|kind| random_machine(&format!("machine_{kind}"), seed * 2 + kind, 5));
    let m = ModuleBuilder::new("hierarchy");
    let clk = m.clock("clk", "clock");
    let mut pool = Pool::with_inputs(&m, Random::new(seed ^ 0x5eed), 6);
    for (name, shape) in [("first", &shapes[0]), ("second", &shapes[1]), ("third", &shapes[0])] {
        let placed = m.instance(name, shape).clock("clk", clk);
        for port in shape.ports().iter().filter(|port| port.name.starts_with('x')) {
            placed.connect(&port.base, pool.like(port.ty));
        }
        for port in shape.ports().iter().filter(|port| port.name.ends_with("_o")) {
            placed.ignore(&port.base);
            pool.sigs.push(placed.out(&port.base));
        }
    }
    for index in 0..20 {
        let value = pool.operator();
        pool.sigs.push(value);
        let reg = m.pipe(&format!("out_{index}_q"), value, clk);
        m.drive(m.output(&format!("z{index}"), uint(1), "parity"), reg.reduce_xor());
    }
    m.build().expect("random hierarchies are correct by construction")
}
