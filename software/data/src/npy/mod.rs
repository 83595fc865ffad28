//! NumPy arrays in `.npy` files.

mod header;
mod load;
mod read;
mod values;
mod write;

use thiserror::Error;

pub(crate) use load::load_beside;
pub use load::load_npy;
pub(crate) use read::MAGIC;
pub use read::{NpyArray, read_npy};
pub use values::{NpyElement, NpyValues};
pub use write::{write_npy, write_npy_to};

/// Something else than the NumPy array that was expected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NpyError {
    /// The file does not start like an array.
    #[error("no .npy file: it does not start with \\x93NUMPY; save the array with numpy.save")]
    Magic,
    /// A version of the format that does not exist yet.
    #[error("has .npy version {major}.{minor}; versions 1.0, 2.0 and 3.0 are read")]
    Version {
        /// Its major version.
        major: u8,
        /// Its minor version.
        minor: u8,
    },
    /// A header longer than any array needs.
    #[error("its header has {length} bytes, allowed are {most}; save a plain array")]
    HeaderLength {
        /// Length announced.
        length: u32,
        /// Longest header read.
        most: u32,
    },
    /// The file ends inside the header.
    #[error("ends inside its header; get the file again")]
    HeaderEnd,
    /// A header that is not the dictionary it should be.
    #[error("its header is damaged at byte {place}: expected {wanted}")]
    Header {
        /// Place in the header, from 0.
        place: usize,
        /// What should be there.
        wanted: &'static str,
    },
    /// Elements that are not read.
    #[error(
        "its elements are of type `{0}`; read are u1, i1, i2, i4, i8, f4 and f8: convert the array \
         with .astype, for example to numpy.float32"
    )]
    Type(String),
    /// Columns before rows.
    #[error("is stored in Fortran order; save numpy.ascontiguousarray of it instead")]
    Fortran,
    /// Another number of dimensions than images have.
    #[error(
        "has shape {0:?}, but images need 2 (vectors), 3 (grey) or 4 dimensions (images, channels, \
         rows, columns); reshape the array"
    )]
    Images(Vec<usize>),
    /// Labels that are no list of whole numbers.
    #[error("labels must be whole numbers in one dimension; this is {kind} of shape {shape:?}")]
    Labels {
        /// Type of the elements.
        kind: &'static str,
        /// Shape of the array.
        shape: Vec<usize>,
    },
    /// A label that is negative or too large.
    #[error("label {index} is {label}; labels are whole numbers from 0 to 65535")]
    Label {
        /// Its place, from 0.
        index: usize,
        /// The label.
        label: i64,
    },
    /// Values that do not fill the shape they should be written in.
    #[error("{values} value(s) do not fill the shape {shape:?}")]
    Values {
        /// Number of values.
        values: usize,
        /// The shape.
        shape: Vec<usize>,
    },
    /// More dimensions than a header of version 1.0 can hold.
    #[error("{0} dimensions do not fit a .npy header; reshape the array")]
    Dimensions(usize),
}
