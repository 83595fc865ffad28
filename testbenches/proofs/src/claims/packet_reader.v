    // The remainder of CRC-32 after one more byte, bit by bit.
    function [31:0] divide(input [31:0] before, input [7:0] byte_in);
        integer at;
        begin
            divide = before;
            for (at = 0; at < 8; at = at + 1)
                divide = (divide >> 1) ^ (divide[0] ^ byte_in[at] ? 32'hedb8_8320 : 0);
        end
    endfunction

    // 0 looks for a start byte, 1 reads a frame, 2 shows its header, 3 hands out its payload.
    reg [1:0] doing = 0;
    reg [39:0] frame = 0; // length, kind, sequence number, payload
    reg [3:0] count = 0;  // bytes of the frame that were read, or of the payload that have left
    reg [31:0] remainder = 0;
    reg [1:0] quiet = 0;  // cycles without a byte, or without a byte of payload to hand out

    wire take = in_valid_i[0] && doing < 2;
    wire [7:0] length = frame[7:0];
    wire [3:0] body = 3 + length;
    wire checks = take && doing == 1 && count >= 3 && count >= body;
    wire [7:0] check = ~remainder >> 8 * (count - body);
    wire too_long = take && doing == 1 && count == 0 && in_data_i > 2;
    wire wrong = checks && in_data_i != check;
    wire good = checks && !wrong && count == body + 3;
    wire late = doing == 1 && !take && quiet == 2;
    wire [7:0] byte_out = frame >> 8 * (count + 3);

    always @(posedge clk_i) begin
        quiet <= 0;
        if (start) doing <= 0;
        else case (doing)
            0: begin
                count <= 0;
                remainder <= 32'hffff_ffff;
                if (take && in_data_i == 8'ha5) doing <= 1;
            end
            1: begin
                quiet <= take ? 0 : quiet + 1;
                if (take) count <= count + 1;
                if (take && !checks) remainder <= divide(remainder, in_data_i);
                if (take && count < 5) frame[8 * count +: 8] <= in_data_i;
                if (too_long || wrong || late) doing <= 0;
                if (good) doing <= 2;
            end
            2: begin
                count <= 0;
                if (header_ready_i[0]) doing <= length == 0 ? 0 : 3;
            end
            3: begin
                quiet <= payload_valid_o ? 0 : quiet + 1;
                if (payload_valid_o && payload_ready_i[0]) begin
                    count <= count + 1;
                    if (count + 1 == length) doing <= 0;
                end
            end
        endcase
    end

    wire outputs_differ = in_ready_o != (doing < 2)
        || length_error_o != too_long || crc_error_o != wrong || timed_out_o != late
        || header_valid_o != (doing == 2)
        || (header_valid_o && (header_kind_o != frame[15:8] || header_sequence_o != frame[23:16]
            || header_length_o != length))
        || (payload_valid_o && (doing != 3 || payload_data_o != byte_out
            || payload_last_o != (count + 1 == length)))
        || (doing == 3 && quiet == 2);
