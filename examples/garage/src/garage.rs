//! The database: users, and the vehicles that they have connected.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use rusqlite::{Connection as Database, OptionalExtension, Row, params};

use crate::login::User;
use crate::smartcar::Connection;

#[derive(Clone)]
pub(crate) struct Garage(Arc<Mutex<Database>>);

pub(crate) struct Vehicle {
    pub(crate) id: String,
    pub(crate) name: String,
}

impl Garage {
    pub(crate) fn open(file: &Path) -> rusqlite::Result<Self> {
        let database = Database::open(file)?;
        database.execute_batch(
            "CREATE TABLE IF NOT EXISTS user (
                 id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL,
                 external_id TEXT NOT NULL UNIQUE DEFAULT (lower(hex(randomblob(16))))
             );
             CREATE TABLE IF NOT EXISTS vehicle (
                 user_id INTEGER NOT NULL REFERENCES user, id TEXT NOT NULL, name TEXT NOT NULL,
                 smartcar_user_id TEXT NOT NULL, PRIMARY KEY (user_id, id)
             );",
        )?;
        Ok(Self(Arc::new(Mutex::new(database))))
    }

    /// Adds a user, unless there is one of this name.
    pub(crate) fn add_user(&self, name: &str, password: &str) {
        let hash = password_auth::generate_hash(password);
        self.database()
            .execute(
                "INSERT OR IGNORE INTO user (name, password_hash) VALUES (?, ?)",
                params![name, hash],
            )
            .expect("the table takes a user");
    }

    pub(crate) fn user_named(&self, name: &str) -> rusqlite::Result<Option<User>> {
        let query = "SELECT id, name, password_hash, external_id FROM user WHERE name = ?";
        self.database().query_row(query, [name], user).optional()
    }

    pub(crate) fn user(&self, id: i64) -> rusqlite::Result<Option<User>> {
        let query = "SELECT id, name, password_hash, external_id FROM user WHERE id = ?";
        self.database().query_row(query, [id], user).optional()
    }

    pub(crate) fn vehicles(&self, user: &User) -> Vec<Vehicle> {
        let database = self.database();
        let mut query = database
            .prepare("SELECT id, name FROM vehicle WHERE user_id = ? ORDER BY name, id")
            .expect("the query is SQL");
        let vehicles = query.query_map([user.id], |row| {
            Ok(Vehicle {
                id: row.get(0)?,
                name: row.get(1)?,
            })
        });
        let vehicles = vehicles.and_then(Iterator::collect);
        vehicles.expect("the database can be read")
    }

    pub(crate) fn has_vehicle(&self, user: &User, id: &str) -> bool {
        self.vehicles(user).iter().any(|vehicle| vehicle.id == id)
    }

    /// Replaces the vehicles of a user, who has connected them as one user of Smartcar.
    pub(crate) fn replace_vehicles(&self, user: &User, connections: &[Connection]) {
        let mut database = self.database();
        replace_vehicles(&mut database, user, connections).expect("the database can be written");
    }

    fn database(&self) -> MutexGuard<'_, Database> {
        self.0.lock().expect("no statement panics")
    }
}

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: row.get(0)?,
        name: row.get(1)?,
        password_hash: row.get(2)?,
        external_id: row.get(3)?,
    })
}

fn replace_vehicles(
    database: &mut Database,
    user: &User,
    connections: &[Connection],
) -> rusqlite::Result<()> {
    let transaction = database.transaction()?;
    let smartcar_user_id = connections.first().map(|connection| &connection.user_id);
    transaction.execute(
        "DELETE FROM vehicle WHERE user_id = ? AND smartcar_user_id = ?",
        params![user.id, smartcar_user_id],
    )?;
    for connection in connections {
        transaction.execute(
            "INSERT OR REPLACE INTO vehicle (user_id, id, name, smartcar_user_id) VALUES (?, ?, ?, ?)",
            params![
                user.id,
                connection.vehicle_id,
                connection.name,
                connection.user_id
            ],
        )?;
    }
    transaction.commit()
}
