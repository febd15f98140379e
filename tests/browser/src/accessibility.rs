//! Pages checked by axe-core.

use std::path::PathBuf;

use serde_json::Value;

use crate::Tab;

/// The script of axe-core, if it is installed.
pub(crate) fn axe() -> Option<PathBuf> {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/node_modules/axe-core/axe.min.js"
    );
    Some(PathBuf::from(script)).filter(|script| script.exists())
}

/// Returns what axe-core finds on the page.
pub async fn violations(tab: &Tab) -> Vec<Value> {
    if tab.execute("return window.axe === undefined").await == true {
        let axe = std::fs::read_to_string(axe().expect("axe-core is installed")).unwrap();
        tab.execute(&axe).await;
    }
    let run = "const done = arguments[0]; axe.run().then(({ violations }) => done(violations.map(\
               ({ id, help, nodes }) => ({ id, help, html: nodes.map(({ html }) => html) }))));";
    let violations = tab.execute_async(run).await;
    violations.as_array().expect("axe returns a list").clone()
}

/// Asserts that axe-core finds nothing on the page, and that it fits: wide and light, and narrow and
/// dark.
pub async fn check(tab: &Tab) {
    let url = tab.url().await;
    for (width, height, scheme) in [(1200, 900, "light"), (320, 640, "dark")] {
        tab.show_as(width, height, scheme).await;
        let case = format!("{url}, {width} pixels wide, {scheme}");
        let fits = "return document.documentElement.scrollWidth <= innerWidth";
        assert_eq!(tab.execute(fits).await, true, "{case}");
        let violations = violations(tab).await;
        assert!(violations.is_empty(), "{case}: {violations:#?}");
    }
}
