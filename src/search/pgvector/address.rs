//! Where the database is, from a connection string.

use std::time::Duration;

use postgres::config::Host;
use postgres::{Client, Config};

use super::failure;
use super::tls;
use crate::error::{Error, Result};

/// How long a server may take to answer a connection, and how long sent data may stay
/// unacknowledged, unless the connection string says otherwise.
const PATIENCE: Duration = Duration::from_secs(15);

/// A database's address, with its password if there is one. It is shown without.
#[derive(Clone)]
pub struct Address {
    config: Config,
    shown: String,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.shown)
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.shown)
    }
}

impl Address {
    /// Reads `postgresql://user@host:port/database?sslmode=require` or `host=… user=… dbname=…`.
    /// `password` is used if the string has none.
    ///
    /// # Errors
    /// When the string cannot be understood; the message does not repeat it, since it may hold a
    /// password.
    pub fn parse(text: &str, password: Option<&str>) -> Result<Self> {
        let mut config: Config = text.parse().map_err(|error| {
            Error::invalid(
                "connection string",
                format!(
                    "{}; write postgresql://USER@HOST/DATABASE, or host=HOST user=USER \
                     dbname=DATABASE",
                    failure::innermost(&error)
                ),
            )
        })?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(Error::invalid(
                "connection string",
                "names no host; write postgresql://USER@HOST/DATABASE",
            ));
        }
        if let (None, Some(password)) = (config.get_password(), password) {
            config.password(password);
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(PATIENCE);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(PATIENCE);
        }
        if config.get_application_name().is_none() {
            config.application_name("lfw-tui");
        }
        let shown = show(&config);
        Ok(Self { config, shown })
    }

    /// Connects, encrypted if the server can.
    ///
    /// # Errors
    /// When there is no server, it refuses the user or the password, or its certificate is not
    /// trusted.
    pub(super) fn connect(&self) -> Result<Client> {
        let mut client = self
            .config
            .connect(tls::connector()?)
            .map_err(|error| failure::explain(self, &error))?;
        // So that the server stops working for a program that is gone. Versions before 14 cannot,
        // and finish what they do before they notice.
        let _ = client.batch_execute("SET client_connection_check_interval = '2s'");
        Ok(client)
    }
}

/// `postgresql://user@host:port/database`.
fn show(config: &Config) -> String {
    let mut text = "postgresql://".to_string();
    if let Some(user) = config.get_user() {
        text += user;
        text.push('@');
    }
    let hosts: Vec<String> = match config.get_hosts() {
        [] => config
            .get_hostaddrs()
            .iter()
            .map(ToString::to_string)
            .collect(),
        hosts => hosts
            .iter()
            .map(|host| match host {
                Host::Tcp(name) => name.clone(),
                Host::Unix(folder) => folder.display().to_string(),
            })
            .collect(),
    };
    text += &hosts.join(",");
    for port in config.get_ports() {
        text += &format!(":{port}");
    }
    if let Some(database) = config.get_dbname() {
        text.push('/');
        text += database;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        for (text, shown) in [
            (
                "postgresql://ada:secret@db.example.org:5433/faces?sslmode=require",
                "postgresql://ada@db.example.org:5433/faces",
            ),
            (
                "host=localhost user=ada password=secret",
                "postgresql://ada@localhost",
            ),
            (
                "postgresql://ada@/faces?host=/run/pg",
                "postgresql://ada@/run/pg/faces",
            ),
        ] {
            let address = Address::parse(text, Some("secret")).unwrap();
            assert_eq!(address.to_string(), shown);
            assert_eq!(format!("{address:?}"), shown);
            assert_eq!(address.config.get_password(), Some(&b"secret"[..]));
        }
    }

    #[test]
    fn a_string_that_is_not_understood_is_not_repeated() {
        for text in [
            "",
            "postgresql://",
            "postgresql://ada:secret@host:many/faces",
            "host=localhost secret=secret",
            "secret",
        ] {
            let message = Address::parse(text, None).unwrap_err().to_string();
            assert!(message.contains("postgresql://USER@HOST"), "{message}");
            assert!(!message.contains("ada:"), "{message}");
        }
    }
}
