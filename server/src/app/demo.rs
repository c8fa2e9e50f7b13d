//! The demo's people: three agents, a supervisor and an administrator, with passwords that are made up at first start.

use protocol::views::Role;

use crate::{
    auth::{password::Passwords, token::random_hex},
    commands::{error::CommandError, road::Road, setup::DemoAgent},
};

/// The people.
const PEOPLE: [(&str, Role); 5] = [
    ("Ann", Role::Agent),
    ("Ben", Role::Agent),
    ("Cleo", Role::Agent),
    ("Sam", Role::Supervisor),
    ("Ada", Role::Admin),
];

/// A login of the demo.
#[derive(Debug, Clone)]
pub struct Login {
    /// The name.
    pub name: String,
    /// What to sign in with.
    pub email: String,
    /// The password, which is shown once.
    pub password: String,
    /// The role.
    pub role: Role,
}

/// Makes the people, unless there is anybody already; returns the logins that were made.
pub async fn set_up(road: &Road, passwords: &Passwords) -> Result<Vec<Login>, CommandError> {
    let logins: Vec<Login> = PEOPLE
        .into_iter()
        .map(|(name, role)| Login {
            name: name.to_owned(),
            email: format!("{}@demo.example", name.to_lowercase()),
            password: random_hex::<6>(),
            role,
        })
        .collect();
    let mut people = Vec::new();
    for login in &logins {
        people.push(DemoAgent {
            email: login.email.clone(),
            name: login.name.clone(),
            role: login.role,
            password_hash: passwords.hash(login.password.clone()).await,
        });
    }
    Ok(if road.set_up_demo(people).await? { logins } else { Vec::new() })
}
