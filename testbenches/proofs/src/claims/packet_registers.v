
    // What the receiver's registers are while the reader does what it does. It is claimed, too: without
    // it a proof would have to find it.
    wire [3:0] state_q;
    wire [1:0] checks_q;
    wire [1:0] pause_q;
    wire [31:0] crc_q;
    wire [7:0] index_q, length_q, kind_q, sequence_q, buffer_0, buffer_1;
    wire shown_q;

    wire [3:0] checked = count - body;
    // Receiver's states: 0 hunt, 1 length, 3 kind, 4 sequence, 5 payload, 6 check, 7 header, 8 drain.
    reg [3:0] state;
    always @(*) case (doing)
        0: state = 0;
        1: state = count == 0 ? 1 : count == 1 ? 3 : count == 2 ? 4 : count < body ? 5 : 6;
        2: state = 7;
        3: state = 8;
    endcase
    wire in_check = state == 6;
    wire kept_length = doing > 1 || (doing == 1 && count > 0);
    wire kept_kind = doing > 1 || (doing == 1 && count > 1);
    wire kept_sequence = doing > 1 || (doing == 1 && count > 2);
    // Payload bytes that the buffer has.
    wire [3:0] filled = state == 5 ? count - 3 : in_check || doing > 1 ? length : 0;
    wire [31:0] ones = 32'hffff_ffff;
    wire [31:0] crc = in_check ? remainder >> 8 * checked | ~(ones >> 8 * checked) : remainder;
    wire [7:0] index = state == 5 ? count - 3 : doing == 3 && shown_q ? count + 1 : 0;

    wire same = state_q == state
        && (!kept_length || (length_q == length && length <= 2))
        && (!kept_kind || kind_q == frame[15:8])
        && (!kept_sequence || sequence_q == frame[23:16])
        && (filled < 1 || buffer_0 == frame[31:24])
        && (filled < 2 || buffer_1 == frame[39:32])
        && (doing != 1 || (crc_q == crc && pause_q == quiet && quiet < 3))
        && (doing != 1 || count <= (count > 0 ? body + 3 : 0))
        && (doing == 0 || checks_q == (in_check ? checked : 0))
        && (doing == 0 || (in_check && checked == 0) || index_q == index)
        && (shown_q == 0 || doing == 3)
        && (doing != 3 || (count < length && (shown_q ? quiet < 2 : count == 0 && quiet == 0)))
        && (doing != 2 || quiet == 0);

    assign bad_o = !start && (outputs_differ || !same);
