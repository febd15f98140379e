//! The optional parameters of the address.

use super::value::{self, check, check_entry};
use super::{ConnectUrl, InvalidConnectUrl};

/// Optional parameters. A later call replaces the value of an earlier one. Permissions and flags
/// are added.
///
/// All but [`external_id`](Self::external_id), [`clear_external_id`](Self::clear_external_id) and
/// [`without_code`](Self::without_code) are for a first connection. A
/// [re-authentication](Self::reauthentication) does not send them.
impl ConnectUrl {
    /// Asks for these permissions, such as `read_odometer`. If you do not call it, Connect asks for
    /// the permissions that are set in the dashboard.
    ///
    /// # Errors
    ///
    /// Returns an [`InvalidConnectUrl`] if there is no permission, or if one is empty, contains white
    /// space, a comma or a colon, or is given twice.
    pub fn scope<P>(self, permissions: P) -> Result<Self, InvalidConnectUrl>
    where
        P: IntoIterator<Item: Into<String>>,
    {
        self.permissions("", permissions)
    }

    /// Asks for these permissions, and does not let the owner deselect them:
    /// `required:read_odometer`.
    ///
    /// # Errors
    ///
    /// The same as for [`scope`](Self::scope).
    pub fn required_scope<P>(self, permissions: P) -> Result<Self, InvalidConnectUrl>
    where
        P: IntoIterator<Item: Into<String>>,
    {
        self.permissions("required:", permissions)
    }

    fn permissions<P>(mut self, prefix: &str, permissions: P) -> Result<Self, InvalidConnectUrl>
    where
        P: IntoIterator<Item: Into<String>>,
    {
        let mut permissions = permissions.into_iter().peekable();
        if permissions.peek().is_none() {
            return Err(InvalidConnectUrl::new(
                "scope",
                "is empty; pass a permission, or leave the call out",
            ));
        }
        for permission in permissions {
            let permission = permission.into();
            let name = permission_name(&permission);
            check_entry(
                "scope",
                name,
                &[',', ':'],
                "has a permission that is empty or several in one; pass each on its own, such as `read_odometer`",
            )?;
            let prefix = if permission == name {
                prefix
            } else {
                "required:"
            };
            self.add("scope", &format!("{prefix}{name}"), permission_name)?;
        }
        self.bounded("scope")
    }

    /// Asks for no code: `response_type=none`. The success then has a `user_id`, or a `vehicle_id`
    /// after a re-authentication.
    ///
    /// A code is for the API v2 of Smartcar, which is being retired. With the API v3, your app stores
    /// the `user_id`, which comes back with a code and without one, and calls the API with a token of
    /// its own.
    pub fn without_code(mut self) -> Self {
        self.asks_for_code = false;
        self
    }

    /// Connects a simulated vehicle instead of a real one: `mode=simulated`.
    ///
    /// Some logins then fail on purpose: `smartcar@vehicle-incompatible.com` and
    /// `smartcar@invalid-subscription.com`. "Deny access" ends with `access_denied`
    /// ([source](https://smartcar.com/docs/getting-started/test-your-integration)).
    pub fn simulated(self) -> Self {
        self.put("mode", "simulated".to_owned())
    }

    /// Asks for approval even if the owner has approved the same permissions before:
    /// `approval_prompt=force`.
    pub fn force_approval_prompt(self) -> Self {
        self.put("approval_prompt", "force".to_owned())
    }

    /// Skips the page on which the owner chooses the brand. Write `make` in capitals, such as
    /// `TESLA`. With a [`single_select_vin`](Self::single_select_vin), Connect ignores it.
    ///
    /// # Errors
    ///
    /// Returns an [`InvalidConnectUrl`] if the make is empty, not in capitals, or longer than 255
    /// bytes.
    pub fn make(self, make: impl Into<String>) -> Result<Self, InvalidConnectUrl> {
        let make = make.into();
        if make.contains(char::is_lowercase) {
            return Err(InvalidConnectUrl::new(
                "make",
                "is not in capitals; pass it like `TESLA`",
            ));
        }
        self.set("make", make)
    }

    /// Lets the owner connect one vehicle only: `single_select=true`.
    pub fn single_select(self) -> Self {
        self.put("single_select", "true".to_owned())
    }

    /// Lets the owner connect the vehicle with this VIN only: `single_select=true` and
    /// `single_select_vin`.
    ///
    /// # Errors
    ///
    /// Returns an [`InvalidConnectUrl`] if the VIN is not 17 letters and digits.
    pub fn single_select_vin(self, vin: impl Into<String>) -> Result<Self, InvalidConnectUrl> {
        let vin = vin.into();
        if vin.len() != 17 || !vin.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(InvalidConnectUrl::new(
                "single_select_vin",
                "is not a VIN; pass 17 letters and digits",
            ));
        }
        self.set("single_select_vin", vin)
            .map(ConnectUrl::single_select)
    }

    /// Adds a flag, such as `country` with the value `DE`: `flags=country:DE`. Without that one,
    /// Connect takes the country of the dashboard, or guesses it by the owner's IP address.
    ///
    /// # Errors
    ///
    /// Returns an [`InvalidConnectUrl`] if the name or the value is empty or contains white space,
    /// or if the name contains a colon or is given twice.
    pub fn flag(
        mut self,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Result<Self, InvalidConnectUrl> {
        let (name, value) = (name.into(), value.into());
        check_entry(
            "flags",
            &name,
            &[':'],
            "has a name that is empty, or has a colon or white space; pass one like `country`",
        )?;
        check_entry(
            "flags",
            &value,
            &[],
            "has a value that is empty, or has white space; pass one like `DE`",
        )?;
        self.add("flags", &format!("{name}:{value}"), flag_name)?;
        self.bounded("flags")
    }

    /// Sets your own id of the owner, for the statistics of the dashboard. Smartcar recommends
    /// [`external_id`](Self::external_id) instead.
    ///
    /// # Errors
    ///
    /// Returns an [`InvalidConnectUrl`] if the id is empty, `null`, longer than 255 bytes, or has
    /// control characters or white space around it.
    pub fn user(self, user: impl Into<String>) -> Result<Self, InvalidConnectUrl> {
        self.set("user", user.into())
    }

    /// Sets your own id of the owner, which comes back with the callback, and by which Smartcar's API
    /// finds the owner's connections.
    ///
    /// Smartcar stores one for each owner, and recommends it in each flow. It belongs to one owner:
    /// set it in [`StartConnect::flow`](crate::StartConnect::flow). In the base of all flows, it would
    /// give every owner the same id.
    ///
    /// Smartcar drops an id that it finds invalid, without an error: it does not come back. No page
    /// documents which ids are valid. Letters, digits, `.`, `_` and `-`, at most 100 of them, are
    /// safe; an email address may not be.
    ///
    /// # Errors
    ///
    /// Returns an [`InvalidConnectUrl`] if the id is empty, longer than 255 bytes, or has control
    /// characters or white space around it, and if it is the text `null`, which clears the stored
    /// id: call [`clear_external_id`](Self::clear_external_id) for that.
    pub fn external_id(
        mut self,
        external_id: impl Into<String>,
    ) -> Result<Self, InvalidConnectUrl> {
        let external_id = external_id.into();
        check("external_id", &external_id)?;
        self.external_id = Some(external_id);
        self.bounded("external_id")
    }

    /// Clears the external id that Smartcar has stored for the owner: `external_id=null`.
    pub fn clear_external_id(mut self) -> Self {
        self.external_id = Some(value::NULL.to_owned());
        self
    }

    fn set(self, name: &'static str, value: String) -> Result<Self, InvalidConnectUrl> {
        check(name, &value)?;
        self.put(name, value).bounded(name)
    }

    fn put(mut self, name: &'static str, value: String) -> Self {
        match self.optional.iter_mut().find(|(other, _)| *other == name) {
            Some((_, old)) => *old = value,
            None => self.optional.push((name, value)),
        }
        self
    }

    /// Adds an entry to a list that is separated by spaces. No two entries may have the same `key`.
    fn add(
        &mut self,
        name: &'static str,
        entry: &str,
        key: fn(&str) -> &str,
    ) -> Result<(), InvalidConnectUrl> {
        let Some((_, list)) = self.optional.iter_mut().find(|(other, _)| *other == name) else {
            self.optional.push((name, entry.to_owned()));
            return Ok(());
        };
        if list.split(' ').any(|other| key(other) == key(entry)) {
            return Err(InvalidConnectUrl::new(
                name,
                "has the same entry twice; remove one",
            ));
        }
        list.push(' ');
        list.push_str(entry);
        Ok(())
    }
}

/// A permission without `required:`.
fn permission_name(permission: &str) -> &str {
    permission.strip_prefix("required:").unwrap_or(permission)
}

fn flag_name(flag: &str) -> &str {
    flag.split_once(':').map_or(flag, |(name, _)| name)
}
