//! A fuzzer without instrumentation: it mutates what is known, blindly, and by a seed.
//!
//! It finds less in an hour than one that is guided by coverage, and needs nothing but this crate: so the suite can draw
//! some inputs in every run, and anybody a million.

/// What a text is made of.
const WORDS: &str = include_str!("../surrealql.dict");

/// Longer inputs only repeat what shorter ones say; the limits of a text's length have tests of their own.
const BYTES_MAX: usize = 8 * 1024;

/// Draws inputs out of known ones.
pub struct Draw {
    chance: u64,
    known: Vec<Vec<u8>>,
    words: Vec<Vec<u8>>,
}

impl Draw {
    /// The same seed and inputs draw the same.
    pub fn new(seed: u64, known: Vec<Vec<u8>>) -> Draw {
        assert!(!known.is_empty(), "there is something to begin with");
        let words = WORDS.lines().filter_map(word).collect();
        Draw { chance: seed, known, words }
    }

    /// Draws the next input.
    pub fn input(&mut self) -> Vec<u8> {
        let mut input = self.one_of_the_known();
        for _ in 0..=self.below(6) {
            self.mutate(&mut input);
        }
        input.truncate(BYTES_MAX);
        input
    }

    fn mutate(&mut self, input: &mut Vec<u8>) {
        let (from, to) = self.stretch(input.len());
        match self.below(9) {
            0 => drop(input.drain(from..to)),
            1 => {
                let word = self.one_of_the_words();
                input.splice(from..from, word);
            }
            2 => {
                let word = self.one_of_the_words();
                input.splice(from..to, word);
            }
            3 => {
                let other = self.one_of_the_known();
                let (start, end) = self.stretch(other.len());
                input.splice(from..to, other[start..end].to_vec());
            }
            4 => {
                let times = self.below(40);
                let again = input[from..to].repeat(times);
                input.splice(to..to, again);
            }
            5 if from < input.len() => input[from] ^= 1 << self.below(8),
            6 if from < input.len() => input[from] = self.below(256) as u8,
            7 => {
                let other = self.one_of_the_known();
                let (start, _) = self.stretch(other.len());
                input.truncate(from);
                input.extend_from_slice(&other[start..]);
            }
            _ => {
                let (start, end) = self.stretch(input.len());
                let moved = input[start..end].to_vec();
                let at = from.min(input.len());
                input.splice(at..at, moved);
            }
        }
        input.truncate(4 * BYTES_MAX);
    }

    fn one_of_the_known(&mut self) -> Vec<u8> {
        let at = self.below(self.known.len());
        self.known[at].clone()
    }

    fn one_of_the_words(&mut self) -> Vec<u8> {
        let at = self.below(self.words.len());
        self.words[at].clone()
    }

    /// Two places of an input, mostly near each other.
    fn stretch(&mut self, length: usize) -> (usize, usize) {
        let from = self.below(length + 1);
        let reach = if self.below(4) == 0 { length } else { 12 };
        let to = (from + self.below(reach + 1)).min(length);
        (from, to)
    }

    /// A number below another (SplitMix64).
    fn below(&mut self, end: usize) -> usize {
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.chance;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end.max(1) as u64) as usize
    }
}

/// One line of the dictionary: a text in quotes, with `\"`, `\\` and `\xNN`.
fn word(line: &str) -> Option<Vec<u8>> {
    let text = line.strip_prefix('"')?.strip_suffix('"')?;
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let byte = match byte {
            b'\\' => match rest.next()? {
                b'x' => {
                    let digits = [rest.next()?, rest.next()?];
                    u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
                }
                plain => plain,
            },
            plain => plain,
        };
        bytes.push(byte);
    }
    Some(bytes)
}
