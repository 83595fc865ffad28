/* verilator lint_off DECLFILENAME */
`ifndef BITLADDER_ICE40_CLOCK_GATE
`define BITLADDER_ICE40_CLOCK_GATE
`ifdef SYNTHESIS
(* blackbox *)
module SB_GB (
    input  wire USER_SIGNAL_TO_GLOBAL_BUFFER,
    output wire GLOBAL_BUFFER_OUTPUT
);
endmodule
`endif
// The register samples while CLKI falls, so the gate moves only while CLKI is low.
module ice40_clock_gate (
    input  wire CLKI,
    input  wire CE,
    output wire CLKO
);
    reg open = 1'b0;
    always @(negedge CLKI) open <= CE;
    wire gated = CLKI & open;
`ifdef SYNTHESIS
    SB_GB buffer_i (
        .USER_SIGNAL_TO_GLOBAL_BUFFER(gated),
        .GLOBAL_BUFFER_OUTPUT(CLKO)
    );
`else
    assign CLKO = gated;
`endif
endmodule
`endif
/* verilator lint_on DECLFILENAME */
