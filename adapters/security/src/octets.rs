/// The first bytes of a digest. Of a tag they are a shorter tag (RFC 2104, section 5).
pub(crate) fn first<const N: usize>(digest: &[u8]) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.iter_mut().zip(digest).for_each(|(byte, whole)| *byte = *whole);
    bytes
}

/// The bytes that a known answer is written down as.
#[cfg(test)]
pub(crate) fn of_digits(digits: &str) -> Vec<u8> {
    let pairs = (0..digits.len()).step_by(2);
    pairs.map(|start| u8::from_str_radix(&digits[start..start + 2], 16).unwrap()).collect()
}
