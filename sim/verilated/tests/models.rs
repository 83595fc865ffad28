//! Models behave as the Rust simulation does, and are built once.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::path::Path;
use std::sync::{LazyLock, Mutex};

use bitladder_rtl::{Design, ModuleBuilder, Sim, uint};
use bitladder_verilated::{BuildOptions, Model, VerilatedError};
use tempfile::TempDir;

/// Adds what comes in to sums of 24, 64 and 100 bits.
fn sums() -> Design {
    let m = ModuleBuilder::new("sums").doc("Sums of several widths.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", uint(1), "clears the sums");
    for width in [24, 64, 100] {
        let data = m.input(&format!("data_{width}"), uint(width), "what to add");
        let sum = m.reg(&format!("sum_{width}_q"), uint(width), clk).reset(rst, 0);
        sum.next(sum.q + data);
        m.drive(m.output(&format!("sum_{width}"), uint(width), "the sum"), sum.q);
        let next = m.output(&format!("next_{width}"), uint(width), "the sum to come");
        m.drive(next, sum.q + data);
    }
    Design::elaborate(&m.build().unwrap()).unwrap()
}

/// A model from a cache that all tests share, built by the first that asks.
fn model() -> Model {
    static CACHE: LazyLock<Mutex<TempDir>> =
        LazyLock::new(|| Mutex::new(tempfile::tempdir().unwrap()));
    let cache = CACHE.lock().unwrap();
    Model::build(&sums(), &options(cache.path())).unwrap()
}

fn options(cache: &Path) -> BuildOptions {
    BuildOptions { cache: Some(cache.into()), ..BuildOptions::default() }
}

#[test]
fn every_output_is_that_of_the_rust_simulation() {
    let design = sums();
    let mut model = model();
    let mut sim = Sim::new(&design).unwrap();
    let reset = model.input("rst_i").unwrap();
    model.set(reset, 1);
    model.step(2);
    model.set(reset, 0);
    sim.set("rst_i", 1).unwrap();
    sim.step("clk").unwrap();
    sim.set("rst_i", 0).unwrap();
    let mut value = 0x0123_4567_89ab_cdef_0fed_cba9_8765_4321_u128;
    for cycle in 0..200 {
        for width in [24, 64, 100] {
            value = value.rotate_left(7).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let bits = value & ((1 << width) - 1);
            let port = model.input(&format!("data_{width}_i")).unwrap();
            // Bits beyond the port's width must not matter.
            model.set(port, value);
            sim.set(&format!("data_{width}_i"), bits).unwrap();
        }
        for width in [24, 64, 100] {
            for name in [format!("sum_{width}_o"), format!("next_{width}_o")] {
                let port = model.output(&name).unwrap();
                assert_eq!(model.get(port), sim.get(&name).unwrap(), "{name} in cycle {cycle}");
            }
        }
        model.step(1);
        sim.step("clk").unwrap();
    }
    assert_eq!(model.cycles(), 202);
}

#[test]
fn a_model_is_compiled_once_and_two_of_them_do_not_meet() {
    let cache = tempfile::tempdir().unwrap();
    let mut models = [0, 1].map(|_| Model::build(&sums(), &options(cache.path())).unwrap());
    let files = || std::fs::read_dir(cache.path()).unwrap().count();
    assert_eq!(files(), 1);
    let [data, reset] = ["data_24_i", "rst_i"].map(|name| models[0].input(name).unwrap());
    let sum = models[0].output("sum_24_o").unwrap();
    for (model, add) in models.iter_mut().zip([3, 5]) {
        model.set(reset, 1);
        model.step(1);
        model.set(reset, 0);
        model.set(data, add);
    }
    models.iter_mut().for_each(|model| model.step(10));
    assert_eq!(models.each_mut().map(|model| model.get(sum)), [30, 50]);
    let moved = std::thread::spawn(move || models[0].get(sum)).join().unwrap();
    assert_eq!(moved, 30, "a model may change its thread");
}

#[test]
fn waiting_is_bounded() {
    let mut model = model();
    let [data, reset] = ["data_24_i", "rst_i"].map(|name| model.input(name).unwrap());
    let sum = model.output("sum_24_o").unwrap();
    model.set(data, 0);
    model.set(reset, 1);
    model.step(1);
    model.set(reset, 0);
    assert_eq!(model.run_until(sum, 50), None);
    assert_eq!(model.cycles(), 51);
    model.set(data, 1);
    assert_eq!(model.run_until(sum, 50), Some(1));
}

#[test]
fn waveforms_are_written_on_request() {
    let cache = tempfile::tempdir().unwrap();
    let with_trace = BuildOptions { trace: true, ..options(cache.path()) };
    let mut traced = Model::build(&sums(), &with_trace).unwrap();
    let path = cache.path().join("sums.vcd");
    assert!(traced.trace(&path));
    traced.step(5);
    drop(traced);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("sum_100_q") && text.contains("#45"), "{}", &text[..300]);
    assert!(!model().trace(&path), "this one was not built for it");
}

#[test]
fn what_cannot_be_built_is_refused() {
    let cache = tempfile::tempdir().unwrap();
    let message = model().input("sum_24_o").unwrap_err().to_string();
    assert_eq!(
        message,
        "`sums` has no input `sum_24_o`; it has rst_i, data_24_i, data_64_i, data_100_i"
    );
    let m = ModuleBuilder::new("wires").doc("No clock.");
    let data = m.input("data", uint(4), "in");
    m.drive(m.output("data", uint(4), "out"), !data);
    let design = Design::elaborate(&m.build().unwrap()).unwrap();
    let error = Model::build(&design, &options(cache.path())).unwrap_err();
    assert_eq!(error.to_string(), "`wires` has 0 clock inputs; a model here has exactly one");
    let broken = cache.path().join("broken");
    std::fs::write(&broken, "a file, not a folder").unwrap();
    let error = Model::build(&sums(), &options(&broken)).unwrap_err();
    assert!(matches!(error, VerilatedError::Files { .. }), "{error}");
    assert!(error.to_string().contains("broken"), "{error}");
}
