//! What only shows between modules.

use std::sync::Arc;

use bitladder_rtl::{BlackBox, Bundle, Design, Model, Module, ModuleBuilder, uint};

use super::{assert_only, elaborated, report};

/// Two independent paths through one module.
fn pair() -> Arc<Module> {
    let m = ModuleBuilder::new("pair");
    for path in ["a", "b"] {
        let input = m.input(path, uint(4), "in");
        m.drive(m.output(path, uint(4), "out"), m.named(&format!("{path}_inc"), input + 1));
    }
    m.build().unwrap()
}

#[test]
fn unconnected_and_unused_ports() {
    let text = report(|m, p| {
        let pair = m.instance("u_pair", &pair()).connect("a", p.byte.truncate(4));
        pair.out("a")
    });
    assert_only(
        &text,
        "input `b` of instance `m.u_pair` is not connected; use `connect` (`clock` for a clock)",
    );
    let text = report(|m, p| {
        let four = p.byte.truncate(4);
        m.instance("u_pair", &pair()).connect("a", four).connect("b", four).out("a")
    });
    assert_only(
        &text,
        "the instance output `m.u_pair_b` is never used; remove it or say so with `ignore`",
    );
}

#[test]
fn ports_that_do_not_exist_or_do_not_fit() {
    let text = report(|m, p| {
        let four = p.byte.truncate(4);
        let pair = m.instance("u_pair", &pair()).connect("a", four).connect("b", four);
        pair.ignore("a").ignore("b").connect("c", four);
        pair.out("d")
    });
    let found: Vec<&str> = text.lines().collect();
    assert!(found[0].ends_with("instance `m.u_pair` has no input `c`; it has: a, b"), "{text}");
    assert!(found[1].ends_with("instance `m.u_pair` has no output `d`; it has: a, b"), "{text}");
    let text = report(|m, p| {
        let pair = m.instance("u_pair", &pair()).connect("a", p.byte);
        pair.connect("b", p.byte.truncate(4)).out("a") ^ pair.out("b")
    });
    assert_only(&text, "connect: `m.byte_i` (unsigned 8 bits) must be unsigned 4 bits");
}

#[test]
fn inputs_connected_twice() {
    let text = report(|m, p| {
        let four = p.byte.truncate(4);
        let pair = m.instance("u_pair", &pair()).connect("a", four).connect("a", four);
        pair.connect("b", four).out("a") ^ pair.out("b")
    });
    assert_only(&text, "`m.u_pair.a` is driven twice; choose between the drivers with a mux");
}

#[test]
fn bundles_that_do_not_exist() {
    let stream = Bundle::stream(uint(8), "bytes");
    let source = ModuleBuilder::new("source");
    let port = source.source("x", &stream);
    port.drive_all(&[source.lit(uint(1), 1), source.lit(uint(8), 3)]);
    source.ignore(port.get("ready").unwrap());
    let source = source.build().unwrap();
    let m = ModuleBuilder::new("m");
    let one = m.instance("one", &source).ignore("x_valid").ignore("x_data");
    one.connect("x_ready", m.lit(uint(1), 0));
    m.link(one, "z", one, "x");
    assert_only(
        &m.build().unwrap_err().to_string(),
        "instance `m.one` has no bundle `z`; it has: x",
    );
}

#[test]
fn loops_inside_a_module() {
    let m = ModuleBuilder::new("ring");
    let (a, b) = (m.wire("a", uint(4)), m.wire("b", uint(4)));
    m.drive(a, b + 1);
    m.drive(b, a + 1);
    m.drive(m.output("y", uint(4), "never settles"), a);
    let text = elaborated(m);
    assert_only(&text, "combinational loop: ring.b -> ring.a -> ring.b; put a register into it");
}

#[test]
fn loops_across_the_hierarchy() {
    let m = ModuleBuilder::new("top");
    let back = m.wire("back", uint(4));
    let first = m.instance("first", &pair()).connect("a", back).connect("b", back);
    let second = m.instance("second", &pair()).connect("a", first.out("b"));
    second.connect("b", first.out("a"));
    m.drive(back, second.out("b"));
    m.drive(m.output("y", uint(4), "free of the loop"), second.out("a"));
    let text = elaborated(m);
    for part in ["combinational loop: ", "top.back", "top.first.a_inc", "top.second.b_inc"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(text.ends_with("; put a register into it"), "{text}");
    assert!(!text.contains("second.a_inc"), "the other path is not on the loop: {text}");
}

#[test]
fn paths_through_one_instance_are_told_apart() {
    let m = ModuleBuilder::new("top");
    let x = m.input("x", uint(4), "in");
    let pair = m.instance("u_pair", &pair()).connect("a", x);
    pair.connect("b", pair.out("a"));
    m.drive(m.output("y", uint(4), "out"), pair.out("b"));
    assert_eq!(elaborated(m), "", "out of `a` and into `b` is no loop");
}

#[test]
fn different_shapes_with_one_name() {
    let of_width = |width: u32| {
        let m = ModuleBuilder::new("same");
        m.drive(m.output("y", uint(width), "out"), !m.input("x", uint(width), "in"));
        m.build().unwrap()
    };
    let m = ModuleBuilder::new("top");
    for width in [3, 4] {
        let x = m.input(&format!("x{width}"), uint(width), "in");
        let placed = m.instance(&format!("u{width}"), &of_width(width)).connect("x", x);
        m.drive(m.output(&format!("y{width}"), uint(width), "out"), placed.out("y"));
    }
    assert_only(
        &elaborated(m),
        "two different shapes are called `same`; tell them apart with `param`",
    );
}

#[test]
fn models_without_the_ports_of_their_cell() {
    let model = ModuleBuilder::new("cell_model").raw_port_names();
    model.drive(model.output("Q", uint(2), "out"), model.input("D", uint(2), "in"));
    let model = Model::Module(model.build().unwrap());
    let cell = BlackBox::new("CELL", "a cell").input("D", uint(3)).output("Q", uint(2));
    let m = ModuleBuilder::new("top");
    let placed = m.black_box("u_cell", &Arc::new(cell.model(model)));
    placed.connect("D", m.input("d", uint(3), "in"));
    m.drive(m.output("q", uint(2), "out"), placed.out("Q"));
    assert_only(
        &Design::elaborate(&m.build().unwrap()).err().unwrap().to_string(),
        "the model of `CELL` has no input `D` of unsigned 3 bits; give it the cell's ports",
    );
}
