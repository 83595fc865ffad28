//! The functions of `bitladder.h`: the one place with unsafe code.
//!
//! Each function turns its pointers into Rust's types, or says which one is null, and then does
//! its work inside `guarded`, so that nothing unwinds into C.

#![allow(unsafe_code, reason = "C hands over pointers; each use says what it relies on")]

use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::session::{c_text, panic_text};
use crate::{Failure, Session, Status, Verdict};

thread_local! {
    static LAST_ERROR: RefCell<CString> = RefCell::default();
}

/// The version, as bytes with a zero at the end.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");

/// Keeps a failure's text for `bitladder_last_error`.
fn status(result: Result<(), Failure>) -> Status {
    let Err(failure) = result else { return Status::Ok };
    LAST_ERROR.with(|last| *last.borrow_mut() = c_text(&failure.to_string()));
    failure.status()
}

/// Does something that may fail or panic.
fn guarded(work: impl FnOnce() -> Result<(), Failure>) -> Status {
    // What a panic leaves half done is not used again: nothing was handed out yet.
    let result = catch_unwind(AssertUnwindSafe(work));
    status(result.unwrap_or_else(|panic| Err(Failure::Panic(panic_text(panic.as_ref())))))
}

/// Does something with a session; after a panic it is broken for good.
///
/// # Safety
///
/// `session` is null or open, and no other thread uses it.
unsafe fn guarded_on(
    session: *mut Session,
    work: impl FnOnce(&mut Session) -> Result<(), Failure>,
) -> Status {
    // SAFETY: null or open and used by nobody else, as the caller promises.
    let Some(session) = (unsafe { session.as_mut() }) else {
        return status(Err(Failure::Null("session")));
    };
    if let Some(text) = &session.broken {
        return status(Err(Failure::Panic(text.clone())));
    }
    let result = catch_unwind(AssertUnwindSafe(|| work(session)));
    status(result.unwrap_or_else(|panic| {
        let text = panic_text(panic.as_ref());
        session.broken = Some(text.clone());
        Err(Failure::Panic(text))
    }))
}

/// A text, or `None` for a null pointer.
///
/// # Safety
///
/// `text` is null, or points to bytes that end with a zero and stay as they are during the call.
unsafe fn text<'a>(text: *const c_char, name: &'static str) -> Result<Option<&'a str>, Failure> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: not null, and what the caller promises besides.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().map(Some).map_err(|_| Failure::Text(name))
}

/// One of some names, or null.
fn nth(names: Option<&[CString]>, index: usize) -> *const c_char {
    names.and_then(|names| names.get(index)).map_or(std::ptr::null(), |name| name.as_ptr())
}

/// The library's version, such as `0.1.0`. It lives for ever.
#[unsafe(no_mangle)]
pub extern "C" fn bitladder_version() -> *const c_char {
    VERSION.as_ptr().cast()
}

/// Why the last call of this thread that failed did so. The text lives until the next failure.
#[unsafe(no_mangle)]
pub extern "C" fn bitladder_last_error() -> *const c_char {
    LAST_ERROR.with(|last| last.borrow().as_ptr())
}

/// Opens the device that `url` names and puts the package in file `package` on it. `config` is the
/// file of the machine's configuration; it may be null if the URL says `config=FILE`. `batch` images
/// run together. On success `*session` is the session, which `bitladder_close` takes back;
/// otherwise it is null.
///
/// # Safety
///
/// The texts are null or end with a zero; `session` is null or points to a pointer that may be
/// written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bitladder_open(
    url: *const c_char,
    config: *const c_char,
    package: *const c_char,
    batch: u32,
    session: *mut *mut Session,
) -> Status {
    guarded(|| {
        // SAFETY: null, or to be written, as the caller promises.
        let place = unsafe { session.as_mut() }.ok_or(Failure::Null("session"))?;
        *place = std::ptr::null_mut();
        // SAFETY: the caller promises that the texts end with a zero.
        let (url, config, package) =
            unsafe { (text(url, "url")?, text(config, "config")?, text(package, "package")?) };
        let url = url.ok_or(Failure::Null("url"))?;
        let package = package.ok_or(Failure::Null("package"))?;
        *place = Box::into_raw(Box::new(Session::open(url, config, package, batch)?));
        Ok(())
    })
}

/// Ends a session. Null is fine.
///
/// # Safety
///
/// `session` is null, or came from `bitladder_open` and was not closed before; nobody uses it any
/// more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bitladder_close(session: *mut Session) {
    if session.is_null() {
        return;
    }
    // SAFETY: `bitladder_open` made it with `Box::into_raw`, and nobody else closes it.
    let close = || drop(unsafe { Box::from_raw(session) });
    // Nothing can be told any more if closing fails.
    let _ = catch_unwind(AssertUnwindSafe(close));
}

/// Numbers of one image: channels x rows x columns; 0 for a null session.
///
/// # Safety
///
/// `session` is null or open, and no other thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bitladder_image_values(session: *const Session) -> usize {
    // SAFETY: null or open, as the caller promises.
    unsafe { session.as_ref() }.map_or(0, Session::image_values)
}

/// Scores of one image; 0 for a null session.
///
/// # Safety
///
/// As for `bitladder_image_values`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bitladder_class_count(session: *const Session) -> usize {
    // SAFETY: null or open, as the caller promises.
    unsafe { session.as_ref() }.map_or(0, Session::class_count)
}

/// Name of a class; null where the package has none. It lives as long as the session.
///
/// # Safety
///
/// As for `bitladder_image_values`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bitladder_class_name(
    session: *const Session,
    class_index: usize,
) -> *const c_char {
    // SAFETY: null or open, as the caller promises.
    nth(unsafe { session.as_ref() }.map(Session::classes), class_index)
}

/// Number of the package's precisions, best first; 0 for a null session.
///
/// # Safety
///
/// As for `bitladder_image_values`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bitladder_profile_count(session: *const Session) -> usize {
    // SAFETY: null or open, as the caller promises.
    unsafe { session.as_ref() }.map_or(0, |session| session.profiles().len())
}

/// Name of a precision; null if there is none of this number. It lives as long as the session.
///
/// # Safety
///
/// As for `bitladder_image_values`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bitladder_profile_name(
    session: *const Session,
    profile: usize,
) -> *const c_char {
    // SAFETY: null or open, as the caller promises.
    nth(unsafe { session.as_ref() }.map(Session::profiles), profile)
}

/// Asks for one of the machine's clocks by its frequency; it counts from the next batch on.
///
/// # Safety
///
/// `session` is null or open, and no other thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bitladder_set_clock(session: *mut Session, mhz: u32) -> Status {
    // SAFETY: null or open and used by nobody else, as the caller promises.
    unsafe { guarded_on(session, |session| session.set_clock(mhz)) }
}

/// Writes the clock in use to `*mhz`.
///
/// # Safety
///
/// As for `bitladder_set_clock`; `mhz` is null or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bitladder_clock_mhz(session: *mut Session, mhz: *mut u32) -> Status {
    let work = |session: &mut Session| {
        // SAFETY: null or to be written, as the caller promises.
        let mhz = unsafe { mhz.as_mut() }.ok_or(Failure::Null("mhz"))?;
        *mhz = session.clock_mhz()?;
        Ok(())
    };
    // SAFETY: null or open and used by nobody else, as the caller promises.
    unsafe { guarded_on(session, work) }
}

/// Classifies `images` images. `pixels` are numbers from 0 to 1, `bitladder_image_values` for each
/// image, its channels one after another. `profile` names a precision; null begins in the cheapest
/// one and climbs where in doubt. `verdicts` has a place for each image; `scores` is null, or has
/// `bitladder_class_count` places for each.
///
/// # Safety
///
/// As for `bitladder_set_clock`; `profile` is null or ends with a zero; the arrays are null or have
/// the places that are said above, and none overlaps another.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bitladder_infer(
    session: *mut Session,
    profile: *const c_char,
    pixels: *const f32,
    images: usize,
    verdicts: *mut Verdict,
    scores: *mut f32,
) -> Status {
    let work = |session: &mut Session| {
        // SAFETY: the caller promises that the text ends with a zero.
        let profile = unsafe { text(profile, "profile")? };
        let most = isize::MAX as usize / size_of::<Verdict>();
        let fits = |each: usize| images.checked_mul(each).filter(|size| *size <= most);
        let sizes = (fits(session.image_values()), fits(session.class_count()));
        let (Some(values), Some(places)) = sizes else {
            let (name, found) = ("images", images as u64);
            return Err(Failure::Number { name, found, allowed: "what fits into memory".into() });
        };
        if pixels.is_null() {
            return Err(Failure::Null("pixels"));
        }
        if verdicts.is_null() {
            return Err(Failure::Null("verdicts"));
        }
        // SAFETY: not null; as long as the caller promises, and no longer than memory can be.
        let pixels = unsafe { std::slice::from_raw_parts(pixels, values) };
        // SAFETY: as above, and nothing else points there.
        let verdicts = unsafe { std::slice::from_raw_parts_mut(verdicts, images) };
        // SAFETY: as above, if there is such an array at all.
        let scores =
            (!scores.is_null()).then(|| unsafe { std::slice::from_raw_parts_mut(scores, places) });
        session.infer(profile, pixels, verdicts, scores)
    };
    // SAFETY: null or open and used by nobody else, as the caller promises.
    unsafe { guarded_on(session, work) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_status_with_its_text() {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| ()));
        let status = guarded(|| std::panic::panic_any("the cat ate it"));
        std::panic::set_hook(hook);
        assert_eq!(status, Status::Internal);
        // SAFETY: it ends with a zero and lives until the next failure of this thread.
        let text = unsafe { CStr::from_ptr(bitladder_last_error()) }.to_string_lossy();
        assert_eq!(
            text,
            "the library failed: the cat ate it; please report this, and close the session"
        );
    }
}
