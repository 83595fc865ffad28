//! Streams into and through the post unit.

use bitladder_rtl::{BIT, Bundle, Ty, sint, uint};

use super::config::{ELEMENT_SUM_BITS, PostConfig};

fn sums(columns: u32, sum: Ty, flag: &str, doc: &str) -> Bundle {
    let bundle = Bundle::new()
        .forward("valid", BIT, "a row is offered")
        .forward(flag, BIT, doc)
        .forward("last", BIT, "it is the last of its pass");
    let names = (0..columns).map(|c| format!("sum_{c}"));
    let bundle = names.fold(bundle, |bundle, name| bundle.forward(&name, sum, "a channel"));
    bundle.backward("ready", BIT, "the row is taken")
}

/// A row of the array's sums.
pub(crate) fn array_bundle(config: &PostConfig) -> Bundle {
    sums(config.columns, config.array_sum(), "counts", "it is a pixel of the layer")
}

/// A row of the element unit's sums.
pub(crate) fn chunk_bundle(columns: u32) -> Bundle {
    sums(columns, sint(ELEMENT_SUM_BITS), "divided", "the sums are four times a quotient")
}

/// A row of values on its way to memory.
pub(crate) fn row_bundle(columns: u32, value_bits: u32) -> Bundle {
    let bundle = Bundle::new()
        .forward("valid", BIT, "a row is offered")
        .forward("counts", BIT, "it is a pixel of the layer")
        .forward("serial", BIT, "and goes to result memory, channel by channel")
        .forward("last", BIT, "it is the last of its pass");
    let values = (0..columns).map(|c| format!("value_{c}"));
    let bundle =
        values.fold(bundle, |bundle, name| bundle.forward(&name, sint(value_bits), "a result"));
    bundle.backward("ready", BIT, "the row is taken")
}

/// A group of pooled operands on its way to memory.
pub(crate) fn group_bundle(columns: u32) -> Bundle {
    let bundle = Bundle::new().forward("valid", BIT, "a group is offered").forward(
        "last",
        BIT,
        "it is the last of its pass",
    );
    let words = (0..columns).map(|c| format!("word_{c}"));
    let bundle = words.fold(bundle, |bundle, name| bundle.forward(&name, uint(16), "operands"));
    bundle.backward("ready", BIT, "the group is taken")
}
