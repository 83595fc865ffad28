//! What the memory port leads to.

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_blocks::io::WishboneMode;
use bitladder_blocks::memory::{axi4_master, sdram, wishbone_master};
use bitladder_machine::ExternalMemory;
use bitladder_rtl::Module;

use super::ExternalPlan;

/// Builds the controller or master.
pub(super) fn leads_to(plan: &ExternalPlan) -> Result<Arc<Module>, BlockError> {
    plan.validate()?;
    match &plan.memory {
        ExternalMemory::Sdram(chip) => sdram(&plan.chip(chip)),
        ExternalMemory::Axi4(_) => axi4_master(&plan.port()),
        ExternalMemory::Wishbone(_) => wishbone_master(&plan.port(), WishboneMode::Classic),
        ExternalMemory::WishbonePipelined(_) => {
            wishbone_master(&plan.port(), WishboneMode::Pipelined)
        }
    }
}
