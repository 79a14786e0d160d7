//! Series as a remote write request: protobuf in a snappy block, both by hand.

use crate::Series;

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

/// A field whose content has a length.
fn field(number: u8, content: &[u8], out: &mut Vec<u8>) {
    out.push(number << 3 | 2);
    varint(content.len() as u64, out);
    out.extend_from_slice(content);
}

/// `WriteRequest` of Prometheus' remote write 1.0.
fn request(series: &[Series]) -> Vec<u8> {
    let mut all = Vec::new();
    for each in series {
        let mut one = Vec::new();
        for (name, value) in each.labels.iter() {
            let mut label = Vec::new();
            field(1, name.as_bytes(), &mut label);
            field(2, value.as_bytes(), &mut label);
            field(1, &label, &mut one);
        }
        for sample in &each.samples {
            let mut encoded = vec![1 << 3 | 1];
            encoded.extend_from_slice(&sample.value.to_bits().to_le_bytes());
            encoded.push(2 << 3);
            varint(sample.at.cast_unsigned(), &mut encoded);
            field(2, &encoded, &mut one);
        }
        field(1, &one, &mut all);
    }
    all
}

/// The block format of snappy, of literals only.
pub(super) fn body(series: &[Series]) -> Vec<u8> {
    let plain = request(series);
    let mut out = Vec::new();
    varint(plain.len() as u64, &mut out);
    for chunk in plain.chunks(0x1_0000) {
        out.push(61 << 2);
        out.extend_from_slice(&(chunk.len() - 1).to_le_bytes()[..2]);
        out.extend_from_slice(chunk);
    }
    out
}
