use super::*;
use bitladder_spec::{SplitMix64, VectorAxis, VectorLayout};

const SHAPE: [usize; 4] = [16, 64, 3, 3];

/// Nearly Gaussian: the sum of twelve uniform numbers.
fn gaussian(count: usize) -> Vec<f32> {
    let mut rng = SplitMix64::new(5);
    (0..count).map(|_| (0..12).map(|_| rng.unit()).sum::<f64>() as f32 - 6.0).collect()
}

fn relative_error(scheme: WeightScheme) -> f64 {
    let values = gaussian(SHAPE.iter().product());
    let rounding = ValueRounding::default();
    let coded = quantize_weights(&values, SHAPE, scheme, RadixRule::LeastError, rounding).unwrap();
    let error: f64 =
        values.iter().zip(coded.dequantized()).map(|(a, b)| f64::from(a - b).powi(2)).sum();
    error / values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>()
}

fn qsq(length: u32) -> WeightScheme {
    let layout = VectorLayout { axis: VectorAxis::Channel, length };
    WeightScheme::Qsq { layout, scalar_bits: 8 }
}

/// Relative squared errors on Gaussian weights. Binary and ternary have known optima (1 - 2/pi and
/// about 0.19); values evenly spread between powers of two would give those 0.048; each further bit of fixed point gains about a factor of four.
#[test]
fn errors_are_those_of_good_quantisers() {
    let table = [
        ("binary", relative_error(WeightScheme::Binary), 0.35, 0.37),
        ("ternary", relative_error(WeightScheme::Ternary), 0.17, 0.20),
        ("qsq, one scalar for all channels", relative_error(qsq(0)), 0.02, 0.057),
        ("pow2", relative_error(WeightScheme::PowerOfTwo), 0.02, 0.048),
        ("fixed4", relative_error(WeightScheme::Fixed { bits: 4 }), 0.005, 0.02),
        ("fixed8", relative_error(WeightScheme::Fixed { bits: 8 }), 1e-5, 2e-4),
        ("fixed16", relative_error(WeightScheme::Fixed { bits: 16 }), 1e-11, 1e-8),
    ];
    for (name, error, least, most) in table {
        assert!((least..most).contains(&error), "{name}: {error:.3e} not in {least}..{most}");
    }
}

#[test]
fn shorter_vectors_follow_closer() {
    let errors = [0, 8, 4, 2].map(|length| relative_error(qsq(length)));
    assert!(errors.is_sorted_by(|a, b| a > b), "{errors:?}");
}

#[test]
fn least_error_beats_the_maximum_rule_at_low_widths() {
    let values = gaussian(SHAPE.iter().product());
    let error = |rule| {
        let scheme = WeightScheme::Fixed { bits: 3 };
        let coded =
            quantize_weights(&values, SHAPE, scheme, rule, ValueRounding::default()).unwrap();
        values.iter().zip(coded.dequantized()).map(|(a, b)| (a - b).powi(2)).sum::<f32>()
    };
    assert!(error(RadixRule::LeastError) < 0.8 * error(RadixRule::Maximum));
}

#[test]
fn zeros_stay_zeros_in_every_coding_that_has_a_zero() {
    let values = vec![0.0; 16];
    for scheme in
        [WeightScheme::Fixed { bits: 8 }, WeightScheme::PowerOfTwo, qsq(4), WeightScheme::Ternary]
    {
        let coded = quantize_weights(
            &values,
            [2, 8, 1, 1],
            scheme,
            RadixRule::LeastError,
            ValueRounding::default(),
        )
        .unwrap();
        assert!(coded.dequantized().iter().all(|v| *v == 0.0), "{scheme:?}");
    }
}

#[test]
fn filters_of_zeros_vanish_where_there_is_no_zero() {
    let mut values = vec![0.5; 8];
    values.extend([0.0; 8]);
    let code = |values: &[f32], shape, scheme| {
        let rounding = ValueRounding::default();
        quantize_weights(values, shape, scheme, RadixRule::LeastError, rounding).unwrap()
    };
    let steps = |coded: &ScaledWeights| -> Vec<f64> {
        coded.scales.iter().map(|scale| scale.step()).collect()
    };
    let binary = code(&values, [2, 8, 1, 1], WeightScheme::Binary);
    assert_eq!(steps(&binary), [0.5, 0.5 / 65536.0]);
    for scheme in [WeightScheme::Binary, WeightScheme::Levels { bits: 2 }] {
        let nothing = code(&[0.0; 8], [1, 8, 1, 1], scheme);
        assert_eq!(steps(&nothing), [1.0 / 65536.0], "{scheme:?}");
    }
}

#[test]
fn powers_of_two_are_kept_and_ties_go_down() {
    let values = [1.0, -0.5, 0.125, 0.75, 0.0, 3e-5];
    let coded = power::quantize(&values, [1, 6, 1, 1]).unwrap();
    assert_eq!(coded.dequantized(), [1.0, -0.5, 0.125, 0.5, 0.0, 3.051_757_8e-5]);
}

#[test]
fn bad_parameters_reach_the_caller() {
    let refused = |scheme| {
        let rounding = ValueRounding::default();
        quantize_weights(&[0.0; 4], [1, 4, 1, 1], scheme, RadixRule::Maximum, rounding)
            .unwrap_err()
            .to_string()
    };
    assert!(refused(WeightScheme::Fixed { bits: 17 }).contains("weight bits = 17"));
    let layout = VectorLayout { axis: VectorAxis::Filter, length: 2 };
    let wide = refused(WeightScheme::Qsq { layout, scalar_bits: 14 });
    assert!(wide.contains("scalar bits = 14"), "{wide}");
}
