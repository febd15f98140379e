//! A form, which a test fills in.

use form_urlencoded::Serializer;
use http::Method;
use scraper::{ElementRef, Selector};
use url::Url;

use super::{Initiator, Navigation};

/// A form of a page, with the values that the page gave it. [`Browser::submit`] sends it.
///
/// It has the elements `input`, `textarea` and `button`.
///
/// [`Browser::submit`]: super::Browser::submit
#[derive(Clone, Debug)]
#[must_use]
pub struct Form {
    initiator: Initiator,
    method: Method,
    action: Url,
    fields: Vec<Field>,
    buttons: Vec<Button>,
    pressed: usize,
}

#[derive(Clone, Debug)]
struct Field {
    name: String,
    value: String,
    is_radio: bool,
    /// `None` if it is sent in any case.
    is_ticked: Option<bool>,
}

#[derive(Clone, Debug)]
struct Button {
    text: String,
    name: String,
    value: String,
}

impl Form {
    pub(super) fn read(form: ElementRef<'_>, page: &Url, initiator: Initiator) -> Self {
        let attribute =
            |element: ElementRef<'_>, name| element.attr(name).unwrap_or_default().to_owned();
        let mut fields = Vec::new();
        let mut buttons = Vec::new();
        let controls = Selector::parse("input, textarea, button").expect("it is a selector");
        for control in form
            .select(&controls)
            .filter(|it| it.attr("disabled").is_none())
        {
            let (name, value) = (attribute(control, "name"), attribute(control, "value"));
            let kind = attribute(control, "type").to_ascii_lowercase();
            let is_button = control.value().name() == "button";
            if matches!(
                (is_button, &*kind),
                (true, "" | "submit") | (false, "submit")
            ) {
                let text = if is_button {
                    text(control)
                } else {
                    value.clone()
                };
                buttons.push(Button { text, name, value });
            } else if !is_button && !matches!(&*kind, "button" | "reset" | "file" | "image") {
                let is_textarea = control.value().name() == "textarea";
                let is_box = matches!(&*kind, "checkbox" | "radio");
                let value = match control.attr("value") {
                    None if is_box => "on".to_owned(),
                    None if is_textarea => control.text().collect(),
                    _ => value,
                };
                fields.push(Field {
                    name,
                    value,
                    is_radio: kind == "radio",
                    is_ticked: is_box.then(|| control.attr("checked").is_some()),
                });
            }
        }
        let method = match form.attr("method") {
            Some(method) if method.eq_ignore_ascii_case("post") => Method::POST,
            _ => Method::GET,
        };
        let action = match form.attr("action") {
            None | Some("") => page.clone(),
            Some(action) => page.join(action).expect(action),
        };
        Self {
            initiator,
            method,
            action,
            fields,
            buttons,
            pressed: 0,
        }
    }

    /// This form, if it has a field of this name, or a button with this text, which is pressed.
    pub(super) fn with(self, name: &str) -> Option<Self> {
        if self.fields.iter().any(|field| field.name == name) {
            Some(self)
        } else if self.buttons.iter().any(|button| button.text == name) {
            Some(self.press(name))
        } else {
            None
        }
    }

    /// Sets the value of a field.
    #[track_caller]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        let field = self.fields.iter_mut().find(|field| field.name == name);
        let field = field.unwrap_or_else(|| panic!("the form has no field {name:?}"));
        value.clone_into(&mut field.value);
        self
    }

    /// Ticks a box, or removes the tick. A tick at a radio button removes those of its group.
    #[track_caller]
    pub fn tick(mut self, name: &str, value: &str, is_ticked: bool) -> Self {
        let mut is_found = false;
        for field in self.fields.iter_mut().filter(|field| field.name == name) {
            if field.value == value {
                field.is_ticked = Some(is_ticked);
                is_found = true;
            } else if field.is_radio && is_ticked {
                field.is_ticked = Some(false);
            }
        }
        assert!(is_found, "the form has no box {name:?} with {value:?}");
        self
    }

    /// Returns the values of the boxes of this name, and whether they are ticked.
    pub fn boxes(&self, name: &str) -> Vec<(&str, bool)> {
        let fields = self.fields.iter().filter(|field| field.name == name);
        let boxes = fields.filter_map(|field| Some((&*field.value, field.is_ticked?)));
        boxes.collect()
    }

    /// Chooses the button with this text. Without a choice, it is the first one.
    #[track_caller]
    pub fn press(mut self, text: &str) -> Self {
        let pressed = self.buttons.iter().position(|button| button.text == text);
        self.pressed = pressed.unwrap_or_else(|| panic!("the form has no button {text:?}"));
        self
    }

    pub(super) fn into_navigation(self) -> Navigation {
        let fields = self
            .fields
            .iter()
            .filter(|field| field.is_ticked != Some(false));
        let fields = fields.map(|field| (&field.name, &field.value));
        let pressed = self.buttons.get(self.pressed);
        let pressed = pressed.map(|button| (&button.name, &button.value));
        let mut encoded = Serializer::new(String::new());
        encoded.extend_pairs(fields.chain(pressed).filter(|(name, _)| !name.is_empty()));
        let encoded = encoded.finish();
        let (mut url, mut body) = (self.action, String::new());
        match self.method {
            Method::POST => body = encoded,
            _ => url.set_query(Some(&encoded)),
        }
        Navigation {
            initiator: Some(self.initiator),
            method: self.method,
            url,
            body,
        }
    }
}

/// The text of an element, without the white space that browsers do not show.
pub(super) fn text(element: ElementRef<'_>) -> String {
    let text: String = element.text().collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
