//! A controller for SDR SDRAM: bursts of any length, rows kept open, refreshes in time.
//!
//! Each word is a command of its own (burst length 1), so a burst can be interrupted between any
//! two words: for a refresh, or because no word to write is there yet. In an open row a word moves
//! per cycle. Words are numbered row, bank, column from the top, so that a long burst goes from
//! bank to bank. Each of the four banks keeps its row open until another one is wanted or a
//! refresh closes all.
//!
//! Cost for 13 row and 9 column bits on ECP5: 383 LUT4, 204 FF (`docs/results/hdl-blocks.md`). A burst of `n`
//! words in an open row takes `n + 6` cycles from request to `idle` at CAS latency 2;
//! another row costs tRP + tRCD, a page that ends in between a cycle more, and a refresh
//! tRP + tRFC + tRCD.
//!
//! | port | meaning |
//! |---|---|
//! | `rst` | starts anew, power-up included |
//! | `port` | the memory port, see [`MemoryPortConfig::bundle`]; never an error |
//! | `sdram_cke`, `sdram_cs_n`, `sdram_ras_n`, `sdram_cas_n`, `sdram_we_n` | the command |
//! | `sdram_ba`, `sdram_a`, `sdram_dqm` | bank, row or column, data mask (set until the chip is initialised) |
//! | `sdram_dq`, `sdram_dq_enable`, `sdram_dq_read` | data to the pins, when to drive them, data from them |
//!
//! All outputs to the chip are registers; `sdram_dq_read` goes into one.
//!
//! ```text
//! clk            _/~\_/~\_/~\_/~\_/~\_/~\_/~\_    CAS latency 2, row open
//! port_valid     /~~~\________________________
//! command                 <READ>                  decided two cycles later, at the pins in the next
//! sdram_dq_read                     <A  >
//! port_read_valid                        /~~~\    the word A
//! ```
//!
//! ```
//! # use bitladder_blocks::memory::{SdramConfig, SdramTimes, sdram};
//! let times = SdramTimes {
//!     activate: 15_000, precharge: 15_000, row_active: 42_000, row_cycle: 60_000,
//!     refresh: 60_000, write_recovery: 12_000, mode: 12_000,
//!     refresh_interval: 7_812_500, power_up: 200_000_000,
//! };
//! let config = SdramConfig {
//!     row_bits: 13, column_bits: 9, data_bits: 16, cas_latency: 2, inverted_clock: false,
//!     times, fastest_khz: 80_000, slowest_khz: 20_000,
//! };
//! assert!(sdram(&config)?.name().starts_with("sdram_r13_c9_d16_l2"));
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

mod config;
mod pins;
mod steps;
mod timers;

use std::sync::Arc;

use bitladder_rtl::{BIT, Clock, Module, ModuleBuilder, Sig};

use super::port::MemoryPort;
use crate::BlockError;
use config::Cycles;
pub use config::{SdramConfig, SdramTimes};
use steps::Steps;
use timers::Timers;

/// What the parts share.
struct Builder<'m> {
    m: &'m ModuleBuilder,
    clk: Clock<'m>,
    rst: Sig<'m>,
    config: &'m SdramConfig,
    cycles: Cycles,
}

impl<'m> Builder<'m> {
    /// A bit that is kept from edge to edge; give it its next value.
    fn flag(&self, name: &str) -> bitladder_rtl::Reg<'m> {
        self.m.reg(name, BIT, self.clk).reset(self.rst, 0)
    }
}

/// The module, named after everything that shapes it.
fn named(config: &SdramConfig, cycles: &Cycles) -> ModuleBuilder {
    let Cycles { activate, precharge, row_active, row_cycle, refresh, .. } = cycles;
    let Cycles { write_recovery, mode, power_up, refresh_interval, .. } = cycles;
    let waits = [activate, precharge, row_active, row_cycle, refresh, write_recovery, mode];
    let waits: Vec<String> = waits.iter().map(ToString::to_string).collect();
    ModuleBuilder::new("sdram")
        .param("r", config.row_bits)
        .param("c", config.column_bits)
        .param("d", config.data_bits)
        .param("l", config.cas_latency)
        .param("", if config.inverted_clock { "inverted" } else { "same" })
        .param("t", waits.join("_"))
        .param("p", power_up)
        .param("i", refresh_interval)
        .doc("A controller for SDR SDRAM.")
}

/// Builds the controller.
pub fn sdram(config: &SdramConfig) -> Result<Arc<Module>, BlockError> {
    config.validate()?;
    config.port().validate()?;
    let cycles = config.cycles();
    let m = named(config, &cycles);
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "starts anew, power-up included");
    let port = MemoryPort(m.sink("port", &config.port().bundle()));
    let b = Builder { m: &m, clk, rst, config, cycles };
    let timers = Timers::place(&b);
    let steps = Steps::place(&b, &port, &timers);
    timers.drive(&b, &steps);
    pins::drive(&b, &port, &steps);
    Ok(m.build()?)
}
