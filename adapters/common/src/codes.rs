//! The error codes of WASI, by their numbers, and which case of one generation stands for which of
//! the other (DESIGN.md: "Errors of files", "Errors of sockets", "Errors of name lookup").
//!
//! # Safety
//!
//! A number becomes a case only if it is below the count of the cases. Engines, and the boundary
//! functions of linked guests, lower only such numbers; any other one traps.

/// Declares a type of error codes: its cases in the order of its WIT, with their names there.
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident: $($case:ident $wit:literal)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Debug)]
        #[repr(u8)]
        pub enum $name {
            $($case),*
        }

        impl $name {
            /// The names of the cases, each with a space behind it.
            pub const NAMES: &str = concat!($($wit, " "),*);

            /// The name of the case in its WIT.
            #[inline(never)]
            pub fn name(self) -> &'static str {
                name($name::NAMES, self as u8)
            }

            /// The case of a number; traps if there is none.
            #[inline]
            pub fn of(number: u32) -> $name {
                const COUNT: u32 = [$($name::$case),*].len() as u32;
                if number >= COUNT {
                    crate::trap::no_case();
                }
                unsafe { core::mem::transmute(number as u8) }
            }

            /// The case at `at`.
            ///
            /// # Safety
            ///
            /// There is a byte that may be read.
            pub unsafe fn at(at: *const u8) -> $name {
                $name::of(unsafe { at.read() }.into())
            }
        }
    };
}

/// Codes of 0.2.
pub mod wasi02 {
    use super::{name, wasi03};

    codes! {
        /// `error-code` of `wasi:filesystem/types`.
        Filesystem:
            Access "access" WouldBlock "would-block" Already "already"
            BadDescriptor "bad-descriptor" Busy "busy" Deadlock "deadlock" Quota "quota"
            Exist "exist" FileTooLarge "file-too-large" IllegalByteSequence "illegal-byte-sequence"
            InProgress "in-progress" Interrupted "interrupted" Invalid "invalid" Io "io"
            IsDirectory "is-directory" Loop "loop" TooManyLinks "too-many-links"
            MessageSize "message-size" NameTooLong "name-too-long" NoDevice "no-device"
            NoEntry "no-entry" NoLock "no-lock" InsufficientMemory "insufficient-memory"
            InsufficientSpace "insufficient-space" NotDirectory "not-directory" NotEmpty "not-empty"
            NotRecoverable "not-recoverable" Unsupported "unsupported" NoTty "no-tty"
            NoSuchDevice "no-such-device" Overflow "overflow" NotPermitted "not-permitted"
            Pipe "pipe" ReadOnly "read-only" InvalidSeek "invalid-seek"
            TextFileBusy "text-file-busy" CrossDevice "cross-device"
    }

    impl Filesystem {
        /// `would-block` is the second case here and missing in 0.3.
        pub fn to_wasi03(self) -> wasi03::Filesystem {
            match self {
                Filesystem::Access => wasi03::Filesystem::Access,
                Filesystem::WouldBlock => wasi03::Filesystem::Other,
                case => wasi03::Filesystem::of(case as u32 - 1),
            }
        }
    }

    codes! {
        /// `error-code` of `wasi:sockets/network`.
        Sockets:
            Unknown "unknown" AccessDenied "access-denied" NotSupported "not-supported"
            InvalidArgument "invalid-argument" OutOfMemory "out-of-memory" Timeout "timeout"
            ConcurrencyConflict "concurrency-conflict" NotInProgress "not-in-progress"
            WouldBlock "would-block" InvalidState "invalid-state" NewSocketLimit "new-socket-limit"
            AddressNotBindable "address-not-bindable" AddressInUse "address-in-use"
            RemoteUnreachable "remote-unreachable" ConnectionRefused "connection-refused"
            ConnectionReset "connection-reset" ConnectionAborted "connection-aborted"
            DatagramTooLarge "datagram-too-large" NameUnresolvable "name-unresolvable"
            TemporaryResolverFailure "temporary-resolver-failure"
            PermanentResolverFailure "permanent-resolver-failure"
    }

    impl Sockets {
        /// The code of 0.3, except of name lookup.
        pub fn to_wasi03(self) -> wasi03::Sockets {
            use wasi03::Sockets as To;
            match self {
                Sockets::AccessDenied => To::AccessDenied,
                Sockets::NotSupported => To::NotSupported,
                Sockets::InvalidArgument => To::InvalidArgument,
                Sockets::OutOfMemory => To::OutOfMemory,
                Sockets::Timeout => To::Timeout,
                Sockets::ConcurrencyConflict | Sockets::InvalidState => To::InvalidState,
                Sockets::AddressNotBindable => To::AddressNotBindable,
                Sockets::AddressInUse => To::AddressInUse,
                Sockets::RemoteUnreachable => To::RemoteUnreachable,
                Sockets::ConnectionRefused => To::ConnectionRefused,
                Sockets::ConnectionReset => To::ConnectionReset,
                Sockets::ConnectionAborted => To::ConnectionAborted,
                Sockets::DatagramTooLarge => To::DatagramTooLarge,
                Sockets::Unknown
                | Sockets::NotInProgress
                | Sockets::WouldBlock
                | Sockets::NewSocketLimit
                | Sockets::NameUnresolvable
                | Sockets::TemporaryResolverFailure
                | Sockets::PermanentResolverFailure => To::Other,
            }
        }

        /// The code of 0.3 of a name lookup.
        pub fn to_lookup(self) -> wasi03::Lookup {
            use wasi03::Lookup as To;
            match self {
                Sockets::AccessDenied => To::AccessDenied,
                Sockets::InvalidArgument => To::InvalidArgument,
                Sockets::NameUnresolvable => To::NameUnresolvable,
                Sockets::TemporaryResolverFailure => To::TemporaryResolverFailure,
                Sockets::PermanentResolverFailure => To::PermanentResolverFailure,
                _ => To::Other,
            }
        }
    }
}

/// Codes of 0.3. `Other` has a text.
pub mod wasi03 {
    use super::{name, wasi02};

    codes! {
        /// `error-code` of `wasi:cli/types`.
        Cli:
            Io "io" IllegalByteSequence "illegal-byte-sequence" Pipe "pipe"
    }

    impl Cli {
        /// In 0.2, errors of standard streams are those of files.
        pub fn to_wasi02(self) -> wasi02::Filesystem {
            match self {
                Cli::Io => wasi02::Filesystem::Io,
                Cli::IllegalByteSequence => wasi02::Filesystem::IllegalByteSequence,
                Cli::Pipe => wasi02::Filesystem::Pipe,
            }
        }
    }

    codes! {
        /// `error-code` of `wasi:filesystem/types`.
        Filesystem:
            Access "access" Already "already" BadDescriptor "bad-descriptor" Busy "busy"
            Deadlock "deadlock" Quota "quota" Exist "exist" FileTooLarge "file-too-large"
            IllegalByteSequence "illegal-byte-sequence" InProgress "in-progress"
            Interrupted "interrupted" Invalid "invalid" Io "io" IsDirectory "is-directory"
            Loop "loop" TooManyLinks "too-many-links" MessageSize "message-size"
            NameTooLong "name-too-long" NoDevice "no-device" NoEntry "no-entry" NoLock "no-lock"
            InsufficientMemory "insufficient-memory" InsufficientSpace "insufficient-space"
            NotDirectory "not-directory" NotEmpty "not-empty" NotRecoverable "not-recoverable"
            Unsupported "unsupported" NoTty "no-tty" NoSuchDevice "no-such-device"
            Overflow "overflow" NotPermitted "not-permitted" Pipe "pipe" ReadOnly "read-only"
            InvalidSeek "invalid-seek" TextFileBusy "text-file-busy" CrossDevice "cross-device"
            Other "other"
    }

    impl Filesystem {
        /// `other` is the last case here and missing in 0.2.
        pub fn to_wasi02(self) -> wasi02::Filesystem {
            match self {
                Filesystem::Access => wasi02::Filesystem::Access,
                Filesystem::Other => wasi02::Filesystem::Io,
                case => wasi02::Filesystem::of(case as u32 + 1),
            }
        }
    }

    codes! {
        /// `error-code` of `wasi:sockets/types`.
        Sockets:
            AccessDenied "access-denied" NotSupported "not-supported"
            InvalidArgument "invalid-argument" OutOfMemory "out-of-memory" Timeout "timeout"
            InvalidState "invalid-state" AddressNotBindable "address-not-bindable"
            AddressInUse "address-in-use" RemoteUnreachable "remote-unreachable"
            ConnectionRefused "connection-refused" ConnectionBroken "connection-broken"
            ConnectionReset "connection-reset" ConnectionAborted "connection-aborted"
            DatagramTooLarge "datagram-too-large" Other "other"
    }

    impl Sockets {
        pub fn to_wasi02(self) -> wasi02::Sockets {
            use wasi02::Sockets as To;
            match self {
                Sockets::AccessDenied => To::AccessDenied,
                Sockets::NotSupported => To::NotSupported,
                Sockets::InvalidArgument => To::InvalidArgument,
                Sockets::OutOfMemory => To::OutOfMemory,
                Sockets::Timeout => To::Timeout,
                Sockets::InvalidState => To::InvalidState,
                Sockets::AddressNotBindable => To::AddressNotBindable,
                Sockets::AddressInUse => To::AddressInUse,
                Sockets::RemoteUnreachable => To::RemoteUnreachable,
                Sockets::ConnectionRefused => To::ConnectionRefused,
                Sockets::ConnectionReset => To::ConnectionReset,
                Sockets::ConnectionAborted => To::ConnectionAborted,
                Sockets::DatagramTooLarge => To::DatagramTooLarge,
                Sockets::ConnectionBroken | Sockets::Other => To::Unknown,
            }
        }
    }

    codes! {
        /// `error-code` of `wasi:sockets/ip-name-lookup`.
        Lookup:
            AccessDenied "access-denied" InvalidArgument "invalid-argument"
            NameUnresolvable "name-unresolvable"
            TemporaryResolverFailure "temporary-resolver-failure"
            PermanentResolverFailure "permanent-resolver-failure" Other "other"
    }

    impl Lookup {
        pub fn to_wasi02(self) -> wasi02::Sockets {
            use wasi02::Sockets as To;
            match self {
                Lookup::AccessDenied => To::AccessDenied,
                Lookup::InvalidArgument => To::InvalidArgument,
                Lookup::NameUnresolvable => To::NameUnresolvable,
                Lookup::TemporaryResolverFailure => To::TemporaryResolverFailure,
                Lookup::PermanentResolverFailure => To::PermanentResolverFailure,
                Lookup::Other => To::Unknown,
            }
        }
    }
}

codes! {
    /// `error-code` of `wasi:http/types`, of both generations.
    Http:
        DnsTimeout "DNS-timeout" DnsError "DNS-error" DestinationNotFound "destination-not-found"
        DestinationUnavailable "destination-unavailable"
        DestinationIpProhibited "destination-IP-prohibited"
        DestinationIpUnroutable "destination-IP-unroutable" ConnectionRefused "connection-refused"
        ConnectionTerminated "connection-terminated" ConnectionTimeout "connection-timeout"
        ConnectionReadTimeout "connection-read-timeout"
        ConnectionWriteTimeout "connection-write-timeout"
        ConnectionLimitReached "connection-limit-reached" TlsProtocolError "TLS-protocol-error"
        TlsCertificateError "TLS-certificate-error" TlsAlertReceived "TLS-alert-received"
        HttpRequestDenied "HTTP-request-denied"
        HttpRequestLengthRequired "HTTP-request-length-required"
        HttpRequestBodySize "HTTP-request-body-size"
        HttpRequestMethodInvalid "HTTP-request-method-invalid"
        HttpRequestUriInvalid "HTTP-request-URI-invalid"
        HttpRequestUriTooLong "HTTP-request-URI-too-long"
        HttpRequestHeaderSectionSize "HTTP-request-header-section-size"
        HttpRequestHeaderSize "HTTP-request-header-size"
        HttpRequestTrailerSectionSize "HTTP-request-trailer-section-size"
        HttpRequestTrailerSize "HTTP-request-trailer-size"
        HttpResponseIncomplete "HTTP-response-incomplete"
        HttpResponseHeaderSectionSize "HTTP-response-header-section-size"
        HttpResponseHeaderSize "HTTP-response-header-size"
        HttpResponseBodySize "HTTP-response-body-size"
        HttpResponseTrailerSectionSize "HTTP-response-trailer-section-size"
        HttpResponseTrailerSize "HTTP-response-trailer-size"
        HttpResponseTransferCoding "HTTP-response-transfer-coding"
        HttpResponseContentCoding "HTTP-response-content-coding"
        HttpResponseTimeout "HTTP-response-timeout" HttpUpgradeFailed "HTTP-upgrade-failed"
        HttpProtocolError "HTTP-protocol-error" LoopDetected "loop-detected"
        ConfigurationError "configuration-error" InternalError "internal-error"
}

/// The place of the `option<string>` in the payload of a case.
pub enum Text {
    None,
    /// At its start.
    First,
    /// Behind an `option<u8>`.
    Second,
    /// At the start of the value of an option around the payload.
    Inner,
}

impl Http {
    pub fn text(self) -> Text {
        match self {
            Http::DnsError
            | Http::HttpRequestTrailerSize
            | Http::HttpResponseHeaderSize
            | Http::HttpResponseTrailerSize
            | Http::HttpResponseTransferCoding
            | Http::HttpResponseContentCoding
            | Http::InternalError => Text::First,
            Http::TlsAlertReceived => Text::Second,
            Http::HttpRequestHeaderSize => Text::Inner,
            _ => Text::None,
        }
    }
}

/// `header-error` of `wasi:http/types`: the cases that both generations have.
#[derive(Clone, Copy, PartialEq)]
#[repr(u8)]
pub enum Header {
    InvalidSyntax,
    Forbidden,
    Immutable,
}

/// The word of `names` at `index`.
fn name(names: &'static str, index: u8) -> &'static str {
    let mut names = names.as_bytes();
    for _ in 0..index {
        while let [first, rest @ ..] = names {
            names = rest;
            if *first == b' ' {
                break;
            }
        }
    }
    let mut len = 0;
    while len < names.len() && names[len] != b' ' {
        len += 1;
    }
    unsafe { str::from_utf8_unchecked(&names[..len]) }
}

#[cfg(test)]
mod tests {
    use super::{Http, wasi02, wasi03};

    /// The names of the cases of each `error-code` in the WIT of a package.
    fn described(wit: &str) -> Vec<String> {
        let wit = format!("{}/../../crates/wasi-shim/wit/{wit}.wit", env!("CARGO_MANIFEST_DIR"));
        let wit = std::fs::read_to_string(wit).unwrap();
        let bodies = wit.split(" error-code {").skip(1).map(|rest| rest.split_once('}').unwrap().0);
        let name = |case: &str| case.split('(').next().unwrap().trim().to_owned() + " ";
        bodies.map(|body| body.trim().trim_end_matches(',').split(",\n").map(name).collect()).collect()
    }

    #[test]
    fn cases_are_those_of_the_wit() {
        assert_eq!(described("0.2/filesystem"), [wasi02::Filesystem::NAMES]);
        assert_eq!(described("0.2/sockets"), [wasi02::Sockets::NAMES]);
        assert_eq!(described("0.2/http"), [Http::NAMES]);
        assert_eq!(described("0.3/cli"), [wasi03::Cli::NAMES]);
        assert_eq!(described("0.3/filesystem"), [wasi03::Filesystem::NAMES]);
        let mut sockets = described("0.3/sockets");
        sockets.sort_by_key(String::len);
        assert_eq!(sockets, [wasi03::Lookup::NAMES, wasi03::Sockets::NAMES]);
        assert_eq!(described("0.3/http"), [Http::NAMES]);
    }

    /// Cases have the same name in both generations, or `to` stands for those that the other one
    /// lacks.
    macro_rules! same_names {
        ($from:ty, $to:ty, $convert:ident, $lacking:pat) => {
            for number in 0..<$from>::NAMES.split_whitespace().count() as u32 {
                let from = <$from>::of(number);
                let to = from.$convert();
                let names = [from.name(), to.name()];
                assert!(names[0] == names[1] || matches!(to, $lacking), "{names:?}");
                let is_known = <$to>::NAMES.split_whitespace().any(|name| name == names[0]);
                assert_eq!(is_known, names[0] == names[1], "{names:?}");
            }
        };
    }

    #[test]
    fn only_cases_have_numbers() {
        assert_eq!(wasi03::Cli::of(2), wasi03::Cli::Pipe);
        for number in [3, 256] {
            assert!(std::panic::catch_unwind(|| wasi03::Cli::of(number)).is_err(), "{number}");
        }
    }

    #[test]
    fn cases_keep_their_names() {
        same_names!(wasi02::Filesystem, wasi03::Filesystem, to_wasi03, wasi03::Filesystem::Other);
        same_names!(wasi03::Filesystem, wasi02::Filesystem, to_wasi02, wasi02::Filesystem::Io);
        same_names!(wasi03::Cli, wasi02::Filesystem, to_wasi02, wasi02::Filesystem::Io);
        same_names!(wasi03::Sockets, wasi02::Sockets, to_wasi02, wasi02::Sockets::Unknown);
        same_names!(wasi03::Lookup, wasi02::Sockets, to_wasi02, wasi02::Sockets::Unknown);
        same_names!(wasi02::Sockets, wasi03::Lookup, to_lookup, wasi03::Lookup::Other);
        same_names!(
            wasi02::Sockets,
            wasi03::Sockets,
            to_wasi03,
            wasi03::Sockets::Other | wasi03::Sockets::InvalidState
        );
    }
}
