//! The functions of a loaded library: the only place with foreign calls.

#![allow(unsafe_code)]

use std::ffi::{CString, c_char, c_int, c_void};
use std::path::Path;
use std::ptr::NonNull;

use libloading::Library;

use crate::VerilatedError;

type New = unsafe extern "C" fn() -> *mut c_void;
type Delete = unsafe extern "C" fn(*mut c_void);
type Trace = unsafe extern "C" fn(*mut c_void, *const c_char) -> c_int;
type Set = unsafe extern "C" fn(*mut c_void, u32, u64, u64);
type Get = unsafe extern "C" fn(*mut c_void, u32, *mut u64, *mut u64);
type Step = unsafe extern "C" fn(*mut c_void, u64);
type Run = unsafe extern "C" fn(*mut c_void, u32, u64) -> u64;

/// One instance of a model and the library it lives in.
pub(crate) struct Instance {
    handle: NonNull<c_void>,
    delete: Delete,
    trace: Trace,
    set: Set,
    get: Get,
    step: Step,
    run: Run,
    // Last, so that the instance goes before its code does.
    _library: Library,
}

// SAFETY: an instance owns its model and context, has no ties to the thread that made it, and every
// call that changes it takes `&mut self`.
unsafe impl Send for Instance {}

impl Instance {
    pub(crate) fn load(path: &Path) -> Result<Self, VerilatedError> {
        let failed = |source| VerilatedError::Load { path: path.into(), source };
        // SAFETY: the library was written by `build`, under a name made from its sources; its
        // initialisers are those of Verilator's run-time library.
        let library = unsafe { Library::new(path) }.map_err(failed)?;
        macro_rules! function {
            ($kind:ty, $name:literal) => {
                // SAFETY: the shim declares this function with this signature.
                *unsafe { library.get::<$kind>($name) }.map_err(failed)?
            };
        }
        let new = function!(New, b"bitladder_new\0");
        let delete = function!(Delete, b"bitladder_delete\0");
        let trace = function!(Trace, b"bitladder_trace\0");
        let set = function!(Set, b"bitladder_set\0");
        let get = function!(Get, b"bitladder_get\0");
        let step = function!(Step, b"bitladder_step\0");
        let run = function!(Run, b"bitladder_run\0");
        // SAFETY: no argument; the result is a model of our own.
        let handle = NonNull::new(unsafe { new() }).ok_or_else(|| VerilatedError::Files {
            path: path.into(),
            source: std::io::ErrorKind::OutOfMemory.into(),
        })?;
        Ok(Self { handle, delete, trace, set, get, step, run, _library: library })
    }

    pub(crate) fn trace(&mut self, path: &Path) -> bool {
        let Ok(path) = CString::new(path.as_os_str().as_encoded_bytes()) else { return false };
        // SAFETY: the handle is alive, the text ends in a zero and is copied.
        unsafe { (self.trace)(self.handle.as_ptr(), path.as_ptr()) != 0 }
    }

    pub(crate) fn set(&mut self, port: u32, bits: u128) {
        // SAFETY: the handle is alive; unknown ports are ignored.
        unsafe { (self.set)(self.handle.as_ptr(), port, bits as u64, (bits >> 64) as u64) }
    }

    pub(crate) fn get(&mut self, port: u32) -> u128 {
        let (mut low, mut high) = (0, 0);
        // SAFETY: the handle is alive and both places are ours.
        unsafe { (self.get)(self.handle.as_ptr(), port, &raw mut low, &raw mut high) }
        u128::from(low) | u128::from(high) << 64
    }

    pub(crate) fn step(&mut self, cycles: u64) {
        // SAFETY: the handle is alive.
        unsafe { (self.step)(self.handle.as_ptr(), cycles) }
    }

    pub(crate) fn run(&mut self, port: u32, most: u64) -> u64 {
        // SAFETY: the handle is alive.
        unsafe { (self.run)(self.handle.as_ptr(), port, most) }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // SAFETY: the handle is alive and not used again.
        unsafe { (self.delete)(self.handle.as_ptr()) }
    }
}
