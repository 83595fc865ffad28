//! The shipped boards and their constraint files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use bitladder_fpga::{BindError, Board, TopPort, bind, constraint_file, flow_constraints};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn boards() -> Vec<Board> {
    let files = std::fs::read_dir(root().join("fpga")).expect("the folder fpga/");
    let paths = files.map(|entry| entry.expect("an entry of fpga/").path());
    let boards = paths.filter(|path| path.extension().is_some_and(|ending| ending == "toml"));
    boards.map(|path| Board::read(path).expect("a correct board")).collect()
}

fn shipped(name: &str) -> Board {
    Board::read(root().join("fpga").join(format!("{name}.toml"))).expect("a correct board")
}

#[test]
fn constraint_files_are_those_of_the_boards() {
    let folder = root().join("constraints");
    let mut expected = BTreeSet::from(["README.md".to_owned()]);
    for board in boards() {
        let name = format!("{}.{}", board.name, board.fpga.device.family.constraints());
        let file = std::fs::read_to_string(folder.join(&name)).unwrap_or_default();
        assert!(
            file == constraint_file(&board),
            "constraints/{name} is not what fpga/{}.toml says; run `cargo run -p bitladder-fpga \
             --example constraints`",
            board.name
        );
        expected.insert(name);
    }
    let files = std::fs::read_dir(folder).unwrap();
    let found: BTreeSet<String> =
        files.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(found, expected, "files in constraints/ and boards in fpga/");
}

#[test]
fn every_board_can_talk_to_a_host() {
    let boards = boards();
    assert_eq!(boards.len(), 12);
    for board in boards {
        for name in ["clk", "uart_rx", "uart_tx", "led"] {
            assert!(board.signal(name).is_some(), "{}: {name}", board.name);
        }
    }
}

fn port(name: &str, width: usize) -> TopPort {
    TopPort { name: name.to_owned(), width }
}

#[test]
fn a_design_gets_its_own_pins_only() {
    let ports = [port("clk_i", 1), port("uart_tx_o", 1), port("led_o", 2)];
    let text = |name: &str, mhz| {
        let board = shipped(name);
        let text = flow_constraints(&board, &bind(&board, &ports).unwrap(), mhz);
        text.lines().skip(2).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(
        text("ulx3s-12f", 80.0),
        "LOCATE COMP \"clk_i\" SITE \"G2\";\n\
         IOBUF PORT \"clk_i\" IO_TYPE=LVCMOS33;\n\
         FREQUENCY PORT \"clk_i\" 80 MHZ;\n\
         # uart_tx: to the FT231X: data for the host\n\
         LOCATE COMP \"uart_tx_o\" SITE \"L4\";\n\
         IOBUF PORT \"uart_tx_o\" IO_TYPE=LVCMOS33;\n\
         LOCATE COMP \"led_o[0]\" SITE \"B2\";\n\
         IOBUF PORT \"led_o[0]\" IO_TYPE=LVCMOS33 DRIVE=4;\n\
         LOCATE COMP \"led_o[1]\" SITE \"C2\";\n\
         IOBUF PORT \"led_o[1]\" IO_TYPE=LVCMOS33 DRIVE=4;"
    );
    assert_eq!(
        text("icebreaker", 12.5),
        "set_io -nowarn clk_i 35\n\
         set_frequency clk_i 12.5\n\
         set_io -nowarn uart_tx_o 9\n\
         # led: red, green\n\
         set_io -nowarn led_o[0] 11\n\
         set_io -nowarn led_o[1] 37"
    );
    assert_eq!(
        text("tang-nano-9k", 27.0),
        "IO_LOC \"clk_i\" 52;\n\
         IO_PORT \"clk_i\" IO_TYPE=LVCMOS33;\n\
         IO_LOC \"uart_tx_o\" 17;\n\
         IO_PORT \"uart_tx_o\" IO_TYPE=LVCMOS33;\n\
         IO_LOC \"led_o[0]\" 10;\n\
         IO_PORT \"led_o[0]\" IO_TYPE=LVCMOS18;\n\
         IO_LOC \"led_o[1]\" 11;\n\
         IO_PORT \"led_o[1]\" IO_TYPE=LVCMOS18;"
    );
}

#[test]
fn ports_that_do_not_fit_are_named() {
    let fault =
        |board: &str, ports: &[TopPort]| -> BindError { bind(&shipped(board), ports).unwrap_err() };
    let text = fault("icebreaker", &[port("uart_tx_i", 1)]).to_string();
    assert!(text.starts_with("port `uart_tx_i` has no pin on `icebreaker`; rename it to one of"));
    assert!(text.contains("`uart_tx_o`") && text.contains("fpga/icebreaker.toml"), "{text}");
    assert_eq!(
        fault("icebreaker", &[port("led_o", 3)]).to_string(),
        "port `led_o` has 3 bits, `icebreaker` has 2 pins for it; make it narrower"
    );
    assert_eq!(
        fault("upduino-v3", &[port("uart_rx_i", 1), port("flash_clk_o", 1)]).to_string(),
        "ports `uart_rx_i` and `flash_clk_o` share pin 15 of `upduino-v3`; use one of them"
    );
}
