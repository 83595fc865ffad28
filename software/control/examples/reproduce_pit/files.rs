//! Files that are written together, or compared with what is there.

use std::error::Error;
use std::path::Path;

/// Names and contents.
#[derive(Default)]
pub(crate) struct Files {
    files: Vec<(String, String)>,
}

impl Files {
    /// Adds a file.
    pub(crate) fn add(&mut self, name: &str, text: String) {
        self.files.push((name.to_owned(), text));
    }

    /// Adds a CSV file.
    pub(crate) fn add_csv(&mut self, name: &str, header: &str, rows: &[String]) {
        self.add(name, format!("{header}\n{}\n", rows.join("\n")));
    }

    /// Writes all files into a folder, or checks that they are there already.
    pub(crate) fn write(&self, folder: &Path, check: bool) -> Result<(), Box<dyn Error>> {
        let mut stale = Vec::new();
        for (name, text) in &self.files {
            let path = folder.join(name);
            if !check {
                std::fs::create_dir_all(folder)?;
                std::fs::write(&path, text)?;
                println!("wrote {}", path.display());
            } else if std::fs::read_to_string(&path).ok().as_ref() != Some(text) {
                stale.push(path.display().to_string());
            }
        }
        if stale.is_empty() {
            return Ok(());
        }
        Err(format!("out of date, run this example without --check: {}", stale.join(", ")).into())
    }
}
