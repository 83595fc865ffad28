//! Files that are wrong in every way: clear errors, no panic, bounded memory.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::{Folder, diff_files, failure, vcd};

const GOOD: &str = "$var wire 4 ! a $end $enddefinitions $end\n#0\nb0 !\n#9\nb1 !\n";

/// The error for a file that replaces the other trace.
fn error(text: &str) -> String {
    failure(GOOD, text, "")
}

fn body(text: &str) -> String {
    error(&format!("$var wire 4 ! a $end\n$var real 64 r r $end\n$enddefinitions $end\n{text}"))
}

#[test]
fn wrong_declarations_are_named_with_line_and_byte() {
    let cases = [
        ("", "dut.vcd: neither VCD nor FST: it is empty"),
        ("\u{7f}ELF", "dut.vcd: neither VCD nor FST: its first bytes are those of neither"),
        (
            "$var wire 1 ! a $end\n",
            "line 2, byte 21: the file ends before $enddefinitions; it is truncated",
        ),
        (
            "$var wire 1 ! a $end\n#0\n1!\n",
            "line 2, byte 23: '#0' stands before $enddefinitions $end; the declarations are incomplete",
        ),
        ("$enddefinitions\n#0\n1!\n", "$enddefinitions has no $end"),
        ("$var wire 1 ! a\n$var wire 1 # b $end", "line 2, byte 20: $var has no $end"),
        ("$var wire 1 $end", "$var is incomplete: 'wire 1'"),
        ("$scope module $end", "$scope is incomplete: 'module'"),
        ("$upscope $end", "$upscope without an open $scope"),
        ("$timescale 7ns $end", "time scale '7ns' is not 1, 10 or 100 of s, ms, us, ns, ps or fs"),
        (
            "$var wire 4294967296 ! a $end",
            "width '4294967296' of 'a' is not a number from 0 to 1048576",
        ),
        ("$var wire -1 ! a $end", "width '-1' of 'a' is not a number from 0 to 1048576"),
        (
            "$var wire 1 ! a $end\n$var wire 2 ! b $end",
            "line 2, byte 41: identifier '!' was declared before as 1 bit, and here 'b' as 2 bits",
        ),
    ];
    for (text, expected) in cases {
        let message = error(text);
        assert!(
            message.starts_with("dut.vcd: ") && message.contains(expected),
            "{text:?}: {message}"
        );
    }
}

#[test]
fn wrong_changes_are_named_with_line_and_byte() {
    let cases = [
        ("#0\n1?\n#1\n", "line 5, byte 67: value change of unknown identifier '?'"),
        ("#5\nb1 !\n#4\n", "line 6, byte 72: time goes backwards, from 5 to 4"),
        ("#1x\n", "'1x' is not a time"),
        ("#\n", "'' is not a time"),
        ("#99999999999999999999\n", "'99999999999999999999' is not a time"),
        ("#0\nb0120 !\n", "line 5, byte 67: '0120' is not a value of bits 0, 1, x and z"),
        ("#0\nb11111 !\n", "a value of 5 bits for a signal of 4 bits"),
        ("#0\nr1.5 !\n", "a real number for identifier 'r1.5', which was declared as 4 bits"),
        ("#0\nb1 r\n", "a vector of bits for identifier 'b1', which was declared as real"),
        ("#0\nr1.5.5 r\n", "'1.5.5' is not a value"),
        ("#0\nb1", "the file ends inside a value change; it is truncated"),
        ("#0\nb1 \n", "the file ends inside a value change; it is truncated"),
        ("#0\n?hello\n", "'?hello' is not a value of bits"),
        ("#0\n$var wire 1 x y $end\n", "command $var is not expected among value changes"),
        ("$dumpports\n", "extended VCD ($dumpports) is not supported"),
        ("#0\npD 6 0 !\n", "extended VCD ($dumpports) is not supported"),
        ("#0\n\u{e9}!\n", "'\u{e9}!' is not a value"),
    ];
    for (text, expected) in cases {
        let message = body(text);
        assert!(message.starts_with("dut.vcd: line"), "{text:?}: {message}");
        assert!(message.contains(expected), "{text:?}: {message}");
    }
}

#[test]
fn words_of_megabytes_are_cut_or_refused() {
    let long = "1".repeat(3 << 20);
    let message = body(&format!("#0\nb{long} !\n"));
    assert!(message.contains("a value of 3145728 bits for a signal of 4 bits"), "{message}");
    let message = body(&format!("#0\n{}\n", "h".repeat(3 << 20)));
    assert!(message.len() < 200, "{message}");
    let message = body(&format!("#0\n{}\n", "1".repeat(9 << 20)));
    assert!(message.contains("a word is longer than 8388608 bytes"), "{message}");
}

#[test]
fn odd_but_legal_files_are_read() {
    let odd = "$date now $end $comment $var wire nothing $end\n$version \u{e9}\u{fc} $end\n\
               $scope strange top $end $var wire 4 \u{e4}\u{f6} s\u{ef}gnal [3:0] $end $upscope $end\n\
               $var wire 1 ~~~~~~~~~~~~ long $end $var event 1 e e $end $var string 1 s s $end\n\
               $enddefinitions $end\n$comment 1? #0 $end\n$dumpvars B1X \u{e4}\u{f6}\n0~~~~~~~~~~~~ $end\n\
               #3 #3 1e stext s #7 bZ \u{e4}\u{f6}\r\n1~~~~~~~~~~~~";
    let folder = Folder::new();
    let path = folder.write("odd.vcd", odd);
    let report = diff_files(&path, &path, "").unwrap();
    assert_eq!((report.compared, report.mismatches), (2, 0));
    assert!(report.notes.iter().any(|note| note.contains("2 events and strings are not compared")));
    assert!(report.notes.iter().any(|note| note.ends_with("no time scale; 1 ns is assumed")));
}

#[test]
fn missing_names_say_which_come_close() {
    let golden = vcd("golden.core.acc 8 a [7:0]\ngolden.core.clk 1 c", "#0\nb0 a\n0c\n#5\n1c");
    let found = vcd("TOP.tb.core.acc 8 a [7:0]\nTOP.tb.core.clk 1 c", "#0\nb0 a\n0c\n#5\n1c");
    assert_eq!(
        failure(&golden, &found, ""),
        "no signal is in both traces, so nothing was compared\n  golden.vcd has \
         golden.core.acc[7:0], golden.core.clk\n  dut.vcd has TOP.tb.core.acc[7:0], \
         TOP.tb.core.clk\n  2 names would meet with --golden-prefix golden --dut-prefix TOP.tb"
    );
    let prefixes = "--golden-prefix golden --dut-prefix TOP.tb";
    let error = failure(&golden, &found, &format!("{prefixes} --clock clock"));
    assert!(
        error.ends_with("no signal 'clock' for the clock; close are golden.core.clk"),
        "{error}"
    );
    let error = failure(&golden, &found, &format!("{prefixes} --clock acc"));
    assert!(error.ends_with("'acc' for the clock has 8 bits; one bit is needed"), "{error}");
    let error = failure(&golden, &found, "--select nothing");
    assert!(error.starts_with("golden.vcd: none of 2 names passes the prefix"), "{error}");
    let twice = vcd("t.a.clk 1 c\nt.b.clk 1 d", "#0\n0c\n0d");
    let error = failure(&twice, &twice, "--clock clk");
    assert!(
        error.ends_with(
            "'clk' for the clock is not unique; give more of the path: t.a.clk, t.b.clk"
        )
    );
}

#[test]
fn shapes_and_absences_are_errors_not_silence() {
    let golden = vcd("a 4 a\nb 1 b", "#0\nb0 a\n0b");
    let wide = vcd("a 5 a\nb 1 b", "#0\nb0 a\n0b");
    assert_eq!(
        failure(&golden, &wide, ""),
        "1 signals have another shape in the two traces; correct the map or leave them out with \
         --ignore; such as 'a' (4 bits in golden, 5 bits in the other)"
    );
    let fewer = vcd("b 1 b", "#0\n0b");
    let error = failure(&golden, &fewer, "--require-all");
    assert_eq!(error, "1 golden signals are missing in dut.vcd; such as a");
    let silent = vcd("a 4 a\nb 1 b", "#0\n#100\n");
    let error = failure(&golden, &silent, "--x two-state");
    assert!(
        error.contains("dut.vcd: there are no value changes of the compared signals"),
        "{error}"
    );
    assert!(
        failure(&golden, &silent, "--clock nothing --ignore b").contains("no signal 'nothing'")
    );
}

#[test]
fn damaged_fst_files_are_errors() {
    let wrapped = std::fs::read(common::fixture("ghdl.fst")).unwrap();
    let folder = Folder::new();
    let golden = folder.write("good.fst", &wrapped);
    let error = |name: &str, bytes: &[u8]| {
        let damaged = folder.write(name, bytes);
        diff_files(&golden, &damaged, "").unwrap_err().to_string()
    };
    for length in (1..wrapped.len() - 8).step_by(7) {
        let message = error("cut.fst", &wrapped[..length]);
        assert!(message.contains("cut.fst: "), "{length}: {message}");
    }
    let good = common::unwrapped(&wrapped);
    let plain = folder.write("plain.fst", &good);
    assert_eq!(diff_files(&golden, &plain, "").unwrap().mismatches, 0);
    for length in (1..good.len() - 1).step_by(7) {
        let message = error("cut.fst", &good[..length]);
        assert!(message.contains("cut.fst: "), "{length}: {message}");
    }
    let with = |at: usize, bytes: &[u8]| {
        let mut damaged = good.clone();
        damaged[at..at + bytes.len()].copy_from_slice(bytes);
        damaged
    };
    // Header, changes, geometry and hierarchy stand at 0, 330, 841 and 874.
    let huge = (1u64 << 40).to_be_bytes();
    let cases = [
        (331, "byte 330: a block claims 1099511627776 bytes, and 709 follow"),
        (850, "byte 841: 8 bytes cannot unpack to 1099511627776"),
        (858, "byte 841: 1099511627776 signals in 8 bytes"),
        (883, "byte 874: 149 bytes cannot unpack to 1099511627776"),
    ];
    for (at, expected) in cases {
        let message = error("huge.fst", &with(at, &huge));
        assert!(message.contains(expected), "{at}: {message}");
        assert!(message.contains("the file is damaged or truncated"), "{message}");
    }
    let message = error("odd.fst", &with(841, &[77]));
    assert!(message.contains("byte 841: unknown block type 77"), "{message}");
}
