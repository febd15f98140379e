//! The optional parameters of the address.

use super::connect_url::ConnectUrl;
use super::invalid::InvalidConnectUrl;
use super::parameters::check_entry;

/// Optional parameters. A later call replaces the value of an earlier one. Permissions and flags
/// are added.
impl ConnectUrl {
    /// Asks for these permissions, such as `read_odometer`. If you do not call it, Connect asks for
    /// the permissions that are set in the dashboard.
    ///
    /// # Errors
    ///
    /// Returns an [`InvalidConnectUrl`] if there is no permission, if one is empty, contains white
    /// space, a comma or a colon, or is given twice, and for a re-authentication.
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
        self.parameters.check_name("scope")?;
        let mut is_empty = true;
        for permission in permissions {
            let permission = permission.into();
            let name = permission_name(&permission);
            check_entry(
                "scope",
                name,
                &[',', ':'],
                "each permission on its own, such as `read_odometer`",
            )?;
            let entry = if permission == name {
                format!("{prefix}{name}")
            } else {
                permission
            };
            self.parameters.add("scope", &entry, permission_name)?;
            is_empty = false;
        }
        if is_empty {
            return Err(InvalidConnectUrl::Empty { parameter: "scope" });
        }
        self.checked()
    }

    /// Asks for no code: `response_type=none`. The success has a `user_id`, or a `vehicle_id` after
    /// a re-authentication.
    pub fn without_code(self) -> Self {
        self.replace("response_type", "none")
    }

    /// Connects a simulated vehicle instead of a real one: `mode=simulated`.
    ///
    /// # Errors
    ///
    /// Returns an [`InvalidConnectUrl`] for a re-authentication.
    pub fn simulated(self) -> Result<Self, InvalidConnectUrl> {
        self.set("mode", "simulated")
    }

    /// Asks for approval even if the owner has approved the same permissions before:
    /// `approval_prompt=force`.
    ///
    /// # Errors
    ///
    /// Returns an [`InvalidConnectUrl`] for a re-authentication.
    pub fn force_approval_prompt(self) -> Result<Self, InvalidConnectUrl> {
        self.set("approval_prompt", "force")
    }

    /// Skips the page on which the owner chooses the brand. Write `make` in capitals, such as
    /// `TESLA`.
    ///
    /// # Errors
    ///
    /// Returns an [`InvalidConnectUrl`] if the make is empty or not in capitals, if the VIN of a
    /// single vehicle is set, which would win over it, and for a re-authentication.
    pub fn make(self, make: impl Into<String>) -> Result<Self, InvalidConnectUrl> {
        let make = make.into();
        let is_lowercase = make.contains(char::is_lowercase);
        let url = self.set("make", make)?;
        if is_lowercase {
            return Err(InvalidConnectUrl::InvalidValue {
                parameter: "make",
                expected: "capitals, such as `TESLA`",
            });
        }
        Ok(url)
    }

    /// Lets the owner connect one vehicle only: `single_select=true`.
    ///
    /// # Errors
    ///
    /// Returns an [`InvalidConnectUrl`] for a re-authentication.
    pub fn single_select(self) -> Result<Self, InvalidConnectUrl> {
        self.set("single_select", "true")
    }

    /// Lets the owner connect the vehicle with this VIN only: `single_select=true` and
    /// `single_select_vin`.
    ///
    /// # Errors
    ///
    /// Returns an [`InvalidConnectUrl`] if the VIN is not 17 letters and digits, if a
    /// [`make`](Self::make) is set, and for a re-authentication.
    pub fn single_select_vin(self, vin: impl Into<String>) -> Result<Self, InvalidConnectUrl> {
        let vin = vin.into();
        let is_vin = vin.len() == 17 && vin.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let url = self
            .set("single_select_vin", vin)?
            .set("single_select", "true")?;
        if !is_vin {
            return Err(InvalidConnectUrl::InvalidValue {
                parameter: "single_select_vin",
                expected: "17 letters and digits",
            });
        }
        Ok(url)
    }

    /// Adds a flag, such as `country` with the value `DE`: `flags=country:DE`.
    ///
    /// # Errors
    ///
    /// Returns an [`InvalidConnectUrl`] if the name or the value is empty or contains white space,
    /// if the name contains a colon or is given twice, and for a re-authentication.
    pub fn flag(
        mut self,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Result<Self, InvalidConnectUrl> {
        self.parameters.check_name("flags")?;
        let (name, value) = (name.into(), value.into());
        check_entry(
            "flags",
            &name,
            &[':'],
            "a name without a colon and without white space",
        )?;
        check_entry("flags", &value, &[], "values without white space")?;
        self.parameters
            .add("flags", &format!("{name}:{value}"), flag_name)?;
        self.checked()
    }

    /// Sets your own id of the owner, for the statistics of the dashboard. Smartcar recommends
    /// [`external_id`](Self::external_id) instead.
    ///
    /// # Errors
    ///
    /// Returns an [`InvalidConnectUrl`] if the id is empty, and for a re-authentication.
    pub fn user(self, user: impl Into<String>) -> Result<Self, InvalidConnectUrl> {
        self.set("user", user)
    }

    /// Sets your own id of the owner, which comes back with the callback.
    ///
    /// # Errors
    ///
    /// Returns an [`InvalidConnectUrl`] if the id is empty or `null`. The latter would clear the
    /// stored id: call [`clear_external_id`](Self::clear_external_id) for that.
    pub fn external_id(self, external_id: impl Into<String>) -> Result<Self, InvalidConnectUrl> {
        let external_id = external_id.into();
        if external_id == "null" {
            return Err(InvalidConnectUrl::InvalidValue {
                parameter: "external_id",
                expected: "an id, or call `clear_external_id` to clear the stored one",
            });
        }
        self.set("external_id", external_id)
    }

    /// Clears the external id that Smartcar has stored for the owner: `external_id=null`.
    pub fn clear_external_id(self) -> Self {
        self.replace("external_id", "null")
    }
}

/// A permission without `required:`.
fn permission_name(permission: &str) -> &str {
    permission.strip_prefix("required:").unwrap_or(permission)
}

fn flag_name(flag: &str) -> &str {
    flag.split_once(':').map_or(flag, |(name, _)| name)
}
