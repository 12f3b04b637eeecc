//! The flags `-C`, `-S` and `-W` of `wasmtime run` and `wasmtime serve`, as far as they make sense
//! on the bundled hosts.

use std::fmt::Display;
use std::time::Duration;

use wasi_shim::Generation;
use wasi_shim_hosts::{Cache, Config};

use super::Usage;

/// Flags that users of `wasmtime` are used to.
#[derive(clap::Args)]
pub struct Flags {
    /// A setting of compilation, as of `wasmtime`: cache=n keeps no compiled code
    #[arg(short = 'C', long, value_name = "KEY[=VALUE][,..]", value_delimiter = ',', value_parser = setting)]
    codegen: Vec<Setting>,
    /// A setting of WASI, as of `wasmtime`: inherit-network, allow-ip-name-lookup, http,
    /// inherit-env, inherit-stdin, inherit-stdout, inherit-stderr, max-resources=N
    #[arg(short = 'S', long, value_name = "KEY[=VALUE][,..]", value_delimiter = ',', value_parser = setting)]
    wasi: Vec<Setting>,
    /// A setting of the engine, as of `wasmtime`: timeout=N, in seconds, or with a unit like
    /// `100ms`
    #[arg(short = 'W', long, value_name = "KEY[=VALUE][,..]", value_delimiter = ',', value_parser = setting)]
    wasm: Vec<Setting>,
}

/// A key and its value.
type Setting = (String, Option<String>);

/// The settings of the flags; `None` stands for the host's default.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Settings {
    pub cache: Option<bool>,
    pub network: Option<bool>,
    pub names: Option<bool>,
    pub http: Option<bool>,
    pub env: bool,
    /// Whether standard input, output and error are those of this process.
    pub streams: [Option<bool>; 3],
    pub max_resources: Option<usize>,
    pub timeout: Option<Duration>,
}

/// Settings that the bundled hosts always have.
const ALWAYS: [&[&str]; 2] = [
    &["cli", "common", "tcp", "udp", "preview2", "cli-exit-with-code"],
    &[
        "bulk-memory",
        "component-model",
        "concurrency-support",
        "exceptions",
        "extended-const",
        "function-references",
        "gc",
        "gc-support",
        "memory64",
        "multi-memory",
        "multi-value",
        "reference-types",
        "relaxed-simd",
        "simd",
        "tail-call",
        "threads",
    ],
];

impl Flags {
    /// The settings for the bundled host of `host`.
    pub fn settings(&self, host: Generation) -> Result<Settings, Usage> {
        let mut settings = Settings::default();
        let has_wasi03 = host == Generation::Wasi03;
        for (key, value) in &self.codegen {
            let value = Value { flag: "-C", key, value: value.as_deref() };
            match &key[..] {
                "cache" => settings.cache = Some(value.yes()?),
                _ => return Err(value.unknown()),
            }
        }
        for (key, value) in &self.wasi {
            let value = Value { flag: "-S", key, value: value.as_deref() };
            match &key[..] {
                "inherit-network" => settings.network = Some(value.yes()?),
                "allow-ip-name-lookup" => settings.names = Some(value.yes()?),
                "http" => settings.http = Some(value.yes()?),
                "inherit-env" => settings.env = value.yes()?,
                "inherit-stdin" => settings.streams[0] = Some(value.yes()?),
                "inherit-stdout" => settings.streams[1] = Some(value.yes()?),
                "inherit-stderr" => settings.streams[2] = Some(value.yes()?),
                "max-resources" => settings.max_resources = Some(value.number()?),
                "p3" => value.fixed(has_wasi03)?,
                key if ALWAYS[0].contains(&key) => value.fixed(true)?,
                _ => return Err(value.unknown()),
            }
        }
        for (key, value) in &self.wasm {
            let value = Value { flag: "-W", key, value: value.as_deref() };
            match &key[..] {
                "timeout" => settings.timeout = Some(value.duration()?),
                "component-model-async" => value.fixed(has_wasi03)?,
                key if ALWAYS[1].contains(&key) => value.fixed(true)?,
                _ => return Err(value.unknown()),
            }
        }
        Ok(settings)
    }
}

impl Settings {
    /// The settings of the engine. Compiled code is kept in the cache of the command `wasmtime`, as
    /// its user has configured it; nowhere if that has no directory.
    pub fn engine(&self) -> Config {
        let mut config = Config::new();
        config.cache(if self.cache == Some(false) { None } else { Cache::from_file(None).ok() });
        config
    }
}

/// A value that is not parsed yet.
struct Value<'f> {
    flag: &'f str,
    key: &'f str,
    value: Option<&'f str>,
}

impl Value<'_> {
    /// A switch, which is on without a value.
    fn yes(&self) -> Result<bool, Usage> {
        match self.value {
            None | Some("y" | "yes" | "true") => Ok(true),
            Some("n" | "no" | "false") => Ok(false),
            Some(_) => Err(self.expected("y or n")),
        }
    }

    /// A switch with one possible value.
    fn fixed(&self, is_on: bool) -> Result<(), Usage> {
        if self.yes()? == is_on {
            return Ok(());
        }
        let hint = match self.key {
            "p3" | "component-model-async" => "`--host 0.2` and `--host 0.3` choose what the host has",
            _ => "leave it out",
        };
        let state = if is_on { "always has" } else { "does not have" };
        Err(Usage {
            what: format!("the host {state} `{}`, which `{}` is about", self.key, self.flag),
            hint: hint.into(),
        })
    }

    fn number(&self) -> Result<usize, Usage> {
        self.value.and_then(|value| value.parse().ok()).ok_or_else(|| self.expected("a number"))
    }

    fn duration(&self) -> Result<Duration, Usage> {
        self.value.and_then(duration).ok_or_else(|| self.expected("a time, for example `2s` or `100ms`"))
    }

    fn expected(&self, what: impl Display) -> Usage {
        let Value { flag, key, value } = self;
        let found = value.map_or("nothing".into(), |value| format!("`{value}`"));
        Usage {
            what: format!("`{flag} {key}`: expected {what}, found {found}"),
            hint: format!("as in `wasmtime run {flag} help`"),
        }
    }

    fn unknown(&self) -> Usage {
        Usage {
            what: format!("the bundled hosts have no setting `{}`, which `{}` names", self.key, self.flag),
            hint: "`wasi-shim help run` lists those that they have; a stock `wasmtime` runs what `wrap` writes".into(),
        }
    }
}

fn setting(text: &str) -> Result<Setting, String> {
    match text.split_once('=') {
        _ if text.is_empty() || text.starts_with('=') => Err("expected KEY or KEY=VALUE".into()),
        Some((key, value)) => Ok((key.into(), Some(value.into()))),
        None => Ok((text.into(), None)),
    }
}

/// A time as the value of an option.
pub fn timeout(text: &str) -> Result<Duration, String> {
    duration(text).ok_or_else(|| "expected a time, for example `2s` or `100ms`".into())
}

/// A number of seconds, or of the unit that follows it.
fn duration(text: &str) -> Option<Duration> {
    let digits = text.len() - text.trim_start_matches(|digit: char| digit.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    Some(match unit {
        "" | "s" => Duration::from_secs(number),
        "ms" => Duration::from_millis(number),
        "us" => Duration::from_micros(number),
        "ns" => Duration::from_nanos(number),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(codegen: &str, wasi: &str, wasm: &str, host: Generation) -> Result<Settings, String> {
        let list = |text: &str| -> Vec<Setting> {
            text.split(',').filter(|text| !text.is_empty()).map(|text| setting(text).unwrap()).collect()
        };
        let flags = Flags { codegen: list(codegen), wasi: list(wasi), wasm: list(wasm) };
        flags.settings(host).map_err(|usage| usage.to_string())
    }

    #[test]
    fn known_settings_are_honoured() {
        let both =
            "inherit-network,allow-ip-name-lookup=n,inherit-env=y,inherit-stdout=no,max-resources=7,cli,http=y,p3";
        let found =
            settings("cache=n", both, "timeout=100ms,exceptions=y,component-model-async", Generation::Wasi03).unwrap();
        let expected = Settings {
            cache: Some(false),
            network: Some(true),
            names: Some(false),
            http: Some(true),
            env: true,
            streams: [None, Some(false), None],
            max_resources: Some(7),
            timeout: Some(Duration::from_millis(100)),
        };
        assert_eq!(found, expected);
        assert!(settings("", "p3=n", "component-model-async=n", Generation::Wasi02).is_ok());
    }

    #[test]
    fn others_are_refused_by_name() {
        for (codegen, wasi, wasm, named) in [
            ("opt-level=2", "", "", "`opt-level`"),
            ("", "nn", "", "`nn`"),
            ("", "", "fuel=1", "`fuel`"),
            ("", "cli=n", "", "`cli`"),
            ("", "p3=n", "", "`p3`"),
            ("", "", "timeout=soon", "`soon`"),
            ("", "max-resources", "", "found nothing"),
            ("", "inherit-env=maybe", "", "`maybe`"),
        ] {
            let error = settings(codegen, wasi, wasm, Generation::Wasi03).unwrap_err();
            assert!(error.contains(named), "{error}");
        }
    }
}
