//! The file around the contents: magic, version, a table of sections, a checksum for each.

use crate::PackageError;

/// First bytes of every package. The odd byte and the line ends betray files that went through a
/// text conversion.
pub(crate) const MAGIC: [u8; 8] = *b"\x89BLP\r\n\x1a\n";
/// Files of another major version are refused.
pub(crate) const MAJOR: u16 = 1;
/// Files of a newer minor version are read: a minor version only adds sections.
pub(crate) const MINOR: u16 = 0;

const HEADER: usize = 16;
const ENTRY: usize = 24;
const ALIGNMENT: usize = 8;
/// More sections than any version will ever have.
const MOST_SECTIONS: usize = 64;

/// A section's name and bytes.
pub(crate) type Section<'a> = ([u8; 4], &'a [u8]);

/// Writes a file with these sections.
pub(crate) fn write(sections: &[Section]) -> Vec<u8> {
    let mut file = Vec::from(MAGIC);
    file.extend(MAJOR.to_le_bytes());
    file.extend(MINOR.to_le_bytes());
    file.extend((sections.len() as u32).to_le_bytes());
    let mut offset = HEADER + ENTRY * sections.len() + 4;
    for (name, bytes) in sections {
        offset = offset.next_multiple_of(ALIGNMENT);
        file.extend(name);
        file.extend(crc32fast::hash(bytes).to_le_bytes());
        file.extend((offset as u64).to_le_bytes());
        file.extend((bytes.len() as u64).to_le_bytes());
        offset += bytes.len();
    }
    file.extend(crc32fast::hash(&file).to_le_bytes());
    for (_, bytes) in sections {
        file.resize(file.len().next_multiple_of(ALIGNMENT), 0);
        file.extend(*bytes);
    }
    file
}

/// Checks a file's frame and all checksums, and gives its sections.
pub(crate) fn read<'a>(name: &str, file: &'a [u8]) -> Result<Vec<Section<'a>>, PackageError> {
    let corrupt = |what: String| PackageError::Corrupt { file: name.into(), what };
    if !file.starts_with(&MAGIC) {
        return Err(PackageError::NotAPackage { file: name.into() });
    }
    let short = || corrupt(format!("it ends after {} bytes, inside its table", file.len()));
    let header = file.get(..HEADER).ok_or_else(short)?;
    let major = u16::from_le_bytes([header[8], header[9]]);
    if major != MAJOR {
        return Err(PackageError::Version { file: name.into(), found: major, known: MAJOR });
    }
    let count = u32::from_le_bytes([header[12], header[13], header[14], header[15]]) as usize;
    if count > MOST_SECTIONS {
        return Err(corrupt(format!("its table claims {count} sections")));
    }
    let end = HEADER + ENTRY * count;
    let checked = file.get(..end + 4).ok_or_else(short)?;
    if crc32fast::hash(&checked[..end]).to_le_bytes() != checked[end..] {
        return Err(corrupt("the checksum of its table is wrong".into()));
    }
    checked[HEADER..end].chunks(ENTRY).map(|entry| section(file, entry, &corrupt)).collect()
}

fn section<'a>(
    file: &'a [u8],
    entry: &[u8],
    corrupt: &impl Fn(String) -> PackageError,
) -> Result<Section<'a>, PackageError> {
    let number = |at: usize| {
        entry[at..at + 8].iter().rev().fold(0u64, |number, byte| number << 8 | u64::from(*byte))
    };
    let name = [entry[0], entry[1], entry[2], entry[3]];
    let shown = String::from_utf8_lossy(&name).into_owned();
    let (offset, length) = (number(8), number(16));
    let bytes = usize::try_from(offset)
        .ok()
        .zip(usize::try_from(length).ok())
        .and_then(|(offset, length)| file.get(offset..offset.checked_add(length)?))
        .ok_or_else(|| {
            let has = file.len();
            corrupt(format!(
                "section {shown} should be {length} bytes from byte {offset}, but the file has {has}"
            ))
        })?;
    if crc32fast::hash(bytes).to_le_bytes() != entry[4..8] {
        return Err(corrupt(format!("the checksum of section {shown} is wrong")));
    }
    Ok((name, bytes))
}
