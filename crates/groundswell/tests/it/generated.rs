//! Keeps generated pages equal to the code; `just bless` rewrites them.

use crate::program::{environment, repository};

#[test]
fn the_reference_of_functions_is_current() {
    let page = repository().join("docs/sql-functions.md");
    let expected = groundswell_engine::functions::reference();
    if environment("GROUNDSWELL_BLESS").is_some() {
        std::fs::write(&page, &expected).unwrap();
    }
    let found = std::fs::read_to_string(&page).unwrap_or_default();
    assert!(found == expected, "docs/sql-functions.md is stale; run `just bless`");
}
