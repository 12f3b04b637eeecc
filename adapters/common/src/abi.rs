//! The area through which functions return more than one core value.

use crate::cell::Global;

/// Layouts are the canonical ABI's; every use says which type it writes.
#[repr(C, align(8))]
pub struct Area([u8; 112]);

static AREA: Global<Area> = Global::new(Area([0; 112]));

/// What an exported function with a return area returns.
pub type Ret = *const Area;

/// The return area, to be filled from scratch: the caller reads only what the discriminants select.
pub fn area() -> &'static mut Area {
    AREA.get()
}

impl Area {
    pub fn at(&mut self) -> *mut u8 {
        self.0.as_mut_ptr()
    }

    pub fn u8(&mut self, offset: usize, value: u8) -> &mut Self {
        unsafe { self.at().add(offset).write(value) };
        self
    }

    pub fn u32(&mut self, offset: usize, value: u32) -> &mut Self {
        unsafe { (self.at().add(offset) as *mut u32).write(value) };
        self
    }

    pub fn u64(&mut self, offset: usize, value: u64) -> &mut Self {
        unsafe { (self.at().add(offset) as *mut u64).write(value) };
        self
    }

    pub fn get_u8(&mut self, offset: usize) -> u8 {
        unsafe { self.at().add(offset).read() }
    }

    pub fn get_u32(&mut self, offset: usize) -> u32 {
        unsafe { (self.at().add(offset) as *const u32).read() }
    }

    pub fn get_u64(&mut self, offset: usize) -> u64 {
        unsafe { (self.at().add(offset) as *const u64).read() }
    }

    pub fn ret(&mut self) -> Ret {
        self
    }
}
