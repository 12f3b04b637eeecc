//! Intrusive linked lists: entering an object allocates nothing.

use crate::shared::Shared;
use core::cell::Cell;

/// The link to the next object of a list, kept in the object, which can be in one list at a time.
pub type Link<T> = Cell<Option<Shared<T>>>;

pub trait Linked: Sized + 'static {
    fn link(&self) -> &Link<Self>;
}

/// # Safety
///
/// Objects leave the list before they are freed.
pub struct List<T>(Link<T>);

impl<T: Linked> List<T> {
    pub const fn new() -> List<T> {
        List(Cell::new(None))
    }

    pub fn is_empty(&self) -> bool {
        self.0.get().is_none()
    }

    pub fn first(&self) -> Option<Shared<T>> {
        self.0.get()
    }

    /// Enters an object at the front.
    pub fn push(&self, object: &T) {
        object.link().set(self.0.replace(Some(Shared::of(object))));
    }

    /// Takes the first object out.
    pub fn pop(&self) -> Option<Shared<T>> {
        let first = self.0.get();
        if let Some(first) = first {
            self.0.set(first.link().get());
        }
        first
    }

    /// Takes an object out of the list, if it is in it.
    pub fn remove(&self, object: &T) {
        let mut link = &self.0;
        while let Some(at) = link.get() {
            if at == Shared::of(object) {
                link.set(object.link().get());
                return;
            }
            link = at.leak().link();
        }
    }
}

impl<T: Linked> Default for List<T> {
    fn default() -> List<T> {
        List::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Item(u32, Link<Item>);

    impl Linked for Item {
        fn link(&self) -> &Link<Item> {
            &self.1
        }
    }

    fn item(number: u32) -> Shared<Item> {
        Shared::new(Item(number, Cell::new(None)))
    }

    fn numbers(list: &List<Item>) -> Vec<u32> {
        let mut numbers = Vec::new();
        let mut at = list.first();
        while let Some(item) = at {
            numbers.push(item.0);
            at = item.link().get();
        }
        numbers
    }

    #[test]
    fn the_last_that_entered_is_the_first() {
        let list = List::<Item>::new();
        assert!(list.pop().is_none());
        [1, 2, 3].iter().for_each(|number| list.push(&item(*number)));
        assert_eq!(numbers(&list), [3, 2, 1]);
        assert_eq!(list.pop().unwrap().0, 3);
        assert_eq!(numbers(&list), [2, 1]);
    }

    #[test]
    fn objects_leave_from_anywhere() {
        for leaving in 0..3 {
            let list = List::<Item>::new();
            let items = [0, 1, 2].map(item);
            items.iter().for_each(|item| list.push(item));
            list.remove(&items[leaving]);
            let left: Vec<u32> = [2, 1, 0].into_iter().filter(|number| *number != leaving as u32).collect();
            assert_eq!(numbers(&list), left);
            list.push(&items[leaving]);
            assert_eq!(list.first().unwrap().0, leaving as u32);
            assert_eq!(numbers(&list).len(), 3);
        }
    }

    #[test]
    fn what_is_in_no_list_leaves_none() {
        let list = List::<Item>::new();
        list.push(&item(1));
        list.remove(&item(2));
        assert_eq!(numbers(&list), [1]);
        assert!(!list.is_empty());
    }
}
