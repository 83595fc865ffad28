//! A machine as its differences from another one: `array.rows=2;array.modes=word8.word4`.

use bitladder_machine::MachineConfig;
use toml::{Table, Value};

/// What a row of the table does not say is as in this machine.
const BASE: &str = include_str!("../../models/base.toml");

/// The base, key by key.
fn base() -> Result<Table, String> {
    BASE.parse().map_err(|error: toml::de::Error| error.to_string())
}

/// The keys in which a machine differs from the base, in the order of their names.
pub(super) fn differences(config: &MachineConfig) -> String {
    // Both are configurations, which are tables.
    let base = flat(&base().unwrap_or_default());
    let own = flat(&config.canonical().parse().unwrap_or_default());
    let differs = |(key, value): &&(String, Value)| {
        key != "name" && !base.iter().any(|(other, is)| other == key && is == value)
    };
    let setting = |(key, value): &(String, Value)| format!("{key}={}", word(value));
    own.iter().filter(differs).map(setting).collect::<Vec<_>>().join(";")
}

/// The machine of this name with such differences.
pub(super) fn apply(name: &str, settings: &str) -> Result<MachineConfig, String> {
    let mut table = base()?;
    table.insert("name".to_owned(), Value::String(name.to_owned()));
    for setting in settings.split(';').filter(|setting| !setting.is_empty()) {
        let (key, text) =
            setting.split_once('=').ok_or_else(|| format!("`{setting}` is no `key=value`"))?;
        let place = place(&mut table, key).ok_or_else(|| format!("there is no key `{key}`"))?;
        *place = value(place, text).ok_or_else(|| format!("`{text}` is nothing for `{key}`"))?;
    }
    let text = toml::to_string(&table).map_err(|error| error.to_string())?;
    MachineConfig::parse(name, &text).map_err(|fault| fault.to_string())
}

fn place<'a>(table: &'a mut Table, key: &str) -> Option<&'a mut Value> {
    match key.split_once('.') {
        Some((section, key)) => table.get_mut(section)?.as_table_mut()?.get_mut(key),
        None => table.get_mut(key),
    }
}

/// A value of the kind of another one; the members of lists are joined by dots.
fn value(like: &Value, text: &str) -> Option<Value> {
    Some(match like {
        Value::Integer(_) => Value::Integer(text.parse().ok()?),
        Value::Boolean(_) => Value::Boolean(text.parse().ok()?),
        Value::String(_) => Value::String(text.to_owned()),
        Value::Array(all) => {
            let like = all.first()?;
            let members = text.split('.').map(|one| value(like, one));
            Value::Array(members.collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(word).collect::<Vec<_>>().join("."),
        other => other.to_string(),
    }
}

/// Every key with its value, those of sections behind their names.
fn flat(table: &Table) -> Vec<(String, Value)> {
    let entry = |(key, value): (&String, &Value)| match value {
        Value::Table(section) => {
            let inside = flat(section).into_iter();
            inside.map(|(name, value)| (format!("{key}.{name}"), value)).collect()
        }
        other => vec![(key.clone(), other.clone())],
    };
    table.iter().flat_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_machines_are_their_differences() {
        for (name, text) in [
            ("ecp5-25", include_str!("../../../configs/ecp5-25.toml")),
            ("ecp5-85", include_str!("../../../configs/ecp5-85.toml")),
            ("ecp5-85-fast", include_str!("../../../configs/ecp5-85-fast.toml")),
            ("gw2a-18", include_str!("../../../configs/gw2a-18.toml")),
            ("hx8k-small", include_str!("../../../configs/hx8k-small.toml")),
            ("up5k-tiny", include_str!("../../../configs/up5k-tiny.toml")),
        ] {
            let config = MachineConfig::parse(name, text).unwrap();
            let settings = differences(&config);
            assert!(!settings.contains(','), "{settings}");
            assert_eq!(apply(name, &settings).unwrap(), config);
        }
    }

    #[test]
    fn unknown_keys_and_values_are_refused() {
        let fault = |settings: &str| apply("m", settings).unwrap_err();
        assert_eq!(fault("array.lanes=2"), "there is no key `array.lanes`");
        assert_eq!(fault("array.rows=two"), "`two` is nothing for `array.rows`");
        assert_eq!(fault("array.rows"), "`array.rows` is no `key=value`");
        assert!(fault("element.operations=min-pool").contains("min-pool"));
    }
}
