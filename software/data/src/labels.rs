//! `labels.csv`: the label of every image in a flat folder.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::build;
use crate::error::DataError;
use crate::folder::FolderError;
use crate::source::whole;

/// An optional first line.
const HEADING: &str = "file,label";

/// The label of each image, in the order of the images.
pub(crate) fn read(
    list: &Path,
    images: &[PathBuf],
    classes: &[String],
) -> Result<Vec<u16>, DataError> {
    let fail = |source| DataError::Folder { path: list.to_owned(), source };
    let text = String::from_utf8(whole(list)?).map_err(|_| fail(FolderError::NotText))?;
    // Spreadsheet programs start a UTF-8 file with this mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let names: Vec<String> = images.iter().map(|image| build::file_name(image)).collect();
    labels(text, &names, classes).map_err(fail)
}

fn labels(text: &str, images: &[String], classes: &[String]) -> Result<Vec<u16>, FolderError> {
    let places: HashMap<&str, usize> = images.iter().map(String::as_str).zip(0..).collect();
    let mut labels = vec![None; images.len()];
    for (line, text) in (1..).zip(text.lines()) {
        if text.trim().is_empty() || (line == 1 && text.trim() == HEADING) {
            continue;
        }
        // File names may hold commas, labels cannot.
        let (file, label) = text.rsplit_once(',').ok_or(FolderError::Line { line })?;
        let file = file.trim();
        let label = label_of(label.trim(), classes).ok_or(FolderError::Line { line })?;
        let Some(&place) = places.get(file) else {
            return Err(FolderError::NoFile { line, file: file.to_owned() });
        };
        if labels[place].replace(label).is_some() {
            return Err(FolderError::Twice { line, file: file.to_owned() });
        }
    }
    let listed = |(label, file): (Option<u16>, &String)| {
        label.ok_or_else(|| FolderError::NotListed { file: file.clone() })
    };
    labels.into_iter().zip(images).map(listed).collect()
}

/// A class by its name or by its number.
fn label_of(text: &str, classes: &[String]) -> Option<u16> {
    match classes.iter().position(|class| class == text) {
        Some(place) => u16::try_from(place).ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Vec<u16>, String> {
        let images = ["a.png", "b,c.png"].map(str::to_owned);
        let classes = ["7", "cat"].map(str::to_owned);
        labels(text, &images, &classes).map_err(|error| error.to_string())
    }

    #[test]
    fn labels_by_number_and_by_name() {
        assert_eq!(of("file,label\na.png,0\nb,c.png,1\n"), Ok(vec![0, 1]));
        assert_eq!(of("b,c.png , cat\r\n\r\na.png,5\r\n"), Ok(vec![5, 1]));
        // The name `7` wins over the number 7.
        assert_eq!(of("a.png,7\nb,c.png,3"), Ok(vec![0, 3]));
    }

    #[test]
    fn lines_that_do_not_fit_are_named() {
        for (text, wanted) in [
            ("a.png", "line 1: expected `file,label` with a number or a class of dataset.json"),
            ("a.png,dog", "line 1: expected `file,label`"),
            ("a.png,-1", "line 1: expected `file,label`"),
            ("a.png,70000", "line 1: expected `file,label`"),
            ("file,label\nx.png,1", "line 2: there is no image `x.png` in the folder"),
            ("a.png,1\na.png,1", "line 2: `a.png` is listed a second time; keep one line"),
            ("a.png,1\nfile,label", "line 2: expected `file,label`"),
            ("a.png,1", "image `b,c.png` is not listed; add a line for it or remove the image"),
        ] {
            let message = of(text).unwrap_err();
            assert!(message.starts_with(wanted), "{text}: {message}");
        }
    }
}
