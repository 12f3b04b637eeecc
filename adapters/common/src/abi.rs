//! The area through which functions return more than one core value.
//!
//! # Safety
//!
//! Offsets in an area are constants of a layout, which lies within the area and is aligned in it.

use crate::global::Global;
use core::cell::UnsafeCell;

/// Layouts follow the Canonical ABI; each use names the type that it writes.
#[repr(C, align(8))]
pub struct Area(UnsafeCell<[u8; 112]>);

static AREA: Global<Area> = Global::new(Area(UnsafeCell::new([0; 112])));

/// The result of an exported function that uses the return area.
pub type Ret = *const Area;

/// The return area, to be filled from scratch: the caller reads only what the discriminants select.
pub fn area() -> &'static Area {
    &AREA
}

impl Area {
    pub fn at(&self) -> *mut u8 {
        self.0.get() as *mut u8
    }

    pub fn u8(&self, offset: usize, value: u8) -> &Self {
        unsafe { self.at().add(offset).write(value) };
        self
    }

    pub fn u32(&self, offset: usize, value: u32) -> &Self {
        unsafe { (self.at().add(offset) as *mut u32).write(value) };
        self
    }

    pub fn u64(&self, offset: usize, value: u64) -> &Self {
        unsafe { (self.at().add(offset) as *mut u64).write(value) };
        self
    }

    pub fn get_u8(&self, offset: usize) -> u8 {
        unsafe { self.at().add(offset).read() }
    }

    pub fn get_u32(&self, offset: usize) -> u32 {
        unsafe { (self.at().add(offset) as *const u32).read() }
    }

    pub fn get_u64(&self, offset: usize) -> u64 {
        unsafe { (self.at().add(offset) as *const u64).read() }
    }

    pub fn ret(&self) -> Ret {
        self
    }
}
