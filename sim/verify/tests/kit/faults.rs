//! The suite sees faults, and says so where it does not.

use std::collections::BTreeSet;

use bitladder_rtl::mutate::FaultKind;
use bitladder_verify::mutate::{Plan, Suite, engine, hardware, line_of, sample};

use crate::support::config;

fn plan(count: usize) -> Plan {
    let modules = ["array", "lane", "weight_stream", "sequencer"].map(str::to_owned);
    let kinds = FaultKind::ALL.into_iter().filter(|kind| *kind != FaultKind::Reset).collect();
    Plan { modules: modules.to_vec(), kinds, count, seed: 3 }
}

#[test]
fn most_faults_are_seen_and_each_says_by_what() {
    let suite = Suite::new(&config()).unwrap();
    let layers = suite.runs().into_iter().flat_map(|run| run.program.descriptors().unwrap());
    let nested: BTreeSet<&str> =
        layers.filter(|layer| layer.nested).map(|layer| layer.mode.name()).collect();
    assert_eq!(nested.len(), 3, "nested weights in each width: {nested:?}");
    let mut heard = 0;
    let survey = hardware(&suite, &plan(12), 2, &mut |_| heard += 1).unwrap();
    assert_eq!((survey.outcomes.len(), heard), (12, 12));
    assert!(survey.possible > 200 && survey.share() >= 0.6, "{survey:#?}");
    for outcome in &survey.outcomes {
        let by = outcome.seen.as_ref().map_or("nothing", |seen| seen.by.as_str());
        assert!(by == "nothing" || by.starts_with("network") || by.contains(':') || by == "reset");
    }
    let (again, _) = sample(&bitladder_hdl_machine::top::machine(&config()).unwrap(), &plan(12));
    let same = survey.outcomes.iter().zip(&again).all(|(outcome, fault)| outcome.fault == *fault);
    assert!(same, "a seed gives the same faults each time");
    let top = bitladder_hdl_machine::top::machine(&config()).unwrap();
    let (file, line) = line_of(&again[0], &top).unwrap();
    assert!(file.ends_with(".v") && line > 5, "{file}:{line}");

    let engines = engine::survey(&suite);
    let unseen: Vec<_> = engines.iter().filter(|o| o.seen.is_none()).map(|o| o.name).collect();
    assert!(unseen.is_empty(), "{unseen:?}");
}
