//! Reports as text, JUnit XML and files for viewers.

mod junit;
mod text;
mod views;

pub use junit::{junit, junit_error};
pub use text::text;
pub use views::{View, views};
