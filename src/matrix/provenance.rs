//! What made a result: the version of this tool, the command, and the date.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;

/// A run of the matrix.
#[derive(Debug, Clone, Serialize)]
pub struct Provenance {
    /// The version of wasi-shim.
    pub version: String,
    /// Its commit, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The command, for a shell.
    pub command: String,
    /// The date and the time, UTC. Pages that are kept do not show it, nor the commit: they would
    /// change with each run.
    pub date: String,
}

impl Provenance {
    /// Of this process.
    pub fn here() -> Provenance {
        let args = std::env::args_os().skip(1).map(|arg| quoted(&arg.to_string_lossy()));
        Provenance {
            version: env!("CARGO_PKG_VERSION").into(),
            commit: option_env!("WASI_SHIM_COMMIT").map(String::from),
            command: std::iter::once("wasi-shim".into()).chain(args).collect::<Vec<String>>().join(" "),
            date: date(seconds()),
        }
    }
}

/// An argument as a shell reads it.
fn quoted(arg: &str) -> String {
    let is_plain = |it: char| it.is_alphanumeric() || "-_./,:=@%+".contains(it);
    if !arg.is_empty() && arg.chars().all(is_plain) { arg.into() } else { format!("'{}'", arg.replace('\'', r"'\''")) }
}

/// Seconds since 1970. Whoever needs equal bytes from equal runs sets `SOURCE_DATE_EPOCH`.
fn seconds() -> u64 {
    let given = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|seconds| seconds.parse().ok());
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
    given.unwrap_or_else(now)
}

/// The date in the calendar, and the time.
fn date(seconds: u64) -> String {
    const DAY: u64 = 24 * 60 * 60;
    let is_leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    // No calendar has a year after this one.
    let (mut year, mut days) = (1970, (seconds / DAY).min(8029 * 366));
    while days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + u64::from(is_leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    let (hour, minute) = (seconds % DAY / 3600, seconds % 3600 / 60);
    format!("{year}-{month:02}-{:02} {hour:02}:{minute:02} UTC", days + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        // As `date -u -d @SECONDS` prints them.
        for (seconds, shown) in [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_399, "2000-02-28 23:59 UTC"),
            (951_782_400, "2000-02-29 00:00 UTC"),
            (951_868_800, "2000-03-01 00:00 UTC"),
            (1_798_761_540, "2026-12-31 23:59 UTC"),
            (1_798_761_600, "2027-01-01 00:00 UTC"),
            (4_107_542_400, "2100-03-01 00:00 UTC"),
        ] {
            assert_eq!(date(seconds), shown);
        }
        assert!(date(u64::MAX).ends_with("UTC"));
    }

    #[test]
    fn a_command_can_be_pasted() {
        assert_eq!(["a.wasm", "", "it's"].map(quoted), ["a.wasm", "''", r"'it'\''s'"]);
    }
}
