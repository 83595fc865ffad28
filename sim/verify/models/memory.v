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
  output [35:0] out_a,
  input         clk_b, en_b, we_b, rst_b,
  input  [13:0] addr_b,
  input  [35:0] in_b,
  output [35:0] out_b
);
  reg [BYTE-1:0] bytes [0:2047];
  integer i;
  initial for (i = 0; i < 2048; i = i + 1) bytes[i] = 0;

  // Both ports, A first.
  wire [1:0] clk = {clk_b, clk_a}, en = {en_b, en_a}, we = {we_b, we_a}, rst = {rst_b, rst_a};
  wire [1:0] writes = en & we;
  wire [13:0] addr [0:1];
  wire [35:0] in [0:1], data [0:1], out [0:1];
  wire [3:0] mask [0:1];
  wire [10:0] base [0:1];
  assign addr[0] = addr_a, addr[1] = addr_b, in[0] = in_a, in[1] = in_b;
  assign out_a = out[0], out_b = out[1];

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

  genvar p;
  generate
    for (p = 0; p < 2; p = p + 1) begin : side
      localparam WIDTH = p ? WIDTH_B : WIDTH_A;
      localparam MODE = p ? MODE_B : MODE_A;
      localparam BYTES = WIDTH < BYTE ? 1 : WIDTH / BYTE;
      bitladder_memory_port #(BYTE, WIDTH) port (addr[p], in[p], mask[p], base[p], data[p]);

      integer k, l;
      always @(posedge clk[p]) begin
        for (k = 0; k < BYTES; k = k + 1)
          if (writes[p] && mask[p][k])
            bytes[base[p] + k] <= merged(bytes[base[p] + k], data[p][k*9 +: 9], addr[p][2:0], WIDTH);
      end

      reg [35:0] read, out_q;
      initial out_q = 0;
      assign out[p] = out_q;
      wire now = ASYNC & rst[p];
      always @(posedge clk[p] or posedge now)
        if (rst[p]) out_q <= 0;
        else if (en[p] && !(we[p] && MODE == 0)) begin
          read = 0;
          for (l = 0; l < BYTES; l = l + 1) begin
            read[l*BYTE +: BYTE] = bytes[base[p] + l];
            if (MODE == 1 && writes[p] && mask[p][l])
              read[l*BYTE +: BYTE] = merged(bytes[base[p] + l], data[p][l*9 +: 9], addr[p][2:0], WIDTH);
            if (written(writes[1-p], mask[1-p], base[1-p], base[p] + l))
              read[l*BYTE +: BYTE] = {BYTE{1'bx}};
          end
          out_q <= shown(read, addr[p][2:0], WIDTH);
        end
    end
  endgenerate
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
