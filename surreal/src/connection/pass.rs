//! How the system user is let in: his password is shown once, and then the token that the database gave for it.
//!
//! Checking a password takes the database some 16 ms of a core, by intent; a processor has a dozen sockets, each with
//! sessions of its own, and after an outage all of them knock at once. Checking a token takes microseconds.
//!
//! # Invariants
//! - A token that is not taken (it has expired, the database is another one, its clock went back) is given up, and the
//!   password is shown once for whoever waits.

use surrealdb::Surreal;
use surrealdb::engine::remote::ws::{Client, Ws};
use surrealdb::opt::auth;
use tokio::sync::Mutex;

use super::Options;
use super::link::{host_and_port, unreached};
use crate::error::{Error, is_unauthorized};

/// The token, shared by everybody who is let in with the same password.
#[derive(Default)]
pub(super) struct Pass(Mutex<Option<String>>);

impl Pass {
    /// Has a client let in.
    pub(super) async fn show(
        &self,
        client: &Surreal<Client>,
        options: &Options,
    ) -> Result<(), Error> {
        let known = self.0.lock().await.clone();
        if let Some(token) = &known
            && is_taken(client, token).await?
        {
            return Ok(());
        }
        let token = self.renew(options, known.as_deref()).await?;
        if is_taken(client, &token).await? {
            return Ok(());
        }
        // Servers of one database whose clocks differ: one gave it, and for the other it begins in the future.
        sign_in(client, options).await.map(drop)
    }

    /// Returns a token that is not the one that is given up.
    async fn renew(&self, options: &Options, given_up: Option<&str>) -> Result<String, Error> {
        let mut known = self.0.lock().await;
        if let Some(token) = known.as_deref().filter(|token| Some(*token) != given_up) {
            return Ok(token.to_owned());
        }
        // Whoever signed in would bring the password again with each session, and whenever the library reconnects.
        let (_, token) = signed_in(options).await?;
        *known = Some(token.clone());
        Ok(token)
    }
}

async fn is_taken(client: &Surreal<Client>, token: &str) -> Result<bool, Error> {
    match client.authenticate(token).await {
        Ok(_) => Ok(true),
        Err(answer) if is_unauthorized(&answer) => Ok(false),
        Err(answer) => Err(Error::sort(&answer)),
    }
}

/// Dials a client on which the password was shown; nothing of it is kept.
pub(super) async fn signed_in(options: &Options) -> Result<(Surreal<Client>, String), Error> {
    let address = host_and_port(&options.ws)?;
    let client = Surreal::new::<Ws>(address.as_str()).await.map_err(unreached)?;
    let token = sign_in(&client, options).await?;
    Ok((client, token))
}

/// Signs the system user in at the level where he is known, and returns his token.
async fn sign_in(client: &Surreal<Client>, options: &Options) -> Result<String, Error> {
    let (username, password) = (options.user.clone(), options.pass.clone());
    let root = auth::Root { username: username.clone(), password: password.clone() };
    let refused = match client.signin(root).await {
        Ok(token) => return Ok(token.access.into_insecure_token()),
        Err(answer) if is_unauthorized(&answer) => answer,
        Err(answer) => return Err(Error::sort(&answer)),
    };
    let namespace = options.ns.clone();
    let of_namespace = auth::Namespace {
        namespace: namespace.clone(),
        username: username.clone(),
        password: password.clone(),
    };
    if let Ok(token) = client.signin(of_namespace).await {
        return Ok(token.access.into_insecure_token());
    }
    let of_database =
        auth::Database { namespace, database: options.db.clone(), username, password };
    match client.signin(of_database).await {
        Ok(token) => Ok(token.access.into_insecure_token()),
        Err(_) => Err(Error::refused(format!("sign in as `{}`: {refused}", options.user))),
    }
}
