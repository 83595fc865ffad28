// An 18 x 18 multiplier with registers that each exist or not: at the operands, behind the
// multiplier, and at the product. Their clock is one; enables and resets are for all.
module bitladder_multiplier #(
  parameter HAS_A = 1,
  parameter HAS_B = 1,
  parameter HAS_MIDDLE = 1,
  parameter HAS_PRODUCT = 1,
  parameter ASYNC = 0
) (
  input         clk, en, rst, sign_a, sign_b,
  input  [17:0] a, b,
  output [17:0] a_out, b_out,
  output [35:0] product
);
  reg [17:0] a_q, b_q;
  reg signed [37:0] middle_q, product_q;
  initial {a_q, b_q, middle_q, product_q} = 0;

  assign a_out = HAS_A ? a_q : a;
  assign b_out = HAS_B ? b_q : b;
  wire signed [18:0] a_wide = {sign_a & a_out[17], a_out};
  wire signed [18:0] b_wide = {sign_b & b_out[17], b_out};
  wire signed [37:0] whole = a_wide * b_wide;
  wire signed [37:0] middle = HAS_MIDDLE ? middle_q : whole;
  assign product = HAS_PRODUCT ? product_q[35:0] : middle[35:0];

  wire now = ASYNC & rst;
  always @(posedge clk or posedge now)
    if (rst) begin
      a_q <= 0;
      b_q <= 0;
      middle_q <= 0;
      product_q <= 0;
    end else if (en) begin
      a_q <= a;
      b_q <= b;
      middle_q <= whole;
      product_q <= middle;
    end
endmodule
