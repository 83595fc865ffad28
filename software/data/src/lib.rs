#![doc = include_str!("../README.md")]

mod build;
mod cifar;
mod dataset;
mod description;
mod error;
mod folder;
mod idx;
mod image;
mod labels;
mod load;
mod npy;
mod part;
mod source;
mod view;

pub use cifar::{Cifar, CifarError, load_cifar};
pub use dataset::{Classes, Dataset, ImageShape, Pixels};
pub use description::Description;
pub use error::{DataError, DatasetError};
pub use folder::{FolderError, load_png_folder};
pub use idx::{IdxArray, IdxError, load_idx, read_idx, write_idx};
pub use image::{ImageError, load_png};
pub use load::load;
pub use npy::{
    NpyArray, NpyElement, NpyError, NpyValues, load_npy, read_npy, write_npy, write_npy_to,
};
pub use part::Part;
pub use view::Image;
