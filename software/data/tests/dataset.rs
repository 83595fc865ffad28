//! Data sets in memory: sizes, labels, smaller sets, and what is refused.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use bitladder_data::{Classes, Dataset, DatasetError, ImageShape, Part, Pixels};

/// Four images of two pixels, labelled 0, 1, 2, 0.
fn four() -> Dataset {
    Dataset::new("four", ImageShape::new(1, 1, 2), Pixels::Bytes((0..8).collect()))
        .unwrap()
        .with_labels(vec![0, 1, 2, 0])
        .unwrap()
}

fn message<T: std::fmt::Debug>(result: Result<T, DatasetError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn values_are_divided_by_full_scale() {
    let set = four().with_full_scale(4.0).unwrap();
    assert_eq!(set.floats(), [0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75]);
    let image = set.image(2).unwrap();
    assert_eq!((image.index(), image.values(), image.label()), (2, vec![1.0, 1.25], Some(2)));
    assert!(set.image(4).is_none());
    assert_eq!(four().full_scale(), 255.0);
    let floats = Pixels::Floats(vec![0.5, -1.0]);
    let floats = Dataset::new("f", ImageShape::new(2, 1, 1), floats).unwrap();
    assert_eq!((floats.full_scale(), floats.floats()), (1.0, vec![0.5, -1.0]));
    assert_eq!(floats.image(0).unwrap().label(), None);
}

#[test]
fn images_come_in_order_with_their_labels() {
    let set = four().with_full_scale(1.0).unwrap();
    let seen: Vec<_> = set.images().map(|image| (image.values(), image.label())).collect();
    assert_eq!(
        seen,
        [
            (vec![0.0, 1.0], Some(0)),
            (vec![2.0, 3.0], Some(1)),
            (vec![4.0, 5.0], Some(2)),
            (vec![6.0, 7.0], Some(0)),
        ]
    );
}

#[test]
fn smaller_sets_keep_what_is_known() {
    let names = Classes::Names(["a", "b", "c", "d"].map(str::to_owned).into());
    let set = four().with_classes(names).unwrap().with_part(Part::Test).with_full_scale(7.0);
    let set = set.unwrap();
    let pixels = |set: &Dataset| match set.pixels() {
        Pixels::Bytes(bytes) => bytes.clone(),
        Pixels::Floats(_) => vec![],
    };
    let two = set.take(2);
    assert_eq!((pixels(&two), two.labels()), (vec![0, 1, 2, 3], Some([0, 1].as_slice())));
    assert_eq!((two.name(), two.classes(), two.full_scale()), ("four", 4, 7.0));
    assert_eq!((two.class_names()[3].as_str(), two.part()), ("d", Some(Part::Test)));
    assert_eq!(set.take(9), set);
    let middle = set.slice(1..3).unwrap();
    assert_eq!((pixels(&middle), middle.labels()), (vec![2, 3, 4, 5], Some([1, 2].as_slice())));
    assert!(set.slice(9..9).unwrap().is_empty());
    let chosen = set.select(&[3, 0, 3]).unwrap();
    assert_eq!(pixels(&chosen), [6, 7, 0, 1, 6, 7]);
    assert_eq!(chosen.labels(), Some([0, 0, 0].as_slice()));
    let (kept, held) = set.split_last(1).unwrap();
    assert_eq!((kept, held), (set.take(3), set.slice(3..4).unwrap()));
}

#[test]
fn floats_are_selected_like_bytes() {
    let pixels = Pixels::Floats(vec![0.5, 1.5, 2.5]);
    let set = Dataset::new("f", ImageShape::new(1, 1, 1), pixels).unwrap();
    assert_eq!(set.select(&[2, 0]).unwrap().floats(), [2.5, 0.5]);
    assert_eq!(set.slice(1..3).unwrap().floats(), [1.5, 2.5]);
    assert_eq!(set.take(1).labels(), None);
}

#[test]
fn classes_come_from_the_labels_unless_they_are_known() {
    assert_eq!((four().classes(), four().class_names().len()), (3, 0));
    let known = four().with_classes(Classes::Count(10)).unwrap();
    assert_eq!(known.classes(), 10);
    // Known classes stay, also when labels come later.
    assert_eq!(known.with_labels(vec![0; 4]).unwrap().classes(), 10);
}

#[test]
fn what_does_not_fit_is_refused() {
    let of = |channels, height, width, pixels| {
        message(Dataset::new("x", ImageShape::new(channels, height, width), pixels))
    };
    assert_eq!(
        of(1, 0, 5, Pixels::Bytes(vec![])),
        "images of 1 channel(s), 0 rows and 5 columns have no pixels; every size must be at least 1"
    );
    assert_eq!(
        of(1, 2, 2, Pixels::Bytes(vec![0; 7])),
        "7 values are no whole number of images with 4 values each"
    );
    assert!(of(usize::MAX, 2, 2, Pixels::Bytes(vec![0; 7])).starts_with("7 values are no whole"));
    assert_eq!(
        of(1, 1, 2, Pixels::Floats(vec![0.0, 1.0, 2.0, f32::NAN])),
        "image 1 holds the value NaN; pixels must be finite numbers"
    );
    assert_eq!(
        message(four().with_labels(vec![0; 5])),
        "4 image(s) but 5 label(s); take the label file that belongs to them"
    );
    assert_eq!(
        message(four().with_classes(Classes::Count(2))),
        "image 2 has label 2, but there are only 2 classes (from 0)"
    );
    for bad in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        let wanted = format!(
            "full_scale is {bad}; give the pixel value that stands for 1.0, a number above zero"
        );
        assert_eq!(message(four().with_full_scale(bad)), wanted);
    }
    let none = "there is no image 4: the data set has 4 (from 0)";
    assert_eq!(message(four().slice(2..5)), none);
    assert_eq!(message(four().select(&[0, 4])), none);
    for bad in [0, 4, 5] {
        let wanted =
            format!("cannot hold out {bad} of 4 image(s); ask for at least 1 and leave some");
        assert_eq!(message(four().split_last(bad)), wanted);
    }
}

#[test]
fn every_sixth_image_is_held_out() {
    let set = Dataset::new("twenty", ImageShape::new(1, 1, 1), Pixels::Bytes((0..20).collect()));
    let set = set.unwrap().with_labels((0..20).collect()).unwrap();
    let (kept, held) = set.hold_out();
    assert_eq!(held.labels(), Some([5, 11, 17].as_slice()));
    assert_eq!((kept.len(), kept.labels().unwrap()[5]), (17, 6));
    assert!(set.take(5).hold_out().1.is_empty());
}
