//! PROVISIONAL
pub(crate) struct InterfaceName {
    pub package: String,
    pub interface: String,
    pub version: semver::Version,
}
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Generation {
    Wasi02,
    Wasi03,
}
impl InterfaceName {
    pub fn parse(s: &str) -> Option<Self> {
        let (p, v) = s.split_once('@')?;
        let (package, interface) = p.split_once('/')?;
        Some(InterfaceName { package: package.into(), interface: interface.into(), version: v.parse().ok()? })
    }
    pub fn unversioned(&self) -> String {
        format!("{}/{}", self.package, self.interface)
    }
    pub fn generation(&self) -> Option<Generation> {
        if !self.package.starts_with("wasi:") || !self.version.pre.is_empty() || self.version.major != 0 {
            return None;
        }
        match self.version.minor {
            2 => Some(Generation::Wasi02),
            3 => Some(Generation::Wasi03),
            _ => None,
        }
    }
}
pub(crate) fn is_split(i: &str, f: &str) -> bool {
    let n = f.rsplit('.').next().unwrap();
    match i {
        "wasi:io/poll" => true,
        "wasi:io/streams" => !matches!(n, "subscribe" | "flush" | "write-zeroes"),
        "wasi:cli/exit" => true,
        "wasi:filesystem/types" => f.starts_with("[method]") && !n.ends_with("-via-stream"),
        "wasi:sockets/ip-name-lookup" => n == "resolve-next-address",
        "wasi:sockets/tcp" => n == "finish-connect" || n == "accept",
        "wasi:sockets/udp" => n == "receive" || n == "check-send",
        _ => false,
    }
}
pub(crate) fn resolve() -> wit_parser::Resolve {
    let mut r = wit_parser::Resolve { all_features: true, ..Default::default() };
    let base = std::env::var("HOME").unwrap() + "/.cargo/registry/src";
    let base = std::fs::read_dir(base).unwrap().next().unwrap().unwrap().path();
    for (c, ps) in [
        ("wasip2-2.0.1+wasi-0.2.12", &["io", "clocks", "random", "cli", "filesystem", "sockets", "http"][..]),
        ("wasip3-0.10.0+wasi-0.3.2", &["clocks", "random", "cli", "filesystem", "sockets", "http"]),
    ] {
        let mut main = None;
        let mut deps = vec![];
        for p in ps {
            let f = base.join(c).join("wit/deps").join(format!("{p}.wit"));
            let t = std::fs::read_to_string(&f).unwrap();
            let g = wit_parser::UnresolvedPackageGroup::parse(&f, &t).unwrap_or_else(|_| panic!("parse"));
            if main.is_none() { main = Some(g) } else { deps.push(g) }
        }
        r.push_groups(main.unwrap(), deps).unwrap_or_else(|e| panic!("{e:?}"));
    }
    r
}
