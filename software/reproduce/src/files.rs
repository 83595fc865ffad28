//! Files that are written together, or compared with what is there.

use std::path::Path;

use crate::ReproduceError;

/// Names and contents.
#[derive(Debug, Default)]
pub struct Files {
    files: Vec<(String, String)>,
}

impl Files {
    /// Adds a file; its name may have folders.
    pub fn add(&mut self, name: &str, text: String) {
        self.files.push((name.to_owned(), text));
    }

    /// Adds a CSV file.
    pub(crate) fn add_csv(&mut self, name: &str, header: &str, rows: &[String]) {
        self.add(name, format!("{header}\n{}\n", rows.join("\n")));
    }

    /// Names and contents, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// Writes all files into a folder.
    pub fn write(&self, folder: &Path) -> Result<(), ReproduceError> {
        for (name, text) in &self.files {
            let path = folder.join(name);
            let parent = path.parent().unwrap_or(folder);
            std::fs::create_dir_all(parent)
                .and_then(|()| std::fs::write(&path, text))
                .map_err(|source| ReproduceError::Write { path: path.clone(), source })?;
        }
        Ok(())
    }

    /// Refuses a folder whose files are not these.
    pub fn check(&self, folder: &Path) -> Result<(), ReproduceError> {
        let differs = |(name, text): &&(String, String)| {
            std::fs::read_to_string(folder.join(name)).ok().as_ref() != Some(text)
        };
        let stale: Vec<&str> =
            self.files.iter().filter(differs).map(|(name, _)| name.as_str()).collect();
        if stale.is_empty() {
            return Ok(());
        }
        Err(ReproduceError::Stale { files: stale.join(", ") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_up_to_date_until_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = Files::default();
        files.add("a/b.md", "text".into());
        files.add_csv("c.csv", "x,y", &["1,2".into()]);
        let message = files.check(folder.path()).unwrap_err().to_string();
        assert!(message.ends_with("without --check: a/b.md, c.csv"), "{message}");
        files.write(folder.path()).unwrap();
        files.check(folder.path()).unwrap();
        std::fs::write(folder.path().join("c.csv"), "x,y\n1,3\n").unwrap();
        let message = files.check(folder.path()).unwrap_err().to_string();
        assert!(message.ends_with(": c.csv"), "{message}");
    }
}
