// Models of Gowin's MULT18X18, block memories and DQCE, for which Yosys has no behaviour: after Gowin's
// user guides (DSP: UG287, memory: UG285, clocks: UG286), as far as machines use them. What a model
// cannot do it refuses when a simulation starts.

// Signs and sources do not change while it runs.
module MULT18X18 (
  input [17:0] A, SIA, B, SIB,
  input ASIGN, BSIGN, ASEL, BSEL, CE, CLK, RESET,
  output [35:0] DOUT,
  output [17:0] SOA, SOB
);
  parameter AREG = 1'b0, BREG = 1'b0, OUT_REG = 1'b0, PIPE_REG = 1'b0;
  parameter ASIGN_REG = 1'b0, BSIGN_REG = 1'b0, SOA_REG = 1'b0, MULT_RESET_MODE = "SYNC";
  bitladder_multiplier #(
    .HAS_A(AREG), .HAS_B(BREG), .HAS_MIDDLE(PIPE_REG), .HAS_PRODUCT(OUT_REG),
    .ASYNC(MULT_RESET_MODE == "ASYNC")
  ) multiplier (
    .clk(CLK), .en(CE), .rst(RESET), .sign_a(ASIGN), .sign_b(BSIGN),
    .a(ASEL ? SIA : A), .b(BSEL ? SIB : B), .a_out(SOA), .b_out(SOB), .product(DOUT)
  );
  initial
    if (SOA_REG) begin
      $display("MULT18X18: this configuration has no model: %m");
      $finish;
    end
endmodule

// What a memory holds at the start: 64 rows of so many bits, and whether there is anything.
`define BITLADDER_INIT_RAM(width) \
  parameter [width-1:0] INIT_RAM_00 = 0, INIT_RAM_01 = 0, INIT_RAM_02 = 0, INIT_RAM_03 = 0; \
  parameter [width-1:0] INIT_RAM_04 = 0, INIT_RAM_05 = 0, INIT_RAM_06 = 0, INIT_RAM_07 = 0; \
  parameter [width-1:0] INIT_RAM_08 = 0, INIT_RAM_09 = 0, INIT_RAM_0A = 0, INIT_RAM_0B = 0; \
  parameter [width-1:0] INIT_RAM_0C = 0, INIT_RAM_0D = 0, INIT_RAM_0E = 0, INIT_RAM_0F = 0; \
  parameter [width-1:0] INIT_RAM_10 = 0, INIT_RAM_11 = 0, INIT_RAM_12 = 0, INIT_RAM_13 = 0; \
  parameter [width-1:0] INIT_RAM_14 = 0, INIT_RAM_15 = 0, INIT_RAM_16 = 0, INIT_RAM_17 = 0; \
  parameter [width-1:0] INIT_RAM_18 = 0, INIT_RAM_19 = 0, INIT_RAM_1A = 0, INIT_RAM_1B = 0; \
  parameter [width-1:0] INIT_RAM_1C = 0, INIT_RAM_1D = 0, INIT_RAM_1E = 0, INIT_RAM_1F = 0; \
  parameter [width-1:0] INIT_RAM_20 = 0, INIT_RAM_21 = 0, INIT_RAM_22 = 0, INIT_RAM_23 = 0; \
  parameter [width-1:0] INIT_RAM_24 = 0, INIT_RAM_25 = 0, INIT_RAM_26 = 0, INIT_RAM_27 = 0; \
  parameter [width-1:0] INIT_RAM_28 = 0, INIT_RAM_29 = 0, INIT_RAM_2A = 0, INIT_RAM_2B = 0; \
  parameter [width-1:0] INIT_RAM_2C = 0, INIT_RAM_2D = 0, INIT_RAM_2E = 0, INIT_RAM_2F = 0; \
  parameter [width-1:0] INIT_RAM_30 = 0, INIT_RAM_31 = 0, INIT_RAM_32 = 0, INIT_RAM_33 = 0; \
  parameter [width-1:0] INIT_RAM_34 = 0, INIT_RAM_35 = 0, INIT_RAM_36 = 0, INIT_RAM_37 = 0; \
  parameter [width-1:0] INIT_RAM_38 = 0, INIT_RAM_39 = 0, INIT_RAM_3A = 0, INIT_RAM_3B = 0; \
  parameter [width-1:0] INIT_RAM_3C = 0, INIT_RAM_3D = 0, INIT_RAM_3E = 0, INIT_RAM_3F = 0;
`define BITLADDER_HAS_CONTENTS (|{ \
    INIT_RAM_00, INIT_RAM_01, INIT_RAM_02, INIT_RAM_03, INIT_RAM_04, INIT_RAM_05, \
    INIT_RAM_06, INIT_RAM_07, INIT_RAM_08, INIT_RAM_09, INIT_RAM_0A, INIT_RAM_0B, \
    INIT_RAM_0C, INIT_RAM_0D, INIT_RAM_0E, INIT_RAM_0F, INIT_RAM_10, INIT_RAM_11, \
    INIT_RAM_12, INIT_RAM_13, INIT_RAM_14, INIT_RAM_15, INIT_RAM_16, INIT_RAM_17, \
    INIT_RAM_18, INIT_RAM_19, INIT_RAM_1A, INIT_RAM_1B, INIT_RAM_1C, INIT_RAM_1D, \
    INIT_RAM_1E, INIT_RAM_1F, INIT_RAM_20, INIT_RAM_21, INIT_RAM_22, INIT_RAM_23, \
    INIT_RAM_24, INIT_RAM_25, INIT_RAM_26, INIT_RAM_27, INIT_RAM_28, INIT_RAM_29, \
    INIT_RAM_2A, INIT_RAM_2B, INIT_RAM_2C, INIT_RAM_2D, INIT_RAM_2E, INIT_RAM_2F, \
    INIT_RAM_30, INIT_RAM_31, INIT_RAM_32, INIT_RAM_33, INIT_RAM_34, INIT_RAM_35, \
    INIT_RAM_36, INIT_RAM_37, INIT_RAM_38, INIT_RAM_39, INIT_RAM_3A, INIT_RAM_3B, \
    INIT_RAM_3C, INIT_RAM_3D, INIT_RAM_3E, INIT_RAM_3F})

// Two ports of up to 16 bits each.
module DPB (
  input CLKA, CEA, CLKB, CEB, OCEA, OCEB, RESETA, RESETB, WREA, WREB,
  input [13:0] ADA, ADB,
  input [2:0] BLKSELA, BLKSELB,
  input [15:0] DIA, DIB,
  output [15:0] DOA, DOB
);
  parameter READ_MODE0 = 1'b0, READ_MODE1 = 1'b0, WRITE_MODE0 = 2'b00, WRITE_MODE1 = 2'b00;
  parameter BIT_WIDTH_0 = 16, BIT_WIDTH_1 = 16, BLK_SEL_0 = 3'b000, BLK_SEL_1 = 3'b000;
  parameter RESET_MODE = "SYNC";
  `BITLADDER_INIT_RAM(256)
  wire [35:0] out_a, out_b;
  bitladder_memory #(
    .BYTE(8), .WIDTH_A(BIT_WIDTH_0), .WIDTH_B(BIT_WIDTH_1), .MODE_A(WRITE_MODE0), .MODE_B(WRITE_MODE1),
    .ASYNC(RESET_MODE == "ASYNC")
  ) memory (
    .clk_a(CLKA), .en_a(CEA), .we_a(WREA), .rst_a(RESETA), .addr_a(ADA), .in_a({20'd0, DIA}), .out_a(out_a),
    .clk_b(CLKB), .en_b(CEB), .we_b(WREB), .rst_b(RESETB), .addr_b(ADB), .in_b({20'd0, DIB}), .out_b(out_b)
  );
  assign DOA = out_a[15:0];
  assign DOB = out_b[15:0];
  initial
    if (READ_MODE0 || READ_MODE1 || BLK_SEL_0 != 0 || BLK_SEL_1 != 0
        || `BITLADDER_HAS_CONTENTS === 1'b1) begin
      $display("DPB: this configuration has no model: %m");
      $finish;
    end
endmodule

// Two ports of up to 18 bits each.
module DPX9B (
  input CLKA, CEA, CLKB, CEB, OCEA, OCEB, RESETA, RESETB, WREA, WREB,
  input [13:0] ADA, ADB,
  input [2:0] BLKSELA, BLKSELB,
  input [17:0] DIA, DIB,
  output [17:0] DOA, DOB
);
  parameter READ_MODE0 = 1'b0, READ_MODE1 = 1'b0, WRITE_MODE0 = 2'b00, WRITE_MODE1 = 2'b00;
  parameter BIT_WIDTH_0 = 18, BIT_WIDTH_1 = 18, BLK_SEL_0 = 3'b000, BLK_SEL_1 = 3'b000;
  parameter RESET_MODE = "SYNC";
  `BITLADDER_INIT_RAM(288)
  wire [35:0] out_a, out_b;
  bitladder_memory #(
    .BYTE(9), .WIDTH_A(BIT_WIDTH_0), .WIDTH_B(BIT_WIDTH_1), .MODE_A(WRITE_MODE0), .MODE_B(WRITE_MODE1),
    .ASYNC(RESET_MODE == "ASYNC")
  ) memory (
    .clk_a(CLKA), .en_a(CEA), .we_a(WREA), .rst_a(RESETA), .addr_a(ADA), .in_a({18'd0, DIA}), .out_a(out_a),
    .clk_b(CLKB), .en_b(CEB), .we_b(WREB), .rst_b(RESETB), .addr_b(ADB), .in_b({18'd0, DIB}), .out_b(out_b)
  );
  assign DOA = out_a[17:0];
  assign DOB = out_b[17:0];
  initial
    if (READ_MODE0 || READ_MODE1 || BLK_SEL_0 != 0 || BLK_SEL_1 != 0
        || `BITLADDER_HAS_CONTENTS === 1'b1) begin
      $display("DPX9B: this configuration has no model: %m");
      $finish;
    end
endmodule

// Port A writes, port B reads, up to 32 bits each.
module SDPB (
  input CLKA, CEA, CLKB, CEB, OCE, RESETA, RESETB,
  input [13:0] ADA, ADB,
  input [31:0] DI,
  input [2:0] BLKSELA, BLKSELB,
  output [31:0] DO
);
  parameter READ_MODE = 1'b0, BIT_WIDTH_0 = 32, BIT_WIDTH_1 = 32;
  parameter BLK_SEL_0 = 3'b000, BLK_SEL_1 = 3'b000, RESET_MODE = "SYNC";
  `BITLADDER_INIT_RAM(256)
  wire [35:0] out_a, out_b;
  bitladder_memory #(.BYTE(8), .WIDTH_A(BIT_WIDTH_0), .WIDTH_B(BIT_WIDTH_1), .ASYNC(RESET_MODE == "ASYNC")) memory (
    .clk_a(CLKA), .en_a(CEA), .we_a(1'b1), .rst_a(RESETA), .addr_a(ADA), .in_a({4'd0, DI}), .out_a(out_a),
    .clk_b(CLKB), .en_b(CEB), .we_b(1'b0), .rst_b(RESETB), .addr_b(ADB), .in_b(36'd0), .out_b(out_b)
  );
  assign DO = out_b[31:0];
  initial
    if (READ_MODE || BLK_SEL_0 != 0 || BLK_SEL_1 != 0 || `BITLADDER_HAS_CONTENTS === 1'b1) begin
      $display("SDPB: this configuration has no model: %m");
      $finish;
    end
endmodule

// Port A writes, port B reads, up to 36 bits each.
module SDPX9B (
  input CLKA, CEA, CLKB, CEB, OCE, RESETA, RESETB,
  input [13:0] ADA, ADB,
  input [35:0] DI,
  input [2:0] BLKSELA, BLKSELB,
  output [35:0] DO
);
  parameter READ_MODE = 1'b0, BIT_WIDTH_0 = 36, BIT_WIDTH_1 = 36;
  parameter BLK_SEL_0 = 3'b000, BLK_SEL_1 = 3'b000, RESET_MODE = "SYNC";
  `BITLADDER_INIT_RAM(288)
  wire [35:0] out_a, out_b;
  bitladder_memory #(.BYTE(9), .WIDTH_A(BIT_WIDTH_0), .WIDTH_B(BIT_WIDTH_1), .ASYNC(RESET_MODE == "ASYNC")) memory (
    .clk_a(CLKA), .en_a(CEA), .we_a(1'b1), .rst_a(RESETA), .addr_a(ADA), .in_a(DI), .out_a(out_a),
    .clk_b(CLKB), .en_b(CEB), .we_b(1'b0), .rst_b(RESETB), .addr_b(ADB), .in_b(36'd0), .out_b(out_b)
  );
  assign DO = out_b[35:0];
  initial
    if (READ_MODE || BLK_SEL_0 != 0 || BLK_SEL_1 != 0 || `BITLADDER_HAS_CONTENTS === 1'b1) begin
      $display("SDPX9B: this configuration has no model: %m");
      $finish;
    end
endmodule

// A clock that stops low; its enable is taken while the clock is low.
module DQCE (input CLKIN, CE, output CLKOUT);
  reg enable = 0;
  always @(CLKIN or CE) if (!CLKIN) enable = CE;
  assign CLKOUT = CLKIN & enable;
endmodule
