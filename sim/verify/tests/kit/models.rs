//! Our models of Gowin's memories, one by one: they keep words, and refuse what they do not model.

use std::process::Command;

use bitladder_fpga::Family;
use bitladder_verify::netlist::models;

/// What Icarus Verilog prints for a memory that is written at one edge and read at the next.
fn printed(cell: &str, width: u32, parameters: &str, pins: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let bench = format!(
        "module tb;\n  reg clk = 0, writes = 1;\n  wire [{most}:0] found;\n  wire [35:0] data = \
         36'h9a5c3f167;\n  {cell} #({parameters}) dut (.CLKA(clk), .CEA(writes), .RESETA(1'b0), \
         .CLKB(clk), .CEB(!writes), .RESETB(1'b0), {pins});\n  initial begin\n    #1 clk = 1;\n    \
         #1 clk = 0;\n    writes = 0;\n    #1 clk = 1;\n    #1 $display(\"%h\", found);\n  \
         end\nendmodule\n",
        most = width - 1
    );
    std::fs::write(folder.path().join("tb.v"), bench + &models(Family::Gowin)).unwrap();
    let run = |tool: &str, arguments: &[&str]| {
        let output = Command::new(tool).args(arguments).current_dir(folder.path()).output();
        let output = output.expect("apt-get install iverilog");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{tool}: {said}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    run("iverilog", &["-g2005", "-s", "tb", "-o", "tb", "tb.v"]);
    run("vvp", &["-n", "tb"])
}

#[test]
fn memories_of_gowin_keep_words_and_refuse_contents() {
    let both = ".WREA(1'b1), .WREB(1'b0), .ADA(14'h123), .ADB(14'h123), .DOB(found)";
    let one = ".ADA(14'h12f), .ADB(14'h12f), .DI(data), .DO(found)";
    for (cell, width, pins, wanted) in [
        ("DPB", 16, format!("{both}, .DIA(data)"), "f167"),
        ("DPX9B", 18, format!("{both}, .DIA(data)"), "3f167"),
        ("SDPB", 32, one.to_owned(), "a5c3f167"),
        ("SDPX9B", 36, one.to_owned(), "9a5c3f167"),
    ] {
        let pins = pins.replace("data", &format!("data[{}:0]", width - 1));
        assert_eq!(printed(cell, width, ".RESET_MODE(\"SYNC\")", &pins), wanted, "{cell}");
        let refused = format!("{cell}: this configuration has no model: tb.dut");
        for row in ["00", "1F", "3F"] {
            let contents = format!(".INIT_RAM_{row}(256'd1 << 255)");
            assert_eq!(printed(cell, width, &contents, &pins), refused, "row {row}");
        }
    }
}
