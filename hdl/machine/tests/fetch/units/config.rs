//! What a configuration must be.

use bitladder_blocks::Mode;
use bitladder_hdl_machine::fetch::{FetchConfig, FetchPlan};

use crate::shapes;

fn refusal(config: &FetchConfig) -> String {
    FetchPlan::new(config).unwrap_err().to_string()
}

#[test]
fn bad_sizes_are_refused_by_name_and_range() {
    let good = shapes::full();
    let text = refusal(&FetchConfig { activation_groups: 1, ..good.clone() });
    assert_eq!(text, "`fetch.activation_groups` = 1 is out of range: 2 to 1048576");
    let text = refusal(&FetchConfig { weight_groups: 1 << 25, ..good.clone() });
    assert_eq!(text, "`fetch.weight_groups` = 33554432 is out of range: 2 to 16777216");
    let text = refusal(&FetchConfig { patch_words: 1, ..good.clone() });
    assert_eq!(text, "`fetch.patch_words` = 1 is out of range: 2 to 65536");
    let text = refusal(&FetchConfig { operand_bits: 7, ..good.clone() });
    assert_eq!(text, "`fetch.operand_bits` = 7 is out of range: 8 to 24");
    let text = refusal(&FetchConfig { extent_bits: 17, ..good.clone() });
    assert_eq!(text, "`fetch.extent_bits` = 17 is out of range: 4 to 16");
    let text = refusal(&FetchConfig { scalar_entries: Some(1), ..good });
    assert_eq!(text, "`fetch.scalar_entries` = 1 is out of range: 2 to 16777216");
}

#[test]
fn columns_are_a_power_of_two() {
    let mut config = shapes::full();
    config.array.columns = 6;
    let text = refusal(&config);
    assert_eq!(text, "`array.columns` = 6 is out of range: a power of two from 2 to 64");
}

#[test]
fn decoded_weights_need_16_bit_words() {
    let mut config = FetchConfig { scalar_entries: Some(64), ..shapes::binary() };
    config.array.lane.modes = vec![Mode::Word8, Mode::Word4];
    let text = refusal(&config);
    assert!(
        text.starts_with("`fetch.scalar_entries` = 64 does not go with `lane.modes` = 2x8, 4x4: ")
    );
    assert!(text.ends_with("add the mode 1x16 and fixed weights"), "{text}");
}
