//! What moves in the browser. Every `#[island]` here is drawn on the server and taken over by the front end, and
//! so are the small pieces that islands draw: nothing outside of this folder is compiled for the browser.
//!
//! An island gets what it needs as props, which the page carries as JSON: few and small ones. What it only
//! surrounds are its children; they stay as the server has drawn them.

mod code_block;
mod copy_button;
mod dataset_fields;
mod error_summary;
mod field;
mod job_badge;
mod live_form;
mod live_job;
mod live_valuation;
mod marks;
mod problems;
mod run_selection;
mod theme_switch;
mod time;
mod valuation_result;

pub use code_block::CodeBlock;
pub use copy_button::CopyButton;
pub use dataset_fields::{DatasetChoice, DatasetFields};
pub use field::Field;
pub use job_badge::JobBadge;
pub use live_form::LiveForm;
pub use live_job::LiveJob;
pub use live_valuation::{Answer, LiveValuation};
pub use problems::{Problem, Problems};
pub use run_selection::{KEEPS_SELECTION, RunSelection};
pub use theme_switch::{Theme, ThemeSwitch};
pub use time::Time;
