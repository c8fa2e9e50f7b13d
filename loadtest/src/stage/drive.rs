//! The ramp, and then the schedule: every step is started when it is due, whatever has come of the
//! ones before.

use std::{rc::Rc, time::Duration};

use rand::{SeedableRng as _, rngs::ChaCha8Rng};
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};

use super::{set_up::Stage, watch::watch};
use crate::{
    desk::{agent::Desk, targets::Targets},
    measure::{meter::Counter, names::Time},
    plan::{
        schedule::Schedule,
        step::{Step, What},
    },
    scenario::file::Trouble,
    settings::Settings,
    world::{clock::micros, shared::World},
};

/// Steps that wait at a desk that is away. More are skipped, and counted.
const WAITING: usize = 256;
/// Texts on their way at one time.
const TEXTS: usize = 2_000;
/// After the ramp, desks may need so long to be there.
const LATE: Duration = Duration::from_secs(20);

/// A run whose schedule is done.
pub(crate) struct Driven {
    pub(crate) desks: JoinSet<()>,
    pub(crate) texts: JoinSet<()>,
    pub(crate) watching: JoinSet<()>,
    pub(crate) stop: watch::Sender<bool>,
    /// How long the measured part lasted.
    pub(crate) lasted: Duration,
    /// Whether somebody ended it early.
    pub(crate) interrupted: bool,
}

/// Drives the whole schedule.
pub(crate) async fn drive(stage: &Rc<Stage>, settings: &Settings) -> Driven {
    let world = Rc::clone(&stage.world);
    let (stop, stopped) = watch::channel(false);
    let mut watching = JoinSet::new();
    watching.spawn_local(watch(Rc::clone(&world), settings.progress, settings.seed));
    let mut desks = JoinSet::new();
    let mut texts = JoinSet::new();
    let ramp = settings.scenario.load.ramp.0;
    let senders = open_desks(stage, settings, &stopped, &mut desks);
    first_texts(stage, ramp, &mut texts);
    sleep(ramp).await;
    let late = Instant::now() + LATE;
    while Instant::now() < late && !is_ready(&world) {
        sleep(Duration::from_millis(20)).await;
    }
    if !is_ready(&world) {
        world.note(format!("not every desk and thread was there {LATE:?} after the ramp"));
    }
    let starts = world.clock.now() + 50_000;
    world.starts.set(starts);
    world.meter.borrow_mut().measuring = true;
    let mut player = Player { stage: Rc::clone(stage), senders, texts };
    let began = world.clock.instant(starts);
    let interrupted = tokio::select! {
        () = player.play(settings, began) => false,
        _ = tokio::signal::ctrl_c() => true,
    };
    let lasted = began.elapsed();
    Driven { desks, texts: player.texts, watching, stop, lasted, interrupted }
}

/// Starts every desk's task; they connect one after the other over the ramp.
fn open_desks(
    stage: &Rc<Stage>,
    settings: &Settings,
    stopped: &watch::Receiver<bool>,
    desks: &mut JoinSet<()>,
) -> Vec<mpsc::Sender<Step>> {
    let small = settings.scenario.faults.iter().any(|it| it.what == Trouble::Stall);
    let world = &stage.world;
    let count = u32::try_from(world.seats.len()).unwrap_or(u32::MAX).max(1);
    let ramp = settings.scenario.load.ramp.0;
    let mut senders = Vec::new();
    for (seat, number) in (0..world.seats.len()).zip(0_u32..) {
        let (sender, steps) = mpsc::channel(WAITING);
        senders.push(sender);
        let login = world.seats.get(seat).map(|it| it.borrow().login).unwrap_or_default();
        let token = stage.logins.get(login).map(|it| it.api.token.as_str()).unwrap_or_default();
        let seed = settings.seed.wrapping_mul(1_000_003).wrapping_add(number.into());
        let desk = Desk {
            world: Rc::clone(world),
            seat,
            token: Rc::from(token),
            targets: Targets::new(Rc::clone(&stage.targets), seat),
            steps,
            stop: stopped.clone(),
            random: ChaCha8Rng::seed_from_u64(seed),
            small,
            connection: 0,
            opened: Instant::now(),
            lost: None,
        };
        let delay = ramp.mul_f64(f64::from(number) / f64::from(count));
        desks.spawn_local(async move {
            sleep(delay).await;
            desk.live().await;
        });
    }
    senders
}

/// Every customer writes once during the ramp, so that every thread is there.
fn first_texts(stage: &Rc<Stage>, ramp: Duration, texts: &mut JoinSet<()>) {
    let count = stage.world.scenario.load.customers;
    for place in 0..count {
        let delay = ramp.mul_f64(f64::from(place) / f64::from(count));
        let stage = Rc::clone(stage);
        texts.spawn_local(async move {
            sleep(delay).await;
            let customer = stage.world.crowd.borrow().at(place);
            if let Some(customer) = customer {
                let due = stage.world.clock.now();
                stage.post.text(&stage.world, customer, due).await;
            }
        });
    }
}

fn is_ready(world: &World) -> bool {
    let desks = world.seats.iter().all(|it| it.borrow().live || it.borrow().gone.is_some());
    desks && world.crowd.borrow().all().all(|(_, it)| it.thread.is_some())
}

/// Starts the steps.
struct Player {
    stage: Rc<Stage>,
    senders: Vec<mpsc::Sender<Step>>,
    texts: JoinSet<()>,
}

impl Player {
    async fn play(&mut self, settings: &Settings, began: Instant) {
        let world = Rc::clone(&self.stage.world);
        let starts = world.starts.get();
        for step in Schedule::new(&settings.scenario, settings.seed) {
            sleep_until(began + step.at).await;
            let due = starts + micros(step.at);
            let late = world.clock.now().saturating_sub(due);
            {
                let mut meter = world.meter.borrow_mut();
                meter.add(Time::Lag, late);
                meter.count(Counter::ACTIONS, 1);
            }
            while self.texts.try_join_next().is_some() {}
            self.newcomers();
            if step.what.is_customers() {
                let customer = world.crowd.borrow().at(step.customer);
                self.text(customer, due);
            } else {
                self.hand_over(step);
            }
        }
    }

    fn text(&mut self, customer: Option<u32>, due: u64) {
        let Some(customer) = customer.filter(|_| self.texts.len() < TEXTS) else {
            self.stage.world.meter.borrow_mut().count(Counter::SKIPPED, 1);
            return;
        };
        let stage = Rc::clone(&self.stage);
        self.texts.spawn_local(async move {
            stage.post.text(&stage.world, customer, due).await;
        });
    }

    /// Customers who took another's place write first.
    fn newcomers(&mut self) {
        let newcomers = self.stage.world.newcomers.take();
        for customer in newcomers {
            let due = self.stage.world.clock.now();
            self.text(Some(customer), due);
        }
    }

    /// Gives a step to its desk, or to the next one that is not asleep on purpose.
    fn hand_over(&self, step: Step) {
        let count = self.senders.len();
        let first = usize::try_from(step.seat).unwrap_or_default();
        let fault = matches!(step.what, What::Cut | What::Close | What::Stall(_));
        let awake = (0..count).map(|more| (first + more) % count).find(|seat| {
            let seat = self.stage.world.seats.get(*seat);
            fault || seat.is_some_and(|it| !it.borrow().stalled && it.borrow().gone.is_none())
        });
        let sender = awake.and_then(|seat| self.senders.get(seat));
        if sender.is_none_or(|it| it.try_send(step).is_err()) {
            self.stage.world.meter.borrow_mut().count(Counter::SKIPPED, 1);
        }
    }
}
