//! Panics. They end in a trap, which has no message in the component model. A host that runs the
//! core module itself, such as JavaScript, finds the message by `panic_message`.

use std::sync::Mutex;

static MESSAGE: Mutex<String> = Mutex::new(String::new());

/// Keeps the message of a panic.
pub fn watch() {
    std::panic::set_hook(Box::new(|panic| {
        if let Ok(mut message) = MESSAGE.lock() {
            *message = panic.to_string();
        }
    }));
}

/// The message's address in the upper half, its length in the lower; 0 if nothing panicked.
#[unsafe(no_mangle)]
extern "C" fn panic_message() -> u64 {
    match MESSAGE.lock() {
        Ok(message) if !message.is_empty() => (message.as_ptr() as u64) << 32 | message.len() as u64,
        _ => 0,
    }
}
