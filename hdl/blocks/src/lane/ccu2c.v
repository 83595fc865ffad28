/* verilator lint_off DECLFILENAME */
/* verilator lint_off UNUSED */
/* verilator lint_off UNDRIVEN */
`ifndef BITLADDER_CCU2C
`define BITLADDER_CCU2C
`ifdef SYNTHESIS
(* blackbox *)
`endif
module CCU2C #(
    parameter [15:0] INIT0 = 16'h0000,
    parameter [15:0] INIT1 = 16'h0000,
    parameter INJECT1_0 = "NO",
    parameter INJECT1_1 = "NO"
) (
    input wire CIN,
    input wire A0, B0, C0, D0, A1, B1, C1, D1,
    output wire S0, S1, COUT
);
`ifndef SYNTHESIS
    // Per bit: the LUT's output passes the carry on or replaces it by a function of A and B.
    wire propagate_0 = INIT0[{D0, C0, B0, A0}];
    wire propagate_1 = INIT1[{D1, C1, B1, A1}];
    wire between = propagate_0 ? CIN : INIT0[{2'b00, B0, A0}];
    assign S0 = propagate_0 ^ CIN;
    assign S1 = propagate_1 ^ between;
    assign COUT = propagate_1 ? between : INIT1[{2'b00, B1, A1}];
`endif
endmodule
`endif
