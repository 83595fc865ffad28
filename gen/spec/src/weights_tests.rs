use super::*;
use crate::VectorAxis;

const SHAPE: [usize; 4] = [3, 5, 1, 2];

fn qsq(axis: VectorAxis, length: u32) -> WeightFormat {
    WeightFormat::Qsq { layout: VectorLayout { axis, length }, scalar_bits: 5 }
}

#[test]
fn vectors_run_where_the_layout_says() {
    let channel = VectorLayout { axis: VectorAxis::Channel, length: 2 };
    assert_eq!(channel.vectors(SHAPE), 3 * 3 * 2, "5 channels in vectors of 2, 2 and 1");
    assert_eq!(channel.vector_of(SHAPE, [0, 0, 0, 0]), channel.vector_of(SHAPE, [0, 1, 0, 0]));
    assert_ne!(channel.vector_of(SHAPE, [0, 1, 0, 0]), channel.vector_of(SHAPE, [0, 2, 0, 0]));
    let filter = VectorLayout { axis: VectorAxis::Filter, length: 0 };
    assert_eq!(filter.vectors(SHAPE), 5 * 2);
    assert_eq!(filter.vector_of(SHAPE, [0, 3, 0, 1]), filter.vector_of(SHAPE, [2, 3, 0, 1]));
}

/// Paper 002, eq 12: the ConvNet's scalars with full filter-wise vectors.
#[test]
fn scalar_count_of_the_published_convnet() {
    let layout = VectorLayout { axis: VectorAxis::Filter, length: 0 };
    let layers = [[32, 3, 3, 3], [32, 32, 3, 3], [64, 32, 3, 3], [64, 64, 3, 3]];
    let scalars: usize = layers.iter().map(|shape| layout.vectors(*shape)).sum();
    let weights: usize = layers.iter().map(|s| s.iter().product::<usize>()).sum();
    assert_eq!(weights * 32, 2_092_032);
    assert_eq!(weights * 2 + scalars * 32, 168_480);
    assert_eq!(weights * 3 + scalars * 32, 233_856);
}

#[test]
fn every_index_has_a_scalar_and_every_scalar_is_used() {
    for axis in [VectorAxis::Channel, VectorAxis::Filter] {
        for length in [0, 1, 2, 3, 4, 64] {
            let layout = VectorLayout { axis, length };
            let mut used = vec![false; layout.vectors(SHAPE)];
            let [filters, channels, height, width] = SHAPE;
            for (o, i) in (0..filters).flat_map(|o| (0..channels).map(move |i| (o, i))) {
                for (h, w) in (0..height).flat_map(|h| (0..width).map(move |w| (h, w))) {
                    used[layout.vector_of(SHAPE, [o, i, h, w])] = true;
                }
            }
            assert!(used.iter().all(|u| *u), "{axis:?} {length}");
        }
    }
}

#[test]
fn nested_weights_are_used_as_their_roundings() {
    let stored = [5000, -5000, 0x777f, -0x8000];
    let of = |bits| WeightFormat::Nested { bits };
    let at = |bits| Weights::from_values(of(bits), [1, 4, 1, 1], &stored, vec![]).unwrap();
    assert_eq!(at(16).integers(), stored);
    assert_eq!(at(8).integers(), [20, -20, 119, -128]);
    assert_eq!(at(4).integers(), [1, -1, 7, -8]);
    assert_eq!(at(4).codes(), at(16).codes(), "one store");
    assert_eq!((at(4).stored_bits(), of(4).name()), (64, "nested4".to_owned()));
    assert!(Weights::from_values(of(8), [1, 1, 1, 1], &[0x7780], vec![]).is_err());
    let message = of(5).validate().unwrap_err().to_string();
    assert!(message.contains("bits of nested weights"), "{message}");
}

#[test]
fn quality_drops_digits_of_what_is_used() {
    let fixed = WeightFormat::Fixed { bits: 8 };
    let weights = Weights::from_values(fixed, [1, 3, 1, 1], &[23, -23, 127], vec![]).unwrap();
    let rough = weights.clone().with_quality(1).unwrap();
    assert_eq!((rough.integers(), rough.quality()), (vec![32, -32, 127], 1));
    assert_eq!(rough.codes(), weights.codes());
    assert_eq!(rough.with_quality(0).unwrap(), weights);
    let signs = Weights::from_values(WeightFormat::Binary, [1, 1, 1, 1], &[1], vec![]).unwrap();
    let message = signs.with_quality(2).unwrap_err().to_string();
    assert!(message.contains("unless weights are two's complement"), "{message}");
}

#[test]
fn qsq_integers_are_factor_times_scalar() {
    let shape = [1, 4, 1, 1];
    let weights =
        Weights::from_values(qsq(VectorAxis::Channel, 2), shape, &[1, -4, 2, 0], vec![3, 31])
            .unwrap();
    assert_eq!(weights.integers(), [3, -12, 62, 0]);
    assert_eq!(weights.stored_bits(), 4 * 3 + 2 * 5);
}

#[test]
fn wrong_counts_codes_and_scalars_are_named() {
    let fixed = WeightFormat::Fixed { bits: 4 };
    let text = |r: Result<Weights, SpecError>| r.unwrap_err().to_string();
    let short = Weights::from_codes(fixed, SHAPE, vec![0; 29], vec![]);
    assert_eq!(text(short), "weight codes: 29 given, but the shape [3, 5, 1, 2] needs 30");
    let stray = Weights::from_codes(fixed, [1, 2, 1, 1], vec![7, 16], vec![]);
    assert_eq!(text(stray), "weight 1 holds the code 0b10000, which has no meaning as fixed4");
    let wide = Weights::from_codes(qsq(VectorAxis::Channel, 0), [1, 1, 1, 1], vec![1], vec![32]);
    assert!(text(wide).contains("scalar of the 3-bit code = 32"));
    let none = Weights::from_codes(qsq(VectorAxis::Channel, 0), [1, 1, 1, 1], vec![1], vec![]);
    assert!(text(none).contains("0 given, but the shape [1, 1, 1, 1] needs 1"));
    let overflow = [usize::MAX, 2, 1, 1];
    assert!(Weights::from_codes(fixed, overflow, vec![], vec![]).is_err());
    let one_bit = Weights::from_codes(WeightFormat::Fixed { bits: 1 }, SHAPE, vec![], vec![]);
    assert!(text(one_bit).contains("the format `binary`"));
}

#[test]
fn integers_lie_in_the_formats_span() {
    for format in [
        WeightFormat::Fixed { bits: 2 },
        WeightFormat::Fixed { bits: 16 },
        WeightFormat::PowerOfTwo,
        WeightFormat::Ternary,
        WeightFormat::Binary,
    ] {
        let meaningful: Vec<u16> = (0..=u16::MAX).filter(|c| format.decode(*c).is_some()).collect();
        let shape = [1, meaningful.len(), 1, 1];
        let weights = Weights::from_codes(format, shape, meaningful, vec![]).unwrap();
        let integers = weights.integers();
        let span = Span::new(
            i64::from(*integers.iter().min().unwrap()),
            i64::from(*integers.iter().max().unwrap()),
        );
        assert_eq!(span, format.span(), "{}", format.name());
    }
}
