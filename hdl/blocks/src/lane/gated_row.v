/* verilator lint_off DECLFILENAME */
/* verilator lint_off UNUSED */
/* verilator lint_off UNDRIVEN */
`ifndef BITLADDER_SB_CARRY
`define BITLADDER_SB_CARRY
`ifdef SYNTHESIS
(* blackbox *)
`endif
module SB_CARRY (
    output wire CO,
    input wire I0, I1, CI
);
`ifndef SYNTHESIS
    assign CO = (I0 & I1) | ((I0 | I1) & CI);
`endif
endmodule
`ifdef SYNTHESIS
(* blackbox *)
`endif
module SB_LUT4 #(
    parameter [15:0] LUT_INIT = 16'h0000
) (
    output wire O,
    input wire I0, I1, I2, I3
);
`ifndef SYNTHESIS
    assign O = LUT_INIT[{I3, I2, I1, I0}];
`endif
endmodule
`endif
`ifndef BITLADDER_GATED_ROW_W@WIDTH@
`define BITLADDER_GATED_ROW_W@WIDTH@
module gated_row_w@WIDTH@ (
    input  wire [@LAST@:0] X,
    input  wire [@LAST@:0] Y,
    input  wire G,
    output wire [@LAST@:0] S
);
    wire [@WIDTH@:0] carry /* verilator split_var */;
    assign carry[0] = 1'b0;
    genvar i;
    generate
        for (i = 0; i < @WIDTH@; i = i + 1) begin : bits
            SB_CARRY carry_i (.CO(carry[i+1]), .I0(X[i]), .I1(Y[i]), .CI(carry[i]));
            // G ? X ^ Y ^ carry : X
            SB_LUT4 #(.LUT_INIT(16'hc66c)) sum_i (
                .O(S[i]), .I0(G), .I1(X[i]), .I2(Y[i]), .I3(carry[i])
            );
        end
    endgenerate
endmodule
`endif
/* verilator lint_on UNDRIVEN */
/* verilator lint_on UNUSED */
/* verilator lint_on DECLFILENAME */
