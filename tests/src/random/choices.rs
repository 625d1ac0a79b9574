//! Enumerating everything that a function can choose.
//!
//! The function asks for one choice after the other, as it would ask for chance; run again and again until
//! [`Choices::advance`] says that there is no more, it makes every combination of choices once.

/// An odometer whose wheels appear as they are asked for.
#[derive(Debug, Default)]
pub struct Choices {
    /// What was chosen, of how many.
    wheels: Vec<(usize, usize)>,
    asked: usize,
}

impl Choices {
    /// Chooses a number below `of`.
    pub fn below(&mut self, of: usize) -> usize {
        assert!(of > 0, "there is something to choose from");
        if self.asked == self.wheels.len() {
            self.wheels.push((0, of));
        }
        let (chosen, known) = self.wheels[self.asked];
        assert!(known == of, "the same choices lead to the same question");
        self.asked += 1;
        chosen
    }

    /// Chooses one of several.
    pub fn of<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// Goes on to the next combination; false if that was the last one.
    pub fn advance(&mut self) -> bool {
        self.wheels.truncate(self.asked);
        self.asked = 0;
        while let Some((chosen, of)) = self.wheels.pop() {
            if chosen + 1 < of {
                self.wheels.push((chosen + 1, of));
                return true;
            }
        }
        false
    }

    /// Runs `make` for every combination.
    pub fn every<T>(mut make: impl FnMut(&mut Choices) -> T) -> Vec<T> {
        let mut choices = Choices::default();
        let mut made = vec![make(&mut choices)];
        while choices.advance() {
            made.push(make(&mut choices));
        }
        made
    }
}
