//! Strings, by the rules of Prometheus, which are Go's.

use crate::mutant::planted;

/// The string that begins here with this quote: its value, and how many bytes of the text it takes.
pub(crate) fn unquote(rest: &str, quote: char) -> Result<(String, usize), String> {
    const OPEN: &str = "a string without its closing quote";
    let body = rest.get(1..).unwrap_or_default();
    if quote == '`' {
        let end = body.find('`').ok_or(OPEN)?;
        return Ok((body.get(..end).unwrap_or_default().to_owned(), end + 2));
    }
    let mut value = Vec::new();
    let mut chars = body.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\n' => return Err(OPEN.to_owned()),
            '\\' => escape(quote, &mut chars, &mut value)?,
            c if c == quote => {
                let value = String::from_utf8(value).map_err(|_| "a string whose escapes are no UTF-8")?;
                let value = if planted("a string keeps its quotes") {
                    format!("\"{value}\"")
                } else {
                    value
                };
                return Ok((value, at + 2));
            }
            c => value.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Err(OPEN.to_owned())
}

fn escape(quote: char, chars: &mut std::str::CharIndices<'_>, value: &mut Vec<u8>) -> Result<(), String> {
    let (_, c) = chars.next().ok_or("a string that ends within an escape")?;
    let byte = match c {
        'a' => 0x07,
        'b' => 0x08,
        'f' => 0x0c,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 0x0b,
        '\\' => b'\\',
        c if c == quote => u8::try_from(c).unwrap_or_default(),
        '0'..='7' => {
            let high = c.to_digit(8).unwrap_or_default();
            let code = digits(chars, 2, 8).map(|low| high * 64 + low);
            let byte = code.and_then(|code| u8::try_from(code).ok());
            byte.ok_or("an octal escape has three digits, up to \\377")?
        }
        'x' => {
            let code = digits(chars, 2, 16).and_then(|code| u8::try_from(code).ok());
            code.ok_or("\\x is followed by two hexadecimal digits")?
        }
        'u' | 'U' => {
            let count = if c == 'u' { 4 } else { 8 };
            let code = digits(chars, count, 16).and_then(char::from_u32);
            let code = code.ok_or("\\u and \\U are followed by four and eight digits of a code point")?;
            value.extend_from_slice(code.encode_utf8(&mut [0; 4]).as_bytes());
            return Ok(());
        }
        _ => return Err("a string with an escape that is none; write \\\\ for a backslash".to_owned()),
    };
    value.push(byte);
    Ok(())
}

fn digits(chars: &mut std::str::CharIndices<'_>, count: u32, base: u32) -> Option<u32> {
    let mut all: u32 = 0;
    for _ in 0..count {
        let (_, c) = chars.next()?;
        all = all.checked_mul(base)?.checked_add(c.to_digit(base)?)?;
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_read_as_go_reads_it() {
        for (text, value) in [
            (r#""a\"b" rest"#, "a\"b"),
            (r"'it''s'", "it"),
            (r#"'\'"'"#, "'\""),
            (r#""\x41\101\u4fe1\U0001F600""#, "AA信😀"),
            (r"`\n`", r"\n"),
            (r#""\\d""#, r"\d"),
        ] {
            let quote = text.chars().next().unwrap();
            assert_eq!(unquote(text, quote).unwrap().0, value, "{text}");
        }
        assert_eq!(unquote("\"ab\"c", '"').unwrap().1, 4);
        for text in [
            r#""\d""#,
            r#""\'""#,
            "\"a\nb\"",
            "\"a",
            r#""\xff""#,
            r#""\ud800""#,
            r#""\400""#,
        ] {
            assert!(unquote(text, '"').is_err(), "{text}");
        }
    }
}
