//! The schedule: the same scenario and seed give the same steps at the same instants, whatever the
//! server does (open loop).

use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
    time::Duration,
};

use rand::{Rng as _, RngExt as _, SeedableRng, rngs::ChaCha8Rng};

use super::step::{Step, What};
use crate::scenario::{
    file::{Action, Arrivals, Scenario, Trouble},
    span::Spread,
};

/// An agent who types says so this often.
const TYPING_EVERY: Duration = Duration::from_secs(4);

/// Makes the steps of a run one after the other.
pub(crate) struct Schedule {
    scenario: Scenario,
    random: ChaCha8Rng,
    /// When the next action is due.
    next: Duration,
    /// Later steps of actions that have begun, and faults.
    later: BinaryHeap<Reverse<Later>>,
    count: u64,
}

/// A step in the heap: by time, then in the order of making.
struct Later {
    step: Step,
    order: u64,
}

impl Schedule {
    /// Begins a schedule.
    pub(crate) fn new(scenario: &Scenario, seed: u64) -> Self {
        let mut it = Self {
            scenario: scenario.clone(),
            random: ChaCha8Rng::seed_from_u64(seed),
            next: Duration::ZERO,
            later: BinaryHeap::new(),
            count: 0,
        };
        it.faults();
        it.wait();
        it
    }

    fn faults(&mut self) {
        let agents = self.scenario.load.agents;
        for fault in self.scenario.faults.clone() {
            let at = fault.at.of(self.scenario.load.duration.0);
            for seat in 0..agents {
                if self.random.random::<f64>() >= fault.share {
                    continue;
                }
                let delay = fault.over.0.mul_f64(self.random.random());
                let what = match fault.what {
                    Trouble::Cut => What::Cut,
                    Trouble::Close => What::Close,
                    Trouble::Stall => What::Stall(fault.lasting.0),
                };
                self.push(at + delay, seat, 0, what);
            }
        }
    }

    /// Moves on to the instant of the next action.
    fn wait(&mut self) {
        let mean = 1.0 / self.scenario.load.rate.0;
        let seconds = match self.scenario.load.arrivals {
            Arrivals::Constant => mean,
            // The distances between random instants: never zero, so the logarithm is finite.
            Arrivals::Poisson => -mean * (1.0 - self.random.random::<f64>()).ln(),
        };
        self.next += Duration::from_secs_f64(seconds.min(3_600.0));
    }

    fn push(&mut self, at: Duration, seat: u32, customer: u32, what: What) {
        self.count += 1;
        let step = Step { at, seat, customer, what };
        self.later.push(Reverse(Later { step, order: self.count }));
    }

    fn action(&mut self) -> Action {
        let whole: f64 = self.scenario.mix.values().sum();
        let mut place = self.random.random::<f64>() * whole;
        for (action, weight) in &self.scenario.mix {
            place -= weight;
            if place < 0.0 {
                return *action;
            }
        }
        Action::Text
    }

    fn begin(&mut self) {
        let at = self.next;
        let action = self.action();
        let load = &self.scenario.load;
        let (agents, contenders) = (load.agents, load.contenders);
        let seat = self.random.random_range(0..agents);
        let among = if load.hot_customers > 0 && action != Action::Text {
            load.hot_customers
        } else {
            load.customers
        };
        let customer = self.random.random_range(0..among);
        match action {
            Action::Text => self.push(at, seat, customer, What::Text),
            Action::Reply => self.push(at, seat, customer, What::Reply),
            Action::Note => self.push(at, seat, customer, What::Note),
            Action::Reconnect => {
                let what = if self.random.random() { What::Cut } else { What::Close };
                self.push(at, seat, customer, what);
            }
            Action::Assign => {
                let whom = self.random.next_u32();
                self.push(at, seat, customer, What::Assign(whom));
            }
            Action::Status => {
                let which = self.random.next_u32();
                self.push(at, seat, customer, What::Status(which));
            }
            Action::Contend => {
                for other in 0..contenders {
                    self.push(at, (seat + other) % agents, customer, What::Reply);
                }
            }
            Action::Open => {
                let looking = self.drawn(self.scenario.people.looking);
                self.push(at, seat, customer, What::View);
                self.push(at, seat, customer, What::Open);
                self.push(at + looking, seat, customer, What::Leave);
            }
            Action::Answer => {
                let typing = self.drawn(self.scenario.people.typing);
                self.push(at, seat, customer, What::View);
                self.push(at, seat, customer, What::Open);
                self.push(at, seat, customer, What::Lock);
                let mut typed = Duration::ZERO;
                while typed < typing {
                    self.push(at + typed, seat, customer, What::Type);
                    typed += TYPING_EVERY;
                }
                self.push(at + typing, seat, customer, What::Reply);
                self.push(at + typing, seat, customer, What::Leave);
            }
        }
    }

    fn drawn(&mut self, spread: Spread) -> Duration {
        spread.from + spread.to.saturating_sub(spread.from).mul_f64(self.random.random())
    }
}

impl Iterator for Schedule {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let end = self.scenario.load.duration.0;
        loop {
            let due = self.later.peek().map(|Reverse(it)| it.step.at);
            if self.next < end && due.is_none_or(|due| self.next <= due) {
                self.begin();
                self.wait();
                continue;
            }
            // What was begun before the end is also finished.
            return self.later.pop().map(|Reverse(it)| it.step);
        }
    }
}

impl PartialEq for Later {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Later {}

impl PartialOrd for Later {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Later {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.step.at, self.order).cmp(&(other.step.at, other.order))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::read;

    fn steps(name: &str, seed: u64) -> Vec<Step> {
        Schedule::new(&read::named(name).unwrap(), seed).collect()
    }

    #[test]
    fn a_seed_gives_one_schedule_in_order() {
        let first = steps("desk-day", 7);
        assert_eq!(first, steps("desk-day", 7));
        assert_ne!(first, steps("desk-day", 8));
        assert!(first.is_sorted_by_key(|it| it.at));
        // 60 s at 20 actions a second; answers and openings have several steps.
        let texts = first.iter().filter(|it| it.what.is_customers()).count();
        assert!((330..510).contains(&texts), "{texts}");
    }

    #[test]
    fn a_storm_cuts_everybody_at_one_instant() {
        let storm = steps("reconnect-storm", 1);
        let cuts: Vec<_> = storm.iter().filter(|it| it.what == What::Cut).collect();
        assert_eq!(cuts.len(), 300);
        assert!(cuts.iter().all(|it| it.at == cuts[0].at));
    }
}
