//! The C++ between Rust and the class that Verilator generates.

use std::fmt::Write;

use bitladder_rtl::{Direction, Port};

/// Changes whenever the functions below do: part of a library's name.
pub(crate) const VERSION: u32 = 1;

/// Ports wider than this are arrays of 32-bit words in Verilator's class.
const WIDEST_SCALAR: u32 = 64;

/// The shim for a module: functions with C linkage over numbered ports.
pub(crate) fn source(top: &str, ports: &[Port], trace: bool) -> String {
    let mut set = String::new();
    let mut get = String::new();
    let mut clock = "";
    for (index, port) in ports.iter().enumerate() {
        let name = &port.name;
        match port.direction {
            Direction::ClockInput => clock = name,
            Direction::Input => push(&mut set, index, &assign(name, port.ty.width)),
            Direction::Output => push(&mut get, index, &fetch(name, port.ty.width)),
            Direction::ClockOutput => push(&mut get, index, &fetch(name, 1)),
        }
    }
    TEMPLATE
        .replace("@TRACED@", if trace { "#define TRACED 1\n" } else { "" })
        .replace("@TOP@", top)
        .replace("@CLOCK@", clock)
        .replace("@SET@", &set)
        .replace("@GET@", &get)
}

fn push(cases: &mut String, index: usize, body: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(cases, "    case {index}: {body} break;");
}

fn assign(name: &str, width: u32) -> String {
    if width <= WIDEST_SCALAR {
        return format!("m->{name} = low;");
    }
    let words = width.div_ceil(32);
    let word = |i: u32| {
        let half = if i < 2 { "low" } else { "high" };
        format!("m->{name}[{i}] = (uint32_t)({half} >> {});", 32 * (i % 2))
    };
    (0..words).map(word).collect()
}

fn fetch(name: &str, width: u32) -> String {
    if width <= WIDEST_SCALAR {
        return format!("*low = m->{name};");
    }
    let word = |i: u32| {
        let half = if i < 2 { "low" } else { "high" };
        format!("*{half} |= (uint64_t)m->{name}[{i}] << {};", 32 * (i % 2))
    };
    (0..width.div_ceil(32)).map(word).collect()
}

const TEMPLATE: &str = r#"// Between Rust and Verilator: ports by number, one clock.
#include <cstdint>
#include "verilated.h"
#include "V@TOP@.h"
@TRACED@
#ifdef TRACED
#include "verilated_vcd_c.h"
#endif

double sc_time_stamp() { return 0; }

struct Model {
    VerilatedContext context;
    V@TOP@ *top;
#ifdef TRACED
    VerilatedVcdC *trace = nullptr;
#endif
};

static void settle(Model *model) {
    model->top->eval();
#ifdef TRACED
    if (model->trace) model->trace->dump(model->context.time());
#endif
    model->context.timeInc(5);
}

extern "C" {

void *bitladder_new() {
    Model *model = new Model;
    model->context.randReset(2);
    model->context.traceEverOn(true);
    model->top = new V@TOP@{&model->context, "top"};
    return model;
}

void bitladder_delete(void *handle) {
    Model *model = (Model *)handle;
#ifdef TRACED
    if (model->trace) { model->trace->close(); delete model->trace; }
#endif
    model->top->final();
    delete model->top;
    delete model;
}

int bitladder_trace(void *handle, const char *path) {
#ifdef TRACED
    Model *model = (Model *)handle;
    model->trace = new VerilatedVcdC;
    model->top->trace(model->trace, 99);
    model->trace->open(path);
    return model->trace->isOpen();
#else
    (void)handle; (void)path;
    return 0;
#endif
}

void bitladder_set(void *handle, uint32_t port, uint64_t low, uint64_t high) {
    V@TOP@ *m = ((Model *)handle)->top;
    (void)high;
    switch (port) {
@SET@    default: break;
    }
}

void bitladder_get(void *handle, uint32_t port, uint64_t *low, uint64_t *high) {
    V@TOP@ *m = ((Model *)handle)->top;
    m->eval();
    *low = 0; *high = 0;
    switch (port) {
@GET@    default: break;
    }
}

void bitladder_step(void *handle, uint64_t cycles) {
    Model *model = (Model *)handle;
    for (uint64_t i = 0; i < cycles; i++) {
        model->top->@CLOCK@ = 0;
        settle(model);
        model->top->@CLOCK@ = 1;
        settle(model);
    }
}

uint64_t bitladder_run(void *handle, uint32_t port, uint64_t most) {
    for (uint64_t done = 0; done < most; done++) {
        uint64_t low, high;
        bitladder_get(handle, port, &low, &high);
        if (low | high) return done;
        bitladder_step(handle, 1);
    }
    return most;
}

}
"#;
