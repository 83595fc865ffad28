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
`ifndef BITLADDER_CARRY_ROW_W@WIDTH@
`define BITLADDER_CARRY_ROW_W@WIDTH@
module carry_row_w@WIDTH@ #(
    parameter [15:0] INIT = 16'h0000
) (
    input  wire [@LAST@:0] A,
    input  wire [@LAST@:0] B,
    input  wire [@LAST@:0] C,
    input  wire [@LAST@:0] D,
    input  wire CI,
    output wire [@LAST@:0] S
);
    wire [@TOP@:0] a = {@PAD@A};
    wire [@TOP@:0] b = {@PAD@B};
    wire [@TOP@:0] c = {@PAD@C};
    wire [@TOP@:0] d = {@PAD@D};
    wire [@TOP@:0] s;
    wire [@CELLS@:0] carry /* verilator split_var */;
    assign carry[0] = CI;
    assign S = s[@LAST@:0];
    genvar i;
    generate
        for (i = 0; i < @CELLS@; i = i + 1) begin : bits
            CCU2C #(
                .INIT0(INIT), .INIT1(INIT), .INJECT1_0("NO"), .INJECT1_1("NO")
            ) cell_i (
                .CIN(carry[i]), .COUT(carry[i+1]),
                .A0(a[2*i]), .B0(b[2*i]), .C0(c[2*i]), .D0(d[2*i]), .S0(s[2*i]),
                .A1(a[2*i+1]), .B1(b[2*i+1]), .C1(c[2*i+1]), .D1(d[2*i+1]), .S1(s[2*i+1])
            );
        end
    endgenerate
endmodule
`endif
/* verilator lint_on UNDRIVEN */
/* verilator lint_on UNUSED */
/* verilator lint_on DECLFILENAME */
