//! Whether synthesis made what was intended, and whether it fits.

use super::{Expected, FlowError};
use crate::device::Device;
use crate::report::{ModuleUse, Resource, Resources};

/// Compares with what was intended.
pub(super) fn mapping(
    top: &str,
    total: &Resources,
    expected: &Expected,
    modules: &[ModuleUse],
) -> Result<(), FlowError> {
    let wanted = [
        (Resource::Dsp, expected.dsp),
        (Resource::Bram, expected.bram),
        (Resource::Spram, expected.spram),
    ];
    for (resource, expected) in wanted {
        let (Some(expected), found) = (expected, total.get(resource)) else { continue };
        if found != expected {
            let (top, modules) = (top.to_owned(), users(modules, resource));
            let advice = mapping_advice(resource, found > expected);
            return Err(FlowError::Mapping { top, resource, expected, found, modules, advice });
        }
    }
    Ok(())
}

fn mapping_advice(resource: Resource, more: bool) -> &'static str {
    match (resource, more) {
        (Resource::Dsp, true) => {
            "a product that belongs into the fabric took a block: build it from adders"
        }
        (Resource::Dsp, false) => {
            "a product was built from lookup tables: instantiate the block, or use a newer Yosys"
        }
        (_, true) => "a memory takes more blocks than planned: check its depth, width and ports",
        (_, false) => {
            "a memory became flip-flops or lookup tables: give it synchronous read ports and the \
             policy `DontCare`"
        }
    }
}

/// Refuses what cannot fit before minutes are spent on placing it.
pub(super) fn size(
    top: &str,
    device: &'static Device,
    total: &Resources,
    modules: &[ModuleUse],
) -> Result<(), FlowError> {
    for resource in Resource::ALL {
        let (used, available) = (total.get(resource), resource.of_device(device));
        if used > available {
            let (top, modules) = (top.to_owned(), users(modules, resource));
            let device = device.name;
            let advice = match resource {
                Resource::Dsp => "take a larger device, fewer lanes, or lanes with fewer blocks",
                Resource::Bram | Resource::Spram => "take a larger device, or smaller memories",
                Resource::Luts | Resource::Registers => {
                    "take a larger device, fewer lanes, or fewer modes and kinds of weights"
                }
            };
            return Err(FlowError::Size {
                top,
                device,
                resource,
                used,
                available,
                modules,
                advice,
            });
        }
    }
    Ok(())
}

/// The three modules that have most of a resource, all their instances together.
fn users(modules: &[ModuleUse], resource: Resource) -> String {
    if modules.is_empty() {
        return "set `by_module` to see which modules".to_owned();
    }
    let count = |one: &ModuleUse| one.own.get(resource) * one.instances;
    let mut users: Vec<&ModuleUse> = modules.iter().filter(|one| count(one) > 0).collect();
    users.sort_by_key(|one| std::cmp::Reverse(count(one)));
    let text = |one: &&ModuleUse| match one.instances {
        1 => format!("`{}` {}", one.module, count(one)),
        times => format!("{times} x `{}` {}", one.module, count(one)),
    };
    let parts: Vec<String> = users.iter().take(3).map(text).collect();
    if parts.is_empty() { "no module has any".to_owned() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modules() -> Vec<ModuleUse> {
        let lane = Resources { luts: 700, registers: 10, dsp: 2, bram: 0, spram: 0 };
        let one = |module: &str, instances, own| ModuleUse {
            module: module.to_owned(),
            instances,
            own,
            total: own,
        };
        vec![one("top", 1, Resources { luts: 5, ..Resources::default() }), one("lane", 15, lane)]
    }

    fn total() -> Resources {
        Resources { luts: 10_505, registers: 150, dsp: 30, bram: 0, spram: 0 }
    }

    #[test]
    fn what_was_not_intended_is_named_with_its_module() {
        let expected = |dsp, bram| Expected { dsp, bram, spram: Some(0) };
        let check = |expected| mapping("top", &total(), &expected, &modules());
        assert!(check(expected(Some(30), Some(0))).is_ok());
        assert!(check(expected(None, None)).is_ok());
        assert_eq!(
            check(expected(Some(15), None)).unwrap_err().to_string(),
            "`top` has 30 multiplier blocks, 15 were intended (15 x `lane` 30); a product that \
             belongs into the fabric took a block: build it from adders"
        );
        assert_eq!(
            check(expected(None, Some(4))).unwrap_err().to_string(),
            "`top` has 0 block memories, 4 were intended (no module has any); a memory became \
             flip-flops or lookup tables: give it synchronous read ports and the policy `DontCare`"
        );
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let device = Device::find("LFE5U-25F").unwrap();
        assert_eq!(
            size("top", device, &total(), &modules()).unwrap_err().to_string(),
            "`top` needs 30 multiplier blocks, LFE5U-25F has 28 (15 x `lane` 30); take a larger \
             device, fewer lanes, or lanes with fewer blocks"
        );
        let small = Device::find("GW1NR-9C").unwrap();
        assert_eq!(
            size("top", small, &total(), &modules()).unwrap_err().to_string(),
            "`top` needs 10505 lookup tables, GW1NR-9C has 8640 (15 x `lane` 10500, `top` 5); take \
             a larger device, fewer lanes, or fewer modes and kinds of weights"
        );
        assert!(size("top", Device::find("LFE5U-85F").unwrap(), &total(), &modules()).is_ok());
        let unknown = size("top", device, &total(), &[]).unwrap_err().to_string();
        assert!(unknown.contains("has 28 (set `by_module` to see which modules); take"));
    }
}
