// 2048 bytes of 8 or 9 bits with two ports that share a clock edge, as block memories of ECP5 and
// Gowin have them. A port of a byte or more addresses bytes from bit 3 of its address on, and the
// bits below it say which bytes of a word are written; a narrower port addresses bits, and does
// not reach the ninth bit of a byte.
//
// A byte that one port writes while the other reads it is read as x: neither vendor says what
// comes, and a machine must not depend on it.
module bitladder_memory #(
  parameter BYTE = 9,
  parameter WIDTH_A = 18,
  parameter WIDTH_B = 18,
  // At a write, the output keeps its value (0), takes the written bytes (1) or the old ones (2).
  parameter MODE_A = 0,
  parameter MODE_B = 0,
  // Resets of the outputs do not wait for the clock.
  parameter ASYNC = 0
) (
  input         clk_a, en_a, we_a, rst_a,
  input  [13:0] addr_a,
  input  [35:0] in_a,
  output reg [35:0] out_a,
  input         clk_b, en_b, we_b, rst_b,
  input  [13:0] addr_b,
  input  [35:0] in_b,
  output reg [35:0] out_b
);
  reg [BYTE-1:0] bytes [0:2047];
  integer i;

  wire [35:0] data_a, data_b;
  wire [3:0] mask_a, mask_b;
  wire [10:0] base_a, base_b;
  bitladder_memory_port #(BYTE, WIDTH_A) port_a (addr_a, in_a, mask_a, base_a, data_a);
  bitladder_memory_port #(BYTE, WIDTH_B) port_b (addr_b, in_b, mask_b, base_b, data_b);

  initial for (i = 0; i < 2048; i = i + 1) bytes[i] = 0;
  initial {out_a, out_b} = 0;

  localparam BYTES_A = WIDTH_A < BYTE ? 1 : WIDTH_A / BYTE;
  localparam BYTES_B = WIDTH_B < BYTE ? 1 : WIDTH_B / BYTE;
  wire writes_a = en_a && we_a;
  wire writes_b = en_b && we_b;

  // Whether a port of so many bytes writes a byte.
  function written(input writes, input [3:0] mask, input [10:0] base, input [10:0] at);
    written = writes && at - base < 4 && mask[at - base];
  endfunction

  // A byte with the bits that a port narrower than a byte writes.
  function [BYTE-1:0] merged(input [BYTE-1:0] old, input [8:0] data, input [2:0] at, input integer width);
    integer bit_;
    begin
      merged = data[BYTE-1:0];
      if (width < BYTE) begin
        merged = old;
        for (bit_ = 0; bit_ < width; bit_ = bit_ + 1) merged[(at & (8 - width)) + bit_] = data[bit_];
      end
    end
  endfunction

  // What a narrow port reads stands at the bottom.
  function [35:0] shown(input [35:0] word, input [2:0] at, input integer width);
    shown = width < BYTE ? (word >> (at & (8 - width))) & ((1 << width) - 1) : word;
  endfunction

  reg [35:0] read_a, read_b;
  integer k_a, l_a, k_b, l_b;
  always @(posedge clk_a) begin
    for (k_a = 0; k_a < BYTES_A; k_a = k_a + 1)
      if (writes_a && mask_a[k_a])
        bytes[base_a + k_a] <= merged(bytes[base_a + k_a], data_a[k_a*9 +: 9], addr_a[2:0], WIDTH_A);
  end
  wire now_a = ASYNC & rst_a;
  always @(posedge clk_a or posedge now_a)
    if (rst_a) out_a <= 0;
    else if (en_a && !(we_a && MODE_A == 0)) begin
      read_a = 0;
      for (l_a = 0; l_a < BYTES_A; l_a = l_a + 1) begin
        read_a[l_a*BYTE +: BYTE] = bytes[base_a + l_a];
        if (MODE_A == 1 && writes_a && mask_a[l_a])
          read_a[l_a*BYTE +: BYTE] = merged(bytes[base_a + l_a], data_a[l_a*9 +: 9], addr_a[2:0], WIDTH_A);
        if (written(writes_b, mask_b, base_b, base_a + l_a)) read_a[l_a*BYTE +: BYTE] = {BYTE{1'bx}};
      end
      out_a <= shown(read_a, addr_a[2:0], WIDTH_A);
    end
  always @(posedge clk_b) begin
    for (k_b = 0; k_b < BYTES_B; k_b = k_b + 1)
      if (writes_b && mask_b[k_b])
        bytes[base_b + k_b] <= merged(bytes[base_b + k_b], data_b[k_b*9 +: 9], addr_b[2:0], WIDTH_B);
  end
  wire now_b = ASYNC & rst_b;
  always @(posedge clk_b or posedge now_b)
    if (rst_b) out_b <= 0;
    else if (en_b && !(we_b && MODE_B == 0)) begin
      read_b = 0;
      for (l_b = 0; l_b < BYTES_B; l_b = l_b + 1) begin
        read_b[l_b*BYTE +: BYTE] = bytes[base_b + l_b];
        if (MODE_B == 1 && writes_b && mask_b[l_b])
          read_b[l_b*BYTE +: BYTE] = merged(bytes[base_b + l_b], data_b[l_b*9 +: 9], addr_b[2:0], WIDTH_B);
        if (written(writes_a, mask_a, base_a, base_b + l_b)) read_b[l_b*BYTE +: BYTE] = {BYTE{1'bx}};
      end
      out_b <= shown(read_b, addr_b[2:0], WIDTH_B);
    end
endmodule

// Which bytes a port's address means: the first, and those of them that a write changes. Data get
// nine bits a byte.
module bitladder_memory_port #(parameter BYTE = 9, parameter WIDTH = 18) (
  input  [13:0] addr,
  input  [35:0] in,
  output [3:0]  mask,
  output [10:0] base,
  output [35:0] data
);
  localparam BYTES = WIDTH < BYTE ? 1 : WIDTH / BYTE;
  assign mask = BYTES == 4 ? addr[3:0] : BYTES == 2 ? {2'b00, addr[1:0]} : 4'b0001;
  assign base = BYTES == 4 ? {addr[13:5], 2'b00} : BYTES == 2 ? {addr[13:4], 1'b0} : addr[13:3];
  generate
    if (BYTE == 8) assign data = {1'b0, in[31:24], 1'b0, in[23:16], 1'b0, in[15:8], 1'b0, in[7:0]};
    else assign data = in;
  endgenerate
endmodule
