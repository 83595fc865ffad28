/* verilator lint_off DECLFILENAME */
`ifndef BITLADDER_GOWIN_CLOCK_SWITCH
`define BITLADDER_GOWIN_CLOCK_SWITCH
`ifdef SYNTHESIS
(* blackbox *)
module DCS #(
    parameter DCS_MODE = "RISING"
) (
    input  wire CLK0, CLK1, CLK2, CLK3,
    input  wire [3:0] CLKSEL,
    input  wire SELFORCE,
    output wire CLKOUT
);
endmodule
`endif
// The port per clock lets the description say which clock follows which bit.
module gowin_clock_switch (
    input  wire CLK0, CLK1, CLK2, CLK3,
    input  wire SEL0, SEL1, SEL2, SEL3,
    output wire DCSOUT
);
`ifdef SYNTHESIS
    DCS #(.DCS_MODE("RISING")) switch_i (
        .CLK0(CLK0), .CLK1(CLK1), .CLK2(CLK2), .CLK3(CLK3),
        .CLKSEL({SEL3, SEL2, SEL1, SEL0}), .SELFORCE(1'b0), .CLKOUT(DCSOUT)
    );
`else
    // For simulation: each selection is taken over while its clock is low.
    /* verilator lint_off LATCH */
    reg run0, run1, run2, run3;
    always @(*) if (!CLK0) run0 = SEL0;
    always @(*) if (!CLK1) run1 = SEL1;
    always @(*) if (!CLK2) run2 = SEL2;
    always @(*) if (!CLK3) run3 = SEL3;
    assign DCSOUT = (CLK0 & run0) | (CLK1 & run1) | (CLK2 & run2) | (CLK3 & run3);
    /* verilator lint_on LATCH */
`endif
endmodule
`endif
/* verilator lint_on DECLFILENAME */
