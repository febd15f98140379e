//! Every way in which a flow is known to end, in every form.

use super::outcome::Outcome;
use crate::catalogue::ErrorCode;
use crate::parameter::Parameter;

impl Outcome {
    /// Every way in which Connect is known to end a flow, as published: the successes, each error of
    /// [`ErrorCode::ALL`], the parameters that only some flows send, an error that is not documented yet, and one that
    /// has lost its `state`.
    ///
    /// The list grows with the catalogue of this crate, so a test that runs over it meets new errors by itself. With
    /// [`spellings`](Self::spellings), it meets each of them in every form:
    ///
    /// ```
    /// use tower_smartcar_connect::simulator::Outcome;
    ///
    /// for outcome in Outcome::all().iter().flat_map(Outcome::spellings) {
    ///     println!("{outcome}");
    /// }
    /// ```
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all = vec![
            Self::authorization_code(),
            Self::authorization_code_with_virtual_key(),
            Self::user_id(),
            Self::vehicle_id(),
        ];
        for &code in ErrorCode::ALL {
            all.push(Self::error(code));
            if code == ErrorCode::VehicleIncompatible {
                let vin_and_make = Self::error(code).vin("5YJSA1CN5DFP00101").make("TESLA");
                let model_and_year = vin_and_make.clone().model("Model S").year(2013);
                let action = "The car is incompatible, known by its VIN";
                all.push(vin_and_make.variant("with_vin_and_make", action));
                let action = "The car is incompatible, known by model and year";
                all.push(model_and_year.variant("with_model_and_year", action));
            }
        }
        all.push(Self::error(ErrorCode::Unknown));
        all.push(
            Self::error(ErrorCode::ServerError)
                .without_state(true)
                .variant("without_state", "Smartcar fails, and forgets the state"),
        );
        all
    }

    /// This outcome in the forms that an app has to read alike, this one first and none twice.
    ///
    /// They vary what Connect is known to vary: spaces as `+` and as `%20`, the description with and without its name,
    /// each of these with the description of the documentation too where a published redirect has another; and, in
    /// this outcome's own form, the final full stop of these descriptions, and whether the `virtual_key_url` is
    /// encoded.
    #[must_use]
    pub fn spellings(&self) -> Vec<Self> {
        let mut sources = vec![self.clone()];
        let code = self.error_code().unwrap_or(ErrorCode::Unknown);
        if let Some(documented) = code.documented_description()
            && *self == Self::error(code)
        {
            sources.push(self.clone().description(documented).named("documented"));
        }
        let mut spellings = vec![self.clone()];
        let mut add = |spelling: Self| {
            if spellings.iter().all(|other| other.query(None) != spelling.query(None)) {
                spellings.push(spelling);
            }
        };
        for source in sources {
            for (is_bare, description) in [(false, "named"), (true, "bare")] {
                for (is_plus, space) in [(false, "percent"), (true, "plus")] {
                    let spelling = source.clone().bare_description(is_bare).plus_for_space(is_plus);
                    add(spelling.named(description).named(space));
                }
            }
            let description = source.text(Parameter::ErrorDescription).unwrap_or_default();
            match description.strip_suffix('.').map(str::to_owned) {
                Some(shorter) => add(source.description(shorter).named("without_full_stop")),
                None if description.is_empty() => {}
                None => {
                    let longer = format!("{description}.");
                    add(source.description(longer).named("with_full_stop"));
                }
            }
        }
        for (is_unencoded, url) in [(false, "encoded"), (true, "unencoded")] {
            add(self.clone().unencoded_virtual_key_url(is_unencoded).named(url));
        }
        spellings
    }

    /// The outcome of this name, among all and their spellings.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        let mut spellings = Self::all().into_iter().flat_map(|outcome| outcome.spellings());
        spellings.find(|outcome| outcome.name() == name)
    }
}
