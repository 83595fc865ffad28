//! The numeric contract.
