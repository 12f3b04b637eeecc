//! Names of interfaces, and which generation of WASI they belong to.

use semver::Version;

use crate::Generation;

/// The name of an interface with its version: `wasi:io/streams@0.2.6`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct InterfaceName {
    /// Namespace and package: `wasi:io`.
    pub package: String,
    /// The interface: `streams`.
    pub interface: String,
    /// The version: `0.2.6`.
    pub version: Version,
}

impl InterfaceName {
    /// Reads the name of an import or export. `None` if it does not name an interface with a
    /// version.
    pub fn parse(name: &str) -> Option<InterfaceName> {
        let (path, version) = name.split_once('@')?;
        let (package, interface) = path.split_once('/')?;
        Some(InterfaceName {
            package: package.to_string(),
            interface: interface.to_string(),
            version: Version::parse(version).ok()?,
        })
    }

    /// The name without the version: `wasi:io/streams`.
    pub fn unversioned(&self) -> String {
        format!("{}/{}", self.package, self.interface)
    }

    /// The name with the part of the version that semver-compatible versions have in common:
    /// `wasi:io/streams@0.2`.
    pub(crate) fn series(&self) -> String {
        let Version { major, minor, .. } = self.version;
        let version = match (major, minor) {
            _ if !self.version.pre.is_empty() => self.version.to_string(),
            (0, 0) => self.version.to_string(),
            (0, minor) => format!("0.{minor}"),
            (major, _) => major.to_string(),
        };
        format!("{}@{version}", self.unversioned())
    }

    /// The generation of WASI that the interface belongs to, known or not. Candidates
    /// (`0.3.0-rc-…`) and drafts (`0.2.0-draft`) belong to none: nothing is promised of them.
    pub fn generation(&self) -> Option<Generation> {
        if !self.package.starts_with("wasi:") || self.version.major != 0 || !self.version.pre.is_empty() {
            return None;
        }
        match self.version.minor {
            2 => Some(Generation::Wasi02),
            3 => Some(Generation::Wasi03),
            _ => None,
        }
    }
}

impl std::fmt::Display for InterfaceName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}@{}", self.package, self.interface, self.version)
    }
}
