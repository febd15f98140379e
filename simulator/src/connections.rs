//! The connections that flows have made, in memory and, if it is asked for, in a file.

use std::error::Error;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::connect::{AuthorizeRequest, Effect};
use crate::owner::{Owner, Vehicle, id};

/// The largest number of connections.
pub(crate) const MAX_CONNECTIONS: usize = 10_000;

/// That a user lets the app see a vehicle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Connection {
    pub(crate) id: String,
    pub(crate) user_id: String,
    pub(crate) external_id: Option<String>,
    pub(crate) permissions: Vec<String>,
    pub(crate) vehicle: Vehicle,
    /// `live` or `simulated`.
    pub(crate) mode: String,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    /// Whether the manufacturer wants the owner to log in again.
    pub(crate) is_signed_out: bool,
}

/// A file that the simulator cannot use. It leaves the file as it is.
#[derive(Debug)]
pub struct InvalidFile {
    path: PathBuf,
    problem: Problem,
}

#[derive(Debug)]
enum Problem {
    Unreadable(io::Error),
    Unwritable(io::Error),
    /// It is of another program, or cut off.
    OtherContent(serde_json::Error),
}

impl fmt::Display for InvalidFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "file {:?} ", self.path)?;
        match &self.problem {
            Problem::Unreadable(error) => write!(f, "cannot be read: {error}"),
            Problem::Unwritable(error) => {
                write!(f, "cannot be written: {error}; choose a folder that can be")
            }
            Problem::OtherContent(error) => write!(
                f,
                "does not hold the connections of a simulator: {error}; it was left as it is, so mend it, remove it, \
                 or choose another one"
            ),
        }
    }
}

impl Error for InvalidFile {}

/// Why a flow could not make its connections.
#[derive(Debug)]
pub(crate) enum NotConnected {
    Full,
    NotSaved(InvalidFile),
}

#[derive(Default)]
pub(crate) struct Connections {
    all: Vec<Connection>,
    file: Option<PathBuf>,
}

/// What the file holds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved<C> {
    connections: C,
}

impl Connections {
    /// Reads the connections of a file, and creates it if it does not exist.
    pub(crate) fn in_file(path: PathBuf) -> Result<Self, InvalidFile> {
        let all = match fs::read(&path) {
            Ok(text) => match serde_json::from_slice::<Saved<_>>(&text) {
                Ok(saved) => saved.connections,
                Err(error) => {
                    let problem = Problem::OtherContent(error);
                    return Err(InvalidFile { path, problem });
                }
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => {
                let problem = Problem::Unreadable(error);
                return Err(InvalidFile { path, problem });
            }
        };
        let connections = Self {
            all,
            file: Some(path),
        };
        // A folder in which nothing can be written shows now, not after the first flow.
        connections.save()?;
        Ok(connections)
    }

    pub(crate) fn all(&self) -> &[Connection] {
        &self.all
    }

    /// Adds what a flow that ended well adds or changes. The owner ticked the vehicles.
    pub(crate) fn end_flow(
        &mut self,
        request: &AuthorizeRequest,
        owner: &Owner,
        ticked: impl Fn(&Vehicle) -> bool,
        now: Timestamp,
    ) -> Result<(), NotConnected> {
        match request.effect() {
            Effect::Connects => {
                let vehicles = owner.vehicles.iter().filter(|vehicle| ticked(vehicle));
                let new = vehicles.map(|vehicle| Connection::new(request, owner, vehicle, now));
                let new: Vec<_> = new.collect();
                let is_known = |id: &str| self.all.iter().any(|other| other.id == id);
                let added = new.iter().filter(|connection| !is_known(&connection.id));
                if self.all.len() + added.count() > MAX_CONNECTIONS {
                    return Err(NotConnected::Full);
                }
                self.change(|all| {
                    for mut connection in new {
                        match all.iter_mut().find(|other| other.id == connection.id) {
                            Some(former) => {
                                connection.created_at = former.created_at;
                                connection.external_id = external_id(request, former);
                                *former = connection;
                            }
                            None => all.push(connection),
                        }
                    }
                })
            }
            Effect::Reauthenticates => {
                let vehicle_id = request.parameter("vehicle_id").unwrap_or_default();
                self.change(|all| {
                    for connection in all.iter_mut().filter(|it| it.vehicle.id == vehicle_id) {
                        connection.updated_at = now;
                        connection.is_signed_out = false;
                        connection.external_id = external_id(request, connection);
                    }
                })
            }
            Effect::Nothing => Ok(()),
        }
    }

    /// Marks a connection as one whose owner has to log in again, or no longer.
    pub(crate) fn sign_out(&mut self, id: &str, is_signed_out: bool) -> Result<(), NotConnected> {
        self.change(|all| {
            for connection in all.iter_mut().filter(|connection| connection.id == id) {
                connection.is_signed_out = is_signed_out;
            }
        })
    }

    /// Changes the connections, unless the change cannot be saved.
    fn change(&mut self, change: impl FnOnce(&mut Vec<Connection>)) -> Result<(), NotConnected> {
        let former = self.file.is_some().then(|| self.all.clone());
        change(&mut self.all);
        self.save().map_err(|error| {
            self.all = former.unwrap_or_default();
            NotConnected::NotSaved(error)
        })
    }

    fn save(&self) -> Result<(), InvalidFile> {
        let Some(path) = &self.file else {
            return Ok(());
        };
        replace(path, &self.all).map_err(|error| InvalidFile {
            path: path.clone(),
            problem: Problem::Unwritable(error),
        })
    }
}

impl Connection {
    fn new(request: &AuthorizeRequest, owner: &Owner, vehicle: &Vehicle, now: Timestamp) -> Self {
        let scope = request.parameter("scope").unwrap_or_default();
        let permissions = scope.split_whitespace();
        let name = |text: &str| text.strip_prefix("required:").unwrap_or(text).to_owned();
        let external_id = request.parameter("external_id").filter(|id| id != "null");
        Self {
            id: id(&["connection", &owner.user_id, &vehicle.id]),
            user_id: owner.user_id.clone(),
            external_id: external_id.map(Into::into),
            permissions: permissions.map(name).collect(),
            vehicle: vehicle.clone(),
            mode: request.mode().to_owned(),
            created_at: now,
            updated_at: now,
            is_signed_out: false,
        }
    }
}

/// The external id after a flow: each flow replaces it, the text `null` clears it, and a flow
/// without one leaves it.
fn external_id(request: &AuthorizeRequest, former: &Connection) -> Option<String> {
    match request.parameter("external_id") {
        None => former.external_id.clone(),
        Some(id) => Some(id.into_owned()).filter(|id| id != "null"),
    }
}

/// Replaces the file, so that it is the former or the new one whenever the program ends.
fn replace(path: &Path, connections: &[Connection]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let temporary = path.with_file_name(name);
    let mut file = File::create(&temporary)?;
    file.write_all(&serde_json::to_vec(&Saved { connections })?)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    // On Unix, the folder has to be written too before the new name is sure to stay.
    #[cfg(unix)]
    {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}
