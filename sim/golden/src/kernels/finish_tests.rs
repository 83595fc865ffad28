use super::*;
use proptest::prelude::*;

fn edges() -> impl Strategy<Value = i32> {
    prop_oneof![any::<i32>(), -20i32..20, Just(i32::MIN), Just(i32::MAX)]
}

#[test]
fn roundings_are_numbered_in_the_contracts_order() {
    let order = [
        Rounding::HalfUp,
        Rounding::HalfEven,
        Rounding::HalfAway,
        Rounding::TowardZero,
        Rounding::Floor,
    ];
    assert_eq!(order, Rounding::ALL, "`by_rounding` counts on it");
}

proptest! {
    #[test]
    fn both_forms_round_as_the_contract_says(value in edges(), shift in 0u8..=30) {
        for rounding in Rounding::ALL {
            let wanted = rounding.shift_right(i128::from(value), shift) as i64;
            let narrow = rounded_narrow(rounding, value, i32::from(shift));
            prop_assert_eq!(i64::from(narrow), wanted, "{:?}", rounding);
            let wide = rounded_wide(rounding, i64::from(value), i64::from(shift));
            prop_assert_eq!(wide, wanted, "{:?}", rounding);
        }
    }

    #[test]
    fn wide_products_round_as_the_contract_says(value in any::<i64>(), shift in 0u8..=61) {
        for value in [value >> 2, value >> 30, value >> 2 << shift] {
            let value = value.clamp(-(1 << 61), 1 << 61);
            for rounding in Rounding::ALL {
                let wanted = rounding.shift_right(i128::from(value), shift) as i64;
                let found = rounded_wide(rounding, value, i64::from(shift));
                prop_assert_eq!(found, wanted, "{:?}", rounding);
            }
        }
    }
}
