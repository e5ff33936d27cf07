//! What moves in the browser. Every `#[island]` here is drawn on the server and taken over by the front end, and
//! so are the small pieces that islands draw: nothing outside of this folder is compiled for the browser.
//!
//! An island gets what it needs as props, which the page carries as JSON: few and small ones. What it only
//! surrounds are its children; they stay as the server has drawn them.

pub mod code_block;
pub mod copy_button;
pub mod dataset_fields;
pub mod error_summary;
pub mod field;
pub mod job_badge;
pub mod job_log;
pub mod live_form;
pub mod live_job;
pub mod live_valuation;
mod marks;
pub mod problems;
pub mod run_selection;
pub mod theme_switch;
pub mod time;
pub mod valuation_result;

pub use code_block::CodeBlock;
pub use copy_button::CopyButton;
pub use dataset_fields::{DatasetChoice, DatasetFields};
pub use field::Field;
pub use job_badge::JobBadge;
pub use job_log::JobLog;
pub use live_form::LiveForm;
pub use live_job::LiveJob;
pub use live_valuation::{Answer, LiveValuation};
pub use problems::{Problem, Problems};
pub use run_selection::{KEEPS_SELECTION, RunSelection};
pub use theme_switch::{Theme, ThemeSwitch};
pub use time::Time;
