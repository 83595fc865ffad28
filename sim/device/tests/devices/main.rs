//! One suite for every device: interpreter, Rust simulation, Verilator, and Verilator behind a serial
//! line and behind a mailbox.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod backends;
mod digits;
mod errors;
mod gating;
mod host_buses;
mod locating;
mod networks;
#[path = "../support/random.rs"]
mod random;
mod robust;
mod shapes;
mod timing;

/// The suite on each device.
macro_rules! on_every_device {
    ($($module:ident::$test:ident,)*) => {
        on_every_device!(golden { $($module::$test,)* });
        on_every_device!(rust_sim { $($module::$test,)* });
        on_every_device!(verilated { $($module::$test,)* });
        on_every_device!(mailbox { $($module::$test,)* });
    };
    ($device:ident { $($(#[$attribute:meta])* $module:ident::$test:ident,)* }) => {
        mod $device {
            $(
                #[test]
                $(#[$attribute])*
                fn $test() {
                    crate::$module::$test(&mut crate::backends::$device());
                }
            )*
        }
    };
}

on_every_device! {
    networks::says_what_it_is,
    networks::digits_in_three_precisions,
    networks::precision_changes_between_images,
    networks::escalates_from_one_store,
    networks::random_networks,
    errors::needs_a_program,
    errors::refuses_programs_for_other_machines,
    errors::refuses_what_memories_do_not_have,
    errors::broken_descriptors_are_named_and_recovered_from,
    errors::corrupt_programs_end_with_an_error,
    errors::is_busy_while_it_runs,
    errors::reset_stops_a_run,
    errors::watchdog_gives_up,
    locating::agrees_layer_by_layer,
    locating::wrong_weights_are_found,
    locating::wrong_parameters_are_found,
}

// The suite at the pins of a serial line. Not for it: `is_busy_while_it_runs` and
// `reset_stops_a_run`, whose program is over before the line has carried the question.
on_every_device!(uart {
    networks::says_what_it_is,
    networks::precision_changes_between_images,
    errors::needs_a_program,
    errors::refuses_programs_for_other_machines,
    errors::refuses_what_memories_do_not_have,
    errors::watchdog_gives_up,
    #[ignore = "minutes: run it with --ignored"]
    networks::digits_in_three_precisions,
    #[ignore = "minutes: run it with --ignored"]
    networks::random_networks,
    #[ignore = "minutes: run it with --ignored"]
    errors::broken_descriptors_are_named_and_recovered_from,
    #[ignore = "minutes: run it with --ignored"]
    errors::corrupt_programs_end_with_an_error,
    #[ignore = "minutes: run it with --ignored"]
    locating::agrees_layer_by_layer,
    #[ignore = "minutes: run it with --ignored"]
    locating::wrong_weights_are_found,
    #[ignore = "minutes: run it with --ignored"]
    locating::wrong_parameters_are_found,
});
