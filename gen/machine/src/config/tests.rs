use super::*;

const TEXT: &str = include_str!("../../../configs/sim-4x4.toml");

fn refused(from: &str, to: &str) -> String {
    assert!(TEXT.contains(from), "{from}");
    MachineConfig::parse("m.toml", &TEXT.replacen(from, to, 1)).unwrap_err().to_string()
}

fn line(of: &str) -> usize {
    TEXT.lines().position(|line| line.starts_with(of)).unwrap() + 1
}

#[test]
fn every_shipped_configuration_is_valid_and_different() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../configs");
    let mut names = Vec::new();
    let mut hashes = std::collections::BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let config = MachineConfig::read(&path).unwrap();
        assert_eq!(config.name, path.file_stem().unwrap().to_string_lossy());
        assert_eq!(MachineConfig::parse("again", &config.canonical()).unwrap(), config);
        hashes.insert(config.hash());
        names.push(config.name);
    }
    names.sort();
    assert_eq!(
        names,
        [
            "ecp5-25",
            "ecp5-85",
            "ecp5-85-fast",
            "gw2a-18",
            "hx8k-small",
            "sim-4x4",
            "ulx3s-85-sdram",
            "up5k-int8",
            "up5k-tiny"
        ]
    );
    assert_eq!(hashes.len(), names.len());
}

#[test]
fn the_hash_sees_values_and_not_comments() {
    let config = MachineConfig::parse("a", TEXT).unwrap();
    let commented = MachineConfig::parse("b", &format!("# more\n{TEXT}")).unwrap();
    assert_eq!(config.hash(), commented.hash());
    assert_eq!(config.hash().len(), 64);
    let mut other = config.clone();
    other.memory.patch_words += 1;
    assert_ne!(config.hash(), other.hash());
}

#[test]
fn values_out_of_range_are_named_with_their_line() {
    let rows = refused("rows = 4", "rows = 0");
    assert_eq!(rows, format!("m.toml:{}: `array.rows` is 0, allowed is 1 to 128", line("rows")));
    let columns = refused("columns = 4", "columns = 6");
    assert_eq!(
        columns,
        format!(
            "m.toml:{}: `array.columns` is 6, allowed is a power of two from 2 to 64",
            line("columns")
        )
    );
    for columns in [1, 128] {
        let text = refused("columns = 4", &format!("columns = {columns}"));
        let wanted = format!("`array.columns` is {columns}, allowed is 2 to 64");
        assert!(text.ends_with(&wanted), "{text}");
    }
    for (lanes, allowed) in [(0, "1 to 4"), (3, "a power of two from 1 to 4"), (8, "1 to 4")] {
        let text = refused("lanes = 4", &format!("lanes = {lanes}"));
        let wanted = format!("`post.lanes` is {lanes}, allowed is {allowed}");
        assert!(text.ends_with(&wanted), "{text}");
    }
    let levels = refused("levels_mhz = [50, 25]", "levels_mhz = [25, 50]");
    assert!(
        levels.ends_with("`clock.levels_mhz` is [25, 50], allowed is above 0, the fastest first")
    );
    let all = r#"["max-pool", "average-pool", "add", "rescale"]"#;
    let none = refused(&format!("operations = {all}"), "operations = []");
    assert!(none.contains("`element.operations` is empty, allowed is at least one operation"));
    let conv = refused(&format!("operations = {all}"), "operations = [\"conv\"]");
    let wanted = "`element.operations` is conv, allowed is max-pool, average-pool, add and rescale";
    assert!(conv.ends_with(wanted), "{conv}");
    let none = refused("roundings = [", "roundings = [] # ");
    assert!(none.contains("`post.roundings` is empty, allowed is at least one rounding"), "{none}");
}

#[test]
fn unknown_and_missing_keys_are_named_with_their_line() {
    let unknown = refused("rows = 4", "rows = 4\nrow = 3");
    assert!(unknown.contains("unknown field `row`"), "{unknown}");
    assert!(unknown.contains(&format!("line {}", line("rows") + 1)), "{unknown}");
    let missing = refused("rows = 4", "");
    assert!(missing.contains("missing field `rows`"), "{missing}");
    assert!(missing.contains("line "), "{missing}");
    let kind = refused("\"qsq\"", "\"qsd\"");
    assert!(kind.contains("unknown variant `qsd`"), "{kind}");
}

#[test]
fn contradictions_are_named_with_a_remedy() {
    let shifts = refused("multiplier = \"fabric\"", "multiplier = \"shifter\"");
    assert!(
        shifts.ends_with(
            "`array.weight_kinds` is fixed, but `array.multiplier` is shifter: only power-of-two \
             and ternary weights are shifts: leave out `fixed`"
        ),
        "{shifts}"
    );
    let modes = refused("modes = [\"word16\", ", "modes = [");
    assert!(
        modes.ends_with(
            "`array.weight_kinds` is power-of-two, but `array.modes` is word8, word4, binary: \
             these weights need the mode `word16`"
        ),
        "{modes}"
    );
}

#[test]
fn what_machines_are_built_with_must_exist() {
    let gate = refused("array_gate = \"enables\"", "array_gate = \"cell\"");
    let wanted = "`clock.array_gate` is cell, but `family` is generic: plain Verilog has no clock \
                  cell: choose `enables` or a family";
    assert!(gate.ends_with(wanted), "{gate}");
    let nested =
        TEXT.replace("weight_kinds = [\"fixed\", ", "weight_kinds = [").replace(", \"qsq\"", "");
    let nested = MachineConfig::parse("m.toml", &nested).unwrap_err().to_string();
    let wanted = "`array.nested` is true, but `array.weight_kinds` is without fixed: it is for \
                  fixed weights: add `fixed` or set it to false";
    assert!(nested.ends_with(wanted), "{nested}");
}

#[test]
fn multipliers_must_suit_family_modes_and_weights() {
    let wide = TEXT
        .replace("multiplier = \"fabric\"", "multiplier = \"dsp2\"")
        .replace("accumulator_bits = 40", "accumulator_bits = 24");
    let wide = MachineConfig::parse("m.toml", &wide).unwrap_err().to_string();
    assert!(
        wide.contains("`array.accumulator_bits` is 24, but `array.multiplier` is dsp2"),
        "{wide}"
    );
    let dsp = TEXT.replace("multiplier = \"fabric\"", "multiplier = \"dsp2\"");
    let dsp = MachineConfig::parse("m.toml", &dsp).unwrap().array;
    assert_eq!([Mode::Word16, Mode::Word8].map(|mode| dsp.sum_bits(mode)), [40, 31]);
    let ice = TEXT
        .replace("multiplier = \"fabric\"", "multiplier = \"dsp1\"")
        .replace("family = \"generic\"", "family = \"ice40\"");
    let ice = MachineConfig::parse("m.toml", &ice).unwrap_err().to_string();
    assert!(ice.ends_with("it has no 18 x 18 blocks: mac16 or fabric"), "{ice}");
    let decoded = refused("weight_kinds = [\"fixed\", ", "weight_kinds = [");
    assert!(
        decoded.contains("`array.weight_kinds` is qsq, but `array.weight_kinds` is without fixed"),
        "{decoded}"
    );
    let shift = refused("multiplier = \"fabric\"", "multiplier = \"mac16\"");
    assert!(shift.contains("is power-of-two, but `array.multiplier` is mac16: +2^15"), "{shift}");
    let narrow = TEXT
        .replace("multiplier = \"fabric\"", "multiplier = \"shifter\"")
        .replace("\"fixed\", ", "")
        .replace(", \"qsq\"", "");
    let narrow = MachineConfig::parse("m.toml", &narrow).unwrap_err().to_string();
    assert!(narrow.ends_with("is shifter: it shifts 16-bit operands only"), "{narrow}");
    let mac16 = TEXT
        .replace("multiplier = \"fabric\"", "multiplier = \"mac16\"")
        .replace("family = \"generic\"", "family = \"gowin\"");
    let mac16 = MachineConfig::parse("m.toml", &mac16).unwrap_err().to_string();
    assert!(mac16.contains("SB_MAC16 exists on iCE40 UltraPlus only"), "{mac16}");
}

#[test]
fn memory_outside_is_checked_too() {
    let text = include_str!("../../../configs/ulx3s-85-sdram.toml");
    let of = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        MachineConfig::parse("m.toml", &text.replacen(from, to, 1)).unwrap_err().to_string()
    };
    let line = text.lines().position(|line| line.starts_with("cas_latency")).unwrap() + 1;
    let wanted = format!("m.toml:{line}: `external_memory.cas_latency` is 4, allowed is 2 to 3");
    assert_eq!(of("cas_latency = 2", "cas_latency = 4"), wanted);
    assert!(of("cas_latency = 2", "latency = 2").contains("latency"));
    let start = text.find("kind = \"sdram\"").unwrap();
    let bus = |bits: u32, words: u32| {
        format!("{}kind = \"axi4\"\ndata_bits = {bits}\nwords = {words}\n", &text[..start])
    };
    let text = MachineConfig::parse("m.toml", &bus(24, 4096)).unwrap_err().to_string();
    assert!(text.ends_with("`external_memory.data_bits` is 24, allowed is 16 or 32"), "{text}");
    let text = MachineConfig::parse("m.toml", &bus(16, 4)).unwrap_err().to_string();
    assert!(text.ends_with("`external_memory.words` is 4, allowed is 16 to 33554432"), "{text}");
    let config = MachineConfig::parse("m.toml", &bus(32, 4096)).unwrap();
    let again = MachineConfig::parse("m.toml", &config.canonical()).unwrap();
    assert_eq!(again, config, "the canonical form says it all");
    let memory = config.external_memory.unwrap();
    assert_eq!((memory.groups(8), memory.words_per_group(8)), (1024, 4));
}

#[test]
fn host_ports_that_cannot_be_built_are_named() {
    let port = refused("port = \"uart\"", "port = \"usb\"");
    assert!(port.contains("unknown variant `usb`"), "{port}");
    let missing = refused("window = 4", "");
    assert!(missing.contains("missing field `window`"), "{missing}");
    let bytes = refused("packet_bytes = 512", "packet_bytes = 500");
    let wanted = "`host.packet_bytes` is 500, allowed is a power of two from 128 to 4096";
    assert!(bytes.ends_with(wanted), "{bytes}");
    let window = refused("window = 4", "window = 1");
    let wanted = format!(
        "m.toml:{}: `host.window` is 1, allowed is a power of two from 2 to 16",
        line("window")
    );
    assert_eq!(window, wanted);
    let slow = refused("baud = 6250000", "baud = 300");
    assert!(slow.ends_with("`host.baud` is 300, allowed is 9600 to 12000000"), "{slow}");
    let fast = refused("baud = 6250000", "baud = 6250001");
    let wanted = "`host.baud` is 6250001, but `clock.levels_mhz` is [50, 25]: a bit takes four \
                  cycles or more of the slowest clock: choose a lower rate";
    assert!(fast.ends_with(wanted), "{fast}");
    let bus = TEXT.replacen("port = \"uart\"", "port = \"bus\"", 1);
    let bus = bus.replacen("baud = 6250000", "baud = 6250001", 1);
    assert_eq!(MachineConfig::parse("m.toml", &bus).unwrap().host.port, HostPort::Bus);
}

#[test]
fn what_is_left_out_is_checked_too() {
    let range = |from: &str, to: &str, key: &str, rest: &str| {
        let at = line(from.split_once(' ').unwrap().0);
        assert_eq!(refused(from, to), format!("m.toml:{at}: `{key}` is {rest}"));
    };
    range("extent_bits = 16", "extent_bits = 3", "limits.extent_bits", "3, allowed is 4 to 16");
    range("cycle_bits = 64", "cycle_bits = 8", "limits.cycle_bits", "8, allowed is 16 to 64");
    range("shift_bits = 6", "shift_bits = 7", "post.shift_bits", "7, allowed is 3 to 6");
    range("bias_bits = 40", "bias_bits = 41", "post.bias_bits", "41, allowed is 8 to 40");
    range("value_bits = 32", "value_bits = 7", "post.value_bits", "7, allowed is 8 to 32");
    range("stored_bits = 32", "stored_bits = 33", "post.stored_bits", "33, allowed is 8 to 32");
    range(
        "stored_bits = 32",
        "stored_bits = 17",
        "post.stored_bits",
        "17, but `post.saturations` is [Saturate, Symmetric, Wrap]: narrow values are clamped, which \
         saturates: leave the others out, or make it as large as `post.value_bits`",
    );
    range(
        "decision_images = 16",
        "decision_images = 70000",
        "memory.decision_images",
        "70000, allowed is 0 to 65536",
    );
    range(
        "shared_words = false",
        "shared_words = true",
        "memory.shared_words",
        "true, but `memory.readback` is true: a shared memory has no way to read the program back: \
         set one of them",
    );
    range(
        "single_port = false",
        "single_port = true",
        "memory.single_port",
        "true, but `array.multiplier` is fabric: it exists where `mac16` does, on iCE40 UltraPlus: set \
         it to false",
    );
    let batch = refused("batch = 65535", "batch = 8");
    assert!(batch.contains("`memory.decision_images` is 16, but `limits.batch` is 8"), "{batch}");
    let mut without = MachineConfig::parse("m.toml", TEXT).unwrap();
    (without.memory.readback, without.memory.checks) = (false, false);
    let said = without.validate().unwrap_err().to_string();
    assert!(
        said.contains("`memory.shared_words` is false, but `memory.readback` is false"),
        "{said}"
    );
    without.external_memory =
        Some(ExternalMemory::Axi4(BusMemory { data_bits: 32, words: 1 << 20 }));
    let said = without.validate().unwrap_err().to_string();
    assert!(said.contains("`memory.readback` is false: machines with memory outside"), "{said}");
    let checks = refused("readback = true", "readback = false");
    assert!(checks.contains("`memory.checks` is true, but `memory.readback` is false"), "{checks}");
}
