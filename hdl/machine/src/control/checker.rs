//! Checks what a memory holds against a CRC-32 that the host knows.
//!
//! Reads transfer by transfer through the host's window, which is closed meanwhile, and takes them
//! byte by byte: seven cycles per transfer, and two more; external memory adds its own time, and machines
//! of 64 lanes and more two cycles. Cost on
//! ECP5: 247 LUT4, 122 FF.
//!
//! | port | meaning |
//! |---|---|
//! | `start`, `select`, `first`, `length`, `crc` | check so many transfers of a memory, from `first` on |
//! | `clear` | forget that a check failed |
//! | `busy` | a check is under way, and it is this that reads: |
//! | `read`, `memory`, `address` | the window's request |
//! | `answer`, `waits`, `failed`, `missing` | its answer, two edges after it or an edge after it no longer waits |
//! | `wrong` | the last check failed: of `memory` |
//!
//! ```text
//! clk     _/~\_/~\_/~\_/~\_/~\_/~\_/~\_/~\_/~\_     one transfer
//! start   /~~~\_______________________________
//! read    ____/~~~\___________________________
//! answer              <word
//! byte                    <0 ><1 ><2 ><3 >
//! busy    ____/~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\
//! ```

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_blocks::memory::{Crc32Config, crc32};
use bitladder_rtl::{BIT, Module, ModuleBuilder, uint};

use super::config::{ControlConfig, FAR_EDGES};
use super::registers::SELECT;

/// Asks for a transfer; waits for it; takes it; bytes 0 to 3; compares.
const ASKS: u32 = 0;
const WAITS: u32 = 1;
const TAKES: u32 = 2;
const LAST_BYTE: u32 = 6;
const COMPARES: u32 = 7;

/// Builds the checker.
pub fn checker(config: &ControlConfig) -> Result<Arc<Module>, BlockError> {
    let transfer = config.transfer();
    let name = if config.far() { "far_memory_check" } else { "memory_check" };
    let m = ModuleBuilder::new(name).param("t", transfer.width);
    let m = m.doc("Checks memories against a CRC-32.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "gives up");
    let start = m.input("start", BIT, "check a memory");
    let clear = m.input("clear", BIT, "forget that a check failed");
    let select = m.input("select", SELECT, "which memory");
    let first = m.input("first", transfer, "its first transfer");
    let length = m.input("length", transfer, "transfers");
    let wanted = m.input("crc", uint(32), "what they should have");
    let answer = m.input("answer", uint(32), "the transfer");
    let [waits, failed, missing] = [
        ("waits", "it takes longer"),
        ("failed", "the memory failed"),
        ("missing", "there is no such transfer"),
    ]
    .map(|(name, doc)| m.input(name, BIT, doc));

    let busy = m.reg("busy_q", BIT, clk).reset(rst, 0);
    let step = m.reg("step_q", uint(3), clk).reset(start, ASKS);
    let at = |name: &str, code: u32| m.named(name, busy.q & step.q.eq(code));
    let left = m.reg("left_q", transfer, clk);
    // In a register: the memories' ports wait for it.
    let none = m.reg("none_q", BIT, clk);
    let asks = at("asks", ASKS) & !none.q;
    let takes = at("takes", TAKES);
    let later = if config.far() { FAR_EDGES } else { 0 };
    let (waits, _) = (1..=later).fold((waits, asks), |(waits, asked), edge| {
        let asked = m.pipe(&format!("asked_{edge}_q"), asked, clk);
        (waits | asked, asked)
    });
    let bytes = m.named("bytes", busy.q & step.q.gt(TAKES) & step.q.le(LAST_BYTE));
    let last_byte = at("last_byte", LAST_BYTE);
    let compares = at("compares", COMPARES);
    let to = |code: u32| m.lit(uint(3), code);
    let arms = [
        (u128::from(ASKS), none.q.mux(to(COMPARES), to(WAITS))),
        (u128::from(WAITS), waits.mux(to(WAITS), to(TAKES))),
        (u128::from(LAST_BYTE), to(ASKS)),
    ];
    step.next(m.case(step.q, &arms, step.q + 1));
    let stops = compares | (asks & missing) | (takes & failed);
    busy.next(start | (busy.q & !stops));
    let left = left.enable(start | last_byte);
    left.next(start.mux(length, left.q - 1));
    none.enable(start | last_byte).next(start.mux(!length.reduce_or(), left.q.eq(1)));
    let address = m.reg("address_q", transfer, clk).enable(start | last_byte);
    address.next(start.mux(first, address.q + 1));
    let memory = m.reg("memory_q", SELECT, clk).enable(start);
    memory.next(select);
    let word = m.reg("word_q", uint(32), clk).enable(takes | bytes);
    word.next(takes.mux(answer, word.q.shift_right(8)));
    let sum = m.instance("sum", &crc32(&Crc32Config { bytes: 1 })?).clock("clk", clk);
    sum.connect("clear", start).connect("enable", bytes).connect("data", word.q.bits(0, 8));
    let bad = stops & (!compares | sum.out("crc").ne(wanted));
    let wrong = m.reg("wrong_q", BIT, clk).reset(rst | clear | start, 0);
    wrong.next(wrong.q | bad);
    for (name, value, doc) in [
        ("busy", busy.q, "a check is under way"),
        ("read", asks, "the transfer is wanted"),
        ("memory", memory.q, "of this memory"),
        ("address", address.q, "which transfer"),
        ("wrong", wrong.q, "the last check failed"),
    ] {
        m.drive(m.output(name, value.ty(), doc), value);
    }
    Ok(m.build()?)
}
