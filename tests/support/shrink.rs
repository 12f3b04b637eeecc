//! Makes inputs that fail as short as they can be.

/// An input from which nothing can be left out: `fails` would not hold any more. `len` tells how
/// many items it has; `without` leaves out so many from a place on.
pub fn shrink<T>(
    mut input: T,
    len: impl Fn(&T) -> usize,
    without: impl Fn(&T, usize, usize) -> T,
    fails: impl Fn(&T) -> bool,
) -> T {
    let mut size = len(&input);
    while size > 0 {
        let mut shorter = false;
        let mut at = 0;
        while at < len(&input) {
            let candidate = without(&input, at, size);
            if fails(&candidate) {
                (input, shorter) = (candidate, true);
            } else {
                at += size;
            }
        }
        size = if size == 1 && shorter { 1 } else { size / 2 };
    }
    input
}
