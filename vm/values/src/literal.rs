//! Numbers and hex digits, read exactly or refused with a reason.

/// Little-endian bytes of a decimal number, sign-extended to 128 bits.
pub(crate) fn read_integer(text: &str, is_signed: bool, bits: u32) -> Result<[u8; 16], String> {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let bytes = digits.as_bytes();
    let framed = bytes.first().is_some_and(u8::is_ascii_digit)
        && bytes.last().is_some_and(u8::is_ascii_digit);
    if !framed || !bytes.iter().all(|it| it.is_ascii_digit() || *it == b'_') {
        return Err("it is no plain decimal number".to_owned());
    }
    if is_negative && !is_signed {
        return Err("it is negative".to_owned());
    }
    let max = if is_signed {
        i128::MAX >> (128 - bits)
    } else {
        0
    };
    let max = if is_signed {
        max.unsigned_abs()
    } else {
        u128::MAX >> (128 - bits)
    };
    let max = if is_negative { max + 1 } else { max };
    let sign = if is_negative { "-" } else { "" };
    let magnitude = digits
        .bytes()
        .filter(|it| *it != b'_')
        .try_fold(0u128, |sum, it| {
            sum.checked_mul(10)?.checked_add((it - b'0').into())
        });
    let magnitude = magnitude
        .filter(|it| *it <= max)
        .ok_or_else(|| format!("it is beyond {sign}{max}"))?;
    let value = if is_negative {
        magnitude.wrapping_neg()
    } else {
        magnitude
    };
    Ok(value.to_le_bytes())
}

/// Bytes in hex, as the chain's own interface writes them.
pub(crate) fn read_hex(text: &str) -> Result<Vec<u8>, String> {
    let expected = || "it must be 0x and an even number of hex digits".to_owned();
    let digits = text.strip_prefix("0x").ok_or_else(expected)?;
    if digits.starts_with("0x") {
        return Err(expected());
    }
    const_hex::decode(digits).map_err(|_| expected())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, is_signed: bool, bits: u32, expected: Option<i128>) {
        let read = read_integer(text, is_signed, bits).ok();
        assert_eq!(read.map(i128::from_le_bytes), expected, "{text}");
    }

    #[test]
    fn every_width_ends_where_it_should() {
        check("255", false, 8, Some(255));
        check("256", false, 8, None);
        check("-128", true, 8, Some(-128));
        check("-129", true, 8, None);
        check("127", true, 8, Some(127));
        check("128", true, 8, None);
        check(&u128::MAX.to_string(), false, 128, Some(-1));
        check("340282366920938463463374607431768211456", false, 128, None);
        check(&i128::MIN.to_string(), true, 128, Some(i128::MIN));
        check("170141183460469231731687303715884105728", true, 128, None);
        check("-0", true, 64, Some(0));
        check("007", false, 64, Some(7));
    }

    #[test]
    fn only_plain_digits_are_numbers() {
        for text in [
            "", "-", "+1", "1.0", "1e3", "0x1", " 1", "_1", "1_", "-_1", "--1", "١",
        ] {
            check(text, true, 64, None);
        }
        check("-1", false, 64, None);
        check("1_000__0", false, 64, Some(10_000));
    }
}
