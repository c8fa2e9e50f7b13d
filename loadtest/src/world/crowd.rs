//! The customers: each a phone with a number that no other run has used.

use std::collections::HashMap;

/// A sandbox phone shows its last 200 messages; a customer who has so many is replaced.
const MESSAGES_MAX: u32 = 160;

/// A customer.
#[derive(Debug)]
pub(crate) struct Customer {
    pub(crate) number: String,
    /// The number of its thread, once there is one.
    pub(crate) thread: Option<u32>,
    /// Messages from and to it.
    pub(crate) messages: u32,
}

/// All customers that there were, and those who write now.
#[derive(Debug)]
pub(crate) struct Crowd {
    list: Vec<Customer>,
    /// The customers of now, by the schedule's numbers.
    now: Vec<u32>,
    by_number: HashMap<String, u32>,
    by_thread: HashMap<u32, u32>,
    /// Five digits.
    run: u32,
    /// Whether a customer is replaced when its phone is full.
    replace: bool,
}

impl Crowd {
    /// Makes the first customers.
    pub(crate) fn new(count: u32, run: u32, replace: bool) -> Self {
        let mut crowd = Self {
            list: Vec::new(),
            now: Vec::new(),
            by_number: HashMap::new(),
            by_thread: HashMap::new(),
            run,
            replace,
        };
        for _customer in 0..count {
            let customer = crowd.add();
            crowd.now.push(customer);
        }
        crowd
    }

    fn add(&mut self) -> u32 {
        let customer = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        // No country has +999, so this is nobody's number.
        let number = format!("+999{:05}{customer:07}", self.run % 100_000);
        self.by_number.insert(number.clone(), customer);
        self.list.push(Customer { number, thread: None, messages: 0 });
        customer
    }

    /// Returns the customer who has this place in the schedule now.
    pub(crate) fn at(&self, place: u32) -> Option<u32> {
        self.now.get(usize::try_from(place).ok()?).copied()
    }

    /// Returns a customer.
    pub(crate) fn get(&self, customer: u32) -> Option<&Customer> {
        self.list.get(usize::try_from(customer).ok()?)
    }

    /// All that there were.
    pub(crate) fn all(&self) -> impl Iterator<Item = (u32, &Customer)> {
        (0..).zip(&self.list)
    }

    /// A thread has begun for this number.
    pub(crate) fn began(&mut self, number: &str, thread: u32) {
        let Some(customer) = self.by_number.get(number).copied() else { return };
        self.by_thread.insert(thread, customer);
        if let Some(it) = usize::try_from(customer).ok().and_then(|it| self.list.get_mut(it)) {
            it.thread = Some(thread);
        }
    }

    /// A message more in this thread; returns whether its customer was replaced, and by whom.
    pub(crate) fn message(&mut self, thread: u32) -> Option<u32> {
        let customer = *self.by_thread.get(&thread)?;
        let it = self.list.get_mut(usize::try_from(customer).ok()?)?;
        it.messages += 1;
        if !self.replace || it.messages != MESSAGES_MAX {
            return None;
        }
        let place = self.now.iter().position(|it| *it == customer)?;
        let next = self.add();
        *self.now.get_mut(place)? = next;
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_phone_is_put_away_and_its_place_taken() {
        let mut crowd = Crowd::new(2, 123, true);
        assert_eq!(crowd.get(1).unwrap().number, "+999001230000001");
        crowd.began("+999001230000001", 9);
        let replaced: Vec<u32> = (0..400).filter_map(|_| crowd.message(9)).collect();
        assert_eq!((replaced, crowd.at(1), crowd.at(0)), (vec![2], Some(2), Some(0)));
        assert_eq!(crowd.message(77), None, "not a thread of this run");
    }
}
