    // The remainder of CRC-32 after one more byte, bit by bit.
    function [31:0] divide(input [31:0] before, input [7:0] byte_in);
        integer at;
        begin
            divide = before;
            for (at = 0; at < 8; at = at + 1)
                divide = (divide >> 1) ^ (divide[0] ^ byte_in[at] ? 32'hedb8_8320 : 0);
        end
    endfunction

    reg begun = 0;           // a byte of a frame was taken
    reg [7:0] code = 0;      // the block's code byte
    reg [7:0] since = 0;     // bytes since then
    reg [COUNT:0] count = 0; // bytes of the packet, and one more if they are too many
    reg [23:0] last = 0;     // three of them, the newest in front
    reg [31:0] remainder = 0;

    wire take = in_valid_i[0] && free_i[0];
    wire ends = take && in_data_i == 0;
    wire over = since + 1 == code;
    wire head = take && !ends && (!begun || over);
    // A block's end is a zero of the packet, unless the block is the longest or the last.
    wire zero = head && begun && code != 255;
    wire copy = take && !ends && !head;
    wire gives = zero || copy;
    wire [7:0] given = copy ? in_data_i : 8'd0;

    always @(posedge clk_i)
        if (rst || ends) begin
            begun <= 0;
            count <= 0;
            remainder <= 32'hffff_ffff;
        end else if (take) begin
            begun <= 1;
            code <= head ? in_data_i : code;
            since <= head ? 0 : since + 1;
            if (gives) begin
                remainder <= divide(remainder, given);
                last <= {given, last[23:8]};
                if (count <= MOST) count <= count + 1;
            end
        end

    // What remains of any message divided together with its CRC-32.
    wire sound = remainder == 32'hdebb_20e3;
    wire long = ends && begun && count > MOST;
    wire good = ends && begun && !long && over && sound && count % 4 == 0 && count >= 8;
    wire word = gives && count < MOST && count % 4 == 3;
    wire [31:0] words = count / 4;

    wire outputs_differ = in_ready_o != free_i[0]
        || packet_o != good || too_long_o != long
        || damaged_o != (ends && begun && !good && !long)
        || write_enable_o != (word || good)
        || (word && (write_address_o != words || write_data_o != {given, last}))
        || (good && (write_address_o != LAST || write_data_o != words - 1));

    // What the receiver's registers are meanwhile. It is claimed, too: without it a proof would have
    // to find it.
    wire [7:0] left_q;
    wire [COUNT:0] count_q;
    wire [23:0] earlier_q;
    wire [31:0] crc_q;
    wire zero_due_q, begun_q, long_q;

    wire same = begun_q == begun
        && (!begun || since < code)
        && left_q == (begun ? code - 1 - since : 0)
        && zero_due_q == (begun && code != 255)
        && count <= MOST + 1
        && (begun || count == 0)
        && count_q == (count > MOST ? MOST : count)
        && long_q == (count > MOST)
        && crc_q == remainder
        && (count < 1 || earlier_q[23:16] == last[23:16])
        && (count < 2 || earlier_q[15:8] == last[15:8])
        && (count < 3 || earlier_q[7:0] == last[7:0]);

    assign bad_o = !rst && (outputs_differ || !same);
