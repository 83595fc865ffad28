//! Pointers that are null, texts that are none, sessions that are gone: statuses, never a crash.

#![allow(unsafe_code, clippy::unwrap_used, reason = "calls what C calls")]

#[path = "../../host/tests/support/mod.rs"]
mod support;

use std::ffi::{CStr, CString};
use std::ptr::{null, null_mut};

use bitladder_capi::*;
use support::{config, package, pixels};

fn last_error() -> String {
    // SAFETY: it ends with a zero and lives until the next failure of this thread.
    unsafe { CStr::from_ptr(bitladder_last_error()) }.to_str().unwrap().to_owned()
}

/// A session on the interpreter, with its folder.
fn open() -> (tempfile::TempDir, *mut Session) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("m.toml"), config().canonical()).unwrap();
    package(3).write(path("p.blp")).unwrap();
    let text = |name: &str| CString::new(path(name).to_str().unwrap()).unwrap();
    let mut session = null_mut();
    let (config, package) = (text("m.toml"), text("p.blp"));
    // SAFETY: texts that end with a zero, and a place for the session.
    let status = unsafe {
        bitladder_open(c"sim:golden".as_ptr(), config.as_ptr(), package.as_ptr(), 2, &mut session)
    };
    assert_eq!(status, Status::Ok, "{}", last_error());
    (folder, session)
}

#[test]
fn null_is_named_and_never_followed() {
    let url = c"sim:golden".as_ptr();
    let mut session = null_mut();
    // SAFETY: every pointer is null or good.
    unsafe {
        assert_eq!(bitladder_open(url, null(), url, 1, null_mut()), Status::Argument);
        assert_eq!(last_error(), "argument `session` is null");
        assert_eq!(bitladder_open(null(), null(), url, 1, &mut session), Status::Argument);
        assert_eq!(last_error(), "argument `url` is null");
        assert_eq!(bitladder_open(url, null(), url, 1, &mut session), Status::Argument);
        assert!(last_error().ends_with("which machine is it?"), "{}", last_error());
        assert!(session.is_null());
        bitladder_close(null_mut());
        assert_eq!(bitladder_image_values(null()), 0);
        assert_eq!(bitladder_class_count(null()), 0);
        assert_eq!(bitladder_profile_count(null()), 0);
        assert!(bitladder_profile_name(null(), 0).is_null());
        assert!(bitladder_class_name(null(), 0).is_null());
        assert_eq!(bitladder_set_clock(null_mut(), 1), Status::Argument);
        assert_eq!(bitladder_clock_mhz(null_mut(), null_mut()), Status::Argument);
        let infer = bitladder_infer(null_mut(), null(), null(), 1, null_mut(), null_mut());
        assert_eq!(infer, Status::Argument);
        assert_eq!(last_error(), "argument `session` is null");
    }
}

#[test]
fn sizes_and_texts_are_checked() {
    let (_folder, session) = open();
    let pixels = pixels(1, 1);
    let mut verdict = Verdict::default();
    let not_utf8 = [0xff, 0];
    // SAFETY: every pointer is null or good, and counts are no larger than what is there, or are
    // refused before anything is read.
    unsafe {
        assert_eq!(bitladder_image_values(session), pixels.len());
        let infer = |profile, pixels, images, verdicts| {
            bitladder_infer(session, profile, pixels, images, verdicts, null_mut())
        };
        assert_eq!(infer(null(), null(), 1, &mut verdict), Status::Argument);
        assert_eq!(last_error(), "argument `pixels` is null");
        assert_eq!(infer(null(), pixels.as_ptr(), 1, null_mut()), Status::Argument);
        assert_eq!(
            infer(not_utf8.as_ptr().cast(), pixels.as_ptr(), 1, &mut verdict),
            Status::Argument
        );
        assert_eq!(last_error(), "argument `profile` is no UTF-8");
        assert_eq!(infer(null(), pixels.as_ptr(), usize::MAX, &mut verdict), Status::Argument);
        assert!(last_error().contains("`images` is 18446744073709551615"), "{}", last_error());
        assert_eq!(infer(null(), pixels.as_ptr(), 1, &mut verdict), Status::Ok);
        assert_eq!(bitladder_clock_mhz(session, null_mut()), Status::Argument);
        assert!(bitladder_profile_name(session, 2).is_null());
        bitladder_close(session);
    }
}

#[test]
fn each_thread_has_its_own_error() {
    // SAFETY: null is fine.
    assert_eq!(unsafe { bitladder_set_clock(null_mut(), 1) }, Status::Argument);
    let other = std::thread::spawn(last_error).join().unwrap();
    assert_eq!(other, "");
    assert_eq!(last_error(), "argument `session` is null");
}
