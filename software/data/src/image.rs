//! PNG images.

use std::io::Cursor;
use std::path::Path;

use png::{BitDepth, ColorType, Decoder, Transformations};
use thiserror::Error;

use crate::build;
use crate::dataset::{Dataset, ImageShape, Pixels};
use crate::error::DataError;
use crate::source::{DEFLATE_RATIO, whole};

/// First bytes of every PNG file.
pub(crate) const MAGIC: &[u8] = b"\x89PNG";

/// An image that cannot be used.
#[derive(Debug, Error)]
pub enum ImageError {
    /// No PNG file, or a damaged one.
    #[error("not a readable PNG image: {0}; save it again as PNG")]
    Decode(#[from] png::DecodingError),
    /// Sizes that the file cannot hold.
    #[error(
        "is {width} x {height} pixels by its header, more than a file of {file} bytes can hold; it \
         is damaged, get it again"
    )]
    Impossible {
        /// Columns announced.
        width: u32,
        /// Rows announced.
        height: u32,
        /// Length of the file.
        file: usize,
    },
    /// What lies behind transparent pixels is not known.
    #[error("has transparent pixels; put it on a background and save it without transparency")]
    Transparent,
    /// Not the size of the images before it.
    #[error("is {found} (channels, rows, columns), but the first image is {first}; use one size")]
    Shape {
        /// Size of the image.
        found: ImageShape,
        /// Size of the first image.
        first: ImageShape,
    },
    /// An image in another file format.
    #[error("is no PNG image; convert it to PNG")]
    Format,
}

/// An image in memory: channels, rows, columns.
pub(crate) struct Decoded {
    pub(crate) shape: ImageShape,
    pub(crate) pixels: Vec<u8>,
}

/// Loads one PNG image as a data set without labels.
///
/// Grey images have one channel, colour and palette images three. Depths other than 8 bits are
/// scaled to 0..=255. An alpha channel is dropped if every pixel is opaque and refused otherwise.
pub fn load_png(path: impl AsRef<Path>) -> Result<Dataset, DataError> {
    let path = path.as_ref();
    let Decoded { shape, pixels } = read(path)?;
    Dataset::new(build::name(path), shape, Pixels::Bytes(pixels))
        .map_err(|source| build::contents(path, source))
}

/// Reads one image.
pub(crate) fn read(path: &Path) -> Result<Decoded, DataError> {
    decode(&whole(path)?).map_err(|source| DataError::Image { path: path.to_owned(), source })
}

fn decode(file: &[u8]) -> Result<Decoded, ImageError> {
    let mut decoder = Decoder::new(Cursor::new(file));
    decoder.set_transformations(Transformations::EXPAND);
    let info = decoder.read_header_info()?;
    let (width, height) = (info.width, info.height);
    let row = (u64::from(width) * info.bits_per_pixel() as u64).div_ceil(8);
    // Checked before anything of this size is allocated.
    let most = (file.len() as u64).saturating_mul(DEFLATE_RATIO);
    let impossible = || ImageError::Impossible { width, height, file: file.len() };
    if row.saturating_mul(height.into()) > most {
        return Err(impossible());
    }
    let mut reader = decoder.read_info()?;
    let mut samples = vec![0; reader.output_buffer_size().ok_or_else(impossible)?];
    let frame = reader.next_frame(&mut samples)?;
    samples.truncate(frame.buffer_size());
    if frame.bit_depth == BitDepth::Sixteen {
        samples = samples.as_chunks().0.iter().map(|&pair| eight_bits(pair)).collect();
    }
    let (stored, channels) = match frame.color_type {
        ColorType::Grayscale => (1, 1),
        ColorType::GrayscaleAlpha => (2, 1),
        ColorType::Rgba => (4, 3),
        // A palette was expanded to colours.
        ColorType::Rgb | ColorType::Indexed => (3, 3),
    };
    if stored > channels && samples.chunks_exact(stored).any(|pixel| pixel[channels] != u8::MAX) {
        return Err(ImageError::Transparent);
    }
    // From pixel after pixel to channel after channel.
    let plane = |channel| samples.chunks_exact(stored).map(move |pixel: &[u8]| pixel[channel]);
    let pixels = (0..channels).flat_map(plane).collect();
    Ok(Decoded { shape: ImageShape::new(channels, height as usize, width as usize), pixels })
}

/// The nearest of 256 levels.
fn eight_bits(pair: [u8; 2]) -> u8 {
    let value = u32::from(u16::from_be_bytes(pair));
    ((value * 255 + 32_767) / 65_535) as u8
}
