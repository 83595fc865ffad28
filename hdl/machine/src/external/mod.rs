//! Memory outside the FPGA: the host's way to it, and loads into weight memory.
//!
//! ```text
//!  host window --> window --+
//!                           +--> memory port --> SDRAM controller, or AXI4 or Wishbone master
//!  load descriptors --> loader --> weight memory
//! ```
//!
//! The host reaches it while nothing runs, the loader while something does, so both share the port
//! without taking turns. Costs, and how fast it is: `docs/results/external-memory.md`.
//!
//! | port | meaning |
//! |---|---|
//! | `rst`, `unit_reset` | of everything; of the loader alone, which gives up what it loads |
//! | `host_*` | `address`, `write`, `read`, `data`; `waits` until `answer` is there or the write done, `failed` with it |
//! | `start`, `layer_*` | a load descriptor begins |
//! | `taken` | it is under way: the next descriptor may run |
//! | `loading` | something is being loaded |
//! | `weight_write_mask`, `weight_write_group`, `weight_write_data_<c>` | to weight memory |
//! | `corrupt`, `failed`, `outside` | a wrong checksum, an error of the memory, an address beyond one |
//! | `blamed` | the layer of the load that failed |
//! | `sdram_*` or `m_*` | pins or bus |
//!
//! ```text
//! clk      _/~\_/~\_/~\_/~\_ ... _/~\_/~\_
//! start    /~~~\__________________________     nothing was being loaded
//! taken    _____/~~~\_____________________
//! loading  _________/~~~~~~~ ... ~~~~~\___
//! ```

mod leads_to;
mod loader;
mod plan;
mod window;

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_rtl::{BIT, Direction, Instance, Module, ModuleBuilder, Sig};

pub use plan::ExternalPlan;

use crate::control::pass_out;

/// Ports of the loader and the window that lead to the memory port.
const ASKS: [&str; 6] = ["valid", "write", "address", "length", "write_valid", "write_data"];
const ANSWERS: [&str; 6] = ["ready", "write_ready", "read_valid", "read_data", "error", "idle"];

/// Joins two that ask; `second` has the port while it is busy.
fn share<'m>(port: Instance<'m>, [first, second]: [Instance<'m>; 2], busy: Sig<'m>) {
    for field in ASKS {
        let name = format!("port_{field}");
        let of_first = match field {
            "write" | "write_valid" => None,
            "write_data" => Some(second.out(&name)),
            _ => Some(first.out(&name)),
        };
        let theirs = second.out(&name);
        let value = match (field, of_first) {
            ("valid", Some(mine)) => mine | theirs,
            (_, Some(mine)) => busy.mux(theirs, mine),
            (_, None) => theirs,
        };
        port.connect(&name, value);
    }
}

/// Hands on what an instance has under the same name.
fn inputs<'m>(m: &'m ModuleBuilder, instance: Instance<'m>, module: &Module) {
    let own =
        |port: &str| port.starts_with("layer_") || port.starts_with("host_") || port == "start";
    for port in module.ports().iter().filter(|port| port.direction == Direction::Input) {
        if own(&port.base) {
            instance.connect(&port.base, m.input(&port.base, port.ty, &port.doc));
        }
    }
}

/// Builds the unit.
pub fn external(plan: &ExternalPlan) -> Result<Arc<Module>, BlockError> {
    let (leads_to, loader_of, window_of) =
        (leads_to::leads_to(plan)?, loader::loader(plan)?, window::window(plan)?);
    let m = plan.module("external").doc("Memory outside the FPGA.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "of everything");
    let unit_reset = m.input("unit_reset", BIT, "of the loader");
    let port = m.instance("leads_to", &leads_to).clock("clk", clk).connect("rst", rst);
    let loader = m.instance("loader", &loader_of).clock("clk", clk);
    let window = m.instance("window", &window_of).clock("clk", clk).connect("rst", rst);
    loader.connect("rst", unit_reset);
    inputs(&m, loader, &loader_of);
    inputs(&m, window, &window_of);
    share(port, [loader, window], window.out("host_waits"));
    for field in ANSWERS {
        let name = format!("port_{field}");
        for (unit, module) in [(loader, &loader_of), (window, &window_of)] {
            if module.ports().iter().any(|port| port.base == name) {
                unit.connect(&name, port.out(&name));
            }
        }
    }
    let inner = |port: &str| port.starts_with("port_") || port == "rst";
    let outputs = |module: &Module, name: &str| {
        module.ports().iter().any(|p| p.base == name && p.direction == Direction::Output)
    };
    pass_out(&m, loader, &loader_of, |port| !inner(port) && outputs(&loader_of, port));
    pass_out(&m, window, &window_of, |port| !inner(port) && outputs(&window_of, port));
    pass_out(&m, port, &leads_to, |port| !inner(port));
    Ok(m.build()?)
}
