//! `ip-socket-address`, as it is passed in registers.
//!
//! # Safety
//!
//! Addresses in memory have the layout of the Canonical ABI, and [`SIZE`] bytes.

/// The case, and the flat values of the larger case: of IPv4 the port and four bytes; of IPv6 the
/// port, the flow, eight segments and the scope.
#[derive(Clone, Copy)]
pub struct Address(pub [u32; 12]);

/// Size in memory.
pub const SIZE: usize = 32;

pub const IPV6: u32 = 1;

impl Address {
    /// Any address of this family, any port.
    pub fn unspecified(family: u32) -> Address {
        let mut address = Address([0; 12]);
        address.0[0] = family;
        address
    }

    /// Whether the address may be the peer of a socket of this family. False only if no host
    /// accepts it.
    pub fn may_belong_to(&self, family: u32) -> bool {
        let [case, port, ref rest @ ..] = self.0;
        let address = if case == IPV6 { &rest[1..9] } else { &rest[..4] };
        case == family && port != 0 && address.iter().any(|part| *part != 0)
    }

    /// Reads an address from memory.
    pub fn load(at: *const u8) -> Address {
        let u8 = |offset: usize| unsafe { at.add(offset).read() as u32 };
        let u16 = |offset: usize| unsafe { (at.add(offset) as *const u16).read() as u32 };
        let u32 = |offset: usize| unsafe { (at.add(offset) as *const u32).read() };
        let mut address = Address::unspecified(u8(0));
        let values = &mut address.0;
        values[1] = u16(4);
        if values[0] == IPV6 {
            values[2] = u32(8);
            for segment in 0..8 {
                values[3 + segment] = u16(12 + 2 * segment);
            }
            values[11] = u32(28);
        } else {
            for byte in 0..4 {
                values[2 + byte] = u8(6 + byte);
            }
        }
        address
    }

    /// Writes the address to memory.
    pub fn store(&self, at: *mut u8) {
        let u8 = |offset: usize, value: u32| unsafe { at.add(offset).write(value as u8) };
        let u16 = |offset: usize, value: u32| unsafe { (at.add(offset) as *mut u16).write(value as u16) };
        let u32 = |offset: usize, value: u32| unsafe { (at.add(offset) as *mut u32).write(value) };
        let values = &self.0;
        u8(0, values[0]);
        u16(4, values[1]);
        if values[0] == IPV6 {
            u32(8, values[2]);
            for segment in 0..8 {
                u16(12 + 2 * segment, values[3 + segment]);
            }
            u32(28, values[11]);
        } else {
            for byte in 0..4 {
                u8(6 + byte, values[2 + byte]);
            }
        }
    }
}

/// Exports a function whose parameters are a socket, an address, and others.
macro_rules! export_with_address {
    ($export:literal $name:ident ($this:ident: $type:ty, $address:ident $(, $more:ident: $more_type:ty)*) -> $result:ty
     $body:block) => {
        #[unsafe(export_name = $export)]
        extern "C" fn $name(
            $this: $type,
            a: u32, b: u32, c: u32, d: u32, e: u32, f: u32, g: u32, h: u32, i: u32, j: u32, k: u32, l: u32
            $(, $more: $more_type)*
        ) -> $result {
            let $address = $crate::wasi::sockets::address::Address([a, b, c, d, e, f, g, h, i, j, k, l]);
            $body
        }
    };
}

/// Imports a function whose last parameters are an address and the address of the result.
macro_rules! import_with_address {
    ($module:literal: $($name:ident = $function:literal ($($param:ident),*);)*) => {$(
        pub fn $name($($param: u32,)* address: &$crate::wasi::sockets::address::Address, result: *mut u8) {
            #[link(wasm_import_module = $module)]
            unsafe extern "C" {
                #[link_name = $function]
                fn import(
                    $($param: u32,)*
                    a: u32, b: u32, c: u32, d: u32, e: u32, f: u32, g: u32, h: u32, i: u32, j: u32, k: u32, l: u32,
                    result: *mut u8,
                );
            }
            let [a, b, c, d, e, f, g, h, i, j, k, l] = address.0;
            unsafe { import($($param,)* a, b, c, d, e, f, g, h, i, j, k, l, result) }
        }
    )*};
}

pub(crate) use {export_with_address, import_with_address};
