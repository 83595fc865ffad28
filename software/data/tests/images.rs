//! PNG images of every kind, and folders of them.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use bitladder_data::{Dataset, Description, Part, Pixels, load, load_png, load_png_folder};
use common::{fill, folder, grey, png};
use png::{BitDepth, ColorType};

fn decoded(bytes: Vec<u8>) -> Result<(String, Vec<u8>), String> {
    let folder = folder(&[("x.png", bytes)]);
    let set = load_png(folder.path().join("x.png"))
        .map_err(|error| error.to_string().replace(&format!("{}/", folder.path().display()), ""))?;
    Ok((set.shape().to_string(), bytes_of(&set)))
}

fn bytes_of(set: &Dataset) -> Vec<u8> {
    match set.pixels() {
        Pixels::Bytes(bytes) => bytes.clone(),
        Pixels::Floats(_) => vec![],
    }
}

fn ok(shape: &str, pixels: &[u8]) -> Result<(String, Vec<u8>), String> {
    Ok((shape.into(), pixels.into()))
}

#[test]
fn every_kind_of_image_becomes_bytes() {
    use BitDepth::{Eight, One, Sixteen};
    use ColorType::{Grayscale, GrayscaleAlpha, Indexed, Rgb, Rgba};
    assert_eq!(decoded(png((2, 1), Grayscale, Eight, &[3, 200])), ok("1x1x2", &[3, 200]));
    assert_eq!(decoded(png((1, 2), Grayscale, One, &[0x80, 0])), ok("1x2x1", &[255, 0]));
    let sixteen = png((3, 1), Grayscale, Sixteen, &[0x80, 0, 0xff, 0xff, 0, 0x81]);
    // 129/65535 is half a level and a bit: up.
    assert_eq!(decoded(sixteen), ok("1x1x3", &[128, 255, 1]));
    let colours = png((2, 1), Rgb, Eight, &[1, 2, 3, 4, 5, 6]);
    assert_eq!(decoded(colours), ok("3x1x2", &[1, 4, 2, 5, 3, 6]));
    let palette = png((3, 1), Indexed, Eight, &[1, 0, 1]);
    assert_eq!(decoded(palette), ok("3x1x3", &[40, 10, 40, 50, 20, 50, 60, 30, 60]));
    let opaque = png((2, 1), Rgba, Eight, &[1, 2, 3, 255, 4, 5, 6, 255]);
    assert_eq!(decoded(opaque), ok("3x1x2", &[1, 4, 2, 5, 3, 6]));
    let opaque = png((1, 1), GrayscaleAlpha, Sixteen, &[9, 9, 255, 255]);
    assert_eq!(decoded(opaque), ok("1x1x1", &[9]));
    let transparent = png((2, 1), Rgba, Eight, &[1, 2, 3, 255, 4, 5, 6, 254]);
    assert_eq!(
        decoded(transparent).unwrap_err(),
        "x.png: has transparent pixels; put it on a background and save it without transparency"
    );
}

#[test]
fn damaged_images_are_refused() {
    let good = grey([1, 2]);
    let message = decoded(good[..good.len() - 20].to_vec()).unwrap_err();
    assert!(message.starts_with("x.png: not a readable PNG image: "), "{message}");
    assert!(message.ends_with("; save it again as PNG"), "{message}");
    // The header says 2^30 x 2^30, and its checksum is right.
    let mut huge = good;
    huge[16..24].copy_from_slice(&[0x40, 0, 0, 0, 0x40, 0, 0, 0]);
    let checksum = crc32fast::hash(&huge[12..29]).to_be_bytes();
    huge[29..33].copy_from_slice(&checksum);
    let length = huge.len();
    assert_eq!(
        decoded(huge).unwrap_err(),
        format!(
            "x.png: is 1073741824 x 1073741824 pixels by its header, more than a file of {length} \
             bytes can hold; it is damaged, get it again"
        )
    );
}

/// Two classes with two and one images, and files that are none.
fn cats_and_dogs() -> tempfile::TempDir {
    folder(&[
        ("dog/1.png", grey([30, 31])),
        ("cat/b.PNG", grey([20, 21])),
        ("cat/a.png", grey([10, 11])),
        ("cat/notes.txt", b"no image".to_vec()),
        ("cat/.hidden.png", b"no image".to_vec()),
        ("README.md", b"no image".to_vec()),
        ("empty/notes.txt", b"no class".to_vec()),
    ])
}

#[test]
fn class_folders_are_numbered_in_their_order() {
    let folder = cats_and_dogs();
    let set = load(folder.path(), Part::Test).unwrap();
    assert_eq!(bytes_of(&set), [10, 11, 30, 31, 20, 21], "round the classes");
    assert_eq!(set.labels(), Some([0, 1, 0].as_slice()));
    assert_eq!(
        (set.class_names(), set.part()),
        (["cat", "dog"].map(str::to_owned).as_slice(), None)
    );
    fill(folder.path(), &[("dataset.json", br#"{"classes": ["dog", "bird", "cat"]}"#.to_vec())]);
    let set = load(folder.path(), Part::Train).unwrap();
    assert_eq!(bytes_of(&set), [30, 31, 10, 11, 20, 21]);
    assert_eq!((set.labels(), set.classes()), (Some([0, 2, 2].as_slice()), 3));
    fill(folder.path(), &[("dataset.json", br#"{"classes": ["cat"]}"#.to_vec())]);
    let message = load(folder.path(), Part::Train).unwrap_err().to_string();
    assert!(
        message.ends_with(
            ": folder dog/ is not among the classes of dataset.json; add it or remove it"
        ),
        "{message}"
    );
}

#[test]
fn parts_are_sub_folders_with_classes_inside() {
    let folder = folder(&[
        ("train/a/1.png", grey([1, 1])),
        ("train/b/1.png", grey([2, 2])),
        ("val/b/1.png", grey([3, 3])),
        (
            "dataset.json",
            br#"{"name": "letters", "full_scale": 3, "classes": ["a", "b"]}"#.to_vec(),
        ),
    ]);
    let train = load(folder.path(), Part::Train).unwrap();
    assert_eq!((train.len(), train.name(), train.part()), (2, "letters", Some(Part::Train)));
    let validation = load(folder.path(), Part::Validation).unwrap();
    assert_eq!(validation.labels(), Some([1].as_slice()), "numbered by dataset.json");
    assert_eq!(validation.floats(), [1.0, 1.0]);
    let message = load(folder.path(), Part::Test).unwrap_err().to_string();
    assert!(
        message.ends_with(
            ": there is no test part in this PNG folder; add it, or hold images out of another part"
        ),
        "{message}"
    );
}

#[test]
fn flat_folders_have_a_list() {
    let folder = folder(&[("b.png", grey([2, 2])), ("a.png", grey([1, 1]))]);
    let set = load(folder.path(), Part::Test).unwrap();
    assert_eq!((bytes_of(&set), set.labels(), set.classes()), (vec![1, 1, 2, 2], None, 0));
    fill(folder.path(), &[("labels.csv", b"file,label\nb.png,7\na.png,3\n".to_vec())]);
    let set = load(folder.path(), Part::Test).unwrap();
    assert_eq!((set.labels(), set.classes()), (Some([3, 7].as_slice()), 8));
    fill(folder.path(), &[("dataset.json", br#"{"classes": ["x", "y"]}"#.to_vec())]);
    let message = load(folder.path(), Part::Test).unwrap_err().to_string();
    assert!(message.ends_with(": image 0 has label 3, but there are only 2 classes (from 0)"));
    fill(folder.path(), &[("labels.csv", b"\xef\xbb\xbffile,label\nb.png,y\na.png,x\n".to_vec())]);
    let set = load(folder.path(), Part::Test).unwrap();
    assert_eq!(set.labels(), Some([0, 1].as_slice()));
    fill(folder.path(), &[("labels.csv", b"\xff\xfe".to_vec())]);
    let message = load(folder.path(), Part::Test).unwrap_err().to_string();
    assert!(message.ends_with("labels.csv: is not UTF-8 text; save it as UTF-8"), "{message}");
}

#[test]
fn folders_that_make_no_sense_are_refused() {
    let refusal = |files: &[(&str, Vec<u8>)]| {
        let folder = folder(files);
        let error = load_png_folder(folder.path(), &Description::default()).unwrap_err();
        error.to_string().replace(&folder.path().display().to_string(), "FOLDER")
    };
    assert_eq!(
        refusal(&[]),
        "FOLDER: holds no PNG images; expected a folder per class, or images with labels.csv"
    );
    assert_eq!(
        refusal(&[("x.png", grey([0, 0])), ("cat/y.png", grey([0, 0]))]),
        "FOLDER: has PNG images beside class folders (cat/); keep all images in class folders"
    );
    assert_eq!(
        refusal(&[("cat/y.JPG", vec![])]),
        "FOLDER/cat/y.JPG: is no PNG image; convert it to PNG"
    );
    let high = png((1, 2), ColorType::Grayscale, BitDepth::Eight, &[1, 2]);
    assert_eq!(
        refusal(&[("cat/a.png", grey([0, 0])), ("cat/b.png", high)]),
        "FOLDER/cat/b.png: is 1x2x1 (channels, rows, columns), but the first image is 1x1x2; use \
         one size"
    );
    assert!(
        refusal(&[("a.png", grey([0, 0])), ("labels.csv", b"x.png,1".to_vec())])
            .starts_with("FOLDER/labels.csv: line 1: there is no image `x.png` in the folder")
    );
}
