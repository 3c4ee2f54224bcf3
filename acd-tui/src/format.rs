//! Numbers as people read them: lengths of time, shares, counts, sizes.

/// A length of time: `0:07`, `12:40`, `3h12m`, `4d03h`.
pub fn duration(ms: u64) -> String {
    let s = ms / 1_000;
    match s {
        0..3_600 => format!("{}:{:02}", s / 60, s % 60),
        3_600..86_400 => format!("{}h{:02}m", s / 3_600, s / 60 % 60),
        _ => format!("{}d{:02}h", s / 86_400, s / 3_600 % 24),
    }
}

/// How long something runs: in whole days from two on.
pub fn uptime(ms: u64) -> String {
    match ms / 86_400_000 {
        0 | 1 => duration(ms),
        days => format!("{days}d"),
    }
}

/// A length of time, or `-`.
pub fn duration_or_dash(ms: Option<u64>) -> String {
    ms.map_or_else(|| "-".into(), duration)
}

/// A whole percentage, or `-`. Never rounded up to 100 %.
pub fn percent(share: Option<f64>) -> String {
    share.map_or_else(
        || "-".into(),
        |share| {
            let rounded = share.round();
            let shown = if rounded >= 100.0 && share < 100.0 { 99.0 } else { rounded };
            format!("{shown:.0}%")
        },
    )
}

/// A share with one digit, without its sign: `9.1`, or `-` when there is no whole.
#[expect(clippy::cast_precision_loss, reason = "counts of a day stay far below 2^53")]
pub fn share(part: u64, whole: u64) -> String {
    if whole == 0 { "-".into() } else { format!("{:.1}", part as f64 * 100.0 / whole as f64) }
}

/// A count in at most five characters: `99999`, `123k`, `4.5M`.
pub fn count(n: u64) -> String {
    match n {
        0..100_000 => n.to_string(),
        100_000..1_000_000 => format!("{}k", n / 1_000),
        _ => format!("{}.{}M", n / 1_000_000, n / 100_000 % 10),
    }
}

/// Nanoseconds with three significant digits: `840ns`, `7.4us`, `31us`, `1.1ms`.
pub fn nanos(ns: u64) -> String {
    match ns {
        0..1_000 => format!("{ns}ns"),
        1_000..1_000_000 => scaled(ns, 1_000, "us"),
        1_000_000..1_000_000_000 => scaled(ns, 1_000_000, "ms"),
        _ => scaled(ns, 1_000_000_000, "s"),
    }
}

/// Bytes: `212 MiB`.
pub fn bytes(n: u64) -> String {
    match n >> 20 {
        mib @ 0..10_240 => format!("{mib} MiB"),
        mib => format!("{} GiB", mib >> 10),
    }
}

/// Real seconds of a connection's age: `0.2s`, `12s`, `3:05`.
pub fn seconds(ms: u64) -> String {
    match ms {
        0..10_000 => format!("{}.{}s", ms / 1_000, ms / 100 % 10),
        10_000..120_000 => format!("{}s", ms / 1_000),
        _ => duration(ms),
    }
}

/// One digit behind the point below ten of the unit.
fn scaled(n: u64, unit: u64, name: &str) -> String {
    if n < 10 * unit {
        format!("{}.{}{name}", n / unit, n % unit * 10 / unit)
    } else {
        format!("{}{name}", n / unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_change_their_unit_at_an_hour_and_a_day() {
        let cases = [
            (0, "0:00"),
            (7_999, "0:07"),
            (3_599_999, "59:59"),
            (3_600_000, "1h00m"),
            (11_520_000, "3h12m"),
            (86_399_999, "23h59m"),
            (356_400_000, "4d03h"),
        ];
        for (ms, expected) in cases {
            assert_eq!(duration(ms), expected);
        }
    }

    #[test]
    fn a_share_is_only_whole_when_it_is() {
        assert_eq!(percent(Some(99.7)), "99%");
        assert_eq!(percent(Some(100.0)), "100%");
        assert_eq!(percent(Some(60.5)), "61%");
        assert_eq!(percent(None), "-");
        assert_eq!(share(4, 44), "9.1");
        assert_eq!(share(0, 0), "-");
    }

    #[test]
    fn large_numbers_stay_short() {
        assert_eq!(count(99_999), "99999");
        assert_eq!(count(123_456), "123k");
        assert_eq!(count(4_560_000), "4.5M");
        assert_eq!([nanos(840), nanos(7_440), nanos(31_000)], ["840ns", "7.4us", "31us"]);
        assert_eq!([nanos(1_100_000), nanos(2_000_000_000)], ["1.1ms", "2.0s"]);
        assert_eq!([seconds(249), seconds(12_400), seconds(185_000)], ["0.2s", "12s", "3:05"]);
        assert_eq!([bytes(222_298_112), bytes(32 << 30)], ["212 MiB", "32 GiB"]);
    }
}
