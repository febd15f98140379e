//! Measures the candidates of a comparison in turn.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// How long to measure.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) runs: usize,
    rounds: usize,
    batch: Duration,
}

impl Effort {
    pub(crate) const FULL: Self = Self {
        runs: 7,
        rounds: 500,
        batch: Duration::from_micros(50),
    };
    pub(crate) const SHORT: Self = Self {
        runs: 2,
        rounds: 10,
        batch: Duration::from_micros(5),
    };
}

pub(crate) struct Group {
    candidates: Vec<Candidate>,
}

struct Candidate {
    name: &'static str,
    /// Runs the candidate this many times.
    repeat: Box<dyn FnMut(u32)>,
    batch: u32,
    /// The nanoseconds of one repetition, for each round.
    times: Vec<f64>,
}

impl Group {
    pub(crate) fn new() -> Self {
        Self {
            candidates: Vec::new(),
        }
    }

    pub(crate) fn add<T>(&mut self, name: &'static str, mut once: impl FnMut() -> T + 'static) {
        self.candidates.push(Candidate {
            name,
            repeat: Box::new(move |times| {
                for _ in 0..times {
                    black_box(once());
                }
            }),
            batch: 1,
            times: Vec::new(),
        });
    }

    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.candidates
            .iter()
            .map(|candidate| candidate.name)
            .collect()
    }

    pub(crate) fn measure(&mut self, effort: Effort) {
        for candidate in &mut self.candidates {
            candidate.fill_a_batch(effort.batch);
        }
        let count = self.candidates.len();
        for round in 0..effort.rounds {
            for turn in 0..count {
                // Each candidate is first in some rounds. The order is reversed in every other
                // round, so that none always follows the same one.
                let turn = if round % 2 == 0 {
                    turn
                } else {
                    count - 1 - turn
                };
                self.candidates[(round / 2 + turn) % count].measure();
            }
        }
    }

    /// Returns the median time of a candidate.
    pub(crate) fn nanoseconds(&self, name: &str) -> f64 {
        median(self.times(name).to_vec())
    }

    /// Returns the median of the ratios of the rounds.
    pub(crate) fn ratio(&self, name: &str, to: &str) -> f64 {
        self.paired(name, to, |one, other| one / other)
    }

    /// Returns the median of the differences of the rounds.
    pub(crate) fn overhead(&self, name: &str, over: &str) -> f64 {
        self.paired(name, over, |one, other| one - other)
    }

    fn paired(&self, one: &str, other: &str, figure: impl Fn(f64, f64) -> f64) -> f64 {
        let rounds = self.times(one).iter().zip(self.times(other));
        median(rounds.map(|(&one, &other)| figure(one, other)).collect())
    }

    fn times(&self, name: &str) -> &[f64] {
        let candidate = self
            .candidates
            .iter()
            .find(|candidate| candidate.name == name);
        &candidate.expect("it is one of the group").times
    }
}

impl Candidate {
    /// Finds the number of repetitions that take this long.
    fn fill_a_batch(&mut self, duration: Duration) {
        self.batch = 10;
        let fastest = (0..10)
            .map(|_| self.nanoseconds())
            .fold(f64::INFINITY, f64::min);
        self.batch = (duration.as_nanos() as f64 / fastest).max(1.0) as u32;
    }

    fn measure(&mut self) {
        let time = self.nanoseconds();
        self.times.push(time);
    }

    /// The time of one repetition in a batch.
    fn nanoseconds(&mut self) -> f64 {
        let start = Instant::now();
        (self.repeat)(self.batch);
        start.elapsed().as_nanos() as f64 / f64::from(self.batch)
    }
}

pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
