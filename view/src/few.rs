//! A list that is nearly always of one element, and then needs no memory of its own.

/// The list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Few<T> {
    /// One element.
    One(T),
    /// Any other number.
    Many(Vec<T>),
}

impl<T> Default for Few<T> {
    fn default() -> Few<T> {
        Few::Many(Vec::new())
    }
}

impl<T> Few<T> {
    /// Returns the elements.
    pub fn as_slice(&self) -> &[T] {
        match self {
            Few::One(element) => std::slice::from_ref(element),
            Few::Many(elements) => elements,
        }
    }

    /// Returns the elements.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        match self {
            Few::One(element) => std::slice::from_mut(element),
            Few::Many(elements) => elements,
        }
    }

    /// Appends an element.
    pub fn push(&mut self, element: T) {
        self.insert(self.as_slice().len(), element);
    }

    /// Inserts an element.
    pub fn insert(&mut self, at: usize, element: T) {
        match std::mem::take(self) {
            Few::Many(elements) if elements.is_empty() => *self = Few::One(element),
            Few::Many(mut elements) => {
                elements.insert(at, element);
                *self = Few::Many(elements);
            }
            Few::One(first) => {
                let mut elements = Vec::with_capacity(4);
                elements.push(first);
                elements.insert(at, element);
                *self = Few::Many(elements);
            }
        }
    }

    /// Removes an element.
    pub fn remove(&mut self, at: usize) -> T {
        match std::mem::take(self) {
            Few::One(element) => {
                assert!(at == 0, "there is one element");
                element
            }
            Few::Many(mut elements) => {
                let removed = elements.remove(at);
                *self = Few::Many(elements);
                removed
            }
        }
    }

    /// Drops the elements behind the first `len`.
    pub fn truncate(&mut self, len: usize) {
        match self {
            Few::One(_) if len == 0 => *self = Few::default(),
            Few::One(_) => {}
            Few::Many(elements) => elements.truncate(len),
        }
    }

    /// Returns how many elements its own memory has room for.
    pub fn capacity(&self) -> usize {
        match self {
            Few::One(_) => 0,
            Few::Many(elements) => elements.capacity(),
        }
    }
}

impl<T> From<Vec<T>> for Few<T> {
    fn from(mut elements: Vec<T>) -> Few<T> {
        if elements.len() == 1 { Few::One(elements.remove(0)) } else { Few::Many(elements) }
    }
}

impl<T> std::ops::Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.as_slice()
    }
}

#[cfg(test)]
mod tests {
    use super::Few;

    #[test]
    fn it_is_a_list() {
        let mut few = Few::default();
        let mut model = Vec::new();
        for (at, element) in [(0, 'b'), (0, 'a'), (2, 'd'), (2, 'c')] {
            few.insert(at, element);
            model.insert(at, element);
            assert_eq!(few.as_slice(), model);
        }
        for at in [1, 2, 0, 0] {
            assert_eq!(few.remove(at), model.remove(at));
            assert_eq!(few.as_slice(), model);
        }
        few.push('z');
        assert_eq!((few.as_slice(), few.capacity()), (&['z'][..], 0));
        few.truncate(0);
        assert!(few.is_empty());
    }
}
