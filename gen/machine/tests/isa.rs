//! Files made from `isa.toml` are what is committed. `BLESS=1` writes them anew.

use bitladder_machine::isa::description::Description;
use bitladder_machine::isa::{self, Descriptor, DescriptorError, Mode, Operation, field};
use proptest::prelude::*;

fn committed(path: &str, made: &str) {
    bitladder_committed::committed(path, made, "-p bitladder-machine --test isa");
}

#[test]
fn generated_files_are_up_to_date() {
    let description = Description::built_in().unwrap();
    let rust = isa::emit::rust_module(&description).unwrap();
    committed("gen/machine/src/isa/generated.rs", &rust);
    let header = isa::emit::c_header(&description).unwrap();
    committed("software/include/bitladder_machine.h", &header);
    let reference = isa::emit::reference(&description).unwrap();
    committed("docs/reference/machine.md", &reference);
}

#[test]
fn values_outside_a_field_are_refused() {
    let large = Descriptor { input_base: 1 << 24, ..Descriptor::default() };
    let message = large.pack().unwrap_err().to_string();
    assert_eq!(message, "descriptor field `input_base` is 16777216, allowed is 0 to 16777215");
    let mut words = Descriptor::default().pack().unwrap();
    words[0] = 9;
    let error = Descriptor::unpack(&words).unwrap_err();
    assert_eq!(error, DescriptorError::Code { field: "operation", value: 9 });
    assert_eq!(error.to_string(), "descriptor field `operation` holds 9, which has no meaning");
}

#[test]
fn fields_lie_where_the_description_says() {
    let descriptor = Descriptor {
        operation: Operation::Conv,
        mode: Mode::Word4,
        flip: true,
        clamp_lo: -2,
        input_zero_point: -1,
        ..Descriptor::default()
    };
    let words = descriptor.pack().unwrap();
    assert_eq!(words[0], 1 | 2 << 4 | 1 << 8);
    assert_eq!(words[field::CLAMP_LO.word as usize], 0xffff_fffe);
    assert_eq!(words[field::INPUT_ZERO_POINT.word as usize], 0x1_ffff);
    assert_eq!(Descriptor::unpack(&words), Ok(descriptor));
}

proptest! {
    #[test]
    fn words_survive(words in prop::array::uniform32(any::<u32>()), rest in prop::array::uniform9(any::<u32>())) {
        let mut all = [0; isa::DESCRIPTOR_WORDS];
        all[..32].copy_from_slice(&words);
        all[32..].copy_from_slice(&rest);
        if let Ok(descriptor) = Descriptor::unpack(&all) {
            let again = descriptor.pack().unwrap();
            for place in field::ALL {
                prop_assert_eq!(place.extract(&again), place.extract(&all), "{}", place.name);
            }
        }
    }
}
