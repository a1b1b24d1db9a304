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

/// Units of a decimal fraction: `1.5` with two digits behind the point is 150.
pub(crate) fn read_fixed(text: &str, decimals: u8) -> Result<u128, String> {
    let (whole, part) = match text.split_once('.') {
        Some((_, "")) => return Err("nothing is behind its point".to_owned()),
        Some(parts) => parts,
        None => (text, ""),
    };
    let is_number = whole.ends_with(|it: char| it.is_ascii_digit())
        && part.bytes().all(|it| it.is_ascii_digit());
    if !is_number {
        return Err("it is no plain decimal number".to_owned());
    }
    let width = usize::from(decimals);
    if part.len() > width {
        return Err(format!(
            "it has more than {decimals} digits behind the point"
        ));
    }
    // The point moves to the end; what is left is a whole number.
    let digits = format!("{whole}{part:0<width$}");
    read_integer(&digits, false, 128).map(u128::from_le_bytes)
}

/// Units with their point, and all digits behind it.
pub(crate) fn write_fixed(units: u128, decimals: u8) -> String {
    let width = usize::from(decimals);
    let digits = format!("{units:0>least$}", least = width + 1);
    // Digits are ASCII, and there is one more than stand behind the point.
    let (whole, part) = digits.split_at(digits.len() - width);
    match part {
        "" => whole.to_owned(),
        _ => format!("{whole}.{part}"),
    }
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
    fn fractions_are_exact() {
        for (text, decimals, units) in [
            ("0.25", 6, 250_000),
            ("12", 2, 1_200),
            ("12.05", 2, 1_205),
            ("1_000.5", 1, 10_005),
            ("7", 0, 7),
            ("0.00000000000000000000000000000000000001", 38, 1),
            ("3.40282366920938463463374607431768211455", 38, u128::MAX),
        ] {
            assert_eq!(read_fixed(text, decimals), Ok(units), "{text}");
        }
        for (text, decimals) in [
            ("", 2),
            (".5", 2),
            ("5.", 2),
            ("-1", 2),
            ("1.005", 2),
            ("1.0", 0),
            ("1.+5", 2),
            ("1.2.3", 6),
            ("1._5", 6),
            ("1_.5", 1),
            ("3.40282366920938463463374607431768211456", 38),
        ] {
            assert!(read_fixed(text, decimals).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for (units, decimals, text) in [
            (0, 0, "0"),
            (5, 2, "0.05"),
            (1_205, 2, "12.05"),
            (250_000, 6, "0.250000"),
        ] {
            assert_eq!(write_fixed(units, decimals), text);
            assert_eq!(read_fixed(text, decimals), Ok(units));
        }
        for decimals in 0..=38 {
            let text = write_fixed(u128::MAX, decimals);
            assert_eq!(read_fixed(&text, decimals), Ok(u128::MAX), "{text}");
        }
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
