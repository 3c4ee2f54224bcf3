//! Text of others made safe to draw: it cannot move the cursor, change a colour or turn the line
//! around, and its width is known.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Marks a terminal stacks on one letter before the rest are dropped.
const COMBINING_MAX: usize = 2;

/// The text with control characters written out (`^[`, `\x9b`), marks of direction and other
/// invisible characters shown as `�`, and at most two combining marks on a letter.
pub fn text(raw: &str) -> String {
    let mut safe = String::with_capacity(raw.len());
    let mut combining = 0;
    for c in raw.chars() {
        match c {
            '\0'..='\x1f' => {
                safe.push('^');
                safe.push(char::from(c as u8 + b'@'));
            }
            '\x7f' => safe.push_str("^?"),
            '\u{80}'..='\u{9f}' => {
                safe.push_str("\\x");
                safe.extend(
                    [c as u32 >> 4, c as u32 & 15]
                        .map(|digit| char::from(b"0123456789abcdef"[digit as usize])),
                );
            }
            _ if is_invisible(c) => safe.push('\u{fffd}'),
            _ if c.width() == Some(0) => {
                combining += 1;
                if combining <= COMBINING_MAX && !safe.is_empty() {
                    safe.push(c);
                }
                continue;
            }
            _ => safe.push(c),
        }
        combining = 0;
    }
    safe
}

/// A caller's number or address of which its end can be told apart: `+1512555..23`, `j..@example`.
/// Made safe to draw.
pub fn masked(raw: &str) -> String {
    let safe = text(raw);
    if let Some((name, host)) = safe.split_once('@') {
        let first: String = name.chars().take(1).collect();
        return format!("{first}..@{host}");
    }
    let chars: Vec<char> = safe.chars().collect();
    if chars.len() < 6 || safe.contains('*') {
        // Too short to hide anything in, or hidden already.
        return safe;
    }
    let (head, tail) = (chars.len() - 4, chars.len() - 2);
    chars[..head].iter().chain(&['.', '.']).chain(&chars[tail..]).collect()
}

/// The text in ASCII: what is not becomes `?`.
pub fn ascii(safe: &str) -> String {
    safe.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect()
}

/// Columns a safe text takes.
pub fn width(safe: &str) -> usize {
    safe.width()
}

/// At most `columns` of a safe text; `ellipsis` (one column) says that something was cut off.
pub fn cut(safe: &str, columns: usize, ellipsis: &str) -> String {
    if safe.width() <= columns {
        return safe.to_owned();
    }
    let mut short = String::new();
    let mut used = 0;
    for c in safe.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide > columns.saturating_sub(1) {
            break;
        }
        used += wide;
        short.push(c);
    }
    if columns > 0 {
        short.push_str(ellipsis);
    }
    short
}

/// Exactly `columns` of a safe text, padded on the right.
pub fn left(safe: &str, columns: usize, ellipsis: &str) -> String {
    let mut fit = cut(safe, columns, ellipsis);
    fit.push_str(&" ".repeat(columns.saturating_sub(fit.width())));
    fit
}

/// Exactly `columns` of a safe text, padded on the left.
pub fn right(safe: &str, columns: usize, ellipsis: &str) -> String {
    let fit = cut(safe, columns, ellipsis);
    format!("{}{fit}", " ".repeat(columns.saturating_sub(fit.width())))
}

/// Unicode's format characters and line separators: marks of direction, joiners, tags.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{600}'..='\u{605}'
            | '\u{61c}'
            | '\u{6dd}'
            | '\u{70f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_written_out() {
        assert_eq!(text("a\x1b[2Jb\r\n\x07\x7f"), "a^[[2Jb^M^J^G^?");
        assert_eq!(text("\u{9b}31m"), "\\x9b31m");
        assert_eq!(text("\x1b]0;owned\x07"), "^[]0;owned^G");
    }

    #[test]
    fn marks_of_direction_lose_their_force() {
        assert_eq!(text("\u{202e}evil\u{2066}x\u{200f}"), "\u{fffd}evil\u{fffd}x\u{fffd}");
        assert_eq!(text("a\u{200d}b\u{fe0f}"), "a\u{fffd}b\u{fffd}");
    }

    #[test]
    fn numbers_lose_what_tells_whose_they_are() {
        let cases = [
            ("+15125550123", "+1512555..23"),
            ("jane@example.org", "j..@example.org"),
            ("+1********77", "+1********77"),
            ("311", "311"),
            ("", ""),
            ("\x1b[2J55501", "^[[2J5..01"),
        ];
        for (raw, shown) in cases {
            assert_eq!(masked(raw), shown);
        }
    }

    #[test]
    fn letters_of_any_script_stay() {
        for name in ["Zoë", "José", "李雷", "أحمد", "e\u{301}"] {
            assert_eq!(text(name), name);
        }
    }

    #[test]
    fn a_tower_of_marks_is_cut_down() {
        let tower = format!("a{}b", "\u{300}".repeat(50));
        assert_eq!(text(&tower), "a\u{300}\u{300}b");
        assert_eq!(text("\u{300}a"), "a");
    }

    #[test]
    fn wide_characters_are_never_cut_in_half() {
        assert_eq!(cut("李雷韩梅", 8, "…"), "李雷韩梅");
        assert_eq!(cut("李雷韩梅", 6, "…"), "李雷…");
        assert_eq!(left("李雷韩梅", 6, "…"), "李雷… ");
        assert_eq!(right("ab", 4, "…"), "  ab");
        assert_eq!(left("abcdef", 0, "…"), "");
    }

    #[test]
    fn whatever_comes_is_drawn_in_one_line() {
        for code in (0..0x11_0000_u32).filter_map(char::from_u32) {
            let safe = text(&code.to_string());
            assert!(safe.chars().all(|c| !c.is_control() && !is_invisible(c)), "{code:?}");
            assert_eq!(width(&left(&safe, 7, "…")), 7, "{code:?}");
        }
    }
}
